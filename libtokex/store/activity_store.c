#include "store/activity_store.h"

#include <apr_tables.h>

#include "store/use_store.h"

static const tokex_err_t *insert(tokex_db_t *db, const tokex_activity_row_t *row, int64_t number,
                                 apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_I("number", number),
                                  TOKEX_BIND_I("time", row->time),
                                  TOKEX_BIND_T("receipt", row->receipt),
                                  TOKEX_BIND_T("server", row->server),
                                  TOKEX_BIND_T("location", row->location),
                                  TOKEX_BIND_T("client", row->client),
                                  TOKEX_BIND_T("issuer", row->issuer),
                                  TOKEX_BIND_T("subject", row->subject),
                                  TOKEX_BIND_T("actor", row->actor),
                                  TOKEX_BIND_T("rule", row->rule),
                                  TOKEX_BIND_T("targets", row->targets),
                                  TOKEX_BIND_T("scope_asked", row->scope_asked),
                                  TOKEX_BIND_T("scope_granted", row->scope_granted),
                                  TOKEX_BIND_T("outcome", row->outcome),
                                  TOKEX_BIND_T("code", row->code),
                                  TOKEX_BIND_T("reason", row->reason),
                                  TOKEX_BIND_I("remembered", row->remembered),
                                  TOKEX_BIND_I("latency_us", row->latency_us),
                                  TOKEX_BIND_T("steps", row->steps)};

    return tokex_db_run(db, TOKEX_SQL_STATE_ACTIVITY_INSERT, binds,
                        (int)(sizeof binds / sizeof binds[0]), NULL, pool);
}

const tokex_err_t *tokex_activity_store_count(tokex_activity_count_t *out, tokex_db_t *db,
                                              apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more;

    *out = (tokex_activity_count_t){0, 0, 0};
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACTIVITY_COUNT, NULL, 0, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        out->number = tokex_db_integer(rows, "number");
        out->dropped = tokex_db_integer(rows, "dropped");
        out->dropped_last = tokex_db_integer(rows, "dropped_last");
    }
}

static const tokex_err_t *insert_all(int64_t *number, tokex_db_t *db,
                                     const tokex_activity_batch_t *batch, apr_pool_t *pool)
{
    tokex_use_sums_t *sums = tokex_use_store_begin(pool);
    tokex_activity_row_t row;
    apr_pool_t *each;

    apr_pool_create(&each, pool);
    while (batch->next(&row, batch->ctx, each)) {
        TOKEX_RETURN_ERR(insert(db, &row, ++*number, each));
        tokex_use_store_count(sums, &row);
        apr_pool_clear(each);
    }
    return tokex_use_store_add(db, sums, pool);
}

static const tokex_err_t *add(tokex_db_t *db, const tokex_activity_batch_t *batch, apr_pool_t *pool)
{
    tokex_activity_count_t count;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(tokex_activity_store_count(&count, db, pool));
    TOKEX_RETURN_ERR(insert_all(&count.number, db, batch, pool));
    {
        const tokex_bind_t binds[] = {TOKEX_BIND_I("number", count.number),
                                      TOKEX_BIND_I("dropped", batch->dropped),
                                      TOKEX_BIND_I("now", batch->now)};

        TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_ACTIVITY_COUNTED, binds, 3, NULL, pool));
    }
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_activity_store_add(tokex_db_t *db, const tokex_activity_batch_t *batch,
                                            apr_pool_t *pool)
{
    const tokex_err_t *err = add(db, batch, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

static void read_row(tokex_activity_row_t *row, tokex_rows_t *rows)
{
    row->number = tokex_db_integer(rows, "number");
    row->time = tokex_db_integer(rows, "time");
    row->receipt = tokex_db_text(rows, "receipt");
    row->server = tokex_db_text(rows, "server");
    row->location = tokex_db_text(rows, "location");
    row->client = tokex_db_text(rows, "client");
    row->issuer = tokex_db_text(rows, "issuer");
    row->subject = tokex_db_text(rows, "subject");
    row->actor = tokex_db_text(rows, "actor");
    row->rule = tokex_db_text(rows, "rule");
    row->targets = tokex_db_text(rows, "targets");
    row->scope_asked = tokex_db_text(rows, "scope_asked");
    row->scope_granted = tokex_db_text(rows, "scope_granted");
    row->outcome = tokex_db_text(rows, "outcome");
    row->code = tokex_db_text(rows, "code");
    row->reason = tokex_db_text(rows, "reason");
    row->remembered = tokex_db_integer(rows, "remembered") != 0;
    row->latency_us = tokex_db_integer(rows, "latency_us");
    row->steps = tokex_db_text(rows, "steps");
}

static const tokex_err_t *read_rows(apr_array_header_t *list, tokex_rows_t *rows)
{
    bool more;

    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        read_row(apr_array_push(list), rows);
    }
}

static void turn_round(tokex_activity_row_t *rows, int count)
{
    int i;

    for (i = 0; i < count / 2; i++) {
        tokex_activity_row_t row = rows[i];

        rows[i] = rows[count - 1 - i];
        rows[count - 1 - i] = row;
    }
}

const tokex_err_t *tokex_activity_store_list(const tokex_activity_row_t **out, int *count,
                                             tokex_db_t *db, const tokex_activity_filter_t *filter,
                                             apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {
        TOKEX_BIND_I("after", filter->after),     TOKEX_BIND_I("since", filter->since),
        TOKEX_BIND_I("until", filter->until),     TOKEX_BIND_T("outcome", filter->outcome),
        TOKEX_BIND_T("code", filter->code),       TOKEX_BIND_T("client", filter->client),
        TOKEX_BIND_T("issuer", filter->issuer),   TOKEX_BIND_T("target", filter->target),
        TOKEX_BIND_T("subject", filter->subject), TOKEX_BIND_T("location", filter->location),
        TOKEX_BIND_I("most", filter->most)};
    apr_array_header_t *list = apr_array_make(pool, 32, sizeof(tokex_activity_row_t));
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACTIVITY_LIST, binds,
                                     (int)(sizeof binds / sizeof binds[0]), pool));
    TOKEX_RETURN_ERR(read_rows(list, rows));
    turn_round((tokex_activity_row_t *)list->elts, list->nelts);
    *out = (const tokex_activity_row_t *)list->elts;
    *count = list->nelts;
    return NULL;
}

const tokex_err_t *tokex_activity_store_find(const tokex_activity_row_t **out, tokex_db_t *db,
                                             const char *receipt, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("receipt", receipt)};
    apr_array_header_t *list = apr_array_make(pool, 1, sizeof(tokex_activity_row_t));
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACTIVITY_FIND, binds, 1, pool));
    TOKEX_RETURN_ERR(read_rows(list, rows));
    *out = list->nelts ? (const tokex_activity_row_t *)list->elts : NULL;
    return NULL;
}

const tokex_err_t *tokex_activity_store_prune(int *gone, tokex_db_t *db,
                                              const tokex_activity_keep_t *keep, int most,
                                              apr_pool_t *pool)
{
    const tokex_bind_t ages[] = {TOKEX_BIND_I("since", keep->since),
                                 TOKEX_BIND_I("until", keep->until), TOKEX_BIND_I("most", most)};
    tokex_activity_count_t count;
    int old = 0;

    *gone = 0;
    TOKEX_RETURN_ERR(tokex_activity_store_count(&count, db, pool));
    {
        const tokex_bind_t counts[] = {TOKEX_BIND_I("number", count.number - keep->rows),
                                       TOKEX_BIND_I("most", most)};

        TOKEX_RETURN_ERR(
            tokex_db_run(db, TOKEX_SQL_STATE_ACTIVITY_PRUNE_COUNT, counts, 2, gone, pool));
    }
    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_ACTIVITY_PRUNE_AGE, ages, 3, &old, pool));
    *gone = *gone > old ? *gone : old;
    return tokex_use_store_prune(db, keep->since, keep->now, pool);
}
