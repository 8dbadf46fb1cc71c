/* Randomness from the operating system by way of OpenSSL's generator, which survives fork. */
#ifndef TOKEX_CRYPT_RANDOM_H
#define TOKEX_CRYPT_RANDOM_H

#include <apr_pools.h>

#include "base/err.h"

/* Fills `len` octets. TOKEX_E_RANDOM when the generator fails; then `out` must not be used. */
const tokex_err_t *tokex_random_bytes(unsigned char *out, apr_size_t len, apr_pool_t *pool);

/* `octets` random octets (at most 64) as base64url in `pool`: a jti, a receipt, a client secret. */
const tokex_err_t *tokex_random_text(const char **out, apr_size_t octets, apr_pool_t *pool);

#endif
