/* The key that verifies a token of an issuer. */
#ifndef TOKEX_KEYS_ISSUER_KEYS_H
#define TOKEX_KEYS_ISSUER_KEYS_H

#include "exchange/host.h"

/*
 * Fits the member `key` of tokex_host_t: finds a key among the ones that the issuer's configuration
 * holds. `ctx` is not used. TOKEX_E_KEY_UNKNOWN, TOKEX_E_KEY_AMBIGUOUS.
 */
const tokex_err_t *tokex_issuer_keys_find(const tokex_key_t **out, void *ctx,
                                          const tokex_policy_issuer_t *issuer, const char *kid,
                                          tokex_alg_t alg, apr_pool_t *pool);

#endif
