#include "input.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/form.h"

static bool find_field(admin_field_t *out, const admin_declared_t *declared, const char *name)
{
    const admin_field_t *field;

    for (field = declared->fields; field && field->name; field++)
        if (strcmp(field->name, name) == 0) {
            *out = *field;
            return true;
        }
    return declared->more && declared->more(out, declared->ctx, name);
}

/* Browsers end lines of a form by CR LF. */
static const char *join_line_ends(const char *value, apr_pool_t *pool)
{
    char *out = apr_pstrdup(pool, value), *to = out;

    for (; *value; value++)
        if (value[0] != '\r' || value[1] != '\n')
            *to++ = *value == '\r' ? '\n' : *value;
    *to = '\0';
    return out;
}

static bool fits(const admin_field_t *field, const char *value)
{
    const char *at;

    for (at = value; *at; at++) {
        if (field->kind == ADMIN_DIGITS && !apr_isdigit(*at))
            return false;
        if ((unsigned char)*at < 0x20 &&
            (field->kind != ADMIN_LINES || (*at != '\n' && *at != '\t')))
            return false;
        if (*at == 0x7f)
            return false;
    }
    return field->kind != ADMIN_DIGITS || at - value <= 18;
}

static const char *take_pair(admin_input_t *input, const char *pair, apr_size_t len,
                             const admin_declared_t *declared, apr_pool_t *pool)
{
    const char *equals = memchr(pair, '=', len), *name, *value = "";
    apr_size_t name_len = equals ? (apr_size_t)(equals - pair) : len, value_len = 0;
    admin_field_t field;

    if (!tokex_form_decode(&name, &name_len, pair, name_len, pool) || !*name ||
        (equals && !tokex_form_decode(&value, &value_len, equals + 1,
                                      (apr_size_t)(pair + len - equals - 1), pool)))
        return "A field is not encoded as forms are.";
    if (!find_field(&field, declared, name))
        return "It has a field that this page does not have.";
    if (apr_hash_get(input, name, APR_HASH_KEY_STRING))
        return "It has a field twice.";
    value = join_line_ends(value, pool);
    if (strlen(value) > field.most)
        return "A field is longer than it may be.";
    if (!fits(&field, value))
        return "A field holds characters that it may not have.";
    apr_hash_set(input, name, APR_HASH_KEY_STRING, value);
    return NULL;
}

const char *admin_input_parse(admin_input_t **out, const char *text, apr_size_t len,
                              const admin_declared_t *declared, apr_pool_t *pool)
{
    const char *end = text + len, *problem;
    int count = 0;

    *out = apr_hash_make(pool);
    while (text < end) {
        const char *stop = memchr(text, '&', (apr_size_t)(end - text));
        apr_size_t pair = (apr_size_t)((stop ? stop : end) - text);

        if (++count > ADMIN_INPUT_NAMES)
            return "It has too many fields.";
        problem = pair ? take_pair(*out, text, pair, declared, pool) : NULL;
        if (problem)
            return problem;
        text += pair + 1;
    }
    return NULL;
}

const char *admin_input_get(const admin_input_t *input, const char *name)
{
    return apr_hash_get((admin_input_t *)input, name, APR_HASH_KEY_STRING);
}

const char *admin_input_text(const admin_input_t *input, const char *name)
{
    const char *value = admin_input_get(input, name);

    return value ? value : "";
}

int64_t admin_input_number(const admin_input_t *input, const char *name, int64_t otherwise)
{
    const char *value = admin_input_text(input, name);

    if (!*value || strlen(value) > 18 || value[strspn(value, "0123456789")])
        return otherwise;
    return strtoll(value, NULL, 10);
}

int admin_input_length(apr_size_t *out, const char *content_length, apr_size_t most)
{
    const char *digits = content_length ? content_length : "";
    apr_uint64_t length;

    if (!*digits || digits[strspn(digits, "0123456789")])
        return 400;
    digits += strspn(digits, "0");
    if (strlen(digits) > 12)
        return 413;
    length = (apr_uint64_t)strtoull(*digits ? digits : "0", NULL, 10);
    if (length > most)
        return 413;
    *out = (apr_size_t)length;
    return 0;
}
