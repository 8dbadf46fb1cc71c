#include "result.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/b64url.h"
#include "base/json.h"

/* More claims than this have no variables; what we issue has about twenty beside the mapped ones,
 * which are TOKEX_LIMIT_MAPPING_ROWS at most. */
#define VARIABLES_MAX (TOKEX_LIMIT_MAPPING_ROWS + 32)
#define CONTEXT_HINT 512

/* ---- From an outcome */

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

        if (is_spelled_as_variable(name) != exact || result->variable_count == VARIABLES_MAX)
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
    tokex_variable_t *variables = apr_palloc(pool, VARIABLES_MAX * sizeof(*variables));

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

static void grant(tokex_result_t *result, const tokex_outcome_t *outcome,
                  const tokex_json_t *claims, int64_t now, apr_pool_t *pool)
{
    const char *idp = text_of(claims, "idp");

    result->granted = true;
    result->until = now + outcome->expires_in;
    /* Within the leeway of its issuer a token is taken after its end, but not remembered. */
    if (result->until > outcome->subject_until)
        result->until = outcome->subject_until;
    result->token = outcome->token;
    result->client = text_of(claims, "client_id");
    result->scope = outcome->scope_granted;
    result->issuer = idp ? idp : result->issuer;
    result->context = context_of(claims, pool);
    set_variables(result, claims, pool);
}

/* It goes into logs, variables and headers. */
static bool names_user(const char *text)
{
    const char *c = text;

    while (c && *c && !apr_iscntrl(*c))
        c++;
    return c != text && !*c;
}

const tokex_err_t *tokex_result_make(tokex_result_t **out, const tokex_outcome_t *outcome,
                                     const char *user_claim, int64_t now, apr_pool_t *pool)
{
    tokex_result_t *result = apr_pcalloc(pool, sizeof(*result));
    const tokex_json_t *claims = outcome->accepted;

    note_who(result, outcome);
    if (outcome->err) {
        refuse(result, outcome);
        *out = result;
        return NULL;
    }
    if (!claims)
        TOKEX_RETURN_ERR(
            tokex_json_parse_object(&claims, outcome->claims, outcome->claims_len, pool));
    result->user = text_of(claims, user_claim);
    if (names_user(result->user)) {
        grant(result, outcome, claims, now, pool);
    } else {
        result->code = TOKEX_E_USER_CLAIM;
        result->step = TOKEX_STEP_SUBJECT;
    }
    *out = result;
    return NULL;
}

/* ---- As octets: numbers, then texts, each with its zero. What we wrote ourselves is read again by
 * this build alone, so numbers are as the machine has them. */

#define MARK 0x544B5832u
#define TEXTS 8

typedef struct head_t {
    apr_uint32_t mark;
    apr_uint16_t granted;
    apr_uint16_t present; /* a bit for each of the texts: those that are none are not written */
    apr_uint32_t code;
    apr_uint32_t step;
    apr_int64_t until;
    apr_uint32_t variable_count;
    apr_uint32_t len; /* of all */
} head_t;

static void list_texts(const char *texts[TEXTS], const tokex_result_t *result)
{
    texts[0] = result->receipt;
    texts[1] = result->issuer;
    texts[2] = result->subject;
    texts[3] = result->token;
    texts[4] = result->user;
    texts[5] = result->client;
    texts[6] = result->scope;
    texts[7] = result->context;
}

/* Two passes over the same texts: one that measures, one that writes. */
typedef struct sink_t {
    unsigned char *at; /* NULL: measure */
    apr_size_t len;
} sink_t;

static void put(sink_t *sink, const char *text)
{
    apr_size_t len = strlen(text) + 1;

    if (sink->at)
        memcpy(sink->at + sink->len, text, len);
    sink->len += len;
}

static void put_all(sink_t *sink, head_t *head, const tokex_result_t *result)
{
    const char *texts[TEXTS];
    int i;

    sink->len = sizeof(*head);
    list_texts(texts, result);
    for (i = 0; i < TEXTS; i++) {
        if (!texts[i])
            continue;
        head->present |= (apr_uint16_t)(1u << i);
        put(sink, texts[i]);
    }
    for (i = 0; i < result->variable_count; i++) {
        put(sink, result->variables[i].name);
        put(sink, result->variables[i].value);
    }
}

const unsigned char *tokex_result_write(const tokex_result_t *result, apr_size_t *len,
                                        apr_pool_t *pool)
{
    head_t head = {.mark = MARK,
                   .granted = result->granted,
                   .code = result->code,
                   .step = result->step,
                   .until = result->until,
                   .variable_count = (apr_uint32_t)result->variable_count};
    sink_t sink = {NULL, 0};

    put_all(&sink, &head, result);
    head.len = (apr_uint32_t)sink.len;
    sink.at = apr_palloc(pool, sink.len);
    memcpy(sink.at, &head, sizeof(head));
    put_all(&sink, &head, result);
    *len = sink.len;
    return sink.at;
}

typedef struct reader_t {
    const unsigned char *at;
    const unsigned char *end;
} reader_t;

static bool take(const char **text, reader_t *in)
{
    const unsigned char *zero = memchr(in->at, '\0', (apr_size_t)(in->end - in->at));

    if (!zero)
        return false;
    *text = (const char *)in->at;
    in->at = zero + 1;
    return true;
}

static bool take_variables(tokex_result_t *result, reader_t *in, apr_pool_t *pool)
{
    tokex_variable_t *variables =
        apr_palloc(pool, ((apr_size_t)result->variable_count + 1) * sizeof(*variables));
    int i;

    for (i = 0; i < result->variable_count; i++) {
        if (!take(&variables[i].name, in) || !take(&variables[i].value, in))
            return false;
    }
    result->variables = variables;
    return true;
}

static bool is_sound(const head_t *head, apr_size_t len)
{
    return head->mark == MARK && head->len == len && head->granted <= 1 &&
           head->present < 1u << TEXTS && head->code < TOKEX_E_COUNT &&
           head->step < TOKEX_STEP_COUNT && head->variable_count <= VARIABLES_MAX;
}

bool tokex_result_read(tokex_result_t **out, const unsigned char *octets, apr_size_t len,
                       apr_pool_t *pool)
{
    tokex_result_t *result = apr_pcalloc(pool, sizeof(*result));
    const char **texts[TEXTS] = {&result->receipt, &result->issuer, &result->subject,
                                 &result->token,   &result->user,   &result->client,
                                 &result->scope,   &result->context};
    reader_t in = {octets + sizeof(head_t), octets + len};
    head_t head;
    int i;

    if (len < sizeof(head))
        return false;
    memcpy(&head, octets, sizeof(head));
    if (!is_sound(&head, len))
        return false;
    result->granted = head.granted == 1;
    result->code = (tokex_code_t)head.code;
    result->step = (tokex_step_t)head.step;
    result->until = head.until;
    result->variable_count = (int)head.variable_count;
    for (i = 0; i < TEXTS; i++) {
        if ((head.present & 1u << i) && !take(texts[i], &in))
            return false;
    }
    if (!take_variables(result, &in, pool) || in.at != in.end ||
        (result->granted && (!result->user || !result->scope)))
        return false;
    *out = result;
    return true;
}
