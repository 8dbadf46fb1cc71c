/* An issuer's server: whether it can be reached, its keys, and asking for them again. */
#include <string.h>

#include <apr_strings.h>

#include "guard.h"
#include "keys/issuer_refresh.h"
#include "keys/token_probe.h"
#include "object.h"
#include "pages.h"
#include "probe.h"
#include "route.h"
#include "save.h"

/* So many of the last times it was asked are shown. */
#define TRIES 24

/* ---- The part of the issuer's page */

static const tokex_err_t *put_button(admin_t *a, const char *path, const char *id,
                                     const char *words)
{
    TOKEX_RETURN_ERR(admin_put_form(a, path));
    html_put(a->html,
             "<input type=\"hidden\" name=\"id\" value=\"%s\"><button class=\"quiet\">%s</button>"
             "</form>",
             id, words);
    return NULL;
}

static const tokex_err_t *put_source(admin_t *a, const char *id, const char *url)
{
    const tokex_fetched_t *row;
    html_t *h = a->html;

    TOKEX_RETURN_ERR(tokex_key_store_find(&row, a->state, id, url, a->pool));
    html_put(h, "<tr><th scope=\"row\">%s</th><td>", url);
    if (!row) {
        html_put(h, "no server has asked yet</td><td></td><td></td></tr>\n");
        return NULL;
    }
    if (row->fetched)
        admin_put_time(a, row->fetched);
    else
        html_put(h, "never");
    html_put(h, "</td><td>");
    admin_put_time(a, row->fresh_until);
    html_put(h, "</td><td>");
    if (row->failure) {
        html_put(h, "<span class=\"status refused\">failed</span> ");
        admin_put_time(a, row->tried);
        html_put(h, " %s", tokex_err_shown(a->pool, row->failure, strlen(row->failure)));
    } else
        html_put(h, "<span class=\"status granted\">ok</span>");
    html_put(h, "</td></tr>\n");
    return NULL;
}

static const tokex_err_t *put_tries(admin_t *a, const char *id)
{
    const tokex_key_try_t *tries;
    html_t *h = a->html;
    int count, i;

    TOKEX_RETURN_ERR(tokex_key_store_tries(&tries, &count, a->state, id, TRIES, a->pool));
    if (!count)
        return NULL;
    html_put(h, "<details><summary>The last times that it was asked</summary><ul "
                "class=\"history\">");
    for (i = 0; i < count; i++) {
        html_put(h, "<li><span class=\"status %s\">%s</span> ",
                 tries[i].failure ? "refused" : "granted", tries[i].failure ? "failed" : "ok");
        admin_put_time(a, tries[i].time);
        html_put(h, " %s", tries[i].url);
        if (tries[i].failure)
            html_put(h, ": %s",
                     tokex_err_shown(a->pool, tries[i].failure, strlen(tries[i].failure)));
        html_put(h, "</li>");
    }
    html_put(h, "</ul></details>\n");
    return NULL;
}

static const tokex_err_t *put_sources(admin_t *a, const char *id, const tokex_json_t *issuer)
{
    const char *metadata = tokex_json_string(tokex_json_get(issuer, "metadata_url"));
    const tokex_json_t *urls = tokex_json_get(issuer, "jwks_urls"), *url;
    html_t *h = a->html;

    if (!metadata && !tokex_json_count(urls)) {
        html_put(h, "<p>They stand in the configuration, and are fetched from nowhere.</p>");
        return NULL;
    }
    TOKEX_RETURN_ERR(admin_open_state(a));
    html_put(h, "<div class=\"scroll\"><table><caption class=\"hidden\">Where its keys come from"
                "</caption><thead><tr><th scope=\"col\">From</th><th scope=\"col\">Keys came</th>"
                "<th scope=\"col\">Asked again</th><th scope=\"col\">Last answer</th></tr></thead>"
                "<tbody>");
    for (url = tokex_json_first(urls); url; url = tokex_json_next(url))
        TOKEX_RETURN_ERR(put_source(a, id, tokex_json_string(url)));
    if (metadata)
        TOKEX_RETURN_ERR(put_source(a, id, metadata));
    html_put(h, "</tbody></table></div>");
    return put_tries(a, id);
}

const tokex_err_t *admin_put_issuer_keys(const admin_view_t *v)
{
    TOKEX_RETURN_ERR(put_sources(v->a, v->id, v->object));
    if (!v->edits)
        return NULL;
    html_put(v->a->html, "<div class=\"buttons\">");
    TOKEX_RETURN_ERR(put_button(v->a, "/issuers/test", v->id, "Test connection"));
    TOKEX_RETURN_ERR(put_button(v->a, "/issuers/refresh", v->id, "Refresh keys now"));
    html_put(v->a->html, "</div>");
    return NULL;
}

/* ---- The issuer as the engine has it */

/* `*out` NULL: there is none, and a page says so. */
static const tokex_err_t *find(const tokex_issuer_t **out, admin_t *a, const char *title)
{
    const char *id = admin_input_text(a->form, "id");
    const tokex_config_t *config;
    int i;

    *out = NULL;
    TOKEX_RETURN_ERR(admin_load(a, &config));
    for (i = 0; i < config->issuer_count && !*out; i++)
        if (strcmp(config->issuers[i].id, id) == 0)
            *out = &config->issuers[i];
    if (!*out)
        return admin_refuse(a, 404, "There is no issuer with this id.");
    a->place = (admin_place_t){.title = title,
                               .section = "/issuers",
                               .up = (*out)->name,
                               .up_path = admin_url(a, "/issuers/show", "id", id)};
    return NULL;
}

/* ---- Test connection */

static const tokex_err_t *run(tokex_probe_t *probe, tokex_fetch_way_t *out,
                              const tokex_issuer_t *issuer, admin_t *a)
{
    tokex_sealer_t sealer = {.crypt = a->crypt};
    tokex_probe_way_t way;

    if (issuer->introspection_url) {
        TOKEX_RETURN_ERR(admin_open_master(a));
        sealer.master = a->master;
    }
    TOKEX_RETURN_ERR(admin_probe_open(out, &way, a));
    tokex_key_probe_run(probe, &way, issuer, a->pool);
    tokex_token_probe_run(probe, &way, issuer, &sealer, a->pool);
    return NULL;
}

const tokex_err_t *admin_issuer_test(admin_t *a)
{
    const tokex_issuer_t *issuer;
    tokex_probe_t probe = {0};
    tokex_fetch_way_t out;
    html_t *h = a->html;

    TOKEX_RETURN_ERR(find(&issuer, a, "Test connection"));
    if (!issuer)
        return NULL;
    TOKEX_RETURN_ERR(run(&probe, &out, issuer, a));
    if (!issuer->enabled)
        html_put(h, "<p class=\"warn\">It is not enabled: its tokens are refused whatever its "
                    "keys.</p>\n");
    admin_put_probe_way(a, &out);
    if (!probe.count)
        html_put(h, "<p class=\"verdict refused\" role=\"status\">It has no keys, and no place to "
                    "fetch them from.</p>\n");
    else if (probe.failed)
        html_put(h, "<p class=\"verdict refused\" role=\"status\">%d of %d steps failed.</p>\n",
                 probe.failed, probe.count);
    else
        html_put(h, "<p class=\"verdict granted\" role=\"status\">All is well.</p>\n");
    admin_put_probe(a, &probe);
    return put_button(a, "/issuers/test", issuer->id, "Test again");
}

/* ---- Refresh keys now */

static const tokex_err_t *put_refreshed(admin_t *a, const tokex_issuer_refresh_t *refresh)
{
    int i;

    html_put(a->html, "<ul role=\"status\">");
    for (i = 0; i < refresh->count; i++) {
        const tokex_refresh_source_t *source = &refresh->sources[i];
        bool good;
        const char *said = tokex_issuer_refresh_said(&good, refresh, source, a->crypt, a->pool);

        html_put(a->html,
                 "<li><span class=\"status %s\">%s</span> %s: ", good ? "granted" : "refused",
                 good ? "ok" : "failed", source->url);
        html_sentence(a->html, said);
        html_put(a->html, ".</li>");
    }
    html_put(a->html, "</ul>\n");
    return NULL;
}

const tokex_err_t *admin_issuer_refresh(admin_t *a)
{
    tokex_issuer_refresh_t refresh;
    const tokex_issuer_t *issuer;

    TOKEX_RETURN_ERR(find(&issuer, a, "Refresh keys now"));
    if (!issuer)
        return NULL;
    tokex_issuer_refresh_sources(&refresh, issuer, a->pool);
    if (!issuer->enabled || !refresh.count) {
        html_put(a->html, "<p class=\"warn\">%s</p>\n",
                 issuer->enabled
                     ? "Its keys stand in the configuration, and are fetched from nowhere."
                     : "It is not enabled, so no server asks it.");
        return NULL;
    }
    TOKEX_RETURN_ERR(admin_write_state(a));
    TOKEX_RETURN_ERR(tokex_issuer_refresh_begin(&refresh, a->state, a->now, a->pool));
    TOKEX_RETURN_ERR(tokex_issuer_refresh_wait(&refresh, ADMIN_PROBE_SECONDS, a->pool));
    TOKEX_RETURN_ERR(put_refreshed(a, &refresh));
    return put_button(a, "/issuers/test", issuer->id, "Test connection");
}
