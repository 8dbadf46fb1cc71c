#include "store/signing_store.h"

#include <apr_tables.h>

const tokex_err_t *tokex_signing_store_number(int64_t *out, tokex_db_t *db, apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more;

    *out = 0;
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_SIGNING_KEY_NUMBER, NULL, 0, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        *out = tokex_db_integer(rows, "number");
    }
}

const tokex_err_t *tokex_signing_store_read(tokex_signing_rows_t *out, tokex_db_t *db,
                                            apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    apr_array_header_t *keys = apr_array_make(result_pool, 4, sizeof(tokex_signing_key_t));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(tokex_signing_store_number(&out->number, db, scratch_pool));
    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_SIGNING_KEY_LIST, NULL, 0, result_pool));
    for (;;) {
        tokex_signing_key_t *key;

        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        key = apr_array_push(keys);
        *key = (tokex_signing_key_t){.kid = tokex_db_text(rows, "kid"),
                                     .algorithm = tokex_db_text(rows, "algorithm"),
                                     .created = tokex_db_integer(rows, "created"),
                                     .activates = tokex_db_integer(rows, "activates"),
                                     .retired = tokex_db_integer(rows, "retired"),
                                     .sealed = tokex_db_text(rows, "sealed")};
    }
    out->keys = (const tokex_signing_key_t *)keys->elts;
    out->count = keys->nelts;
    return NULL;
}

static const tokex_err_t *read_all(tokex_signing_rows_t *out, tokex_db_t *db,
                                   apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    TOKEX_RETURN_ERR(tokex_db_begin(db, false, scratch_pool));
    TOKEX_RETURN_ERR(tokex_signing_store_read(out, db, result_pool, scratch_pool));
    return tokex_db_commit(db, scratch_pool);
}

const tokex_err_t *tokex_signing_store_load(tokex_signing_rows_t *out, tokex_db_t *db,
                                            apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    const tokex_err_t *err = read_all(out, db, result_pool, scratch_pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

/* Runs a statement that changes keys, and counts it where it did. */
static const tokex_err_t *change(bool *found, tokex_db_t *db, tokex_sql_t statement,
                                 const tokex_bind_t *binds, int count, apr_pool_t *pool)
{
    int changed = 0;

    TOKEX_RETURN_ERR(tokex_db_run(db, statement, binds, count, &changed, pool));
    if (found)
        *found = changed > 0;
    if (!changed)
        return NULL;
    return tokex_db_run(db, TOKEX_SQL_STATE_SIGNING_KEY_CHANGED, NULL, 0, NULL, pool);
}

const tokex_err_t *tokex_signing_store_insert(tokex_db_t *db, const tokex_signing_key_t *key,
                                              apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {
        TOKEX_BIND_T("kid", key->kid),         TOKEX_BIND_T("algorithm", key->algorithm),
        TOKEX_BIND_I("created", key->created), TOKEX_BIND_I("activates", key->activates),
        TOKEX_BIND_I("retired", key->retired), TOKEX_BIND_T("sealed", key->sealed)};

    return change(NULL, db, TOKEX_SQL_STATE_SIGNING_KEY_INSERT, binds, 6, pool);
}

const tokex_err_t *tokex_signing_store_retire(bool *found, tokex_db_t *db, const char *kid,
                                              int64_t retired, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("kid", kid), TOKEX_BIND_I("retired", retired)};

    return change(found, db, TOKEX_SQL_STATE_SIGNING_KEY_RETIRE, binds, 2, pool);
}

const tokex_err_t *tokex_signing_store_remove(bool *found, tokex_db_t *db, const char *kid,
                                              apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("kid", kid)};

    return change(found, db, TOKEX_SQL_STATE_SIGNING_KEY_REMOVE, binds, 1, pool);
}
