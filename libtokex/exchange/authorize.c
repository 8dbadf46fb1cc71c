#include "exchange/authorize.h"

#include <string.h>

#include <apr_strings.h>

#include "exchange/explain.h"

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err, const char *id,
                                 const char *field)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_TARGET, err, "target", id, field);
}

static const tokex_err_t *refuse_disabled(tokex_run_t *run, const tokex_policy_target_t *target)
{
    return refuse(run,
                  tokex_err_create(run->pool, TOKEX_E_TARGET_DISABLED, NULL,
                                   "target \"%s\" is switched off", target->config->id),
                  target->config->id, "enabled");
}

/* A target that several parameters name counts once. */
static const tokex_err_t *add_asked(tokex_run_t *run, const tokex_policy_target_t *target,
                                    const char *value, const char *parameter)
{
    tokex_outcome_t *outcome = run->outcome;
    if (!target)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_TARGET_UNKNOWN, NULL,
                                       "no target has %s \"%s\"", parameter,
                                       tokex_err_shown_param(run->pool, value)),
                      NULL, parameter);
    if (!target->config->enabled)
        return refuse_disabled(run, target);
    for (int i = 0; i < outcome->target_count; i++)
        if (outcome->targets[i] == target)
            return NULL;
    outcome->targets[outcome->target_count++] = target;
    return NULL;
}

const tokex_err_t *tokex_authorize_find_targets(tokex_run_t *run)
{
    const tokex_request_t *request = run->request;
    const tokex_policy_t *policy = run->engine->policy;
    for (int i = 0; i < request->audience_count; i++)
        TOKEX_RETURN_ERR(add_asked(run, tokex_policy_audience(policy, request->audiences[i]),
                                   request->audiences[i], "audience"));
    for (int i = 0; i < request->resource_count; i++)
        TOKEX_RETURN_ERR(add_asked(run, tokex_policy_resource(policy, request->resources[i]),
                                   request->resources[i], "resource"));
    return NULL;
}

static const tokex_err_t *refuse_rule(tokex_run_t *run, const tokex_err_t *err)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_RULE, err, "client",
                              run->outcome->client->config->id, "rules");
}

/* A rule would fit but for its conditions. */
static const tokex_err_t *refuse_condition(tokex_run_t *run, const tokex_policy_rule_t *rule,
                                           const tokex_json_t *claims)
{
    const tokex_policy_condition_t *broken =
        tokex_condition_first(rule->conditions, rule->condition_count, claims, false);
    const char *id = rule->config->id;
    return tokex_trace_refuse(
        &run->outcome->trace, TOKEX_STEP_RULE,
        tokex_err_create(run->pool, TOKEX_E_RULE_CONDITION, NULL, "%s of rule \"%s\"",
                         broken ? tokex_explain_condition(broken, claims, run->pool)
                                : "a condition does not hold",
                         id),
        "rule", id, "conditions");
}

static const tokex_err_t *refuse_no_rule(tokex_run_t *run)
{
    const tokex_outcome_t *outcome = run->outcome;
    const char *client = outcome->client->config->id;
    const char *issuer = outcome->issuer->config->id;
    if (outcome->target_count == 0)
        return refuse_rule(run, tokex_err_create(run->pool, TOKEX_E_TARGET_NONE, NULL,
                                                 "neither audience nor resource was sent, and no "
                                                 "rule of client \"%s\" for issuer \"%s\" has a "
                                                 "default_target",
                                                 client, issuer));
    return refuse_rule(
        run, tokex_err_create(run->pool, TOKEX_E_TARGET_RULE, NULL,
                              "no rule of client \"%s\" for issuer \"%s\" names target \"%s\"%s",
                              client, issuer, outcome->targets[0]->config->id,
                              outcome->target_count > 1 ? " and all others asked for" : ""));
}

/* The first rule that fits but for its conditions: what the operator wants to know. */
static const tokex_policy_rule_t *find_nearly(const tokex_policy_client_t *client,
                                              const tokex_policy_question_t *question)
{
    for (int i = 0; i < client->rule_count; i++)
        if (tokex_policy_misfit(&client->rules[i], question, NULL) == TOKEX_MISFIT_CONDITION)
            return &client->rules[i];
    return NULL;
}

static const tokex_err_t *match_rule(tokex_run_t *run, const tokex_json_t *claims)
{
    tokex_outcome_t *outcome = run->outcome;
    const tokex_policy_question_t question = {outcome->issuer, outcome->targets,
                                              outcome->target_count, claims};
    const tokex_policy_rule_t *nearly;
    outcome->rule = tokex_policy_match(outcome->client, &question, NULL);
    if (outcome->rule)
        return NULL;
    nearly = find_nearly(outcome->client, &question);
    return nearly ? refuse_condition(run, nearly, claims) : refuse_no_rule(run);
}

/* Does `aud` name the target? */
static bool is_meant_for(const tokex_json_t *aud, const tokex_target_t *target)
{
    if (tokex_json_names(aud, target->audience))
        return true;
    for (int i = 0; i < target->resources.count; i++)
        if (tokex_json_names(aud, target->resources.items[i]))
            return true;
    return false;
}

static const tokex_err_t *check_narrowing(tokex_run_t *run, const tokex_json_t *claims)
{
    tokex_outcome_t *outcome = run->outcome;
    const tokex_rule_t *rule = outcome->rule->config;
    const tokex_json_t *aud = tokex_json_get(claims, "aud");
    if (!rule->narrow_audience)
        return NULL;
    for (int i = 0; i < outcome->target_count; i++)
        if (!is_meant_for(aud, outcome->targets[i]->config))
            return tokex_trace_refuse(
                &outcome->trace, TOKEX_STEP_RULE,
                tokex_err_create(run->pool, TOKEX_E_TARGET_SUBJECT, NULL,
                                 "aud of the subject token names neither \"%s\" nor a resource of "
                                 "target \"%s\", as rule \"%s\" asks for",
                                 outcome->targets[i]->config->audience,
                                 outcome->targets[i]->config->id, rule->id),
                "rule", rule->id, "narrow_audience");
    return NULL;
}

static const tokex_err_t *choose_targets(tokex_run_t *run, const tokex_json_t *claims)
{
    tokex_outcome_t *outcome = run->outcome;
    TOKEX_RETURN_ERR(tokex_authorize_find_targets(run));
    if (outcome->target_count > 0) {
        for (int i = 0; i < outcome->target_count; i++)
            tokex_trace_pass(&outcome->trace, TOKEX_STEP_TARGET, "target",
                             outcome->targets[i]->config->id, "audience",
                             outcome->targets[i]->config->audience);
        TOKEX_RETURN_ERR(match_rule(run, claims));
    } else {
        TOKEX_RETURN_ERR(match_rule(run, claims));
        outcome->targets[0] = outcome->rule->default_target;
        outcome->target_count = 1;
        if (!outcome->targets[0]->config->enabled)
            return refuse_disabled(run, outcome->targets[0]);
        tokex_trace_pass(&outcome->trace, TOKEX_STEP_TARGET, "rule", outcome->rule->config->id,
                         "default_target", outcome->targets[0]->config->id);
    }
    TOKEX_RETURN_ERR(check_narrowing(run, claims));
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_RULE, "rule", outcome->rule->config->id, "targets",
                     NULL);
    return NULL;
}

const char *tokex_authorize_machine_mark(const tokex_party_t *subject)
{
    const tokex_policy_issuer_t *issuer = subject->issuer;
    const tokex_policy_condition_t *mark = tokex_condition_first(
        issuer->machine_marks, issuer->machine_mark_count, subject->claims, true);
    const char *st =
        issuer->is_self ? tokex_json_string(tokex_json_get(subject->claims, "st")) : "user";
    if (mark)
        return mark->config->claim;
    return st && strcmp(st, "user") == 0 ? NULL : "st";
}

static const tokex_err_t *check_machine(bool *machine, tokex_run_t *run,
                                        const tokex_party_t *subject)
{
    const tokex_rule_t *rule = run->outcome->rule->config;
    const char *mark = tokex_authorize_machine_mark(subject);
    *machine = mark != NULL;
    if (mark && run->request->location && !run->request->location->machine_tokens)
        return tokex_trace_refuse(
            &run->outcome->trace, TOKEX_STEP_MACHINE,
            tokex_err_create(run->pool, TOKEX_E_MACHINE_TOKEN, NULL,
                             "the mark on claim \"%s\" of issuer \"%s\" makes it a machine's "
                             "token, and the location takes none",
                             tokex_err_shown(run->pool, mark, strlen(mark)),
                             subject->issuer->config->id),
            "location", run->request->location->name, "TokexMachineTokens");
    if (mark && !rule->machine_tokens)
        return tokex_trace_refuse(
            &run->outcome->trace, TOKEX_STEP_MACHINE,
            tokex_err_create(run->pool, TOKEX_E_MACHINE_TOKEN, NULL,
                             "the mark on claim \"%s\" of issuer \"%s\" makes it a machine's "
                             "token, and rule \"%s\" takes none",
                             tokex_err_shown(run->pool, mark, strlen(mark)),
                             subject->issuer->config->id, rule->id),
            "rule", rule->id, "machine_tokens");
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_MACHINE, "rule", rule->id, "machine_tokens",
                     mark);
    return NULL;
}

/* What ends the issued token so far. */
typedef struct end_t {
    int64_t seconds;
    const char *object;
    const char *id;
    const char *field;
} end_t;

static void shorten(end_t *end, int64_t seconds, const char *object, const char *id,
                    const char *field)
{
    if (end->object && end->seconds <= seconds)
        return;
    *end = (end_t){seconds, object, id, field};
}

static int64_t left_of(const tokex_party_t *party, int64_t now)
{
    return party->exp > now ? party->exp - now : party->exp + party->issuer->config->leeway - now;
}

static const tokex_err_t *set_lifetime(int64_t *out, tokex_run_t *run,
                                       const tokex_parties_t *parties)
{
    const tokex_outcome_t *outcome = run->outcome;
    const tokex_rule_t *rule = outcome->rule->config;
    end_t by = {0, NULL, NULL, NULL};
    for (int i = 0; i < outcome->target_count; i++)
        shorten(&by, outcome->targets[i]->config->lifetime, "target",
                outcome->targets[i]->config->id, "lifetime");
    if (rule->lifetime > 0)
        shorten(&by, rule->lifetime, "rule", rule->id, "lifetime");
    shorten(&by, left_of(&parties->subject, run->now), "request", NULL,
            tokex_request_subject_name(run->request));
    if (parties->has_actor)
        shorten(&by, left_of(&parties->actor, run->now), "request", NULL, "actor_token");
    if (by.seconds < 1)
        return tokex_trace_refuse(
            &run->outcome->trace, TOKEX_STEP_LIFETIME,
            tokex_err_create(run->pool, TOKEX_E_LIFETIME, NULL,
                             "%" APR_INT64_T_FMT " seconds are left by %s of %s \"%s\"", by.seconds,
                             by.field, by.object, by.id ? by.id : ""),
            by.object, by.id, by.field);
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_LIFETIME, by.object, by.id, by.field, NULL);
    *out = by.seconds;
    return NULL;
}

const tokex_err_t *tokex_authorize(tokex_grant_t *out, tokex_run_t *run,
                                   const tokex_parties_t *parties)
{
    const tokex_party_t *subject = &parties->subject;
    TOKEX_RETURN_ERR(choose_targets(run, subject->claims));
    TOKEX_RETURN_ERR(check_machine(&out->machine, run, subject));
    TOKEX_RETURN_ERR(tokex_delegation_decide(&out->act, run, parties));
    TOKEX_RETURN_ERR(tokex_scopes_decide(&out->scopes, run, tokex_party_scope_claims(subject)));
    return set_lifetime(&out->lifetime, run, parties);
}
