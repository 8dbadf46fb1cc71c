#include "result.h"

#include <string.h>

#include <apr_strings.h>

#include "base/b64url.h"
#include "base/json.h"

#define PAYLOAD_HINT 1024

static void set_value(tokex_variable_t *variable, const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w;

    variable->value = tokex_json_string(node);
    variable->is_text = variable->value != NULL;
    if (variable->is_text)
        return;
    w = tokex_jsonw_create(pool, 64);
    tokex_jsonw_node(w, node);
    variable->value = tokex_jsonw_text(w, NULL);
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
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

        if (!((*other ^ *name) & ~('a' ^ 'A')) && strcasecmp(other, name) == 0)
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
        set_value(variable, node, pool);
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
    result->exchanged = outcome->token != NULL;
    result->token = outcome->token;
    result->user = outcome->user;
    result->client = text_of(claims, "client_id");
    result->scope = outcome->scope_granted;
    result->issuer = idp ? idp : result->issuer;
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

const tokex_variable_t *tokex_result_variable(const tokex_result_t *result, const char *name)
{
    int i;

    for (i = 0; i < result->variable_count; i++) {
        const char *other = result->variables[i].name;

        if (*other == *name && strcmp(other, name) == 0)
            return &result->variables[i];
    }
    return NULL;
}

void tokex_result_put_variable(tokex_jsonw_t *w, const tokex_variable_t *variable)
{
    tokex_jsonw_name(w, variable->name);
    if (variable->is_text)
        tokex_jsonw_string(w, variable->value);
    else
        tokex_jsonw_json(w, variable->value);
}

/* ---- Its token */

static const char *payload_of(const tokex_result_t *result, apr_size_t *len, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, PAYLOAD_HINT);
    int i;

    tokex_jsonw_object_begin(w);
    for (i = 0; i < result->variable_count; i++)
        tokex_result_put_variable(w, &result->variables[i]);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, len);
}

static const char *join(const tokex_result_t *result, apr_pool_t *pool)
{
    apr_size_t header = strlen(result->token_header);
    apr_size_t signature = strlen(result->token_signature);
    apr_size_t len;
    const char *payload = payload_of(result, &len, pool);
    char *token = apr_palloc(pool, header + TOKEX_B64URL_ENCODED(len) + signature + sizeof(".."));
    char *at = token;

    memcpy(at, result->token_header, header);
    at += header;
    *at++ = '.';
    at += tokex_b64url_encode(at, (const unsigned char *)payload, len);
    *at++ = '.';
    memcpy(at, result->token_signature, signature + 1);
    return token;
}

const char *tokex_result_token(const tokex_result_t *result, apr_pool_t *pool)
{
    return result->token_header ? join(result, pool) : result->token;
}

void tokex_result_part(tokex_result_t *result, apr_pool_t *pool)
{
    tokex_result_t parted = *result;
    const char *first = result->token ? strchr(result->token, '.') : NULL;
    const char *last = first ? strrchr(first, '.') : NULL;

    if (!last)
        return;
    parted.token = NULL;
    parted.token_header = apr_pstrmemdup(pool, result->token, (apr_size_t)(first - result->token));
    parted.token_signature = last + 1;
    if (strcmp(join(&parted, pool), result->token) == 0)
        *result = parted;
}
