/* What has run out in state.db is taken away, by one process for all: decisions that TokexActivity
 * does not keep any longer, revocations that hold for nothing any more, refresh tokens past their
 * end, tokens that count once and cannot be valid any more. */
#ifndef MOD_TOKEX_STATE_PRUNE_H
#define MOD_TOKEX_STATE_PRUNE_H

#include <httpd.h>

/* In child_init: a job of the singleton for the state.db at `path`. `s`: whose log is written. */
void tokex_state_prune_add(server_rec *s, const char *path, apr_pool_t *pchild);

#endif
