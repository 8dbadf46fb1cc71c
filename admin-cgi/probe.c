#include "probe.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_time.h>

/* ---- The way out */

/* Set when the time is over; fetches look at it. The process serves one request. */
static volatile apr_uint32_t late;

static void on_alarm(int signal)
{
    (void)signal;
    late = 1;
}

static void run(tokex_fetcher_t *fetcher, tokex_fetch_t *fetches, int count,
                volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    (void)stop;
    tokex_fetch_run(fetcher, fetches, count, &late, pool);
}

static const char *look_up(const tokex_fetch_address_t **out, int *count,
                           const tokex_fetch_settings_t *settings, const char *host,
                           apr_pool_t *pool)
{
    *count = 0;
    return late ? "the time for this page was over"
                : tokex_fetch_look_up(out, count, settings, host, pool);
}

const tokex_err_t *admin_probe_open(tokex_fetch_way_t *out, tokex_probe_way_t *way, admin_t *a)
{
    struct sigaction action = {.sa_handler = on_alarm};

    TOKEX_RETURN_ERR(tokex_fetch_way_read(out, a->conf->state_path, NULL, a->pool));
    out->settings.stays = true;
    out->settings.total_ms = 1000 * (ADMIN_PROBE_SECONDS - 1);
    TOKEX_RETURN_ERR(tokex_fetch_way_open(out, a->pool));
    /* A name server that is silent is not waited for (resolv.conf(5)). */
    (void)setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
    (void)sigaction(SIGALRM, &action, NULL);
    (void)alarm(ADMIN_PROBE_SECONDS);
    *way = (tokex_probe_way_t){out->fetcher, &out->settings, run, look_up, apr_time_now, a->crypt};
    return NULL;
}

void admin_put_probe_way(admin_t *a, const tokex_fetch_way_t *way)
{
    if (!way->server)
        html_put(a->html, "<p class=\"warn\">No server has started with this installation yet, so "
                          "this was asked with the defaults of TokexFetchAllow, TokexFetchCAFile "
                          "and TokexFetchProxy.</p>\n");
    else if (way->others_differ)
        html_put(a->html,
                 "<p class=\"warn\">Asked as %s would; other servers have other directives.</p>\n",
                 way->server);
}

/* ---- What came of it */

static const char *shown(const char *text, apr_pool_t *pool)
{
    return text ? tokex_err_shown(pool, text, strlen(text)) : "nobody who is named";
}

static void put_certificates(admin_t *a, const tokex_probe_step_t *step)
{
    html_t *h = a->html;
    int i;

    if (!step->certificate_count)
        return;
    html_put(h, "<details><summary>Its chain</summary><ul>");
    for (i = 0; i < step->certificate_count; i++) {
        const tokex_fetch_certificate_t *one = &step->certificates[i];

        html_put(h, "<li>%s, from %s, until ", shown(one->subject, a->pool),
                 shown(one->issuer, a->pool));
        admin_put_time(a, one->until);
        html_put(h, "</li>");
    }
    html_put(h, "</ul></details>");
}

static void put_keys(admin_t *a, const tokex_probe_step_t *step)
{
    html_t *h = a->html;
    int i;

    if (!step->key_count && !step->left_out_count)
        return;
    html_put(h, "<ul>");
    for (i = 0; i < step->key_count; i++) {
        const tokex_probe_key_t *key = &step->keys[i];

        html_put(h,
                 "<li><span class=\"status %s\">%s</span> <code>%s</code>, %s %d bit, %s%s%s</li>",
                 key->problem ? "refused" : "granted", key->problem ? "not usable" : "usable",
                 key->kid ? key->kid : "without a kid", key->kty, key->bits, key->algorithms,
                 key->problem ? ": " : "", key->problem ? key->problem : "");
    }
    for (i = 0; i < step->left_out_count; i++)
        html_put(h, "<li><span class=\"status refused\">not usable</span> %s</li>",
                 step->left_out[i]);
    html_put(h, "</ul>");
}

static void put_step(admin_t *a, const tokex_probe_step_t *step)
{
    static const char *const classes[] = {"granted", "refused", "off"};
    html_t *h = a->html;

    html_put(h,
             "<tr><th scope=\"row\">%s</th><td><span class=\"status %s\">%s</span></td><td "
             "class=\"number\">%s</td><td>%s",
             step->name, classes[step->state], tokex_key_probe_state_name(step->state),
             step->ms >= 0 ? apr_itoa(a->pool, step->ms) : "", step->found);
    if (step->error && strcmp(step->error, step->found) != 0)
        html_put(h, "<br><small>%s</small>", step->error);
    put_certificates(a, step);
    put_keys(a, step);
    html_put(h, "</td><td>%s</td></tr>\n", step->advice ? step->advice : "");
}

void admin_put_probe(admin_t *a, const tokex_probe_t *probe)
{
    html_t *h = a->html;
    int i;

    for (i = 0; i < probe->count; i++) {
        const tokex_probe_step_t *step = &probe->steps[i];
        const char *next = i + 1 < probe->count ? step[1].source : "";

        if (i == 0 || strcmp(step[-1].source, step->source) != 0)
            html_put(h,
                     "<div class=\"scroll\"><table><caption>%s</caption><thead><tr><th "
                     "scope=\"col\">Step</th><th scope=\"col\">Result</th><th scope=\"col\">Time "
                     "(ms)</th><th scope=\"col\">Found</th><th scope=\"col\">What to do</th></tr>"
                     "</thead><tbody>",
                     step->source);
        put_step(a, step);
        if (strcmp(next, step->source) != 0)
            html_put(h, "</tbody></table></div>\n");
    }
}
