#include "exchange/delegation.h"

#include <string.h>

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err, const char *field)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_DELEGATION, err, "rule",
                              run->outcome->rule->config->id, field);
}

/* Is `name` of may_act the party that acts? `actor` NULL: that is the client. */
static bool is_named(const tokex_actor_name_t *name, const tokex_run_t *run,
                     const tokex_party_t *subject, const tokex_party_t *actor)
{
    const char *sub = actor ? actor->sub : run->outcome->client->config->id;
    const char *iss = actor ? actor->issuer->config->issuer : run->engine->server->issuer;
    if (strcmp(name->sub, sub) != 0)
        return false;
    if (name->iss)
        return strcmp(name->iss, iss) == 0;
    return !actor || actor->issuer == subject->issuer;
}

static const tokex_err_t *check_may_act(tokex_run_t *run, const tokex_parties_t *parties)
{
    const tokex_party_t *subject = &parties->subject;
    const tokex_party_t *actor = parties->has_actor ? &parties->actor : NULL;
    const char *party = actor ? actor->sub : run->outcome->client->config->id;
    const tokex_actor_name_t *name = &subject->may_act.name;
    if (!subject->may_act.present || is_named(name, run, subject, actor))
        return NULL;
    return tokex_trace_refuse(
        &run->outcome->trace, TOKEX_STEP_DELEGATION,
        tokex_err_create(
            run->pool, TOKEX_E_MAY_ACT, NULL, "may_act names sub \"%s\", iss \"%s\"; %s is \"%s\"",
            tokex_err_shown(run->pool, name->sub, strlen(name->sub)),
            tokex_err_shown(run->pool, name->iss, name->iss ? strlen(name->iss) : 0),
            actor ? "the actor" : "without an actor token it must be the client, which",
            tokex_err_shown(run->pool, party, strlen(party))),
        "issuer", subject->issuer->config->id, "accept_may_act");
}

static bool is_rules_actor(const tokex_policy_rule_t *rule, const tokex_party_t *actor)
{
    for (int i = 0; i < rule->actor_count; i++)
        if (rule->actors[i].issuer == actor->issuer &&
            tokex_condition_glob(rule->actors[i].config->subject, actor->sub, false))
            return true;
    return false;
}

/* `may_act` has been found to name the actor. */
static const tokex_err_t *check_actor(tokex_run_t *run, const tokex_parties_t *parties)
{
    const tokex_party_t *actor = &parties->actor;
    const tokex_party_t *subject = &parties->subject;
    const tokex_policy_rule_t *rule = run->outcome->rule;
    if (is_rules_actor(rule, actor) ||
        (subject->may_act.present && subject->issuer->config->accept_may_act))
        return NULL;
    return refuse(run,
                  tokex_err_create(run->pool, TOKEX_E_ACTOR_RULE, NULL,
                                   "none of actors of rule \"%s\" fits sub \"%s\" of issuer \"%s\"",
                                   rule->config->id,
                                   tokex_err_shown(run->pool, actor->sub, strlen(actor->sub)),
                                   actor->issuer->config->id),
                  "actors");
}

static const tokex_err_t *check_right(tokex_run_t *run, const tokex_parties_t *parties,
                                      bool delegation)
{
    const tokex_rule_t *rule = run->outcome->rule->config;
    if (delegation && !rule->delegation)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_DELEGATION_RULE, NULL,
                                       "rule \"%s\" does not allow delegation", rule->id),
                      "delegation");
    if (!delegation && !rule->impersonation)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_IMPERSONATION_RULE, NULL,
                                       "no actor_token was sent, and rule \"%s\" does not allow "
                                       "impersonation",
                                       rule->id),
                      "impersonation");
    TOKEX_RETURN_ERR(check_may_act(run, parties));
    return parties->has_actor ? check_actor(run, parties) : NULL;
}

/* The current actor, as the issued token names it. */
static tokex_actor_name_t current(const tokex_run_t *run, const tokex_parties_t *parties)
{
    const tokex_party_t *actor = &parties->actor;
    tokex_actor_name_t name = {run->outcome->client->config->id, NULL, NULL};
    if (parties->has_actor) {
        name.sub = actor->sub;
        name.iss = actor->issuer->is_self ? NULL : actor->issuer->config->issuer;
        name.idp = actor->issuer->is_self ? actor->idp : NULL;
    }
    return name;
}

static const tokex_err_t *make_chain(tokex_act_t *out, tokex_run_t *run,
                                     const tokex_parties_t *parties, bool delegation)
{
    const tokex_act_t *prior = &parties->subject.act;
    const tokex_rule_t *rule = run->outcome->rule->config;
    int count = prior->count + (delegation ? 1 : 0);
    if (count > rule->max_actors || count > TOKEX_LIMIT_ACTOR_DEPTH)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_ACT_DEPTH, NULL,
                                       "%d actors, and max_actors of rule \"%s\" is "
                                       "%" APR_INT64_T_FMT,
                                       count, rule->id, rule->max_actors),
                      "max_actors");
    out->count = count;
    if (delegation)
        out->actors[0] = current(run, parties);
    for (int i = 0; i < prior->count; i++)
        out->actors[count - prior->count + i] = prior->actors[i];
    return NULL;
}

const tokex_err_t *tokex_delegation_decide(tokex_act_t *out, tokex_run_t *run,
                                           const tokex_parties_t *parties)
{
    tokex_outcome_t *outcome = run->outcome;
    const tokex_rule_t *rule = outcome->rule->config;
    bool delegation = parties->has_actor || rule->client_as_actor;
    outcome->decided = true;
    outcome->delegation = delegation;
    TOKEX_RETURN_ERR(check_right(run, parties, delegation));
    TOKEX_RETURN_ERR(make_chain(out, run, parties, delegation));
    if (delegation)
        outcome->actor = out->actors[0].sub;
    outcome->actors = tokex_act_names(out, run->pool);
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_DELEGATION, "rule", rule->id,
                     delegation ? "delegation" : "impersonation", outcome->actor);
    return NULL;
}
