/* The way to the first token. What of it is done is told by the databases; nothing else is kept. */
#include <string.h>

#include <apr_strings.h>

#include "edit/key_ring.h"
#include "guard.h"
#include "pages.h"
#include "route.h"
#include "save.h"
#include "store/activity_sums.h"
#include "store/list_pick.h"
#include "store/state_store.h"

/* The steps, in order; the overview asks for all but the last. */
enum { STEP_URL, STEP_KEY, STEP_ISSUER, STEP_TARGET, STEP_CLIENT, STEP_TRY, STEP_COUNT };

typedef struct setup_t {
    admin_t *a;
    const char *issuer; /* our own URL, as the first server has it; NULL: none has */
    const char *client; /* one with a rule; NULL: none */
    bool done[STEP_COUNT];
} setup_t;

static const char *const titles[STEP_COUNT] = {"The server and its public URL",
                                               "A signing key",
                                               "An issuer whose tokens you exchange",
                                               "A target that your tokens are for",
                                               "A client with a rule",
                                               "Try it"};

/* ---- What is done */

static const tokex_err_t *look_at_servers(setup_t *s)
{
    const tokex_setting_t *settings;
    admin_t *a = s->a;
    int count, i;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, a->state, a->pool, a->pool));
    for (i = 0; i < count && !s->issuer; i++)
        if (strcmp(settings[i].name, "TokexIssuer") == 0 && *settings[i].value)
            s->issuer = settings[i].value;
    s->done[STEP_URL] = s->issuer != NULL;
    return NULL;
}

static const tokex_err_t *read_list(tokex_list_t *list, setup_t *s, const char *noun)
{
    TOKEX_RETURN_ERR(admin_open_config(s->a));
    return tokex_list_store_read(list, s->a->config, noun, s->a->now, s->a->pool);
}

static const tokex_err_t *look_at_objects(setup_t *s)
{
    tokex_list_t list;
    int rules, i;

    TOKEX_RETURN_ERR(read_list(&list, s, "issuer"));
    s->done[STEP_ISSUER] = list.row_count > 0;
    TOKEX_RETURN_ERR(read_list(&list, s, "target"));
    s->done[STEP_TARGET] = list.row_count > 0;
    TOKEX_RETURN_ERR(read_list(&list, s, "client"));
    rules = tokex_list_pick_column(&list, "rules");
    for (i = 0; i < list.row_count && !s->client; i++)
        if (list.cells[i * list.column_count + rules].number)
            s->client = list.cells[i * list.column_count].text;
    s->done[STEP_CLIENT] = s->client != NULL;
    return NULL;
}

static const tokex_err_t *look_at_keys(setup_t *s)
{
    const tokex_installation_t site = admin_installation(s->a);
    tokex_key_ring_t ring;

    TOKEX_RETURN_ERR(tokex_key_ring_open(&ring, &site, TOKEX_DB_READ));
    s->done[STEP_KEY] = tokex_key_ring_signs(&ring);
    return NULL;
}

static const tokex_err_t *look_at_activity(setup_t *s)
{
    const tokex_activity_hour_t *hours;
    int count, i;

    TOKEX_RETURN_ERR(tokex_activity_sums_hours(&hours, &count, s->a->state, 0, s->a->pool));
    for (i = 0; i < count; i++)
        s->done[STEP_TRY] = s->done[STEP_TRY] || hours[i].granted;
    return NULL;
}

/* ---- The steps */

static void put_title(const setup_t *s, int step)
{
    html_put(s->a->html, "<section><h2>%d. %s <span class=\"status %s\">%s</span></h2>", step + 1,
             titles[step], s->done[step] ? "granted" : "off", s->done[step] ? "done" : "to do");
}

static void put_link(const setup_t *s, const char *path, const char *words)
{
    if (s->a->role >= ADMIN_EDITOR)
        html_put(s->a->html, "<p><a class=\"button quiet\" href=\"%s\">%s</a></p>",
                 admin_url(s->a, path, NULL, NULL), words);
    html_put(s->a->html, "</section>\n");
}

/* Plain http is for this host itself. */
static bool is_open(const char *url)
{
    return strncmp(url, "http://", 7) == 0 && strncmp(url, "http://127.0.0.1", 16) != 0 &&
           strncmp(url, "http://localhost", 16) != 0;
}

static void put_label(const setup_t *s)
{
    const admin_t *a = s->a;

    if (*a->conf->label)
        html_put(a->html, "<p>This console calls itself <b>%s</b>.</p>", a->conf->label);
    else
        html_put(a->html, "<p>This console has no label yet, by which nobody takes one server for "
                          "another. Write into its configuration file, tokex-console.conf:</p><pre>"
                          "label   test\ncolour  green</pre>");
}

static void put_url(const setup_t *s)
{
    const admin_t *a = s->a;
    html_t *h = a->html;
    const char *host = a->request->server ? a->request->server : "login.example.org";

    put_title(s, STEP_URL);
    if (!s->issuer) {
        html_put(h,
                 "<p>No server has started with this installation yet. Write into httpd's "
                 "configuration, with the URL that clients reach it by, and start it:</p><pre>"
                 "LoadModule tokex_module modules/mod_tokex.so\nTokexIssuer https://%s/sts\n"
                 "&lt;Location \"/sts\"&gt;\n    SetHandler tokex\n&lt;/Location&gt;</pre>",
                 host);
    } else {
        html_put(h, "<p>Clients reach it at <code>%s</code>.</p>", s->issuer);
        if (is_open(s->issuer))
            html_put(h, "<p class=\"warn\">Use https. Plain http is only possible for this host "
                        "itself.</p>");
        if (!strstr(s->issuer, host))
            html_put(h,
                     "<p class=\"warn\">You reach this console as %s. Make sure that clients reach "
                     "the server by the name in its URL.</p>",
                     host);
    }
    put_label(s);
    html_put(h, "</section>\n");
}

static const tokex_err_t *put_key(const setup_t *s)
{
    admin_t *a = s->a;
    html_t *h = a->html;

    put_title(s, STEP_KEY);
    if (s->done[STEP_KEY])
        html_put(h, "<p>A key signs. <a href=\"%s\">Look at the keys</a></p>",
                 admin_url(a, "/keys", NULL, NULL));
    else if (a->role < ADMIN_ADMINISTRATOR)
        html_put(h, "<p>An administrator makes it.</p>");
    else {
        TOKEX_RETURN_ERR(admin_put_form(a, "/keys/add"));
        html_put(h, "<input type=\"hidden\" name=\"after\" value=\"0\"><div class=\"field\"><label "
                    "for=\"f-algorithm\">Algorithm</label><select id=\"f-algorithm\" "
                    "name=\"algorithm\"><option value=\"ES256\">ES256, understood everywhere"
                    "</option><option value=\"RS256\">RS256, for old software</option></select>"
                    "</div><p class=\"buttons\"><button>Make a signing key</button></p></form>");
    }
    html_put(h, "</section>\n");
    return NULL;
}

static void put_object(const setup_t *s, int step, const char *path, const char *words,
                       const char *about)
{
    put_title(s, step);
    html_put(s->a->html, "<p>%s</p>", about);
    put_link(s, path, words);
}

static const tokex_err_t *put_try(const setup_t *s)
{
    admin_t *a = s->a;
    html_t *h = a->html;
    tokex_texts_t targets = {NULL, 0};

    put_title(s, STEP_TRY);
    if (s->client)
        TOKEX_RETURN_ERR(tokex_list_store_targets(&targets, a->config, s->client, a->pool));
    html_put(
        h,
        "<p>With a token of the issuer in the file token.jwt, and the client's secret:</p><pre "
        "data-copy=\"request\">"
        "curl -s -u '%s:SECRET' %s/token \\\n"
        "  -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \\\n"
        "  -d subject_token_type=urn:ietf:params:oauth:token-type:access_token \\\n"
        "  --data-urlencode subject_token@token.jwt \\\n  -d audience=%s</pre>",
        s->client ? s->client : "CLIENT", s->issuer ? s->issuer : "https://login.example.org/sts",
        targets.count ? targets.items[0] : "TARGET");
    html_put(h,
             "<p>Or <a href=\"%s\">try it here</a>: it says what would come of it, step by step."
             "</p></section>\n",
             admin_url(a, "/try", "client", s->client));
    return NULL;
}

const tokex_err_t *admin_setup_page(admin_t *a)
{
    setup_t s = {.a = a};

    a->place = (admin_place_t){.title = "Setting up",
                               .section = "/",
                               .up = "Overview",
                               .up_path = admin_url(a, "/", NULL, NULL)};
    TOKEX_RETURN_ERR(look_at_servers(&s));
    TOKEX_RETURN_ERR(look_at_objects(&s));
    TOKEX_RETURN_ERR(look_at_keys(&s));
    TOKEX_RETURN_ERR(look_at_activity(&s));
    put_url(&s);
    TOKEX_RETURN_ERR(put_key(&s));
    put_object(&s, STEP_ISSUER, "/issuers/start", "New issuer",
               "Somebody whose tokens clients bring: start with its URL, or with one of its "
               "tokens.");
    put_object(&s, STEP_TARGET, "/targets/new", "New target",
               "A service at which your tokens are used, with the scopes that it knows: these "
               "first, where it has some.");
    put_object(
        &s, STEP_CLIENT, "/clients/new", "New client",
        "A program of yours that exchanges tokens. Its secret is shown once; give it a rule, "
        "which says whose tokens, and for what.");
    return put_try(&s);
}

/* ---- In short */

const tokex_err_t *admin_put_checklist(admin_t *a)
{
    setup_t s = {.a = a};
    int step, done = 0;

    TOKEX_RETURN_ERR(look_at_servers(&s));
    TOKEX_RETURN_ERR(look_at_objects(&s));
    s.done[STEP_KEY] = true;
    for (step = 0; step < STEP_TRY; step++)
        done += s.done[step];
    if (done == STEP_TRY)
        return NULL;
    TOKEX_RETURN_ERR(look_at_keys(&s));
    html_put(a->html, "<section><h2>Setting up</h2><ol>");
    for (step = 0; step < STEP_TRY; step++)
        html_put(a->html, "<li>%s <span class=\"status %s\">%s</span></li>", titles[step],
                 s.done[step] ? "granted" : "off", s.done[step] ? "done" : "to do");
    html_put(a->html, "</ol><p><a class=\"button\" href=\"%s\">Go on</a></p></section>\n",
             admin_url(a, "/setup", NULL, NULL));
    return NULL;
}
