/* What there is, and how it goes. */
#include <string.h>

#include <apr_strings.h>

#include "attention.h"
#include "chart.h"
#include "pages.h"
#include "route.h"
#include "store/list_store.h"
#include "store/state_store.h"

#define REASONS 8
#define WAYS 12
/* Of so many of the latest decisions it is said how long they took. */
#define PACE 1000
#define FEW 20

/* ---- What there is */

/* `*few` (may be NULL): there are so few clients that it may be being set up. */
static const tokex_err_t *put_counts(admin_t *a, bool *few)
{
    html_t *h = a->html;
    int64_t count;
    int i;

    TOKEX_RETURN_ERR(admin_open_config(a));
    html_put(h, "<ul class=\"cards\">");
    for (i = 0; admin_nouns[i]; i++) {
        TOKEX_RETURN_ERR(tokex_list_store_count(&count, a->config, admin_nouns[i]->noun, a->pool));
        if (few && admin_nouns[i] == &admin_noun_client && count <= FEW)
            *few = true;
        html_put(h, "<li><a href=\"%s\"><b>%s</b> %s</a></li>",
                 admin_url(a, admin_nouns[i]->path, NULL, NULL), admin_number_text(count, a->pool),
                 admin_nouns[i]->title);
    }
    html_put(h, "</ul>\n");
    return NULL;
}

/* ---- How it goes */

static int64_t first_hour(const admin_t *a)
{
    return a->now / 3600 - 23;
}

static const tokex_err_t *put_ways(admin_t *a, int64_t since)
{
    const tokex_activity_way_t *ways;
    int count;

    TOKEX_RETURN_ERR(tokex_activity_sums_ways(&ways, &count, a->state, since, WAYS, a->pool));
    if (!count)
        return NULL;
    html_put(a->html, "<section><h2>Whose tokens went where</h2>");
    admin_chart_ways(a, ways, count);
    html_put(a->html, "</section>\n");
    return NULL;
}

static const tokex_err_t *put_charts(admin_t *a, const tokex_activity_hour_t *hours, int hour_count)
{
    const tokex_activity_reason_t *reasons;
    int64_t since = first_hour(a) * 3600;
    int reason_count;

    TOKEX_RETURN_ERR(
        tokex_activity_sums_reasons(&reasons, &reason_count, a->state, since, REASONS, a->pool));
    html_put(a->html, "<section><h2>The last 24 hours</h2>");
    if (!hour_count)
        html_put(a->html, "<p>Nothing was exchanged.</p>");
    else
        admin_chart_hours(a, hours, hour_count);
    html_put(a->html, "</section>\n");
    if (reason_count) {
        html_put(a->html, "<section><h2>Why they were refused</h2>");
        admin_chart_reasons(a, reasons, reason_count);
        html_put(a->html, "</section>\n");
    }
    return put_ways(a, since);
}

/* A sentence: when something was decided last, and how long that takes. */
static const tokex_err_t *put_pace(admin_t *a)
{
    tokex_activity_pace_t pace;

    TOKEX_RETURN_ERR(tokex_activity_sums_pace(&pace, a->state, PACE, a->pool));
    if (!pace.count)
        return NULL;
    html_put(a->html, "<p>The last decision was made ");
    admin_put_time(a, pace.last);
    html_put(a->html,
             ". Half of the latest %s took no longer than %s µs, 95 of a hundred no longer than %s "
             "µs.</p>\n",
             admin_number_text(pace.count, a->pool), admin_number_text(pace.p50, a->pool),
             admin_number_text(pace.p95, a->pool));
    return NULL;
}

/* A sentence: who serves this, and since when. */
static const tokex_err_t *put_servers(admin_t *a)
{
    const tokex_setting_t *settings;
    const char *names = "", *last = NULL;
    int64_t written = 0;
    int count, i;

    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, a->state, a->pool, a->pool));
    for (i = 0; i < count; i++) {
        written = settings[i].written > written ? settings[i].written : written;
        if (last && strcmp(last, settings[i].server) == 0)
            continue;
        last = settings[i].server;
        names = apr_pstrcat(a->pool, names, *names ? ", " : "", last, NULL);
    }
    if (!count) {
        html_put(a->html, "<p class=\"warn\">No server has started with this installation yet: "
                          "what stands here is not served by anybody.</p>\n");
        return NULL;
    }
    html_put(a->html, "<p class=\"lead\">Served by %s, started ", names);
    admin_put_time(a, written);
    html_put(a->html, ".</p>\n");
    return NULL;
}

const tokex_err_t *admin_overview_page(admin_t *a)
{
    const tokex_err_t *err = admin_open_state(a);
    const tokex_activity_hour_t *hours;
    bool few = false;
    int hour_count;

    a->place = (admin_place_t){.title = "Overview", .section = "/"};
    if (err) {
        admin_log(a, "state.db: %s", tokex_err_text(err, a->pool));
        html_put(a->html,
                 "<p class=\"warn\">state.db cannot be read, so nothing is known of the "
                 "servers. Reference: %s</p>\n",
                 a->reference);
        return put_counts(a, NULL);
    }
    TOKEX_RETURN_ERR(
        tokex_activity_sums_hours(&hours, &hour_count, a->state, first_hour(a) * 3600, a->pool));
    TOKEX_RETURN_ERR(put_servers(a));
    TOKEX_RETURN_ERR(put_pace(a));
    TOKEX_RETURN_ERR(put_counts(a, &few));
    TOKEX_RETURN_ERR(admin_put_attention(a, hours, hour_count));
    if (few)
        TOKEX_RETURN_ERR(admin_put_checklist(a));
    return put_charts(a, hours, hour_count);
}
