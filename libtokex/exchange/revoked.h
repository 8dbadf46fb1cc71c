/* Has a token that was presented been taken back? Private to exchange/. */
#ifndef TOKEX_EXCHANGE_REVOKED_H
#define TOKEX_EXCHANGE_REVOKED_H

#include "exchange/party.h"

/* Asks the host about the party's token, all of whose claims were judged: TOKEX_E_TOKEN_REVOKED
 * when it, something that it comes from, or all of its subject, client or issuer was taken back,
 * or what comes of it would be; TOKEX_E_LINEAGE when a token of ours does not say well what it
 * comes from. */
const tokex_err_t *tokex_revoked_check(tokex_run_t *run, const tokex_party_t *party);

/* The same once more, of a party that passed: nothing is noted when it still does. What clients are
 * told is as of tokex_party_blame(). */
const tokex_err_t *tokex_revoked_again(tokex_run_t *run, const tokex_party_t *party);

#endif
