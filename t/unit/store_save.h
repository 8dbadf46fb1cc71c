/* A whole configuration into a database, for tests of what reads it. */
#ifndef STORE_SAVE_H
#define STORE_SAVE_H

#include "store_dir.h"

#include "store/config_rows.h"
#include "store/config_store.h"

static inline const tokex_err_t *save_rows(tokex_db_t *db, const tokex_config_t *config,
                                           int64_t expected, apr_pool_t *pool)
{
    tokex_config_delta_t delta = {.fresh = *config};
    const tokex_config_t *present;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(tokex_config_rows_next_generation(db, expected, pool));
    TOKEX_RETURN_ERR(tokex_config_rows_load(&present, db, NULL, pool, pool));
    delta.gone = *present;
    TOKEX_RETURN_ERR(tokex_config_rows_change(db, &delta, pool));
    return tokex_db_commit(db, pool);
}

/* Replaces everything by `config`, or changes nothing. `expected`: the generation so far. */
static inline const tokex_err_t *save_config(tokex_db_t *db, const tokex_config_t *config,
                                             int64_t expected, apr_pool_t *pool)
{
    const tokex_err_t *err = save_rows(db, config, expected, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

#endif
