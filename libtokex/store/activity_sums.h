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

typedef struct tokex_activity_way_t {
    const char *issuer;
    const char *client;
    const char *targets; /* separated by blanks */
    int64_t number;
} tokex_activity_way_t;

/* Whose tokens were let through to whom for what from `since` on, the most frequent first, `most`
 * of them, in `pool`. */
const tokex_err_t *tokex_activity_sums_ways(const tokex_activity_way_t **out, int *count,
                                            tokex_db_t *db, int64_t since, int most,
                                            apr_pool_t *pool);

/* How long the latest decisions took. */
typedef struct tokex_activity_pace_t {
    int count;        /* of decisions, 0: there are none */
    int64_t last;     /* when the latest was, seconds */
    int64_t p50, p95; /* half of them, and 95 of a hundred, took no longer; microseconds */
} tokex_activity_pace_t;

/* Of the latest `most` decisions. */
const tokex_err_t *tokex_activity_sums_pace(tokex_activity_pace_t *out, tokex_db_t *db, int most,
                                            apr_pool_t *pool);

#endif
