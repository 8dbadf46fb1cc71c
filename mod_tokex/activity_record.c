#include "activity_record.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"

/* Of a value that somebody else chose as much as may be shown of it, and enough to see that it is
 * longer; of others so much that all of a record find room. */
#define FOREIGN_MOST (2 * TOKEX_LIMIT_SHOWN)
#define TEXT_MOST 1024
#define STEP_TEXT_MOST 256
#define STEPS_HINT 2048
/* Texts of a step. */
#define STEP_TEXTS 4

/* In their order in a record; then those of each step. */
enum {
    TEXT_RECEIPT,
    TEXT_SERVER,
    TEXT_LOCATION,
    TEXT_CLIENT,
    TEXT_PRESENTED,
    TEXT_ISSUER,
    TEXT_SUBJECT,
    TEXT_ACTOR,
    TEXT_RULE,
    TEXT_TARGETS,
    TEXT_SCOPE_ASKED,
    TEXT_SCOPE_GRANTED,
    TEXT_REASON,
    TEXT_SECRET,
    TEXTS
};

typedef enum kind_t { KIND_GRANTED, KIND_ACCEPTED, KIND_REFUSED } kind_t;

typedef struct head_t {
    int64_t time;
    int64_t latency_us;
    uint32_t code;
    uint16_t kind;
    uint16_t remembered;
    uint32_t step_count;
} head_t;

typedef struct step_t {
    uint16_t step;
    uint16_t passed;
    uint32_t code;
} step_t;

/* ---- Writing */

typedef struct sink_t {
    unsigned char *at;
    apr_size_t left; /* for what texts say; their zeros and the rest have room beside it */
} sink_t;

static void put_octets(sink_t *sink, const void *octets, apr_size_t len)
{
    memcpy(sink->at, octets, len);
    sink->at += len;
}

/* How much of a text that is too long stands before its "...": it ends between two characters. */
static apr_size_t cut(const char *text, apr_size_t most)
{
    apr_size_t len = most - 3;

    while (len > 0 && (text[len] & 0xC0) == 0x80)
        len--;
    return len;
}

/* At most `most` octets, and a zero. */
static void put_text(sink_t *sink, const char *text, apr_size_t most)
{
    apr_size_t room = most < sink->left ? most : sink->left;
    apr_size_t len = text ? strnlen(text, room + 1) : 0;
    const unsigned char *from = sink->at;

    if (len <= room) {
        put_octets(sink, text ? text : "", len);
    } else if (room >= 3) {
        put_octets(sink, text, cut(text, room));
        put_octets(sink, "...", 3);
    }
    sink->left -= (apr_size_t)(sink->at - from);
    *sink->at++ = '\0';
}

static const char *targets_of(const tokex_outcome_t *outcome, apr_pool_t *pool)
{
    const char *text = outcome->target_count > 0 ? outcome->targets[0]->config->id : NULL;
    int i;

    for (i = 1; i < outcome->target_count; i++)
        text = apr_pstrcat(pool, text, " ", outcome->targets[i]->config->id, NULL);
    return text;
}

static void put_texts(sink_t *sink, const tokex_outcome_t *outcome,
                      const tokex_activity_context_t *context, apr_pool_t *pool)
{
    put_text(sink, context->receipt, TEXT_MOST);
    put_text(sink, context->server, TEXT_MOST);
    put_text(sink, outcome->location, TEXT_MOST);
    put_text(sink, outcome->client ? outcome->client->config->id : NULL, TEXT_MOST);
    put_text(sink, outcome->client ? NULL : outcome->client_presented, FOREIGN_MOST);
    put_text(sink, outcome->issuer ? outcome->issuer->config->id : NULL, TEXT_MOST);
    put_text(sink, outcome->subject, FOREIGN_MOST);
    put_text(sink, outcome->actor, FOREIGN_MOST);
    put_text(sink, outcome->rule ? outcome->rule->config->id : NULL, TEXT_MOST);
    put_text(sink, targets_of(outcome, pool), TEXT_MOST);
    put_text(sink, outcome->scope_asked, FOREIGN_MOST);
    put_text(sink, outcome->scope_granted, TEXT_MOST);
    put_text(sink, outcome->err ? tokex_err_text(outcome->err, pool) : NULL, TEXT_MOST);
    put_text(sink, outcome->secret, TEXT_MOST);
}

static void put_step(sink_t *sink, const tokex_trace_entry_t *entry)
{
    const step_t step = {(uint16_t)entry->step, entry->passed, (uint32_t)entry->code};

    put_octets(sink, &step, sizeof(step));
    put_text(sink, entry->object, STEP_TEXT_MOST);
    put_text(sink, entry->id, STEP_TEXT_MOST);
    put_text(sink, entry->field, STEP_TEXT_MOST);
    put_text(sink, entry->found, STEP_TEXT_MOST);
}

static kind_t kind_of(const tokex_outcome_t *outcome)
{
    if (outcome->err)
        return KIND_REFUSED;
    return outcome->token ? KIND_GRANTED : KIND_ACCEPTED;
}

apr_size_t tokex_activity_record_write(unsigned char *octets, const tokex_outcome_t *outcome,
                                       const tokex_activity_context_t *context, apr_pool_t *pool)
{
    const tokex_trace_t *trace = &outcome->trace;
    const head_t head = {.time = context->time,
                         .latency_us = context->latency_us,
                         .code = outcome->err ? (uint32_t)outcome->err->code : 0,
                         .kind = (uint16_t)kind_of(outcome),
                         .remembered = outcome->remembered,
                         .step_count = (uint32_t)trace->count};
    sink_t sink = {octets, TOKEX_ACTIVITY_RECORD_MAX - sizeof(head) - TEXTS -
                               (apr_size_t)trace->count * (sizeof(step_t) + STEP_TEXTS)};
    int i;

    put_octets(&sink, &head, sizeof(head));
    put_texts(&sink, outcome, context, pool);
    for (i = 0; i < trace->count; i++)
        put_step(&sink, &trace->entries[i]);
    return (apr_size_t)(sink.at - octets);
}

/* ---- Reading what was written here, by the same process */

static const char *take(const unsigned char **at)
{
    const char *text = (const char *)*at;

    *at += strlen(text) + 1;
    return text;
}

static const char *shown(const char *text, apr_pool_t *pool)
{
    return *text ? tokex_err_shown_param(pool, text) : "";
}

static void member(tokex_jsonw_t *w, const char *name, const char *text)
{
    if (*text)
        tokex_jsonw_member_string(w, name, text);
}

static void write_step(tokex_jsonw_t *w, const unsigned char **at, apr_pool_t *pool)
{
    step_t step;

    memcpy(&step, *at, sizeof(step));
    *at += sizeof(step);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "step", tokex_trace_step_name((tokex_step_t)step.step));
    tokex_jsonw_member_bool(w, "passed", step.passed != 0);
    if (!step.passed)
        tokex_jsonw_member_string(w, "code", tokex_err_info((tokex_code_t)step.code)->name);
    member(w, "object", take(at));
    member(w, "id", shown(take(at), pool));
    member(w, "field", take(at));
    member(w, "found", shown(take(at), pool));
    tokex_jsonw_object_end(w);
}

static const char *write_steps(const unsigned char **at, uint32_t count, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, STEPS_HINT);
    uint32_t i;

    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++)
        write_step(w, at, pool);
    tokex_jsonw_array_end(w);
    return tokex_jsonw_text(w, NULL);
}

void tokex_activity_record_read(tokex_activity_row_t *row, const unsigned char *octets,
                                apr_pool_t *pool)
{
    static const char *const kinds[] = {"granted", "accepted", "refused"};
    const char *texts[TEXTS];
    const unsigned char *at = octets + sizeof(head_t);
    head_t head;
    int i;

    memcpy(&head, octets, sizeof(head));
    for (i = 0; i < TEXTS; i++)
        texts[i] = take(&at);
    *row = (tokex_activity_row_t){
        .time = head.time,
        .receipt = texts[TEXT_RECEIPT],
        .server = texts[TEXT_SERVER],
        .location = texts[TEXT_LOCATION],
        .client = *texts[TEXT_CLIENT] ? texts[TEXT_CLIENT] : shown(texts[TEXT_PRESENTED], pool),
        .issuer = texts[TEXT_ISSUER],
        .subject = shown(texts[TEXT_SUBJECT], pool),
        .actor = shown(texts[TEXT_ACTOR], pool),
        .rule = texts[TEXT_RULE],
        .targets = texts[TEXT_TARGETS],
        .scope_asked = shown(texts[TEXT_SCOPE_ASKED], pool),
        .scope_granted = texts[TEXT_SCOPE_GRANTED],
        .outcome = kinds[head.kind],
        .code = head.kind == KIND_REFUSED ? tokex_err_info((tokex_code_t)head.code)->name : "",
        .reason = texts[TEXT_REASON],
        .secret = texts[TEXT_SECRET],
        .remembered = head.remembered != 0,
        .latency_us = head.latency_us,
        .steps = write_steps(&at, head.step_count, pool)};
}
