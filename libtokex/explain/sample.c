#include "explain/sample.h"

#include "explain/try_private.h"

/* Nobody's issuer, which has the mapping; an exchange begins with one. */
#define ISSUER "https://sample.invalid"

static tokex_config_t world_of(const tokex_config_t *config, const tokex_issuer_t *issuer)
{
    return (tokex_config_t){.mappings = config->mappings,
                            .mapping_count = config->mapping_count,
                            .issuers = issuer,
                            .issuer_count = 1};
}

const tokex_err_t *tokex_sample_rows(const tokex_try_row_t **out, int *count,
                                     const tokex_config_t *config, const char *id,
                                     const tokex_json_t *claims, int64_t now,
                                     const tokex_crypt_t *crypt, tokex_faults_t *faults,
                                     apr_pool_t *pool)
{
    static const char *const urls[] = {ISSUER}, *const types[] = {"jwt"}, *const algs[] = {"ES256"};
    const tokex_issuer_t issuer = {.id = "sample",
                                   .name = "sample",
                                   .issuer = ISSUER,
                                   .enabled = true,
                                   .typ = "any",
                                   .mapping = id,
                                   .token_types = {types, 1},
                                   .algorithms = {algs, 1},
                                   .jwks_urls = {urls, 1},
                                   .introspection_auth = "basic",
                                   .opaque_lifetime = 1,
                                   .assertion_max_age = 1,
                                   .keys_refresh = 3600,
                                   .keys_stale = 3600};
    const tokex_config_t world = world_of(config, &issuer);
    const tokex_client_t nobody = {.id = "sample"};
    const tokex_policy_client_t client = {.config = &nobody};
    const tokex_request_t request = {.form = NULL};
    tokex_parties_t *parties = apr_pcalloc(pool, sizeof(*parties));
    tokex_outcome_t *outcome = apr_pcalloc(pool, sizeof(*outcome));
    tokex_run_t run = {.request = &request, .now = now, .outcome = outcome, .pool = pool};
    const tokex_policy_t *policy;

    TOKEX_RETURN_ERR(tokex_policy_compile(&policy, &world, NULL, now, crypt, faults, pool, pool));
    outcome->issuer = tokex_policy_issuer(policy, ISSUER);
    outcome->client = &client;
    parties->subject.claims = claims;
    *count = tokex_try_rows(out, &run, parties);
    return NULL;
}
