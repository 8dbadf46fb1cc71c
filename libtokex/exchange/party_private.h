/* What the files of party*.c share. Private to them. */
#ifndef TOKEX_EXCHANGE_PARTY_PRIVATE_H
#define TOKEX_EXCHANGE_PARTY_PRIVATE_H

#include "exchange/party.h"

/* The token of the party as it was presented. */
tokex_token_text_t tokex_party_token(const tokex_run_t *run, const tokex_party_t *party);

/* Chooses `issuer` for the party, as far as it may be used here: switched on, trusted by the
 * location, named by a rule of the client. `subject` NULL: the party is the subject. */
const tokex_err_t *tokex_party_take_issuer(tokex_party_t *party, tokex_run_t *run,
                                           const tokex_policy_issuer_t *issuer,
                                           const tokex_party_t *subject);

/* Is the token, as what it was declared, one of token_types of its issuer? */
const tokex_err_t *tokex_party_check_type(tokex_run_t *run, const tokex_party_t *party);

/* What a token with a verified signature says: audience, times, subject, actors, conditions,
 * whether it was taken back. Sets
 * the rest of `party`. */
const tokex_err_t *tokex_party_check_claims(tokex_party_t *party, tokex_run_t *run);

/* Notes in the trace that `step` (of the subject token; turned into that of the party) refused or
 * passed, with `field` of the party's issuer, as far as it is known, as the setting that decides.
 */
const tokex_err_t *tokex_party_refuse(tokex_run_t *run, const tokex_party_t *party,
                                      tokex_step_t step, const tokex_err_t *err, const char *field);
void tokex_party_pass(tokex_run_t *run, const tokex_party_t *party, tokex_step_t step,
                      const char *field, const char *found);

/* What a client is told of `err` (may be NULL): of an actor TOKEX_E_ACTOR_TOKEN with it as its
 * cause, but for faults of ours and TOKEX_E_ACTOR_DELEGATED. */
const tokex_err_t *tokex_party_blame(const tokex_party_t *party, const tokex_err_t *err,
                                     apr_pool_t *pool);

/* Subject, conditions and what was taken back alone, whose claims are believed already. */
const tokex_err_t *tokex_party_check_subject(tokex_party_t *party, tokex_run_t *run);

#endif
