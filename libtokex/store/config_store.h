/* config.db: the configuration at rest. Written by administrators' tools only, by way of edit/. */
#ifndef TOKEX_STORE_CONFIG_STORE_H
#define TOKEX_STORE_CONFIG_STORE_H

#include "config/config.h"
#include "store/db_sqlite.h"

/* Reads the whole configuration in one read transaction. `*generation` (may be NULL) grows by one
 * with every change. */
const tokex_err_t *tokex_config_store_load(const tokex_config_t **out, int64_t *generation,
                                           tokex_db_t *db, apr_pool_t *result_pool,
                                           apr_pool_t *scratch_pool);

/* The generation alone. */
const tokex_err_t *tokex_config_store_generation(int64_t *out, tokex_db_t *db, apr_pool_t *pool);

/*
 * Copies the database, as long as it still is at `generation`, to `path`: mode 0640 exactly, and
 * whoever reads `path` finds either what stood there before or all of the new one. Only one process
 * at a time may do this for one `path`. TOKEX_E_CONFLICT when the database has moved on;
 * TOKEX_E_FILE, and as of tokex_db_open() and tokex_db_copy().
 */
const tokex_err_t *tokex_config_store_copy(tokex_db_t *db, int64_t generation, const char *path,
                                           apr_pool_t *pool);

#endif
