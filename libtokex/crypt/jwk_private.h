/* A key as the files of this room see it. */
#ifndef TOKEX_CRYPT_JWK_PRIVATE_H
#define TOKEX_CRYPT_JWK_PRIVATE_H

#include <openssl/evp.h>

#include <apr_tables.h>

#include "crypt/crypt_private.h"
#include "crypt/jwk.h"

/* What one key type and curve mean. For RSA `crv` is NULL and `width` 0. */
typedef struct tokex_jwk_kind_t {
    const char *kty;
    const char *crv;   /* as in a JWK */
    const char *group; /* as OpenSSL calls it */
    apr_size_t width;  /* octets of a coordinate or of an OKP public key */
    int bits;
    unsigned algs; /* TOKEX_ALG_BIT()s */
} tokex_jwk_kind_t;

/* A public member: octets in big-endian order. */
typedef struct tokex_jwk_octets_t {
    const unsigned char *data;
    apr_size_t len;
} tokex_jwk_octets_t;

/* The public half of a key, whatever notation it came in: n and e, or x and y, or x. */
typedef struct tokex_jwk_public_t {
    const tokex_jwk_kind_t *kind;
    tokex_jwk_octets_t first;  /* n or x */
    tokex_jwk_octets_t second; /* e or y */
} tokex_jwk_public_t;

/* The validity of a certificate, in seconds. */
typedef struct tokex_jwk_validity_t {
    int64_t not_before;
    int64_t not_after;
} tokex_jwk_validity_t;

struct tokex_key_t {
    const tokex_crypt_t *crypt;
    const tokex_jwk_kind_t *kind;
    EVP_PKEY *pkey;
    bool is_private;
    int bits;
    /* tokex_jwk_validity_t of the certificates that it came in; NULL: it came without one */
    apr_array_header_t *validities;
    const char *kid;
    unsigned algs;
    const char *first;  /* n or x in base64url, canonical */
    const char *second; /* e or y, or NULL */
    const char *thumbprint;
    /* Set up once and duplicated for each operation, which spares OpenSSL's look-ups by name; NULL
     * for an algorithm that the key does not allow or that is too rare to keep one. */
    EVP_PKEY_CTX *verify[TOKEX_ALG_COUNT];
};

/* The kind of that kty and crv (NULL for RSA), NULL when it is not supported. */
const tokex_jwk_kind_t *tokex_jwk_kind(const char *kty, const char *crv);

/*
 * Makes a key of `pub` after every check of size, exponent, curve point and fingerprint.
 * `pkey`: NULL, or the private key that `pub` was taken from; the new key then owns it, on failure
 * too. `algs` narrows what the kind allows. `kid` is copied, NULL allowed.
 * TOKEX_E_KEY_UNUSABLE, its text a part of a sentence: "RSA modulus of 1024 bits; ...".
 */
typedef struct tokex_jwk_source_t {
    tokex_jwk_public_t pub;
    EVP_PKEY *pkey;
    unsigned algs;
    const char *kid;
} tokex_jwk_source_t;

const tokex_err_t *tokex_jwk_key_create(tokex_key_t **out, const tokex_jwk_source_t *source,
                                        const tokex_crypt_t *crypt, apr_pool_t *pool);

/* The public half of an OpenSSL key; its octets in `pool`. TOKEX_E_KEY_UNUSABLE. */
const tokex_err_t *tokex_jwk_public_of(tokex_jwk_public_t *out, const EVP_PKEY *pkey,
                                       apr_pool_t *pool);

/* The warnings and keys of a document while it is read. */
typedef struct tokex_jwk_reader_t {
    const tokex_crypt_t *crypt;
    apr_array_header_t *keys;     /* of const tokex_key_t *, in result_pool */
    apr_array_header_t *warnings; /* of const char *, in result_pool */
    int64_t now;
    apr_pool_t *result_pool;
    apr_pool_t *scratch_pool;
} tokex_jwk_reader_t;

/* Readers of the three notations. They add to `r`; see tokex_jwk_read() for the errors. */
const tokex_err_t *tokex_jwk_read_json(tokex_jwk_reader_t *r, const char *text, apr_size_t len);
const tokex_err_t *tokex_jwk_read_pem(tokex_jwk_reader_t *r, const char *text, apr_size_t len);
const tokex_err_t *tokex_jwk_read_der(tokex_jwk_reader_t *r, const unsigned char *der,
                                      apr_size_t len);

/* Adds a sentence for people. */
void tokex_jwk_warn(tokex_jwk_reader_t *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Computes key->thumbprint from the public members (RFC 7638). */
const tokex_err_t *tokex_jwk_set_thumbprint(tokex_key_t *key, apr_pool_t *pool);

/* An operation's context for `alg`, or NULL; never for EdDSA, which has no digest of its own. */
typedef int tokex_jws_init_t(EVP_PKEY_CTX *ctx);
EVP_PKEY_CTX *tokex_jws_context(EVP_PKEY *pkey, tokex_alg_t alg, const tokex_crypt_t *crypt,
                                tokex_jws_init_t *init);

#endif
