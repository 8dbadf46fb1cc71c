#include "exchange/procedure_grant.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "config/syntax.h"
#include "exchange/refresh.h"

/* Larger than any time in seconds for a while, and smaller than one in milliseconds. */
#define LOOKS_LIKE_MS 100000000000LL

static const char *id_of(const tokex_run_t *run)
{
    return run->outcome->rule->procedure->config->id;
}

static const tokex_err_t *wrong(const tokex_run_t *run, const char *member)
{
    return tokex_err_create(run->pool, TOKEX_E_PROCEDURE_RESULT, NULL,
                            "procedure \"%s\": r.grant.%s is not what it has to be", id_of(run),
                            member);
}

/* ---- Texts: one with blanks, or a list */

/* Nothing: they are none. */
static apr_array_header_t *read_texts(const tokex_json_t *node, apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 8, sizeof(const char *));
    const char *text = node ? tokex_json_string(node) : NULL;
    if (text) {
        char *state;
        char *word = apr_strtok(apr_pstrdup(pool, text), " ", &state);
        for (; word; word = apr_strtok(NULL, " ", &state))
            APR_ARRAY_PUSH(list, const char *) = word;
        return list;
    }
    /* {} may be either in Lua. */
    if (!node || (tokex_json_type(node) != TOKEX_JSON_ARRAY &&
                  (tokex_json_type(node) != TOKEX_JSON_OBJECT || tokex_json_first(node))))
        return NULL;
    for (node = tokex_json_first(node); node; node = tokex_json_next(node)) {
        if (!tokex_json_string(node))
            return NULL;
        APR_ARRAY_PUSH(list, const char *) = tokex_json_string(node);
    }
    return list;
}

static bool holds(const apr_array_header_t *list, const char *text)
{
    for (int i = 0; i < list->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(list, i, const char *), text) == 0)
            return true;
    return false;
}

/* ---- Scopes */

static bool was_granted(const tokex_scopes_t *scopes, const char *scope)
{
    for (int i = 0; i < scopes->count; i++)
        if (strcmp(scopes->items[i], scope) == 0)
            return true;
    return false;
}

/* By the rule, the client and every target; the policy sees to it that it is not sensitive. */
static bool may_be_added(const tokex_run_t *run, const char *scope)
{
    const tokex_outcome_t *outcome = run->outcome;
    int number = tokex_policy_scope(run->engine->policy, scope, strlen(scope));
    if (number < 0 || !tokex_policy_scope_in(outcome->rule->procedure_scopes, number) ||
        !tokex_policy_scope_in(outcome->client->scopes, number))
        return false;
    for (int i = 0; i < outcome->target_count; i++)
        if (!tokex_policy_scope_in(outcome->targets[i]->scopes, number))
            return false;
    return tokex_refresh_granted(run, scope);
}

static const tokex_err_t *check_scopes(const tokex_run_t *run, const tokex_scopes_t *before,
                                       const apr_array_header_t *left)
{
    for (int i = 0; i < left->nelts; i++) {
        const char *scope = APR_ARRAY_IDX(left, i, const char *);
        if (!was_granted(before, scope) && !may_be_added(run, scope))
            return tokex_err_create(
                run->pool, TOKEX_E_PROCEDURE_WIDER_SCOPE, NULL,
                "procedure \"%s\" granted \"%s\", which was not in r.grant.scope and is none of "
                "procedure_scopes of rule \"%s\" that client and targets have",
                id_of(run), tokex_err_shown_param(run->pool, scope),
                run->outcome->rule->config->id);
    }
    return NULL;
}

/* In the order of the first target, each once. */
static void collect_scopes(tokex_scopes_t *out, const tokex_run_t *run,
                           const apr_array_header_t *left)
{
    tokex_scope_set_t known = run->outcome->targets[0]->scopes;
    const char **items = apr_palloc(run->pool, sizeof(*items) * (apr_size_t)(known.count + 1));
    const char *text = "";
    int count = 0;
    for (int i = 0; i < known.count; i++) {
        const char *name = tokex_policy_scope_name(run->engine->policy, known.items[i]);
        if (!holds(left, name))
            continue;
        items[count++] = name;
        text = apr_pstrcat(run->pool, text, *text ? " " : "", name, NULL);
    }
    *out = (tokex_scopes_t){items, count, text};
}

static const tokex_err_t *take_scopes(tokex_grant_t *grant, tokex_run_t *run,
                                      const tokex_json_t *node)
{
    const apr_array_header_t *left = read_texts(node, run->pool);
    if (!left)
        return wrong(run, "scope");
    TOKEX_RETURN_ERR(check_scopes(run, &grant->scopes, left));
    collect_scopes(&grant->scopes, run, left);
    /* An answer without a scope would mean that all that was asked for is granted. */
    if (run->request->scope && grant->scopes.count == 0)
        return tokex_err_create(run->pool, TOKEX_E_SCOPE_EMPTY, NULL,
                                "procedure \"%s\" left nothing of the scopes that were asked for",
                                id_of(run));
    run->outcome->scope_granted = grant->scopes.text;
    return NULL;
}

/* ---- Audiences */

static bool was_audience(const tokex_outcome_t *outcome, const char *audience)
{
    for (int i = 0; i < outcome->target_count; i++)
        if (strcmp(outcome->targets[i]->config->audience, audience) == 0)
            return true;
    return false;
}

static const tokex_err_t *take_audiences(tokex_run_t *run, const tokex_json_t *node)
{
    tokex_outcome_t *outcome = run->outcome;
    int count = 0;
    if (!node || tokex_json_type(node) != TOKEX_JSON_ARRAY || !tokex_json_first(node))
        return wrong(run, "audience");
    for (const tokex_json_t *one = tokex_json_first(node); one; one = tokex_json_next(one)) {
        const char *audience = tokex_json_string(one);
        if (!audience)
            return wrong(run, "audience");
        if (!was_audience(outcome, audience))
            return tokex_err_create(run->pool, TOKEX_E_PROCEDURE_WIDER_AUDIENCE, NULL,
                                    "procedure \"%s\" named \"%s\", which was not in "
                                    "r.grant.audience",
                                    id_of(run), tokex_err_shown_param(run->pool, audience));
    }
    for (int i = 0; i < outcome->target_count; i++)
        if (tokex_json_names(node, outcome->targets[i]->config->audience))
            outcome->targets[count++] = outcome->targets[i];
    outcome->target_count = count;
    return NULL;
}

/* ---- Time */

static int64_t lifetime_bound(const tokex_grant_t *grant, const tokex_run_t *run)
{
    const tokex_outcome_t *outcome = run->outcome;
    int64_t bound = outcome->rule->config->procedure_lifetime;
    for (int i = 0; i < outcome->target_count; i++)
        if (outcome->targets[i]->config->lifetime < bound)
            bound = outcome->targets[i]->config->lifetime;
    if (run->refreshing && run->refreshing->row && run->refreshing->ends - run->now < bound)
        bound = run->refreshing->ends - run->now;
    return bound > grant->lifetime ? bound : grant->lifetime;
}

static const tokex_err_t *take_lifetime(tokex_grant_t *grant, const tokex_run_t *run,
                                        const tokex_json_t *left)
{
    const tokex_json_t *exp_node = tokex_json_get(left, "exp");
    const tokex_json_t *lifetime_node = tokex_json_get(left, "lifetime");
    int64_t bound = lifetime_bound(grant, run);
    int64_t lifetime, exp;
    if (!lifetime_node || !exp_node || !tokex_json_integer(lifetime_node, &lifetime) ||
        !tokex_json_integer(exp_node, &exp))
        return tokex_err_create(run->pool, TOKEX_E_PROCEDURE_LIFETIME, NULL,
                                "procedure \"%s\": r.grant.exp or r.grant.lifetime is no whole "
                                "number of seconds",
                                id_of(run));
    if (exp >= LOOKS_LIKE_MS || lifetime >= LOOKS_LIKE_MS)
        return tokex_err_create(
            run->pool, TOKEX_E_PROCEDURE_LIFETIME, NULL,
            "procedure \"%s\" reckons in milliseconds: r.grant.exp is %" APR_INT64_T_FMT
            ", now is %" APR_INT64_T_FMT " in seconds",
            id_of(run), exp, run->now);
    /* Whichever of the two it changed; both only to the same. */
    if (exp - run->now == grant->lifetime)
        exp = run->now + lifetime;
    else if (lifetime == grant->lifetime)
        lifetime = exp - run->now;
    if (exp - run->now != lifetime || lifetime < 1 || lifetime > bound)
        return tokex_err_create(run->pool, TOKEX_E_PROCEDURE_LIFETIME, NULL,
                                "procedure \"%s\" set a lifetime of %" APR_INT64_T_FMT
                                " s, with an end in %" APR_INT64_T_FMT " s; 1 to %" APR_INT64_T_FMT
                                " s are allowed",
                                id_of(run), lifetime, exp - run->now, bound);
    grant->lifetime = lifetime;
    return NULL;
}

/* ---- Claims */

static const char *claim_problem(const tokex_json_t *claim, apr_pool_t *pool)
{
    const char *name = tokex_json_name(claim);
    const char *remedy;
    if (tokex_policy_claim_is_ours(name))
        return "is one that only the server writes";
    if (tokex_syntax_problem(&remedy, TOKEX_FIELD_TEXT, name, NULL, pool))
        return "has no name that a claim can have";
    return tokex_json_type(claim) == TOKEX_JSON_NULL ? "is null" : NULL;
}

static const tokex_err_t *take_claims(tokex_run_t *run, const tokex_json_t *claims)
{
    const tokex_json_t *claim;
    if (!claims || tokex_json_type(claims) != TOKEX_JSON_OBJECT)
        return wrong(run, "claims");
    for (claim = tokex_json_first(claims); claim; claim = tokex_json_next(claim)) {
        const char *name = tokex_json_name(claim);
        const char *problem = claim_problem(claim, run->pool);
        if (problem)
            return tokex_err_create(run->pool, TOKEX_E_PROCEDURE_CLAIM, NULL,
                                    "procedure \"%s\": claim \"%s\" %s", id_of(run),
                                    tokex_err_shown(run->pool, name, strlen(name)), problem);
    }
    run->made_claims = claims;
    return NULL;
}

/* ---- */

static const tokex_err_t *check_members(const tokex_run_t *run, const tokex_json_t *left)
{
    static const char *const known[] = {"scope", "audience", "lifetime", "exp", "claims"};
    for (const tokex_json_t *member = tokex_json_first(left); member;
         member = tokex_json_next(member)) {
        const char *name = tokex_json_name(member);
        bool is_known = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            is_known |= strcmp(known[i], name) == 0;
        if (!is_known)
            return tokex_err_create(run->pool, TOKEX_E_PROCEDURE_RESULT, NULL,
                                    "procedure \"%s\": r.grant has no \"%s\"; claims go into "
                                    "r.grant.claims",
                                    id_of(run), tokex_err_shown(run->pool, name, strlen(name)));
    }
    return NULL;
}

const tokex_err_t *tokex_procedure_take(tokex_grant_t *grant, tokex_run_t *run,
                                        const tokex_json_t *left)
{
    TOKEX_RETURN_ERR(check_members(run, left));
    TOKEX_RETURN_ERR(take_audiences(run, tokex_json_get(left, "audience")));
    TOKEX_RETURN_ERR(take_scopes(grant, run, tokex_json_get(left, "scope")));
    TOKEX_RETURN_ERR(take_lifetime(grant, run, left));
    return take_claims(run, tokex_json_get(left, "claims"));
}
