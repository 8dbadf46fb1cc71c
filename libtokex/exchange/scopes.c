#include "exchange/scopes.h"

#include <string.h>

#include <apr_strings.h>

/* Who wants or has a scope of the target. */
#define CLIENT 1u
#define SUBJECT 2u
#define ASKED 4u

/* The target's scopes, each with a mark of who else names it. */
typedef struct marks_t {
    const tokex_policy_t *policy;
    tokex_scope_set_t scopes;
    unsigned char *marks;
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

static void mark_text(marks_t *m, const char *text, unsigned who)
{
    const char *token;
    apr_size_t len;
    while ((len = next_token(&token, &text)) > 0)
        mark(m, tokex_policy_scope(m->policy, token, len), who);
}

/* Foreign scopes that we do not know are dropped: they can grant nothing here. */
static void mark_node(marks_t *m, const tokex_json_t *node)
{
    const tokex_json_t *element;
    if (tokex_json_string(node))
        mark_text(m, tokex_json_string(node), SUBJECT);
    if (tokex_json_type(node) != TOKEX_JSON_ARRAY)
        return;
    for (element = tokex_json_first(node); element; element = tokex_json_next(element)) {
        const char *name = tokex_json_string(element);
        if (name)
            mark(m, tokex_policy_scope(m->policy, name, strlen(name)), SUBJECT);
    }
}

static void mark_subject(marks_t *m, const tokex_run_t *run, const tokex_json_t *claims)
{
    const char *name = run->outcome->issuer->config->scope_claim;
    const tokex_json_t *node = tokex_json_get(claims, name ? name : "scope");
    if (!node && !name)
        node = tokex_json_get(claims, "scp");
    if (node)
        mark_node(m, node);
    else
        mark_set(m, run->outcome->rule->scopes_when_absent, SUBJECT);
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

static void collect(tokex_scopes_t *out, const marks_t *m, unsigned wanted, apr_pool_t *pool)
{
    const char **items = apr_palloc(pool, sizeof(*items) * (apr_size_t)(m->scopes.count + 1));
    apr_size_t len = 0;
    char *text;
    out->items = items;
    out->count = 0;
    for (int i = 0; i < m->scopes.count; i++) {
        if ((m->marks[i] & wanted) != wanted)
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
                         outcome->rule->config->id, outcome->target->config->id),
        "rule", outcome->rule->config->id, "scope_mode");
}

const tokex_err_t *tokex_scopes_narrow(tokex_scopes_t *out, tokex_run_t *run,
                                       const tokex_json_t *claims)
{
    tokex_outcome_t *outcome = run->outcome;
    marks_t m = {.policy = run->engine->policy, .scopes = outcome->target->scopes};
    unsigned wanted = CLIENT | SUBJECT | (run->request->scope ? ASKED : 0u);
    m.marks = apr_pcalloc(run->pool, (apr_size_t)m.scopes.count + 1);
    if (run->request->scope)
        TOKEX_RETURN_ERR(mark_asked(&m, run));
    mark_set(&m, outcome->client->scopes, CLIENT);
    mark_subject(&m, run, claims);
    collect(out, &m, wanted, run->pool);
    if (run->request->scope && out->count == 0)
        return refuse_empty(run);
    outcome->scope_granted = out->text;
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_SCOPE, "rule", outcome->rule->config->id,
                     "scope_mode", out->text);
    return NULL;
}
