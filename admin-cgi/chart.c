#include "chart.h"

#include <string.h>

#include <apr_strings.h>

#define HOURS 24
#define SLOT 30
#define BAR 22
#define HEIGHT 120
/* Hours between two that are written below. */
#define STEP 6

static const tokex_activity_hour_t *find_hour(const tokex_activity_hour_t *hours, int count,
                                              int64_t hour)
{
    int i;

    for (i = 0; i < count; i++)
        if (hours[i].hour == hour)
            return &hours[i];
    return NULL;
}

static int64_t highest(const tokex_activity_hour_t *hours, int count)
{
    int64_t most = 1;
    int i;

    for (i = 0; i < count; i++)
        if (hours[i].granted + hours[i].refused > most)
            most = hours[i].granted + hours[i].refused;
    return most;
}

/* At least a line, where there is anything at all. */
static int height_of(int64_t number, int64_t most)
{
    int height = (int)(number * HEIGHT / most);

    return number && height < 2 ? 2 : height;
}

static void put_bar(html_t *h, int slot, const tokex_activity_hour_t *hour, int64_t most)
{
    int good = height_of(hour->granted, most), bad = height_of(hour->refused, most);

    if (good)
        html_put(h, "<rect class=\"bar-good\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"></rect>",
                 slot * SLOT + 4, HEIGHT - good, BAR, good);
    if (bad)
        html_put(h,
                 "<rect class=\"bar-bad\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"></rect>"
                 "<path class=\"stripe\" d=\"M%d %dh%d\"></path>",
                 slot * SLOT + 4, HEIGHT - good - bad, BAR, bad, slot * SLOT + 4, HEIGHT - good,
                 BAR);
}

static const char *clock_text(int64_t hour, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%02d:00", (int)(hour % 24));
}

/* The picture is as wide as there is room, and so holds no text: that stands below it. */
static void put_svg(admin_t *a, const tokex_activity_hour_t *hours, int count, int64_t last)
{
    html_t *h = a->html;
    int64_t most = highest(hours, count);
    int i;

    html_put(
        h,
        "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 %d %d\" height=\"%d\" "
        "preserveAspectRatio=\"none\" aria-labelledby=\"c-t c-d\"><title id=\"c-t\">Decisions "
        "an hour</title><desc id=\"c-d\">Granted and refused, the last 24 hours, %s at most in "
        "one.</desc><path class=\"axis\" d=\"M0 %dh%d\"></path>",
        HOURS * SLOT, HEIGHT + 1, HEIGHT + 1, admin_number_text(most, a->pool), HEIGHT,
        HOURS * SLOT);
    for (i = 0; i < HOURS; i++) {
        const tokex_activity_hour_t *hour = find_hour(hours, count, last - HOURS + 1 + i);

        if (hour)
            put_bar(h, i, hour, most);
    }
    html_put(h, "</svg><p class=\"scale\" aria-hidden=\"true\">");
    for (i = 0; i < HOURS; i += STEP)
        html_put(h, "<span>%s</span>", clock_text(last - HOURS + 1 + i, a->pool));
    html_put(h,
             "</p><p class=\"legend\"><span class=\"status granted\">granted</span> <span "
             "class=\"status refused\">refused</span> <span>%s at most in an hour; times are "
             "UTC</span></p>",
             admin_number_text(most, a->pool));
}

static void put_numbers(admin_t *a, const tokex_activity_hour_t *hours, int count)
{
    html_t *h = a->html;
    int i;

    html_put(h,
             "<details><summary>The same as numbers</summary><div class=\"scroll\" tabindex=\"0\" "
             "role=\"region\" aria-label=\"Numbers\"><table>"
             "<caption>Decisions an hour, UTC</caption><thead><tr><th scope=\"col\">Hour</th>"
             "<th scope=\"col\">Granted</th><th scope=\"col\">Refused</th></tr></thead><tbody>");
    for (i = 0; i < count; i++)
        html_put(h,
                 "<tr><th scope=\"row\">%s</th><td class=\"number\">%s</td><td class=\"number\">%s"
                 "</td></tr>",
                 clock_text(hours[i].hour, a->pool), admin_number_text(hours[i].granted, a->pool),
                 admin_number_text(hours[i].refused, a->pool));
    html_put(h, "</tbody></table></div></details>\n");
}

void admin_chart_hours(admin_t *a, const tokex_activity_hour_t *hours, int count)
{
    put_svg(a, hours, count, a->now / 3600);
    put_numbers(a, hours, count);
}

static void put_measure(admin_t *a, int64_t number, int64_t most)
{
    html_put(a->html,
             "<meter min=\"0\" max=\"%s\" value=\"%s\" aria-hidden=\"true\"></meter><b>%s</b></li>",
             apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)most),
             apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)number),
             admin_number_text(number, a->pool));
}

void admin_chart_ways(admin_t *a, const tokex_activity_way_t *ways, int count)
{
    apr_pool_t *pool = a->pool;
    int i;

    html_put(a->html, "<ul class=\"bars life\">");
    for (i = 0; i < count; i++) {
        const char *path = admin_query("/activity?since=24h", "issuer", ways[i].issuer, pool);
        const char *target = apr_pstrmemdup(pool, ways[i].targets, strcspn(ways[i].targets, " "));

        path = admin_query(path, "client", ways[i].client, pool);
        html_put(a->html, "<li><a href=\"%s\">%s → %s → %s</a>",
                 admin_url(a, path, "target", target), *ways[i].issuer ? ways[i].issuer : "–",
                 ways[i].client, *ways[i].targets ? ways[i].targets : "–");
        put_measure(a, ways[i].number, ways[0].number);
    }
    html_put(a->html, "</ul>");
}

void admin_chart_reasons(admin_t *a, const tokex_activity_reason_t *reasons, int count)
{
    int i;

    html_put(a->html, "<ul class=\"bars\">");
    for (i = 0; i < count; i++) {
        html_put(a->html, "<li><a href=\"%s?since=24h&amp;code=%s\"><code>%s</code></a>",
                 admin_url(a, "/activity", NULL, NULL), reasons[i].code, reasons[i].code);
        put_measure(a, reasons[i].number, reasons[0].number);
    }
    html_put(a->html, "</ul>");
}
