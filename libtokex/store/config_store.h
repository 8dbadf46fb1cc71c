/* config.db: the configuration at rest. Written by administrators' tools only. */
#ifndef TOKEX_STORE_CONFIG_STORE_H
#define TOKEX_STORE_CONFIG_STORE_H

#include "config/config.h"
#include "store/db_sqlite.h"

/* Reads the whole configuration in one read transaction. `*generation` (may be NULL) grows by one
 * with every change. */
const tokex_err_t *tokex_config_store_load(const tokex_config_t **out, int64_t *generation,
                                           tokex_db_t *db, apr_pool_t *result_pool,
                                           apr_pool_t *scratch_pool);

/*
 * Replaces everything by `config` in one transaction, or changes nothing. `expected_generation`:
 * the one that the change was made from; TOKEX_E_CONFLICT when the database has moved on.
 */
const tokex_err_t *tokex_config_store_save(tokex_db_t *db, const tokex_config_t *config,
                                           int64_t expected_generation, apr_pool_t *pool);

#endif
