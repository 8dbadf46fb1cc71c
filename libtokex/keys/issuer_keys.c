#include "keys/issuer_keys.h"

const tokex_err_t *tokex_issuer_keys_find(const tokex_key_t **out, void *ctx,
                                          const tokex_policy_issuer_t *issuer, const char *kid,
                                          tokex_alg_t alg, apr_pool_t *pool)
{
    const tokex_err_t *err = tokex_jwk_find(out, issuer->keys, kid, alg, pool);
    (void)ctx;
    if (err)
        return tokex_err_create(pool, err->code, err, "issuer \"%s\"", issuer->config->id);
    return NULL;
}
