/* The fetched keys of issuers of one directory in this process, and the rows of state.db that other
 * processes write for all. */
#ifndef MOD_TOKEX_KEY_FOLLOW_H
#define MOD_TOKEX_KEY_FOLLOW_H

#include <httpd.h>

#include "keys/fetched_keys.h"
#include "state_share.h"

typedef struct tokex_key_follow_t tokex_key_follow_t;

/* Nothing is read yet. `s`: whose log is written. `share` and `crypt` live as long as `pool`, which
 * several threads may use. NULL, and a line in the log, when there is no memory. */
tokex_key_follow_t *tokex_key_follow_create(server_rec *s, tokex_state_share_t *share,
                                            const tokex_crypt_t *crypt, apr_pool_t *pool);

tokex_fetched_keys_t *tokex_key_follow_keys(tokex_key_follow_t *follow);

/* Puts the rows that have changed into the keys. Waits for a lock of the database 200 ms at most.
 * By any thread. What goes wrong is logged once, until it goes well again. */
void tokex_key_follow_look(tokex_key_follow_t *follow);

/* Another thread of this process is about to put something into the keys. Before, so that whoever
 * looked for a key in vain, and sees that there is nothing more to wait for, sees this too. */
void tokex_key_follow_note(tokex_key_follow_t *follow);

/* When that was the last time, or look() did so; 0: never. */
apr_time_t tokex_key_follow_changed(tokex_key_follow_t *follow);

#endif
