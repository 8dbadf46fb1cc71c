#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

#include "config/syntax.h"

/* What an issuer's URL must be, a key's must be too: who can change what comes from there can sign
 * in the issuer's name. Only a query is allowed, which some publish their keys with. */
static void judge_as_issuer(tokex_faults_t *found, const tokex_place_t *at, const char *url,
                            apr_pool_t *pool)
{
    tokex_issuer_url_check(found, at, apr_pstrmemdup(pool, url, strcspn(url, "?")));
}

void tokex_compile_issuer_url(tokex_compile_t *c, const tokex_issuer_t *config, const char *field,
                              const char *url, const tokex_url_words_t *words)
{
    tokex_place_t at = {.object = "issuer", .id = config->id, .field = field, .value = url};
    tokex_faults_t *found = tokex_config_faults_create(c->scratch);
    if (!url)
        return;
    judge_as_issuer(found, &at, url, c->scratch);
    if (found->error_count)
        tokex_faults_error(c->faults, &at, words->remedy, "%s", words->refused);
    else if (found->count)
        tokex_faults_warning(c->faults, &at, "Use https wherever real tokens are exchanged.", "%s",
                             words->warned);
}

/* Each place is asked and kept under its URL. */
static void check_twice(tokex_compile_t *c, const tokex_issuer_t *config)
{
    tokex_place_t at = {.object = "issuer",
                        .id = config->id,
                        .field = "metadata_url",
                        .value = config->metadata_url};
    for (int i = 0; config->metadata_url && i < config->jwks_urls.count; i++)
        if (config->jwks_urls.items[i] &&
            strcmp(config->jwks_urls.items[i], config->metadata_url) == 0)
            tokex_faults_error(c->faults, &at,
                               "Keep it where it belongs: a JWK Set has a member `keys`, metadata "
                               "has `jwks_uri`.",
                               "the URL stands in jwks_urls too");
}

static void warn_of_gap(tokex_compile_t *c, const tokex_issuer_t *config)
{
    tokex_place_t at = {.object = "issuer", .id = config->id, .field = "keys_stale"};
    at.value = apr_psprintf(c->scratch, "%" APR_INT64_T_FMT, (apr_int64_t)config->keys_stale);
    if (config->keys_stale < config->keys_refresh)
        tokex_faults_warning(c->faults, &at, "Make keys_stale at least as large as keys_refresh.",
                             "fetched keys are not used any more before newer ones are asked for, "
                             "after %" APR_INT64_T_FMT " seconds",
                             (apr_int64_t)config->keys_refresh);
}

bool tokex_policy_has_key_sources(const tokex_issuer_t *issuer)
{
    return issuer->metadata_url || issuer->jwks_urls.count;
}

const char *tokex_policy_key_url_problem(const char *url, apr_pool_t *pool)
{
    const tokex_place_t at = {.object = "issuer"};
    tokex_faults_t *found = tokex_config_faults_create(pool);
    const char *remedy;
    const char *problem = tokex_syntax_problem(&remedy, TOKEX_FIELD_URI, url, NULL, pool);
    if (problem)
        return problem;
    judge_as_issuer(found, &at, url, pool);
    return found->error_count
               ? "it is neither an https URL nor an http one of 127.0.0.1, [::1] or localhost"
               : NULL;
}

void tokex_compile_issuer_sources(tokex_compile_t *c, const tokex_issuer_t *config)
{
    static const tokex_url_words_t words = {
        "Write an https URL such as https://issuer.example/jwks; http is accepted for 127.0.0.1, "
        "[::1] and localhost only.",
        "keys are not fetched from such a URL", "keys are fetched from there without TLS"};
    for (int i = 0; i < config->jwks_urls.count; i++)
        tokex_compile_issuer_url(c, config, "jwks_urls", config->jwks_urls.items[i], &words);
    tokex_compile_issuer_url(c, config, "metadata_url", config->metadata_url, &words);
    check_twice(c, config);
    if (tokex_policy_has_key_sources(config))
        warn_of_gap(c, config);
}
