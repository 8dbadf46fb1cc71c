#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

/* `audience` may carry a target's id or its audience value, so neither may be another target's. */
static void add_audience(tokex_compile_t *c, const tokex_policy_target_t *target, const char *field,
                         const char *value)
{
    const tokex_policy_target_t *other =
        value ? apr_hash_get(c->policy->audiences, value, APR_HASH_KEY_STRING) : NULL;
    tokex_place_t at = {
        .object = "target", .id = target->config->id, .field = field, .value = value};
    if (!value)
        return;
    if (!other)
        apr_hash_set(c->policy->audiences, value, APR_HASH_KEY_STRING, target);
    /* Ids that stand twice had their fault. */
    else if (other != target && (strcmp(field, "id") != 0 || !other->config->id ||
                                 strcmp(other->config->id, value) != 0))
        tokex_faults_error(c->faults, &at, "Give each target an audience of its own.",
                           "the target \"%s\" is called so already",
                           other->config->id ? other->config->id : "");
}

static void add_resource(tokex_compile_t *c, const tokex_policy_target_t *target, const char *uri)
{
    const tokex_policy_target_t *other =
        apr_hash_get(c->policy->resources, uri, APR_HASH_KEY_STRING);
    tokex_place_t at = {
        .object = "target", .id = target->config->id, .field = "resources", .value = uri};
    if (!other)
        apr_hash_set(c->policy->resources, uri, APR_HASH_KEY_STRING, target);
    else if (other != target)
        tokex_faults_error(c->faults, &at, "Leave it with one target.",
                           "the target \"%s\" has this resource already",
                           other->config->id ? other->config->id : "");
}

/* Nothing could be issued for it. A target that is switched off may wait for its key. */
static void check_algorithm(tokex_compile_t *c, tokex_policy_target_t *target)
{
    const tokex_target_t *config = target->config;
    tokex_place_t at = {
        .object = "target", .id = config->id, .field = "algorithm", .value = config->algorithm};
    target->alg = tokex_jwk_alg(config->algorithm);
    if (target->alg == TOKEX_ALG_NONE || !config->enabled ||
        c->active_algs & TOKEX_ALG_BIT(target->alg))
        return;
    tokex_faults_error(c->faults, &at,
                       apr_psprintf(c->scratch,
                                    "Make one with `tokexctl key rotate --algorithm %s --now`, or "
                                    "name another algorithm.",
                                    config->algorithm),
                       "there is no active signing key of this algorithm");
}

static void compile_target(tokex_compile_t *c, tokex_policy_target_t *target)
{
    const tokex_target_t *config = target->config;
    tokex_place_t at = {.object = "target", .id = config->id, .field = "scopes"};
    target->scopes = tokex_compile_scope_set(c, &at, &config->scopes);
    target->opaque = tokex_compile_is_opaque(config->token_format);
    check_algorithm(c, target);
    add_audience(c, target, "id", config->id);
    add_audience(c, target, "audience", config->audience);
    for (int i = 0; i < config->resources.count; i++)
        if (config->resources.items[i])
            add_resource(c, target, config->resources.items[i]);
    if (config->id)
        apr_hash_set(c->targets, config->id, APR_HASH_KEY_STRING, target);
}

void tokex_compile_targets(tokex_compile_t *c)
{
    apr_hash_t *names = apr_hash_make(c->scratch);
    int count = c->config->target_count;
    tokex_policy_target_t *targets =
        apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*targets));
    c->policy->audiences = apr_hash_make(c->pool);
    c->policy->resources = apr_hash_make(c->pool);
    for (int i = 0; i < count; i++) {
        targets[i].config = &c->config->targets[i];
        tokex_compile_unique_name(c, names, "target", targets[i].config->id,
                                  targets[i].config->name);
        compile_target(c, &targets[i]);
    }
}
