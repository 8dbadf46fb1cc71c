#include "store/activity_sums.h"

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
