/* Local accounts: made, changed, switched, locked, removed. */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/moment.h"
#include "edit/account_draft.h"
#include "guard.h"
#include "line.h"
#include "pages.h"
#include "people.h"
#include "route.h"
#include "store/account_edit.h"
#include "store/account_links.h"
#include "store/account_store.h"

enum { USERNAME, EMAIL, MOBILE, LOCKED_UNTIL, ROLES, UNIQUE, ATTRIBUTES, LINES };

/* The form of an account: what is written, as text. */
typedef struct form_t {
    admin_line_t lines[LINES];
    bool active;
    bool privileged;
    const char *id;  /* NULL: a new one */
    const char *was; /* what it was made from */
} form_t;

static const admin_line_t blank[LINES] = {
    {.name = "username", .label = "User name", .value = ""},
    {.name = "email",
     .label = "Email",
     .hint = "Tokens whose issuer has verified it find the account by it.",
     .value = ""},
    {.name = "mobile", .label = "Mobile", .hint = "Likewise.", .value = ""},
    {.name = "locked_until",
     .label = "Locked until",
     .hint = "A moment in UTC such as 2026-11-23T07:10:00Z, or for how long, such as 15m, 2h or "
             "7d; empty: not locked.",
     .value = ""},
    {.name = "roles",
     .label = "Roles",
     .hint = "With commas between. A scope whose roles name one of them may be granted.",
     .value = ""},
    {.name = "unique",
     .label = "Attributes that find the account",
     .hint = "A line each: NAME=VALUE. No other account has the value.",
     .value = "",
     .rows = 3},
    {.name = "attributes",
     .label = "Other attributes",
     .hint = "A line each: NAME=VALUE.",
     .value = "",
     .rows = 4}};

/* ---- Late ones */

/* Tells whether somebody else has changed an account meanwhile. */
static const tokex_err_t *digest_of(const char **out, admin_t *a, const tokex_account_t *account)
{
    tokex_jsonw_t *w = tokex_jsonw_create(a->pool, 512);
    unsigned char digest[TOKEX_SHA256_LEN];
    apr_size_t len;
    const char *text;

    tokex_account_write(w, account);
    text = tokex_jsonw_text(w, &len);
    TOKEX_RETURN_ERR(tokex_crypt_sha256(a->crypt, digest, text, len, a->pool));
    *out = apr_psprintf(a->pool, "%02x%02x%02x%02x%02x%02x", digest[0], digest[1], digest[2],
                        digest[3], digest[4], digest[5]);
    return NULL;
}

/* ---- The form */

static const char *attributes_text(const tokex_account_t *account, bool unique, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < account->attribute_count; i++)
        if (account->attributes[i].unique == unique)
            text = apr_pstrcat(pool, text, *text ? "\n" : "", account->attributes[i].name, "=",
                               account->attributes[i].value, NULL);
    return text;
}

static const tokex_err_t *form_of_account(form_t *form, admin_t *a, const tokex_account_t *account)
{
    memcpy(form->lines, blank, sizeof blank);
    form->id = account->id;
    form->active = account->active;
    form->privileged = account->privileged;
    form->lines[USERNAME].value = account->username;
    form->lines[EMAIL].value = account->email;
    form->lines[MOBILE].value = account->mobile;
    if (account->locked_until > a->now)
        form->lines[LOCKED_UNTIL].value = tokex_moment_text(account->locked_until, a->pool);
    form->lines[ROLES].value = admin_roles_text(account, a->pool);
    form->lines[UNIQUE].value = attributes_text(account, true, a->pool);
    form->lines[ATTRIBUTES].value = attributes_text(account, false, a->pool);
    return digest_of(&form->was, a, account);
}

static void form_of_input(form_t *form, const admin_t *a)
{
    int i;

    memcpy(form->lines, blank, sizeof blank);
    form->id = admin_input_get(a->form, "id");
    form->was = admin_input_text(a->form, "was");
    form->active = admin_input_get(a->form, "active") != NULL;
    form->privileged = admin_input_get(a->form, "privileged") != NULL;
    for (i = 0; i < LINES; i++)
        form->lines[i].value = admin_input_text(a->form, form->lines[i].name);
}

static const tokex_err_t *put_form(admin_t *a, const form_t *form)
{
    html_t *h = a->html;
    int i;

    a->place = (admin_place_t){.title = form->id ? "Edit the account" : "New account",
                               .section = "/accounts",
                               .up = form->id ? form->lines[USERNAME].value : "Accounts",
                               .up_path = form->id ? admin_account_url(a, form->id)
                                                   : admin_url(a, "/accounts", NULL, NULL)};
    admin_put_problems(a, form->lines, LINES);
    TOKEX_RETURN_ERR(admin_put_form(a, form->id ? "/accounts/edit" : "/accounts/new"));
    if (form->id)
        html_put(h,
                 "<input type=\"hidden\" name=\"id\" value=\"%s\"><input type=\"hidden\" "
                 "name=\"was\" value=\"%s\">",
                 form->id, form->was);
    html_put(h, "<section class=\"fields\"><h2>Account</h2>");
    for (i = 0; i < LINES; i++)
        admin_put_line(a, &form->lines[i]);
    admin_put_tick(a, "active", "On: who is linked to it may come in", form->active);
    admin_put_tick(a, "privileged", "Privileged: tokens alone do not link anybody to it",
                   form->privileged);
    html_put(h, "<p class=\"buttons\"><button>Save</button></p></section></form>\n");
    return NULL;
}

const tokex_err_t *admin_account_new_page(admin_t *a)
{
    form_t form = {.active = true};

    memcpy(form.lines, blank, sizeof blank);
    return put_form(a, &form);
}

const tokex_err_t *admin_account_edit_page(admin_t *a)
{
    const tokex_account_t *account;
    form_t form = {.id = NULL};

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(admin_find_account(a, &account, admin_input_text(a->query, "id")));
    if (!account)
        return NULL;
    TOKEX_RETURN_ERR(form_of_account(&form, a, account));
    return put_form(a, &form);
}

/* ---- What is written in it */

static char *trimmed(char *text)
{
    char *end = text + strlen(text);

    while (end > text && strchr(" \t\r", end[-1]))
        *--end = '\0';
    return text + strspn(text, " \t");
}

/* NAME=VALUE, a line each. */
static const char *set_attributes(tokex_account_draft_t *draft, const char *prefix,
                                  const char *text, apr_pool_t *pool)
{
    char *rest = apr_pstrdup(pool, text), *line, *equals;
    const char *name, *problem = NULL;

    while (!problem && (line = strsep(&rest, "\n"))) {
        line = trimmed(line);
        if (!*line)
            continue;
        equals = strchr(line, '=');
        if (!equals || equals == line || !equals[1])
            return apr_psprintf(pool, "write NAME=VALUE instead of \"%s\"", line);
        *equals = '\0';
        name = trimmed(line);
        problem = tokex_account_draft_set(draft, apr_pstrcat(pool, prefix, name, NULL),
                                          trimmed(equals + 1));
        if (problem)
            problem = apr_psprintf(pool, "%s: %s", name, problem);
    }
    return problem;
}

static const char *set_roles(tokex_account_draft_t *draft, const char *text, apr_pool_t *pool)
{
    char *rest = apr_pstrdup(pool, text), *role;
    const char *problem = NULL;

    draft->roles->nelts = 0;
    while (!problem && (role = strsep(&rest, ",")))
        if (*trimmed(role))
            problem = tokex_account_draft_role(draft, trimmed(role), true);
    return problem;
}

/* What is wrong stands beside its field. True: nothing is. */
static bool set_members(form_t *form, tokex_account_draft_t *draft, admin_t *a)
{
    bool good = true;
    int i;

    for (i = 0; i <= LOCKED_UNTIL; i++)
        form->lines[i].problem = tokex_account_draft_set(
            draft, form->lines[i].name, trimmed(apr_pstrdup(a->pool, form->lines[i].value)));
    form->lines[ROLES].problem = set_roles(draft, form->lines[ROLES].value, a->pool);
    draft->attributes->nelts = 0;
    form->lines[UNIQUE].problem =
        set_attributes(draft, "unique.", form->lines[UNIQUE].value, a->pool);
    form->lines[ATTRIBUTES].problem =
        set_attributes(draft, "attribute.", form->lines[ATTRIBUTES].value, a->pool);
    draft->account.active = form->active;
    draft->account.privileged = form->privileged;
    for (i = 0; i < LINES; i++)
        good &= !form->lines[i].problem;
    return good;
}

static void go_to(admin_t *a, const char *id)
{
    admin_redirect(a, admin_query(admin_account_url(a, id), "done", "yes", a->pool));
}

/* Saves the draft in a transaction that was begun, or shows the form again. */
static const tokex_err_t *save(admin_t *a, form_t *form, tokex_account_draft_t *draft)
{
    bool is_new = !form->id;
    const char *taken = NULL;

    if (set_members(form, draft, a)) {
        TOKEX_RETURN_ERR(tokex_account_edit_save(&taken, a->state, tokex_account_draft_made(draft),
                                                 is_new, a->pool));
        if (!taken) {
            admin_note(a, is_new ? "added" : "changed", &draft->account);
            go_to(a, draft->account.id);
            return NULL;
        }
        form->lines[strcmp(taken, TOKEX_ACCOUNT_USERNAME) == 0 ? USERNAME : UNIQUE].problem =
            apr_psprintf(a->pool, "%s: another account has this already", taken);
    } else {
        tokex_db_rollback(a->state);
    }
    a->reply.status = 422;
    return put_form(a, form);
}

const tokex_err_t *admin_account_create(admin_t *a)
{
    tokex_account_draft_t draft;
    form_t form = {.id = NULL};

    form_of_input(&form, a);
    TOKEX_RETURN_ERR(tokex_account_draft_new(&draft, NULL, a->now, a->pool));
    TOKEX_RETURN_ERR(admin_write_state(a));
    TOKEX_RETURN_ERR(tokex_db_begin(a->state, true, a->pool));
    return save(a, &form, &draft);
}

/* In a transaction that is begun here: the account as it is there. */
static const tokex_err_t *begin_with(admin_t *a, const tokex_account_t **account)
{
    TOKEX_RETURN_ERR(admin_write_state(a));
    TOKEX_RETURN_ERR(tokex_db_begin(a->state, true, a->pool));
    return admin_find_account(a, account, admin_input_text(a->form, "id"));
}

/* Both versions are shown; what was written stays in the form. */
static const tokex_err_t *put_late(admin_t *a, form_t *form, const tokex_account_t *account)
{
    static const char *const on_off[] = {"off", "on"}, *const yes_no[] = {"no", "yes"};
    form_t theirs = {.id = NULL};
    int i;

    tokex_db_rollback(a->state);
    TOKEX_RETURN_ERR(form_of_account(&theirs, a, account));
    a->reply.status = 409;
    html_put(a->html,
             "<p class=\"lead\">Somebody changed this account while you were editing. Nothing of "
             "yours was saved, and nothing is lost: here are both.</p><div class=\"scroll\"><table>"
             "<caption class=\"hidden\">Both versions</caption><thead><tr><th scope=\"col\">Field"
             "</th><th scope=\"col\">Theirs, in force</th><th scope=\"col\">Yours</th></tr></thead>"
             "<tbody>");
    for (i = 0; i < LINES; i++)
        html_put(a->html, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td></tr>",
                 blank[i].label, theirs.lines[i].value, form->lines[i].value);
    html_put(a->html,
             "<tr><th scope=\"row\">Status</th><td>%s</td><td>%s</td></tr><tr><th scope=\"row\">"
             "Privileged</th><td>%s</td><td>%s</td></tr></tbody></table></div>\n",
             on_off[theirs.active], on_off[form->active], yes_no[theirs.privileged],
             yes_no[form->privileged]);
    form->was = theirs.was;
    return put_form(a, form);
}

const tokex_err_t *admin_account_change(admin_t *a)
{
    const tokex_account_t *account;
    tokex_account_draft_t draft;
    form_t form = {.id = NULL};
    const char *is;

    form_of_input(&form, a);
    TOKEX_RETURN_ERR(begin_with(a, &account));
    if (!account)
        return NULL;
    TOKEX_RETURN_ERR(digest_of(&is, a, account));
    if (strcmp(is, form.was) != 0)
        return put_late(a, &form, account);
    tokex_account_draft_of(&draft, account, a->now, a->pool);
    return save(a, &form, &draft);
}

/* ---- One member */

static const tokex_err_t *set_one(admin_t *a, const char *member, const char *value,
                                  const char *what)
{
    const tokex_account_t *account;
    tokex_account_draft_t draft;
    const char *taken, *problem;

    TOKEX_RETURN_ERR(begin_with(a, &account));
    if (!account)
        return NULL;
    tokex_account_draft_of(&draft, account, a->now, a->pool);
    problem = tokex_account_draft_set(&draft, member, value);
    if (problem)
        return admin_refuse(a, 400, apr_pstrcat(a->pool, "This cannot be: ", problem, ".", NULL));
    TOKEX_RETURN_ERR(tokex_account_edit_save(&taken, a->state, tokex_account_draft_made(&draft),
                                             false, a->pool));
    admin_note(a, what, account);
    go_to(a, account->id);
    return NULL;
}

const tokex_err_t *admin_account_switch(admin_t *a)
{
    bool on = strcmp(admin_input_text(a->form, "on"), "yes") == 0;

    return set_one(a, "active", on ? "true" : "false", on ? "switched on" : "switched off");
}

const tokex_err_t *admin_account_lock(admin_t *a)
{
    const char *until = admin_input_text(a->form, "until");

    return set_one(a, "locked_until", until, *until ? "locked" : "unlocked");
}

/* ---- Gone */

static const tokex_err_t *put_goodbye(admin_t *a, const tokex_account_t *account,
                                      const char *problem)
{
    admin_line_t line = {.name = "confirm",
                         .label = apr_pstrcat(a->pool, "To remove it, write its user name: ",
                                              account->username, NULL),
                         .problem = problem};
    const tokex_account_link_t *links;
    int count;

    TOKEX_RETURN_ERR(tokex_account_links_of(&links, &count, a->state, account->id, a->pool));
    a->place = (admin_place_t){.title = apr_pstrcat(a->pool, "Remove ", account->username, NULL),
                               .section = "/accounts",
                               .up = account->username,
                               .up_path = admin_account_url(a, account->id)};
    admin_put_problems(a, &line, 1);
    if (account->active) {
        TOKEX_RETURN_ERR(admin_put_form(a, "/accounts/switch"));
        html_put(a->html,
                 "<input type=\"hidden\" name=\"id\" value=\"%s\"><input type=\"hidden\" "
                 "name=\"on\" value=\"no\"><button>Switch off instead</button> <span "
                 "class=\"hint\">Nothing is lost, and it can be switched on again.</span></form>\n",
                 account->id);
    }
    html_put(
        a->html,
        "<p class=\"lead\">What stops: %s linked to it, who are foreign again from then on; "
        "tokens of ours that name it are refused (account_gone). It cannot be had back: one of "
        "the same name would be another account.</p>\n",
        count == 1 ? "one subject"
                   : apr_pstrcat(a->pool, admin_number_text(count, a->pool), " subjects", NULL));
    admin_put_links(a, links, count < 20 ? count : 20, "Links that go with it");
    TOKEX_RETURN_ERR(admin_put_form(a, "/accounts/delete"));
    html_put(a->html, "<input type=\"hidden\" name=\"id\" value=\"%s\">", account->id);
    admin_put_line(a, &line);
    html_put(a->html, "<p class=\"buttons\"><button class=\"danger\">Remove</button></p></form>\n");
    return NULL;
}

const tokex_err_t *admin_account_delete_page(admin_t *a)
{
    const tokex_account_t *account;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(admin_find_account(a, &account, admin_input_text(a->query, "id")));
    return account ? put_goodbye(a, account, NULL) : NULL;
}

const tokex_err_t *admin_account_delete(admin_t *a)
{
    const tokex_account_t *account;

    TOKEX_RETURN_ERR(begin_with(a, &account));
    if (!account)
        return NULL;
    if (strcmp(admin_input_text(a->form, "confirm"), account->username) != 0) {
        tokex_db_rollback(a->state);
        a->reply.status = 422;
        return put_goodbye(a, account,
                           "Write the user name exactly as it stands here. Nothing was removed.");
    }
    TOKEX_RETURN_ERR(tokex_account_edit_drop(a->state, account->id, a->pool));
    admin_note(a, "removed", account);
    admin_redirect(a, admin_url(a, "/accounts", NULL, NULL));
    return NULL;
}
