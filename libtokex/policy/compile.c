#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

#include "config/check.h"
#include "config/nearest.h"

/* The known name is looked for among so many, and so often at most, so that a document of nothing
 * but mistakes is judged as fast as another one. */
#define NEAREST_AMONG 1000
#define NEAREST_FAULTS 20

void tokex_compile_unique_name(tokex_compile_t *c, apr_hash_t *seen, const char *noun,
                               const char *id, const char *name)
{
    tokex_place_t at = {.object = noun, .id = id, .field = "name", .value = name};
    const char *other;
    if (!name)
        return;
    other = apr_hash_get(seen, name, APR_HASH_KEY_STRING);
    if (other)
        tokex_faults_error(c->faults, &at, "Give each a name of its own.",
                           "the %s \"%s\" has this name already", noun, other);
    else
        apr_hash_set(seen, name, APR_HASH_KEY_STRING, id ? id : "");
}

/* Ids of one kind of objects. */
static void offer_all(tokex_nearest_t *search, const tokex_config_t *config, const char *noun)
{
    int i;

    if (strcmp(noun, "scope") == 0)
        for (i = 0; i < config->scope_count && i < NEAREST_AMONG; i++)
            tokex_nearest_offer(search, config->scopes[i].id);
    else if (strcmp(noun, "target") == 0)
        for (i = 0; i < config->target_count && i < NEAREST_AMONG; i++)
            tokex_nearest_offer(search, config->targets[i].id);
    else if (strcmp(noun, "issuer") == 0)
        for (i = 0; i < config->issuer_count && i < NEAREST_AMONG; i++)
            tokex_nearest_offer(search, config->issuers[i].id);
    else if (strcmp(noun, "mapping") == 0)
        for (i = 0; i < config->mapping_count && i < NEAREST_AMONG; i++)
            tokex_nearest_offer(search, config->mappings[i].id);
}

/* What to do about a name that leads nowhere. */
static const char *remedy_of(const tokex_compile_t *c, const char *value, const char *noun)
{
    tokex_nearest_t search = tokex_nearest_begin(value);

    if (c->faults->error_count < NEAREST_FAULTS)
        offer_all(&search, c->config, noun);
    return search.nearest
               ? apr_psprintf(c->scratch,
                              "Did you mean \"%s\"? Otherwise add it to `%ss`, or take "
                              "it out here.",
                              tokex_err_shown(c->scratch, search.nearest, strlen(search.nearest)),
                              noun)
               : apr_psprintf(c->scratch, "Add it to `%ss`, or take it out here.", noun);
}

void tokex_compile_no_such(tokex_compile_t *c, const tokex_place_t *at, const char *value,
                           const char *noun)
{
    tokex_place_t list = {.object = "document", .field = apr_pstrcat(c->scratch, noun, "s", NULL)};
    tokex_place_t found = *at;
    /* It may well stand in a list that could not be read. */
    if (tokex_faults_is_settled(c->faults, &list))
        return;
    found.value = value;
    tokex_faults_error(c->faults, &found, remedy_of(c, value, noun), "there is no such %s", noun);
}

const tokex_err_t *tokex_policy_compile(const tokex_policy_t **out, const tokex_config_t *config,
                                        const tokex_server_t *server, int64_t now,
                                        const tokex_crypt_t *crypt, tokex_faults_t *faults,
                                        apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    tokex_compile_t c = {.config = config,
                         .server = server,
                         .now = now,
                         .crypt = crypt,
                         .faults = faults,
                         .pool = result_pool,
                         .scratch = scratch_pool,
                         .policy = apr_pcalloc(result_pool, sizeof(tokex_policy_t)),
                         .own_keys = apr_array_make(result_pool, 2, sizeof(tokex_key_t *)),
                         .mappings = apr_hash_make(scratch_pool),
                         .procedures = apr_hash_make(scratch_pool),
                         .targets = apr_hash_make(scratch_pool)};
    c.policy->issuer_ids = apr_hash_make(result_pool);
    tokex_check_config(config, faults, scratch_pool);
    tokex_compile_signing_keys(&c);
    tokex_compile_signing(&c);
    tokex_compile_scopes(&c);
    tokex_compile_mappings(&c);
    tokex_compile_procedures(&c);
    tokex_compile_targets(&c);
    tokex_compile_issuers(&c);
    tokex_compile_self(&c);
    tokex_compile_clients(&c);
    if (faults->error_count)
        return tokex_err_create(result_pool, TOKEX_E_DOCUMENT, NULL,
                                "the configuration has %d faults", faults->error_count);
    *out = c.policy;
    return NULL;
}

const tokex_policy_issuer_t *tokex_policy_issuer(const tokex_policy_t *policy, const char *iss)
{
    return apr_hash_get(policy->issuers, iss, APR_HASH_KEY_STRING);
}

const tokex_policy_issuer_t *tokex_policy_issuer_by_id(const tokex_policy_t *policy, const char *id)
{
    return apr_hash_get(policy->issuer_ids, id, APR_HASH_KEY_STRING);
}

const tokex_policy_issuer_t *tokex_policy_only_issuer(const tokex_policy_t *policy)
{
    return policy->only_issuer;
}

const tokex_policy_issuer_t *const *tokex_policy_issuers(const tokex_policy_t *policy, int *count)
{
    *count = policy->issuer_count;
    return policy->all;
}

const tokex_policy_client_t *tokex_policy_client(const tokex_policy_t *policy,
                                                 const char *client_id)
{
    return apr_hash_get(policy->clients, client_id, APR_HASH_KEY_STRING);
}

const tokex_policy_target_t *tokex_policy_audience(const tokex_policy_t *policy,
                                                   const char *audience)
{
    return apr_hash_get(policy->audiences, audience, APR_HASH_KEY_STRING);
}

const tokex_policy_target_t *tokex_policy_resource(const tokex_policy_t *policy,
                                                   const char *resource)
{
    return apr_hash_get(policy->resources, resource, APR_HASH_KEY_STRING);
}

bool tokex_policy_lengthens(const tokex_policy_t *policy)
{
    return policy->lengthens;
}

const tokex_policy_issuer_t *tokex_policy_self(const tokex_policy_t *policy)
{
    return policy->self;
}
