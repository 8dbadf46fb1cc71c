/* What each algorithm of RFC 7518 section 3.1 and RFC 8037 means to OpenSSL. */
#ifndef TOKEX_CRYPT_JWS_ALG_H
#define TOKEX_CRYPT_JWS_ALG_H

#include "crypt/jwk_private.h"

#define TOKEX_JWS_DIGEST_MAX 64
/* DER of r and s of P-521: two integers of 66 octets, a sign octet and two of head each. */
#define TOKEX_JWS_DER_MAX (3 + 2 * (3 + 66))
/* The longest signature: RSA with the largest modulus. */
#define TOKEX_JWS_SIGNATURE_MAX (TOKEX_LIMIT_RSA_BITS_MAX / 8)

/* NULL for EdDSA, which hashes on its own. */
const EVP_MD *tokex_jws_md(const tokex_crypt_t *crypt, tokex_alg_t alg);

/* Octets of a signature of that key in a JWS. */
apr_size_t tokex_jws_signature_len(const tokex_key_t *key);

/* Digests `input` for `alg`, which is not EdDSA. */
bool tokex_jws_digest(unsigned char digest[TOKEX_JWS_DIGEST_MAX], unsigned *digest_len,
                      const EVP_MD *md, const void *input, apr_size_t input_len);

#endif
