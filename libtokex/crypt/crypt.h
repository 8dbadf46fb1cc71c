/*
 * What the cryptographic room fetches once and keeps: OpenSSL 3 looks an algorithm up by name at
 * each implicit fetch, which costs more than hashing a token. One per process, read-only after it
 * was made, so threads may share it.
 */
#ifndef TOKEX_CRYPT_CRYPT_H
#define TOKEX_CRYPT_CRYPT_H

#include <stdbool.h>

#include <apr_pools.h>

#include "base/err.h"

#define TOKEX_SHA256_LEN 32

typedef struct tokex_crypt_t tokex_crypt_t;

/* Fetches the digests and ciphers that this product uses. TOKEX_E_CRYPTO when OpenSSL has not got
 * them. Lives as long as `pool`, and must outlive every key made with it. */
const tokex_err_t *tokex_crypt_create(tokex_crypt_t **out, apr_pool_t *pool);

/* SHA-256 (FIPS 180-4) of `len` octets. */
const tokex_err_t *tokex_crypt_sha256(const tokex_crypt_t *crypt,
                                      unsigned char out[TOKEX_SHA256_LEN], const void *in,
                                      apr_size_t len, apr_pool_t *pool);

/* Are `len` octets equal? In time that depends on `len` alone. */
bool tokex_crypt_equal(const void *a, const void *b, apr_size_t len);

/* Overwrites `len` octets in a way that the compiler keeps. */
void tokex_crypt_wipe(void *buf, apr_size_t len);

/* Not 0 when errors wait in OpenSSL's queue of this thread (it cannot be counted without being
 * emptied): 0 after every call into this room. */
int tokex_crypt_error_queue_length(void);

#endif
