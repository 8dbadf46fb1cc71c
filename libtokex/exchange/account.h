/* The local account of a subject. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_ACCOUNT_H
#define TOKEX_EXCHANGE_ACCOUNT_H

#include "exchange/party.h"

/*
 * Finds the account that the subject is, by its link, or as a token of ours names it; else, where
 * the issuer has implicit_linking and the client local_attributes, by the issuer's lookup
 * attributes in their order (tokex_account_keys_read()). Sets `account` and `local` of the outcome,
 * and `linked_by` of the run where a link is to be made.
 *
 * No account is no refusal, unless the client has mandate_account: TOKEX_E_ACCOUNT_NONE,
 * TOKEX_E_ACCOUNT_UNVERIFIED (what would find one was not verified), TOKEX_E_ACCOUNT_PRIVILEGED.
 * Always: TOKEX_E_ACCOUNT_AMBIGUOUS, TOKEX_E_ACCOUNT_DISABLED, TOKEX_E_ACCOUNT_LOCKED,
 * TOKEX_E_ACCOUNT_GONE (also where the subject is linked to one that is not there); of an actor
 * whose account is one of the last three TOKEX_E_ACTOR_TOKEN with that as its cause;
 * TOKEX_E_ACCOUNT_UNAVAILABLE.
 */
const tokex_err_t *tokex_account_find(tokex_run_t *run, const tokex_parties_t *parties);

/* May somebody still come in as the account that a token of ours with these `claims` names, or that
 * its subject is linked to? One without is good. TOKEX_E_ACCOUNT_UNAVAILABLE. */
const tokex_err_t *tokex_account_is_good(bool *good, tokex_run_t *run, const tokex_json_t *claims);

/* Takes the account `id`, as which somebody has signed in here, into the outcome.
 * TOKEX_E_ACCOUNT_GONE, TOKEX_E_ACCOUNT_DISABLED, TOKEX_E_ACCOUNT_LOCKED,
 * TOKEX_E_ACCOUNT_UNAVAILABLE. */
const tokex_err_t *tokex_account_take(tokex_run_t *run, const char *id);

/* Makes the link that `linked_by` of the run asks for; a trial makes none. To be called when
 * nothing else can refuse any more. TOKEX_E_ACCOUNT_CHANGED, TOKEX_E_ACCOUNT_UNAVAILABLE. */
const tokex_err_t *tokex_account_link(tokex_run_t *run, const tokex_parties_t *parties);

#endif
