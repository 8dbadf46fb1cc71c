/* Conditions that do not hold, for the operator. For exchange/ and explain/. */
#ifndef TOKEX_EXCHANGE_EXPLAIN_H
#define TOKEX_EXCHANGE_EXPLAIN_H

#include "policy/policy.h"

/* `claim "groups" is ["a"], the condition is: any_of "b", "c"`, every value in shown form. */
const char *tokex_explain_condition(const tokex_policy_condition_t *condition,
                                    const tokex_json_t *claims, apr_pool_t *pool);

/* "a text", "a list", ...; "nothing" for NULL. A literal. */
const char *tokex_explain_kind(const tokex_json_t *node);

#endif
