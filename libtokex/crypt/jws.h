/*
 * JWS in compact form (RFC 7515 section 7.1): take apart, verify, sign.
 */
#ifndef TOKEX_CRYPT_JWS_H
#define TOKEX_CRYPT_JWS_H

#include "crypt/jwk.h"

/* A token taken apart; nothing in it is believed before tokex_jws_verify() succeeded. */
typedef struct tokex_jws_t {
    tokex_alg_t alg;
    const char *kid; /* NULL: none */
    const char *typ; /* NULL: none */
    const tokex_json_t *header;
    const tokex_json_t *claims; /* always an object */
    const char *signing_input;  /* header "." payload, borrowed from the token */
    apr_size_t signing_input_len;
    const unsigned char *signature;
    apr_size_t signature_len;
} tokex_jws_t;

/*
 * Takes `len` octets apart. Every check that needs no key is here, in this order, and no signature
 * operation is run: TOKEX_E_TOKEN_SIZE (before any decoding), TOKEX_E_TOKEN_ENCRYPTED (five parts),
 * TOKEX_E_TOKEN_SHAPE (not three parts, one of them empty), TOKEX_E_TOKEN_ENCODING,
 * TOKEX_E_TOKEN_HEADER (over TOKEX_LIMIT_JOSE_HEADER, or not a strict JSON object, typ no string),
 * TOKEX_E_TOKEN_ALG, TOKEX_E_TOKEN_CRIT (any crit, any b64), TOKEX_E_TOKEN_KID,
 * TOKEX_E_TOKEN_CLAIMS. jku, jwk, x5u, x5c, x5t and unknown members are never used (RFC 8725
 * section 3.10).
 */
const tokex_err_t *tokex_jws_parse(const tokex_jws_t **out, const char *token, apr_size_t len,
                                   apr_pool_t *pool);

/*
 * Does the signature verify under `key`? TOKEX_E_SIGNATURE when it does not: wrong length for the
 * algorithm (ES* is r and s at fixed width, RFC 7518 section 3.4; RSA exactly the modulus), an alg
 * that the key does not allow, or bad mathematics. Only OpenSSL's 1 is a yes. The error queue is
 * left empty.
 */
const tokex_err_t *tokex_jws_verify(const tokex_jws_t *jws, const tokex_key_t *key,
                                    apr_pool_t *pool);

/* The same over loose octets, for callers that hold no JWT (test vectors). */
const tokex_err_t *tokex_jws_verify_octets(const tokex_key_t *key, tokex_alg_t alg,
                                           const void *input, apr_size_t input_len,
                                           const unsigned char *signature, apr_size_t signature_len,
                                           apr_pool_t *pool);

/* A private key made ready to sign with one algorithm, its JOSE header encoded once. Immutable and
 * thread-safe. */
typedef struct tokex_signer_t tokex_signer_t;

/* `typ` for the header, e.g. "at+jwt". TOKEX_E_KEY_UNUSABLE when `key` is no private key or `alg`
 * does not fit it. The signer borrows `key`. */
const tokex_err_t *tokex_jws_signer_create(const tokex_signer_t **out, const tokex_key_t *key,
                                           tokex_alg_t alg, const char *typ, apr_pool_t *pool);

/* The JOSE header that the signer writes, as JSON text in `pool`. */
const char *tokex_jws_signer_header(const tokex_signer_t *signer, apr_pool_t *pool);

/* Signs `claims` (JSON text) and gives the compact JWS in `pool`. TOKEX_E_CRYPTO. */
const tokex_err_t *tokex_jws_sign(const char **out, const tokex_signer_t *signer,
                                  const char *claims, apr_size_t claims_len, apr_pool_t *pool);

#endif
