#include "store/config_store.h"

#include <apr_file_io.h>
#include <apr_strings.h>

#include "store/config_rows.h"

const tokex_err_t *tokex_config_store_generation(int64_t *out, tokex_db_t *db, apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_CONFIG_GENERATION, NULL, 0, pool));
    TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
    if (!more)
        return tokex_err_create(pool, TOKEX_E_DB_CORRUPT, NULL, "config.db has no generation");
    *out = tokex_db_integer(rows, "number");
    return tokex_db_next(&more, rows);
}

static const tokex_err_t *read_all(const tokex_config_t **out, int64_t *generation, tokex_db_t *db,
                                   apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    TOKEX_RETURN_ERR(tokex_db_begin(db, false, scratch_pool));
    TOKEX_RETURN_ERR(tokex_config_store_generation(generation, db, scratch_pool));
    TOKEX_RETURN_ERR(tokex_config_rows_load(out, db, NULL, result_pool, scratch_pool));
    return tokex_db_commit(db, scratch_pool);
}

const tokex_err_t *tokex_config_store_load(const tokex_config_t **out, int64_t *generation,
                                           tokex_db_t *db, apr_pool_t *result_pool,
                                           apr_pool_t *scratch_pool)
{
    const tokex_config_t *config = NULL;
    int64_t number = 0;
    const tokex_err_t *err = read_all(&config, &number, db, result_pool, scratch_pool);

    if (err) {
        tokex_db_rollback(db);
        return tokex_err_create(result_pool, err->code, NULL, "%s",
                                tokex_err_text(err, scratch_pool));
    }
    *out = config;
    if (generation)
        *generation = number;
    return NULL;
}

static const tokex_err_t *copy_at(tokex_db_t *db, int64_t generation, tokex_db_t *to,
                                  apr_pool_t *pool)
{
    int64_t number = 0;

    TOKEX_RETURN_ERR(tokex_db_begin(db, false, pool));
    TOKEX_RETURN_ERR(tokex_config_store_generation(&number, db, pool));
    if (number != generation)
        return tokex_err_create(pool, TOKEX_E_CONFLICT, NULL,
                                "the configuration was changed meanwhile");
    return tokex_db_copy(db, to, pool);
}

static const tokex_err_t *fill_copy(tokex_db_t *db, int64_t generation, const char *path,
                                    apr_pool_t *pool)
{
    tokex_db_t *to;

    TOKEX_RETURN_ERR(tokex_db_open(&to, path, TOKEX_DB_CONFIG, TOKEX_DB_CREATE, false, pool));
    return copy_at(db, generation, to, pool);
}

static void clear_away(const char *path, apr_pool_t *pool)
{
    apr_file_remove(path, pool);
    apr_file_remove(apr_pstrcat(pool, path, "-journal", NULL), pool);
}

const tokex_err_t *tokex_config_store_copy(tokex_db_t *db, int64_t generation, const char *path,
                                           apr_pool_t *pool)
{
    const char *unfinished = apr_pstrcat(pool, path, ".new", NULL);
    const tokex_err_t *err;
    apr_pool_t *scratch;
    apr_status_t rv;

    /* A process that was killed may have left one. */
    clear_away(unfinished, pool);
    apr_pool_create(&scratch, pool);
    err = fill_copy(db, generation, unfinished, scratch);
    tokex_db_rollback(db);
    if (err)
        err = tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool));
    apr_pool_destroy(scratch); /* closes the copy */
    rv = err ? APR_SUCCESS : apr_file_rename(unfinished, path, pool);
    if (rv != APR_SUCCESS)
        err = tokex_err_create(pool, TOKEX_E_FILE, NULL, "%s: %pm", path, &rv);
    if (err)
        clear_away(unfinished, pool);
    return err;
}
