#include "attention.h"

#include <string.h>

#include <apr_strings.h>

#include "store/activity_store.h"
#include "store/list_store.h"

#define DAY 86400
/* So many of one kind are named. */
#define NAMED 5
/* Secrets are told of so long before they end, seconds. */
#define AHEAD (14 * DAY)
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

    TOKEX_RETURN_ERR(put_failing(&list));
    TOKEX_RETURN_ERR(put_ending(&list));
    put_refusals(&list, hours, count);
    TOKEX_RETURN_ERR(put_dropped(&list));
    if (list.begun)
        html_put(a->html, "</ul></section>\n");
    return NULL;
}
