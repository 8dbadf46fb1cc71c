/* One config.db, with the signing keys of its state.db, and the virtual hosts that serve from it: a
 * change is noticed, judged, put in force. */
#ifndef MOD_TOKEX_FOLLOW_H
#define MOD_TOKEX_FOLLOW_H

#include <httpd.h>

#include "directives.h"
#include "live.h"

typedef struct tokex_follow_t tokex_follow_t;

/* Who follows. */
typedef struct tokex_follow_owner_t {
    const tokex_crypt_t *crypt; /* lives as long as `pool` */
    apr_pool_t *pool;           /* of the thread that calls these functions */
    apr_pool_t *pchild;         /* goes when the process begins to end */
} tokex_follow_owner_t;

/* Follows the database of the virtual host `s`, in the owner's pool. Nothing is loaded yet. */
tokex_follow_t *tokex_follow_create(server_rec *s, const tokex_follow_owner_t *owner);

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
