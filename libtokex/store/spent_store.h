/* state.db: tokens that count once. */
#ifndef TOKEX_STORE_SPENT_STORE_H
#define TOKEX_STORE_SPENT_STORE_H

#include "base/spent.h"
#include "store/db_sqlite.h"

/*
 * Spends `row`; on the disk when this returns with TOKEX_SPENDING_DONE. Of any number of processes
 * that spend the same one at once, one is told so. There are never more than `most` rows: before
 * it says that they are too many it takes away what has ended `now` (seconds).
 */
const tokex_err_t *tokex_spent_store_put(tokex_spending_t *out, tokex_db_t *db,
                                         const tokex_spent_t *row, int most, int64_t now,
                                         apr_pool_t *pool);

/* What that would say, without doing it. */
const tokex_err_t *tokex_spent_store_look(tokex_spending_t *out, tokex_db_t *db,
                                          const tokex_spent_t *row, int most, int64_t now,
                                          apr_pool_t *pool);

/* Forgets at most `most` rows that have ended `now` (seconds); `*gone`: how many. */
const tokex_err_t *tokex_spent_store_prune(int *gone, tokex_db_t *db, int64_t now, int most,
                                           apr_pool_t *pool);

#endif
