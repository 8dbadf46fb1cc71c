/* What may be granted: targets, rule, actors, scopes, lifetime. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_AUTHORIZE_H
#define TOKEX_EXCHANGE_AUTHORIZE_H

#include "exchange/delegation.h"
#include "exchange/scopes.h"

typedef struct tokex_grant_t {
    tokex_scopes_t scopes;
    tokex_act_t act;  /* of the issued token */
    bool machine;     /* the subject is a machine */
    int64_t lifetime; /* seconds, at least 1 */
} tokex_grant_t;

/*
 * Finds the targets that `audience` and `resource` name (none of them: the default target of the
 * first rule that has one), the first rule of the client that names issuer and targets and whose
 * conditions hold, whether that rule takes machine tokens, who acts (tokex_delegation_decide()),
 * the scopes (tokex_scopes_decide()) and the lifetime: the least of the rule's, the targets' and
 * what subject and actor token still have, the leeway counted only for a token that lives by it.
 * Sets `targets`, `rule`, `scope_granted` and what the two named set of the outcome.
 * TOKEX_E_TARGET_*, TOKEX_E_RULE_CONDITION, TOKEX_E_MACHINE_TOKEN, TOKEX_E_LIFETIME.
 */
const tokex_err_t *tokex_authorize(tokex_grant_t *out, tokex_run_t *run,
                                   const tokex_parties_t *parties);

/* Only the targets that the request names, each once, into `targets` of the outcome.
 * TOKEX_E_TARGET_UNKNOWN, TOKEX_E_TARGET_DISABLED. */
const tokex_err_t *tokex_authorize_find_targets(tokex_run_t *run);

/* The claim of the mark that makes a machine's token of the subject's, borrowed; NULL: a user's.
 * Tokens of ours say so themselves. */
const char *tokex_authorize_machine_mark(const tokex_party_t *subject);

#endif
