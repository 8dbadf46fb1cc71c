/* state.db: what was taken back before its time. */
#ifndef TOKEX_STORE_REVOCATION_STORE_H
#define TOKEX_STORE_REVOCATION_STORE_H

#include "base/revocation.h"
#include "store/db_sqlite.h"

/* Moves the end of `row`, if it has one, behind that of every refresh token that is there: any of
 * them may have come of what it is about. One that has passed then holds for nothing. */
const tokex_err_t *tokex_revocation_store_outlast(tokex_revocation_t *row, tokex_db_t *db,
                                                  apr_pool_t *pool);

/*
 * Keeps `row`, on the disk when this returns, and sets its number. Its end is moved as by
 * tokex_revocation_store_outlast(). Of the same kind, issuer and value there is one row: the later
 * cut-off and the longer end count, the rest is the newer one's.
 */
const tokex_err_t *tokex_revocation_store_put(tokex_db_t *db, tokex_revocation_t *row,
                                              apr_pool_t *pool);

/* Whoever takes rows one by one; the row and its texts are gone afterwards. */
typedef const tokex_err_t *tokex_revocation_taker_t(void *ctx, const tokex_revocation_t *row);

/* Hands the rows with numbers above `*number` to `take`, in their order, and moves `*number` on.
 * `created`, `who` and `reason` are not read. */
const tokex_err_t *tokex_revocation_store_follow(tokex_db_t *db, int64_t *number,
                                                 tokex_revocation_taker_t *take, void *ctx,
                                                 apr_pool_t *scratch_pool);

/* Hands all rows to `take`, by number. */
const tokex_err_t *tokex_revocation_store_list(tokex_db_t *db, tokex_revocation_taker_t *take,
                                               void *ctx, apr_pool_t *scratch_pool);

/* The row with this number, in `pool`; *out NULL: there is none. */
const tokex_err_t *tokex_revocation_store_find(const tokex_revocation_t **out, tokex_db_t *db,
                                               int64_t number, apr_pool_t *pool);

/* Forgets at most `most` rows that have ended `now` (seconds); `*gone`: how many. */
const tokex_err_t *tokex_revocation_store_prune(int *gone, tokex_db_t *db, int64_t now, int most,
                                                apr_pool_t *pool);

#endif
