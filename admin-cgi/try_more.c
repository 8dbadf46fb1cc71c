#include "try_more.h"

#include <string.h>

#include <apr_strings.h>

#include "base/moment.h"
#include "exchange/request.h"
#include "line.h"
#include "paste.h"

#define LINES 2

/* ---- Fields */

static void describe(admin_line_t lines[LINES], const admin_t *a, const admin_try_more_t *more)
{
    lines[0] = (admin_line_t){
        .name = "as_of",
        .label = "As of",
        .hint = "A moment in UTC as 2026-11-22T04:07:31Z, or how long ago: 2h, 7d. Empty: now. "
                "Configuration and keys are those of now.",
        .value = a->form ? admin_input_text(a->form, "as_of") : "",
        .problem = more->as_of};
    lines[1] = (admin_line_t){
        .name = "draft",
        .label = "With these settings",
        .hint = "A document with the objects that are to be other ones, as import takes it; the "
                "rest is as it stands. Nothing of it is saved.",
        .value = a->form ? admin_input_text(a->form, "draft") : "",
        .problem = more->draft,
        .rows = 6};
}

void admin_try_put_problems(admin_t *a, const admin_try_more_t *more)
{
    admin_line_t lines[LINES];

    describe(lines, a, more);
    admin_put_problems(a, lines, LINES);
}

void admin_try_put_more(admin_t *a, const admin_try_more_t *more)
{
    admin_line_t lines[LINES];
    int i;

    describe(lines, a, more);
    html_put(a->html, "<details");
    if (*lines[0].value || *lines[1].value)
        html_put(a->html, " open");
    html_put(a->html, "><summary>At another time, or with other settings</summary>");
    for (i = 0; i < LINES; i++)
        admin_put_line(a, &lines[i]);
    html_put(a->html, "</details>");
}

bool admin_try_read_more(tokex_world_view_t *view, admin_try_more_t *more, admin_t *a)
{
    const char *as_of = admin_input_text(a->form, "as_of");
    const char *draft = admin_input_text(a->form, "draft");

    view->now = a->now;
    if (*draft) {
        view->draft = draft;
        view->draft_len = strlen(draft);
    }
    if (!*as_of || tokex_moment_read(&view->now, as_of, a->now))
        return true;
    more->as_of = "write a moment in UTC, as 2026-11-22T04:07:31Z, or how long ago it was, as 2h";
    return false;
}

/* ---- The request as a line of curl */

/* A word of the shell, whatever is in it. */
static const char *word_of(const char *value, apr_pool_t *pool)
{
    const char *rest = value, *quote, *word = "'";

    while ((quote = strchr(rest, '\'')) != NULL) {
        word = apr_pstrcat(pool, word, apr_pstrmemdup(pool, rest, (apr_size_t)(quote - rest)),
                           "'\\''", NULL);
        rest = quote + 1;
    }
    return apr_pstrcat(pool, word, rest, "'", NULL);
}

static void put_parameter(admin_t *a, const char *name, const char *value)
{
    if (*value)
        html_put(a->html, " \\\n  --data-urlencode %s",
                 word_of(apr_pstrcat(a->pool, name, "=", value, NULL), a->pool));
}

static void put_token(admin_t *a, const char *name, const char *type, const char *file)
{
    if (!*admin_input_text(a->form, name))
        return;
    html_put(a->html, " \\\n  --data-urlencode %s@%s", name, file);
    put_parameter(a, type, admin_type_urn(admin_input_text(a->form, type)));
}

static void put_curl(admin_t *a, const tokex_world_t *world)
{
    const char *client = admin_input_text(a->form, "client");

    html_put(
        a->html,
        "<h3>As curl</h3><p class=\"hint\">SECRET stands for the client's secret, and the "
        "tokens are read from files: none of them stands here.</p>"
        "<pre data-copy=\"as curl\">curl -s -u %s %s \\\n  -d grant_type=" TOKEX_GRANT_EXCHANGE,
        word_of(apr_pstrcat(a->pool, client, ":SECRET", NULL), a->pool),
        word_of(apr_pstrcat(a->pool, world->server.issuer, "/token", NULL), a->pool));
    put_token(a, "subject_token", "subject_token_type", "subject.jwt");
    put_token(a, "actor_token", "actor_token_type", "actor.jwt");
    put_parameter(a, "audience", admin_input_text(a->form, "audience"));
    put_parameter(a, "resource", admin_input_text(a->form, "resource"));
    put_parameter(a, "scope", admin_input_text(a->form, "scope"));
    html_put(a->html, "</pre>\n");
}

/* ---- The report */

static void put_report(admin_t *a, const tokex_try_report_t *report)
{
    tokex_jsonw_t *w = tokex_jsonw_create(a->pool, 8192);

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "time", admin_time_text(a->now, a->pool));
    tokex_jsonw_member_string(w, "client", admin_input_text(a->form, "client"));
    tokex_try_write(w, report, a->pool);
    tokex_jsonw_object_end(w);
    html_put(a->html,
             "<p class=\"hint\">For a ticket. No secret and no signature is in "
             "it, but the claims of the tokens are: look whether whoever reads it may see them.</p>"
             "<pre data-copy=\"report\">%s</pre>\n",
             tokex_jsonw_text(w, NULL));
}

void admin_try_put_copies(admin_t *a, const tokex_world_t *world, const tokex_try_report_t *report)
{
    html_put(a->html, "<section><h2>To take away</h2>");
    put_curl(a, world);
    html_put(a->html, "<details><summary>The report as JSON</summary>");
    put_report(a, report);
    html_put(a->html, "</details></section>\n");
}
