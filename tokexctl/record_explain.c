#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/moment.h"
#include "record.h"

/* A column of the table of steps is at least as wide as its heading. */
typedef struct widths_t {
    int step;
    int result;
    int setting;
} widths_t;

static const char *text_of(const tokex_json_t *step, const char *name)
{
    const char *text = tokex_json_string(tokex_json_get(step, name));

    return text ? text : "";
}

static bool has_passed(const tokex_json_t *step)
{
    return tokex_json_is_true(tokex_json_get(step, "passed"));
}

static const char *result_of(const tokex_json_t *step)
{
    return has_passed(step) ? "passed" : text_of(step, "code");
}

/* `issuer partner: audiences`. */
static const char *setting_of(const tokex_json_t *step, apr_pool_t *pool)
{
    const char *object = text_of(step, "object"), *id = text_of(step, "id");
    const char *field = text_of(step, "field");

    return apr_pstrcat(pool, object, *object && *id ? " " : "", id,
                       *field && (*object || *id) ? ": " : "", field, NULL);
}

static void widen(int *width, const char *text)
{
    int len = (int)strlen(text);

    *width = len > *width ? len : *width;
}

static widths_t measure(const tokex_json_t *steps, apr_pool_t *pool)
{
    widths_t widths = {4, 6, 7};
    const tokex_json_t *step;

    for (step = tokex_json_first(steps); step; step = tokex_json_next(step)) {
        widen(&widths.step, text_of(step, "step"));
        widen(&widths.result, result_of(step));
        widen(&widths.setting, setting_of(step, pool));
    }
    return widths;
}

static void print_line(const widths_t *widths, const char *step, const char *result,
                       const char *setting, const char *found)
{
    if (*found)
        printf("  %-*s  %-*s  %-*s  %s\n", widths->step, step, widths->result, result,
               widths->setting, setting, found);
    else if (*setting)
        printf("  %-*s  %-*s  %s\n", widths->step, step, widths->result, result, setting);
    else
        printf("  %-*s  %s\n", widths->step, step, result);
}

static void print_steps(const tokex_activity_row_t *row, const tokex_json_t *steps,
                        apr_pool_t *pool)
{
    const widths_t widths = measure(steps, pool);
    const tokex_json_t *step;

    if (!tokex_json_first(steps)) {
        puts("\nThe steps of the decision that was remembered are not recorded any more.");
        return;
    }
    putchar('\n');
    print_line(&widths, "STEP", "RESULT", "SETTING", "FOUND");
    for (step = tokex_json_first(steps); step; step = tokex_json_next(step))
        print_line(&widths, text_of(step, "step"), result_of(step), setting_of(step, pool),
                   has_passed(step) ? text_of(step, "found") : row->reason);
}

static const char *step_that_refused(const tokex_json_t *steps)
{
    const tokex_json_t *step;

    for (step = tokex_json_first(steps); step; step = tokex_json_next(step)) {
        if (!has_passed(step))
            return text_of(step, "step");
    }
    return "";
}

static const char *part(const char *name, const char *value, apr_pool_t *pool)
{
    return *value ? apr_pstrcat(pool, name, value, NULL) : "";
}

static void print_verdict(const tokex_activity_row_t *row, const tokex_json_t *steps,
                          apr_pool_t *pool)
{
    const char *step = step_that_refused(steps);
    const char *verdict = strcmp(row->outcome, "refused") == 0    ? "Refused"
                          : strcmp(row->outcome, "accepted") == 0 ? "Accepted as it was"
                                                                  : "Granted";

    printf("%s%s%s: %s, %s%s%s%s%s%s%s.\n", verdict, part(" at step ", step, pool),
           part(" with ", row->code, pool), tokex_moment_text(row->time, pool),
           *row->location ? "location " : "token endpoint of ",
           *row->location ? row->location : row->server,
           *row->location ? part(" of ", row->server, pool) : "",
           part(", client ", row->client, pool), part(", issuer ", row->issuer, pool),
           part(", subject ", row->subject, pool), part(", target ", row->targets, pool));
}

static void print_scopes(const tokex_activity_row_t *row)
{
    if (*row->scope_asked)
        printf("scope asked    %s\n", row->scope_asked);
    if (strcmp(row->outcome, "refused") != 0)
        printf("scope granted  %s\n", *row->scope_granted ? row->scope_granted : "(none)");
}

static const tokex_err_t *print_text(const tokex_activity_row_t *row, apr_pool_t *pool)
{
    const tokex_json_t *steps;
    tokex_code_t code;

    TOKEX_RETURN_ERR(tokex_json_parse(&steps, row->steps, strlen(row->steps), pool));
    print_verdict(row, steps, pool);
    print_scopes(row);
    print_steps(row, steps, pool);
    if (tokex_err_find(&code, row->code))
        printf("\nit means       %s\nwhat to do     %s\n", tokex_err_info(code)->cause,
               tokex_err_info(code)->remedy);
    return NULL;
}

static const tokex_err_t *print_json(const tokex_activity_row_t *row, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 2048);
    tokex_code_t code;

    tokex_jsonw_object_begin(w);
    TOKEX_RETURN_ERR(record_members(w, row, pool));
    if (tokex_err_find(&code, row->code)) {
        tokex_jsonw_member_string(w, "cause", tokex_err_info(code)->cause);
        tokex_jsonw_member_string(w, "remedy", tokex_err_info(code)->remedy);
    }
    tokex_jsonw_object_end(w);
    puts(tokex_jsonw_text(w, NULL));
    return NULL;
}

int record_explain(const ctl_t *ctl, const char *receipt, bool json)
{
    const tokex_activity_row_t *row = NULL;
    const char *kept = "";
    tokex_db_t *db;
    const tokex_err_t *err = record_open(&db, ctl);

    if (!err)
        err = tokex_activity_store_find(&row, db, receipt, ctl->pool);
    if (!err && !row)
        err = record_kept(&kept, ctl, db);
    if (!err && !row)
        return ctl_say(CTL_REFUSED,
                       "%s: there is no such receipt, nor such a reason code. %s The audit log has "
                       "every decision; `tokexctl explain` lists the codes.",
                       receipt, kept);
    if (!err)
        err = json ? print_json(row, ctl->pool) : print_text(row, ctl->pool);
    return err ? ctl_error(ctl, err) : ctl_flush();
}
