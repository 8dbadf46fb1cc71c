/*
 * The fetched keys of the issuers of one directory, in one process: what a request does whose token
 * no key fits.
 *
 * Of a process one request at a time asks an issuer, of a host one process; others wait for it, but
 * never more than half of the process's threads, and never long. A source is asked at most once in
 * TOKEX_KEYS_COOLDOWN seconds, whatever tokens come.
 */
#ifndef MOD_TOKEX_KEY_REFRESH_H
#define MOD_TOKEX_KEY_REFRESH_H

#include <httpd.h>

#include "keys/issuer_keys.h"
#include "live.h"

typedef struct tokex_key_refresh_t tokex_key_refresh_t;

/*
 * For the directory of the host `s`, which is that of `share`; nothing has been read yet. All ends
 * early when `*stop` turns not zero. All live as long as `pool`, which several threads may use.
 * NULL, and a line in the log, when there is no memory.
 */
tokex_key_refresh_t *tokex_key_refresh_create(server_rec *s, tokex_state_share_t *share,
                                              const tokex_crypt_t *crypt,
                                              volatile apr_uint32_t *stop, apr_pool_t *pool);

/* The keys, and who asks for more: what tokex_issuer_keys_create() wants. */
tokex_fetched_keys_t *tokex_key_refresh_keys(tokex_key_refresh_t *refresh);
const tokex_renewer_t *tokex_key_refresh_renewer(tokex_key_refresh_t *refresh);

/* Takes in what other processes have fetched. By any thread. */
void tokex_key_refresh_look(tokex_key_refresh_t *refresh);

/* Lets the singleton ask before requests have to, with the issuers of what `live` serves. In
 * child_init. */
void tokex_key_refresh_go_round(tokex_key_refresh_t *refresh, tokex_live_t *live,
                                apr_pool_t *pchild);

#endif
