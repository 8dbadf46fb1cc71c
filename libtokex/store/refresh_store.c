#include "store/refresh_store.h"

#include <apr_strings.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

static const char *text(tokex_rows_t *rows, const char *column, apr_pool_t *pool)
{
    return apr_pstrdup(pool, tokex_db_text(rows, column));
}

static const tokex_refresh_t *read_row(tokex_rows_t *rows, apr_pool_t *pool)
{
    tokex_refresh_t *row = apr_pcalloc(pool, sizeof(*row));

    row->id = text(rows, "id", pool);
    row->client = text(rows, "client", pool);
    row->hash = text(rows, "hash", pool);
    row->created = tokex_db_integer(rows, "created");
    row->ends = tokex_db_integer(rows, "ends");
    row->sealed = text(rows, "sealed", pool);
    return row;
}

const tokex_err_t *tokex_refresh_store_find(const tokex_refresh_t **out, tokex_db_t *db,
                                            const char *id, apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_T("id", id);
    tokex_rows_t *rows;
    bool more;

    *out = NULL;
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_REFRESH_FIND, &bind, 1, pool));
    for (more = true; more;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (more)
            *out = read_row(rows, pool);
    }
    return NULL;
}

const tokex_err_t *tokex_refresh_store_insert(tokex_db_t *db, const tokex_refresh_t *row,
                                              apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {
        TOKEX_BIND_T("id", row->id),     TOKEX_BIND_T("client", row->client),
        TOKEX_BIND_T("hash", row->hash), TOKEX_BIND_I("created", row->created),
        TOKEX_BIND_I("ends", row->ends), TOKEX_BIND_T("sealed", row->sealed),
    };

    return tokex_db_run(db, TOKEX_SQL_STATE_REFRESH_INSERT, binds, COUNT(binds), NULL, pool);
}

const tokex_err_t *tokex_refresh_store_replace(bool *done, tokex_db_t *db,
                                               const tokex_refresh_t *row, const char *replaced,
                                               int64_t now, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {
        TOKEX_BIND_T("id", row->id),     TOKEX_BIND_T("replaced", replaced),
        TOKEX_BIND_T("hash", row->hash), TOKEX_BIND_I("used", now),
        TOKEX_BIND_I("ends", row->ends), TOKEX_BIND_T("sealed", row->sealed),
    };
    int changed = 0;

    *done = false;
    TOKEX_RETURN_ERR(
        tokex_db_run(db, TOKEX_SQL_STATE_REFRESH_REPLACE, binds, COUNT(binds), &changed, pool));
    *done = changed == 1;
    return NULL;
}

const tokex_err_t *tokex_refresh_store_delete(tokex_db_t *db, const char *id, apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_T("id", id);

    return tokex_db_run(db, TOKEX_SQL_STATE_REFRESH_DELETE, &bind, 1, NULL, pool);
}

const tokex_err_t *tokex_refresh_store_prune(int *gone, tokex_db_t *db, int64_t now, int most,
                                             apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_I("now", now), TOKEX_BIND_I("most", most)};

    *gone = 0;
    return tokex_db_run(db, TOKEX_SQL_STATE_REFRESH_PRUNE, binds, COUNT(binds), gone, pool);
}
