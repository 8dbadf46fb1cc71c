/* The issued token. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_TOKEN_H
#define TOKEX_EXCHANGE_TOKEN_H

#include "exchange/authorize.h"

/*
 * Makes the token that `grant` allows and puts it into the outcome: `token`, `issued_token_type`,
 * `jti` (128 random bits), `expires_in`; all of them or none. It is signed by whoever signs at
 * run->now with the algorithm that the targets name, or the preferred one where they name none. Of
 * a trial there is everything but `token`. Where the client or one of the targets has it so the
 * token is opaque (sealed_token.h), of whatever else is the same. TOKEX_E_TOKEN_FORMAT: then no JWT
 * can be asked for. TOKEX_E_TARGET_ALGORITHMS when that is not the same for all of them,
 * TOKEX_E_RANDOM, TOKEX_E_CLAIMS_SIZE, TOKEX_E_SIGNING_KEY_NONE, TOKEX_E_CRYPTO.
 */
const tokex_err_t *tokex_token_issue(tokex_run_t *run, const tokex_parties_t *parties,
                                     const tokex_grant_t *grant);

#endif
