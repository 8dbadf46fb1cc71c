#include "crypt/crypt.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "crypt/crypt_private.h"

static apr_status_t release(void *data)
{
    tokex_crypt_t *crypt = data;

    EVP_MD_free(crypt->sha256);
    EVP_MD_free(crypt->sha384);
    EVP_MD_free(crypt->sha512);
    EVP_CIPHER_free(crypt->aes256gcm);
    return APR_SUCCESS;
}

const tokex_err_t *tokex_crypt_create(tokex_crypt_t **out, apr_pool_t *pool)
{
    tokex_crypt_t *crypt = apr_pcalloc(pool, sizeof(*crypt));

    apr_pool_cleanup_register(pool, crypt, release, apr_pool_cleanup_null);
    crypt->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    crypt->sha384 = EVP_MD_fetch(NULL, "SHA384", NULL);
    crypt->sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
    crypt->aes256gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (!crypt->sha256 || !crypt->sha384 || !crypt->sha512 || !crypt->aes256gcm)
        return tokex_crypt_fail(pool, TOKEX_E_CRYPTO,
                                "OpenSSL offers no SHA-256, SHA-384, SHA-512 or AES-256-GCM");
    ERR_clear_error();
    *out = crypt;
    return NULL;
}

const tokex_err_t *tokex_crypt_sha256(const tokex_crypt_t *crypt,
                                      unsigned char out[TOKEX_SHA256_LEN], const void *in,
                                      apr_size_t len, apr_pool_t *pool)
{
    if (EVP_Digest(in, len, out, NULL, crypt->sha256, NULL) != 1)
        return tokex_crypt_fail(pool, TOKEX_E_CRYPTO, "SHA-256 failed");
    return NULL;
}

bool tokex_crypt_equal(const void *a, const void *b, apr_size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void tokex_crypt_wipe(void *buf, apr_size_t len)
{
    OPENSSL_cleanse(buf, len);
}

int tokex_crypt_error_queue_length(void)
{
    return ERR_peek_error() ? 1 : 0;
}

typedef struct secret_t {
    unsigned char *octets;
    apr_size_t len;
} secret_t;

static apr_status_t wipe(void *data)
{
    const secret_t *secret = data;

    OPENSSL_cleanse(secret->octets, secret->len);
    return APR_SUCCESS;
}

unsigned char *tokex_crypt_secret_buffer(apr_pool_t *pool, apr_size_t len)
{
    secret_t *secret = apr_palloc(pool, sizeof(*secret));

    secret->octets = apr_pcalloc(pool, len);
    secret->len = len;
    apr_pool_cleanup_register(pool, secret, wipe, apr_pool_cleanup_null);
    return secret->octets;
}

const tokex_err_t *tokex_crypt_fail(apr_pool_t *pool, tokex_code_t code, const char *what)
{
    /* The reason strings are OpenSSL's own literals, so no value of a caller gets into a log. */
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    if (!reason)
        return tokex_err_create(pool, code, NULL, "%s", what);
    return tokex_err_create(pool, code, NULL, "%s (OpenSSL: %s)", what, reason);
}
