/* A public key as text: the JWK and its thumbprint. */
#include <string.h>

#include "base/b64url.h"
#include "crypt/jwk_private.h"

static bool is_rsa(const tokex_key_t *key)
{
    return !key->kind->crv;
}

void tokex_jwk_write_public(tokex_jsonw_t *w, const tokex_key_t *key, tokex_alg_t alg)
{
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "kty", key->kind->kty);
    tokex_jsonw_member_string(w, "kid", key->kid);
    tokex_jsonw_member_string(w, "use", "sig");
    if (alg != TOKEX_ALG_NONE)
        tokex_jsonw_member_string(w, "alg", tokex_jwk_alg_name(alg));
    tokex_jsonw_member_string(w, "crv", key->kind->crv);
    tokex_jsonw_member_string(w, is_rsa(key) ? "n" : "x", key->first);
    tokex_jsonw_member_string(w, is_rsa(key) ? "e" : "y", key->second);
    tokex_jsonw_object_end(w);
}

/* RFC 7638 section 3: the required members alone, in the order of their names, without blanks. */
const tokex_err_t *tokex_jwk_set_thumbprint(tokex_key_t *key, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, strlen(key->first) + 256);
    unsigned char digest[TOKEX_SHA256_LEN];
    const char *text;
    apr_size_t len;

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "crv", key->kind->crv);
    if (is_rsa(key))
        tokex_jsonw_member_string(w, "e", key->second);
    tokex_jsonw_member_string(w, "kty", key->kind->kty);
    tokex_jsonw_member_string(w, is_rsa(key) ? "n" : "x", key->first);
    if (!is_rsa(key))
        tokex_jsonw_member_string(w, "y", key->second);
    tokex_jsonw_object_end(w);
    text = tokex_jsonw_text(w, &len);
    TOKEX_RETURN_ERR(tokex_crypt_sha256(key->crypt, digest, text, len, pool));
    key->thumbprint = tokex_b64url_string(pool, digest, sizeof(digest));
    return NULL;
}
