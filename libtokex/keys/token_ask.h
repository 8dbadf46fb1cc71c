/* Asking an issuer about a token: introspection (RFC 7662) and UserInfo (OpenID Connect Core 1.0
 * section 5.3). What is sent, and what of the answer may be believed. */
#ifndef TOKEX_KEYS_TOKEN_ASK_H
#define TOKEX_KEYS_TOKEN_ASK_H

#include "adapter/fetch_curl.h"
#include "base/json.h"
#include "config/config.h"
#include "keys/signing_keys.h"

/* Time until connected, and for one answer; an exchange may need two of them. */
#define TOKEX_TOKEN_ASK_CONNECT_MS 1500
#define TOKEX_TOKEN_ASK_MS 2400

/* Seconds that a refusal is remembered at most. */
#define TOKEX_TOKEN_ASK_NO_LIFE 10

typedef enum tokex_token_ask_kind_t {
    TOKEX_ASK_INTROSPECTION,
    TOKEX_ASK_USERINFO
} tokex_token_ask_kind_t;

/* One question. `issuer` has the URL of that kind. */
typedef struct tokex_token_ask_t {
    tokex_token_ask_kind_t kind;
    const tokex_issuer_t *issuer;
    const char *token; /* b64token (RFC 6750 section 2.1) */
} tokex_token_ask_t;

/* The URL that is asked. */
const char *tokex_token_ask_url(const tokex_token_ask_t *ask);

/* Seals introspection_secret of `issuer`, bound to its id, and opens introspection_sealed again;
 * the latter is wiped when `pool` goes. Errors as of crypt/seal.h. */
const tokex_err_t *tokex_token_ask_seal(const char **out, const tokex_issuer_t *issuer,
                                        const tokex_sealer_t *sealer, apr_pool_t *pool);
const tokex_err_t *tokex_token_ask_open(const char **out, const tokex_issuer_t *issuer,
                                        const tokex_sealer_t *sealer, apr_pool_t *pool);

/*
 * Fills in what is to be fetched. The token stands in the body of a POST beside
 * token_type_hint=access_token (RFC 7662 section 2.1), our secret in the header, or in the body
 * with introspection_auth post; for UserInfo the token stands in the header (RFC 6750 section 2.1).
 * All of it is wiped when `pool` goes. TOKEX_E_ISSUER_UNAVAILABLE: the secret does not open.
 */
const tokex_err_t *tokex_token_ask_prepare(tokex_fetch_t *out, const tokex_token_ask_t *ask,
                                           const tokex_sealer_t *sealer, apr_pool_t *pool);

/*
 * What came: a JSON object declared as application/json, and nothing else; a signed answer (RFC
 * 9701) too is refused, as nobody here verifies it. TOKEX_E_TOKEN_INACTIVE: UserInfo does not take
 * the token (status 400, 401 or 403); TOKEX_E_ISSUER_UNAVAILABLE for everything else.
 */
const tokex_err_t *tokex_token_ask_judge(const tokex_json_t **out, const tokex_fetch_t *answer,
                                         const tokex_token_ask_t *ask, apr_pool_t *pool);

/* The second from which on the answer `claims` (NULL: TOKEX_E_TOKEN_INACTIVE), which came `now`, is
 * not to be used any more: opaque_cache later, but for a good token its exp, for another one
 * TOKEX_TOKEN_ASK_NO_LIFE (RFC 7662 section 4). */
int64_t tokex_token_ask_until(const tokex_json_t *claims, const tokex_token_ask_t *ask,
                              int64_t now);

#endif
