/* Where a token of ours comes from. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_ORIGIN_H
#define TOKEX_EXCHANGE_ORIGIN_H

#include "exchange/party.h"

/*
 * Are the client that a token of ours was issued to, where it names one, and the issuer that its
 * user came from still enabled? So that switching one of them off stops what was issued before,
 * too. Needs `claims` and `idp` of `party`; a token of somebody else passes. TOKEX_E_OWN_CLIENT,
 * TOKEX_E_OWN_ISSUER.
 */
const tokex_err_t *tokex_origin_check(tokex_run_t *run, const tokex_party_t *party);

#endif
