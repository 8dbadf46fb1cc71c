/* Numbers, then variables, then texts, each with its zero. What we wrote ourselves is read again by
 * this build alone, so numbers are as the machine has them. Entries are short, because a hit costs
 * what a processor does not hold of them: well-known names are a number, and a text that is a
 * variable's value is said by where that stands. */
#include "result.h"

#include <limits.h>
#include <string.h>

#define MARK 0x544B5835u
#define TEXTS 9

/* How a text of a result is kept; larger ones say which variable it is. */
#define TEXT_NONE 0
#define TEXT_HERE 1
#define TEXT_VARIABLE 2

typedef struct head_t {
    apr_uint32_t mark;
    apr_uint32_t len; /* of all */
    apr_int64_t until;
    apr_uint16_t code;
    apr_uint16_t step;
    apr_uint16_t granted;
    apr_uint16_t exchanged;
    apr_uint16_t variable_count;
    unsigned char texts[TEXTS];
} head_t;

/* Names that most tokens of ours have. An octet before each variable is its place here, or zero,
 * and then the name stands behind it; with IS_TEXT where the value is one. */
static const char *const known_names[] = {
    NULL,        "iss",   "sub",       "aud",    "exp",   "nbf",  "iat",    "jti",
    "client_id", "scope", "auth_time", "acr",    "amr",   "act",  "idp",    "tid",
    "st",        "sid",   "roles",     "groups", "email", "name", "lineage"};
#define KNOWN_NAMES (sizeof known_names / sizeof known_names[0])
#define IS_TEXT 0x80

static unsigned char known_name(const char *name)
{
    size_t i;

    for (i = 1; i < KNOWN_NAMES; i++) {
        if (strcmp(known_names[i], name) == 0)
            return (unsigned char)i;
    }
    return 0;
}

static void list_texts(const char *texts[TEXTS], const tokex_result_t *result)
{
    texts[0] = result->receipt;
    texts[1] = result->issuer;
    texts[2] = result->subject;
    texts[3] = result->token;
    texts[4] = result->user;
    texts[5] = result->client;
    texts[6] = result->scope;
    texts[7] = result->token_header;
    texts[8] = result->token_signature;
}

static unsigned char place_of(const char *text, const tokex_result_t *result)
{
    int i;

    if (!text)
        return TEXT_NONE;
    for (i = 0; i < result->variable_count && i <= UCHAR_MAX - TEXT_VARIABLE; i++) {
        if (strcmp(result->variables[i].value, text) == 0)
            return (unsigned char)(TEXT_VARIABLE + i);
    }
    return TEXT_HERE;
}

/* Two passes over the same texts: one that measures, one that writes. */
typedef struct sink_t {
    unsigned char *at; /* NULL: measure */
    apr_size_t len;
} sink_t;

static void put(sink_t *sink, const char *octets, apr_size_t len)
{
    if (sink->at)
        memcpy(sink->at + sink->len, octets, len);
    sink->len += len;
}

static void put_text(sink_t *sink, const char *text)
{
    put(sink, text, strlen(text) + 1);
}

static void put_variable(sink_t *sink, const tokex_variable_t *variable)
{
    unsigned char name = known_name(variable->name);
    char octet = (char)(variable->is_text ? name | IS_TEXT : name);

    put(sink, &octet, 1);
    if (!name)
        put_text(sink, variable->name);
    put_text(sink, variable->value);
}

static void put_all(sink_t *sink, const head_t *head, const tokex_result_t *result)
{
    const char *texts[TEXTS];
    int i;

    put(sink, (const char *)head, sizeof(*head));
    for (i = 0; i < result->variable_count; i++)
        put_variable(sink, &result->variables[i]);
    list_texts(texts, result);
    for (i = 0; i < TEXTS; i++) {
        if (head->texts[i] == TEXT_HERE)
            put_text(sink, texts[i]);
    }
}

const unsigned char *tokex_result_write(const tokex_result_t *result, apr_size_t *len,
                                        apr_pool_t *pool)
{
    head_t head = {.mark = MARK,
                   .until = result->until,
                   .code = (apr_uint16_t)result->code,
                   .step = (apr_uint16_t)result->step,
                   .granted = result->granted,
                   .exchanged = result->exchanged,
                   .variable_count = (apr_uint16_t)result->variable_count};
    const char *texts[TEXTS];
    sink_t sink = {NULL, 0};
    int i;

    list_texts(texts, result);
    for (i = 0; i < TEXTS; i++)
        head.texts[i] = place_of(texts[i], result);
    put_all(&sink, &head, result);
    head.len = (apr_uint32_t)sink.len;
    sink.at = apr_palloc(pool, sink.len);
    sink.len = 0;
    put_all(&sink, &head, result);
    *len = sink.len;
    return sink.at;
}

typedef struct reader_t {
    const unsigned char *at;
    const unsigned char *end;
} reader_t;

static bool take_text(const char **text, reader_t *in)
{
    const unsigned char *zero = memchr(in->at, '\0', (apr_size_t)(in->end - in->at));

    if (!zero)
        return false;
    *text = (const char *)in->at;
    in->at = zero + 1;
    return true;
}

static bool take_variable(tokex_variable_t *variable, reader_t *in)
{
    unsigned char name;

    if (in->at == in->end)
        return false;
    variable->is_text = *in->at & IS_TEXT;
    name = *in->at++ & (unsigned char)~IS_TEXT;
    if (name >= KNOWN_NAMES)
        return false;
    variable->name = known_names[name];
    return (name || take_text(&variable->name, in)) && take_text(&variable->value, in);
}

static bool take_variables(tokex_result_t *result, reader_t *in, apr_pool_t *pool)
{
    tokex_variable_t *variables =
        apr_palloc(pool, ((apr_size_t)result->variable_count + 1) * sizeof(*variables));
    int i;

    for (i = 0; i < result->variable_count; i++) {
        if (!take_variable(&variables[i], in))
            return false;
    }
    result->variables = variables;
    return true;
}

static bool take_texts(tokex_result_t *result, const head_t *head, reader_t *in)
{
    const char **texts[TEXTS] = {&result->receipt, &result->issuer,       &result->subject,
                                 &result->token,   &result->user,         &result->client,
                                 &result->scope,   &result->token_header, &result->token_signature};
    int i;

    for (i = 0; i < TEXTS; i++) {
        int place = head->texts[i];

        if (place == TEXT_NONE)
            continue;
        if (place == TEXT_HERE) {
            if (!take_text(texts[i], in))
                return false;
        } else if (place - TEXT_VARIABLE < result->variable_count) {
            *texts[i] = result->variables[place - TEXT_VARIABLE].value;
        } else {
            return false;
        }
    }
    return true;
}

static bool is_sound(const head_t *head, apr_size_t len)
{
    return head->mark == MARK && head->len == len && head->granted <= 1 && head->exchanged <= 1 &&
           head->code < TOKEX_E_COUNT && head->step < TOKEX_STEP_COUNT &&
           head->variable_count <= TOKEX_RESULT_VARIABLES_MAX;
}

bool tokex_result_read(tokex_result_t **out, const unsigned char *octets, apr_size_t len,
                       apr_pool_t *pool)
{
    tokex_result_t *result = apr_pcalloc(pool, sizeof(*result));
    reader_t in = {octets + sizeof(head_t), octets + len};
    head_t head;

    if (len < sizeof(head))
        return false;
    memcpy(&head, octets, sizeof(head));
    if (!is_sound(&head, len))
        return false;
    result->granted = head.granted == 1;
    result->exchanged = head.exchanged == 1;
    result->code = (tokex_code_t)head.code;
    result->step = (tokex_step_t)head.step;
    result->until = head.until;
    result->variable_count = head.variable_count;
    if (!take_variables(result, &in, pool) || !take_texts(result, &head, &in) || in.at != in.end ||
        (result->granted && (!result->user || !result->scope)) ||
        !result->token_header != !result->token_signature ||
        result->exchanged != (result->token || result->token_header))
        return false;
    *out = result;
    return true;
}
