/* Local accounts: a list that never holds more than a page, one account, and a look-up. */
#include <string.h>

#include <apr_strings.h>

#include "guard.h"
#include "line.h"
#include "pages.h"
#include "people.h"
#include "route.h"
#include "store/account_links.h"
#include "store/account_store.h"
#include "store/state_store.h"

#define PAGE_MOST 50

/* ---- What is shared */

const tokex_err_t *admin_find_account(admin_t *a, const tokex_account_t **out, const char *id)
{
    TOKEX_RETURN_ERR(tokex_account_store_by_id(out, a->state, id, a->pool));
    return *out ? NULL : admin_refuse(a, 404, "There is no account with this id.");
}

const char *admin_account_url(const admin_t *a, const char *id)
{
    return admin_url(a, "/accounts/show", "id", id);
}

const char *admin_roles_text(const tokex_account_t *account, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < account->roles.count; i++)
        text = apr_pstrcat(pool, text, i ? ", " : "", account->roles.items[i], NULL);
    return text;
}

void admin_put_state(admin_t *a, const tokex_account_t *account)
{
    bool locked = account->locked_until > a->now;

    html_put(a->html, "<span class=\"status %s\">%s</span>",
             account->active && !locked ? "on" : "off",
             !account->active ? "off"
             : locked         ? "locked until"
                              : "on");
    if (account->active && locked) {
        html_put(a->html, " ");
        admin_put_time(a, account->locked_until);
    }
}

void admin_note(const admin_t *a, const char *what, const tokex_account_t *account)
{
    admin_log(a, "%s %s account \"%s\" (%s)",
              tokex_err_shown(a->pool, a->request->user, strlen(a->request->user)), what,
              tokex_err_shown(a->pool, account->username, strlen(account->username)), account->id);
}

/* ---- Who is asked */

static const char *source_of(const char *name, const char *value)
{
    if (strcmp(value, "Off") == 0)
        return NULL;
    if (strcmp(name, "TokexAccountQuery") == 0)
        return "asks the site's database (TokexAccountQuery)";
    return strcmp(name, "TokexAccountLDAP") == 0 ? "asks the site's directory (TokexAccountLDAP)"
                                                 : NULL;
}

/* Which virtual hosts ask elsewhere, as they wrote it down at their start. */
static const tokex_err_t *put_sources(admin_t *a)
{
    const tokex_setting_t *settings;
    const char *source;
    int count, i, elsewhere = 0;

    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, a->state, a->pool, a->pool));
    for (i = 0; i < count; i++) {
        source = source_of(settings[i].name, settings[i].value);
        if (!source)
            continue;
        if (!elsewhere++)
            html_put(a->html, "<div class=\"warn\"><p>Not every server asks for the accounts that "
                              "stand here:</p><ul>");
        html_put(a->html, "<li>%s %s</li>", settings[i].server, source);
    }
    if (elsewhere)
        html_put(a->html, "</ul></div>\n");
    return NULL;
}

/* ---- The list */

typedef struct list_t {
    const tokex_account_t *rows;
    int count;
    bool more;
    bool several; /* the word is an address or a number of several */
} list_t;

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static void add(apr_array_header_t *rows, const tokex_account_t *account)
{
    int i;

    for (i = 0; i < rows->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(rows, i, tokex_account_t).id, account->id) == 0)
            return;
    APR_ARRAY_PUSH(rows, tokex_account_t) = *account;
}

/* By everything that finds an account. */
static const tokex_err_t *find_exactly(apr_array_header_t *rows, bool *several, admin_t *a,
                                       const char *word)
{
    static const char *const attributes[] = {TOKEX_ACCOUNT_USERNAME, TOKEX_ACCOUNT_EMAIL,
                                             TOKEX_ACCOUNT_MOBILE};
    const tokex_account_t *account;
    tokex_account_answer_t answer;
    size_t i;

    for (i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        const tokex_account_question_t question = {
            .issuer = "", .sub = "", .keys = {{attributes[i], word}}, .key_count = 1};

        TOKEX_RETURN_ERR(tokex_account_store_answer(&answer, a->state, &question, a->pool));
        if (answer.match == TOKEX_ACCOUNT_FOUND)
            add(rows, answer.account);
        *several |= answer.match == TOKEX_ACCOUNT_AMBIGUOUS;
    }
    TOKEX_RETURN_ERR(tokex_account_store_by_id(&account, a->state, word, a->pool));
    if (account)
        add(rows, account);
    return NULL;
}

/* Those behind `after`, which begin with `word`. */
static const tokex_err_t *read_list(list_t *out, admin_t *a, const char *word, const char *after)
{
    apr_array_header_t *rows = apr_array_make(a->pool, PAGE_MOST + 1, sizeof(tokex_account_t));
    const tokex_account_t *found;
    int count, i;

    if (*word && !*after)
        TOKEX_RETURN_ERR(find_exactly(rows, &out->several, a, word));
    TOKEX_RETURN_ERR(tokex_account_store_list(&found, &count, a->state, *after ? after : word,
                                              PAGE_MOST + 1, a->pool));
    for (i = 0; i < count && begins(found[i].username, word); i++)
        add(rows, &found[i]);
    out->rows = (const tokex_account_t *)rows->elts;
    out->more = rows->nelts > PAGE_MOST;
    out->count = out->more ? PAGE_MOST : rows->nelts;
    return NULL;
}

static void put_row(admin_t *a, const tokex_account_t *account)
{
    html_t *h = a->html;

    html_put(h, "<tr><th scope=\"row\"><a href=\"%s\">%s</a></th><td>%s</td><td>%s</td><td>",
             admin_account_url(a, account->id), account->username, account->email, account->mobile);
    admin_put_state(a, account);
    html_put(h, "</td><td>%s</td><td>%s</td></tr>\n", account->privileged ? "yes" : "no",
             admin_roles_text(account, a->pool));
}

static void put_pages(admin_t *a, const list_t *list, const char *word, const char *after)
{
    const char *path = admin_query("/accounts", "q", word, a->pool);

    html_put(a->html, "<nav class=\"pages\" aria-label=\"Pages\">");
    if (*after)
        html_put(a->html, "<a href=\"%s\">From the first</a>", admin_url(a, path, NULL, NULL));
    if (list->more)
        html_put(a->html, "<a rel=\"next\" href=\"%s\">Next</a>",
                 admin_url(a, path, "after", list->rows[list->count - 1].username));
    html_put(a->html, "</nav>\n");
}

static void put_list(admin_t *a, const list_t *list, const char *word, const char *after)
{
    int i;

    html_put(a->html,
             "<div class=\"scroll\"><table><caption>Accounts, by user name</caption><thead><tr>"
             "<th scope=\"col\">User name</th><th scope=\"col\">Email</th><th scope=\"col\">Mobile"
             "</th><th scope=\"col\">Status</th><th scope=\"col\">Privileged</th><th "
             "scope=\"col\">Roles</th></tr></thead><tbody>");
    for (i = 0; i < list->count; i++)
        put_row(a, &list->rows[i]);
    html_put(a->html, "</tbody></table></div>\n");
    put_pages(a, list, word, after);
}

static void put_tools(admin_t *a, const char *word)
{
    html_put(a->html,
             "<div class=\"tools\"><form method=\"get\" action=\"%s\" role=\"search\"><label "
             "for=\"q\">A user name or how it begins, an address or a number</label><input "
             "id=\"q\" name=\"q\" type=\"search\" value=\"%s\"><button class=\"quiet\">Search"
             "</button></form>",
             admin_url(a, "/accounts", NULL, NULL), word);
    if (a->role >= ADMIN_EDITOR)
        html_put(a->html, "<a class=\"button\" href=\"%s\">New account</a>",
                 admin_url(a, "/accounts/new", NULL, NULL));
    html_put(a->html, "</div>\n");
}

/* ---- Try a look-up */

static const char *value_of(const admin_t *a, const char *name)
{
    return a->form ? admin_input_text(a->form, name) : "";
}

static const tokex_err_t *put_look(admin_t *a)
{
    html_put(a->html, "<section class=\"fields\"><h2>Try a look-up</h2><p class=\"hint\">As a "
                      "token's claim is looked for: octet by octet.</p>");
    TOKEX_RETURN_ERR(admin_put_form(a, "/accounts/look"));
    admin_put_line(a, &(admin_line_t){.name = "attribute",
                                      .label = "Attribute",
                                      .hint = "username, email, mobile, or one that is marked "
                                              "unique.",
                                      .value = value_of(a, "attribute")});
    admin_put_line(
        a, &(admin_line_t){.name = "value", .label = "Value", .value = value_of(a, "value")});
    html_put(a->html, "<p class=\"buttons\"><button>Look</button></p></form></section>\n");
    return NULL;
}

static void put_answer(admin_t *a, const tokex_account_answer_t *answer)
{
    html_t *h = a->html;

    switch (answer->match) {
    case TOKEX_ACCOUNT_FOUND:
        html_put(h,
                 "<p class=\"verdict granted\" role=\"status\">One account: <a href=\"%s\">%s"
                 "</a>. ",
                 admin_account_url(a, answer->account->id), answer->account->username);
        admin_put_state(a, answer->account);
        if (answer->account->privileged)
            html_put(h, " It is privileged, so tokens alone do not link anybody to it, unless the "
                        "issuer has link_privileged.");
        html_put(h, "</p>\n");
        return;
    case TOKEX_ACCOUNT_AMBIGUOUS:
        html_put(h,
                 "<p class=\"verdict refused\" role=\"status\">Several accounts have this value. "
                 "A token with it is refused, and links nobody. <small>(account_ambiguous)"
                 "</small></p>\n");
        return;
    default:
        html_put(h, "<p class=\"verdict undetermined\" role=\"status\">No account is found. The "
                    "secondary attribute is asked next; without one the subject stays foreign.</p>"
                    "\n");
    }
}

const tokex_err_t *admin_account_look(admin_t *a)
{
    const tokex_account_question_t question = {
        .issuer = "",
        .sub = "",
        .keys = {{admin_input_text(a->form, "attribute"), admin_input_text(a->form, "value")}},
        .key_count = 1};
    tokex_account_answer_t answer;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_account_store_answer(&answer, a->state, &question, a->pool));
    a->place = (admin_place_t){.title = "What a look-up finds",
                               .section = "/accounts",
                               .up = "Accounts",
                               .up_path = admin_url(a, "/accounts", NULL, NULL)};
    put_answer(a, &answer);
    TOKEX_RETURN_ERR(put_sources(a));
    return put_look(a);
}

const tokex_err_t *admin_accounts_page(admin_t *a)
{
    const char *word = admin_input_text(a->query, "q"),
               *after = admin_input_text(a->query, "after");
    list_t list = {NULL, 0, false, false};

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(read_list(&list, a, word, after));
    a->place = (admin_place_t){.title = "Accounts", .section = "/accounts"};
    html_put(a->html, "<p>Who foreign subjects are here. Many at once come from a file: "
                      "<code>tokexctl account import FILE</code>.</p>\n");
    TOKEX_RETURN_ERR(put_sources(a));
    put_tools(a, word);
    if (list.several)
        html_put(a->html, "<p class=\"warn\">Several accounts have this address or number, so no "
                          "token finds one by it.</p>\n");
    if (list.count)
        put_list(a, &list, word, after);
    else
        html_put(a->html, "<p class=\"empty\">%s</p>\n",
                 *word || *after ? "No account is like that."
                                 : "There are none so far. An account is what a foreign subject "
                                   "can be linked to: with roles, and a switch.");
    return put_look(a);
}

/* ---- One of them */

static void put_attributes(admin_t *a, const tokex_account_t *account)
{
    int i;

    for (i = 0; i < account->attribute_count; i++)
        html_put(a->html, "<dt>%s%s</dt><dd>%s</dd>", account->attributes[i].name,
                 account->attributes[i].unique ? " (unique)" : "", account->attributes[i].value);
}

static void put_values(admin_t *a, const tokex_account_t *account)
{
    html_t *h = a->html;

    html_put(
        h,
        "<section><h2>Account</h2><dl class=\"values\"><dt>User name</dt><dd>%s</dd><dt>Id</dt>"
        "<dd><code>%s</code></dd><dt>Email</dt><dd>%s</dd><dt>Mobile</dt><dd>%s</dd><dt>Roles"
        "</dt><dd>%s</dd><dt>Privileged</dt><dd>%s</dd>",
        account->username, account->id, account->email ? account->email : "–",
        account->mobile ? account->mobile : "–",
        account->roles.count ? admin_roles_text(account, a->pool) : "–",
        account->privileged ? "yes: tokens alone do not link anybody to it" : "no");
    put_attributes(a, account);
    html_put(h, "<dt>Made</dt><dd>");
    admin_put_time(a, account->created);
    html_put(h, "</dd></dl></section>\n");
}

static const tokex_err_t *put_switch(admin_t *a, const tokex_account_t *account)
{
    TOKEX_RETURN_ERR(admin_put_form(a, "/accounts/switch"));
    html_put(a->html,
             "<input type=\"hidden\" name=\"id\" value=\"%s\"><input type=\"hidden\" name=\"on\" "
             "value=\"%s\"><button class=\"quiet\">%s</button></form>",
             account->id, account->active ? "no" : "yes",
             account->active ? "Switch off" : "Switch on");
    return NULL;
}

static const tokex_err_t *put_lock(admin_t *a, const tokex_account_t *account)
{
    bool locked = account->locked_until > a->now;

    TOKEX_RETURN_ERR(admin_put_form(a, "/accounts/lock"));
    html_put(a->html,
             "<input type=\"hidden\" name=\"id\" value=\"%s\"><input type=\"hidden\" "
             "name=\"until\" value=\"%s\"><button class=\"quiet\">%s</button></form>",
             account->id, locked ? "" : "1h", locked ? "Unlock" : "Lock for an hour");
    return NULL;
}

static const tokex_err_t *put_buttons(admin_t *a, const tokex_account_t *account)
{
    html_put(a->html, "<div class=\"buttons\">");
    admin_put_state(a, account);
    if (a->role >= ADMIN_EDITOR) {
        html_put(a->html, "<a class=\"button edit\" href=\"%s\">Edit</a>",
                 admin_url(a, "/accounts/edit", "id", account->id));
        TOKEX_RETURN_ERR(put_switch(a, account));
        TOKEX_RETURN_ERR(put_lock(a, account));
        html_put(a->html, "<a class=\"button quiet\" href=\"%s\">Link a subject</a>",
                 admin_url(a, "/links/new", "account", account->username));
        html_put(a->html, "<a class=\"button danger\" href=\"%s\">Remove</a>",
                 admin_url(a, "/accounts/delete", "id", account->id));
    }
    html_put(a->html, "</div>\n");
    return NULL;
}

const tokex_err_t *admin_account_page(admin_t *a)
{
    const tokex_account_t *account;
    const tokex_account_link_t *links;
    int count;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(admin_find_account(a, &account, admin_input_text(a->query, "id")));
    if (!account)
        return NULL;
    a->place = (admin_place_t){.title = account->username,
                               .section = "/accounts",
                               .up = "Accounts",
                               .up_path = admin_url(a, "/accounts", NULL, NULL)};
    if (admin_input_get(a->query, "done"))
        html_put(a->html, "<div class=\"done\" role=\"status\"><p>Saved; servers have it within a "
                          "second.</p></div>\n");
    TOKEX_RETURN_ERR(put_buttons(a, account));
    put_values(a, account);
    html_put(a->html, "<section><h2>Links</h2>");
    TOKEX_RETURN_ERR(tokex_account_links_of(&links, &count, a->state, account->id, a->pool));
    admin_put_links(a, links, count, "Who is this account elsewhere");
    if (!count)
        html_put(a->html, "<p>Nobody elsewhere is linked to it.</p>");
    html_put(a->html, "</section>\n");
    return NULL;
}
