#include "store/serving_store.h"

#include <string.h>

#include <apr_tables.h>

static const char *const states[] = {"current", "kept", "none"};

#define STATES ((int)(sizeof states / sizeof states[0]))

static const tokex_err_t *insert(tokex_db_t *db, const tokex_serving_t *serving, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_I("generation", serving->generation),
                                  TOKEX_BIND_T("state", states[serving->state]),
                                  TOKEX_BIND_I("processes", serving->processes),
                                  TOKEX_BIND_I("since", serving->since)};

    return tokex_db_run(db, TOKEX_SQL_STATE_SERVING_INSERT, binds, 4, NULL, pool);
}

static const tokex_err_t *replace(tokex_db_t *db, const tokex_serving_report_t *report,
                                  apr_pool_t *pool)
{
    int i;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_SERVING_CLEAR, NULL, 0, NULL, pool));
    for (i = 0; i < report->serving_count; i++)
        TOKEX_RETURN_ERR(insert(db, &report->servings[i], pool));
    for (i = 0; i < report->count_count; i++) {
        const tokex_bind_t binds[] = {TOKEX_BIND_T("name", report->counts[i].name),
                                      TOKEX_BIND_I("value", report->counts[i].value)};

        TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_SERVER_COUNT_SET, binds, 2, NULL, pool));
    }
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_serving_store_save(tokex_db_t *db, const tokex_serving_report_t *report,
                                            apr_pool_t *pool)
{
    const tokex_err_t *err = replace(db, report, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

/* What is no state that we know is none that anybody should trust. */
static tokex_serving_state_t state_of(const char *name)
{
    int i;

    for (i = 0; name && i < STATES; i++)
        if (strcmp(states[i], name) == 0)
            return (tokex_serving_state_t)i;
    return TOKEX_SERVING_NONE;
}

static const tokex_err_t *read_servings(tokex_serving_report_t *out, tokex_db_t *db,
                                        apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 2, sizeof(tokex_serving_t));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_SERVING_LIST, NULL, 0, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        APR_ARRAY_PUSH(list, tokex_serving_t) = (tokex_serving_t){
            tokex_db_integer(rows, "generation"), state_of(tokex_db_text(rows, "state")),
            tokex_db_integer(rows, "processes"), tokex_db_integer(rows, "since")};
    }
    out->servings = (const tokex_serving_t *)list->elts;
    out->serving_count = list->nelts;
    return NULL;
}

const tokex_err_t *tokex_serving_store_read(tokex_serving_report_t *out, tokex_db_t *db,
                                            apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 16, sizeof(tokex_server_count_t));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(read_servings(out, db, pool));
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_SERVER_COUNT_LIST, NULL, 0, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        APR_ARRAY_PUSH(list, tokex_server_count_t) =
            (tokex_server_count_t){tokex_db_text(rows, "name"), tokex_db_integer(rows, "value")};
    }
    out->counts = (const tokex_server_count_t *)list->elts;
    out->count_count = list->nelts;
    return NULL;
}

int64_t tokex_serving_count(const tokex_serving_report_t *report, const char *name)
{
    int i;

    for (i = 0; i < report->count_count; i++)
        if (strcmp(report->counts[i].name, name) == 0)
            return report->counts[i].value;
    return 0;
}
