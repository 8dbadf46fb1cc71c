/*
 * What an exchange needs from outside, as one table of functions. Each entrance fills it in, tests
 * replace it. The engine calls nothing else.
 */
#ifndef TOKEX_EXCHANGE_HOST_H
#define TOKEX_EXCHANGE_HOST_H

#include "policy/policy.h"

/* What an issuer says of one of its tokens. */
typedef struct tokex_said_t {
    const tokex_json_t *claims; /* an object, which lives as long as `pool` below */
    int64_t until; /* seconds: from then on it must be asked again, so that nothing that rests on
                      this is remembered longer */
} tokex_said_t;

/*
 * Asks `issuer` about `token` (RFC 6750 section 2.1: b64token). What it says is not judged, but
 * that it is an object that came as it should. `now`: seconds. TOKEX_E_TOKEN_INACTIVE: UserInfo
 * does not take the token; TOKEX_E_ISSUER_UNAVAILABLE.
 */
typedef const tokex_err_t *tokex_ask_t(tokex_said_t *out, void *ctx,
                                       const tokex_policy_issuer_t *issuer, const char *token,
                                       int64_t now, apr_pool_t *pool);

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
    void *ask_ctx;           /* handed to the next two */
    tokex_ask_t *introspect; /* at introspection_url (RFC 7662); NULL: nobody can be asked */
    tokex_ask_t *userinfo;   /* at userinfo_url (OpenID Connect Core 1.0 section 5.3); the same */
} tokex_host_t;

#endif
