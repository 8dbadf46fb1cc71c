/*
 * The key that verifies a token of an issuer: among the keys that its configuration holds and those
 * that were fetched. One of these stands beside each policy that is served.
 */
#ifndef TOKEX_KEYS_ISSUER_KEYS_H
#define TOKEX_KEYS_ISSUER_KEYS_H

#include "exchange/host.h"
#include "keys/fetched_keys.h"

/* Asks an issuer for its keys now. What an entrance does in its own way; tests replace it. */
typedef struct tokex_renewer_t {
    void *ctx;
    /*
     * Asks the sources of `issuer` that have not been asked within the last TOKEX_KEYS_COOLDOWN
     * seconds, by any process of this host, and puts what came into the fetched keys. Waits no
     * longer than one fetch may take. `*changed`: something new is there. TOKEX_E_KEYS_UNAVAILABLE
     * when it could not be asked or waited for.
     */
    const tokex_err_t *(*renew)(bool *changed, void *ctx, const tokex_policy_issuer_t *issuer,
                                apr_pool_t *pool);
} tokex_renewer_t;

/* Seconds that must lie between two questions to one source that tokens cause. */
#define TOKEX_KEYS_COOLDOWN 30

typedef struct tokex_issuer_keys_t tokex_issuer_keys_t;

/*
 * For the issuers of `policy`, whose configured keys are parsed when they are first needed.
 * `fetched` (NULL: none, static keys only) and `renewer` (NULL: nobody to ask) live at least as
 * long. `pool` is the policy's; its allocator may be used by several threads.
 */
const tokex_err_t *tokex_issuer_keys_create(const tokex_issuer_keys_t **out,
                                            const tokex_policy_t *policy,
                                            tokex_fetched_keys_t *fetched,
                                            const tokex_renewer_t *renewer,
                                            const tokex_crypt_t *crypt, apr_pool_t *pool);

/*
 * Fits the member `key` of tokex_host_t; `ctx` is a tokex_issuer_keys_t. Configured and fetched
 * keys count alike. Fetched ones count until keys_stale seconds after they came.
 * TOKEX_E_KEY_UNKNOWN, TOKEX_E_KEY_AMBIGUOUS; TOKEX_E_KEYS_UNAVAILABLE when there is no fitting key
 * and a source of the issuer never gave any, gave them too long ago, or failed when it was last
 * asked: then nobody can tell whether the token is good.
 */
const tokex_err_t *tokex_issuer_keys_find(const tokex_key_t **out, void *ctx,
                                          const tokex_policy_issuer_t *issuer, const char *kid,
                                          tokex_alg_t alg, int64_t now, apr_pool_t *pool);

/* Fits the member `renew` of tokex_host_t. An issuer without sources has nothing to renew. */
const tokex_err_t *tokex_issuer_keys_renew(bool *changed, void *ctx,
                                           const tokex_policy_issuer_t *issuer, apr_pool_t *pool);

#endif
