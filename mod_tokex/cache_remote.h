/*
 * What is remembered on another host. Its providers wait for their servers as long as they like, so
 * they are called by threads of ours; a request waits TOKEX_CACHE_REMOTE_PATIENCE for them and then
 * does without, and for a second nobody tries again.
 */
#ifndef MOD_TOKEX_CACHE_REMOTE_H
#define MOD_TOKEX_CACHE_REMOTE_H

#include "cache.h"
#include "cache_config.h"

/* Of what follows. `store` (copied) may be empty. In the parent; inherited. */
void tokex_cache_remote_start(const tokex_cache_store_t *store, apr_pool_t *pconf,
                              server_rec *main);
bool tokex_cache_remote_is_there(void);

/* The threads of this child. They end before anything that lives in `pchild` does. */
void tokex_cache_remote_child(apr_pool_t *pchild, server_rec *main);

/* The octets kept for `entry`, opened, in r->pool; false: there are none, or not in time. */
bool tokex_cache_remote_get(tokex_cache_value_t *out, const tokex_cache_entry_t *entry,
                            request_rec *r);

/* Waits for nothing. `until`: seconds. */
void tokex_cache_remote_put(const tokex_cache_entry_t *entry, const tokex_cache_value_t *value,
                            int64_t until, request_rec *r);
void tokex_cache_remote_drop(const tokex_cache_entry_t *entry, request_rec *r);

#endif
