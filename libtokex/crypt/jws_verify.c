#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/limits.h"
#include "crypt/jws.h"
#include "crypt/jws_alg.h"

const EVP_MD *tokex_jws_md(const tokex_crypt_t *crypt, tokex_alg_t alg)
{
    switch (alg) {
    case TOKEX_ALG_RS256:
    case TOKEX_ALG_PS256:
    case TOKEX_ALG_ES256:
        return crypt->sha256;
    case TOKEX_ALG_RS384:
    case TOKEX_ALG_PS384:
    case TOKEX_ALG_ES384:
        return crypt->sha384;
    case TOKEX_ALG_RS512:
    case TOKEX_ALG_PS512:
    case TOKEX_ALG_ES512:
        return crypt->sha512;
    default:
        return NULL;
    }
}

apr_size_t tokex_jws_signature_len(const tokex_key_t *key)
{
    if (!key->kind->crv)
        return ((apr_size_t)key->bits + 7) / 8;
    return 2 * key->kind->width;
}

bool tokex_jws_digest(unsigned char digest[TOKEX_JWS_DIGEST_MAX], unsigned *digest_len,
                      const EVP_MD *md, const void *input, apr_size_t input_len)
{
    return EVP_Digest(input, input_len, digest, digest_len, md, NULL) == 1;
}

static bool set_padding(EVP_PKEY_CTX *ctx, tokex_alg_t alg, const EVP_MD *md)
{
    switch (alg) {
    case TOKEX_ALG_RS256:
    case TOKEX_ALG_RS384:
    case TOKEX_ALG_RS512:
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    case TOKEX_ALG_PS256:
    case TOKEX_ALG_PS384:
    case TOKEX_ALG_PS512:
        /* RFC 7518 section 3.5: MGF1 with the same hash, a salt as long as its output. */
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
    default:
        return true;
    }
}

EVP_PKEY_CTX *tokex_jws_context(EVP_PKEY *pkey, tokex_alg_t alg, const tokex_crypt_t *crypt,
                                tokex_jws_init_t *init)
{
    const EVP_MD *md = tokex_jws_md(crypt, alg);
    EVP_PKEY_CTX *ctx = md ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;

    if (ctx && init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
        set_padding(ctx, alg, md))
        return ctx;
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

/* An unsigned number of `width` octets as a DER INTEGER at `to`; gives the octets written. */
static apr_size_t put_integer(unsigned char *to, const unsigned char *number, apr_size_t width)
{
    apr_size_t sign;

    while (width > 1 && *number == 0) {
        number++;
        width--;
    }
    sign = *number & 0x80 ? 1 : 0;
    to[0] = 0x02;
    to[1] = (unsigned char)(width + sign);
    to[2] = 0;
    memcpy(to + 2 + sign, number, width);
    return 2 + sign + width;
}

/* r and s at fixed width as the DER that OpenSSL wants. By hand: by way of BIGNUMs it would cost as
 * much as everything else that is not the mathematics. */
static apr_size_t put_signature(unsigned char der[TOKEX_JWS_DER_MAX], const unsigned char *rs,
                                apr_size_t width)
{
    unsigned char body[TOKEX_JWS_DER_MAX];
    apr_size_t len = put_integer(body, rs, width);
    apr_size_t head = 2;

    len += put_integer(body + len, rs + width, width);
    der[0] = 0x30;
    der[1] = (unsigned char)len;
    if (len > 0x7f) {
        der[1] = 0x81;
        der[2] = (unsigned char)len;
        head = 3;
    }
    memcpy(der + head, body, len);
    return head + len;
}

static bool verify_digest(const tokex_key_t *key, tokex_alg_t alg, const void *input,
                          apr_size_t input_len, const unsigned char *signature,
                          apr_size_t signature_len)
{
    unsigned char digest[TOKEX_JWS_DIGEST_MAX];
    unsigned char der[TOKEX_JWS_DER_MAX];
    unsigned digest_len;
    EVP_PKEY_CTX *ctx;
    bool ok;

    if (!tokex_jws_digest(digest, &digest_len, tokex_jws_md(key->crypt, alg), input, input_len))
        return false;
    if (key->kind->crv) {
        signature_len = put_signature(der, signature, key->kind->width);
        signature = der;
    }
    ctx = key->verify[alg] ? EVP_PKEY_CTX_dup(key->verify[alg])
                           : tokex_jws_context(key->pkey, alg, key->crypt, EVP_PKEY_verify_init);
    /* Below 0 is a failure of the operation itself; it is as little a yes as 0 is. */
    ok = ctx && EVP_PKEY_verify(ctx, signature, signature_len, digest, digest_len) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

static bool verify_message(const tokex_key_t *key, const void *input, apr_size_t input_len,
                           const unsigned char *signature, apr_size_t signature_len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1 &&
              EVP_DigestVerify(ctx, signature, signature_len, input, input_len) == 1;

    EVP_MD_CTX_free(ctx);
    return ok;
}

const tokex_err_t *tokex_jws_verify_octets(const tokex_key_t *key, tokex_alg_t alg,
                                           const void *input, apr_size_t input_len,
                                           const unsigned char *signature, apr_size_t signature_len,
                                           apr_pool_t *pool)
{
    bool ok;

    if (alg == TOKEX_ALG_NONE || alg >= TOKEX_ALG_COUNT || !(key->algs & TOKEX_ALG_BIT(alg)))
        return tokex_err_create(pool, TOKEX_E_SIGNATURE, NULL, "the key does not allow %s",
                                tokex_jwk_alg_name(alg));
    if (signature_len != tokex_jws_signature_len(key))
        return tokex_err_create(pool, TOKEX_E_SIGNATURE, NULL,
                                "a signature of %" APR_SIZE_T_FMT " octets; %s with this key has "
                                "%" APR_SIZE_T_FMT,
                                signature_len, tokex_jwk_alg_name(alg),
                                tokex_jws_signature_len(key));
    if (alg == TOKEX_ALG_EDDSA)
        ok = verify_message(key, input, input_len, signature, signature_len);
    else
        ok = verify_digest(key, alg, input, input_len, signature, signature_len);
    /* mod_ssl reads the same thread's queue after its own calls and would take our leavings for a
     * failed handshake. */
    ERR_clear_error();
    return ok ? NULL : tokex_err_create(pool, TOKEX_E_SIGNATURE, NULL, NULL);
}

const tokex_err_t *tokex_jws_verify(const tokex_jws_t *jws, const tokex_key_t *key,
                                    apr_pool_t *pool)
{
    return tokex_jws_verify_octets(key, jws->alg, jws->signing_input, jws->signing_input_len,
                                   jws->signature, jws->signature_len, pool);
}
