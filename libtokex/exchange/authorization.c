#include "exchange/authorization.h"

#include <string.h>

#include <apr_escape.h>
#include <apr_lib.h>
#include <apr_strings.h>

bool tokex_authorization_is_repeated(const char *authorization)
{
    bool quoted = false;
    const char *c;

    for (c = authorization; *c; c++) {
        const char *next = c + 1;

        if (*c == '"')
            quoted = !quoted;
        if (*c != ',' || quoted)
            continue;
        next += strspn(next, " \t");
        next += strcspn(next, " \t,=");
        if (*next != '=')
            return true;
    }
    return false;
}

/*
 * What stands here as one word. It need not be the b64token of RFC 6750 section 2.1: a word with
 * another character is a malformed token (section 3.1: invalid_token), and whoever reads it says
 * so.
 */
static bool is_one_word(const char *text)
{
    static const char others[] =
        "\x01\x02\x03\x04\x05\x06\x07\b\t\n\v\f\r\x0E\x0F\x10\x11\x12\x13\x14\x15"
        "\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F \",\x7F";

    return *text && !text[strcspn(text, others)];
}

const tokex_err_t *tokex_authorization_bearer(const char **token, const char *authorization,
                                              apr_pool_t *pool)
{
    static const char scheme[] = "bearer";
    const char *rest;

    if (!authorization || !*authorization)
        return tokex_err_create(pool, TOKEX_E_BEARER_MISSING, NULL, NULL);
    if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0 ||
        apr_isalnum(authorization[sizeof(scheme) - 1])) {
        if (tokex_authorization_is_repeated(authorization))
            return tokex_err_create(pool, TOKEX_E_BEARER_MALFORMED, NULL,
                                    "there are several Authorization headers");
        return tokex_err_create(pool, TOKEX_E_BEARER_MISSING, NULL,
                                "Authorization has another scheme than Bearer");
    }
    rest = authorization + sizeof(scheme) - 1;
    if (*rest != ' ')
        return tokex_err_create(pool, TOKEX_E_BEARER_MALFORMED, NULL,
                                *rest ? "Bearer is not followed by a blank"
                                      : "Bearer is followed by no token");
    rest += strspn(rest, " ");
    if (!is_one_word(rest))
        return tokex_err_create(pool, TOKEX_E_BEARER_MALFORMED, NULL,
                                "Bearer is followed by something that is not one token");
    *token = rest;
    return NULL;
}

static bool is_the_parameter(const char *name, apr_size_t len, apr_pool_t *pool)
{
    char *text = apr_pstrmemdup(pool, name, len);
    char *plus;

    for (plus = strchr(text, '+'); plus; plus = strchr(plus, '+'))
        *plus = ' ';
    /* What cannot be decoded is nobody's access_token. */
    (void)apr_unescape_url(text, text, APR_ESCAPE_STRING, NULL, NULL, 0, NULL);
    return strcmp(text, "access_token") == 0;
}

bool tokex_authorization_in_query(const char *query, apr_pool_t *pool)
{
    while (query && *query) {
        apr_size_t len = strcspn(query, "&;");
        apr_size_t name = strcspn(query, "=&;");

        if (name < len && is_the_parameter(query, name, pool))
            return true;
        query += len;
        query += *query != '\0';
    }
    return false;
}
