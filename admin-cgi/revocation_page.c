/* What was taken back, and taking more back: a token that is pasted, or all of somebody before now.
 */
#include <string.h>

#include <apr_strings.h>

#include "explain/revoke.h"
#include "explain/world.h"
#include "guard.h"
#include "line.h"
#include "pages.h"
#include "paste.h"
#include "route.h"
#include "save.h"
#include "store/revocation_store.h"

#define PAGE_MOST 50

/* ---- The list */

/* The last PAGE_MOST below a number, as they come by number. */
typedef struct taker_t {
    admin_t *a;
    int64_t below; /* 0: all */
    tokex_revocation_t rows[PAGE_MOST + 1];
    int count; /* of all that fit */
} taker_t;

static const tokex_err_t *take(void *ctx, const tokex_revocation_t *row)
{
    taker_t *taker = ctx;
    apr_pool_t *pool = taker->a->pool;
    tokex_revocation_t *to = &taker->rows[taker->count % (PAGE_MOST + 1)];

    if ((row->ends && row->ends <= taker->a->now) || (taker->below && row->number >= taker->below))
        return NULL;
    *to = *row;
    to->issuer = apr_pstrdup(pool, row->issuer);
    to->value = apr_pstrdup(pool, row->value);
    to->who = apr_pstrdup(pool, row->who);
    to->reason = apr_pstrdup(pool, row->reason);
    taker->count++;
    return NULL;
}

static void put_time(admin_t *a, int64_t time, const char *none)
{
    html_put(a->html, "<td>");
    if (time)
        admin_put_time(a, time);
    else
        html_put(a->html, "%s", none);
    html_put(a->html, "</td>");
}

static void put_row(admin_t *a, const tokex_revocation_t *row)
{
    html_t *h = a->html;

    html_put(h, "<tr><td class=\"number\">%s</td><th scope=\"row\">%s <code>%s</code>%s%s</th>",
             admin_number_text(row->number, a->pool), tokex_revocation_kind_name(row->kind),
             row->value, *row->issuer ? " of " : "", row->issuer);
    put_time(a, row->before, "–");
    put_time(a, row->ends, "never");
    put_time(a, row->created, "–");
    html_put(h, "<td>%s</td><td>%s</td></tr>\n", row->who, row->reason);
}

static void put_list(admin_t *a, const taker_t *taker)
{
    int shown = taker->count < PAGE_MOST ? taker->count : PAGE_MOST, i;
    const tokex_revocation_t *row = NULL;

    html_put(a->html,
             "<div class=\"scroll\"><table><caption>In force, the last first</caption><thead><tr>"
             "<th scope=\"col\">#</th><th scope=\"col\">What</th><th scope=\"col\">Issued before"
             "</th><th scope=\"col\">Ends</th><th scope=\"col\">Made</th><th scope=\"col\">By</th>"
             "<th scope=\"col\">Reason</th></tr></thead><tbody>");
    for (i = 1; i <= shown; i++) {
        row = &taker->rows[(taker->count - i) % (PAGE_MOST + 1)];
        put_row(a, row);
    }
    html_put(a->html, "</tbody></table></div>\n");
    if (taker->count > shown)
        html_put(a->html,
                 "<nav class=\"pages\" aria-label=\"Pages\"><a rel=\"next\" href=\"%s\">Next</a>"
                 "</nav>\n",
                 admin_url(a, "/revocations", "before",
                           apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)row->number)));
}

const tokex_err_t *admin_revocations_page(admin_t *a)
{
    taker_t *taker = apr_pcalloc(a->pool, sizeof *taker);

    taker->a = a;
    taker->below = admin_input_number(a->query, "before", 0);
    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_revocation_store_list(a->state, take, taker, a->pool));
    a->place = (admin_place_t){.title = "Revocations", .section = "/revocations"};
    if (admin_input_get(a->query, "done"))
        html_put(a->html, "<div class=\"done\" role=\"status\"><p>It is taken back; servers know "
                          "within a second.</p></div>\n");
    html_put(a->html, "<p>What was taken back before its time, with all that came of it.</p>\n");
    if (a->role >= ADMIN_EDITOR)
        html_put(a->html,
                 "<div class=\"tools\"><a class=\"button\" href=\"%s\">Take something back</a>"
                 "</div>\n",
                 admin_url(a, "/revocations/new", NULL, NULL));
    if (taker->count)
        put_list(a, taker);
    else
        html_put(a->html, "<p class=\"empty\">Nothing is taken back.</p>\n");
    return NULL;
}

/* ---- One more */

enum { ISSUER, VALUE, TOKEN, REASON, LINES };

static const char *value_of(const admin_t *a, const char *name)
{
    return admin_input_text(a->form ? a->form : a->query, name);
}

static const admin_line_t blank[LINES] = {
    {.name = "issuer",
     .label = "Issuer",
     .hint = "Its id; for a subject, or a token that is not ours."},
    {.name = "value",
     .label = "What",
     .hint = "The jti, the sub, the id of the client, or that of the issuer."},
    {.name = "subject_token",
     .label = "Token",
     .hint = "Only as far as its signature is good.",
     .rows = 6},
    {.name = "reason", .label = "Reason", .hint = "Optional; kept with it: a ticket, a word."}};

static const tokex_err_t *put_new(admin_t *a, const admin_line_t *lines)
{
    static const struct {
        const char *name;
        const char *words;
    } kinds[] = {{"token", "One token, by its jti"},
                 {"subject", "All tokens of a subject, issued before now"},
                 {"client", "All tokens that were issued to a client, before now"},
                 {"issuer", "All tokens of an issuer, before now (self: all of ours)"}};
    html_t *h = a->html;
    size_t i;

    a->place = (admin_place_t){.title = "Take something back",
                               .section = "/revocations",
                               .up = "Revocations",
                               .up_path = admin_url(a, "/revocations", NULL, NULL)};
    admin_put_problems(a, lines, LINES);
    html_put(h,
             "<p>It cannot be undone: whoever lost a token gets another one by a new exchange.</p>"
             "\n");
    TOKEX_RETURN_ERR(admin_put_form(a, "/revocations/new"));
    html_put(h, "<section class=\"fields\"><h2>By a token</h2>");
    admin_put_line(a, &lines[TOKEN]);
    html_put(h, "</section><section class=\"fields\"><h2>Or by what it is of</h2><div "
                "class=\"field\"><label for=\"f-kind\">Kind</label><select id=\"f-kind\" "
                "name=\"kind\">");
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        admin_put_option(h, kinds[i].name, kinds[i].words, value_of(a, "kind"));
    html_put(h, "</select></div>\n");
    admin_put_line(a, &lines[VALUE]);
    admin_put_line(a, &lines[ISSUER]);
    html_put(h, "</section>\n");
    admin_put_line(a, &lines[REASON]);
    html_put(h, "<p class=\"buttons\"><button class=\"danger\">Take it back</button></p></form>\n");
    return NULL;
}

const tokex_err_t *admin_revocation_new_page(admin_t *a)
{
    admin_line_t lines[LINES];

    admin_read_lines(lines, blank, LINES, a->query);
    return put_new(a, lines);
}

/* By the keys that are there, as tokexctl does; `*problem`: why nothing can be said of it. */
static const tokex_err_t *inspect(tokex_revocation_t *row, const char **problem, admin_t *a,
                                  const char *token)
{
    const tokex_world_view_t view = {.now = a->now};
    tokex_installation_t *site = apr_palloc(a->pool, sizeof *site);
    tokex_faults_t *faults = tokex_config_faults_create(a->pool);
    tokex_world_problem_t which = TOKEX_WORLD_READ;
    const char *servers = "";
    tokex_world_t *world;

    *site = admin_installation(a);
    TOKEX_RETURN_ERR(tokex_world_read(&world, &which, &servers, &view, site, faults));
    *problem = which != TOKEX_WORLD_READ
                   ? "several servers ran with this installation: write its jti instead"
                   : tokex_revoke_token(
                         row, tokex_inspect(world->engine, token, strlen(token), a->pool), a->pool);
    return NULL;
}

/* What the form asks for, or what is wrong beside its field. */
static const tokex_err_t *read_form(tokex_revocation_t *row, admin_line_t *lines, admin_t *a)
{
    const char *token = admin_paste(a, "subject_token");
    tokex_revocation_kind_t kind;

    if (*token && *lines[VALUE].value) {
        lines[VALUE].problem = "write a token or this, not both";
        return NULL;
    }
    if (*token)
        return inspect(row, &lines[TOKEN].problem, a, token);
    if (!tokex_revocation_kind_find(&kind, value_of(a, "kind")))
        return admin_refuse(a, 400, "There is no such kind. Nothing was changed.");
    lines[VALUE].problem = tokex_revoke_value(
        row, kind,
        kind == TOKEX_REVOCATION_TOKEN || kind == TOKEX_REVOCATION_SUBJECT ? lines[ISSUER].value
                                                                           : "",
        lines[VALUE].value, a->now);
    return NULL;
}

const tokex_err_t *admin_revocation_add(admin_t *a)
{
    admin_line_t lines[LINES];
    tokex_revocation_t row = {.kind = TOKEX_REVOCATION_KINDS}, rows[2];
    int count = 0;

    admin_read_lines(lines, blank, LINES, a->form);
    TOKEX_RETURN_ERR(read_form(&row, lines, a));
    if (a->reply.status != 200)
        return NULL;
    if (!lines[TOKEN].problem && !lines[VALUE].problem) {
        row.created = a->now;
        row.who = admin_author(a).who;
        row.reason = lines[REASON].value;
        TOKEX_RETURN_ERR(tokex_revoke_lengthen(&row, a->config, a->now, a->pool));
        TOKEX_RETURN_ERR(admin_write_state(a));
        TOKEX_RETURN_ERR(tokex_revoke_keep(rows, &count, a->state, &row, a->now, a->pool));
        if (count) {
            admin_redirect(a, admin_url(a, "/revocations", "done", "yes"));
            return NULL;
        }
        lines[TOKEN].problem = "it has expired, and all that came of it; there is nothing to take "
                               "back";
    }
    a->reply.status = 422;
    return put_new(a, lines);
}
