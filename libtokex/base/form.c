#include "base/form.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/limits.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The octet that three characters spell, or -1: also for %00, which would cut a C string. */
static int escaped_octet(const char *in, apr_size_t left)
{
    int high = left >= 3 ? hex_value(in[1]) : -1;
    int low = left >= 3 ? hex_value(in[2]) : -1;
    if (high < 0 || low < 0 || high + low == 0)
        return -1;
    return high << 4 | low;
}

bool tokex_form_decode(const char **out, apr_size_t *out_len, const char *in, apr_size_t len,
                       apr_pool_t *pool)
{
    char *text = apr_palloc(pool, len + 1);
    apr_size_t n = 0;
    for (apr_size_t i = 0; i < len; i++) {
        char c = in[i];
        if (c == '%') {
            int octet = escaped_octet(in + i, len - i);
            if (octet < 0)
                return false;
            c = (char)octet;
            i += 2;
        } else if (c == '+') {
            c = ' ';
        } else if (c == '\0') {
            return false;
        }
        text[n++] = c;
    }
    if (!tokex_json_is_utf8(text, n))
        return false;
    text[n] = '\0';
    *out = text;
    *out_len = n;
    return true;
}

static bool is_target(const char *name)
{
    return strcmp(name, "audience") == 0 || strcmp(name, "resource") == 0;
}

/* What is told about a broken parameter is its place: even its name may be a misplaced secret. */
static const tokex_err_t *refuse_syntax(apr_pool_t *pool, const char *what, int number)
{
    return tokex_err_create(pool, TOKEX_E_FORM_SYNTAX, NULL, "%s in parameter %d of the form", what,
                            number + 1);
}

static const tokex_err_t *check_name(const tokex_form_param_t *params, int count, apr_pool_t *pool)
{
    const char *name = params[count].name;
    int targets = 1;
    for (int i = 0; i < count; i++) {
        if (is_target(name)) {
            targets += is_target(params[i].name);
        } else if (strcmp(params[i].name, name) == 0) {
            return tokex_err_create(pool, TOKEX_E_FORM_REPEATED, NULL,
                                    "parameter \"%s\" stands more than once",
                                    tokex_err_shown(pool, name, strlen(name)));
        }
    }
    if (targets > TOKEX_LIMIT_TARGETS)
        return tokex_err_create(pool, TOKEX_E_FORM_TOO_MANY, NULL,
                                "audience and resource stand more than %d times",
                                TOKEX_LIMIT_TARGETS);
    return NULL;
}

static const tokex_err_t *add_param(tokex_form_param_t *params, int count, const char *piece,
                                    apr_size_t len, apr_pool_t *pool)
{
    tokex_form_param_t *param = &params[count];
    const char *equals = memchr(piece, '=', len);
    apr_size_t name_len = equals ? (apr_size_t)(equals - piece) : len;
    apr_size_t decoded_len;
    if (name_len == 0)
        return refuse_syntax(pool, "an empty name", count);
    if (!tokex_form_decode(&param->name, &decoded_len, piece, name_len, pool))
        return refuse_syntax(pool, "a name that is not well-formed", count);
    param->value = "";
    param->value_len = 0;
    if (equals &&
        !tokex_form_decode(&param->value, &param->value_len, equals + 1, len - name_len - 1, pool))
        return refuse_syntax(pool, "a value that is not well-formed", count);
    return check_name(params, count, pool);
}

const tokex_err_t *tokex_form_parse(const tokex_form_t **out, const char *body, apr_size_t len,
                                    apr_pool_t *pool)
{
    tokex_form_t *form = apr_palloc(pool, sizeof(*form));
    tokex_form_param_t *params = apr_palloc(pool, TOKEX_LIMIT_FORM_PARAMS * sizeof(*params));
    form->params = params;
    form->count = 0;
    while (len > 0) {
        const char *separator = memchr(body, '&', len);
        apr_size_t piece_len = separator ? (apr_size_t)(separator - body) : len;
        apr_size_t step = piece_len + (separator ? 1 : 0);
        if (piece_len > 0) {
            if (form->count == TOKEX_LIMIT_FORM_PARAMS)
                return tokex_err_create(pool, TOKEX_E_FORM_TOO_MANY, NULL,
                                        "the form has more than %d parameters",
                                        TOKEX_LIMIT_FORM_PARAMS);
            TOKEX_RETURN_ERR(add_param(params, form->count, body, piece_len, pool));
            form->count++;
        }
        body += step;
        len -= step;
    }
    *out = form;
    return NULL;
}

const tokex_form_param_t *tokex_form_get(const tokex_form_t *form, const char *name)
{
    for (int i = 0; i < form->count; i++)
        if (strcmp(form->params[i].name, name) == 0)
            return form->params[i].value_len > 0 ? &form->params[i] : NULL;
    return NULL;
}

bool tokex_form_is_content_type(const char *content_type)
{
    static const char wanted[] = "application/x-www-form-urlencoded";
    const char *rest;
    /* Not strncasecmp(): in a Turkish locale it would not find the "i" of "APPLICATION". */
    if (!content_type || apr_cstr_casecmpn(content_type, wanted, sizeof(wanted) - 1) != 0)
        return false;
    rest = content_type + sizeof(wanted) - 1;
    while (*rest == ' ' || *rest == '\t')
        rest++;
    return *rest == '\0' || *rest == ';';
}
