#include "store/location_store.h"

#include <apr_tables.h>

static const tokex_err_t *insert(tokex_db_t *db, const tokex_location_row_t *row, int place,
                                 apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("server", row->server),
                                  TOKEX_BIND_I("place", place),
                                  TOKEX_BIND_T("section", row->section),
                                  TOKEX_BIND_T("file", row->file),
                                  TOKEX_BIND_I("line", row->line),
                                  TOKEX_BIND_T("auth_type", row->auth_type),
                                  TOKEX_BIND_T("client", row->client),
                                  TOKEX_BIND_T("issuers", row->issuers),
                                  TOKEX_BIND_T("audiences", row->audiences),
                                  TOKEX_BIND_T("resources", row->resources),
                                  TOKEX_BIND_T("scope", row->scope),
                                  TOKEX_BIND_T("own_tokens", row->own_tokens),
                                  TOKEX_BIND_T("subject_type", row->subject_type),
                                  TOKEX_BIND_I("machine_tokens", row->machine_tokens),
                                  TOKEX_BIND_I("exchange", row->exchange),
                                  TOKEX_BIND_T("user_claim", row->user_claim),
                                  TOKEX_BIND_T("inject", row->inject),
                                  TOKEX_BIND_T("requirements", row->requirements)};

    return tokex_db_run(db, TOKEX_SQL_STATE_LOCATION_INSERT, binds,
                        (int)(sizeof binds / sizeof binds[0]), NULL, pool);
}

static const tokex_err_t *replace(tokex_db_t *db, const tokex_location_row_t *rows, int count,
                                  apr_pool_t *pool)
{
    int i;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_LOCATION_CLEAR, NULL, 0, NULL, pool));
    for (i = 0; i < count; i++)
        TOKEX_RETURN_ERR(insert(db, &rows[i], i, pool));
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_location_store_save(tokex_db_t *db, const tokex_location_row_t *rows,
                                             int count, apr_pool_t *pool)
{
    const tokex_err_t *err = replace(db, rows, count, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

const tokex_err_t *tokex_location_store_read(const tokex_location_row_t **out, int *count,
                                             tokex_db_t *db, apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 8, sizeof(tokex_location_row_t));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_LOCATION_LIST, NULL, 0, pool));
    for (;;) {
        tokex_location_row_t *row;

        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        row = apr_array_push(list);
        row->server = tokex_db_text(rows, "server");
        row->section = tokex_db_text(rows, "section");
        row->file = tokex_db_text(rows, "file");
        row->line = tokex_db_integer(rows, "line");
        row->auth_type = tokex_db_text(rows, "auth_type");
        row->client = tokex_db_text(rows, "client");
        row->issuers = tokex_db_text(rows, "issuers");
        row->audiences = tokex_db_text(rows, "audiences");
        row->resources = tokex_db_text(rows, "resources");
        row->scope = tokex_db_text(rows, "scope");
        row->own_tokens = tokex_db_text(rows, "own_tokens");
        row->subject_type = tokex_db_text(rows, "subject_type");
        row->machine_tokens = tokex_db_integer(rows, "machine_tokens") != 0;
        row->exchange = tokex_db_integer(rows, "exchange") != 0;
        row->user_claim = tokex_db_text(rows, "user_claim");
        row->inject = tokex_db_text(rows, "inject");
        row->requirements = tokex_db_text(rows, "requirements");
    }
    *out = (const tokex_location_row_t *)list->elts;
    *count = list->nelts;
    return NULL;
}
