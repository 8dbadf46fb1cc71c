/* Client authentication by secret (RFC 6749 section 2.3.1). */
#ifndef TOKEX_EXCHANGE_CLIENT_AUTH_H
#define TOKEX_EXCHANGE_CLIENT_AUTH_H

#include "exchange/request.h"
#include "policy/policy.h"

/* The two operations whose number must not tell an unknown client from a wrong secret; tests count
 * them by replacing these. */
typedef struct tokex_client_auth_ops_t {
    const tokex_err_t *(*sha256)(const tokex_crypt_t *crypt, unsigned char out[TOKEX_SHA256_LEN],
                                 const void *in, apr_size_t len, apr_pool_t *pool);
    bool (*equal)(const void *a, const void *b, apr_size_t len);
} tokex_client_auth_ops_t;

/* Who it is. */
typedef struct tokex_client_found_t {
    const tokex_policy_client_t *client;
    const char *secret; /* id of the one of its secrets that was presented */
} tokex_client_found_t;

/*
 * Which client is it, and by which of its secrets? One digest and one compare for each way that the
 * credentials can be read (form decoded, raw), known client or not, one secret or two.
 * TOKEX_E_CLIENT_AUTH_MISSING, TOKEX_E_CLIENT_UNKNOWN, TOKEX_E_CLIENT_SECRET,
 * TOKEX_E_CLIENT_SECRET_EXPIRED, TOKEX_E_CLIENT_PUBLIC (known, no secret; after the same work),
 * TOKEX_E_CLIENT_DISABLED (only said after the secret was right). `now` in seconds. `ops` NULL: the
 * real ones.
 */
const tokex_err_t *tokex_client_auth_check(tokex_client_found_t *out, const tokex_policy_t *policy,
                                           const tokex_credentials_t *credentials, int64_t now,
                                           const tokex_crypt_t *crypt,
                                           const tokex_client_auth_ops_t *ops, apr_pool_t *pool);

/*
 * The client that `credentials` name, without a secret: only for a trial (tokex_trial_t).
 * TOKEX_E_CLIENT_AUTH_MISSING, TOKEX_E_CLIENT_UNKNOWN, TOKEX_E_CLIENT_PUBLIC,
 * TOKEX_E_CLIENT_DISABLED.
 */
const tokex_err_t *tokex_client_auth_assume(const tokex_policy_client_t **out,
                                            const tokex_policy_t *policy,
                                            const tokex_credentials_t *credentials,
                                            apr_pool_t *pool);

#endif
