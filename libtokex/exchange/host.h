/*
 * What an exchange needs from outside, as one table of functions. Each entrance fills it in, tests
 * replace it. The engine calls nothing else.
 */
#ifndef TOKEX_EXCHANGE_HOST_H
#define TOKEX_EXCHANGE_HOST_H

#include "config/account.h"
#include "policy/policy.h"

typedef struct tokex_host_t {
    void *ctx; /* handed to every function */
    /* The key of `issuer` for a token with that kid (NULL: none) and algorithm. It lives at least
     * as long as `pool`. `now`: seconds. TOKEX_E_KEY_UNKNOWN, TOKEX_E_KEY_AMBIGUOUS,
     * TOKEX_E_KEYS_UNAVAILABLE. */
    const tokex_err_t *(*key)(const tokex_key_t **out, void *ctx,
                              const tokex_policy_issuer_t *issuer, const char *kid, tokex_alg_t alg,
                              int64_t now, apr_pool_t *pool);
    /* Asks `issuer` for its keys where that has not been done just now. `*changed`: `key` may find
     * another one than before. NULL: nobody to ask. TOKEX_E_KEYS_UNAVAILABLE. */
    const tokex_err_t *(*renew)(bool *changed, void *ctx, const tokex_policy_issuer_t *issuer,
                                apr_pool_t *pool);

    void *accounts; /* handed to the two below */
    /* Whose account a subject is. NULL: nobody can be asked, and there are none. A question that is
     * not `needed` may be answered with none where nobody can be asked. TOKEX_E_DB_*. */
    const tokex_err_t *(*account)(tokex_account_answer_t *out, void *accounts,
                                  const tokex_account_question_t *question, apr_pool_t *pool);
    /* Makes a link. `*account`: the id of the account that its subject is linked to now; NULL:
     * none, the account is gone. TOKEX_E_DB_*. */
    const tokex_err_t *(*link)(const char **account, void *accounts,
                               const tokex_account_link_t *link, apr_pool_t *pool);
} tokex_host_t;

#endif
