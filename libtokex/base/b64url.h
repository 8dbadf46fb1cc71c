/*
 * base64url without padding (RFC 4648 section 5, RFC 7515 section 2), canonical only: one octet
 * string has exactly one spelling, so that a revocation list or a cache cannot be walked around.
 */
#ifndef TOKEX_BASE_B64URL_H
#define TOKEX_BASE_B64URL_H

#include <apr_pools.h>

#include "base/err.h"

/* Octets that `n` octets take when encoded, without a NUL. */
#define TOKEX_B64URL_ENCODED(n) (((n) / 3) * 4 + ((n) % 3 ? (n) % 3 + 1 : 0))
/* Upper bound of the octets that `n` characters decode to. */
#define TOKEX_B64URL_DECODED(n) ((n) / 4 * 3 + 3)

/* Writes the encoding of `len` octets to `out` (no NUL) and returns the number of characters. */
apr_size_t tokex_b64url_encode(char *out, const unsigned char *in, apr_size_t len);

/* The same as a NUL-terminated string in `pool`. */
char *tokex_b64url_string(apr_pool_t *pool, const unsigned char *in, apr_size_t len);

/*
 * Decodes `len` characters into `pool`; the result is NUL-terminated beyond its length, for
 * convenience only. Refused with TOKEX_E_ENCODING: any character outside A-Z a-z 0-9 - _ (so also
 * padding and white space), a length of 1 modulo 4, unused bits that are not zero.
 * Empty input gives an empty result.
 */
const tokex_err_t *tokex_b64url_decode(unsigned char **out, apr_size_t *out_len, const char *in,
                                       apr_size_t len, apr_pool_t *pool);

#endif
