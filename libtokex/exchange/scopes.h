/* Which scopes an issued token gets. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_SCOPES_H
#define TOKEX_EXCHANGE_SCOPES_H

#include "exchange/run.h"

/* Scopes, in the target's order; the names are the policy's. */
typedef struct tokex_scopes_t {
    const char *const *items;
    int count;
    const char *text; /* joined by blanks, "" when there are none */
} tokex_scopes_t;

/*
 * Scope mode narrow: what was asked for ∩ the subject token's ∩ the client's ∩ the target's, or,
 * with nothing asked for, the last three. The subject token's scopes are those of the issuer's
 * `scope_claim`, else of `scope`, else of `scp`; each may be a text or a list of texts. A token
 * that has no such claim has the rule's scopes_when_absent, one whose claim is malformed has none.
 * Needs client, issuer, rule and target of `run`'s outcome. TOKEX_E_SCOPE_CLIENT,
 * TOKEX_E_SCOPE_EMPTY.
 */
const tokex_err_t *tokex_scopes_narrow(tokex_scopes_t *out, tokex_run_t *run,
                                       const tokex_json_t *claims);

#endif
