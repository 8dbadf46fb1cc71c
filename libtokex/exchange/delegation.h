/* Who acts for whom (RFC 8693 section 1.1), and may he? Private to exchange/. */
#ifndef TOKEX_EXCHANGE_DELEGATION_H
#define TOKEX_EXCHANGE_DELEGATION_H

#include "exchange/party.h"

/*
 * Decides between impersonation and delegation by the rule of `run`'s outcome and gives the chain
 * of actors of the issued token: for a delegation the actor (of the actor token, else the client
 * where the rule says so), then whatever chain the subject token has, which impersonation keeps
 * too. Only the current actor and the rule decide; prior actors are told and never asked.
 *
 * A may_act of the subject token always restricts: the actor, or without one the client, must be
 * the party that it names. It authorises an actor that is none of the rule's actors only where the
 * issuer's accept_may_act says so. A name without iss is one of the subject token's issuer, or of a
 * client of ours.
 *
 * TOKEX_E_IMPERSONATION_RULE, TOKEX_E_DELEGATION_RULE, TOKEX_E_ACTOR_RULE, TOKEX_E_MAY_ACT,
 * TOKEX_E_ACT_DEPTH. Sets `decided`, `delegation`, `actor` and `actors` of the outcome.
 */
const tokex_err_t *tokex_delegation_decide(tokex_act_t *out, tokex_run_t *run,
                                           const tokex_parties_t *parties);

#endif
