#include "result.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/b64url.h"
#include "base/json.h"

#define CONTEXT_HINT 512

static const char *value_text(const tokex_json_t *node, apr_pool_t *pool)
{
    const char *text = tokex_json_string(node);
    tokex_jsonw_t *w;

    if (text)
        return text;
    w = tokex_jsonw_create(pool, 64);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

static bool is_plain(char c)
{
    return (apr_isalnum(c) && (unsigned char)c <= 0x7F) || c == '_';
}

static bool is_spelled_as_variable(const char *claim)
{
    while (is_plain(*claim))
        claim++;
    return !*claim;
}

static const char *variable_name(const char *claim, apr_pool_t *pool)
{
    char *name = apr_pstrdup(pool, claim), *c;

    for (c = name; *c; c++) {
        if (!is_plain(*c))
            *c = '_';
    }
    return name;
}

/* Tables of httpd, headers and some backends make no difference between capitals and others. */
static bool is_taken(const tokex_result_t *result, const tokex_variable_t *variables,
                     const char *name)
{
    int i;

    for (i = 0; i < result->variable_count; i++) {
        const char *other = variables[i].name;

        if (apr_tolower(*other) == apr_tolower(*name) && strcasecmp(other, name) == 0)
            return true;
    }
    return false;
}

/* A claim whose name is spelled as the variable's comes before one that only becomes like it. */
static void add_variables(tokex_result_t *result, tokex_variable_t *variables,
                          const tokex_json_t *claims, bool exact, apr_pool_t *pool)
{
    const tokex_json_t *node;

    for (node = tokex_json_first(claims); node; node = tokex_json_next(node)) {
        const char *name = tokex_json_name(node);
        tokex_variable_t *variable = &variables[result->variable_count];

        if (is_spelled_as_variable(name) != exact ||
            result->variable_count == TOKEX_RESULT_VARIABLES_MAX)
            continue;
        if (!exact)
            name = variable_name(name, pool);
        if (is_taken(result, variables, name))
            continue;
        variable->name = name;
        variable->value = value_text(node, pool);
        result->variable_count++;
    }
}

static void set_variables(tokex_result_t *result, const tokex_json_t *claims, apr_pool_t *pool)
{
    tokex_variable_t *variables = apr_palloc(pool, TOKEX_RESULT_VARIABLES_MAX * sizeof(*variables));

    add_variables(result, variables, claims, true, pool);
    add_variables(result, variables, claims, false, pool);
    result->variables = variables;
}

/* What a backend needs to know of the caller, without a token to take apart. Not signed: whoever
 * reads it trusts the connection from this server. */
static const char *context_of(const tokex_json_t *claims, apr_pool_t *pool)
{
    static const char *const names[] = {"sub", "idp", "client_id", "scope", "aud", "exp",
                                        "acr", "amr", "st",        "tid",   "act", "jti"};
    tokex_jsonw_t *w = tokex_jsonw_create(pool, CONTEXT_HINT);
    const char *text;
    apr_size_t len;
    size_t i;

    tokex_jsonw_object_begin(w);
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        const tokex_json_t *node = tokex_json_get(claims, names[i]);

        if (node) {
            tokex_jsonw_name(w, names[i]);
            tokex_jsonw_node(w, node);
        }
    }
    tokex_jsonw_object_end(w);
    text = tokex_jsonw_text(w, &len);
    return tokex_b64url_string(pool, (const unsigned char *)text, len);
}

static const char *text_of(const tokex_json_t *claims, const char *name)
{
    return tokex_json_string(tokex_json_get(claims, name));
}

static void note_who(tokex_result_t *result, const tokex_outcome_t *outcome)
{
    if (outcome->issuer)
        result->issuer = outcome->issuer->config->id;
    result->subject = outcome->subject;
}

static void refuse(tokex_result_t *result, const tokex_outcome_t *outcome)
{
    const tokex_trace_t *trace = &outcome->trace;

    result->code = outcome->err->code;
    result->step = trace->count ? trace->entries[trace->count - 1].step : TOKEX_STEP_REQUEST;
}

static void grant(tokex_result_t *result, const tokex_outcome_t *outcome, int64_t now,
                  apr_pool_t *pool)
{
    const tokex_json_t *claims = outcome->goes_on;
    const char *idp = text_of(claims, "idp");

    result->granted = true;
    result->until = now + outcome->expires_in;
    /* Within the leeway of its issuer a token is taken after its end, but not remembered. */
    if (result->until > outcome->subject_until)
        result->until = outcome->subject_until;
    if (outcome->ask_again > 0 && result->until > outcome->ask_again)
        result->until = outcome->ask_again;
    result->token = outcome->token;
    result->user = outcome->user;
    result->client = text_of(claims, "client_id");
    result->scope = outcome->scope_granted;
    result->issuer = idp ? idp : result->issuer;
    result->context = context_of(claims, pool);
    set_variables(result, claims, pool);
}

tokex_result_t *tokex_result_make(const tokex_outcome_t *outcome, int64_t now, apr_pool_t *pool)
{
    tokex_result_t *result = apr_pcalloc(pool, sizeof(*result));

    note_who(result, outcome);
    if (outcome->err)
        refuse(result, outcome);
    else
        grant(result, outcome, now, pool);
    return result;
}
