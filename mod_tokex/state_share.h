/* One open state.db of a directory for all in a process that look at it now and then, one after the
 * other: every handle costs memory, and there would be one for each of them. */
#ifndef MOD_TOKEX_STATE_SHARE_H
#define MOD_TOKEX_STATE_SHARE_H

#include "store/db_sqlite.h"

typedef struct tokex_state_share_t tokex_state_share_t;

/* Nothing is opened yet; it is opened as TOKEX_DB_PEEK. `pool`, in which it lives, may be used by
 * several threads. NULL: no memory. */
tokex_state_share_t *tokex_state_share_create(const char *path, apr_pool_t *pool);

const char *tokex_state_share_path(const tokex_state_share_t *share);

/*
 * Waits until nobody else has it. `*serial`, never 0: another number than before says that it is
 * another database, or that it was opened anew, so that nothing that was read before says what
 * stands in it. Whatever this returns, tokex_state_share_give() must follow. Errors as of
 * tokex_state_db_get().
 */
const tokex_err_t *tokex_state_share_take(tokex_db_t **out, unsigned *serial,
                                          tokex_state_share_t *share, apr_pool_t *scratch_pool);

/* `err`: what came of it, or of taking it; but for a lock of the database, which goes by itself, it
 * is opened anew next time. */
void tokex_state_share_give(tokex_state_share_t *share, const tokex_err_t *err);

#endif
