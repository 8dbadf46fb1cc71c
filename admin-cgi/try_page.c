/* What an exchange would come to, and why. Nothing is stored, no token is made. */
#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

#include "base/json.h"
#include "exchange/parameters.h"
#include "guard.h"
#include "line.h"
#include "pages.h"
#include "paste.h"
#include "route.h"
#include "save.h"
#include "store/list_store.h"
#include "store/state_store.h"
#include "try_more.h"
#include "try_show.h"
#include "world.h"

#define CHOOSE_MOST 200

/* ---- The form */

static const char *value_of(const admin_t *a, const char *name)
{
    return a->form ? admin_input_text(a->form, name) : admin_input_text(a->query, name);
}

static void put_line(admin_t *a, const char *name, const char *label, const char *hint)
{
    html_put(
        a->html,
        "<div class=\"field\"><label for=\"f-%s\">%s</label><p class=\"hint\" id=\"h-%s\">%s</p>"
        "<input id=\"f-%s\" class=\"wide\" name=\"%s\" value=\"%s\" spellcheck=\"false\" "
        "aria-describedby=\"h-%s\"></div>\n",
        name, label, name, hint, name, name, value_of(a, name), name);
}

static void put_token(admin_t *a, const char *name, const char *label, int rows)
{
    html_put(a->html,
             "<div class=\"field\"><label for=\"f-%s\">%s</label><textarea id=\"f-%s\" name=\"%s\" "
             "rows=\"%d\" spellcheck=\"false\" autocapitalize=\"none\">\n%s</textarea></div>\n",
             name, label, name, name, rows, value_of(a, name));
}

static void put_grant(admin_t *a, bool asserts)
{
    html_put(a->html,
             "<div class=\"field\"><label for=\"f-grant\">Grant</label><p class=\"hint\" "
             "id=\"h-grant\">An assertion is pasted in the place of the subject token. It has no "
             "type, and no actor token beside it.</p><select id=\"f-grant\" name=\"grant\" "
             "aria-describedby=\"h-grant\">");
    admin_put_option(a->html, "token-exchange", "Token exchange (RFC 8693)", "");
    admin_put_option(a->html, "jwt-bearer", "JWT bearer assertion (RFC 7523)",
                     asserts ? "jwt-bearer" : "");
    html_put(a->html, "</select></div>\n");
}

static const tokex_err_t *put_client(admin_t *a, const char *chosen)
{
    html_t *h = a->html;
    tokex_list_t list;
    int64_t count;
    int i;

    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_list_store_count(&count, a->config, "client", a->pool));
    if (!count || count > CHOOSE_MOST) {
        admin_put_line(a, &(admin_line_t){.name = "client",
                                          .label = "Client",
                                          .hint = "Its id. It is believed without a secret.",
                                          .value = chosen});
        return NULL;
    }
    TOKEX_RETURN_ERR(tokex_list_store_read(&list, a->config, "client", a->now, a->pool));
    html_put(h, "<div class=\"field\"><label for=\"f-client\">Client</label><p class=\"hint\" "
                "id=\"h-client\">It is believed without a secret.</p><select id=\"f-client\" "
                "name=\"client\" aria-describedby=\"h-client\">");
    for (i = 0; i < list.row_count; i++)
        admin_put_option(h, list.cells[i * list.column_count].text,
                         list.cells[i * list.column_count].text, chosen);
    html_put(h, "</select></div>\n");
    return NULL;
}

/* The servers that ran with this installation, where they are several. */
static const tokex_err_t *put_servers(admin_t *a)
{
    const tokex_setting_t *settings;
    const char *last = NULL;
    int count, i, hosts = 0;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, a->state, a->pool, a->pool));
    for (i = 0; i < count; i++)
        if (i == 0 || strcmp(settings[i].server, settings[i - 1].server) != 0)
            hosts++;
    if (hosts < 2)
        return NULL;
    html_put(a->html, "<div class=\"field\"><label for=\"f-server\">Server</label><select "
                      "id=\"f-server\" name=\"server\">");
    for (i = 0; i < count; i++) {
        if (last && strcmp(last, settings[i].server) == 0)
            continue;
        last = settings[i].server;
        admin_put_option(a->html, last, last, value_of(a, "server"));
    }
    html_put(a->html, "</select></div>\n");
    return NULL;
}

static const tokex_err_t *put_form(admin_t *a, const admin_try_more_t *more)
{
    TOKEX_RETURN_ERR(admin_put_form(a, "/try"));
    html_put(a->html, "<section class=\"fields\"><h2>The request</h2>");
    TOKEX_RETURN_ERR(put_servers(a));
    TOKEX_RETURN_ERR(put_client(a, more->client ? more->client : value_of(a, "client")));
    put_grant(a, more->asserts || admin_try_asserts(a));
    put_token(a, "subject_token", "Subject token or assertion", 6);
    admin_put_types(a, "subject_token_type", "Type of the subject token");
    put_line(a, "audience", "Audience",
             "The id or audience of a target; empty where the rule has a "
             "default.");
    put_line(a, "resource", "Resource", "A URI of a target, instead of an audience or beside it.");
    put_line(a, "scope", "Scope",
             "What is asked for, with blanks between; empty: all that may be.");
    html_put(a->html, "<details><summary>With an actor token</summary>");
    put_token(a, "actor_token", "Actor token", 4);
    admin_put_types(a, "actor_token_type", "Type of the actor token");
    html_put(a->html, "</details>");
    admin_try_put_more(a, more);
    html_put(a->html, "<p class=\"buttons\"><button>Try it</button></p></section></form>\n");
    return NULL;
}

const tokex_err_t *admin_try_page(admin_t *a)
{
    admin_try_more_t more = {.source = NULL};

    if (!admin_try_grant(a))
        return admin_refuse(a, 400, "There is no such grant to be tried.");
    TOKEX_RETURN_ERR(admin_try_begin(a, &more));
    if (a->reply.status != 200)
        return NULL;
    a->place = (admin_place_t){.title = "Try an exchange", .section = "/try"};
    TOKEX_RETURN_ERR(admin_put_done(a, a->role >= ADMIN_EDITOR));
    TOKEX_RETURN_ERR(admin_try_choose(a, &more));
    if (a->reply.status != 200)
        return NULL;
    html_put(a->html, "<p>Says what the server would answer and which setting decides, by the same "
                      "code. No token is made, nothing is stored, and nobody is asked.</p>\n");
    return put_form(a, &more);
}

/* ---- The answer */

static void put_notes(admin_t *a, const char *title, const tokex_try_note_t *notes, int count)
{
    int i;

    if (!count)
        return;
    html_put(a->html, "<section><h2>%s</h2><ul>", title);
    for (i = 0; i < count; i++)
        html_put(a->html, "<li><b>%s</b> <span class=\"status %s\">%s</span> %s</li>",
                 notes[i].id ? notes[i].id : "", notes[i].good ? "granted" : "refused",
                 notes[i].good ? "yes" : "no", notes[i].text);
    html_put(a->html, "</ul></section>\n");
}

static void put_json(admin_t *a, const char *title, const char *json)
{
    if (json)
        html_put(a->html, "<section><h2>%s</h2><pre>%s</pre></section>\n", title,
                 tokex_jsonw_pretty_text(json, a->pool));
}

static void put_mapping(admin_t *a, const tokex_try_report_t *report)
{
    html_t *h = a->html;
    int i;

    if (!report->row_count)
        return;
    html_put(h,
             "<section><h2>Mapping</h2><div class=\"scroll\"><table><caption class=\"hidden\">"
             "Mapping</caption><thead><tr><th scope=\"col\">From</th><th scope=\"col\">Value</th>"
             "<th scope=\"col\">To</th><th scope=\"col\">Becomes</th></tr></thead><tbody>");
    for (i = 0; i < report->row_count; i++) {
        const tokex_try_row_t *row = &report->rows[i];

        html_put(h,
                 "<tr><td>%s %s</td><td><code>%s</code></td><th scope=\"row\">%s</th><td><code>%s"
                 "</code>%s</td></tr>",
                 row->row->source, row->row->from, row->in ? row->in : "–", row->row->to,
                 row->out ? row->out : "–", row->refused ? " refused" : "");
    }
    html_put(h, "</tbody></table></div></section>\n");
}

static void put_assumed(admin_t *a, const tokex_world_t *world, const tokex_try_report_t *report)
{
    int i;

    for (i = 0; i < world->assumed->nelts; i++)
        html_put(a->html, "<p class=\"warn\">Assumed: %s.</p>\n",
                 APR_ARRAY_IDX(world->assumed, i, const char *));
    for (i = 0; i < report->not_asked.count; i++)
        html_put(a->html, "<p class=\"warn\">Only the server asks: %s</p>\n",
                 report->not_asked.items[i]);
}

static void put_report(admin_t *a, const tokex_world_t *world, const tokex_try_report_t *report)
{
    tokex_code_t code;

    html_put(a->html, "<p class=\"verdict %s\" role=\"status\">%s</p>\n",
             tokex_try_verdict_name(report->verdict), report->sentence);
    if (report->code && tokex_err_find(&code, report->code)) {
        html_put(a->html, "<p><b>What to do:</b> ");
        html_sentence(a->html, tokex_err_info(code)->remedy);
        html_put(a->html, " <small>(%s)</small></p>\n", report->code);
    }
    put_assumed(a, world, report);
    admin_try_put_steps(a, report);
    admin_try_put_scopes(a, report);
    admin_try_put_life(a, report);
    put_notes(a, "Rules, in order", report->rules, report->rule_count);
    put_notes(a, "Conditions", report->conditions, report->condition_count);
    put_mapping(a, report);
    put_json(a, "The token as it would be issued", report->token_claims);
    put_json(a, "What the client would get", report->body);
    put_json(a, "The subject token, without its signature", report->subject.claims);
    put_json(a, "The actor token, without its signature", report->actor.claims);
}

/* ---- The question */

static void add(const char **form, const char *name, const char *value, apr_pool_t *pool)
{
    if (value && *value)
        *form = apr_pstrcat(pool, *form, **form ? "&" : "", name, "=",
                            apr_pescape_urlencoded(pool, value), NULL);
}

static tokex_try_question_t question_of(admin_t *a, const char *subject, const char *actor)
{
    tokex_try_question_t question = {.assumes_client = true};
    const char *form = "";

    add(&form, "grant_type", admin_try_grant(a), a->pool);
    add(&form, "client_id", admin_input_text(a->form, "client"), a->pool);
    add(&form, admin_try_asserts(a) ? "assertion" : "subject_token", subject, a->pool);
    if (!admin_try_asserts(a))
        add(&form, "subject_token_type",
            admin_type_urn(admin_input_text(a->form, "subject_token_type")), a->pool);
    add(&form, "actor_token", actor, a->pool);
    if (*actor)
        add(&form, "actor_token_type",
            admin_type_urn(admin_input_text(a->form, "actor_token_type")), a->pool);
    add(&form, "audience", admin_input_text(a->form, "audience"), a->pool);
    add(&form, "resource", admin_input_text(a->form, "resource"), a->pool);
    add(&form, "scope", admin_input_text(a->form, "scope"), a->pool);
    question.form = form;
    question.form_len = strlen(form);
    return question;
}

/* The form again, with what is wrong. */
static const tokex_err_t *put_problems(admin_t *a, const admin_try_more_t *more)
{
    a->reply.status = 422;
    admin_try_put_problems(a, more);
    return put_form(a, more);
}

const tokex_err_t *admin_try(admin_t *a)
{
    const char *subject = admin_paste(a, "subject_token"), *actor = admin_paste(a, "actor_token");
    const char *client = admin_input_text(a->form, "client");
    tokex_try_question_t question = question_of(a, subject, actor);
    tokex_world_view_t view = {.server = admin_input_get(a->form, "server"),
                               .clients = {*client ? client : NULL, NULL},
                               .tokens = {subject, *actor ? actor : NULL}};
    admin_try_more_t more = {.source = NULL};
    const tokex_try_report_t *report;
    tokex_world_t *world;
    bool good;

    if (!admin_try_grant(a))
        return admin_refuse(a, 400, "There is no such grant to be tried.");
    a->place = (admin_place_t){.title = "What it would come to", .section = "/try"};
    TOKEX_RETURN_ERR(admin_try_begin(a, &more));
    TOKEX_RETURN_ERR(admin_try_read_more(&good, &view, &more, a));
    if (a->reply.status != 200)
        return NULL;
    if (!good)
        return put_problems(a, &more);
    TOKEX_RETURN_ERR(admin_world_read(&world, &more.draft, a, &view));
    if (more.draft)
        return put_problems(a, &more);
    if (!world)
        return NULL;
    question.exchange_off = !world->exchanges;
    report = tokex_try_run(world->engine, &question, a->pool);
    put_report(a, world, report);
    admin_try_put_procedure(a, report);
    admin_try_put_copies(a, world, report);
    return put_form(a, &more);
}
