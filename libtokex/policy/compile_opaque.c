/* Opaque tokens: who is asked about them, whose a client brings, and who gets ours. */
#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

bool tokex_policy_takes_opaque(const tokex_issuer_t *issuer)
{
    return issuer->introspection_url || issuer->userinfo_url;
}

bool tokex_compile_is_opaque(const char *token_format)
{
    return token_format && strcmp(token_format, "opaque") == 0;
}

/* No introspection answers to everybody (RFC 7662 section 2.1). */
static void check_credentials(tokex_compile_t *c, const tokex_issuer_t *config)
{
    tokex_place_t at = {.object = "issuer", .id = config->id, .field = "introspection_client_id"};
    if (!config->introspection_url) {
        if (config->introspection_client_id)
            tokex_faults_warning(c->faults, &at, "Add introspection_url, or take it out.",
                                 "without introspection_url nobody is asked as this client");
        return;
    }
    if (!config->introspection_client_id)
        tokex_faults_error(c->faults, &at, "Register a client at the issuer and write its id.",
                           "introspection_url is asked in the name of a client, and none is named");
    at.field = "introspection_secret";
    if (!config->introspection_sealed && !config->introspection_secret)
        tokex_faults_error(c->faults, &at, "Write the secret of that client.",
                           "introspection_url is asked with a secret, and there is none");
}

static void check_mapping(tokex_compile_t *c, const tokex_policy_issuer_t *issuer)
{
    const tokex_issuer_t *config = issuer->config;
    tokex_place_t at = {
        .object = "issuer", .id = config->id, .field = "mapping", .value = config->mapping};
    if (!issuer->mapping)
        return;
    if (issuer->mapping->reads_userinfo && !config->userinfo_url)
        tokex_faults_error(c->faults, &at, "Add userinfo_url, or choose another mapping.",
                           "a row of it has the source userinfo, and the issuer has no "
                           "userinfo_url");
    if (issuer->mapping->reads_introspection && !config->introspection_url)
        tokex_faults_warning(c->faults, &at, "Add introspection_url, or choose another mapping.",
                             "a row of it has the source introspection, and the issuer has no "
                             "introspection_url, so the row never finds anything");
}

void tokex_compile_opaque(tokex_compile_t *c, const tokex_policy_issuer_t *issuer)
{
    /* Who can change what is answered there can be anybody, as with the issuer's keys. */
    static const tokex_url_words_t words = {
        "Write an https URL such as https://issuer.example/introspect; http is accepted for "
        "127.0.0.1, [::1] and localhost only.",
        "no token is sent to such a URL", "tokens are sent there without TLS"};
    const tokex_issuer_t *config = issuer->config;
    tokex_compile_issuer_url(c, config, "introspection_url", config->introspection_url, &words);
    tokex_compile_issuer_url(c, config, "userinfo_url", config->userinfo_url, &words);
    check_credentials(c, issuer->config);
    check_mapping(c, issuer);
}

void tokex_compile_opaque_client(tokex_compile_t *c, tokex_policy_client_t *client)
{
    const tokex_client_t *config = client->config;
    tokex_place_t at = {.object = "client", .id = config->id, .field = "opaque_issuer"};
    if (!config->opaque_issuer)
        return;
    client->opaque_issuer =
        apr_hash_get(c->policy->issuer_ids, config->opaque_issuer, APR_HASH_KEY_STRING);
    if (!client->opaque_issuer) {
        tokex_compile_no_such(c, &at, config->opaque_issuer, "issuer");
        return;
    }
    at.value = config->opaque_issuer;
    if (!tokex_policy_takes_opaque(client->opaque_issuer->config))
        tokex_faults_error(c->faults, &at, "Give the issuer introspection_url or userinfo_url.",
                           "this issuer can be asked about no opaque token");
}
