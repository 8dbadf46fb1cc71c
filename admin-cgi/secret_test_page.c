/* Whether a secret that somebody has is one of a client's, by the code that the token endpoint
 * asks. It is looked at and forgotten: it stands on no page and in no log. */
#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

#include "edit/edit.h"
#include "guard.h"
#include "pages.h"
#include "route.h"
#include "save.h"
#include "store/state_store.h"
#include "world.h"

#define HEX_LEN (2 * TOKEX_SHA256_LEN)

static const tokex_err_t *put_question(admin_t *a, const char *id)
{
    a->place = (admin_place_t){.title = "Does a secret work?",
                               .section = "/clients",
                               .up = id,
                               .up_path = admin_url(a, "/clients/show", "id", id)};
    TOKEX_RETURN_ERR(admin_put_form(a, "/clients/credential"));
    html_put(a->html,
             "<section class=\"fields\"><h2>The secret</h2><input type=\"hidden\" name=\"id\" "
             "value=\"%s\"><div class=\"field\"><label for=\"f-secret\">Secret of client %s</label>"
             "<p class=\"hint\" id=\"h-secret\">It is compared as the token endpoint does it, and "
             "forgotten. Nothing is stored, and no log has it.</p><input id=\"f-secret\" "
             "class=\"wide\" type=\"password\" autocomplete=\"new-password\" name=\"secret\" "
             "required aria-describedby=\"h-secret\"></div><p class=\"buttons\"><button>Test it"
             "</button></p></section></form>\n",
             id, id);
    return NULL;
}

const tokex_err_t *admin_secret_test_page(admin_t *a)
{
    const char *id = admin_input_text(a->query, "id");
    const tokex_json_t *client;
    int64_t revision;

    TOKEX_RETURN_ERR(admin_read(a, &client, &revision, &admin_noun_client, id));
    return client ? put_question(a, id) : NULL;
}

/* ---- The answer */

/* Of a client, with the digests of its secrets; `*client` NULL: there is none. */
static const tokex_err_t *read_digests(const tokex_json_t **client, admin_t *a, const char *id)
{
    const char *text = NULL;
    tokex_db_t *db;
    int64_t revision;

    *client = NULL;
    /* Other forms of editors write. */
    TOKEX_RETURN_ERR(
        tokex_db_open(&db, a->conf->config_path, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, a->pool));
    TOKEX_RETURN_ERR(tokex_edit_read(&text, &revision, db, "client", id, true, a->pool));
    return text ? tokex_json_parse_object(client, text, strlen(text), a->pool) : NULL;
}

/* Says which of a client's secrets it is. Only of one that was found to be right. */
static const tokex_err_t *put_which(admin_t *a, const tokex_json_t *client, const char *value)
{
    unsigned char digest[TOKEX_SHA256_LEN];
    const tokex_json_t *secret;
    const char *hex;

    TOKEX_RETURN_ERR(tokex_crypt_sha256(a->crypt, digest, value, strlen(value), a->pool));
    hex = apr_pescape_hex(a->pool, digest, sizeof digest, 0);
    for (secret = tokex_json_first(tokex_json_get(client, "secrets")); secret;
         secret = tokex_json_next(secret)) {
        const char *own = tokex_json_string(tokex_json_get(secret, "sha256"));
        const char *name = tokex_json_string(tokex_json_get(secret, "id"));
        int64_t expires = 0;

        if (!own || strlen(own) != HEX_LEN || !tokex_crypt_equal(own, hex, HEX_LEN))
            continue;
        (void)tokex_json_integer(tokex_json_get(secret, "expires"), &expires);
        html_put(a->html, "<p>It is the one called <b>%s</b>", name ? name : "");
        if (expires) {
            html_put(a->html, "%s", expires > a->now ? ", which ends " : ", which ended ");
            admin_put_time(a, expires);
        }
        html_put(a->html, ".</p>\n");
    }
    return NULL;
}

/* Did the engine get past the secret, with whatever answer? */
static bool was_right(const tokex_outcome_t *outcome)
{
    return outcome->client != NULL ||
           (outcome->err && outcome->err->code == TOKEX_E_CLIENT_DISABLED);
}

static const tokex_err_t *put_answer(admin_t *a, const tokex_outcome_t *outcome,
                                     const tokex_json_t *client, const char *value)
{
    const tokex_err_t *err = outcome->err;
    bool expired = err && err->code == TOKEX_E_CLIENT_SECRET_EXPIRED;

    /* The token endpoint has an audit line for each, so here is one too. */
    admin_log(a, "%s tested a secret: %s",
              tokex_err_shown(a->pool, a->request->user, strlen(a->request->user)),
              outcome->client ? "it works" : tokex_err_text(err, a->pool));
    if (outcome->client) {
        html_put(a->html, "<p class=\"verdict granted\" role=\"status\">Yes, it works.</p>\n");
    } else {
        html_put(a->html, "<p class=\"verdict refused\" role=\"status\">No: ");
        html_sentence(a->html, err ? tokex_err_info(err->code)->cause : "it is refused.");
        html_put(a->html, "</p><p><b>What to do:</b> ");
        html_sentence(a->html, err ? tokex_err_info(err->code)->remedy : "Make a new one.");
        html_put(a->html, "</p>\n");
    }
    return was_right(outcome) || expired ? put_which(a, client, value) : NULL;
}

/* A request with nothing but the client's id and the secret: it ends at the latest where a grant
 * type is missing. */
static tokex_try_question_t question_of(const admin_t *a, const char *id, const char *value)
{
    tokex_try_question_t question = {
        .form = apr_pstrcat(a->pool, "client_id=", apr_pescape_urlencoded(a->pool, id),
                            "&client_secret=", apr_pescape_urlencoded(a->pool, value), NULL)};

    question.form_len = strlen(question.form);
    return question;
}

/* The first server that there is: what a client's secret is, all of them say alike. */
static const tokex_err_t *choose_server(tokex_world_view_t *view, admin_t *a)
{
    const tokex_setting_t *settings;
    int count;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, a->state, a->pool, a->pool));
    view->server = count ? settings[0].server : NULL;
    return NULL;
}

const tokex_err_t *admin_secret_test(admin_t *a)
{
    const char *id = admin_input_text(a->form, "id"), *value = admin_input_text(a->form, "secret");
    const tokex_try_question_t question = question_of(a, id, value);
    tokex_world_view_t view = {.clients = {id, NULL}, .now = a->now};
    const tokex_json_t *client;
    tokex_world_t *world;

    TOKEX_RETURN_ERR(read_digests(&client, a, id));
    if (!client)
        return admin_refuse(a, 404, "There is no client with this id.");
    TOKEX_RETURN_ERR(choose_server(&view, a));
    TOKEX_RETURN_ERR(admin_world_read(&world, NULL, a, &view));
    if (!world)
        return NULL;
    TOKEX_RETURN_ERR(
        put_answer(a, tokex_try_run(world->engine, &question, a->pool)->outcome, client, value));
    return put_question(a, id);
}
