/* How much was decided lately, in sums: for charts. */
#ifndef TOKEX_STORE_ACTIVITY_SUMS_H
#define TOKEX_STORE_ACTIVITY_SUMS_H

#include "store/db_sqlite.h"

typedef struct tokex_activity_hour_t {
    int64_t hour; /* hours since 1970, UTC */
    int64_t granted;
    int64_t refused;
} tokex_activity_hour_t;

typedef struct tokex_activity_reason_t {
    const char *code;
    int64_t number;
} tokex_activity_reason_t;

/* The hours from `since` (seconds) on in which something was decided, the oldest first, in `pool`.
 */
const tokex_err_t *tokex_activity_sums_hours(const tokex_activity_hour_t **out, int *count,
                                             tokex_db_t *db, int64_t since, apr_pool_t *pool);

/* The codes of refusals from `since` on, the most frequent first, `most` of them, in `pool`. */
const tokex_err_t *tokex_activity_sums_reasons(const tokex_activity_reason_t **out, int *count,
                                               tokex_db_t *db, int64_t since, int most,
                                               apr_pool_t *pool);

#endif
