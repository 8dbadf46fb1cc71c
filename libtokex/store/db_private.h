/* Private to store/: what lies between the driver and those who open and migrate with it. */
#ifndef TOKEX_STORE_DB_PRIVATE_H
#define TOKEX_STORE_DB_PRIVATE_H

#include "store/db_sqlite.h"

/* "config" or "state": the name of a kind in sql_text.h. */
const char *tokex_db_kind_name(tokex_db_kind_t kind);

/*
 * Opens the existing file `path` without believing anything in it, and closes it when `pool` goes.
 * Foreign keys on, the busy time-out set, nothing in the file may run code. TOKEX_E_DB_OPEN,
 * TOKEX_E_MEMORY; *out is set even then, to be closed.
 */
const tokex_err_t *tokex_db_handle_open(tokex_db_t **out, const char *path, tokex_db_kind_t kind,
                                        bool write, apr_pool_t *pool);
/* From now on a lock is waited for this long. */
void tokex_db_handle_patience(tokex_db_t *db, int milliseconds);
/* Closes it at once. */
void tokex_db_handle_close(tokex_db_t *db);
tokex_db_kind_t tokex_db_handle_kind(const tokex_db_t *db);
const char *tokex_db_handle_path(const tokex_db_t *db);

/*
 * Runs a statement of one row and one column, or of none: its value in `pool`, NULL when there is
 * none. Errors as tokex_db_run().
 */
const tokex_err_t *tokex_db_value(const char **out, tokex_db_t *db, tokex_sql_t statement,
                                  apr_pool_t *pool);

/* Runs the statements of a migration. */
const tokex_err_t *tokex_db_script(tokex_db_t *db, const char *script, apr_pool_t *pool);

/* Is `type`, as statfs(2) gives it, a file system of another host? WAL shares memory, which such a
 * file system cannot. */
bool tokex_db_open_is_network(long type);

#endif
