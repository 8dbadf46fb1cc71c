/* The one lock of all processes for what is remembered. Nobody waits for it longer than
 * TOKEX_CACHE_LOCK_PATIENCE: whoever holds it may be stopped. */
#ifndef MOD_TOKEX_CACHE_LOCK_H
#define MOD_TOKEX_CACHE_LOCK_H

#include <stdbool.h>

#include <httpd.h>

/* The hook pre_config: the mutex "tokex-cache". */
int tokex_cache_lock_register(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);

/* In post_config, where it is needed, and in each child. False, and logged: there is none. */
bool tokex_cache_lock_create(apr_pool_t *pconf, server_rec *main);
void tokex_cache_lock_child(apr_pool_t *pchild, server_rec *main);

/* False: it could not be had, now or a moment ago. */
bool tokex_cache_lock(void);
void tokex_cache_unlock(void);

#endif
