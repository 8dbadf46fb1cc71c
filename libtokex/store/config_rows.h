/* The tables of config.db as plain data, inside the caller's transaction: for config_store.h and
 * for edit/. */
#ifndef TOKEX_STORE_CONFIG_ROWS_H
#define TOKEX_STORE_CONFIG_ROWS_H

#include "config/config.h"
#include "store/db_sqlite.h"

/* Reads every table, one statement each; of clients only those that `clients` names, which may not
 * exist, in that order. NULL: all of them. */
const tokex_err_t *tokex_config_rows_load(const tokex_config_t **out, tokex_db_t *db,
                                          const tokex_texts_t *clients, apr_pool_t *result_pool,
                                          apr_pool_t *scratch_pool);

/* Which objects are to be written, in the lists of configurations that hold nothing else. */
typedef struct tokex_config_delta_t {
    tokex_config_t gone;    /* what tells them apart is enough */
    tokex_config_t changed; /* whole: what stands there under their ids is replaced */
    tokex_config_t fresh;   /* whole: nothing stands there yet */
} tokex_config_delta_t;

/*
 * Writes these objects and touches no other row. They may exchange what only one can have (names,
 * audiences), and refer to each other. TOKEX_E_DB_QUERY when a constraint is broken: the caller did
 * not judge what comes of it.
 */
const tokex_err_t *tokex_config_rows_change(tokex_db_t *db, const tokex_config_delta_t *delta,
                                            apr_pool_t *pool);

/* The next generation. `expected`: the one that the change was made from; TOKEX_E_CONFLICT when the
 * database has moved on. */
const tokex_err_t *tokex_config_rows_next_generation(tokex_db_t *db, int64_t expected,
                                                     apr_pool_t *pool);

/* The ids of clients that refer to an object, in their order. `statement` is one of config_refer_*
 * with the one parameter `id`. */
const tokex_err_t *tokex_config_rows_referrers(tokex_texts_t *out, tokex_db_t *db,
                                               tokex_sql_t statement, const char *id,
                                               apr_pool_t *pool);

/* The id of the other client that has the name of `client`; NULL: none has. */
const tokex_err_t *tokex_config_rows_namesake(const char **out, tokex_db_t *db,
                                              const tokex_client_t *client, apr_pool_t *pool);

#endif
