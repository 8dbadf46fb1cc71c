/* Which process decides on a token that none has decided on before: in memory that all share, so
 * that of many requests with a new token one costs an exchange. */
#ifndef MOD_TOKEX_CACHE_CLAIMS_H
#define MOD_TOKEX_CACHE_CLAIMS_H

#include "cache.h"

/* In the parent; inherited. Without memory, which is logged, each process decides for itself. */
void tokex_cache_claims_start(apr_pool_t *pconf, server_rec *main);

/* True: the caller decides, and calls tokex_cache_claims_leave() afterwards. False: another process
 * does. */
bool tokex_cache_claims_take(const unsigned char key[TOKEX_CACHE_KEY_LEN]);
void tokex_cache_claims_leave(const unsigned char key[TOKEX_CACHE_KEY_LEN]);

/* Waits until that process has left, is gone, or TOKEX_CACHE_WAIT has passed since it took. */
void tokex_cache_claims_await(const unsigned char key[TOKEX_CACHE_KEY_LEN]);

#endif
