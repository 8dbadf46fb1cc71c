#include "keys/key_answer.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "policy/policy.h"

/* A page of a proxy or a login is what people see most. */
static const char *kind_of(const tokex_fetch_t *answer, apr_pool_t *pool)
{
    if (!answer->content_type)
        return "";
    return apr_psprintf(pool, " (%s)",
                        tokex_err_shown(pool, answer->content_type, strlen(answer->content_type)));
}

const char *tokex_key_answer_object(const tokex_json_t **out, const tokex_fetch_t *answer,
                                    const char *wanted, apr_pool_t *pool)
{
    const tokex_err_t *err = tokex_json_parse_object(out, answer->body, answer->len, pool);
    return err ? apr_psprintf(pool, "the answer%s is no %s: %s", kind_of(answer, pool), wanted,
                              tokex_err_text(err, pool))
               : NULL;
}

const char *tokex_key_answer_issuer(const tokex_json_t *metadata, const char *wanted,
                                    apr_pool_t *pool)
{
    const char *issuer = tokex_json_string(tokex_json_get(metadata, "issuer"));
    if (issuer && strcmp(issuer, wanted) == 0)
        return NULL;
    return apr_psprintf(pool, "the metadata is of the issuer \"%s\", not of \"%s\"",
                        tokex_err_shown(pool, issuer, issuer ? strlen(issuer) : 0), wanted);
}

/* ---- URLs */

static const char *find_host(const char *url, apr_size_t *len)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    if (*host == '[') {
        host++;
        *len = strcspn(host, "]");
    } else {
        *len = strcspn(host, ":/?#");
    }
    return host;
}

const char *tokex_key_answer_host(const char *url, apr_pool_t *pool)
{
    apr_size_t len;
    const char *host = find_host(url, &len);
    return apr_pstrmemdup(pool, host, len);
}

bool tokex_key_answer_same_host(const char *a, const char *b)
{
    apr_size_t a_len, b_len;
    const char *a_host = find_host(a, &a_len), *b_host = find_host(b, &b_len);
    return a_len == b_len && apr_cstr_casecmpn(a_host, b_host, a_len) == 0;
}

static bool is_plain(const char *url)
{
    return strncmp(url, "http://", 7) == 0;
}

/* Tokens would otherwise be verified with what anybody on the way put there. */
const char *tokex_key_answer_jwks_uri(const char **out, const tokex_json_t *metadata,
                                      const char *metadata_url, apr_pool_t *pool)
{
    const char *uri = tokex_json_string(tokex_json_get(metadata, "jwks_uri"));
    const char *problem;
    *out = uri;
    if (!uri)
        return "the metadata names no jwks_uri";
    problem = tokex_policy_key_url_problem(uri, pool);
    if (!problem && is_plain(uri) &&
        (!is_plain(metadata_url) || !tokex_key_answer_same_host(metadata_url, uri)))
        problem = "it must be an https URL";
    return problem ? apr_psprintf(pool, "jwks_uri \"%s\" of the metadata is not asked: %s",
                                  tokex_err_shown(pool, uri, strlen(uri)), problem)
                   : NULL;
}

/* ---- JWK Sets */

const char *tokex_key_answer_set(const tokex_keyset_t **out, const tokex_fetch_t *answer,
                                 int64_t now, const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    const tokex_json_t *document, *keys;
    const char *problem = tokex_key_answer_object(&document, answer, "JWK Set", pool);
    const tokex_err_t *err;
    if (problem)
        return problem;
    keys = tokex_json_get(document, "keys");
    if (!keys || tokex_json_type(keys) != TOKEX_JSON_ARRAY)
        return apr_psprintf(pool, "the answer is no JWK Set: its member keys is %s",
                            keys ? "no list" : "missing");
    err = tokex_jwk_read(out, answer->body, answer->len, now, crypt, pool, pool);
    return err ? apr_psprintf(pool, "the JWK Set cannot be used: %s", tokex_err_text(err, pool))
               : NULL;
}
