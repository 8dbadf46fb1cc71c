/* Tokens that count once: assertions (RFC 7523 section 3, item 7), and subject tokens of an issuer
 * with `one_time`. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_ONCE_H
#define TOKEX_EXCHANGE_ONCE_H

#include "exchange/party.h"

/* Does it count once, in this run? Not an actor token; nor one that a refresh token stands for. */
bool tokex_once_wanted(const tokex_run_t *run, const tokex_party_t *party);

/* Can it be told from every other one of its issuer? TOKEX_E_JTI_MISSING. */
const tokex_err_t *tokex_once_check(tokex_run_t *run, const tokex_party_t *party);

/*
 * Spends it, once nothing else speaks against the exchange and its token is made: of any number of
 * requests that bring it one comes past here. It stays spent until no setting could let it be valid
 * any more. A trial's host only looks. Nothing may be remembered of what came of it.
 * TOKEX_E_ASSERTION_SPENT, TOKEX_E_TOKEN_SPENT, TOKEX_E_SPENT_FULL, TOKEX_E_SPENT_STORE; after
 * these the outcome has no token.
 */
const tokex_err_t *tokex_once_spend(tokex_run_t *run, const tokex_party_t *party);

#endif
