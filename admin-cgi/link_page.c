/* Links: which subject of which issuer is which account; made and removed by hand, with a reason.
 */
#include <string.h>

#include <apr_strings.h>

#include "edit/link.h"
#include "guard.h"
#include "line.h"
#include "pages.h"
#include "people.h"
#include "route.h"
#include "save.h"
#include "store/account_links.h"
#include "store/config_rows.h"

#define PAGE_MOST 50
#define REMOVED_MOST 100

static const char *how_text(const char *how)
{
    if (strcmp(how, "own") == 0)
        return "its user";
    return strcmp(how, "admin") == 0 ? "an administrator" : "a token";
}

static const char *link_url(const admin_t *a, const char *path, const tokex_account_link_t *link)
{
    return admin_url(a, admin_query(path, "issuer", link->issuer, a->pool), "sub", link->sub);
}

/* ---- Tables */

static void put_link(admin_t *a, const tokex_account_link_t *link)
{
    html_t *h = a->html;

    html_put(h,
             "<tr><th scope=\"row\"><code>%s</code></th><td><a href=\"%s\">%s</a></td><td><a "
             "href=\"%s\">%s</a></td><td>",
             link->sub, admin_url(a, "/issuers/show", "id", link->issuer), link->issuer,
             link->username ? admin_account_url(a, link->account)
                            : admin_url(a, "/links", "account", link->account),
             link->username ? link->username : link->account);
    admin_put_time(a, link->made);
    html_put(h, "</td><td>%s%s%s</td><td class=\"acts\"><a href=\"%s\">Activity</a>",
             how_text(link->how), *link->who ? ": " : "", link->who,
             admin_url(a, admin_query("/activity", "issuer", link->issuer, a->pool), "subject",
                       link->sub));
    if (a->role >= ADMIN_EDITOR)
        html_put(h, " <a href=\"%s\">Unlink<span class=\"hidden\"> %s</span></a>",
                 link_url(a, "/links/delete", link), link->sub);
    html_put(h, "</td></tr>\n");
}

void admin_put_links(admin_t *a, const tokex_account_link_t *links, int count, const char *caption)
{
    int i;

    if (!count)
        return;
    html_put(a->html,
             "<div class=\"scroll\"><table><caption>%s</caption><thead><tr><th scope=\"col\">"
             "Subject</th><th scope=\"col\">Issuer</th><th scope=\"col\">Account</th><th "
             "scope=\"col\">Made</th><th scope=\"col\">By</th><th scope=\"col\"><span "
             "class=\"hidden\">Actions</span></th></tr></thead><tbody>",
             caption);
    for (i = 0; i < count; i++)
        put_link(a, &links[i]);
    html_put(a->html, "</tbody></table></div>\n");
}

/* ---- The list */

typedef struct filter_t {
    const char *issuer;
    const char *sub;
    const char *account;
    tokex_account_link_t after;
} filter_t;

static filter_t filter_of(const admin_t *a)
{
    return (filter_t){.issuer = admin_input_text(a->query, "issuer"),
                      .sub = admin_input_text(a->query, "sub"),
                      .account = admin_input_text(a->query, "account"),
                      .after = {.issuer = admin_input_text(a->query, "after_issuer"),
                                .sub = admin_input_text(a->query, "after_sub")}};
}

static const tokex_err_t *load_config(const tokex_config_t **out, admin_t *a)
{
    static const tokex_texts_t no_clients = {NULL, 0};

    TOKEX_RETURN_ERR(admin_open_config(a));
    return tokex_config_rows_load(out, a->config, &no_clients, a->pool, a->pool);
}

static const tokex_err_t *find_one(apr_array_header_t *rows, admin_t *a, const char *issuer,
                                   const char *sub)
{
    const tokex_account_link_t *links;
    const char *account;
    int count;

    TOKEX_RETURN_ERR(tokex_account_links_find(&account, a->state, issuer, sub, a->pool));
    if (!account)
        return NULL;
    TOKEX_RETURN_ERR(tokex_account_links_of(&links, &count, a->state, account, a->pool));
    for (; count; count--, links++)
        if (strcmp(links->issuer, issuer) == 0 && strcmp(links->sub, sub) == 0)
            APR_ARRAY_PUSH(rows, tokex_account_link_t) = *links;
    return NULL;
}

/* Of a subject, at the issuer of the filter, or at each that there is. */
static const tokex_err_t *find_subject(apr_array_header_t *rows, admin_t *a, const filter_t *filter)
{
    const tokex_config_t *config;
    int i;

    if (*filter->issuer)
        return find_one(rows, a, filter->issuer, filter->sub);
    TOKEX_RETURN_ERR(load_config(&config, a));
    for (i = 0; i < config->issuer_count; i++)
        TOKEX_RETURN_ERR(find_one(rows, a, config->issuers[i].id, filter->sub));
    return NULL;
}

static const tokex_err_t *find_account_links(apr_array_header_t *rows, admin_t *a,
                                             const filter_t *filter)
{
    const tokex_account_link_t *links;
    const char *account;
    int count;

    TOKEX_RETURN_ERR(tokex_link_account(&account, a->state, filter->account, a->pool));
    if (!account)
        return NULL;
    TOKEX_RETURN_ERR(tokex_account_links_of(&links, &count, a->state, account, a->pool));
    for (; count; count--, links++)
        if ((!*filter->issuer || strcmp(filter->issuer, links->issuer) == 0) &&
            (!*filter->sub || strcmp(filter->sub, links->sub) == 0))
            APR_ARRAY_PUSH(rows, tokex_account_link_t) = *links;
    return NULL;
}

/* By issuer and subject; of one issuer they stand together. */
static const tokex_err_t *find_next(apr_array_header_t *rows, admin_t *a, const filter_t *filter)
{
    tokex_account_link_t after = filter->after;
    const tokex_account_link_t *links;
    int count;

    if (*filter->issuer && !*after.issuer)
        after = (tokex_account_link_t){.issuer = filter->issuer, .sub = ""};
    TOKEX_RETURN_ERR(
        tokex_account_links_list(&links, &count, a->state, &after, PAGE_MOST + 1, a->pool));
    for (; count && (!*filter->issuer || strcmp(filter->issuer, links->issuer) == 0);
         count--, links++)
        APR_ARRAY_PUSH(rows, tokex_account_link_t) = *links;
    return NULL;
}

static void put_search(admin_t *a)
{
    html_t *h = a->html;

    html_put(h, "<div class=\"tools\"><a href=\"%s\">Removed links</a>",
             admin_url(a, "/links/removed", NULL, NULL));
    if (a->role >= ADMIN_EDITOR)
        html_put(h, "<a class=\"button\" href=\"%s\">Link a subject</a>",
                 admin_url(a, "/links/new", NULL, NULL));
    html_put(h,
             "</div><form method=\"get\" action=\"%s\" class=\"filter\" role=\"search\"><div "
             "class=\"row\">",
             admin_url(a, "/links", NULL, NULL));
    admin_put_filter(a, "issuer", "Issuer (id)");
    admin_put_filter(a, "sub", "Subject");
    admin_put_filter(a, "account", "Account (user name or id)");
    html_put(h,
             "</div><p class=\"buttons\"><button>Filter</button><a href=\"%s\">Show all</a></p>"
             "</form>\n",
             admin_url(a, "/links", NULL, NULL));
}

static void put_next(admin_t *a, const filter_t *filter, const tokex_account_link_t *last)
{
    const char *path = admin_query("/links", "issuer", filter->issuer, a->pool);

    path = admin_query(path, "after_issuer", last->issuer, a->pool);
    html_put(a->html,
             "<nav class=\"pages\" aria-label=\"Pages\"><a rel=\"next\" href=\"%s\">Next</a></nav>"
             "\n",
             admin_url(a, path, "after_sub", last->sub));
}

static void put_done(admin_t *a)
{
    const char *done = admin_input_text(a->query, "done");

    if (*done)
        html_put(a->html,
                 "<div class=\"done\" role=\"status\"><p>%s; servers have it within a second.</p>"
                 "</div>\n",
                 strcmp(done, "linked") == 0 ? "The subject is linked" : "The link was removed");
}

const tokex_err_t *admin_links_page(admin_t *a)
{
    const filter_t filter = filter_of(a);
    apr_array_header_t *rows = apr_array_make(a->pool, PAGE_MOST + 1, sizeof(tokex_account_link_t));
    const tokex_account_link_t *links;
    int count;

    TOKEX_RETURN_ERR(admin_open_state(a));
    if (*filter.account)
        TOKEX_RETURN_ERR(find_account_links(rows, a, &filter));
    else if (*filter.sub)
        TOKEX_RETURN_ERR(find_subject(rows, a, &filter));
    else
        TOKEX_RETURN_ERR(find_next(rows, a, &filter));
    links = (const tokex_account_link_t *)rows->elts;
    count = rows->nelts > PAGE_MOST ? PAGE_MOST : rows->nelts;
    a->place = (admin_place_t){.title = "Links", .section = "/links"};
    put_done(a);
    html_put(a->html, "<p>A link says that a subject of an issuer is an account here.</p>\n");
    put_search(a);
    admin_put_links(a, links, count, "Links, by issuer and subject");
    if (!count)
        html_put(a->html, "<p class=\"empty\">No link is like that.</p>\n");
    if (rows->nelts > PAGE_MOST)
        put_next(a, &filter, &links[count - 1]);
    return NULL;
}

const tokex_err_t *admin_unlinks_page(admin_t *a)
{
    const tokex_account_unlink_t *rows;
    html_t *h = a->html;
    int count, i;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_account_links_removed(&rows, &count, a->state, a->pool));
    a->place = (admin_place_t){.title = "Removed links",
                               .section = "/links",
                               .up = "Links",
                               .up_path = admin_url(a, "/links", NULL, NULL)};
    if (!count) {
        html_put(h, "<p class=\"empty\">No link was removed so far.</p>\n");
        return NULL;
    }
    if (count > REMOVED_MOST)
        html_put(h,
                 "<p>The last %d of %s; <code>tokexctl link list --removed</code> has all of "
                 "them.</p>",
                 REMOVED_MOST, admin_number_text(count, a->pool));
    html_put(h, "<div class=\"scroll\"><table><caption>Removed, the last first</caption><thead><tr>"
                "<th scope=\"col\">Subject</th><th scope=\"col\">Issuer</th><th scope=\"col\">"
                "Account</th><th scope=\"col\">Removed</th><th scope=\"col\">By</th><th "
                "scope=\"col\">Reason</th></tr></thead><tbody>");
    for (i = count - 1; i >= 0 && i >= count - REMOVED_MOST; i--) {
        html_put(h,
                 "<tr><th scope=\"row\"><code>%s</code></th><td>%s</td><td><small>%s</small>"
                 "</td><td>",
                 rows[i].sub, rows[i].issuer, rows[i].account);
        admin_put_time(a, rows[i].removed);
        html_put(h, "</td><td>%s%s%s</td><td>%s</td></tr>\n", how_text(rows[i].how),
                 *rows[i].who ? ": " : "", rows[i].who, rows[i].reason);
    }
    html_put(h, "</tbody></table></div>\n");
    return NULL;
}

/* ---- One more */

enum { ISSUER, SUB, ACCOUNT, LINES };

static const admin_line_t blank[LINES] = {
    {.name = "issuer", .label = "Issuer", .hint = "Its id in the configuration."},
    {.name = "sub", .label = "Subject", .hint = "As the issuer's tokens say it in sub."},
    {.name = "account",
     .label = "Account",
     .hint = "Its user name or id; of one that the site keeps the id, such as "
             "tokex-account:sql:17."}};

static const tokex_err_t *put_new(admin_t *a, const admin_line_t *lines)
{
    int i;

    a->place = (admin_place_t){.title = "Link a subject",
                               .section = "/links",
                               .up = "Links",
                               .up_path = admin_url(a, "/links", NULL, NULL)};
    admin_put_problems(a, lines, LINES);
    html_put(a->html,
             "<p>Whoever comes with a token of the subject is the account from then on.</p>"
             "\n");
    TOKEX_RETURN_ERR(admin_put_form(a, "/links/new"));
    for (i = 0; i < LINES; i++)
        admin_put_line(a, &lines[i]);
    html_put(a->html, "<p class=\"buttons\"><button>Link</button></p></form>\n");
    return NULL;
}

const tokex_err_t *admin_link_new_page(admin_t *a)
{
    admin_line_t lines[LINES];

    admin_read_lines(lines, blank, LINES, a->query);
    return put_new(a, lines);
}

const tokex_err_t *admin_link_add(admin_t *a)
{
    tokex_account_link_t link = {.made = a->now, .how = "admin", .who = admin_author(a).who};
    tokex_link_result_t result = TOKEX_LINK_NONE;
    const tokex_config_t *config;
    admin_line_t lines[LINES];
    const char *linked = NULL;

    admin_read_lines(lines, blank, LINES, a->form);
    link.issuer = lines[ISSUER].value;
    link.sub = lines[SUB].value;
    link.account = lines[ACCOUNT].value;
    TOKEX_RETURN_ERR(load_config(&config, a));
    TOKEX_RETURN_ERR(admin_write_state(a));
    if (*link.sub)
        TOKEX_RETURN_ERR(tokex_link_add(&result, &linked, a->state, config, link, a->pool));
    else
        lines[SUB].problem = "write whom to link";
    if (result == TOKEX_LINK_DONE) {
        admin_redirect(a, admin_query(link_url(a, "/links", &link), "done", "linked", a->pool));
        return NULL;
    }
    if (result == TOKEX_LINK_NO_ISSUER)
        lines[ISSUER].problem = "there is no such issuer";
    else if (result == TOKEX_LINK_NO_ACCOUNT)
        lines[ACCOUNT].problem = "there is no such account";
    else if (result == TOKEX_LINK_TAKEN)
        lines[SUB].problem =
            apr_psprintf(a->pool,
                         "it is linked to another account already (%s); remove that link "
                         "first",
                         linked ? linked : "none");
    a->reply.status = 422;
    return put_new(a, lines);
}

/* ---- One less */

static const tokex_err_t *put_goodbye(admin_t *a, const tokex_account_link_t *link,
                                      const char *problem)
{
    const admin_line_t line = {.name = "reason",
                               .label = "Reason",
                               .hint = "Kept with the removed link: a ticket, a word.",
                               .value = a->form ? admin_input_text(a->form, "reason") : "",
                               .problem = problem};

    a->place = (admin_place_t){.title = "Unlink a subject",
                               .section = "/links",
                               .up = "Links",
                               .up_path = admin_url(a, "/links", NULL, NULL)};
    admin_put_problems(a, &line, 1);
    html_put(a->html,
             "<p>Subject <code>%s</code> of issuer <code>%s</code> is foreign again from then on. "
             "What was issued before stays what it is until it ends.</p>\n",
             link->sub, link->issuer);
    TOKEX_RETURN_ERR(admin_put_form(a, "/links/delete"));
    html_put(a->html,
             "<input type=\"hidden\" name=\"issuer\" value=\"%s\"><input type=\"hidden\" "
             "name=\"sub\" value=\"%s\">",
             link->issuer, link->sub);
    admin_put_line(a, &line);
    html_put(a->html, "<p class=\"buttons\"><button class=\"danger\">Unlink</button></p></form>\n");
    return NULL;
}

const tokex_err_t *admin_link_delete_page(admin_t *a)
{
    const tokex_account_link_t link = {.issuer = admin_input_text(a->query, "issuer"),
                                       .sub = admin_input_text(a->query, "sub")};
    const char *account;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_account_links_find(&account, a->state, link.issuer, link.sub, a->pool));
    if (!account)
        return admin_refuse(a, 404, "This subject is linked to no account.");
    return put_goodbye(a, &link, NULL);
}

const tokex_err_t *admin_link_remove(admin_t *a)
{
    const tokex_account_link_t link = {.issuer = admin_input_text(a->form, "issuer"),
                                       .sub = admin_input_text(a->form, "sub")};
    const tokex_account_unlink_t unlink = {.issuer = link.issuer,
                                           .sub = link.sub,
                                           .removed = a->now,
                                           .how = "admin",
                                           .who = admin_author(a).who,
                                           .reason = admin_input_text(a->form, "reason")};
    const tokex_config_t *config;
    tokex_link_result_t result;

    if (!*unlink.reason) {
        a->reply.status = 422;
        return put_goodbye(a, &link, "write why it goes");
    }
    TOKEX_RETURN_ERR(load_config(&config, a));
    TOKEX_RETURN_ERR(admin_write_state(a));
    TOKEX_RETURN_ERR(tokex_link_remove(&result, a->state, config, &unlink, a->pool));
    if (result == TOKEX_LINK_USERS_ONLY)
        return admin_refuse(a, 403,
                            "Only users themselves remove links of this issuer's subjects: "
                            "it has unlink_by_users_only. Nothing was changed.");
    if (result != TOKEX_LINK_DONE)
        return admin_refuse(a, 404, "This subject is linked to no account.");
    admin_redirect(a, admin_url(a, "/links", "done", "removed"));
    return NULL;
}
