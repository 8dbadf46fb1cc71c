/* What may be granted: target, rule, scopes, lifetime. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_AUTHORIZE_H
#define TOKEX_EXCHANGE_AUTHORIZE_H

#include "exchange/scopes.h"
#include "exchange/subject.h"

typedef struct tokex_grant_t {
    tokex_scopes_t scopes;
    int64_t lifetime; /* seconds, at least 1 */
} tokex_grant_t;

/*
 * Finds the target that `audience` and `resource` name (all of them the same one; none of them: the
 * default target of the first rule that has one), the first rule of the client that names issuer
 * and target, the scopes and the lifetime: the least of the rule's, the target's and what the
 * subject token still has, the leeway counted only for a token that lives by it. Sets `target`,
 * `rule` and `scope_granted` of the outcome. TOKEX_E_TARGET_*, TOKEX_E_SCOPE_*, TOKEX_E_LIFETIME.
 */
const tokex_err_t *tokex_authorize(tokex_grant_t *out, tokex_run_t *run,
                                   const tokex_subject_t *subject);

#endif
