/* What is remembered in the memory of this host, by all its processes. */
#ifndef MOD_TOKEX_CACHE_LOCAL_H
#define MOD_TOKEX_CACHE_LOCAL_H

#include "cache.h"
#include "cache_config.h"

/* Of what follows. `store` (copied) may be empty: then nothing is kept, and nothing found. In the
 * parent; inherited. */
void tokex_cache_local_start(const tokex_cache_store_t *store, apr_pool_t *pconf, server_rec *main);
bool tokex_cache_local_is_there(void);

/* The octets kept under `key`, in `pool`; false: there are none, or they cannot be had now. */
bool tokex_cache_local_get(tokex_cache_value_t *out, const unsigned char key[TOKEX_CACHE_KEY_LEN],
                           apr_pool_t *pool);

typedef enum tokex_cache_put_t {
    TOKEX_CACHE_STORED,
    TOKEX_CACHE_UNFIT,  /* there is no room for so much */
    TOKEX_CACHE_NOWHERE /* it cannot be stored here, or not now */
} tokex_cache_put_t;

/* `until`: seconds. */
tokex_cache_put_t tokex_cache_local_put(const unsigned char key[TOKEX_CACHE_KEY_LEN],
                                        const tokex_cache_value_t *value, int64_t until,
                                        apr_pool_t *pool);

/* Nothing that is dropped is found again. */
void tokex_cache_local_drop(const unsigned char key[TOKEX_CACHE_KEY_LEN], apr_pool_t *pool);

/* Writes how full the memory is, and what had to go, for people (HTML), as the provider says it. */
void tokex_cache_local_write_status(request_rec *r);

#endif
