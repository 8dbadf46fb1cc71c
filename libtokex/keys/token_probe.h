/* Why an issuer can or cannot be asked about tokens: asks as token_ask.c does, about a token that
 * is none. For people. */
#ifndef TOKEX_KEYS_TOKEN_PROBE_H
#define TOKEX_KEYS_TOKEN_PROBE_H

#include "keys/key_probe.h"
#include "keys/token_ask.h"

/*
 * Asks introspection_url and userinfo_url of `issuer`, whichever it has, and adds a step for each
 * to `out`: `introspection` is well when it says that the token is not active, `userinfo` when it
 * does not take the token. Of `way` only what fetches and the clock are used.
 */
void tokex_token_probe_run(tokex_probe_t *out, const tokex_probe_way_t *way,
                           const tokex_issuer_t *issuer, const tokex_sealer_t *sealer,
                           apr_pool_t *pool);

#endif
