#include "store/activity_sums.h"

#include <stdlib.h>

#include <apr_tables.h>

const tokex_err_t *tokex_activity_sums_hours(const tokex_activity_hour_t **out, int *count,
                                             tokex_db_t *db, int64_t since, apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_I("since", since);
    apr_array_header_t *hours = apr_array_make(pool, 25, sizeof(tokex_activity_hour_t));
    tokex_rows_t *rows;
    bool more = true;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACTIVITY_HOURS, &bind, 1, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        *(tokex_activity_hour_t *)apr_array_push(hours) = (tokex_activity_hour_t){
            tokex_db_integer(rows, "hour"), tokex_db_integer(rows, "granted"),
            tokex_db_integer(rows, "refused")};
    }
    *out = (const tokex_activity_hour_t *)hours->elts;
    *count = hours->nelts;
    return NULL;
}

const tokex_err_t *tokex_activity_sums_reasons(const tokex_activity_reason_t **out, int *count,
                                               tokex_db_t *db, int64_t since, int most,
                                               apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_I("since", since), TOKEX_BIND_I("most", most)};
    apr_array_header_t *reasons = apr_array_make(pool, 8, sizeof(tokex_activity_reason_t));
    tokex_rows_t *rows;
    bool more = true;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACTIVITY_REASONS, binds, 2, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        *(tokex_activity_reason_t *)apr_array_push(reasons) = (tokex_activity_reason_t){
            tokex_db_text(rows, "code"), tokex_db_integer(rows, "number")};
    }
    *out = (const tokex_activity_reason_t *)reasons->elts;
    *count = reasons->nelts;
    return NULL;
}

const tokex_err_t *tokex_activity_sums_ways(const tokex_activity_way_t **out, int *count,
                                            tokex_db_t *db, int64_t since, int most,
                                            apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_I("since", since), TOKEX_BIND_I("most", most)};
    apr_array_header_t *ways = apr_array_make(pool, 8, sizeof(tokex_activity_way_t));
    tokex_rows_t *rows;
    bool more = true;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACTIVITY_WAYS, binds, 2, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        *(tokex_activity_way_t *)apr_array_push(ways) = (tokex_activity_way_t){
            tokex_db_text(rows, "issuer"), tokex_db_text(rows, "client"),
            tokex_db_text(rows, "targets"), tokex_db_integer(rows, "number")};
    }
    *out = (const tokex_activity_way_t *)ways->elts;
    *count = ways->nelts;
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* The least that `percent` of the `count` sorted numbers do not exceed. */
static int64_t percentile(const int64_t *numbers, int count, int percent)
{
    int place = (count * percent + 99) / 100;

    return numbers[place > 0 ? place - 1 : 0];
}

const tokex_err_t *tokex_activity_sums_pace(tokex_activity_pace_t *out, tokex_db_t *db, int most,
                                            apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_I("most", most);
    apr_array_header_t *taken = apr_array_make(pool, 64, sizeof(int64_t));
    tokex_rows_t *rows;
    bool more = true;

    *out = (tokex_activity_pace_t){0, 0, 0, 0};
    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACTIVITY_LATENCIES, &bind, 1, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        if (!taken->nelts)
            out->last = tokex_db_integer(rows, "time");
        APR_ARRAY_PUSH(taken, int64_t) = tokex_db_integer(rows, "latency_us");
    }
    if (!taken->nelts)
        return NULL;
    qsort(taken->elts, (size_t)taken->nelts, sizeof(int64_t), by_size);
    out->count = taken->nelts;
    out->p50 = percentile((const int64_t *)taken->elts, taken->nelts, 50);
    out->p95 = percentile((const int64_t *)taken->elts, taken->nelts, 95);
    return NULL;
}
