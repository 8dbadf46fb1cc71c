#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "exchange/explain.h"
#include "exchange/mapping.h"
#include "explain/try_private.h"

/* A run of its own for functions of the engine that are asked once more: what they note goes
 * nowhere. */
static tokex_run_t run_of(const tokex_try_t *t)
{
    tokex_outcome_t *outcome = apr_pmemdup(t->pool, t->report->outcome, sizeof(*outcome));
    return (tokex_run_t){.engine = t->engine,
                         .request = t->request,
                         .now = t->now,
                         .outcome = outcome,
                         .pool = t->pool};
}

/* ---- Rules */

static const char *misfit_text(const tokex_try_t *t, const tokex_policy_rule_t *rule,
                               tokex_misfit_t misfit, const tokex_policy_condition_t *broken)
{
    const tokex_outcome_t *outcome = t->report->outcome;
    switch (misfit) {
    case TOKEX_MISFIT_DISABLED:
        return "it is switched off";
    case TOKEX_MISFIT_ISSUER:
        return apr_psprintf(t->pool, "it does not name issuer \"%s\"", outcome->issuer->config->id);
    case TOKEX_MISFIT_TARGET:
        if (outcome->target_count == 0 ||
            t->request->audience_count + t->request->resource_count == 0)
            return "it has no default_target";
        return outcome->target_count > 1 ? "it does not name every target asked for"
                                         : apr_psprintf(t->pool, "it does not name target \"%s\"",
                                                        outcome->targets[0]->config->id);
    case TOKEX_MISFIT_CONDITION:
        return broken ? tokex_explain_condition(broken, t->subject->claims, t->pool)
                      : "a condition does not hold";
    case TOKEX_MISFIT_NONE:
        break;
    }
    return rule == outcome->rule ? "it is the first that fits" : "an earlier one fits";
}

static void tell_rules(const tokex_try_t *t)
{
    tokex_try_report_t *report = t->report;
    const tokex_outcome_t *outcome = report->outcome;
    const tokex_policy_client_t *client = outcome->client;
    /* A default target is no target that was asked for. */
    bool asked = t->request->audience_count + t->request->resource_count > 0;
    const tokex_policy_question_t question = {
        outcome->issuer, outcome->targets, asked ? outcome->target_count : 0, t->subject->claims};
    tokex_try_note_t *notes =
        apr_pcalloc(t->pool, ((apr_size_t)client->rule_count + 1) * sizeof(*notes));
    for (int i = 0; i < client->rule_count; i++) {
        const tokex_policy_rule_t *rule = &client->rules[i];
        const tokex_policy_condition_t *broken;
        tokex_misfit_t misfit = tokex_policy_misfit(rule, &question, &broken);
        notes[i] = (tokex_try_note_t){rule->config->id, rule == outcome->rule,
                                      misfit_text(t, rule, misfit, broken)};
    }
    report->rules = notes;
    report->rule_count = client->rule_count;
}

/* ---- Conditions */

static void add_conditions(const tokex_try_t *t, apr_array_header_t *list, const char *id,
                           const tokex_policy_condition_t *conditions, int count)
{
    for (int i = 0; i < count; i++)
        APR_ARRAY_PUSH(list, tokex_try_note_t) = (tokex_try_note_t){
            id, tokex_condition_holds(&conditions[i], t->subject->claims),
            tokex_explain_condition(&conditions[i], t->subject->claims, t->pool)};
}

/* Of the issuer; of every rule that would fit but for them, once rules were looked at. */
static void tell_conditions(const tokex_try_t *t, bool rules)
{
    const tokex_outcome_t *outcome = t->report->outcome;
    apr_array_header_t *list = apr_array_make(t->pool, 4, sizeof(tokex_try_note_t));
    add_conditions(t, list, apr_pstrcat(t->pool, "issuer ", outcome->issuer->config->id, NULL),
                   outcome->issuer->conditions, outcome->issuer->condition_count);
    for (int i = 0; rules && i < outcome->client->rule_count; i++) {
        const tokex_policy_rule_t *rule = &outcome->client->rules[i];
        add_conditions(t, list, apr_pstrcat(t->pool, "rule ", rule->config->id, NULL),
                       rule->conditions, rule->condition_count);
    }
    t->report->conditions = (const tokex_try_note_t *)list->elts;
    t->report->condition_count = list->nelts;
}

/* ---- Mapping */

static const char *json_of(const tokex_value_t *value, apr_pool_t *pool)
{
    tokex_jsonw_t *w;
    if (value->form == TOKEX_FORM_MISSING)
        return NULL;
    w = tokex_jsonw_create(pool, 256);
    tokex_mapping_value_write(w, value);
    return tokex_jsonw_text(w, NULL);
}

int tokex_try_rows(const tokex_try_row_t **out, tokex_run_t *run, const tokex_parties_t *parties)
{
    const tokex_policy_mapping_t *mapping = run->outcome->issuer->mapping;
    tokex_try_row_t *rows;
    *out = NULL;
    if (!mapping)
        return 0;
    rows = apr_pcalloc(run->pool, ((apr_size_t)mapping->row_count + 1) * sizeof(*rows));
    for (int i = 0; i < mapping->row_count; i++) {
        tokex_value_t in = {.form = TOKEX_FORM_MISSING};
        tokex_value_t made = {.form = TOKEX_FORM_MISSING};
        rows[i].row = mapping->rows[i].config;
        /* Nobody was asked, so nobody knows. */
        if (mapping->rows[i].source == TOKEX_SOURCE_USERINFO)
            continue;
        rows[i].refused = tokex_mapping_row(&in, &made, run, parties, &mapping->rows[i]) != NULL;
        rows[i].in = json_of(&in, run->pool);
        rows[i].out = rows[i].refused ? NULL : json_of(&made, run->pool);
    }
    *out = rows;
    return mapping->row_count;
}

static void tell_rows(const tokex_try_t *t)
{
    tokex_run_t run = run_of(t);
    tokex_parties_t *parties = apr_pcalloc(t->pool, sizeof(*parties));
    parties->subject.claims = t->subject->claims;
    parties->has_actor = t->actor != NULL;
    parties->actor.claims = t->actor ? t->actor->claims : NULL;
    t->report->row_count = tokex_try_rows(&t->report->rows, &run, parties);
}

/* The claims that rows of the mapping begin at. */
static int row_nodes(const tokex_json_t **out, const tokex_try_t *t)
{
    const tokex_policy_mapping_t *mapping = t->report->outcome->issuer->mapping;
    int count = 0;
    for (int i = 0; mapping && i < mapping->row_count; i++)
        if (mapping->rows[i].source == TOKEX_SOURCE_SUBJECT && mapping->rows[i].path.count > 0)
            out[count++] = tokex_json_get(t->subject->claims, mapping->rows[i].path.names[0]);
    return count;
}

/* Claims that say who, when and for whom: they become what is issued without a row. */
static bool is_read(const tokex_try_t *t, const char *name)
{
    static const char *const read[] = {"iss", "sub", "aud", "exp",     "nbf", "iat",   "jti",
                                       "act", "acr", "amr", "may_act", "cnf", "scope", "scp"};
    const char *scope_claim = t->report->outcome->issuer->config->scope_claim;
    for (apr_size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
        if (strcmp(name, read[i]) == 0)
            return true;
    return scope_claim && strcmp(scope_claim, name) == 0;
}

static bool is_in(const tokex_json_t *const *nodes, int count, const tokex_json_t *node)
{
    for (int i = 0; i < count; i++)
        if (nodes[i] == node)
            return true;
    return false;
}

static void tell_dropped(const tokex_try_t *t)
{
    apr_array_header_t *list = apr_array_make(t->pool, 8, sizeof(const char *));
    const tokex_json_t *node = tokex_json_first(t->subject->claims);
    const tokex_json_t *used[TOKEX_LIMIT_MAPPING_ROWS];
    int count = row_nodes(used, t);
    for (; node; node = tokex_json_next(node)) {
        const char *name = tokex_json_name(node);
        if (!is_read(t, name) && !is_in(used, count, node))
            APR_ARRAY_PUSH(list, const char *) = tokex_err_shown(t->pool, name, strlen(name));
    }
    t->report->dropped = (const char *const *)list->elts;
    t->report->dropped_count = list->nelts;
}

/* Nothing is told of what a token says before its signature verified. */
void tokex_try_details(tokex_try_t *t)
{
    const tokex_outcome_t *outcome = t->report->outcome;
    tokex_run_t run;
    bool targets = tokex_try_passed(outcome, TOKEX_STEP_TARGET);
    if (!t->subject || !outcome->issuer || !tokex_try_passed(outcome, TOKEX_STEP_SIGNATURE))
        return;
    if (outcome->accepted)
        return;
    targets = targets || (outcome->err && outcome->trace.count > 0 &&
                          outcome->trace.entries[outcome->trace.count - 1].step == TOKEX_STEP_RULE);
    tell_conditions(t, targets);
    if (targets)
        tell_rules(t);
    if (!outcome->rule || !tokex_try_passed(outcome, TOKEX_STEP_DELEGATION))
        return;
    run = run_of(t);
    t->report->scopes = tokex_scopes_table(&t->report->scope_count, &run, t->subject->claims);
    if (!tokex_try_passed(outcome, TOKEX_STEP_LIFETIME))
        return;
    tell_rows(t);
    tell_dropped(t);
    tokex_try_procedure(t);
}
