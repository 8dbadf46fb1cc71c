/* One config.db, with the signing keys of its state.db, and the virtual hosts that serve from it: a
 * change is noticed, judged, put in force. */
#ifndef MOD_TOKEX_FOLLOW_H
#define MOD_TOKEX_FOLLOW_H

#include <httpd.h>

#include "directives.h"
#include "live.h"

typedef struct tokex_follow_t tokex_follow_t;

/*
 * Follows the database of the virtual host `s`, in `pool`, which belongs to the thread that calls
 * these functions. Nothing is loaded yet. `crypt` lives as long as `pool`.
 */
tokex_follow_t *tokex_follow_create(server_rec *s, const tokex_crypt_t *crypt, apr_pool_t *pool);

/* What it serves. */
tokex_live_t *tokex_follow_live(tokex_follow_t *follow);

/* Loads what stands in the database or, when that cannot be served, what could be last. What
 * cannot is logged. May wait five seconds for a lock. */
void tokex_follow_begin(tokex_follow_t *follow);

/*
 * Looks once: puts in force what has changed, and what the time has changed (a signing key is
 * dead); says once what cannot be, and leaves what is; saves what is good. Waits for no lock longer
 * than TOKEX_DB_PEEK does. Frees what no request holds.
 */
void tokex_follow_look(tokex_follow_t *follow);

#endif
