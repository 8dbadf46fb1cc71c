/* What is taken back, of one directory in this process: read from state.db, where every process of
 * the host writes it. */
#ifndef MOD_TOKEX_REVOCATION_FOLLOW_H
#define MOD_TOKEX_REVOCATION_FOLLOW_H

#include <httpd.h>

#include "exchange/revocations.h"
#include "state_share.h"

typedef struct tokex_revocation_follow_t tokex_revocation_follow_t;

/* What the server knew when it started, and nothing else yet. `s`: whose log is written. `share`
 * lives as long as `pool`, which several threads may use. NULL, and a line in the log, when there
 * is no memory. */
tokex_revocation_follow_t *tokex_revocation_follow_create(server_rec *s, tokex_state_share_t *share,
                                                          apr_pool_t *pool);

/* What has been read so far. */
tokex_revocations_t *tokex_revocation_follow_set(tokex_revocation_follow_t *follow);

/* The first look, before there are requests: waits for a database that is locked. */
void tokex_revocation_follow_begin(tokex_revocation_follow_t *follow);

/* Takes in what has come since the last look. What was known stays when state.db cannot be read,
 * or is another one. Logged once, until it goes well again. By any thread. */
void tokex_revocation_follow_look(tokex_revocation_follow_t *follow);

/* The same, and an error in `pool` where it could not: then nobody knows whether something has. */
const tokex_err_t *tokex_revocation_follow_read(tokex_revocation_follow_t *follow,
                                                apr_pool_t *pool);

/* Takes `row` back: when this returns it is on the disk, and felt in this process. The error, in
 * `pool`, is TOKEX_E_REVOKE_STORE. */
const tokex_err_t *tokex_revocation_follow_add(tokex_revocation_follow_t *follow,
                                               tokex_revocation_t *row, apr_pool_t *pool);

#endif
