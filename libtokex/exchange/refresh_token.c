#include "exchange/refresh_token.h"

#include <string.h>

#include <apr_strings.h>

#include "base/b64url.h"
#include "crypt/random.h"

/* Octets, and the characters that they are. */
#define COMMON_OCTETS 18
#define COMMON_LEN 24
#define OWN_OCTETS 30
/* An id is as long as a jti. */
#define ID_OCTETS 16

/* The label keeps what is made of the same text apart. */
static const tokex_err_t *digest(unsigned char out[TOKEX_SHA256_LEN], const char *label,
                                 const char *text, const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    const char *all = apr_pstrcat(pool, "tokex refresh ", label, ":", text, NULL);
    return tokex_crypt_sha256(crypt, out, all, strlen(all), pool);
}

static const tokex_err_t *derive(tokex_refresh_token_t *token, const tokex_crypt_t *crypt,
                                 apr_pool_t *pool)
{
    unsigned char octets[TOKEX_SHA256_LEN];
    const char *common = apr_pstrmemdup(pool, token->text, COMMON_LEN);
    TOKEX_RETURN_ERR(digest(octets, "id", common, crypt, pool));
    token->id = tokex_b64url_string(pool, octets, ID_OCTETS);
    TOKEX_RETURN_ERR(digest(octets, "hash", token->text, crypt, pool));
    token->hash = tokex_b64url_string(pool, octets, sizeof(octets));
    return digest(token->key.octets, "key", token->text, crypt, pool);
}

const tokex_err_t *tokex_refresh_token_make(tokex_refresh_token_t *out,
                                            const tokex_refresh_token_t *before,
                                            const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    const char *common = NULL, *own = NULL;
    if (before)
        common = apr_pstrmemdup(pool, before->text, COMMON_LEN);
    else
        TOKEX_RETURN_ERR(tokex_random_text(&common, COMMON_OCTETS, pool));
    TOKEX_RETURN_ERR(tokex_random_text(&own, OWN_OCTETS, pool));
    out->text = apr_pstrcat(pool, common, own, NULL);
    return derive(out, crypt, pool);
}

const tokex_err_t *tokex_refresh_token_read(tokex_refresh_token_t *out, const char *text,
                                            const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_";
    memset(out, 0, sizeof(*out));
    if (strspn(text, characters) != TOKEX_REFRESH_TOKEN_LEN || text[TOKEX_REFRESH_TOKEN_LEN])
        return NULL;
    out->text = text;
    return derive(out, crypt, pool);
}
