/*
 * The fetched keys of issuers in memory, for all threads of a process. A set is parsed when it is
 * first needed (a public key costs 120 us), outside any lock; what was replaced goes when the last
 * request that uses it has ended.
 */
#ifndef TOKEX_KEYS_FETCHED_KEYS_H
#define TOKEX_KEYS_FETCHED_KEYS_H

#include "crypt/jwk.h"
#include "store/key_store.h"

typedef struct tokex_fetched_keys_t tokex_fetched_keys_t;

/* Empty. `pool` belongs to nobody else, its allocator may be used by several threads. `crypt` lives
 * as long. */
const tokex_err_t *tokex_fetched_keys_create(tokex_fetched_keys_t **out, const tokex_crypt_t *crypt,
                                             apr_pool_t *pool);

/* Puts a row (copied) in the place of the one with its issuer and url, unless that one is newer by
 * `tried` and `number`. */
const tokex_err_t *tokex_fetched_keys_put(tokex_fetched_keys_t *keys, const tokex_fetched_t *row);

/* Forgets a source. */
void tokex_fetched_keys_remove(tokex_fetched_keys_t *keys, const char *issuer, const char *url);

/*
 * The row that was put for a source, so that what is newest in this process is known where the
 * database lags behind. False when there is none. Its texts live as long as `pool`; `failure` is
 * "" where one was put.
 */
bool tokex_fetched_keys_row(tokex_fetched_t *out, tokex_fetched_keys_t *keys, const char *issuer,
                            const char *url, apr_pool_t *pool);

/* A number that is another one, but by chance of 1 in 2^64, when any source has other keys: the
 * same in every process that has the same. Waits for nobody. */
apr_uint64_t tokex_fetched_keys_mark(tokex_fetched_keys_t *keys);

/* What is known of a source at one moment. */
typedef struct tokex_fetched_view_t {
    const tokex_keyset_t *set; /* NULL: no set ever came, or it cannot be read */
    int64_t fetched;           /* as in tokex_fetched_t */
    int64_t fresh_until;
    int64_t tried;
    bool failed; /* the last attempt */
} tokex_fetched_view_t;

/* False when nothing is known of the source. `set`, parsed now where it was not, stays as long as
 * `pool` does. `now`: seconds. */
bool tokex_fetched_keys_view(tokex_fetched_view_t *out, tokex_fetched_keys_t *keys,
                             const char *issuer, const char *url, int64_t now, apr_pool_t *pool);

#endif
