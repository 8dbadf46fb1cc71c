/* state.db: refresh tokens. */
#ifndef TOKEX_STORE_REFRESH_STORE_H
#define TOKEX_STORE_REFRESH_STORE_H

#include "base/refresh.h"
#include "store/db_sqlite.h"

/* The row with that id, in `pool`; *out NULL: there is none. */
const tokex_err_t *tokex_refresh_store_find(const tokex_refresh_t **out, tokex_db_t *db,
                                            const char *id, apr_pool_t *pool);

/* Keeps the first one of an exchange; on the disk when this returns. */
const tokex_err_t *tokex_refresh_store_insert(tokex_db_t *db, const tokex_refresh_t *row,
                                              apr_pool_t *pool);

/* Keeps `row` in the place of the one of its id whose hash is `replaced`; on the disk when this
 * returns. `*done` false: that one is not there any more. `now`: seconds. */
const tokex_err_t *tokex_refresh_store_replace(bool *done, tokex_db_t *db,
                                               const tokex_refresh_t *row, const char *replaced,
                                               int64_t now, apr_pool_t *pool);

/* Forgets all of one exchange; none of them is no error. */
const tokex_err_t *tokex_refresh_store_delete(tokex_db_t *db, const char *id, apr_pool_t *pool);

/* Forgets at most `most` rows that have ended `now` (seconds); `*gone`: how many. */
const tokex_err_t *tokex_refresh_store_prune(int *gone, tokex_db_t *db, int64_t now, int most,
                                             apr_pool_t *pool);

#endif
