/* Asking sources for the keys of issuers: what comes is served, kept for all processes, counted and
 * said. For the request that needs a key and for the round that goes before requests. */
#ifndef MOD_TOKEX_KEY_ASK_H
#define MOD_TOKEX_KEY_ASK_H

#include <httpd.h>

#include "key_claims.h"
#include "key_follow.h"
#include "keys/key_fetch.h"

typedef struct tokex_key_ask_t tokex_key_ask_t;

/* For the directory of the host `s`; `follow` has its keys. By several threads afterwards. NULL,
 * and a line in the log, when there is no memory. All live as long as `pool`. */
tokex_key_ask_t *tokex_key_ask_create(server_rec *s, tokex_key_follow_t *follow,
                                      const tokex_crypt_t *crypt, apr_pool_t *pool);

/* What a source is called where processes share. */
tokex_key_source_t tokex_key_ask_source(const tokex_key_ask_t *ask, const tokex_key_fetch_t *fetch);

/* What is known of a source in this process; its texts live as long as `pool`. False: nothing. */
bool tokex_key_ask_known(tokex_fetched_t *out, const tokex_key_ask_t *ask, const char *issuer,
                         const char *url, apr_pool_t *pool);

/* When something new came to this process the last time; 0: never. */
apr_time_t tokex_key_ask_changed(const tokex_key_ask_t *ask);

/* Asks `count` sources with a fetcher of the caller's thread, and serves what came, or that nothing
 * did, from then on. Until *stop. Results in `pool`. */
void tokex_key_ask_run(tokex_key_ask_t *ask, tokex_fetcher_t *fetcher, tokex_key_fetch_t *fetches,
                       int count, volatile apr_uint32_t *stop, apr_pool_t *pool);

/* Keeps `count` rows in state.db. False, and a line in the log for the first of several: it cannot
 * be written. Waits for it 200 ms at most. */
bool tokex_key_ask_save(tokex_key_ask_t *ask, tokex_fetched_t *rows, int count, apr_pool_t *pool);

/* Forgets the rows of state.db, and the keys, for which `is_named` says no. */
bool tokex_key_ask_prune(tokex_key_ask_t *ask, bool (*is_named)(void *ctx, const tokex_fetched_t *),
                         void *ctx, apr_pool_t *pool);

#endif
