/* state.db of one directory, opened when it is first needed and again when another file has its
 * name. */
#ifndef MOD_TOKEX_STATE_DB_H
#define MOD_TOKEX_STATE_DB_H

#include "store/db_sqlite.h"

typedef struct tokex_state_db_t tokex_state_db_t;

/* Nothing is opened yet. `pool` belongs to whoever calls these functions, one thread at a time. */
tokex_state_db_t *tokex_state_db_create(const char *path, tokex_db_mode_t mode, apr_pool_t *pool);

/*
 * The open database. `*other`: it is not the one of the last call, so nothing that was read then
 * says what stands in it. After an error of the database tokex_state_db_close() makes the next call
 * begin anew. A file that cannot be opened is tried again after ten seconds, another one at once.
 * The error, of the kinds of tokex_db_open(), is in `scratch_pool`.
 */
const tokex_err_t *tokex_state_db_get(tokex_db_t **out, bool *other, tokex_state_db_t *state,
                                      apr_pool_t *scratch_pool);

void tokex_state_db_close(tokex_state_db_t *state);

#endif
