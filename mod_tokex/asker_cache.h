/* What issuers said of tokens, remembered in the memory of one process. Not a token is in here, but
 * what tells one from another. Under the lock of who asks. */
#ifndef MOD_TOKEX_ASKER_CACHE_H
#define MOD_TOKEX_ASKER_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include <apr_pools.h>

#define TOKEX_ASKER_KEY_LEN 32
/* Larger answers are not remembered. */
#define TOKEX_ASKER_CACHE_BODY (16 * 1024)

/* What was said. */
typedef struct tokex_asker_answer_t {
    const char *body; /* JSON; NULL: the token is not taken */
    apr_size_t len;
    int64_t until; /* seconds: not to be used from then on */
} tokex_asker_answer_t;

typedef struct tokex_asker_cache_t tokex_asker_cache_t;

/* An empty one, which goes with `pool`. */
tokex_asker_cache_t *tokex_asker_cache_create(apr_pool_t *pool);

/* What is remembered under `key` and still holds `now` (seconds), copied into `pool`. */
bool tokex_asker_cache_get(tokex_asker_answer_t *out, tokex_asker_cache_t *cache,
                           const unsigned char key[TOKEX_ASKER_KEY_LEN], int64_t now,
                           apr_pool_t *pool);

/* Remembers a copy, in the place of what ends soonest of what could stand there. Without memory
 * nothing is. */
void tokex_asker_cache_put(tokex_asker_cache_t *cache, const unsigned char key[TOKEX_ASKER_KEY_LEN],
                           const tokex_asker_answer_t *answer, int64_t now);

#endif
