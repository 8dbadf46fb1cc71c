/*
 * What an exchange needs from outside, as one table of functions. Each entrance fills it in, tests
 * replace it. The engine calls nothing else.
 */
#ifndef TOKEX_EXCHANGE_HOST_H
#define TOKEX_EXCHANGE_HOST_H

#include "base/limits.h"
#include "base/refresh.h"
#include "base/revocation.h"
#include "base/spent.h"
#include "config/account.h"
#include "policy/policy.h"

/* What a token may have been taken back by: one thing that it is or that it comes from. */
typedef struct tokex_mark_t {
    tokex_revocation_kind_t kind;
    const char *issuer; /* as in tokex_revocation_t; NULL: "", or `value` is an entry of a lineage,
                           which names the issuer by itself */
    const char *value;
} tokex_mark_t;

/* Of our own token: itself, its lineage, its client, its subject, two issuers, its actors. */
#define TOKEX_MARKS_MAX (5 + TOKEX_LIMIT_LINEAGE + 2 * TOKEX_LIMIT_ACTOR_DEPTH)

typedef struct tokex_marks_t {
    tokex_mark_t items[TOKEX_MARKS_MAX];
    int count;
    int64_t issued; /* iat, seconds, rounded down; before everything when there is none */
} tokex_marks_t;
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

/* The last word on what a refresh token is to be kept of: whoever takes something back once it is
 * there sees how long that lives (store/revocation_store.h), but not before. */
typedef struct tokex_refresh_gate_t {
    bool (*is_good)(void *ctx);
    void *ctx;
} tokex_refresh_gate_t;

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
    /* Is anything taken back at all? NULL: nothing ever is. This and the next one are handed
     * `revocations`, not `ctx`, and wait for nobody. */
    bool (*revokes)(void *revocations);
    /* Is a token with these marks taken back? `*number`: by which revocation. */
    bool (*revoked)(int64_t *number, void *revocations, const tokex_marks_t *marks);
    void *revocations;
    /*
     * Refresh tokens; NULL, all of them: there are none here. Each is handed `refreshes`.
     * TOKEX_E_REFRESH_STORE when state.db cannot be used.
     */
    /* The row with that id, in `pool`; *out NULL: there is none. */
    const tokex_err_t *(*refresh_find)(const tokex_refresh_t **out, void *refreshes, const char *id,
                                       apr_pool_t *pool);
    /* Keeps `row`, on the disk when it returns: in the place of the one of its id whose hash is
     * `replaced` (TOKEX_E_REFRESH_REUSED when that is not there any more), or as a new one (NULL).
     * `gate` is asked at a moment from which on nobody takes anything back before the row is there,
     * and at which `revoked` above knows all that was; TOKEX_E_TOKEN_REVOKED when it says no. */
    const tokex_err_t *(*refresh_keep)(void *refreshes, const tokex_refresh_t *row,
                                       const char *replaced, const tokex_refresh_gate_t *gate,
                                       apr_pool_t *pool);
    /* Ends it, and takes back all that came of it. `now`: seconds. */
    const tokex_err_t *(*refresh_end)(void *refreshes, const tokex_refresh_t *row, int64_t now,
                                      apr_pool_t *pool);
    void *refreshes;
    /* Spends a token that counts once, on the disk when it says so, for every process of every
     * server that shares what this one knows. NULL: nobody knows, and none is accepted. `now`:
     * seconds. TOKEX_E_SPENT_STORE when state.db cannot be used. */
    const tokex_err_t *(*spend)(tokex_spending_t *out, void *spent, const tokex_spent_t *token,
                                int64_t now, apr_pool_t *pool);
    void *spent;
    void *ask_ctx;           /* handed to the next two */
    tokex_ask_t *introspect; /* at introspection_url (RFC 7662); NULL: nobody can be asked */
    tokex_ask_t *userinfo;   /* at userinfo_url (OpenID Connect Core 1.0 section 5.3); the same */

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
