#include "try_more.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/moment.h"
#include "config/document.h"
#include "exchange/request.h"
#include "line.h"
#include "paste.h"
#include "save.h"

#define LINES 3

/* ---- The grant */

const char *admin_try_grant(const admin_t *a)
{
    const char *grant = admin_input_text(a->form ? a->form : a->query, "grant");

    if (strcmp(grant, "jwt-bearer") == 0)
        return TOKEX_GRANT_ASSERTION;
    return !*grant || strcmp(grant, "token-exchange") == 0 ? TOKEX_GRANT_EXCHANGE : NULL;
}

bool admin_try_asserts(const admin_t *a)
{
    const char *grant = admin_try_grant(a);

    return grant && strcmp(grant, TOKEX_GRANT_ASSERTION) == 0;
}

/* ---- Fields */

static const char *procedure_of(const admin_t *a)
{
    return admin_input_text(a->form ? a->form : a->query, "procedure");
}

const tokex_err_t *admin_try_begin(admin_t *a, admin_try_more_t *more)
{
    const char *id = procedure_of(a);
    const tokex_json_t *object;
    int64_t revision;

    if (!*id)
        return NULL;
    more->source = a->form ? admin_input_text(a->form, "source") : NULL;
    if (more->source)
        return NULL;
    TOKEX_RETURN_ERR(admin_read(a, &object, &revision, &admin_noun_procedure, id));
    if (object)
        more->source = tokex_json_string(tokex_json_get(object, "source"));
    return NULL;
}

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
        .problem = more->source ? NULL : more->draft,
        .rows = 6};
    lines[2] = (admin_line_t){
        .name = "source",
        .label = apr_pstrcat(a->pool, "Program of procedure ", procedure_of(a), NULL),
        .hint = "It is tried as it is written here. Nothing of it is saved.",
        .value = more->source,
        .problem = more->source ? more->draft : NULL,
        .rows = 24};
}

/* Without a procedure there is no line for its program. */
static int count_of(const admin_try_more_t *more)
{
    return more->source ? LINES : LINES - 1;
}

void admin_try_put_problems(admin_t *a, const admin_try_more_t *more)
{
    admin_line_t lines[LINES];

    describe(lines, a, more);
    admin_put_problems(a, lines, count_of(more));
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
    for (i = 0; i < LINES - 1; i++)
        admin_put_line(a, &lines[i]);
    html_put(a->html, "</details>");
    if (!more->source)
        return;
    html_put(a->html, "<input type=\"hidden\" name=\"procedure\" value=\"%s\">", procedure_of(a));
    admin_put_line(a, &lines[LINES - 1]);
}

/* A document with the procedure as it stands but for its program. */
static const char *draft_of(const tokex_json_t *procedure, const char *source, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 4096);
    const tokex_json_t *member;

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_integer(w, "schema", TOKEX_DOCUMENT_SCHEMA);
    tokex_jsonw_name(w, "procedures");
    tokex_jsonw_array_begin(w);
    tokex_jsonw_object_begin(w);
    for (member = tokex_json_first(procedure); member; member = tokex_json_next(member)) {
        tokex_jsonw_name(w, tokex_json_name(member));
        if (strcmp(tokex_json_name(member), "source") == 0)
            tokex_jsonw_string(w, source);
        else
            tokex_jsonw_node(w, member);
    }
    tokex_jsonw_object_end(w);
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, NULL);
}

/* `*draft` NULL: there is no such procedure, and the page that says so is made. */
static const tokex_err_t *draft_procedure(const char **draft, admin_t *a,
                                          const admin_try_more_t *more)
{
    const tokex_json_t *object;
    int64_t revision;

    TOKEX_RETURN_ERR(admin_read(a, &object, &revision, &admin_noun_procedure, procedure_of(a)));
    *draft = object ? draft_of(object, more->source, a->pool) : NULL;
    return NULL;
}

const tokex_err_t *admin_try_read_more(bool *good, tokex_world_view_t *view, admin_try_more_t *more,
                                       admin_t *a)
{
    const char *as_of = admin_input_text(a->form, "as_of");
    const char *draft = admin_input_text(a->form, "draft");

    *good = false;
    view->now = a->now;
    if (more->source && *draft) {
        more->draft = "write other settings or a program, not both";
        return NULL;
    }
    if (more->source)
        TOKEX_RETURN_ERR(draft_procedure(&draft, a, more));
    if (!draft)
        return NULL;
    *good = true;
    if (*draft) {
        view->draft = draft;
        view->draft_len = strlen(draft);
    }
    if (*as_of && !tokex_moment_read(&view->now, as_of, a->now)) {
        more->as_of =
            "write a moment in UTC, as 2026-11-22T04:07:31Z, or how long ago it was, as 2h";
        *good = false;
    }
    return NULL;
}

/* ---- What a procedure did */

static void put_change(html_t *h, const tokex_try_change_t *change)
{
    html_put(h, "<tr><th scope=\"row\"><code>%s</code></th><td>", change->name);
    if (change->before)
        html_put(h, "<code>%s</code>", change->before);
    else
        html_put(h, "–");
    html_put(h, "</td><td>");
    if (change->after)
        html_put(h, "<code>%s</code>", change->after);
    else
        html_put(h, "taken away");
    html_put(h, "</td></tr>\n");
}

void admin_try_put_procedure(admin_t *a, const tokex_try_report_t *report)
{
    const tokex_procedure_report_t *procedure = report->outcome->procedure;
    html_t *h = a->html;
    int i;

    if (!procedure)
        return;
    html_put(h, "<section><h2>What procedure %s did</h2><p>It used %s instructions of %s. It read:",
             procedure->id, admin_number_text(procedure->instructions, a->pool),
             admin_number_text(TOKEX_LIMIT_PROCEDURE_INSTRUCTIONS, a->pool));
    for (i = 0; i < procedure->read_count; i++)
        html_put(h, "%s <code>%s</code>", i ? "," : "", procedure->reads[i]);
    html_put(h, "%s.</p>", procedure->read_count ? "" : " nothing");
    if (report->change_count) {
        html_put(h, "<div class=\"scroll\"><table><caption>What it changed of the grant</caption>"
                    "<thead><tr><th scope=\"col\">Member</th><th scope=\"col\">Before</th><th "
                    "scope=\"col\">After</th></tr></thead><tbody>");
        for (i = 0; i < report->change_count; i++)
            put_change(h, &report->changes[i]);
        html_put(h, "</tbody></table></div>");
    }
    html_put(h, "</section>\n");
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

    html_put(a->html,
             "<h3>As curl</h3><p class=\"hint\">SECRET stands for the client's secret, and the "
             "tokens are read from files: none of them stands here.</p>"
             "<pre data-copy=\"as curl\">curl -s -u %s %s \\\n  -d grant_type=%s",
             word_of(apr_pstrcat(a->pool, client, ":SECRET", NULL), a->pool),
             word_of(apr_pstrcat(a->pool, world->server.issuer, "/token", NULL), a->pool),
             admin_try_grant(a));
    if (admin_try_asserts(a))
        html_put(a->html, " \\\n  --data-urlencode assertion@assertion.jwt");
    else
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
    tokex_jsonw_member_string(w, "grant_type", admin_try_grant(a));
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
