#include "policy/policy_private.h"

#include <apr_strings.h>

#define BUILD_REMEDY                                                                               \
    "Build with Lua 5.4 (Debian: liblua5.4-dev; RPM: lua-devel) and configure --with-lua, or "     \
    "take "                                                                                        \
    "the procedure out."

static void compile_source(tokex_compile_t *c, tokex_policy_procedure_t *procedure)
{
    const tokex_procedure_t *config = procedure->config;
    tokex_place_t at = {.object = "procedure", .id = config->id, .field = "source"};
    const char *problem;
    if (!config->source || !config->id || tokex_faults_is_settled(c->faults, &at))
        return;
    problem = tokex_sandbox_compile(&procedure->program, config->id, config->source, c->pool);
    if (problem)
        tokex_faults_error(c->faults, &at,
                           tokex_sandbox_is_there() ? "Correct the program." : BUILD_REMEDY, "%s",
                           problem);
}

void tokex_compile_procedures(tokex_compile_t *c)
{
    apr_hash_t *names = apr_hash_make(c->scratch);
    int count = c->config->procedure_count;
    tokex_policy_procedure_t *procedures =
        apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*procedures));
    for (int i = 0; i < count; i++) {
        const tokex_procedure_t *config = &c->config->procedures[i];
        tokex_compile_unique_name(c, names, "procedure", config->id, config->name);
        procedures[i].config = config;
        compile_source(c, &procedures[i]);
        if (config->id)
            apr_hash_set(c->procedures, config->id, APR_HASH_KEY_STRING, &procedures[i]);
    }
}

const tokex_policy_procedure_t *tokex_compile_procedure(tokex_compile_t *c, const tokex_place_t *at,
                                                        const char *id)
{
    const tokex_policy_procedure_t *found =
        id ? apr_hash_get(c->procedures, id, APR_HASH_KEY_STRING) : NULL;
    tokex_place_t named = *at;
    if (!id)
        return NULL;
    named.value = id;
    if (!found)
        tokex_compile_no_such(c, at, id, "procedure");
    else if (!found->config->enabled)
        tokex_faults_warning(c->faults, &named, "Switch it on, or take it out here.",
                             "the procedure is switched off, so each exchange that passes it is "
                             "refused");
    return found;
}

/* Nothing is added that the client may not have or that is granted only where it is asked for. */
static void check_scopes(tokex_compile_t *c, const tokex_policy_client_t *client,
                         const tokex_policy_rule_t *rule, tokex_place_t at)
{
    at.field = "procedure_scopes";
    for (int i = 0; i < rule->procedure_scopes.count; i++) {
        int number = rule->procedure_scopes.items[i];
        at.value = tokex_policy_scope_name(c->policy, number);
        if (tokex_policy_scope_is_sensitive(c->policy, number))
            tokex_faults_error(c->faults, &at, "Take it out here.",
                               "a sensitive scope is granted only when it is asked for by name");
        else if (!tokex_policy_scope_in(client->scopes, number))
            tokex_faults_warning(c->faults, &at, "Add it to `scopes` of the client.",
                                 "the client may not be granted this scope, so that it is never "
                                 "added");
    }
}

static void check_lifetime(tokex_compile_t *c, const tokex_policy_rule_t *rule, tokex_place_t at)
{
    const tokex_rule_t *config = rule->config;
    at.field = "procedure_lifetime";
    for (int i = 0; i < config->targets.count; i++) {
        const tokex_policy_target_t *target = rule->targets[i];
        if (target && target->config->lifetime < config->procedure_lifetime)
            tokex_faults_warning(c->faults, &at, "Raise `lifetime` of the target, or lower this.",
                                 "tokens for target \"%s\" live %" APR_INT64_T_FMT
                                 " seconds at most",
                                 target->config->id, target->config->lifetime);
    }
}

void tokex_compile_rule_procedure(tokex_compile_t *c, const tokex_policy_client_t *client,
                                  tokex_policy_rule_t *rule, tokex_place_t at)
{
    const tokex_rule_t *config = rule->config;
    at.field = "procedure";
    rule->procedure = tokex_compile_procedure(c, &at, config->procedure);
    if (!config->procedure && client->config->procedure)
        rule->procedure =
            apr_hash_get(c->procedures, client->config->procedure, APR_HASH_KEY_STRING);
    at.field = "procedure_scopes";
    rule->procedure_scopes = tokex_compile_scope_set(c, &at, &config->procedure_scopes);
    check_scopes(c, client, rule, at);
    check_lifetime(c, rule, at);
    c->policy->lengthens |= config->procedure_lifetime > 0;
    at.field = config->procedure_lifetime ? "procedure_lifetime" : "procedure_scopes";
    if (!config->procedure && !client->config->procedure &&
        (config->procedure_lifetime || config->procedure_scopes.count))
        tokex_faults_warning(c->faults, &at, "Name a procedure, or take this out.",
                             "neither the rule nor the client names a procedure that could use it");
}
