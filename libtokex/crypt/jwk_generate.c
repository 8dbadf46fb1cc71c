/* Our own signing keys: made, put away as PKCS#8 (RFC 5208), taken out again. */
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <apr_strings.h>

#include "crypt/jwk_private.h"

/* The size that issuers and resource servers everywhere use: keys are rotated, not grown old. */
#define RSA_BITS 2048

static EVP_PKEY *generate(tokex_alg_t alg)
{
    switch (alg) {
    case TOKEX_ALG_RS256:
    case TOKEX_ALG_RS384:
    case TOKEX_ALG_RS512:
    case TOKEX_ALG_PS256:
    case TOKEX_ALG_PS384:
    case TOKEX_ALG_PS512:
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS);
    case TOKEX_ALG_ES256:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    case TOKEX_ALG_ES384:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    case TOKEX_ALG_ES512:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
    case TOKEX_ALG_EDDSA:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    default:
        return NULL;
    }
}

/* Takes `pkey` over, on failure too. */
static const tokex_err_t *adopt(tokex_key_t **out, EVP_PKEY *pkey, const char *kid,
                                const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    tokex_jwk_source_t source = {.pkey = pkey, .algs = ~0u, .kid = kid};
    tokex_key_t *key;
    const tokex_err_t *err = tokex_jwk_public_of(&source.pub, pkey, pool);

    if (err) {
        EVP_PKEY_free(pkey);
        return err;
    }
    TOKEX_RETURN_ERR(tokex_jwk_key_create(&key, &source, crypt, pool));
    ERR_clear_error();
    *out = key;
    return NULL;
}

const tokex_err_t *tokex_jwk_generate(const tokex_key_t **out, tokex_alg_t alg,
                                      const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    EVP_PKEY *pkey = generate(alg);
    tokex_key_t *key;

    if (!pkey)
        return tokex_crypt_fail(pool, TOKEX_E_CRYPTO, "OpenSSL could not make a key");
    TOKEX_RETURN_ERR(adopt(&key, pkey, NULL, crypt, pool));
    key->kid = key->thumbprint;
    *out = key;
    return NULL;
}

const tokex_err_t *tokex_jwk_private_to_der(const unsigned char **out, apr_size_t *out_len,
                                            const tokex_key_t *key, apr_pool_t *pool)
{
    PKCS8_PRIV_KEY_INFO *info = key->is_private ? EVP_PKEY2PKCS8(key->pkey) : NULL;
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : 0;
    const tokex_err_t *err = NULL;

    if (len > 0) {
        unsigned char *der = tokex_crypt_secret_buffer(pool, (apr_size_t)len);
        unsigned char *end = der;

        *out = der;
        *out_len = (apr_size_t)len;
        if (i2d_PKCS8_PRIV_KEY_INFO(info, &end) != len)
            len = 0;
    }
    if (len <= 0)
        err = tokex_crypt_fail(pool, TOKEX_E_CRYPTO, "the private key cannot be written");
    PKCS8_PRIV_KEY_INFO_free(info);
    ERR_clear_error();
    return err;
}

const tokex_err_t *tokex_jwk_private_from_der(const tokex_key_t **out, const unsigned char *der,
                                              apr_size_t len, const char *kid,
                                              const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    const unsigned char *end = der;
    PKCS8_PRIV_KEY_INFO *info =
        len <= INT_MAX ? d2i_PKCS8_PRIV_KEY_INFO(NULL, &end, (long)len) : NULL;
    EVP_PKEY *pkey = info && end == der + len ? EVP_PKCS82PKEY_ex(info, NULL, NULL) : NULL;
    tokex_key_t *key;

    PKCS8_PRIV_KEY_INFO_free(info);
    if (!pkey)
        return tokex_crypt_fail(pool, TOKEX_E_KEY_SYNTAX, "this is no private key in PKCS#8");
    TOKEX_RETURN_ERR(adopt(&key, pkey, kid, crypt, pool));
    *out = key;
    return NULL;
}
