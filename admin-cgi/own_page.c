/* Own links: somebody who is signed in sees, makes and removes the links of his account. */
#include <string.h>

#include <apr_strings.h>

#include "explain/own.h"
#include "explain/world.h"
#include "guard.h"
#include "line.h"
#include "own.h"
#include "paste.h"
#include "save.h"
#include "store/account_links.h"
#include "store/account_store.h"
#include "store/config_rows.h"

/* ---- Who it is */

static const tokex_err_t *find_ours(const tokex_account_t **out, admin_t *a)
{
    const tokex_account_question_t question = {
        .issuer = "", .sub = "", .keys = {{a->conf->account_by, a->request->user}}, .key_count = 1};
    tokex_account_answer_t answer;

    TOKEX_RETURN_ERR(tokex_account_store_answer(&answer, a->state, &question, a->pool));
    *out = answer.match == TOKEX_ACCOUNT_FOUND ? answer.account : NULL;
    return NULL;
}

/* What the site's login let in is not off. */
static const tokex_account_t *find_site(const admin_t *a)
{
    const char *name = a->conf->account_by;
    const char *own = strcmp(name, "REMOTE_USER") == 0 ? a->request->user
                                                       : apr_table_get(a->request->login, name);
    tokex_account_t *account = apr_pcalloc(a->pool, sizeof *account);

    if (!own || !*own || strlen(own) > TOKEX_ACCOUNT_OWN_ID_MAX ||
        !tokex_json_is_utf8(own, strlen(own)))
        return NULL;
    account->id = tokex_account_site_id(a->conf->account_source, own, a->pool);
    account->username = a->request->user;
    account->active = true;
    return account;
}

/* `*out` NULL: nobody, and the page that says so is made. */
static const tokex_err_t *find_account(const tokex_account_t **out, admin_t *a)
{
    *out = NULL;
    if (a->conf->account_source)
        *out = find_site(a);
    else
        TOKEX_RETURN_ERR(find_ours(out, a));
    if (*out)
        return NULL;
    admin_log(a, "\"%s\" has no account by %s",
              tokex_err_shown(a->pool, a->request->user, strlen(a->request->user)),
              a->conf->account_by);
    return admin_refuse(a, 403,
                        "You are signed in, but you have no account here that could be "
                        "linked. An administrator can add one.");
}

/* ---- What he sees */

static const char *name_of(const tokex_config_t *config, const char *id)
{
    int i;

    for (i = 0; i < config->issuer_count; i++)
        if (strcmp(config->issuers[i].id, id) == 0)
            return config->issuers[i].name;
    return id;
}

static const tokex_err_t *put_link(admin_t *a, const tokex_config_t *config,
                                   const tokex_account_link_t *link)
{
    html_t *h = a->html;

    html_put(h, "<tr><th scope=\"row\">%s</th><td><code>%s</code></td><td>",
             name_of(config, link->issuer), link->sub);
    admin_put_time(a, link->made);
    html_put(h, "</td><td>%s</td><td>",
             strcmp(link->how, "own") == 0     ? "you"
             : strcmp(link->how, "admin") == 0 ? "an administrator"
                                               : "a token, by itself");
    TOKEX_RETURN_ERR(admin_put_form(a, "/remove"));
    html_put(h,
             "<input type=\"hidden\" name=\"issuer\" value=\"%s\"><input type=\"hidden\" "
             "name=\"sub\" value=\"%s\"><button class=\"quiet small\">Remove<span "
             "class=\"hidden\"> %s of %s</span></button></form></td></tr>\n",
             link->issuer, link->sub, link->sub, name_of(config, link->issuer));
    return NULL;
}

static const tokex_err_t *put_links(admin_t *a, const tokex_account_t *account)
{
    static const tokex_texts_t no_clients = {NULL, 0};
    const tokex_account_link_t *links;
    const tokex_config_t *config;
    html_t *h = a->html;
    int count, i;

    TOKEX_RETURN_ERR(tokex_account_links_of(&links, &count, a->state, account->id, a->pool));
    if (!count) {
        html_put(h, "<p class=\"empty\">Nobody elsewhere is linked to your account.</p>\n");
        return NULL;
    }
    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_config_rows_load(&config, a->config, &no_clients, a->pool, a->pool));
    html_put(h, "<div class=\"scroll\"><table><caption>Who is you elsewhere</caption><thead><tr>"
                "<th scope=\"col\">Issuer</th><th scope=\"col\">Subject</th><th scope=\"col\">"
                "Since</th><th scope=\"col\">Linked by</th><th scope=\"col\"><span "
                "class=\"hidden\">Action</span></th></tr></thead><tbody>");
    for (i = 0; i < count; i++)
        TOKEX_RETURN_ERR(put_link(a, config, &links[i]));
    html_put(h, "</tbody></table></div>\n");
    return NULL;
}

static const tokex_err_t *put_page(admin_t *a, const tokex_account_t *account, const char *problem)
{
    const admin_line_t line = {
        .name = "subject_token",
        .label = "Token",
        .hint = "One that the issuer gave to you, and that is good now: it shows that you are its "
                "subject. It is not kept.",
        .value = a->form ? admin_input_text(a->form, "subject_token") : "",
        .problem = problem,
        .rows = 6};

    a->place = (admin_place_t){.title = "Your links"};
    admin_put_problems(a, &line, 1);
    html_put(a->html,
             "<p>Whoever comes here with a token of a linked subject comes as your account, "
             "<b>%s</b>.</p>\n",
             account->username);
    TOKEX_RETURN_ERR(put_links(a, account));
    html_put(a->html, "<section class=\"fields\"><h2>Link somebody</h2>");
    TOKEX_RETURN_ERR(admin_put_form(a, "/link"));
    admin_put_line(a, &line);
    admin_put_types(a, "subject_token_type", "Type of the token");
    html_put(a->html, "<p class=\"buttons\"><button>Link</button></p></form></section>\n");
    return NULL;
}

static void put_done(admin_t *a)
{
    const char *done = admin_input_text(a->query, "done");

    if (strcmp(done, "linked") == 0)
        html_put(a->html, "<div class=\"done\" role=\"status\"><p>The subject of your token is "
                          "linked to your account.</p></div>\n");
    else if (strcmp(done, "removed") == 0)
        html_put(a->html, "<div class=\"done\" role=\"status\"><p>The link was removed; what was "
                          "issued before stays what it is until it ends.</p></div>\n");
}

const tokex_err_t *admin_own_page(admin_t *a)
{
    const tokex_account_t *account;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(find_account(&account, a));
    if (!account)
        return NULL;
    put_done(a);
    return put_page(a, account, NULL);
}

/* ---- What he changes */

/* The servers must ask where the login asked: a link to what they do not know lets nobody in. */
static bool is_source(const admin_t *a, const tokex_world_t *world)
{
    const char *ours = a->conf->account_source, *theirs = world->account_source;

    return !world->server_name || (!ours && !theirs) ||
           (ours && theirs && strcmp(ours, theirs) == 0);
}

static const tokex_err_t *read_world(tokex_world_t **out, admin_t *a, const char *token)
{
    const tokex_world_view_t view = {.server = a->conf->virtual_host,
                                     .clients = {a->conf->client, NULL},
                                     .tokens = {token, NULL},
                                     .now = a->now};
    tokex_installation_t *site = apr_palloc(a->pool, sizeof *site);
    tokex_faults_t *faults = tokex_config_faults_create(a->pool);
    tokex_world_problem_t problem = TOKEX_WORLD_READ;
    const char *servers = "";

    *site = admin_installation(a);
    TOKEX_RETURN_ERR(tokex_world_read(out, &problem, &servers, &view, site, faults));
    if (problem != TOKEX_WORLD_READ)
        return tokex_err_create(a->pool, TOKEX_E_FILE, NULL,
                                "%s: write server and one of %s, whose tokens are judged",
                                a->conf->path, servers);
    if (!is_source(a, *out))
        return tokex_err_create(a->pool, TOKEX_E_FILE, NULL,
                                "%s: server %s asks for accounts elsewhere (%s): account must say "
                                "the same",
                                a->conf->path, (*out)->server_name,
                                (*out)->account_source ? (*out)->account_source : "state.db");
    return NULL;
}

const tokex_err_t *admin_own_link(admin_t *a)
{
    const char *token = admin_paste(a, "subject_token");
    tokex_own_t own = {.client = a->conf->client,
                       .token = token,
                       .token_len = strlen(token),
                       .token_type =
                           admin_type_urn(admin_input_text(a->form, "subject_token_type"))};
    const tokex_outcome_t *outcome;
    tokex_world_t *world;

    TOKEX_RETURN_ERR(admin_write_state(a));
    TOKEX_RETURN_ERR(find_account(&own.account, a));
    if (!own.account)
        return NULL;
    TOKEX_RETURN_ERR(read_world(&world, a, token));
    own.state = a->state;
    outcome = tokex_own_link(world->engine, &own, a->pool);
    if (!outcome->err) {
        admin_log(a, "%s linked \"%s\" of issuer %s to %s",
                  tokex_err_shown(a->pool, a->request->user, strlen(a->request->user)),
                  tokex_err_shown(a->pool, outcome->subject, strlen(outcome->subject)),
                  outcome->issuer->config->id, own.account->id);
        admin_redirect(a, admin_url(a, "/", "done", "linked"));
        return NULL;
    }
    /* What the log has may be about somebody else. */
    admin_log(a, "%s: %s", tokex_err_info(outcome->err->code)->name,
              tokex_err_text(outcome->err, a->pool));
    a->reply.status = tokex_err_info(outcome->err->code)->http_status >= 500 ? 503 : 422;
    return put_page(a, own.account,
                    apr_psprintf(a->pool, "%s (%s)", tokex_err_info(outcome->err->code)->cause,
                                 tokex_err_info(outcome->err->code)->name));
}

const tokex_err_t *admin_own_remove(admin_t *a)
{
    tokex_account_unlink_t unlink = {.issuer = admin_input_text(a->form, "issuer"),
                                     .sub = admin_input_text(a->form, "sub"),
                                     .removed = a->now,
                                     .how = "own",
                                     .who = "",
                                     .reason = ""};
    const tokex_account_t *account;
    bool found;

    TOKEX_RETURN_ERR(admin_write_state(a));
    TOKEX_RETURN_ERR(find_account(&account, a));
    if (!account)
        return NULL;
    unlink.account = account->id;
    TOKEX_RETURN_ERR(tokex_account_links_remove(&found, a->state, &unlink, a->pool));
    if (!found)
        return admin_refuse(a, 404, "You have no such link. Nothing was changed.");
    admin_redirect(a, admin_url(a, "/", "done", "removed"));
    return NULL;
}
