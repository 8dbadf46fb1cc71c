#include "store/config_store.h"

#include "store/config_rows.h"

static const tokex_err_t *read_generation(int64_t *out, tokex_db_t *db, apr_pool_t *pool)
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
    TOKEX_RETURN_ERR(read_generation(generation, db, scratch_pool));
    TOKEX_RETURN_ERR(tokex_config_rows_load(out, db, result_pool, scratch_pool));
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

static const tokex_err_t *next_generation(tokex_db_t *db, int64_t expected, apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_I("expected", expected);
    int changed;

    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_CONFIG_GENERATION_NEXT, &bind, 1, &changed, pool));
    return changed == 1 ? NULL
                        : tokex_err_create(pool, TOKEX_E_CONFLICT, NULL,
                                           "the configuration was changed meanwhile");
}

static const tokex_err_t *replace(tokex_db_t *db, const tokex_config_t *config, int64_t expected,
                                  apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(next_generation(db, expected, pool));
    TOKEX_RETURN_ERR(tokex_config_rows_clear(db, pool));
    TOKEX_RETURN_ERR(tokex_config_rows_insert(db, config, pool));
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_config_store_save(tokex_db_t *db, const tokex_config_t *config,
                                           int64_t expected_generation, apr_pool_t *pool)
{
    const tokex_err_t *err = replace(db, config, expected_generation, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}
