/* What was decided lately, and one decision with its steps. */
#include <string.h>

#include <apr_strings.h>

#include "activity.h"
#include "base/json.h"
#include "exchange/request.h"
#include "exchange/trace.h"
#include "line.h"
#include "pages.h"
#include "paste.h"
#include "route.h"
#include "store/state_store.h"

#define MOST 50
#define RECEIPT_LEN 16

static const struct span_t {
    const char *name;
    const char *words;
    int64_t seconds;
} spans[] = {{"", "Any time", 0},
             {"1h", "Last hour", 3600},
             {"24h", "Last 24 hours", 86400},
             {"7d", "Last 7 days", 7 * 86400}};

/* The fields that are compared as they are. */
static const struct filter_t {
    const char *name;
    const char *label;
} filters[] = {{"client", "Client"},   {"issuer", "Issuer"},     {"target", "Target"},
               {"subject", "Subject"}, {"location", "Location"}, {"code", "Reason code"}};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct span_t *span_of(const char *name)
{
    size_t i;

    for (i = 0; i < COUNT(spans); i++)
        if (strcmp(spans[i].name, name) == 0)
            return &spans[i];
    return NULL;
}

/* ---- The form of filters */

static void put_filters(admin_t *a)
{
    const char *since = admin_input_text(a->query, "since");
    const char *outcome = admin_input_text(a->query, "outcome");
    html_t *h = a->html;
    size_t i;

    html_put(h,
             "<form method=\"get\" action=\"%s\" class=\"filter\"><div class=\"row\">"
             "<div class=\"field\"><label for=\"f-since\">Since</label><select id=\"f-since\" "
             "name=\"since\">",
             admin_url(a, "/activity", NULL, NULL));
    for (i = 0; i < COUNT(spans); i++)
        admin_put_option(h, spans[i].name, spans[i].words, since);
    html_put(h, "</select></div><div class=\"field\"><label for=\"f-outcome\">Outcome</label>"
                "<select id=\"f-outcome\" name=\"outcome\">");
    admin_put_option(h, "", "Any", outcome);
    admin_put_option(h, "granted", "granted", outcome);
    admin_put_option(h, "refused", "refused", outcome);
    html_put(h, "</select></div>");
    for (i = 0; i < COUNT(filters); i++)
        admin_put_filter(a, filters[i].name, filters[i].label);
    html_put(h,
             "</div><p class=\"buttons\"><button>Filter</button><a href=\"%s\">Show all</a></p>"
             "</form>\n",
             admin_url(a, "/activity", NULL, NULL));
}

/* One decision, by what the client was told of it. */
static void put_finder(admin_t *a)
{
    html_put(a->html,
             "<div class=\"tools\"><form method=\"get\" action=\"%s\" role=\"search\"><label "
             "for=\"f-id\">Receipt</label><input id=\"f-id\" name=\"id\" type=\"search\" required "
             "spellcheck=\"false\"><button class=\"quiet\">Find</button></form></div>\n",
             admin_url(a, "/activity/receipt", NULL, NULL));
}

/* ---- The list */

static void put_outcome(html_t *h, const tokex_activity_row_t *row)
{
    bool refused = strcmp(row->outcome, "refused") == 0;

    html_put(h, "<span class=\"status %s\">%s</span>", refused ? "refused" : "granted",
             row->outcome);
    if (row->remembered)
        html_put(h, " <small>again</small>");
}

static void put_row(admin_t *a, const tokex_activity_row_t *row)
{
    html_t *h = a->html;

    html_put(h, "<tr><th scope=\"row\"><a class=\"receipt\" href=\"%s\">%s</a></th><td>",
             admin_url(a, "/activity/receipt", "id", row->receipt), row->receipt);
    admin_put_time(a, row->time);
    html_put(h, "</td><td>");
    put_outcome(h, row);
    if (*row->code)
        html_put(h, "<br><a href=\"%s\"><code>%s</code></a>", admin_url(a, "/help", "q", row->code),
                 row->code);
    html_put(h,
             "</td><td class=\"way\">%s</td><td class=\"way\">%s → %s</td><td>%s</td><td>%s</td>"
             "<td class=\"number\">%s</td></tr>\n",
             row->client, *row->issuer ? row->issuer : "–", *row->targets ? row->targets : "–",
             row->subject, *row->scope_granted ? row->scope_granted : row->scope_asked,
             admin_number_text(row->latency_us, a->pool));
}

static void put_rows(admin_t *a, const tokex_activity_row_t *rows, int count)
{
    html_t *h = a->html;
    int i;

    html_put(h,
             "<div class=\"scroll\"><table><caption>Decisions, the last first</caption><thead><tr>"
             "<th scope=\"col\">Receipt</th><th scope=\"col\">When</th><th scope=\"col\">Outcome"
             "</th><th scope=\"col\">Client</th><th scope=\"col\">"
             "Issuer → target</th><th scope=\"col\">Subject</th><th scope=\"col\">Scopes</th>"
             "<th scope=\"col\">µs</th></tr></thead><tbody>");
    for (i = count - 1; i >= 0; i--)
        put_row(a, &rows[i]);
    html_put(h, "</tbody></table></div>\n<p class=\"hint\">%d shown%s.</p>\n", count,
             count == MOST ? ", the latest; narrow the filter to see earlier ones" : "");
}

bool admin_activity_filter(tokex_activity_filter_t *filter, const admin_t *a, int most)
{
    const admin_input_t *q = a->query;
    const struct span_t *span = span_of(admin_input_text(q, "since"));
    const char *outcome = admin_input_text(q, "outcome"), *code = admin_input_text(q, "code");
    tokex_code_t known;

    if (!span || (*outcome && strcmp(outcome, "granted") != 0 && strcmp(outcome, "refused") != 0) ||
        (*code && !tokex_err_find(&known, code)))
        return false;
    *filter = (tokex_activity_filter_t){0,
                                        span->seconds ? a->now - span->seconds : 0,
                                        INT64_MAX,
                                        outcome,
                                        code,
                                        admin_input_text(q, "client"),
                                        admin_input_text(q, "issuer"),
                                        admin_input_text(q, "target"),
                                        admin_input_text(q, "subject"),
                                        admin_input_text(q, "location"),
                                        most};
    return true;
}

/* The same list as a file. */
static const char *export_url(const admin_t *a, const char *path)
{
    size_t i;

    path = admin_query(path, "since", admin_input_get(a->query, "since"), a->pool);
    path = admin_query(path, "outcome", admin_input_get(a->query, "outcome"), a->pool);
    for (i = 0; i < COUNT(filters); i++)
        path =
            admin_query(path, filters[i].name, admin_input_get(a->query, filters[i].name), a->pool);
    return admin_url(a, path, NULL, NULL);
}

/* For how long they are there, and how many are not. */
static const tokex_err_t *put_kept(admin_t *a)
{
    const tokex_setting_t *settings;
    tokex_activity_count_t missing;
    const char *kept = NULL;
    int count, i;

    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, a->state, a->pool, a->pool));
    for (i = 0; i < count && !kept; i++)
        if (strcmp(settings[i].name, "TokexActivity") == 0)
            kept = settings[i].value;
    TOKEX_RETURN_ERR(tokex_activity_store_count(&missing, a->state, a->pool));
    html_put(a->html, "<p class=\"hint\">");
    if (kept && strcmp(kept, "Off") == 0)
        html_put(a->html, "Nothing is recorded: <code>TokexActivity Off</code>. ");
    else if (kept)
        html_put(a->html,
                 "Recorded by <code>TokexActivity %s</code>: for so many days, and so many at "
                 "most. ",
                 kept);
    if (missing.dropped) {
        html_put(a->html, "%s could not be recorded, the last ",
                 admin_number_text(missing.dropped, a->pool));
        admin_put_time(a, missing.dropped_last);
        html_put(a->html, ". ");
    }
    html_put(a->html, "The audit log has every one.</p>\n");
    return NULL;
}

/* A code is the one thing that people write here and that can be wrong. */
static const tokex_err_t *refuse_filter(admin_t *a)
{
    const char *code = admin_input_text(a->query, "code");
    tokex_code_t known;

    if (!*code || tokex_err_find(&known, code))
        return admin_refuse(a, 400, "There is no such filter.");
    a->reply.status = 422;
    admin_begin_problems(a);
    html_put(
        a->html,
        "<li><a href=\"#f-code\">Reason code: there is none called %s; Help lists them</a></li>",
        code);
    admin_end_problems(a);
    put_filters(a);
    put_finder(a);
    return NULL;
}

const tokex_err_t *admin_activity_page(admin_t *a)
{
    const tokex_activity_row_t *rows;
    tokex_activity_filter_t filter;
    int count;

    a->place = (admin_place_t){.title = "Activity", .section = "/activity"};
    if (!admin_activity_filter(&filter, a, MOST))
        return refuse_filter(a);
    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_activity_store_list(&rows, &count, a->state, &filter, a->pool));
    put_filters(a);
    put_finder(a);
    if (count) {
        put_rows(a, rows, count);
        html_put(a->html,
                 "<p class=\"buttons\"><a class=\"button quiet\" href=\"%s\">As CSV</a>"
                 "<a class=\"button quiet\" href=\"%s\">As JSON</a></p>\n",
                 export_url(a, "/activity/export.csv"), export_url(a, "/activity/export.json"));
    } else
        html_put(a->html, "<p class=\"empty\">No such decision is recorded.</p>\n");
    return put_kept(a);
}

/* ---- One decision */

static const char *text_of(const tokex_json_t *step, const char *name)
{
    const char *text = tokex_json_string(tokex_json_get(step, name));

    return text ? text : "";
}

/* The setting that decided, with its page where it has one. */
void admin_put_setting(admin_t *a, const char *object, const char *id, const char *field,
                       const char *client)
{
    const admin_noun_t *noun = object ? admin_noun_find(object) : NULL;

    if (noun && id && *id)
        html_put(a->html, "<a href=\"%s\">%s %s</a>",
                 admin_url(a, apr_pstrcat(a->pool, noun->path, "/show", NULL), "id", id), noun->one,
                 id);
    else if (object && strcmp(object, "rule") == 0 && client && *client)
        html_put(a->html, "<a href=\"%s\">rule %s of client %s</a>",
                 admin_url(a, "/clients/show", "id", client), id ? id : "", client);
    else
        html_put(a->html, "%s %s", object ? object : "", id ? id : "");
    if (field && *field)
        html_put(a->html, " <code>%s</code>", field);
}

static void put_step(admin_t *a, const tokex_activity_row_t *row, const tokex_json_t *step)
{
    bool passed = tokex_json_is_true(tokex_json_get(step, "passed"));

    html_put(a->html,
             "<li><span class=\"status %s\">%s</span><div><p><b>%s</b> %s</p><p class=\"setting\">",
             passed ? "granted" : "refused", passed ? "passed" : "refused", text_of(step, "step"),
             passed ? text_of(step, "found") : row->reason);
    admin_put_setting(a, text_of(step, "object"), text_of(step, "id"), text_of(step, "field"),
                      row->client);
    html_put(a->html, "</p></div></li>\n");
}

/* The last step of a refusal: what decided. */
static void put_decided(admin_t *a, const tokex_activity_row_t *row, const tokex_json_t *step)
{
    while (tokex_json_next(step))
        step = tokex_json_next(step);
    if (tokex_json_is_true(tokex_json_get(step, "passed")))
        return;
    html_put(a->html, "<p><b>What decided:</b> ");
    admin_put_setting(a, text_of(step, "object"), text_of(step, "id"), text_of(step, "field"),
                      row->client);
    html_put(a->html, "</p>\n");
}

static const tokex_err_t *put_steps(admin_t *a, const tokex_activity_row_t *row)
{
    const tokex_json_t *steps, *step;

    TOKEX_RETURN_ERR(tokex_json_parse(&steps, row->steps, strlen(row->steps), a->pool));
    if (tokex_json_first(steps))
        put_decided(a, row, tokex_json_first(steps));
    html_put(a->html, "<section><h2>Steps</h2>");
    if (!tokex_json_first(steps)) {
        html_put(a->html, "<p>The steps of the decision that was remembered are not recorded any "
                          "more.</p></section>");
        return NULL;
    }
    html_put(a->html, "<ol class=\"steps\">");
    for (step = tokex_json_first(steps); step; step = tokex_json_next(step))
        put_step(a, row, step);
    html_put(a->html, "</ol></section>\n");
    return NULL;
}

static void put_fact(admin_t *a, const char *name, const char *value)
{
    if (*value)
        html_put(a->html, "<dt>%s</dt><dd>%s</dd>", name, value);
}

/* The word of Try an exchange for the grant that was asked for; NULL: the usual one. */
static const char *grant_of(const tokex_activity_row_t *row, apr_pool_t *pool)
{
    const tokex_json_t *steps, *step;

    if (tokex_json_parse(&steps, row->steps, strlen(row->steps), pool))
        return NULL;
    for (step = tokex_json_first(steps); step; step = tokex_json_next(step))
        if (strcmp(text_of(step, "step"), tokex_trace_step_name(TOKEX_STEP_GRANT)) == 0)
            return strcmp(text_of(step, "found"), TOKEX_GRANT_ASSERTION) == 0 ? "jwt-bearer" : NULL;
    return NULL;
}

/* The same request by today's settings; its token is nowhere, so it has to be pasted. */
static void put_try(admin_t *a, const tokex_activity_row_t *row)
{
    apr_pool_t *pool = a->pool;
    const char *target = apr_pstrmemdup(pool, row->targets, strcspn(row->targets, " "));
    const char *path = admin_query("/try", "client", row->client, pool);

    if (*row->location)
        return;
    path = admin_query(path, "grant", grant_of(row, pool), pool);
    path = admin_query(path, "audience", target, pool);
    html_put(a->html,
             "<p class=\"buttons\"><a class=\"button quiet\" href=\"%s\">Try this with today's "
             "settings</a></p>",
             admin_url(a, path, "scope", row->scope_asked));
}

static void put_facts(admin_t *a, const tokex_activity_row_t *row)
{
    html_put(a->html,
             "<section><h2>Decision</h2><dl class=\"values\"><dt>Receipt</dt><dd><code "
             "data-copy=\"receipt\">%s</code></dd><dt>When</dt><dd>",
             row->receipt);
    admin_put_time(a, row->time);
    html_put(a->html, "</dd>");
    put_fact(a, "Server", row->server);
    put_fact(a, "Location", *row->location ? row->location : "the token endpoint");
    put_fact(a, "Client", row->client);
    put_fact(a, "Issuer", row->issuer);
    put_fact(a, "Subject", row->subject);
    put_fact(a, "Actor", row->actor);
    put_fact(a, "Rule", row->rule);
    put_fact(a, "Target", row->targets);
    put_fact(a, "Scopes asked for", row->scope_asked);
    put_fact(a, "Scopes granted", row->scope_granted);
    html_put(a->html, "<dt>Time it took</dt><dd>%s µs</dd></dl>",
             admin_number_text(row->latency_us, a->pool));
    put_try(a, row);
    html_put(a->html, "</section>\n");
}

static void put_verdict(admin_t *a, const tokex_activity_row_t *row)
{
    bool refused = strcmp(row->outcome, "refused") == 0;
    tokex_code_t code;

    html_put(a->html, "<p class=\"verdict %s\">", row->outcome);
    if (!refused || !tokex_err_find(&code, row->code)) {
        html_put(a->html, "%s.</p>\n",
                 refused                                 ? "Refused"
                 : strcmp(row->outcome, "accepted") == 0 ? "Accepted as it was"
                                                         : "Granted");
        return;
    }
    html_put(a->html, "Refused: ");
    html_sentence(a->html, tokex_err_info(code)->cause);
    html_put(a->html, " <small>(%s)</small></p><p><b>What to do:</b> ", row->code);
    html_sentence(a->html, tokex_err_info(code)->remedy);
    html_put(a->html, "</p>\n");
}

const tokex_err_t *admin_receipt_page(admin_t *a)
{
    const char *id = admin_input_text(a->query, "id");
    const tokex_activity_row_t *row = NULL;

    TOKEX_RETURN_ERR(admin_open_state(a));
    if (strlen(id) == RECEIPT_LEN)
        TOKEX_RETURN_ERR(tokex_activity_store_find(&row, a->state, id, a->pool));
    if (!row)
        return admin_refuse(a, 404,
                            "No decision with this receipt is recorded any more. The audit "
                            "log has every one.");
    a->place = (admin_place_t){.title = apr_pstrcat(a->pool, "Receipt ", id, NULL),
                               .section = "/activity",
                               .up = "Activity",
                               .up_path = admin_url(a, "/activity", NULL, NULL)};
    put_verdict(a, row);
    TOKEX_RETURN_ERR(put_steps(a, row));
    put_facts(a, row);
    return NULL;
}
