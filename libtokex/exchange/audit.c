#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "base/json.h"
#include "exchange/outcome.h"

/* What a pipe takes in one piece (PIPE_BUF), less the line break. */
#define LINE_MAX_OCTETS 4095
#define SIZE_HINT 1536
/* The most values that one line has. */
#define VALUES_MAX 24

typedef struct value_t {
    const char *name;
    const char *text;
    apr_size_t len;
    bool is_cut;
} value_t;

typedef struct line_t {
    const tokex_outcome_t *outcome;
    int64_t latency_us;
    value_t values[VALUES_MAX];
    int count;
    apr_pool_t *pool;
} line_t;

static void add(line_t *line, const char *name, const char *text)
{
    value_t *value = &line->values[line->count];
    if (!text || line->count == VALUES_MAX)
        return;
    value->name = name;
    value->text = text;
    value->len = strlen(text);
    value->is_cut = false;
    line->count++;
}

/* What a caller chose is cut and made printable: a log is read in terminals. */
static void add_foreign(line_t *line, const char *name, const char *text)
{
    if (text)
        add(line, name, tokex_err_shown_param(line->pool, text));
}

static char *two_digits(char *out, int value)
{
    *out++ = (char)('0' + value / 10 % 10);
    *out++ = (char)('0' + value % 10);
    return out;
}

/* RFC 3339, in UTC. Not printf: this is on the path of every request. */
static const char *rfc3339(int64_t now, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, sizeof("9999-12-31T23:59:59Z"));
    char *out = text;
    apr_time_exp_t t;
    (void)apr_time_exp_gmt(&t, apr_time_from_sec(now));
    out = two_digits(out, (t.tm_year + 1900) / 100);
    out = two_digits(out, t.tm_year + 1900);
    *out++ = '-';
    out = two_digits(out, t.tm_mon + 1);
    *out++ = '-';
    out = two_digits(out, t.tm_mday);
    *out++ = 'T';
    out = two_digits(out, t.tm_hour);
    *out++ = ':';
    out = two_digits(out, t.tm_min);
    *out++ = ':';
    out = two_digits(out, t.tm_sec);
    *out++ = 'Z';
    *out = '\0';
    return text;
}

static const char *targets_of(const tokex_outcome_t *outcome, apr_pool_t *pool)
{
    const char *text = outcome->target_count > 0 ? outcome->targets[0]->config->id : NULL;
    for (int i = 1; i < outcome->target_count; i++)
        text = apr_pstrcat(pool, text, " ", outcome->targets[i]->config->id, NULL);
    return text;
}

static const char *word_of(const tokex_outcome_t *outcome)
{
    if (outcome->err)
        return "refused";
    if (outcome->endpoint)
        return strcmp(outcome->endpoint, "revoke") == 0 ? "revoked" : "introspected";
    return outcome->token ? "granted" : "accepted";
}

static void collect(line_t *line, const char *receipt, int64_t now)
{
    const tokex_outcome_t *outcome = line->outcome;
    add(line, "time", rfc3339(now, line->pool));
    add(line, "receipt", receipt);
    add(line, "location", outcome->location);
    add(line, "endpoint", outcome->endpoint);
    add(line, "outcome", word_of(outcome));
    if (outcome->err) {
        add(line, "code", tokex_err_info(outcome->err->code)->name);
        add(line, "reason", tokex_err_text(outcome->err, line->pool));
    }
    if (outcome->client)
        add(line, "client", outcome->client->config->id);
    add_foreign(line, "client_presented", outcome->client_presented);
    if (outcome->issuer)
        add(line, "issuer", outcome->issuer->config->id);
    add_foreign(line, "subject", outcome->subject);
    add_foreign(line, "subject_jti", outcome->subject_jti);
    if (outcome->account)
        add(line, "account", outcome->account->id);
    if (outcome->actor_issuer)
        add(line, "actor_issuer", outcome->actor_issuer->config->id);
    add_foreign(line, "actor", outcome->actor);
    add_foreign(line, "actor_jti", outcome->actor_jti);
    add_foreign(line, "actors", outcome->actors);
    if (outcome->rule)
        add(line, "rule", outcome->rule->config->id);
    add(line, "target", targets_of(outcome, line->pool));
    add_foreign(line, "scope_asked", outcome->scope_asked);
    add(line, "scope_granted", outcome->scope_granted);
    add(line, "jti", outcome->jti);
}

static void write_value(tokex_jsonw_t *w, const line_t *line, const value_t *value)
{
    tokex_jsonw_name(w, value->name);
    if (!value->is_cut)
        tokex_jsonw_string_len(w, value->text, value->len);
    else
        tokex_jsonw_string(w, apr_pstrcat(line->pool,
                                          apr_pstrmemdup(line->pool, value->text, value->len),
                                          "...", NULL));
}

static void write_trace(tokex_jsonw_t *w, const tokex_trace_t *trace)
{
    tokex_jsonw_name(w, "trace");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < trace->count; i++) {
        const tokex_trace_entry_t *entry = &trace->entries[i];
        const char *step = tokex_trace_step_name(entry->step);
        const char *code = entry->passed ? "ok" : tokex_err_info(entry->code)->name;
        char text[96];
        apr_size_t step_len = strlen(step);
        apr_size_t code_len = strlen(code);
        if (step_len + 1 + code_len > sizeof(text))
            continue;
        memcpy(text, step, step_len);
        text[step_len] = ':';
        memcpy(text + step_len + 1, code, code_len);
        tokex_jsonw_string_len(w, text, step_len + 1 + code_len);
    }
    tokex_jsonw_array_end(w);
}

static const char *render(const line_t *line, apr_size_t *len)
{
    tokex_jsonw_t *w = tokex_jsonw_create(line->pool, SIZE_HINT);
    tokex_jsonw_object_begin(w);
    for (int i = 0; i < line->count; i++)
        write_value(w, line, &line->values[i]);
    if (line->outcome->remembered)
        tokex_jsonw_member_bool(w, "remembered", true);
    if (line->outcome->decided)
        tokex_jsonw_member_bool(w, "delegation", line->outcome->delegation);
    tokex_jsonw_member_integer(w, "latency_us", line->latency_us);
    write_trace(w, &line->outcome->trace);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, len);
}

/* Halves the longest value, between two characters. */
static void cut_longest(line_t *line)
{
    value_t *longest = &line->values[0];
    for (int i = 1; i < line->count; i++)
        if (line->values[i].len > longest->len)
            longest = &line->values[i];
    longest->len /= 2;
    while (longest->len > 0 && (longest->text[longest->len] & 0xC0) == 0x80)
        longest->len--;
    longest->is_cut = true;
}

const char *tokex_outcome_audit(const tokex_outcome_t *outcome, const char *receipt, int64_t now,
                                int64_t latency_us, apr_size_t *len, apr_pool_t *pool)
{
    line_t line = {.outcome = outcome, .latency_us = latency_us, .pool = pool};
    apr_size_t n;
    const char *text;
    collect(&line, receipt, now);
    text = render(&line, &n);
    /* Ends: names and trace alone take a fraction of the line. */
    while (n > LINE_MAX_OCTETS) {
        cut_longest(&line);
        text = render(&line, &n);
    }
    if (len)
        *len = n;
    return text;
}
