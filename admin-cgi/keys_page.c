/* Our signing keys: what each does and when, and what can be done with it. */
#include <string.h>

#include <apr_strings.h>

#include "guard.h"
#include "key_line.h"
#include "pages.h"
#include "route.h"
#include "save.h"

#define DAY 86400
#define HOUR 3600

static const char *const algorithms[] = {"ES256", "RS256", "PS256", "ES384", "ES512", "RS384",
                                         "RS512", "PS384", "PS512", "EdDSA", NULL};

static const struct done_t {
    const char *word;
    const char *sentence;
} dones[] = {
    {"added", "A key was made. It is published now."},
    {"activate", "The key signs now."},
    {"retire",
     "The key does not sign any more. It stays published until its last token has ended."},
    {"revoke", "The key is gone, and with it every token that it signed. Who keeps our JWK Set may "
               "take them for another 300 seconds."},
    {"use", "Saved."},
};

void admin_keys_place(admin_t *a, const char *title)
{
    bool first = strcmp(title, "Keys") == 0;

    a->place = (admin_place_t){.title = title,
                               .section = "/keys",
                               .up = first ? NULL : "Keys",
                               .up_path = admin_url(a, "/keys", NULL, NULL)};
}

/* ---- The table */

static const tokex_err_t *put_button(admin_t *a, const char *what, const char *words,
                                     const char *kid)
{
    TOKEX_RETURN_ERR(admin_put_form(a, "/keys/change"));
    html_put(a->html,
             "<input type=\"hidden\" name=\"kid\" value=\"%s\"><button class=\"quiet small\" "
             "name=\"do\" value=\"%s\">%s<span class=\"hidden\"> key %s</span></button></form>",
             kid, what, words, kid);
    return NULL;
}

static const tokex_err_t *put_buttons(admin_t *a, const tokex_key_ring_t *ring, int i)
{
    tokex_key_state_t state = ring->lives[i].state;
    const char *kid = ring->joined->signing_keys[i].kid;

    if (state == TOKEX_KEY_NEXT && tokex_key_ring_is_own(ring, i))
        TOKEX_RETURN_ERR(put_button(a, "activate", "Activate", kid));
    if (state == TOKEX_KEY_NEXT || state == TOKEX_KEY_ACTIVE)
        TOKEX_RETURN_ERR(put_button(a, "retire", "Retire", kid));
    return put_button(a, "revoke", state == TOKEX_KEY_DEAD ? "Remove" : "Revoke now", kid);
}

static void put_span(admin_t *a, int64_t from, int64_t until)
{
    html_put(a->html, "<td><div>from ");
    admin_put_time(a, from);
    html_put(a->html, "</div><div>%s", until ? "until " : "no end in sight");
    admin_put_time(a, until);
    html_put(a->html, "</div></td>");
}

static const char *thumbprint(const tokex_signing_key_t *key, admin_t *a)
{
    const tokex_keyset_t *set;

    if (!key->public_jwk || tokex_jwk_read(&set, key->public_jwk, strlen(key->public_jwk), a->now,
                                           a->crypt, a->pool, a->pool))
        return "";
    return set->count ? tokex_jwk_thumbprint(set->keys[0]) : "";
}

static const tokex_err_t *put_row(admin_t *a, const tokex_key_ring_t *ring, int i)
{
    const tokex_signing_key_t *key = &ring->joined->signing_keys[i];
    tokex_key_state_t state = ring->lives[i].state;
    const char *print = thumbprint(key, a);
    html_t *h = a->html;

    html_put(h, "<tr><th scope=\"row\"><code>%s</code>", key->kid);
    if (strcmp(print, key->kid) != 0)
        html_put(h, "<br><small>thumbprint <code>%s</code></small>", print);
    html_put(h, "<br><small>%s, %s</small>", key->algorithm,
             tokex_key_ring_is_own(ring, i) ? "made by hand" : "made by the server");
    if (a->role >= ADMIN_ADMINISTRATOR) {
        html_put(h, "<div class=\"order\">");
        TOKEX_RETURN_ERR(put_buttons(a, ring, i));
        html_put(h, "</div>");
    }
    html_put(h, "</th><td><span class=\"status %s\">%s</span></td>",
             state == TOKEX_KEY_ACTIVE ? "on" : "off", admin_key_state(state));
    put_span(a, key->activates, admin_key_ends(ring, i));
    put_span(a, key->created, admin_key_gone(ring, i));
    html_put(h, "</tr>\n");
    return NULL;
}

static const tokex_err_t *put_table(admin_t *a, const tokex_key_ring_t *ring)
{
    html_t *h = a->html;
    int i;

    html_put(h, "<div class=\"scroll\"><table><caption>Signing keys</caption><thead><tr>"
                "<th scope=\"col\">Key (kid)</th><th scope=\"col\">Does</th><th scope=\"col\">"
                "Signs</th><th scope=\"col\">Published</th>");
    html_put(h, "</tr></thead><tbody>");
    for (i = 0; i < ring->joined->signing_key_count; i++)
        TOKEX_RETURN_ERR(put_row(a, ring, i));
    html_put(h, "</tbody></table></div>\n");
    return NULL;
}

/* ---- Forms */

static void put_algorithms(admin_t *a, const char *name, const char *chosen)
{
    html_t *h = a->html;
    int i;

    html_put(h,
             "<div class=\"field\"><label for=\"f-%s\">Algorithm</label><p class=\"hint\" "
             "id=\"h-%s\">ES256 is understood everywhere; resource servers on Debian 12's Apache "
             "modules cannot verify EdDSA.</p><select id=\"f-%s\" name=\"algorithm\" "
             "aria-describedby=\"h-%s\">",
             name, name, name, name);
    for (i = 0; algorithms[i]; i++) {
        html_put(h, "<option value=\"%s\"", algorithms[i]);
        if (chosen && strcmp(chosen, algorithms[i]) == 0)
            html_put(h, " selected=\"selected\"");
        html_put(h, ">%s</option>", algorithms[i]);
    }
    html_put(h, "</select></div>\n");
}

static void put_number(admin_t *a, const char *name, const char *label, const char *hint,
                       const char *value)
{
    html_put(a->html,
             "<div class=\"field\"><label for=\"f-%s\">%s</label><p class=\"hint\" id=\"h-%s\">%s"
             "</p><input id=\"f-%s\" class=\"short\" name=\"%s\" inputmode=\"numeric\" "
             "value=\"%s\" aria-describedby=\"h-%s\"></div>\n",
             name, label, name, hint, name, name, value, name);
}

/* The one field for a reason that a page can have by its id: of the form that begins things. */
static const tokex_err_t *put_add(admin_t *a, const tokex_key_ring_t *ring)
{
    TOKEX_RETURN_ERR(admin_put_form(a, "/keys/add"));
    html_put(a->html, "<section class=\"fields\"><h2>Add the next key</h2>");
    put_algorithms(a, "algorithm", tokex_key_life_preferred(ring->joined, ring->site.now, a->pool));
    put_number(a, "after", "Published before it signs (hours)",
               "0 lets it sign at once, as it does where no key signs. In an hour everybody who "
               "keeps our keys has asked again.",
               "1");
    admin_put_reason(a);
    html_put(a->html, "<p class=\"buttons\"><button>Add the next key</button></p></section></form>"
                      "\n");
    return NULL;
}

static void put_uses(admin_t *a, const tokex_config_t *config)
{
    int i;

    if (!config->signing_count)
        return;
    html_put(a->html, "<ul>");
    for (i = 0; i < config->signing_count; i++) {
        const tokex_signing_t *row = &config->signing[i];

        html_put(a->html, "<li><b>%s</b>%s: ", row->algorithm,
                 row->preferred ? ", which signs for targets that name none" : "");
        if (row->rotate_every)
            html_put(a->html, "replaced every %d days, published %d hours before it signs</li>",
                     (int)(row->rotate_every / DAY), (int)(row->publish_ahead / HOUR));
        else
            html_put(a->html, "replaced by hand</li>");
    }
    html_put(a->html, "</ul>");
}

static const tokex_err_t *put_use(admin_t *a, const tokex_key_ring_t *ring)
{
    html_t *h = a->html;

    html_put(h, "<section class=\"fields\"><h2>How they are used</h2>");
    put_uses(a, ring->config);
    if (a->role >= ADMIN_ADMINISTRATOR) {
        TOKEX_RETURN_ERR(admin_put_form(a, "/keys/use"));
        put_algorithms(a, "use", tokex_key_life_preferred(ring->joined, ring->site.now, a->pool));
        put_number(a, "every", "Replaced after (days)",
                   "The running server makes the next key by itself. 0: by hand.", "90");
        put_number(a, "ahead", "Published before it signs, by schedule (hours)", "At most 720.",
                   "24");
        html_put(h, "<p class=\"buttons\"><button name=\"do\" value=\"schedule\">Set the schedule"
                    "</button><button class=\"quiet\" name=\"do\" value=\"prefer\">Prefer this "
                    "algorithm</button></p></form>");
    }
    html_put(h, "</section>\n");
    return NULL;
}

/* ---- The page */

static void put_done(admin_t *a)
{
    const char *word = admin_input_text(a->query, "done");
    size_t i;

    for (i = 0; i < sizeof dones / sizeof dones[0]; i++)
        if (strcmp(dones[i].word, word) == 0)
            html_put(a->html, "<div class=\"done\" role=\"status\"><p>%s</p></div>\n",
                     dones[i].sentence);
}

static void put_jwks(admin_t *a, const tokex_key_ring_t *ring)
{
    const tokex_signing_keys_t *keys = NULL;

    if (!ring->master_err)
        (void)tokex_signing_keys_open(&keys, ring->joined, ring->site.now, &ring->sealer, a->pool);
    if (keys)
        html_put(a->html,
                 "<section><details><summary>The JWK Set that is published</summary><pre>%s</pre>"
                 "</details></section>\n",
                 tokex_jsonw_pretty_text(keys->jwks, a->pool));
}

/* What could not be read, so that the list is not the whole one. */
static void put_missing(admin_t *a, const tokex_key_ring_t *ring)
{
    const tokex_err_t *err = ring->state_err ? ring->state_err : ring->master_err;
    int i;

    if (err) {
        admin_log(a, "signing keys: %s", tokex_err_text(err, a->pool));
        html_put(a->html,
                 "<p class=\"warn\">Keys that the server made cannot be read, so they are missing "
                 "here. Reference: %s</p>\n",
                 a->reference);
    }
    for (i = 0; i < ring->left_out->count; i++)
        html_put(a->html, "<p class=\"warn\">%s</p>\n",
                 tokex_config_fault_text(&ring->left_out->items[i], a->pool));
}

const tokex_err_t *admin_put_keys(admin_t *a, const tokex_key_ring_t *ring)
{
    put_missing(a, ring);
    if (!tokex_key_ring_signs(ring))
        html_put(a->html, "<p class=\"warn\">No key signs, so nothing can be issued.</p>\n");
    admin_put_key_line(a, ring);
    TOKEX_RETURN_ERR(put_table(a, ring));
    put_jwks(a, ring);
    if (a->role >= ADMIN_ADMINISTRATOR)
        TOKEX_RETURN_ERR(put_add(a, ring));
    return put_use(a, ring);
}

const tokex_err_t *admin_open_keys(tokex_key_ring_t *ring, admin_t *a, tokex_db_mode_t mode)
{
    const tokex_installation_t site = admin_installation(a);

    return tokex_key_ring_open(ring, &site, mode);
}

const tokex_err_t *admin_keys_page(admin_t *a)
{
    tokex_key_ring_t ring;

    admin_keys_place(a, "Keys");
    TOKEX_RETURN_ERR(admin_open_keys(&ring, a, TOKEX_DB_READ));
    put_done(a);
    return admin_put_keys(a, &ring);
}
