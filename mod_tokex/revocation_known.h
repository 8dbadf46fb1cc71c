/*
 * What was taken back when this server started, or was last restarted. Its parent keeps that for as
 * long as it lives, and every process inherits it: one that begins while state.db cannot be read
 * knows that much, and what is the same in all of them is in memory once.
 */
#ifndef MOD_TOKEX_REVOCATION_KNOWN_H
#define MOD_TOKEX_REVOCATION_KNOWN_H

#include <httpd.h>

#include "exchange/revocations.h"

/* The hook post_config: reads the state.db of every directory that is served. One that cannot be
 * read leaves what was known. */
int tokex_revocation_known_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                                 server_rec *main);

/* What is known of the state.db at `path`; the caller's from now on, as everything that a process
 * inherits. NULL: nothing. */
tokex_revocations_t *tokex_revocation_known(const char *path);

#endif
