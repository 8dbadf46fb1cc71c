#include "list_use.h"

#include <string.h>

#include <apr_strings.h>

/* So many targets of a client are named. */
#define NAMED 2
/* A bar is so wide, and the highest so high. */
#define BAR 2
#define HEIGHT 8

static const char *const columns[] = {ADMIN_LIST_LAST, "use", "fetched", "next", "named"};

bool admin_list_is_use(const char *column)
{
    size_t i;

    for (i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(columns[i], column) == 0)
            return true;
    return false;
}

/* ---- Sorting */

const tokex_err_t *admin_list_add_last(tokex_list_t *list, admin_t *a, const char *noun)
{
    int before = list->column_count, after = before + 1, i;
    tokex_list_column_t *all = apr_palloc(a->pool, (apr_size_t)after * sizeof *all);
    tokex_list_cell_t *cells =
        apr_pcalloc(a->pool, ((apr_size_t)after * (apr_size_t)list->row_count + 1) * sizeof *cells);
    apr_hash_t *lasts;

    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_use_store_lasts(&lasts, a->state, noun, a->pool));
    memcpy(all, list->columns, (apr_size_t)before * sizeof *all);
    all[before] = (tokex_list_column_t){ADMIN_LIST_LAST, TOKEX_LIST_TIME};
    for (i = 0; i < list->row_count; i++) {
        const tokex_list_cell_t *from = &list->cells[i * before];
        const int64_t *last = apr_hash_get(lasts, from[0].text, APR_HASH_KEY_STRING);

        memcpy(&cells[i * after], from, (apr_size_t)before * sizeof *from);
        cells[i * after + before].number = last ? *last : 0;
    }
    *list = (tokex_list_t){all, after, cells, list->row_count};
    return NULL;
}

/* ---- Rows */

bool admin_list_use_begin(admin_list_use_t *out, admin_t *a, const char *noun, bool drawn)
{
    const tokex_err_t *err;

    *out = (admin_list_use_t){.noun = noun, .drawn = drawn};
    if (strcmp(noun, "client") != 0 && strcmp(noun, "issuer") != 0)
        return false;
    err = admin_open_state(a);
    out->failed = err != NULL;
    if (err) {
        admin_log(a, "state.db: %s", tokex_err_text(err, a->pool));
        html_put(a->html,
                 "<p class=\"warn\">state.db cannot be read, so nothing is known of how these are "
                 "used. Reference: %s</p>\n",
                 a->reference);
    }
    return true;
}

const tokex_err_t *admin_list_use_read(admin_list_use_t *out, admin_t *a, const char *id)
{
    if (strcmp(out->noun, "client") == 0)
        TOKEX_RETURN_ERR(tokex_list_store_targets(&out->targets, a->config, id, a->pool));
    if (out->failed)
        return NULL;
    if (strcmp(out->noun, "issuer") == 0)
        TOKEX_RETURN_ERR(
            tokex_list_store_fetched(&out->fetched, &out->next, a->state, id, a->pool));
    return tokex_use_store_find(&out->use, a->state, out->noun, id, a->now, a->pool);
}

/* ---- The cell */

static int64_t highest(const tokex_use_t *use)
{
    int64_t most = 1;
    int i;

    for (i = 0; i < TOKEX_USE_HOURS; i++)
        most = use->hours[i] > most ? use->hours[i] : most;
    return most;
}

/* At least a line, where there is anything at all. */
static int height_of(int64_t number, int64_t most)
{
    int height = (int)(number * HEIGHT / most);

    return number && height < 1 ? 1 : height;
}

/* The upper edge of the bars as a path that begins and ends at the ground. */
static const char *edge_of(const tokex_use_t *use, int64_t most, apr_pool_t *pool)
{
    const char *path = "M0 " APR_STRINGIFY(HEIGHT);
    int at = 0, i, from;

    for (i = 0; i < TOKEX_USE_HOURS; i = from) {
        int height = height_of(use->hours[i], most);

        for (from = i + 1; from < TOKEX_USE_HOURS && height_of(use->hours[from], most) == height;)
            from++;
        if (height != at)
            path = apr_psprintf(pool, "%sv%d", path, at - height);
        path = apr_psprintf(pool, "%sh%d", path, (from - i) * BAR);
        at = height;
    }
    return apr_psprintf(pool, "%sV%dz", path, HEIGHT);
}

static void put_bars(admin_t *a, const tokex_use_t *use)
{
    int64_t most = highest(use);

    html_put(a->html,
             " <svg width=\"72\" height=\"16\" viewBox=\"0 0 %d %d\" "
             "preserveAspectRatio=\"none\" role=\"img\"><title>Hour by hour, now at the right, "
             "%s at most</title><path class=\"bar-good\" d=\"%s\"></path></svg>",
             TOKEX_USE_HOURS * BAR, HEIGHT, admin_number_text(most, a->pool),
             edge_of(use, most, a->pool));
}

static void put_hours(admin_t *a, const tokex_use_t *use, bool drawn)
{
    html_put(a->html, "<td class=\"number\">%s", admin_number_text(use->number, a->pool));
    if (drawn && use->number)
        put_bars(a, use);
    html_put(a->html, "</td>");
}

/* The first of them, and how many there are besides. */
static void put_targets(admin_t *a, const tokex_texts_t *targets)
{
    int i;

    html_put(a->html, "<td>%s", targets->count ? "" : "–");
    for (i = 0; i < targets->count && i < NAMED; i++)
        html_put(a->html, "%s%s", i ? ", " : "", targets->items[i]);
    if (targets->count > NAMED)
        html_put(a->html, " and %d more", targets->count - NAMED);
    html_put(a->html, "</td>");
}

void admin_list_put_use(admin_t *a, const admin_list_use_t *row, const char *column)
{
    if (strcmp(column, "use") == 0) {
        put_hours(a, &row->use, row->drawn);
        return;
    }
    if (strcmp(column, "named") == 0) {
        put_targets(a, &row->targets);
        return;
    }
    html_put(a->html, "<td>");
    admin_put_time(a, strcmp(column, ADMIN_LIST_LAST) == 0 ? row->use.last
                      : strcmp(column, "fetched") == 0     ? row->fetched
                                                           : row->next);
    html_put(a->html, "</td>");
}

/* ---- On a page of its own */

void admin_put_last_use(admin_t *a, const char *noun, const char *id)
{
    const tokex_err_t *err = admin_open_state(a);
    tokex_use_t use = {0};

    if (!err)
        err = tokex_use_store_find(&use, a->state, noun, id, a->now, a->pool);
    if (err) {
        admin_log(a, "state.db: %s", tokex_err_text(err, a->pool));
        html_put(a->html, "<p>state.db cannot be read. Reference: %s</p>", a->reference);
        return;
    }
    if (!use.last) {
        html_put(a->html, "<p>No decision is recorded in which it was.</p>");
        return;
    }
    html_put(a->html, "<p>Used last ");
    admin_put_time(a, use.last);
    html_put(a->html, "; %s times in the last 24 hours.", admin_number_text(use.number, a->pool));
    if (use.number)
        put_bars(a, &use);
    html_put(a->html, "</p>\n");
}
