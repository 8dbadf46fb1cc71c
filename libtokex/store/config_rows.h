/* Private to store/: the tables of config.db as one tokex_config_t, inside the caller's
 * transaction. */
#ifndef TOKEX_STORE_CONFIG_ROWS_H
#define TOKEX_STORE_CONFIG_ROWS_H

#include "config/config.h"
#include "store/db_sqlite.h"

/* Reads every table, one statement each. */
const tokex_err_t *tokex_config_rows_load(const tokex_config_t **out, tokex_db_t *db,
                                          apr_pool_t *result_pool, apr_pool_t *scratch_pool);

/* Empties every table. */
const tokex_err_t *tokex_config_rows_clear(tokex_db_t *db, apr_pool_t *pool);

/* Fills them. TOKEX_E_DB_QUERY when a constraint is broken: the caller did not compile `config`. */
const tokex_err_t *tokex_config_rows_insert(tokex_db_t *db, const tokex_config_t *config,
                                            apr_pool_t *pool);

#endif
