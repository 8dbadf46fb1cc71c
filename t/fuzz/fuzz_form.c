/* Forms, and base64url beside them: both are how octets arrive in text. */
#include "fuzz.h"

#include "base/b64url.h"
#include "base/form.h"
#include "base/json.h"
#include "base/limits.h"

static bool may_repeat(const char *name)
{
    return strcmp(name, "audience") == 0 || strcmp(name, "resource") == 0;
}

static void check_param(const tokex_form_t *form, int i)
{
    const tokex_form_param_t *param = &form->params[i];
    HOLDS(*param->name != '\0');
    HOLDS(tokex_json_is_utf8(param->name, strlen(param->name)));
    HOLDS(strlen(param->value) == param->value_len);
    HOLDS(tokex_json_is_utf8(param->value, param->value_len));
    if (may_repeat(param->name))
        return;
    for (int j = 0; j < i; j++)
        HOLDS(strcmp(form->params[j].name, param->name) != 0);
    HOLDS(tokex_form_get(form, param->name) == (param->value_len > 0 ? param : NULL));
}

static char *encode(char *out, const char *in, apr_size_t len)
{
    static const char hex[] = "0123456789ABCDEF";
    for (apr_size_t i = 0; i < len; i++) {
        *out++ = '%';
        *out++ = hex[(unsigned char)in[i] >> 4];
        *out++ = hex[(unsigned char)in[i] & 0x0F];
    }
    return out;
}

/* Encoded anew, every octet as an escape, the form says the same. */
static void check_encoded_again(const tokex_form_t *form, size_t size, apr_pool_t *pool)
{
    const tokex_form_t *again;
    char *body = apr_palloc(pool, size * 3 + TOKEX_LIMIT_FORM_PARAMS * 2 + 1);
    char *p = body;
    for (int i = 0; i < form->count; i++) {
        p = encode(p, form->params[i].name, strlen(form->params[i].name));
        *p++ = '=';
        p = encode(p, form->params[i].value, form->params[i].value_len);
        *p++ = '&';
    }
    HOLDS(!tokex_form_parse(&again, body, (apr_size_t)(p - body), pool));
    HOLDS(again->count == form->count);
    for (int i = 0; i < form->count; i++) {
        HOLDS(strcmp(again->params[i].name, form->params[i].name) == 0);
        HOLDS(strcmp(again->params[i].value, form->params[i].value) == 0);
    }
}

static void check_base64url(const char *text, size_t size, apr_pool_t *pool)
{
    const unsigned char *octets = (const unsigned char *)text;
    const char *encoded = tokex_b64url_string(pool, octets, size);
    unsigned char *decoded;
    apr_size_t len;
    HOLDS(strlen(encoded) == TOKEX_B64URL_ENCODED(size));
    HOLDS(!tokex_b64url_decode(&decoded, &len, encoded, strlen(encoded), pool));
    HOLDS(len == size && (size == 0 || memcmp(decoded, octets, size) == 0));
    if (tokex_b64url_decode(&decoded, &len, text, size, pool))
        return;
    encoded = tokex_b64url_string(pool, decoded, len);
    HOLDS(strlen(encoded) == size && (size == 0 || memcmp(encoded, text, size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const tokex_form_t *form = NULL;
    const tokex_err_t *err;
    apr_pool_t *pool = new_pool();
    err = tokex_form_parse(&form, text, size, pool);
    HOLDS((err == NULL) == (form != NULL));
    if (form) {
        HOLDS(form->count >= 0 && form->count <= TOKEX_LIMIT_FORM_PARAMS);
        for (int i = 0; i < form->count; i++)
            check_param(form, i);
        check_encoded_again(form, size, pool);
    } else {
        HOLDS(tokex_json_is_utf8(err->log_text, strlen(err->log_text)));
    }
    check_base64url(text, size, pool);
    apr_pool_destroy(pool);
    return 0;
}
