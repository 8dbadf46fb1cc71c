#include <stdio.h>
#include <string.h>

#include <apr_time.h>

#include "base/json.h"
#include "try.h"

static const char *time_text(int64_t seconds, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, sizeof "9999-12-31T23:59:59Z");
    apr_time_exp_t t;
    apr_size_t len;

    (void)apr_time_exp_gmt(&t, apr_time_from_sec(seconds));
    if (apr_strftime(text, &len, sizeof "9999-12-31T23:59:59Z", "%Y-%m-%dT%H:%M:%SZ", &t) !=
        APR_SUCCESS)
        return "";
    return text;
}

const char *try_json(const try_answer_t *answer, bool pretty, apr_pool_t *pool)
{
    const tokex_world_t *world = answer->world;
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 8192);
    int i;

    if (pretty)
        tokex_jsonw_pretty(w);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "server", world->server_name);
    tokex_jsonw_member_string(w, "issuer", world->server.issuer);
    tokex_jsonw_member_string(w, "as_of", time_text(answer->now, pool));
    tokex_jsonw_name(w, "assumed");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < world->assumed->nelts; i++)
        tokex_jsonw_string(w, APR_ARRAY_IDX(world->assumed, i, const char *));
    tokex_jsonw_array_end(w);
    tokex_try_write(w, answer->report, pool);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, NULL);
}

static void print_steps(const tokex_try_report_t *report)
{
    int i;

    for (i = 0; i < TOKEX_STEP_COUNT; i++) {
        const tokex_try_step_t *step = &report->steps[i];

        /* An actor token that nobody sent, keys that nobody asked for. */
        if (step->state == TOKEX_TRY_SKIPPED)
            continue;
        printf("%3d  %-16s %s\n", step->number, step->name, tokex_try_state_name(step->state));
        if (step->state == TOKEX_TRY_NOT_REACHED)
            continue;
        if (step->required)
            printf("       required  %s\n", step->required);
        if (step->found)
            printf("       found     %s\n", step->found);
        if (step->object)
            printf("       decides   %s%s%s%s%s%s\n", step->object, step->id ? " \"" : "",
                   step->id ? step->id : "", step->id ? "\"" : "", step->field ? ", " : "",
                   step->field ? step->field : "");
    }
}

static void print_notes(const char *heading, const char *yes, const char *no,
                        const tokex_try_note_t *notes, int count)
{
    int i;

    if (count)
        printf("\n%s\n", heading);
    for (i = 0; i < count; i++)
        printf("  %-24s %-10s %s\n", notes[i].id, notes[i].good ? yes : no, notes[i].text);
}

static const char *mark(bool yes)
{
    return yes ? "yes" : "-";
}

static void print_scopes(const tokex_try_report_t *report)
{
    int i;

    if (report->scope_count)
        printf("\nScopes%-20s requested  subject  client  target  granted\n", "");
    for (i = 0; i < report->scope_count; i++) {
        const tokex_scope_line_t *line = &report->scopes[i];

        printf("  %-24s %-10s %-8s %-7s %-7s %s%s\n", line->scope, mark(line->asked),
               mark(line->subject), mark(line->client), mark(line->targets), mark(line->granted),
               !line->sensitive ? ""
               : line->rule     ? " (sensitive, the rule names it)"
                                : " (sensitive, the rule does not name it)");
    }
}

static void print_rows(const tokex_try_report_t *report)
{
    int i;

    if (report->row_count)
        puts("\nMapping");
    for (i = 0; i < report->row_count; i++) {
        const tokex_try_row_t *row = &report->rows[i];

        printf("  %s %s = %s  ->  %s = %s\n", row->row->source, row->row->from,
               row->in ? row->in : "absent", row->row->to,
               row->refused ? "refused"
               : row->out   ? row->out
                            : "left out");
    }
    if (report->dropped_count)
        fputs("  goes nowhere:", stdout);
    for (i = 0; i < report->dropped_count; i++)
        printf(" %s", report->dropped[i]);
    if (report->dropped_count)
        putchar('\n');
}

static void print_procedure(const tokex_try_report_t *report)
{
    const tokex_procedure_report_t *procedure = report->outcome->procedure;
    int i;

    if (!procedure)
        return;
    printf("\nProcedure \"%s\", %" APR_INT64_T_FMT " instructions\n", procedure->id,
           (apr_int64_t)procedure->instructions);
    if (procedure->read_count)
        fputs("  read:", stdout);
    for (i = 0; i < procedure->read_count; i++)
        printf(" %s", procedure->reads[i]);
    if (procedure->read_count)
        putchar('\n');
    for (i = 0; i < report->change_count; i++)
        printf("  %s = %s  ->  %s\n", report->changes[i].name,
               report->changes[i].before ? report->changes[i].before : "absent",
               report->changes[i].after ? report->changes[i].after : "absent");
}

static void print_json_text(const char *heading, const char *text, apr_pool_t *pool)
{
    const tokex_json_t *node;
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 1024);

    if (!text || tokex_json_parse(&node, text, strlen(text), pool))
        return;
    tokex_jsonw_pretty(w);
    tokex_jsonw_node(w, node);
    printf("%s%s\n", heading, tokex_jsonw_text(w, NULL));
}

static void print_token(const char *heading, bool sealed, const char *header, const char *claims,
                        apr_pool_t *pool)
{
    if (!header)
        return;
    printf("\n%s%s\n", heading, sealed ? " (opaque; sealed in it is)" : "");
    print_json_text("", header, pool);
    print_json_text("", claims, pool);
    puts("signature: masked");
}

void try_print(const try_answer_t *answer, apr_pool_t *pool)
{
    const tokex_try_report_t *report = answer->report;
    int i;

    puts(report->sentence);
    printf("\nas of %s, server %s, issuer %s\n", time_text(answer->now, pool),
           answer->world->server_name ? answer->world->server_name : "unknown",
           answer->world->server.issuer);
    for (i = 0; i < answer->world->assumed->nelts; i++)
        printf("assumed: %s\n", APR_ARRAY_IDX(answer->world->assumed, i, const char *));
    for (i = 0; i < report->not_asked.count; i++)
        printf("not asked: %s\n", report->not_asked.items[i]);
    if (report->code)
        printf("code: %s (`tokexctl explain %s` says what to do)\n", report->code, report->code);
    if (report->status)
        printf("\nThe client gets %d\n", report->status);
    print_json_text("", report->body, pool);
    puts("\nSteps");
    print_steps(report);
    print_notes("Rules of the client", "chosen", "not", report->rules, report->rule_count);
    print_notes("Conditions", "holds", "fails", report->conditions, report->condition_count);
    print_scopes(report);
    print_rows(report);
    print_procedure(report);
    print_token("The subject token", report->subject.sealed, report->subject.header,
                report->subject.claims, pool);
    print_token("The actor token", report->actor.sealed, report->actor.header, report->actor.claims,
                pool);
    print_token("The token as it would be issued", report->outcome->opaque, report->token_header,
                report->token_claims, pool);
}
