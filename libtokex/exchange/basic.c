#include "exchange/basic.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"

/* Form encoding makes three octets of one; base64 four of three. */
#define DECODED_MAX (3 * (TOKEX_LIMIT_CLIENT_ID + TOKEX_LIMIT_CLIENT_SECRET) + 1)
#define ENCODED_MAX ((DECODED_MAX + 2) / 3 * 4)

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Not APR's decoder: that one stops at the first octet it does not know and calls it the end. */
static bool decode(char *out, apr_size_t *out_len, const char *in, apr_size_t len)
{
    unsigned int bits = 0;
    apr_size_t n = 0;
    apr_size_t padding = 0;
    if (len == 0 || len % 4 != 0)
        return false;
    padding = in[len - 1] == '=' ? (in[len - 2] == '=' ? 2 : 1) : 0;
    for (apr_size_t i = 0; i < len; i++) {
        int value = i < len - padding ? digit_value(in[i]) : 0;
        if (value < 0)
            return false;
        bits = bits << 6 | (unsigned int)value;
        if (i % 4 < 3)
            continue;
        out[n++] = (char)(bits >> 16 & 0xFF);
        out[n++] = (char)(bits >> 8 & 0xFF);
        out[n++] = (char)(bits & 0xFF);
    }
    /* What padding stands for must have been nothing. */
    for (apr_size_t i = 1; i <= padding; i++)
        if (out[n - i] != '\0')
            return false;
    *out_len = n - padding;
    return true;
}

static const tokex_err_t *refuse(apr_pool_t *pool, const char *what)
{
    return tokex_err_create(pool, TOKEX_E_CLIENT_AUTH_SYNTAX, NULL, "Basic credentials: %s", what);
}

/* The second way to read them, unless it is no other. */
static void decode_form(tokex_credentials_t *out, apr_pool_t *pool)
{
    const char *id = out->client_id;
    const char *secret = out->client_secret;
    apr_size_t len;
    if (!strpbrk(id, "%+") && !strpbrk(secret, "%+"))
        return;
    if (!tokex_form_decode(&id, &len, id, strlen(id), pool) || len == 0 ||
        !tokex_form_decode(&secret, &len, secret, strlen(secret), pool))
        return;
    out->decoded_id = id;
    out->decoded_secret = secret;
}

const tokex_err_t *tokex_basic_read(tokex_credentials_t *out, const char *base64, apr_pool_t *pool)
{
    apr_size_t len = strlen(base64);
    char *text;
    char *colon;
    if (len == 0)
        return refuse(pool, "there are none behind the scheme");
    if (len > ENCODED_MAX)
        return refuse(pool, "too long");
    text = apr_palloc(pool, len);
    if (!decode(text, &len, base64, len))
        return refuse(pool, "not base64 with its padding");
    if (memchr(text, '\0', len) || !tokex_json_is_utf8(text, len))
        return refuse(pool, "a NUL, or not UTF-8");
    /* Four characters of base64 gave at most three octets: there is room for the NUL. */
    text[len] = '\0';
    colon = strchr(text, ':');
    if (!colon)
        return refuse(pool, "no colon between id and secret");
    if (colon == text)
        return refuse(pool, "the id is empty");
    *colon = '\0';
    out->client_id = text;
    out->client_secret = colon + 1;
    decode_form(out, pool);
    return NULL;
}
