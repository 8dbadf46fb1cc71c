/* Keys, tokens and certificates made at the time of the test, by OpenSSL itself and not by the code
 * under test. */
#ifndef CRYPT_KEYS_H
#define CRYPT_KEYS_H

#include "crypt_fixture.h"

#include <stdio.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/b64url.h"
#include "crypt/jwk.h"

#define NOW 1700000000

static inline apr_status_t free_pkey(void *data)
{
    EVP_PKEY_free(data);
    return APR_SUCCESS;
}

static inline EVP_PKEY *owned(const fixture_t *f, EVP_PKEY *pkey)
{
    assert_non_null(pkey);
    apr_pool_cleanup_register(f->pool, pkey, free_pkey, apr_pool_cleanup_null);
    return pkey;
}

static inline EVP_PKEY *make_rsa(const fixture_t *f, size_t bits)
{
    return owned(f, EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits));
}

static inline EVP_PKEY *make_ec(const fixture_t *f, const char *curve)
{
    return owned(f, EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve));
}

static inline EVP_PKEY *make_okp(const fixture_t *f, const char *type)
{
    return owned(f, EVP_PKEY_Q_keygen(NULL, NULL, type));
}

static inline const unsigned char *private_der(const fixture_t *f, const EVP_PKEY *pkey, int *len)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    unsigned char *der = NULL;
    unsigned char *copy;

    assert_non_null(info);
    *len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    assert_true(*len > 0);
    copy = apr_pmemdup(f->pool, der, (apr_size_t)*len);
    OPENSSL_clear_free(der, (size_t)*len);
    PKCS8_PRIV_KEY_INFO_free(info);
    return copy;
}

/* The product's view of a private key. */
static inline const tokex_key_t *private_key(const fixture_t *f, const EVP_PKEY *pkey,
                                             const char *kid)
{
    int len;
    const unsigned char *der = private_der(f, pkey, &len);
    const tokex_key_t *key;

    assert_success(tokex_jwk_private_from_der(&key, der, (apr_size_t)len, kid, f->crypt, f->pool));
    return key;
}

static inline const char *public_jwk(const fixture_t *f, const EVP_PKEY *pkey, const char *kid,
                                     tokex_alg_t alg)
{
    tokex_jsonw_t *w = tokex_jsonw_create(f->pool, 512);

    tokex_jwk_write_public(w, private_key(f, pkey, kid), alg);
    return tokex_jsonw_text(w, NULL);
}

static inline const tokex_err_t *read_keys(const fixture_t *f, const tokex_keyset_t **set,
                                           const char *text)
{
    return tokex_jwk_read(set, text, strlen(text), NOW, f->crypt, f->pool, f->pool);
}

static inline const tokex_keyset_t *keys_from(const fixture_t *f, const char *text)
{
    const tokex_keyset_t *set = NULL;

    assert_success(read_keys(f, &set, text));
    return set;
}

static inline const tokex_keyset_t *public_set(const fixture_t *f, const EVP_PKEY *pkey,
                                               const char *kid)
{
    return keys_from(f, public_jwk(f, pkey, kid, TOKEX_ALG_NONE));
}

static inline const char *encoded(const fixture_t *f, const char *text)
{
    return tokex_b64url_string(f->pool, (const unsigned char *)text, strlen(text));
}

/* How a token is signed when it is not by the product. */
typedef struct signing_t {
    EVP_PKEY *pkey;
    const char *digest; /* "SHA256"; NULL: EdDSA */
    bool pss;
    int salt;           /* octets, or RSA_PSS_SALTLEN_DIGEST */
    const char *mgf1;   /* NULL: as the digest */
    bool keep_der;      /* leave ECDSA as ASN.1 */
    const char *header; /* JSON */
    const char *claims; /* JSON; NULL: {} */
} signing_t;

static inline size_t to_fixed(unsigned char *sig, size_t len, int width)
{
    const unsigned char *at = sig;
    ECDSA_SIG *rs = d2i_ECDSA_SIG(NULL, &at, (long)len);

    assert_non_null(rs);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(rs), sig, width), width);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(rs), sig + width, width), width);
    ECDSA_SIG_free(rs);
    return 2 * (size_t)width;
}

static inline void set_pss(EVP_PKEY_CTX *ctx, const signing_t *how)
{
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, how->salt), 1);
    if (how->mgf1)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, how->mgf1, NULL), 1);
}

static inline const char *make_token(const fixture_t *f, const signing_t *how)
{
    const char *input = apr_pstrcat(f->pool, encoded(f, how->header), ".",
                                    encoded(f, how->claims ? how->claims : "{}"), NULL);
    unsigned char sig[1024];
    size_t len = sizeof(sig);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;

    assert_int_equal(EVP_DigestSignInit_ex(ctx, &pctx, how->digest, NULL, NULL, how->pkey, NULL),
                     1);
    if (how->pss)
        set_pss(pctx, how);
    assert_int_equal(EVP_DigestSign(ctx, sig, &len, (const unsigned char *)input, strlen(input)),
                     1);
    EVP_MD_CTX_free(ctx);
    if (EVP_PKEY_get_base_id(how->pkey) == EVP_PKEY_EC && !how->keep_der)
        len = to_fixed(sig, len, (EVP_PKEY_get_bits(how->pkey) + 7) / 8);
    return apr_pstrcat(f->pool, input, ".", tokex_b64url_string(f->pool, sig, len), NULL);
}

static inline void set_time(ASN1_TIME *at, long seconds)
{
    time_t now = NOW;

    assert_non_null(X509_time_adj(at, seconds, &now));
}

/* A certificate that `pkey` signed for itself, valid between the two, counted from NOW. */
static inline X509 *make_certificate(EVP_PKEY *pkey, long from, long to)
{
    X509 *cert = X509_new();
    const EVP_MD *md = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();

    assert_non_null(cert);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1), 1);
    set_time(X509_getm_notBefore(cert), from);
    set_time(X509_getm_notAfter(cert), to);
    assert_int_equal(X509_set_pubkey(cert, pkey), 1);
    assert_true(X509_sign(cert, pkey, md) > 0);
    return cert;
}

static inline const char *bio_text(const fixture_t *f, BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    const char *text = apr_pstrmemdup(f->pool, data, (apr_size_t)len);

    BIO_free(bio);
    return text;
}

static inline const char *certificate_pem(const fixture_t *f, EVP_PKEY *pkey, long from, long to)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509 *cert = make_certificate(pkey, from, to);

    assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
    X509_free(cert);
    return bio_text(f, bio);
}

static inline const char *public_pem(const fixture_t *f, EVP_PKEY *pkey)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
    return bio_text(f, bio);
}

static inline const char *private_pem(const fixture_t *f, EVP_PKEY *pkey, const char *password)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pkey, password ? EVP_aes_128_cbc() : NULL,
                                                   NULL, 0, NULL, (void *)password),
                     1);
    return bio_text(f, bio);
}

#endif
