/* The fetched keys of issuers in state.db: so that a restart needs no network, and one process asks
 * for all. */
#ifndef TOKEX_STORE_KEY_STORE_H
#define TOKEX_STORE_KEY_STORE_H

#include "store/db_sqlite.h"

/* One place that an issuer's keys come from, and what last came from there. */
typedef struct tokex_fetched_t {
    const char *issuer;  /* id of the issuer */
    const char *url;     /* of a JWK Set or of metadata; with `issuer` what tells rows apart */
    const char *jwks;    /* the JWK Set as JSON text, found good; NULL: none ever came */
    int64_t fetched;     /* when it came, seconds; 0: never */
    int64_t fresh_until; /* when to ask again, seconds */
    int64_t tried;       /* when it was last asked for, seconds */
    const char *failure; /* why that failed, for people; NULL: it did not */
    int64_t number;      /* grows with each change of any row; set by the store */
} tokex_fetched_t;

/* The rows that have changed since `number` (0: all), by number. */
const tokex_err_t *tokex_key_store_changed(const tokex_fetched_t **out, int *count, tokex_db_t *db,
                                           int64_t number, apr_pool_t *result_pool,
                                           apr_pool_t *scratch_pool);

/* The row of one source; *out NULL when there is none. */
const tokex_err_t *tokex_key_store_find(const tokex_fetched_t **out, tokex_db_t *db,
                                        const char *issuer, const char *url, apr_pool_t *pool);

/* Writes `count` rows in one transaction, each in the place of the one with its issuer and url, and
 * sets their numbers. That each was tried is noted beside it. */
const tokex_err_t *tokex_key_store_save(tokex_db_t *db, tokex_fetched_t *rows, int count,
                                        apr_pool_t *pool);

/* Makes the row of a source due at `now` (seconds) and sets nothing else of it but its number, so
 * that who serves it asks again. `*row` is then that row; NULL: there is none, nobody ever asked.
 */
const tokex_err_t *tokex_key_store_make_due(const tokex_fetched_t **row, tokex_db_t *db,
                                            const char *issuer, const char *url, int64_t now,
                                            apr_pool_t *pool);

/* Removes the row of a source that no issuer names any more. */
const tokex_err_t *tokex_key_store_remove(tokex_db_t *db, const char *issuer, const char *url,
                                          apr_pool_t *pool);

/* A place was asked. */
typedef struct tokex_key_try_t {
    const char *url;
    int64_t time;        /* seconds */
    const char *failure; /* for people; NULL: keys came */
} tokex_key_try_t;

/* When an issuer was asked lately, the last first: the latest twelve times of each of its places,
 * `most` in all, in `pool`. */
const tokex_err_t *tokex_key_store_tries(const tokex_key_try_t **out, int *count, tokex_db_t *db,
                                         const char *issuer, int most, apr_pool_t *pool);

#endif
