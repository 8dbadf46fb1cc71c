#include "attention.h"

#include <string.h>

#include <apr_file_info.h>
#include <apr_strings.h>

#include "store/activity_store.h"
#include "store/change_store.h"
#include "store/config_store.h"
#include "store/list_store.h"
#include "store/serving_store.h"
#include "store/state_store.h"

#define DAY 86400
/* So many of one kind are named. */
#define NAMED 5
/* Secrets are told of so long before they end, seconds. */
#define AHEAD (14 * DAY)
/* So long a change takes at most until it is served and told, seconds. */
#define SETTLED 10
/* Fewer refusals in an hour are no crowd. */
#define REFUSALS 10

typedef struct list_t {
    admin_t *a;
    bool begun;
} list_t;

static html_t *begin_item(list_t *list)
{
    html_t *h = list->a->html;

    if (!list->begun)
        html_put(h, "<section class=\"attention\"><h2>To be looked at</h2><ul>");
    list->begun = true;
    html_put(h, "<li>");
    return h;
}

static void end_item(const list_t *list)
{
    html_put(list->a->html, "</li>\n");
}

/* ---- What is served */

/* When the configuration was changed last. */
static const tokex_err_t *read_changed(int64_t *at, admin_t *a)
{
    const tokex_change_filter_t filter = {.limit = 1};
    const tokex_change_t *changes;
    int count;

    TOKEX_RETURN_ERR(tokex_change_store_list(&changes, &count, a->config, &filter, a->pool));
    *at = count ? changes[0].at : 0;
    return NULL;
}

static void put_serving(list_t *list, const tokex_serving_t *serving, int64_t generation)
{
    static const char why[] = "Why stands in httpd's error log; `tokexctl doctor` looks for the "
                              "same";
    admin_t *a = list->a;
    html_t *h = begin_item(list);
    bool one = serving->processes == 1;

    html_put(h, "<a href=\"%s\">%s of the server</a> ", admin_url(a, "/settings", NULL, NULL),
             one ? "One process"
                 : apr_pstrcat(a->pool, admin_number_text(serving->processes, a->pool),
                               " processes", NULL));
    if (serving->state == TOKEX_SERVING_NONE)
        html_put(h, "can load no configuration and so refuse%s everything (503). ", one ? "s" : "");
    else
        html_put(
            h, "still serve%s generation %s of the configuration, which is at %s%s", one ? "s" : "",
            admin_number_text(serving->generation, a->pool), admin_number_text(generation, a->pool),
            serving->state == TOKEX_SERVING_KEPT ? ": what stands here cannot be loaded. " : "");
    if (serving->state != TOKEX_SERVING_CURRENT)
        html_sentence(h, why);
    end_item(list);
}

/* The server that runs, against what stands here. */
static const tokex_err_t *put_served(list_t *list)
{
    admin_t *a = list->a;
    tokex_serving_report_t report;
    int64_t generation, changed, told;
    int i;

    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_serving_store_read(&report, a->state, a->pool));
    TOKEX_RETURN_ERR(tokex_config_store_generation(&generation, a->config, a->pool));
    TOKEX_RETURN_ERR(read_changed(&changed, a));
    told = tokex_serving_count(&report, TOKEX_SERVER_TOLD);
    if (told && told < a->now - TOKEX_SERVER_SILENT) {
        html_put(begin_item(list), "No server has been heard of since ");
        admin_put_time(a, told);
        end_item(list);
        return NULL;
    }
    for (i = 0; i < report.serving_count; i++)
        if (report.servings[i].state != TOKEX_SERVING_CURRENT ||
            (report.servings[i].generation != generation && changed < a->now - SETTLED))
            put_serving(list, &report.servings[i], generation);
    return NULL;
}

/* A virtual host that serves another installation than the one that is changed here. */
static const tokex_err_t *put_elsewhere(list_t *list)
{
    admin_t *a = list->a;
    const tokex_setting_t *settings;
    apr_finfo_t own, other;
    int count, i;

    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, a->state, a->pool, a->pool));
    if (apr_stat(&own, a->conf->config_path, APR_FINFO_IDENT, a->pool) != APR_SUCCESS)
        return NULL;
    for (i = 0; i < count; i++) {
        const char *path = apr_pstrcat(a->pool, settings[i].value, "/config/config.db", NULL);

        /* What cannot be looked at from here may be the same. */
        if (strcmp(settings[i].name, "TokexDirectory") != 0 ||
            apr_stat(&other, path, APR_FINFO_IDENT, a->pool) != APR_SUCCESS ||
            (own.device == other.device && own.inode == other.inode))
            continue;
        html_put(begin_item(list),
                 "%s serves the configuration in <code>%s</code>; what is changed here is <code>%s"
                 "</code>",
                 settings[i].server, path, a->conf->config_path);
        end_item(list);
    }
    return NULL;
}

/* ---- Keys of issuers */

static const tokex_err_t *put_failing(list_t *list)
{
    admin_t *a = list->a;
    const tokex_list_due_t *due;
    int count, i;

    TOKEX_RETURN_ERR(tokex_list_store_failing(&due, &count, a->state, NAMED, a->pool));
    for (i = 0; i < count; i++) {
        html_t *h = begin_item(list);

        html_put(h, "Keys of issuer <a href=\"%s\">%s</a> could not be fetched ",
                 admin_url(a, "/issuers/show", "id", due[i].id), due[i].id);
        admin_put_time(a, due[i].time);
        html_put(h, ": %s", tokex_err_shown(a->pool, due[i].text, strlen(due[i].text)));
        end_item(list);
    }
    return NULL;
}

/* ---- Secrets of clients */

static const tokex_err_t *put_ending(list_t *list)
{
    admin_t *a = list->a;
    const tokex_list_due_t *due;
    int count, i;

    TOKEX_RETURN_ERR(
        tokex_list_store_ending(&due, &count, a->config, a->now, a->now + AHEAD, NAMED, a->pool));
    for (i = 0; i < count; i++) {
        html_t *h = begin_item(list);

        html_put(h, "The last secret of client <a href=\"%s\">%s</a> ends ",
                 admin_url(a, "/clients/show", "id", due[i].id), due[i].id);
        admin_put_time(a, due[i].time);
        end_item(list);
    }
    return NULL;
}

/* ---- Refusals */

/* Of a hundred decisions; 0: there were none. */
static int64_t share(int64_t refused, int64_t granted)
{
    return refused + granted ? refused * 100 / (refused + granted) : 0;
}

static void put_refusals(list_t *list, const tokex_activity_hour_t *hours, int count)
{
    admin_t *a = list->a;
    tokex_activity_hour_t before = {0, 0, 0}, last = {0, 0, 0};
    int i;

    for (i = 0; i < count; i++) {
        tokex_activity_hour_t *sum = hours[i].hour >= a->now / 3600 ? &last : &before;

        sum->granted += hours[i].granted;
        sum->refused += hours[i].refused;
    }
    if (last.refused < REFUSALS || !(before.granted + before.refused) ||
        share(last.refused, last.granted) < 2 * share(before.refused, before.granted) + 5)
        return;
    html_put(begin_item(list),
             "More is refused than usual: <a href=\"%s\">%s of %s this hour</a>, %s of a hundred "
             "before",
             admin_url(a, "/activity?since=1h&outcome=refused", NULL, NULL),
             admin_number_text(last.refused, a->pool),
             admin_number_text(last.refused + last.granted, a->pool),
             admin_number_text(share(before.refused, before.granted), a->pool));
    end_item(list);
}

static const tokex_err_t *put_dropped(list_t *list)
{
    admin_t *a = list->a;
    tokex_activity_count_t missing;

    TOKEX_RETURN_ERR(tokex_activity_store_count(&missing, a->state, a->pool));
    if (missing.dropped_last < a->now - DAY)
        return NULL;
    html_put(begin_item(list), "%s decisions could not be recorded for want of room, the last ",
             admin_number_text(missing.dropped, a->pool));
    admin_put_time(a, missing.dropped_last);
    end_item(list);
    return NULL;
}

const tokex_err_t *admin_put_attention(admin_t *a, const tokex_activity_hour_t *hours, int count)
{
    list_t list = {a, false};

    TOKEX_RETURN_ERR(put_served(&list));
    TOKEX_RETURN_ERR(put_elsewhere(&list));
    TOKEX_RETURN_ERR(put_failing(&list));
    TOKEX_RETURN_ERR(put_ending(&list));
    put_refusals(&list, hours, count);
    TOKEX_RETURN_ERR(put_dropped(&list));
    if (list.begun)
        html_put(a->html, "</ul></section>\n");
    return NULL;
}
