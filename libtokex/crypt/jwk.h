/*
 * Keys: public ones of issuers, and our own signing keys. JWK and JWK Set (RFC 7517, 7518, 8037),
 * certificates and public keys as PEM or DER, told apart by content and not by a file's name.
 *
 * Key type, curve and size are checked here, once: RSA of TOKEX_LIMIT_RSA_BITS_MIN.._MAX with an
 * odd exponent over 1 of at most TOKEX_LIMIT_RSA_E_BITS, no ROCA fingerprint; P-256, P-384, P-521
 * points on their curve; Ed25519, Ed448. Symmetric keys never.
 */
#ifndef TOKEX_CRYPT_JWK_H
#define TOKEX_CRYPT_JWK_H

#include <stdint.h>

#include "base/json.h"
#include "crypt/crypt.h"

/* JWS algorithms (RFC 7518 section 3.1, RFC 8037 section 3.1). HS* and none do not exist here. */
typedef enum tokex_alg_t {
    TOKEX_ALG_NONE = 0, /* "no such algorithm"; never one that verifies */
    TOKEX_ALG_RS256,
    TOKEX_ALG_RS384,
    TOKEX_ALG_RS512,
    TOKEX_ALG_PS256,
    TOKEX_ALG_PS384,
    TOKEX_ALG_PS512,
    TOKEX_ALG_ES256,
    TOKEX_ALG_ES384,
    TOKEX_ALG_ES512,
    TOKEX_ALG_EDDSA, /* Ed25519 and Ed448: the key says which */
    TOKEX_ALG_COUNT
} tokex_alg_t;

/* Sets of algorithms. */
#define TOKEX_ALG_BIT(alg) (1u << (alg))

/* The algorithm of that exact name (case-sensitive), TOKEX_ALG_NONE for any other. NULL allowed. */
tokex_alg_t tokex_jwk_alg(const char *name);
/* Its name, "none" for TOKEX_ALG_NONE. */
const char *tokex_jwk_alg_name(tokex_alg_t alg);

/* A key, ready for use; immutable and thread-safe; lives in the pool that it was made in. */
typedef struct tokex_key_t tokex_key_t;

/* A set of keys: what an issuer has. */
typedef struct tokex_keyset_t {
    const tokex_key_t *const *keys;
    int count;
    const char *const *warnings; /* sentences about keys left out or cut; for people */
    int warning_count;
} tokex_keyset_t;

/*
 * Reads key material of at most TOKEX_LIMIT_KEY_DOCUMENT octets: a JWK, a JWK Set, PEM (one or
 * more CERTIFICATE or PUBLIC KEY blocks) or DER (a certificate or SubjectPublicKeyInfo).
 *
 * In a JWK Set, single keys that cannot be used (oct, unknown kty, use enc, key_ops without verify
 * or malformed, kty and alg that do not fit, too small, not on the curve, ROCA) are left out with
 * a warning; `keys` missing or no array, or the same kid twice within one kty, refuses the set.
 * A private member in a JWK is discarded with a warning: what tokex_jwk_write_public() gives holds
 * none. A certificate that has expired or is not yet valid gives a warning, and its
 * key knows it (tokex_jwk_is_valid_at).
 * A JWK Set without usable keys is no error (`count` 0); a single JWK, PEM or DER without one is.
 * Among several PEM blocks one that cannot be used is left out with a warning, and a public key
 * that stands twice is kept once. Only the first TOKEX_LIMIT_JWKS_KEYS keys are read.
 *
 * Errors: TOKEX_E_KEY_SYNTAX, TOKEX_E_KEY_PRIVATE (a PEM or DER private key; a JWK that is not in a
 * set and has a private member), TOKEX_E_KEY_UNUSABLE, TOKEX_E_KEY_DUPLICATE. `now`: seconds.
 */
const tokex_err_t *tokex_jwk_read(const tokex_keyset_t **out, const char *material, apr_size_t len,
                                  int64_t now, const tokex_crypt_t *crypt, apr_pool_t *result_pool,
                                  apr_pool_t *scratch_pool);

/* What a key says of itself. kid may be NULL (none given). */
const char *tokex_jwk_kid(const tokex_key_t *key);
/* The algorithms that key type, curve, size and the JWK's own `alg` allow, as TOKEX_ALG_BIT()s. */
unsigned tokex_jwk_algs(const tokex_key_t *key);
/* The JWK thumbprint with SHA-256 (RFC 7638) in base64url; lives as long as the key. */
const char *tokex_jwk_thumbprint(const tokex_key_t *key);
/* "RSA", "EC" or "OKP"; size in bits (modulus or field) by `bits`, may be NULL. */
const char *tokex_jwk_kty(const tokex_key_t *key, int *bits);

/* May the key be used at `now` (seconds)? False outside the validity of the certificate that it
 * came in (RFC 5280 section 4.1.2.5); always true for a key that came in none. */
bool tokex_jwk_is_valid_at(const tokex_key_t *key, int64_t now);

/*
 * The key of `set` for a token: with a kid, the one key of exactly that kid that allows `alg`;
 * without (kid NULL), the only key that allows `alg`. A kid that no key of the set has still finds
 * the only key that allows `alg` among those that have none: a certificate cannot carry a kid, but
 * tokens that it verifies usually do (RFC 7515 section 4.1.4 calls kid a hint).
 * TOKEX_E_KEY_UNKNOWN, TOKEX_E_KEY_AMBIGUOUS.
 */
const tokex_err_t *tokex_jwk_find(const tokex_key_t **out, const tokex_keyset_t *set,
                                  const char *kid, tokex_alg_t alg, apr_pool_t *pool);

/* Writes the public JWK as an object value to `w`: kty, kid, use, alg (when `alg` is not NONE) and
 * the public members. Never a private one. */
void tokex_jwk_write_public(tokex_jsonw_t *w, const tokex_key_t *key, tokex_alg_t alg);

/* A new private key for `alg` (RSA of 2048 bits for RS and PS, the curve for ES, Ed25519 for
 * EdDSA). Its kid is its thumbprint. */
const tokex_err_t *tokex_jwk_generate(const tokex_key_t **out, tokex_alg_t alg,
                                      const tokex_crypt_t *crypt, apr_pool_t *pool);

/* A private key as PKCS#8 DER and back. The buffer is wiped when `pool` goes. `kid` is copied. */
const tokex_err_t *tokex_jwk_private_to_der(const unsigned char **out, apr_size_t *out_len,
                                            const tokex_key_t *key, apr_pool_t *pool);
const tokex_err_t *tokex_jwk_private_from_der(const tokex_key_t **out, const unsigned char *der,
                                              apr_size_t len, const char *kid,
                                              const tokex_crypt_t *crypt, apr_pool_t *pool);

#endif
