#include <string.h>

#include "base/json.h"
#include "explain/try_private.h"

const char *tokex_try_verdict_name(tokex_try_verdict_t verdict)
{
    static const char *const names[] = {"granted", "accepted", "refused", "undetermined"};
    return names[verdict];
}

const char *tokex_try_state_name(tokex_try_state_t state)
{
    static const char *const names[] = {"passed", "refused", "skipped", "not reached", "not asked"};
    return names[state];
}

/* JSON text that was made or read here, as a value. */
static void member_json(tokex_jsonw_t *w, const char *name, const char *text, apr_pool_t *pool)
{
    const tokex_json_t *node = NULL;
    if (!text || tokex_json_parse(&node, text, strlen(text), pool))
        return;
    tokex_jsonw_name(w, name);
    tokex_jsonw_node(w, node);
}

static void write_steps(tokex_jsonw_t *w, const tokex_try_report_t *report)
{
    tokex_jsonw_name(w, "steps");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < TOKEX_STEP_COUNT; i++) {
        const tokex_try_step_t *step = &report->steps[i];
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_integer(w, "number", step->number);
        tokex_jsonw_member_string(w, "name", step->name);
        tokex_jsonw_member_string(w, "state", tokex_try_state_name(step->state));
        tokex_jsonw_member_string(w, "required", step->required);
        tokex_jsonw_member_string(w, "found", step->found);
        tokex_jsonw_member_string(w, "object", step->object);
        tokex_jsonw_member_string(w, "id", step->id);
        tokex_jsonw_member_string(w, "field", step->field);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
}

static void write_notes(tokex_jsonw_t *w, const char *name, const char *good,
                        const tokex_try_note_t *notes, int count)
{
    tokex_jsonw_name(w, name);
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < count; i++) {
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "of", notes[i].id);
        tokex_jsonw_member_bool(w, good, notes[i].good);
        tokex_jsonw_member_string(w, "why", notes[i].text);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
}

static void write_scopes(tokex_jsonw_t *w, const tokex_try_report_t *report)
{
    tokex_jsonw_name(w, "scopes");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < report->scope_count; i++) {
        const tokex_scope_line_t *line = &report->scopes[i];
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "scope", line->scope);
        tokex_jsonw_member_bool(w, "requested", line->asked);
        tokex_jsonw_member_bool(w, "subject", line->subject);
        tokex_jsonw_member_bool(w, "client", line->client);
        tokex_jsonw_member_bool(w, "target", line->targets);
        tokex_jsonw_member_bool(w, "sensitive", line->sensitive);
        tokex_jsonw_member_bool(w, "rule", line->rule);
        tokex_jsonw_member_bool(w, "granted", line->granted);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
}

static void write_texts(tokex_jsonw_t *w, const char *name, const char *const *texts, int count)
{
    tokex_jsonw_name(w, name);
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < count; i++)
        tokex_jsonw_string(w, texts[i]);
    tokex_jsonw_array_end(w);
}

static void write_rows(tokex_jsonw_t *w, const tokex_try_report_t *report, apr_pool_t *pool)
{
    tokex_jsonw_name(w, "mapping");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < report->row_count; i++) {
        const tokex_try_row_t *row = &report->rows[i];
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "source", row->row->source);
        tokex_jsonw_member_string(w, "from", row->row->from);
        tokex_jsonw_member_string(w, "to", row->row->to);
        member_json(w, "in", row->in, pool);
        member_json(w, "out", row->out, pool);
        tokex_jsonw_member_bool(w, "refused", row->refused);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    write_texts(w, "dropped", report->dropped, report->dropped_count);
}

static void write_procedure(tokex_jsonw_t *w, const tokex_try_report_t *report, apr_pool_t *pool)
{
    const tokex_procedure_report_t *procedure = report->outcome->procedure;
    if (!procedure)
        return;
    tokex_jsonw_name(w, "procedure");
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "id", procedure->id);
    tokex_jsonw_member_integer(w, "instructions", procedure->instructions);
    write_texts(w, "read", procedure->reads, procedure->read_count);
    tokex_jsonw_name(w, "changed");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < report->change_count; i++) {
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "name", report->changes[i].name);
        member_json(w, "before", report->changes[i].before, pool);
        member_json(w, "after", report->changes[i].after, pool);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
}

static void write_token(tokex_jsonw_t *w, const char *name, bool sealed, const char *header,
                        const char *claims, apr_pool_t *pool)
{
    if (!header)
        return;
    tokex_jsonw_name(w, name);
    tokex_jsonw_object_begin(w);
    if (sealed)
        tokex_jsonw_member_bool(w, "opaque", true);
    member_json(w, "header", header, pool);
    member_json(w, "claims", claims, pool);
    tokex_jsonw_member_string(w, "signature", "masked");
    tokex_jsonw_object_end(w);
}

static void write_answer(tokex_jsonw_t *w, const tokex_try_report_t *report, apr_pool_t *pool)
{
    if (!report->status)
        return;
    tokex_jsonw_name(w, "answer");
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_integer(w, "status", report->status);
    member_json(w, "body", report->body, pool);
    tokex_jsonw_object_end(w);
}

void tokex_try_write(tokex_jsonw_t *w, const tokex_try_report_t *report, apr_pool_t *pool)
{
    const tokex_outcome_t *outcome = report->outcome;
    tokex_jsonw_member_string(w, "verdict", tokex_try_verdict_name(report->verdict));
    tokex_jsonw_member_string(w, "sentence", report->sentence);
    if (report->not_asked.count)
        write_texts(w, "not_asked", report->not_asked.items, report->not_asked.count);
    tokex_jsonw_member_string(w, "code", report->code);
    write_answer(w, report, pool);
    tokex_jsonw_member_string(w, "scope_granted", outcome->err ? NULL : outcome->scope_granted);
    write_steps(w, report);
    write_notes(w, "rules", "chosen", report->rules, report->rule_count);
    write_notes(w, "conditions", "holds", report->conditions, report->condition_count);
    write_scopes(w, report);
    write_rows(w, report, pool);
    write_procedure(w, report, pool);
    write_token(w, "subject_token", report->subject.sealed, report->subject.header,
                report->subject.claims, pool);
    write_token(w, "actor_token", report->actor.sealed, report->actor.header, report->actor.claims,
                pool);
    write_token(w, "token", outcome->opaque, report->token_header, report->token_claims, pool);
}
