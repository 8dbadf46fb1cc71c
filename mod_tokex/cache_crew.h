/* Threads of a child that call a store for its requests, so that no request waits for a server
 * longer than it can afford. */
#ifndef MOD_TOKEX_CACHE_CREW_H
#define MOD_TOKEX_CACHE_CREW_H

#include "cache.h"
#include "cache_config.h"

typedef enum tokex_cache_verb_t {
    TOKEX_CACHE_GET,
    TOKEX_CACHE_PUT,
    TOKEX_CACHE_DROP
} tokex_cache_verb_t;

/* One call. */
typedef struct tokex_cache_errand_t {
    tokex_cache_verb_t verb;
    const unsigned char *key;  /* TOKEX_CACHE_KEY_LEN octets */
    tokex_cache_value_t value; /* to be put */
    apr_time_t expiry;         /* of it */
} tokex_cache_errand_t;

/* What a call came to that nobody waited for. By the thread that made it. */
typedef void tokex_cache_told_t(tokex_cache_verb_t verb, apr_status_t rv);

/* Begins, with `count` threads at most, which call `store`. They are told to end, and waited for a
 * second, before anything in `pchild` goes. False: there is not one. */
bool tokex_cache_crew_start(const tokex_cache_store_t *store, int count, tokex_cache_told_t *told,
                            apr_pool_t *pchild, server_rec *main);

/* Has a value fetched; in `pool`. Waits TOKEX_CACHE_REMOTE_PATIENCE at most: APR_TIMEUP. Errors of
 * the store are told as they are, APR_NOTFOUND among them. */
apr_status_t tokex_cache_crew_fetch(tokex_cache_value_t *out, const tokex_cache_errand_t *errand,
                                    apr_pool_t *pool);

/* Has it done some time. False: there is too much to do already. */
bool tokex_cache_crew_send(const tokex_cache_errand_t *errand);

#endif
