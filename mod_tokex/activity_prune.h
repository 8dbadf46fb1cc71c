/* Decisions in state.db that TokexActivity does not keep any longer are taken away, by one process
 * for all. */
#ifndef MOD_TOKEX_ACTIVITY_PRUNE_H
#define MOD_TOKEX_ACTIVITY_PRUNE_H

#include <httpd.h>

/* Adds that to the singleton's jobs, for the state.db `path`. `s`: whose log is written. In
 * child_init. */
void tokex_activity_prune_add(server_rec *s, const char *path, apr_pool_t *pchild);

#endif
