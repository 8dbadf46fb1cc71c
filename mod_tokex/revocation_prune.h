/* What was taken back and cannot be good any more is forgotten, by one process for all. */
#ifndef MOD_TOKEX_REVOCATION_PRUNE_H
#define MOD_TOKEX_REVOCATION_PRUNE_H

#include <httpd.h>

/* In child_init: a job of the singleton for the state.db at `path`, which belongs to `s`. */
void tokex_revocation_prune_add(server_rec *s, const char *path, apr_pool_t *pchild);

#endif
