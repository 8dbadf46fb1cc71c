#include <string.h>

#include <apr_strings.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "base/b64url.h"
#include "base/limits.h"
#include "crypt/jws.h"
#include "crypt/jws_alg.h"

struct tokex_signer_t {
    const tokex_key_t *key;
    tokex_alg_t alg;
    EVP_PKEY_CTX *sign; /* NULL for EdDSA */
    const char *typ;
    const char *head; /* the JOSE header in base64url and the dot behind it */
    apr_size_t head_len;
    apr_size_t signature_len;
};

static apr_status_t release(void *data)
{
    tokex_signer_t *signer = data;

    EVP_PKEY_CTX_free(signer->sign);
    return APR_SUCCESS;
}

static const char *header_of(const tokex_signer_t *signer, apr_size_t *len, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 256);

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "alg", tokex_jwk_alg_name(signer->alg));
    tokex_jsonw_member_string(w, "typ", signer->typ);
    tokex_jsonw_member_string(w, "kid", tokex_jwk_kid(signer->key));
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, len);
}

const char *tokex_jws_signer_header(const tokex_signer_t *signer, apr_pool_t *pool)
{
    return header_of(signer, NULL, pool);
}

static void write_head(tokex_signer_t *signer, apr_pool_t *pool)
{
    apr_size_t len;
    const char *json = header_of(signer, &len, pool);
    char *head = apr_palloc(pool, TOKEX_B64URL_ENCODED(len) + 1);

    signer->head_len = tokex_b64url_encode(head, (const unsigned char *)json, len);
    head[signer->head_len++] = '.';
    signer->head = head;
}

const tokex_err_t *tokex_jws_signer_create(const tokex_signer_t **out, const tokex_key_t *key,
                                           tokex_alg_t alg, const char *typ, apr_pool_t *pool)
{
    tokex_signer_t *signer;

    if (!key->is_private)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL, "a public key cannot sign");
    if (alg == TOKEX_ALG_NONE || alg >= TOKEX_ALG_COUNT || !(key->algs & TOKEX_ALG_BIT(alg)))
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "a key of kty %s and this curve cannot sign with %s",
                                key->kind->kty, tokex_jwk_alg_name(alg));
    signer = apr_pcalloc(pool, sizeof(*signer));
    apr_pool_cleanup_register(pool, signer, release, apr_pool_cleanup_null);
    signer->key = key;
    signer->alg = alg;
    signer->signature_len = tokex_jws_signature_len(key);
    if (alg != TOKEX_ALG_EDDSA) {
        signer->sign = tokex_jws_context(key->pkey, alg, key->crypt, EVP_PKEY_sign_init);
        if (!signer->sign)
            return tokex_crypt_fail(pool, TOKEX_E_CRYPTO, "OpenSSL cannot sign with the key");
    }
    signer->typ = apr_pstrdup(pool, typ);
    write_head(signer, pool);
    ERR_clear_error();
    *out = signer;
    return NULL;
}

/* RFC 7518 section 3.4: r and s at the width of the curve, leading zeros kept. */
static bool to_fixed_width(unsigned char *rs, apr_size_t width, const unsigned char *der,
                           apr_size_t len)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    int w = (int)width;
    bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), rs, w) == w &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), rs + width, w) == w;

    ECDSA_SIG_free(sig);
    return ok;
}

static bool sign_digest(const tokex_signer_t *signer, unsigned char *out, const char *input,
                        apr_size_t input_len)
{
    unsigned char digest[TOKEX_JWS_DIGEST_MAX];
    unsigned char der[TOKEX_JWS_DER_MAX];
    bool ecdsa = signer->key->kind->crv != NULL;
    size_t len = ecdsa ? sizeof(der) : signer->signature_len;
    unsigned digest_len;
    EVP_PKEY_CTX *ctx;
    bool ok;

    if (!tokex_jws_digest(digest, &digest_len, tokex_jws_md(signer->key->crypt, signer->alg), input,
                          input_len))
        return false;
    ctx = EVP_PKEY_CTX_dup(signer->sign);
    ok = ctx && EVP_PKEY_sign(ctx, ecdsa ? der : out, &len, digest, digest_len) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (!ok)
        return false;
    return ecdsa ? to_fixed_width(out, signer->key->kind->width, der, len)
                 : len == signer->signature_len;
}

static bool sign_message(const tokex_signer_t *signer, unsigned char *out, const char *input,
                         apr_size_t input_len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = signer->signature_len;
    bool ok = ctx &&
              EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, signer->key->pkey, NULL) == 1 &&
              EVP_DigestSign(ctx, out, &len, (const unsigned char *)input, input_len) == 1 &&
              len == signer->signature_len;

    EVP_MD_CTX_free(ctx);
    return ok;
}

const tokex_err_t *tokex_jws_sign(const char **out, const tokex_signer_t *signer,
                                  const char *claims, apr_size_t claims_len, apr_pool_t *pool)
{
    unsigned char signature[TOKEX_JWS_SIGNATURE_MAX];
    apr_size_t len = signer->head_len;
    char *jws = apr_palloc(pool, len + TOKEX_B64URL_ENCODED(claims_len) + 1 +
                                     TOKEX_B64URL_ENCODED(signer->signature_len) + 1);
    bool ok;

    memcpy(jws, signer->head, len);
    len += tokex_b64url_encode(jws + len, (const unsigned char *)claims, claims_len);
    ok = signer->sign ? sign_digest(signer, signature, jws, len)
                      : sign_message(signer, signature, jws, len);
    if (!ok)
        return tokex_crypt_fail(pool, TOKEX_E_CRYPTO, "the token could not be signed");
    jws[len++] = '.';
    len += tokex_b64url_encode(jws + len, signature, signer->signature_len);
    jws[len] = '\0';
    ERR_clear_error();
    *out = jws;
    return NULL;
}
