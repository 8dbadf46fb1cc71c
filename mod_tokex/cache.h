/*
 * What was decided of tokens, remembered for a short time: by all processes of the host, and by
 * several hosts where TokexCache names a server for that. What is not found, cannot be read or
 * comes too late is decided anew; nothing is ever let in because of the cache alone.
 */
#ifndef MOD_TOKEX_CACHE_H
#define MOD_TOKEX_CACHE_H

#include <stdbool.h>

#include <httpd.h>

#include "crypt/seal.h"
#include "result.h"

#define TOKEX_CACHE_KEY_LEN 32
/* By this name httpd knows the mutex, the store and what lies in it. */
#define TOKEX_CACHE_NAME "tokex-cache"
/* Octets. A token of 16 KB, ours with what is kept beside it, has less. */
#define TOKEX_CACHE_VALUE_MAX 60000
/* Microseconds that a request waits at most, for the lock of this host and for a remote store. */
#define TOKEX_CACHE_LOCK_PATIENCE 15000
#define TOKEX_CACHE_REMOTE_PATIENCE 35000
/* Seconds that a request waits at most for another one that decides on the same token. What takes
 * longer is an issuer that is asked for its keys, and of those who wait for that there are only so
 * many (key_refresh.c): the others must not wait here instead. */
#define TOKEX_CACHE_WAIT 2

typedef struct tokex_cache_value_t {
    const unsigned char *octets;
    apr_size_t len;
} tokex_cache_value_t;

/* One entry: what it is kept under, and for whom. */
typedef struct tokex_cache_entry_t {
    unsigned char key[TOKEX_CACHE_KEY_LEN]; /* cache_key.h */
    int ttl;                                /* seconds, cache_key.h */
    const tokex_master_key_t *master;       /* what leaves this host is sealed under it */
    const tokex_crypt_t *crypt;
} tokex_cache_entry_t;

/* The hook post_config, and each child's beginning. */
int tokex_cache_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);
void tokex_cache_child(apr_pool_t *pchild, server_rec *main);

/* Is anything remembered at all? */
bool tokex_cache_is_on(void);

/* How far a question goes. */
typedef enum tokex_cache_reach_t { TOKEX_CACHE_NEAR, TOKEX_CACHE_FAR } tokex_cache_reach_t;

/* What is remembered, in r->pool; NULL: nothing that holds now. TOKEX_CACHE_FAR: asks the remote
 * store too where this host has nothing. */
const tokex_result_t *tokex_cache_get(request_rec *r, const tokex_cache_entry_t *entry,
                                      tokex_cache_reach_t reach);

/* Remembers `result` for as long as it holds (cache_life.h), or not at all. */
void tokex_cache_put(request_rec *r, const tokex_cache_entry_t *entry,
                     const tokex_result_t *result);

/* Forgets it. */
void tokex_cache_drop(request_rec *r, const tokex_cache_entry_t *entry);

#endif
