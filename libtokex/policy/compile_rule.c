#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

static const char *const scope_modes[] = {
    [TOKEX_SCOPE_NARROW] = "narrow",
    [TOKEX_SCOPE_WIDEN] = "widen",
    [TOKEX_SCOPE_FALLBACK] = "fallback",
};

static bool contains(const tokex_texts_t *texts, const char *text)
{
    for (int i = 0; i < texts->count; i++)
        if (texts->items[i] && strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}

/* Members are in the order of the rule's; one that does not exist stays NULL and had its fault. */
static void resolve_lists(tokex_compile_t *c, tokex_policy_rule_t *rule, tokex_place_t at)
{
    const tokex_rule_t *config = rule->config;
    const tokex_policy_issuer_t **issuers =
        apr_pcalloc(c->pool, ((apr_size_t)config->issuers.count + 1) * sizeof(*issuers));
    const tokex_policy_target_t **targets =
        apr_pcalloc(c->pool, ((apr_size_t)config->targets.count + 1) * sizeof(*targets));
    at.field = "issuers";
    for (int i = 0; i < config->issuers.count; i++) {
        const char *id = config->issuers.items[i];
        issuers[i] = id ? apr_hash_get(c->policy->issuer_ids, id, APR_HASH_KEY_STRING) : NULL;
        if (id && !issuers[i])
            tokex_compile_no_such(c, &at, id, "issuer");
    }
    at.field = "targets";
    for (int i = 0; i < config->targets.count; i++) {
        const char *id = config->targets.items[i];
        targets[i] = id ? apr_hash_get(c->targets, id, APR_HASH_KEY_STRING) : NULL;
        if (id && !targets[i])
            tokex_compile_no_such(c, &at, id, "target");
    }
    rule->issuers = issuers;
    rule->targets = targets;
}

static void resolve_default_target(tokex_compile_t *c, tokex_policy_rule_t *rule, tokex_place_t at)
{
    const char *id = rule->config->default_target;
    at.field = "targets";
    if (!id || tokex_faults_is_settled(c->faults, &at))
        return;
    at.field = "default_target";
    at.value = id;
    if (contains(&rule->config->targets, id))
        rule->default_target = apr_hash_get(c->targets, id, APR_HASH_KEY_STRING);
    else
        tokex_faults_error(c->faults, &at, "Add it to `targets` of the rule, or take it out here.",
                           "the default target is none of the rule's targets");
}

static void compile_scopes(tokex_compile_t *c, tokex_policy_rule_t *rule, tokex_place_t at)
{
    const tokex_rule_t *config = rule->config;
    at.field = "scopes_when_absent";
    rule->scopes_when_absent = tokex_compile_scope_set(c, &at, &config->scopes_when_absent);
    at.field = "sensitive_scopes";
    rule->sensitive_scopes = tokex_compile_scope_set(c, &at, &config->sensitive_scopes);
    for (int i = 0; i < rule->sensitive_scopes.count; i++) {
        int number = rule->sensitive_scopes.items[i];
        at.value = tokex_policy_scope_name(c->policy, number);
        if (!tokex_policy_scope_is_sensitive(c->policy, number))
            tokex_faults_error(c->faults, &at, "Mark the scope as sensitive, or take it out here.",
                               "this scope is not sensitive, so it needs no naming");
    }
    at.field = "scope_mode";
    at.value = config->scope_mode;
    rule->scope_mode = (tokex_scope_mode_t)tokex_compile_choice(config->scope_mode, scope_modes, 3,
                                                                TOKEX_SCOPE_NARROW);
    if (rule->scope_mode != TOKEX_SCOPE_NARROW)
        tokex_faults_warning(c->faults, &at, "Write narrow unless it is meant so.",
                             "issued tokens may have scopes that their subject tokens had not");
}

/* An actor whose issuer does not exist has none, and had its fault. */
static void compile_actors(tokex_compile_t *c, tokex_policy_rule_t *rule, const char *owner)
{
    const tokex_rule_t *config = rule->config;
    tokex_policy_actor_t *actors;
    if (!config->actor_count)
        return;
    actors = apr_pcalloc(c->pool, (apr_size_t)config->actor_count * sizeof(*actors));
    for (int i = 0; i < config->actor_count; i++) {
        const char *issuer = config->actors[i].issuer;
        tokex_place_t at = {.object = "actor", .field = "issuer"};
        at.id = apr_psprintf(c->scratch, "%s/#%d", owner, i + 1);
        actors[i].config = &config->actors[i];
        actors[i].issuer =
            issuer ? apr_hash_get(c->policy->issuer_ids, issuer, APR_HASH_KEY_STRING) : NULL;
        if (issuer && !actors[i].issuer)
            tokex_compile_no_such(c, &at, issuer, "issuer");
        at.field = "subject";
        tokex_compile_warn_of_any(c, &at, config->actors[i].subject);
    }
    rule->actors = actors;
    rule->actor_count = config->actor_count;
}

static void warn_of_rights(tokex_compile_t *c, const tokex_rule_t *config, tokex_place_t at)
{
    at.field = "delegation";
    if (config->delegation && !config->actor_count && !config->client_as_actor)
        tokex_faults_warning(c->faults, &at, "Add `actors`, or set `client_as_actor`.",
                             "nobody can be the actor: neither actors nor the client");
    if (!config->delegation && (config->actor_count || config->client_as_actor))
        tokex_faults_warning(c->faults, &at, "Set it, or take the actors out.",
                             "the rule names actors but does not let them act");
    if (!config->delegation && !config->impersonation)
        tokex_faults_warning(c->faults, &at, "Set `impersonation` or `delegation`.",
                             "the rule allows neither impersonation nor delegation, so each of "
                             "its exchanges is refused");
}

static void compile_rule(tokex_compile_t *c, const tokex_policy_client_t *client,
                         tokex_policy_rule_t *rule, const char *id)
{
    const tokex_rule_t *config = rule->config;
    tokex_place_t at = {.object = "rule", .id = id};
    resolve_lists(c, rule, at);
    resolve_default_target(c, rule, at);
    compile_scopes(c, rule, at);
    rule->conditions = tokex_compile_conditions(c, id, config->conditions, config->condition_count);
    rule->condition_count = config->condition_count;
    compile_actors(c, rule, id);
    tokex_compile_rule_procedure(c, client, rule, at);
    warn_of_rights(c, config, at);
}

void tokex_compile_rules(tokex_compile_t *c, tokex_policy_client_t *client)
{
    const tokex_client_t *config = client->config;
    tokex_policy_rule_t *rules =
        apr_pcalloc(c->pool, ((apr_size_t)config->rule_count + 1) * sizeof(*rules));
    for (int i = 0; i < config->rule_count; i++) {
        const char *id = config->rules[i].id;
        rules[i].config = &config->rules[i];
        compile_rule(
            c, client, &rules[i],
            apr_pstrcat(c->scratch, config->id ? config->id : "", "/", id ? id : "", NULL));
    }
    client->rules = rules;
    client->rule_count = config->rule_count;
}
