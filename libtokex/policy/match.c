#include "policy/policy.h"

static bool names_issuer(const tokex_policy_rule_t *rule, const tokex_policy_issuer_t *issuer)
{
    for (int i = 0; i < rule->config->issuers.count; i++)
        if (rule->issuers[i] == issuer)
            return true;
    return false;
}

static bool names_target(const tokex_policy_rule_t *rule, const tokex_policy_target_t *target)
{
    if (!target)
        return rule->default_target != NULL;
    for (int i = 0; i < rule->config->targets.count; i++)
        if (rule->targets[i] == target)
            return true;
    return false;
}

const tokex_policy_rule_t *tokex_policy_match(const tokex_policy_client_t *client,
                                              const tokex_policy_issuer_t *issuer,
                                              const tokex_policy_target_t *target,
                                              bool *issuer_seen)
{
    *issuer_seen = false;
    for (int i = 0; i < client->rule_count; i++) {
        const tokex_policy_rule_t *rule = &client->rules[i];
        if (!rule->config->enabled || !names_issuer(rule, issuer))
            continue;
        *issuer_seen = true;
        if (names_target(rule, target))
            return rule;
    }
    return NULL;
}
