/* The issued token. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_TOKEN_H
#define TOKEX_EXCHANGE_TOKEN_H

#include "exchange/authorize.h"

/*
 * Makes the token that `grant` allows and puts it into the outcome: `token`, `issued_token_type`,
 * `jti` (128 random bits), `expires_in`; all of them or none. TOKEX_E_RANDOM, TOKEX_E_CLAIMS_SIZE,
 * TOKEX_E_SIGNING_KEY_NONE, TOKEX_E_CRYPTO.
 */
const tokex_err_t *tokex_token_issue(tokex_run_t *run, const tokex_parties_t *parties,
                                     const tokex_grant_t *grant);

#endif
