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
    for (int i = 0; i < rule->config->targets.count; i++)
        if (rule->targets[i] == target)
            return true;
    return false;
}

static bool names_targets(const tokex_policy_rule_t *rule, const tokex_policy_question_t *question)
{
    for (int i = 0; i < question->target_count; i++)
        if (!names_target(rule, question->targets[i]))
            return false;
    return question->target_count > 0 || rule->default_target;
}

tokex_misfit_t tokex_policy_misfit(const tokex_policy_rule_t *rule,
                                   const tokex_policy_question_t *question,
                                   const tokex_policy_condition_t **broken)
{
    const tokex_policy_condition_t *first = NULL;
    if (broken)
        *broken = NULL;
    if (!rule->config->enabled)
        return TOKEX_MISFIT_DISABLED;
    if (!names_issuer(rule, question->issuer))
        return TOKEX_MISFIT_ISSUER;
    if (!question->claims)
        return TOKEX_MISFIT_CONDITION;
    if (!names_targets(rule, question))
        return TOKEX_MISFIT_TARGET;
    first = tokex_condition_first(rule->conditions, rule->condition_count, question->claims, false);
    if (broken)
        *broken = first;
    return first ? TOKEX_MISFIT_CONDITION : TOKEX_MISFIT_NONE;
}

const tokex_policy_rule_t *tokex_policy_match(const tokex_policy_client_t *client,
                                              const tokex_policy_question_t *question,
                                              bool *issuer_seen)
{
    bool seen = false;
    const tokex_policy_rule_t *found = NULL;
    for (int i = 0; !found && i < client->rule_count; i++) {
        const tokex_policy_rule_t *rule = &client->rules[i];
        tokex_misfit_t misfit = tokex_policy_misfit(rule, question, NULL);
        seen = seen || (misfit != TOKEX_MISFIT_DISABLED && misfit != TOKEX_MISFIT_ISSUER);
        if (misfit == TOKEX_MISFIT_NONE)
            found = rule;
    }
    if (issuer_seen)
        *issuer_seen = seen;
    return found;
}
