/* The round of the singleton: asks each source for keys when what came from it is no longer fresh,
 * so that requests seldom have to. */
#ifndef MOD_TOKEX_KEY_ROUND_H
#define MOD_TOKEX_KEY_ROUND_H

#include "key_ask.h"
#include "live.h"

/* Adds the round over the issuers that `live` serves to the singleton's jobs. All live as long as
 * the process. In child_init. */
void tokex_key_round_add(tokex_key_ask_t *ask, tokex_live_t *live,
                         const tokex_fetch_settings_t *settings, apr_pool_t *pchild);

#endif
