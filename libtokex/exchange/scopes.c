#include "exchange/scopes.h"

#include <string.h>

#include <apr_strings.h>

/* Who wants or has a scope of the first target. */
#define CLIENT 1u
#define SUBJECT 2u
#define ASKED 4u

/* The scopes of the first target, each with a mark of who else names it. */
typedef struct marks_t {
    const tokex_policy_t *policy;
    const tokex_outcome_t *outcome;
    tokex_scope_set_t scopes;
    unsigned char *marks;
    bool subject_beyond; /* the subject token has a scope that cannot be had */
    bool was_granted;    /* the subject token is ours: what it has was decided when we issued it */
} marks_t;

static void mark(marks_t *m, int number, unsigned who)
{
    int low = 0;
    int high = m->scopes.count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (m->scopes.items[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < m->scopes.count && m->scopes.items[low] == number)
        m->marks[low] |= (unsigned char)who;
}

static void mark_set(marks_t *m, tokex_scope_set_t set, unsigned who)
{
    for (int i = 0; i < set.count; i++)
        mark(m, set.items[i], who);
}

/* The next token of a blank-separated text; 0 at its end. */
static apr_size_t next_token(const char **token, const char **text)
{
    const char *begin = *text + strspn(*text, " ");
    apr_size_t len = strcspn(begin, " ");
    *token = begin;
    *text = begin + len;
    return len;
}

static bool all_targets_know(const marks_t *m, int number)
{
    for (int i = 0; i < m->outcome->target_count; i++)
        if (!tokex_policy_scope_in(m->outcome->targets[i]->scopes, number))
            return false;
    return true;
}

static void mark_subject_scope(marks_t *m, int number)
{
    mark(m, number, SUBJECT);
    /* What is never granted by itself is no reason to grant something else. */
    if (number < 0 || (!tokex_policy_scope_is_sensitive(m->policy, number) &&
                       (!tokex_policy_scope_in(m->outcome->client->scopes, number) ||
                        !all_targets_know(m, number))))
        m->subject_beyond = true;
}

static bool is_text(const char *token, apr_size_t len, const char *text)
{
    return strncmp(token, text, len) == 0 && text[len] == '\0';
}

/* A foreign scope, by the issuer's map or under its own name. */
static void mark_foreign(marks_t *m, const char *token, apr_size_t len)
{
    const tokex_policy_issuer_t *issuer = m->outcome->issuer;
    for (int i = 0; i < issuer->scope_map_count; i++)
        if (is_text(token, len, issuer->scope_map[i].from)) {
            mark_subject_scope(m, issuer->scope_map[i].to);
            return;
        }
    if (!is_text(token, len, "openid") && !is_text(token, len, "offline_access"))
        mark_subject_scope(m, tokex_policy_scope(m->policy, token, len));
}

static void mark_node(marks_t *m, const tokex_json_t *node)
{
    const tokex_json_t *element;
    const char *text = tokex_json_string(node);
    const char *token;
    apr_size_t len;
    while (text && (len = next_token(&token, &text)) > 0)
        mark_foreign(m, token, len);
    if (tokex_json_type(node) != TOKEX_JSON_ARRAY)
        return;
    for (element = tokex_json_first(node); element; element = tokex_json_next(element)) {
        const char *name = tokex_json_string(element);
        if (name)
            mark_foreign(m, name, strlen(name));
    }
}

static void mark_subject(marks_t *m, const tokex_json_t *claims)
{
    const char *name = m->outcome->issuer->config->scope_claim;
    tokex_scope_set_t absent = m->outcome->rule->scopes_when_absent;
    const tokex_json_t *node = tokex_json_get(claims, name ? name : "scope");
    if (!node && !name)
        node = tokex_json_get(claims, "scp");
    if (node)
        mark_node(m, node);
    for (int i = 0; !node && i < absent.count; i++)
        mark_subject_scope(m, absent.items[i]);
}

/* What the roles of a local account give beside what the token says. */
static void mark_roles(marks_t *m)
{
    const tokex_outcome_t *outcome = m->outcome;
    for (int i = 0; outcome->local && i < m->scopes.count; i++)
        if (tokex_policy_scope_has_role(m->policy, m->scopes.items[i], &outcome->account->roles))
            m->marks[i] |= SUBJECT;
}

/* openid and offline_access need no word here: no policy has scopes of these names. */
static const tokex_err_t *mark_asked(marks_t *m, tokex_run_t *run)
{
    const tokex_policy_client_t *client = run->outcome->client;
    const char *text = run->request->scope;
    const char *token;
    apr_size_t len;
    while ((len = next_token(&token, &text)) > 0) {
        int number = tokex_policy_scope(m->policy, token, len);
        if (number < 0 || !tokex_policy_scope_in(client->scopes, number))
            return tokex_trace_refuse(
                &run->outcome->trace, TOKEX_STEP_SCOPE,
                tokex_err_create(
                    run->pool, TOKEX_E_SCOPE_CLIENT, NULL,
                    "\"%s\" was asked for; it is none of scopes of client \"%s\"",
                    tokex_err_shown_param(run->pool, apr_pstrmemdup(run->pool, token, len)),
                    client->config->id),
                "client", client->config->id, "scopes");
        mark(m, number, ASKED);
    }
    return NULL;
}

/* Whose word it takes for a scope to be granted. */
static unsigned wanted_by_mode(const marks_t *m, bool asked)
{
    unsigned always = CLIENT | (asked ? ASKED : 0u);
    switch (m->outcome->rule->scope_mode) {
    case TOKEX_SCOPE_WIDEN:
        return asked ? always : always | SUBJECT;
    case TOKEX_SCOPE_FALLBACK:
        return m->subject_beyond ? always : always | SUBJECT;
    default:
        return always | SUBJECT;
    }
}

static bool is_granted(const marks_t *m, int i, unsigned wanted)
{
    int number = m->scopes.items[i];
    if ((m->marks[i] & wanted) != wanted || !all_targets_know(m, number))
        return false;
    return m->was_granted || !tokex_policy_scope_is_sensitive(m->policy, number) ||
           ((m->marks[i] & ASKED) &&
            tokex_policy_scope_in(m->outcome->rule->sensitive_scopes, number));
}

static void collect(tokex_scopes_t *out, const marks_t *m, unsigned wanted, apr_pool_t *pool)
{
    const char **items = apr_palloc(pool, sizeof(*items) * (apr_size_t)(m->scopes.count + 1));
    apr_size_t len = 0;
    char *text;
    out->items = items;
    out->count = 0;
    for (int i = 0; i < m->scopes.count; i++) {
        if (!is_granted(m, i, wanted))
            continue;
        items[out->count] = tokex_policy_scope_name(m->policy, m->scopes.items[i]);
        len += strlen(items[out->count++]) + 1;
    }
    out->text = text = apr_palloc(pool, len + 1);
    for (int i = 0; i < out->count; i++) {
        apr_size_t n = strlen(items[i]);
        if (i > 0)
            *text++ = ' ';
        memcpy(text, items[i], n);
        text += n;
    }
    *text = '\0';
}

static const tokex_err_t *refuse_empty(tokex_run_t *run)
{
    const tokex_outcome_t *outcome = run->outcome;
    const char *asked = run->request->scope;
    return tokex_trace_refuse(
        &run->outcome->trace, TOKEX_STEP_SCOPE,
        tokex_err_create(run->pool, TOKEX_E_SCOPE_EMPTY, NULL,
                         "nothing of \"%s\" is left after the subject token, client \"%s\", rule "
                         "\"%s\" and target \"%s\"",
                         tokex_err_shown_param(run->pool, asked), outcome->client->config->id,
                         outcome->rule->config->id, outcome->targets[0]->config->id),
        "rule", outcome->rule->config->id, "scope_mode");
}

const tokex_err_t *tokex_scopes_decide(tokex_scopes_t *out, tokex_run_t *run,
                                       const tokex_json_t *claims)
{
    tokex_outcome_t *outcome = run->outcome;
    marks_t m = {
        .policy = run->engine->policy, .outcome = outcome, .scopes = outcome->targets[0]->scopes};
    bool asked = run->request->scope != NULL;
    m.marks = apr_pcalloc(run->pool, (apr_size_t)m.scopes.count + 1);
    if (asked)
        TOKEX_RETURN_ERR(mark_asked(&m, run));
    mark_set(&m, outcome->client->scopes, CLIENT);
    mark_subject(&m, claims);
    mark_roles(&m);
    collect(out, &m, wanted_by_mode(&m, asked), run->pool);
    if (asked && out->count == 0)
        return refuse_empty(run);
    outcome->scope_granted = out->text;
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_SCOPE, "rule", outcome->rule->config->id,
                     "scope_mode", out->text);
    return NULL;
}

static tokex_scope_set_t all_scopes(const tokex_policy_t *policy, apr_pool_t *pool)
{
    tokex_scope_set_t set = {NULL, 0};
    int *items;
    while (tokex_policy_scope_name(policy, set.count))
        set.count++;
    items = apr_palloc(pool, ((apr_size_t)set.count + 1) * sizeof(*items));
    for (int i = 0; i < set.count; i++)
        items[i] = i;
    set.items = items;
    return set;
}

static tokex_scope_line_t line_of(const marks_t *m, int i, bool decided, unsigned wanted)
{
    int number = m->scopes.items[i];
    return (tokex_scope_line_t){
        .scope = tokex_policy_scope_name(m->policy, number),
        .asked = (m->marks[i] & ASKED) != 0,
        .subject = (m->marks[i] & SUBJECT) != 0,
        .client = (m->marks[i] & CLIENT) != 0,
        .targets = all_targets_know(m, number),
        .sensitive = tokex_policy_scope_is_sensitive(m->policy, number),
        .rule = tokex_policy_scope_in(m->outcome->rule->sensitive_scopes, number),
        .granted = decided && is_granted(m, i, wanted)};
}

const tokex_scope_line_t *tokex_scopes_table(int *count, tokex_run_t *run,
                                             const tokex_json_t *claims)
{
    const tokex_outcome_t *outcome = run->outcome;
    marks_t m = {.policy = run->engine->policy, .outcome = outcome};
    bool asked = run->request->scope != NULL;
    tokex_scope_line_t *lines;
    bool decided;
    m.scopes = all_scopes(m.policy, run->pool);
    m.marks = apr_pcalloc(run->pool, (apr_size_t)m.scopes.count + 1);
    lines = apr_palloc(run->pool, ((apr_size_t)m.scopes.count + 1) * sizeof(*lines));
    decided = !asked || !mark_asked(&m, run);
    mark_set(&m, outcome->client->scopes, CLIENT);
    mark_subject(&m, claims);
    mark_roles(&m);
    *count = 0;
    for (int i = 0; i < m.scopes.count; i++) {
        lines[*count] = line_of(&m, i, decided, wanted_by_mode(&m, asked));
        if (m.marks[i] || lines[*count].targets)
            (*count)++;
    }
    return lines;
}

/* Does one of the scopes that count stand in what the location asks for? */
static bool is_one_asked(const tokex_scopes_t *scopes, const char *asked)
{
    const char *token;
    apr_size_t len;
    while ((len = next_token(&token, &asked)) > 0)
        for (int i = 0; i < scopes->count; i++)
            if (is_text(token, len, scopes->items[i]))
                return true;
    return false;
}

const tokex_err_t *tokex_scopes_accept(tokex_run_t *run, const tokex_json_t *claims)
{
    tokex_outcome_t *outcome = run->outcome;
    const char *location = run->request->location->name;
    const char *asked = run->request->scope;
    const char *text = tokex_json_string(tokex_json_get(claims, "scope"));
    tokex_scopes_t scopes;
    const char *token;
    apr_size_t len;
    marks_t m = {.policy = run->engine->policy,
                 .outcome = outcome,
                 .scopes = outcome->targets[0]->scopes,
                 .was_granted = true};
    m.marks = apr_pcalloc(run->pool, (apr_size_t)m.scopes.count + 1);
    while (text && (len = next_token(&token, &text)) > 0)
        mark(&m, tokex_policy_scope(m.policy, token, len), SUBJECT);
    collect(&scopes, &m, SUBJECT, run->pool);
    if (asked && !is_one_asked(&scopes, asked))
        return tokex_trace_refuse(&outcome->trace, TOKEX_STEP_SCOPE,
                                  tokex_err_create(run->pool, TOKEX_E_SCOPE_EMPTY, NULL,
                                                   "our token has \"%s\", and location %s asks "
                                                   "for \"%s\"",
                                                   scopes.text, location, asked),
                                  "location", location, "TokexScope");
    outcome->scope_granted = scopes.text;
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_SCOPE, "location", location, "TokexScope",
                     scopes.text);
    return NULL;
}
