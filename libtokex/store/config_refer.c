#include "store/config_rows.h"

#include <apr_tables.h>

static const tokex_err_t *read_ids(apr_array_header_t *ids, tokex_db_t *db, tokex_sql_t statement,
                                   const tokex_bind_t *binds, int count, apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more = true;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, statement, binds, count, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        *(const char **)apr_array_push(ids) = tokex_db_text(rows, "client");
    }
}

const tokex_err_t *tokex_config_rows_referrers(tokex_texts_t *out, tokex_db_t *db,
                                               tokex_sql_t statement, const char *id,
                                               apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_T("id", id);
    apr_array_header_t *ids = apr_array_make(pool, 4, sizeof(const char *));

    TOKEX_RETURN_ERR(read_ids(ids, db, statement, &bind, 1, pool));
    *out = (tokex_texts_t){ids->nelts ? (const char *const *)ids->elts : NULL, ids->nelts};
    return NULL;
}

const tokex_err_t *tokex_config_rows_namesake(const char **out, tokex_db_t *db,
                                              const tokex_client_t *client, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("name", client->name),
                                  TOKEX_BIND_T("id", client->id)};
    apr_array_header_t *ids = apr_array_make(pool, 1, sizeof(const char *));

    TOKEX_RETURN_ERR(read_ids(ids, db, TOKEX_SQL_CONFIG_REFER_CLIENT_NAME, binds, 2, pool));
    *out = ids->nelts ? APR_ARRAY_IDX(ids, 0, const char *) : NULL;
    return NULL;
}
