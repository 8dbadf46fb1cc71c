/* Tokens of ours that a protected location takes as they are (RFC 9068). Private to exchange/. */
#ifndef TOKEX_EXCHANGE_ACCEPT_H
#define TOKEX_EXCHANGE_ACCEPT_H

#include "exchange/party.h"

/*
 * Judges `party`, a token of ours whose signature, times, subject and origin were found good, as an
 * access token for the location of the request (RFC 9068 sections 2.2 and 4): `aud` names every
 * target that the location asks for, and those are enabled (TOKEX_E_TARGET_*, TOKEX_E_AUD_WRONG),
 * client_id, jti and iat are there (TOKEX_E_OWN_CLAIMS), a machine's only where the location takes
 * those (TOKEX_E_MACHINE_TOKEN), and of the scopes those that the location asks for, where it asks
 * (tokex_scopes_accept()). Then the outcome is granted without a token of its own.
 */
const tokex_err_t *tokex_accept(tokex_run_t *run, const tokex_party_t *party);

#endif
