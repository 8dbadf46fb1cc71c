/*
 * The thread of a child that follows the databases of its virtual hosts, so that no request reads
 * one and no change needs a restart.
 */
#ifndef MOD_TOKEX_WATCH_H
#define MOD_TOKEX_WATCH_H

#include <httpd.h>

#include "directives.h"

typedef struct tokex_watch_t tokex_watch_t;

/* The watch of this child, which ends before anything that lives in `pchild` does. `crypt` must
 * live in it. */
tokex_watch_t *tokex_watch_create(const tokex_crypt_t *crypt, server_rec *main, apr_pool_t *pchild);

/* Turns not zero, for good, within half a second after httpd has said that the child is to end. */
volatile apr_uint32_t *tokex_watch_stop(tokex_watch_t *watch);

/* Takes the keys of a directory in before the first request, and follows them from then on. To be
 * called before the hosts that use them are added. NULL: there are none. */
tokex_key_refresh_t *tokex_watch_add_keys(tokex_watch_t *watch, server_rec *s);

/* The same of what is taken back in a directory. NULL: nothing can be. */
tokex_revocation_follow_t *tokex_watch_add_revocations(tokex_watch_t *watch, server_rec *s);
/* Who asks issuers about tokens for the virtual host `s`, to be called before it is added. NULL:
 * nobody can. */
tokex_asker_t *tokex_watch_add_asker(tokex_watch_t *watch, server_rec *s);
/* The same for the local accounts of a directory. NULL: none can be asked for. */
tokex_accounts_t *tokex_watch_add_accounts(tokex_watch_t *watch, server_rec *s);

/* The same for those of a virtual host that the site keeps. */
tokex_account_asker_t *tokex_watch_add_account_asker(tokex_watch_t *watch,
                                                     const tokex_conf_t *conf);

/* Loads what the virtual host `s` serves, and follows it from then on. */
tokex_live_t *tokex_watch_add(tokex_watch_t *watch, server_rec *s);

/* Begins to watch. When no thread can be made that is logged, and what was loaded stays. */
void tokex_watch_start(tokex_watch_t *watch);

#endif
