/* Keys from certificates and public keys, as PEM (RFC 7468) or DER. */
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/limits.h"
#include "crypt/jwk_private.h"

static const tokex_err_t *syntax(tokex_jwk_reader_t *r, const char *what)
{
    ERR_clear_error();
    return tokex_err_create(r->result_pool, TOKEX_E_KEY_SYNTAX, NULL, "%s", what);
}

static const tokex_err_t *is_private(tokex_jwk_reader_t *r)
{
    ERR_clear_error();
    return tokex_err_create(r->result_pool, TOKEX_E_KEY_PRIVATE, NULL,
                            "the text holds a private key");
}

static tokex_key_t *known_key(const tokex_jwk_reader_t *r, const tokex_key_t *key)
{
    for (int i = 0; i < r->keys->nelts; i++) {
        tokex_key_t *known = APR_ARRAY_IDX(r->keys, i, tokex_key_t *);

        if (strcmp(known->thumbprint, key->thumbprint) == 0)
            return known;
    }
    return NULL;
}

/* A key that stands twice may be used while either of the two says so. `validity` NULL: it came in
 * no certificate. */
static void note_validity(tokex_key_t *key, const tokex_jwk_validity_t *validity)
{
    if (!validity)
        key->validities = NULL;
    else if (key->validities)
        APR_ARRAY_PUSH(key->validities, tokex_jwk_validity_t) = *validity;
}

static const tokex_err_t *add_pkey(tokex_jwk_reader_t *r, const EVP_PKEY *pkey,
                                   const tokex_jwk_validity_t *validity)
{
    tokex_jwk_source_t source = {.algs = ~0u};
    tokex_key_t *known;
    tokex_key_t *key;

    if (!pkey)
        return tokex_err_create(r->result_pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "OpenSSL does not know its kind of key");
    TOKEX_RETURN_ERR(tokex_jwk_public_of(&source.pub, pkey, r->result_pool));
    TOKEX_RETURN_ERR(tokex_jwk_key_create(&key, &source, r->crypt, r->result_pool));
    /* A renewed certificate often has the old key; without a kid two equal keys would be one
     * question too many at each token. */
    known = known_key(r, key);
    if (known) {
        note_validity(known, validity);
        tokex_jwk_warn(r,
                       "The same public key stands in the text more than once; it is kept once.");
        return NULL;
    }
    key->validities = apr_array_make(r->result_pool, 1, sizeof(tokex_jwk_validity_t));
    note_validity(key, validity);
    APR_ARRAY_PUSH(r->keys, tokex_key_t *) = key;
    return NULL;
}

static bool to_seconds(int64_t *out, struct tm *tm, const ASN1_TIME *when)
{
    if (ASN1_TIME_to_tm(when, tm) != 1)
        return false;
    *out = (int64_t)timegm(tm);
    return true;
}

/* A date that cannot be read counts as outside. */
static tokex_jwk_validity_t read_validity(tokex_jwk_reader_t *r, const X509 *cert)
{
    tokex_jwk_validity_t validity = {1, 1};
    struct tm from;
    struct tm to;

    if (!to_seconds(&validity.not_before, &from, X509_get0_notBefore(cert)) ||
        !to_seconds(&validity.not_after, &to, X509_get0_notAfter(cert))) {
        tokex_jwk_warn(r, "A certificate's validity cannot be read.");
        return (tokex_jwk_validity_t){1, 1};
    }
    if (validity.not_after <= r->now)
        tokex_jwk_warn(r, "A certificate expired on %04d-%02d-%02d.", to.tm_year + 1900,
                       to.tm_mon + 1, to.tm_mday);
    if (validity.not_before > r->now)
        tokex_jwk_warn(r, "A certificate is not valid before %04d-%02d-%02d.", from.tm_year + 1900,
                       from.tm_mon + 1, from.tm_mday);
    return validity;
}

/* Sets *found when `der` is a certificate or a public key as a whole, usable or not. */
static const tokex_err_t *read_certificate(tokex_jwk_reader_t *r, const unsigned char *der,
                                           long len, bool *found)
{
    const unsigned char *end = der;
    X509 *cert = d2i_X509(NULL, &end, len);
    const tokex_err_t *err = NULL;

    *found = cert && end == der + len;
    if (*found) {
        tokex_jwk_validity_t validity = read_validity(r, cert);
        err = add_pkey(r, X509_get0_pubkey(cert), &validity);
    }
    X509_free(cert);
    ERR_clear_error();
    return err;
}

/* In two steps, so that a public key of a kind that OpenSSL does not know is told from garbage. */
static const tokex_err_t *read_public_key(tokex_jwk_reader_t *r, const unsigned char *der, long len,
                                          bool *found)
{
    const unsigned char *end = der;
    X509_PUBKEY *spki = d2i_X509_PUBKEY(NULL, &end, len);
    const tokex_err_t *err = NULL;

    *found = spki && end == der + len;
    if (*found)
        err = add_pkey(r, X509_PUBKEY_get0(spki), NULL);
    X509_PUBKEY_free(spki);
    ERR_clear_error();
    return err;
}

static bool is_private_der(const unsigned char *der, long len)
{
    const unsigned char *end = der;
    EVP_PKEY *pkey = d2i_AutoPrivateKey_ex(NULL, &end, len, NULL, NULL);
    X509_SIG *encrypted;
    bool found = pkey != NULL;

    EVP_PKEY_free(pkey);
    if (found)
        return true;
    /* PKCS#8 under a password: an algorithm and an octet string. */
    end = der;
    encrypted = d2i_X509_SIG(NULL, &end, len);
    found = encrypted != NULL;
    X509_SIG_free(encrypted);
    return found;
}

const tokex_err_t *tokex_jwk_read_der(tokex_jwk_reader_t *r, const unsigned char *der,
                                      apr_size_t len)
{
    const tokex_err_t *err;
    bool found = false;

    err = read_certificate(r, der, (long)len, &found);
    if (!found)
        err = read_public_key(r, der, (long)len, &found);
    if (found)
        return err;
    if (is_private_der(der, (long)len))
        return is_private(r);
    return syntax(r, "the octets are neither a certificate nor a public key in DER");
}

static const tokex_err_t *read_block(tokex_jwk_reader_t *r, const char *name,
                                     const unsigned char *der, long len)
{
    const tokex_err_t *err;
    bool found = false;

    if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
        err = read_certificate(r, der, len, &found);
    else if (strcmp(name, PEM_STRING_PUBLIC) == 0)
        err = read_public_key(r, der, len, &found);
    else
        return tokex_err_create(r->result_pool, TOKEX_E_KEY_SYNTAX, NULL,
                                "a PEM block is called \"%s\"; CERTIFICATE and PUBLIC KEY are "
                                "accepted",
                                tokex_err_shown(r->result_pool, name, strlen(name)));
    if (!found)
        return tokex_err_create(r->result_pool, TOKEX_E_KEY_SYNTAX, NULL,
                                "a PEM block %s does not hold what it says", name);
    return err;
}

/* One block, or none (*more false) at the end of the text. */
static const tokex_err_t *next_block(tokex_jwk_reader_t *r, BIO *bio, bool *more)
{
    char *name = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    const tokex_err_t *err;

    if (PEM_read_bio(bio, &name, &header, &der, &len) != 1) {
        unsigned long reason = ERR_peek_last_error();

        *more = false;
        if (ERR_GET_LIB(reason) == ERR_LIB_PEM && ERR_GET_REASON(reason) == PEM_R_NO_START_LINE) {
            ERR_clear_error();
            return NULL;
        }
        return syntax(r, "a PEM block is damaged");
    }
    *more = true;
    err = read_block(r, name, der, len);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    return err;
}

static const tokex_err_t *read_blocks(tokex_jwk_reader_t *r, BIO *bio)
{
    const tokex_err_t *unusable = NULL;
    bool more = true;
    int blocks = 0;

    for (;;) {
        const tokex_err_t *err = next_block(r, bio, &more);

        if (!more && !err)
            break;
        if (++blocks > TOKEX_LIMIT_JWKS_KEYS) {
            tokex_jwk_warn(r, "Only the first %d PEM blocks are read.", TOKEX_LIMIT_JWKS_KEYS);
            break;
        }
        if (err && err->code != TOKEX_E_KEY_UNUSABLE)
            return err;
        if (err) {
            unusable = err;
            tokex_jwk_warn(r, "The key of PEM block %d is left out: %s.", blocks, err->log_text);
        }
    }
    if (!r->keys->nelts && unusable)
        return unusable;
    if (!blocks)
        return syntax(r, "the text is neither a JWK, a JWK Set, PEM nor DER");
    return NULL;
}

/* Does `needle` stand in `len` octets, which need not be text? */
static bool contains(const char *text, apr_size_t len, const char *needle)
{
    apr_size_t n = strlen(needle);

    for (const char *at = text; len - (apr_size_t)(at - text) >= n; at++) {
        at = memchr(at, needle[0], len - (apr_size_t)(at - text) - n + 1);
        if (!at)
            return false;
        if (memcmp(at, needle, n) == 0)
            return true;
    }
    return false;
}

const tokex_err_t *tokex_jwk_read_pem(tokex_jwk_reader_t *r, const char *text, apr_size_t len)
{
    const tokex_err_t *err;
    BIO *bio;

    /* Before anything is decoded, so that not even a damaged private key gets into memory twice.
     * Any block of that sort ends so: RSA, EC, ENCRYPTED, OPENSSH PRIVATE KEY. */
    if (contains(text, len, "PRIVATE KEY-----"))
        return is_private(r);
    bio = BIO_new_mem_buf(text, (int)len);
    if (!bio)
        return tokex_crypt_fail(r->result_pool, TOKEX_E_MEMORY, "no memory for PEM");
    err = read_blocks(r, bio);
    BIO_free(bio);
    ERR_clear_error();
    return err;
}
