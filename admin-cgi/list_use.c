#include "list_use.h"

#include <string.h>

#include <apr_strings.h>

/* A bar is so wide, and the highest so high. */
#define BAR 2
#define HEIGHT 8

/* ---- Columns */

static const tokex_list_column_t added[] = {{"last", TOKEX_LIST_TIME},
                                            {ADMIN_LIST_USE, TOKEX_LIST_NUMBER},
                                            {"fetched", TOKEX_LIST_TIME},
                                            {"next", TOKEX_LIST_TIME}};

enum { ADD_LAST, ADD_USE, ADD_FETCHED, ADD_NEXT, ADD_COUNT };

static void fill(tokex_list_cell_t *cells, const tokex_use_t *use,
                 const tokex_list_fetched_t *fetched, int count)
{
    if (use) {
        cells[ADD_LAST].number = use->last;
        cells[ADD_USE].number = use->number;
    }
    if (fetched && count == ADD_COUNT) {
        cells[ADD_FETCHED].number = fetched->fetched;
        cells[ADD_NEXT].number = fetched->next;
    }
}

/* The list with `count` columns more at the right. `fetched` may be NULL. */
static void widen(tokex_list_t *list, int count, apr_hash_t *uses, apr_hash_t *fetched,
                  apr_pool_t *pool)
{
    int before = list->column_count, after = before + count, i;
    tokex_list_column_t *columns = apr_palloc(pool, (apr_size_t)after * sizeof *columns);
    tokex_list_cell_t *cells =
        apr_pcalloc(pool, ((apr_size_t)after * (apr_size_t)list->row_count + 1) * sizeof *cells);

    memcpy(columns, list->columns, (apr_size_t)before * sizeof *columns);
    memcpy(columns + before, added, (apr_size_t)count * sizeof *columns);
    for (i = 0; i < list->row_count; i++) {
        const tokex_list_cell_t *from = &list->cells[i * before];
        tokex_list_cell_t *to = &cells[i * after];

        memcpy(to, from, (apr_size_t)before * sizeof *to);
        fill(to + before, apr_hash_get(uses, from[0].text, APR_HASH_KEY_STRING),
             fetched ? apr_hash_get(fetched, from[0].text, APR_HASH_KEY_STRING) : NULL, count);
    }
    *list = (tokex_list_t){columns, after, cells, list->row_count};
}

static const tokex_err_t *read_state(apr_hash_t **uses, apr_hash_t **fetched, admin_t *a,
                                     const char *noun)
{
    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_use_store_read(uses, a->state, noun, a->now, a->pool));
    if (strcmp(noun, "issuer") == 0)
        TOKEX_RETURN_ERR(tokex_list_store_all_fetched(fetched, a->state, a->pool));
    return NULL;
}

const tokex_err_t *admin_list_add_use(tokex_list_t *list, apr_hash_t **uses, admin_t *a,
                                      const char *noun)
{
    bool is_issuer = strcmp(noun, "issuer") == 0;
    apr_hash_t *fetched = NULL;
    const tokex_err_t *err;

    *uses = NULL;
    if (!is_issuer && strcmp(noun, "client") != 0)
        return NULL;
    err = read_state(uses, &fetched, a, noun);
    if (err) {
        admin_log(a, "state.db: %s", tokex_err_text(err, a->pool));
        html_put(a->html,
                 "<p class=\"warn\">state.db cannot be read, so nothing is known of how these are "
                 "used. Reference: %s</p>\n",
                 a->reference);
        *uses = apr_hash_make(a->pool);
    }
    widen(list, is_issuer ? ADD_COUNT : ADD_FETCHED, *uses, fetched, a->pool);
    return NULL;
}

void admin_put_last_use(admin_t *a, const char *noun, const char *id)
{
    const tokex_err_t *err = admin_open_state(a);
    int64_t last = 0;

    if (!err)
        err = tokex_use_store_last(&last, a->state, noun, id, a->pool);
    if (err)
        admin_log(a, "state.db: %s", tokex_err_text(err, a->pool));
    if (!last)
        return;
    html_put(a->html, "<p>Used last ");
    admin_put_time(a, last);
    html_put(a->html, ".</p>\n");
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

void admin_put_use(admin_t *a, const tokex_use_t *use, bool drawn)
{
    html_t *h = a->html;
    int64_t most;

    if (!use || !use->number) {
        html_put(h, "<td class=\"number\">0</td>");
        return;
    }
    most = highest(use);
    html_put(h, "<td class=\"number\">%s", admin_number_text(use->number, a->pool));
    if (drawn)
        html_put(h,
                 " <svg width=\"72\" height=\"16\" viewBox=\"0 0 %d %d\" "
                 "preserveAspectRatio=\"none\" role=\"img\"><title>Hour by hour, now at the right, "
                 "%s at most</title><path class=\"bar-good\" d=\"%s\"></path></svg>",
                 TOKEX_USE_HOURS * BAR, HEIGHT, admin_number_text(most, a->pool),
                 edge_of(use, most, a->pool));
    html_put(h, "</td>");
}
