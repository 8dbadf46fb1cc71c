/* What leaves this host is sealed: whoever reads the memory of another one, or writes into it, gets
 * nothing out of it and nothing in. */
#ifndef MOD_TOKEX_CACHE_SEAL_H
#define MOD_TOKEX_CACHE_SEAL_H

#include "cache.h"

/* With what, and for which key: none of it is copied. */
typedef struct tokex_cache_sealer_t {
    const tokex_master_key_t *master;
    const tokex_crypt_t *crypt;
    const unsigned char *key; /* TOKEX_CACHE_KEY_LEN octets */
} tokex_cache_sealer_t;

/*
 * AES-256-GCM under a key that is made of the master key and of the key that the value is kept
 * under, so that no two values share one and none opens in the place of another. In `pool`.
 * TOKEX_E_SEAL when it does not open.
 */
const tokex_err_t *tokex_cache_seal(tokex_cache_value_t *out, const tokex_cache_sealer_t *sealer,
                                    const tokex_cache_value_t *value, apr_pool_t *pool);
const tokex_err_t *tokex_cache_unseal(tokex_cache_value_t *out, const tokex_cache_sealer_t *sealer,
                                      const tokex_cache_value_t *sealed, apr_pool_t *pool);

#endif
