#include "exchange/authorize.h"

#include <string.h>

#include <apr_strings.h>

/* What `audience` and `resource` came to so far. */
typedef struct asked_t {
    const tokex_policy_target_t *target;
    const char *value; /* the first that named it */
} asked_t;

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err, const char *id,
                                 const char *field)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_TARGET, err, "target", id, field);
}

static const tokex_err_t *add_asked(asked_t *asked, tokex_run_t *run,
                                    const tokex_policy_target_t *target, const char *value,
                                    const char *parameter)
{
    const char *shown;
    if (target && (!asked->target || asked->target == target)) {
        asked->target = target;
        asked->value = value;
        return NULL;
    }
    shown = tokex_err_shown_param(run->pool, value);
    if (!target)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_TARGET_UNKNOWN, NULL,
                                       "no target has %s \"%s\"", parameter, shown),
                      NULL, parameter);
    return refuse(run,
                  tokex_err_create(run->pool, TOKEX_E_TARGET_SEVERAL, NULL,
                                   "%s \"%s\" is target \"%s\", another parameter names \"%s\"",
                                   parameter, shown, target->config->id, asked->target->config->id),
                  target->config->id, parameter);
}

static const tokex_err_t *refuse_disabled(tokex_run_t *run, const tokex_policy_target_t *target)
{
    return refuse(run,
                  tokex_err_create(run->pool, TOKEX_E_TARGET_DISABLED, NULL,
                                   "target \"%s\" is switched off", target->config->id),
                  target->config->id, "enabled");
}

static const tokex_err_t *find_asked(asked_t *asked, tokex_run_t *run)
{
    const tokex_request_t *request = run->request;
    const tokex_policy_t *policy = run->engine->policy;
    for (int i = 0; i < request->audience_count; i++)
        TOKEX_RETURN_ERR(add_asked(asked, run, tokex_policy_audience(policy, request->audiences[i]),
                                   request->audiences[i], "audience"));
    for (int i = 0; i < request->resource_count; i++)
        TOKEX_RETURN_ERR(add_asked(asked, run, tokex_policy_resource(policy, request->resources[i]),
                                   request->resources[i], "resource"));
    return NULL;
}

static const tokex_err_t *match_rule(tokex_run_t *run, const tokex_policy_target_t *target)
{
    tokex_outcome_t *outcome = run->outcome;
    const char *client = outcome->client->config->id;
    const char *issuer = outcome->issuer->config->id;
    const tokex_err_t *err;
    bool seen = false;
    outcome->rule = tokex_policy_match(outcome->client, outcome->issuer, target, &seen);
    if (outcome->rule)
        return NULL;
    if (target)
        err = tokex_err_create(run->pool, TOKEX_E_TARGET_RULE, NULL,
                               "no rule of client \"%s\" for issuer \"%s\" names target \"%s\"",
                               client, issuer, target->config->id);
    else
        err = tokex_err_create(run->pool, TOKEX_E_TARGET_NONE, NULL,
                               "neither audience nor resource was sent, and no rule of client "
                               "\"%s\" for issuer \"%s\" has a default_target",
                               client, issuer);
    return tokex_trace_refuse(&outcome->trace, TOKEX_STEP_RULE, err, "client", client, "rules");
}

static const tokex_err_t *choose_target(tokex_run_t *run)
{
    tokex_outcome_t *outcome = run->outcome;
    asked_t asked = {NULL, NULL};
    TOKEX_RETURN_ERR(find_asked(&asked, run));
    if (asked.target) {
        if (!asked.target->config->enabled)
            return refuse_disabled(run, asked.target);
        outcome->target = asked.target;
        tokex_trace_pass(&outcome->trace, TOKEX_STEP_TARGET, "target", asked.target->config->id,
                         "audience", asked.value);
        TOKEX_RETURN_ERR(match_rule(run, asked.target));
    } else {
        TOKEX_RETURN_ERR(match_rule(run, NULL));
        outcome->target = outcome->rule->default_target;
        if (!outcome->target->config->enabled)
            return refuse_disabled(run, outcome->target);
        tokex_trace_pass(&outcome->trace, TOKEX_STEP_TARGET, "rule", outcome->rule->config->id,
                         "default_target", outcome->target->config->id);
    }
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_RULE, "rule", outcome->rule->config->id, "targets",
                     NULL);
    return NULL;
}

/* Which of three ends the issued token: a setting, or the subject token. */
static const tokex_err_t *set_lifetime(int64_t *out, tokex_run_t *run, int64_t exp)
{
    const tokex_rule_t *rule = run->outcome->rule->config;
    const tokex_target_t *target = run->outcome->target->config;
    int64_t leeway = run->outcome->issuer->config->leeway;
    int64_t left = exp > run->now ? exp - run->now : exp + leeway - run->now;
    tokex_trace_entry_t by = {.object = "target", .id = target->id, .field = "lifetime"};
    int64_t lifetime = target->lifetime;
    if (rule->lifetime > 0 && rule->lifetime < lifetime) {
        lifetime = rule->lifetime;
        by.object = "rule";
        by.id = rule->id;
    }
    if (left < lifetime) {
        lifetime = left;
        by.object = "request";
        by.id = NULL;
        by.field = "subject_token";
    }
    if (lifetime < 1)
        return tokex_trace_refuse(
            &run->outcome->trace, TOKEX_STEP_LIFETIME,
            tokex_err_create(run->pool, TOKEX_E_LIFETIME, NULL,
                             "%" APR_INT64_T_FMT " seconds are left by %s of %s \"%s\"", lifetime,
                             by.field, by.object, by.id ? by.id : ""),
            by.object, by.id, by.field);
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_LIFETIME, by.object, by.id, by.field, NULL);
    *out = lifetime;
    return NULL;
}

const tokex_err_t *tokex_authorize(tokex_grant_t *out, tokex_run_t *run,
                                   const tokex_subject_t *subject)
{
    TOKEX_RETURN_ERR(choose_target(run));
    TOKEX_RETURN_ERR(tokex_scopes_narrow(&out->scopes, run, subject->claims));
    return set_lifetime(&out->lifetime, run, subject->exp);
}
