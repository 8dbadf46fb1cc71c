/* Lists of objects: search, filter, order and page stand in the URL. */
#include <string.h>

#include <apr_strings.h>

#include "list_use.h"
#include "pages.h"
#include "save.h"
#include "route.h"
#include "store/list_pick.h"

#define PER_PAGE 25
/* On a longer page the numbers alone stand, so that it stays small. */
#define SPARK_PER_PAGE 50

typedef struct listing_t {
    admin_t *a;
    const admin_noun_t *noun;
    tokex_list_t list;
    apr_hash_t *words;    /* that rows are found by beside; NULL: nothing is looked for */
    bool counted;         /* how they are used is known */
    admin_list_use_t use; /* of the row that is shown */
    const char *word;
    const char *status; /* "", on, off */
    const char *sort;   /* a column, "-" before it turns the order round */
    int64_t page, per;
    int *rows;
    int count, from, to;
} listing_t;

/* ---- The URL */

/* That of the same list with another order or page. */
static const char *list_url(const listing_t *l, const char *sort, int64_t page, const char *status,
                            int64_t per)
{
    apr_pool_t *pool = l->a->pool;
    const char *url = admin_query(l->noun->path, "q", l->word, pool);

    url = admin_query(url, "status", status, pool);
    url = admin_query(url, "sort", sort, pool);
    if (per != PER_PAGE)
        url = admin_query(url, "per", apr_ltoa(pool, (long)per), pool);
    return admin_url(l->a, url, "page", page > 1 ? apr_ltoa(pool, (long)page) : NULL);
}

/* ---- Above the table */

static const char *new_url(const listing_t *l)
{
    const admin_noun_t *noun = l->noun;

    return admin_url(l->a,
                     noun->begin ? noun->begin : apr_pstrcat(l->a->pool, noun->path, "/new", NULL),
                     NULL, NULL);
}

static void put_filter(const listing_t *l, const char *status, const char *words)
{
    html_put(l->a->html, "<li><a href=\"%s\"", list_url(l, l->sort, 1, status, l->per));
    if (strcmp(l->status, status) == 0)
        html_put(l->a->html, " aria-current=\"true\"");
    html_put(l->a->html, ">%s</a></li>", words);
}

static void put_tools(const listing_t *l)
{
    html_t *h = l->a->html;

    html_put(h,
             "<div class=\"tools\"><form method=\"get\" action=\"%s\" role=\"search\">"
             "<label for=\"q\">Search</label><input id=\"q\" name=\"q\" type=\"search\" "
             "value=\"%s\">",
             admin_url(l->a, l->noun->path, NULL, NULL), l->word);
    if (*l->status)
        html_put(h, "<input type=\"hidden\" name=\"status\" value=\"%s\">", l->status);
    if (*l->sort)
        html_put(h, "<input type=\"hidden\" name=\"sort\" value=\"%s\">", l->sort);
    html_put(h, "<button class=\"quiet\">Search</button></form>");
    if (tokex_list_pick_column(&l->list, "enabled") >= 0) {
        html_put(h, "<ul class=\"filters\" aria-label=\"Status\">");
        put_filter(l, "", "All");
        put_filter(l, "on", "On");
        put_filter(l, "off", "Off");
        html_put(h, "</ul>");
    }
    if (admin_may_change(l->a, l->noun))
        html_put(h, "<a class=\"button\" href=\"%s\">New %s</a>", new_url(l), l->noun->one);
    html_put(h, "</div>\n");
}

/* ---- The table */

static void put_heading(const listing_t *l, const admin_column_t *column)
{
    bool up = strcmp(l->sort, column->name) == 0;
    bool down = l->sort[0] == '-' && strcmp(l->sort + 1, column->name) == 0;
    html_t *h = l->a->html;

    if (admin_list_is_use(column->name) && strcmp(column->name, ADMIN_LIST_LAST) != 0) {
        html_put(h, "<th scope=\"col\">%s</th>", column->title);
        return;
    }
    html_put(h, "<th scope=\"col\"");
    if (up || down)
        html_put(h, " aria-sort=\"%s\"", up ? "ascending" : "descending");
    html_put(h, "><a href=\"%s\">%s%s</a></th>",
             list_url(l, up ? apr_pstrcat(l->a->pool, "-", column->name, NULL) : column->name, 1,
                      l->status, l->per),
             column->title,
             up     ? " ▲"
             : down ? " ▼"
                    : "");
}

static void put_flag(html_t *h, const char *name, bool set)
{
    if (strcmp(name, "enabled") == 0)
        html_put(h, "<td><span class=\"status %s\">%s</span></td>", set ? "on" : "off",
                 set ? "on" : "off");
    else
        html_put(h, "<td>%s</td>", set ? "yes" : "no");
}

static void put_cell(const listing_t *l, const tokex_list_column_t *column,
                     const tokex_list_cell_t *cell)
{
    html_t *h = l->a->html;

    switch (column->kind) {
    case TOKEX_LIST_TEXT:
        html_put(h, "<td>%s</td>", cell->text ? cell->text : "–");
        return;
    case TOKEX_LIST_NUMBER:
        html_put(h, "<td class=\"number\">%s</td>", admin_number_text(cell->number, l->a->pool));
        return;
    case TOKEX_LIST_TIME:
        html_put(h, "<td>");
        admin_put_time(l->a, cell->number);
        html_put(h, "</td>");
        return;
    case TOKEX_LIST_FLAG:
        put_flag(h, column->name, cell->number != 0);
    }
}

static const tokex_err_t *put_row(listing_t *l, int row)
{
    const tokex_list_cell_t *cells = &l->list.cells[row * l->list.column_count];
    const char *show = apr_pstrcat(l->a->pool, l->noun->path, "/show", NULL);
    const admin_column_t *column;
    bool first = true;

    if (l->counted)
        TOKEX_RETURN_ERR(admin_list_use_read(&l->use, l->a, cells[0].text));
    html_put(l->a->html, "<tr>");
    for (column = l->noun->columns; column->name; column++, first = false) {
        int place = tokex_list_pick_column(&l->list, column->name);

        if (admin_list_is_use(column->name))
            admin_list_put_use(l->a, &l->use, column->name);
        else if (place < 0)
            continue;
        else if (first)
            html_put(l->a->html, "<th scope=\"row\"><a href=\"%s\">%s</a></th>",
                     admin_url(l->a, show, "id", cells[0].text), cells[place].text);
        else
            put_cell(l, &l->list.columns[place], &cells[place]);
    }
    html_put(l->a->html, "</tr>\n");
    return NULL;
}

static void put_pages(const listing_t *l)
{
    static const int pers[] = {25, 50, 100};
    html_t *h = l->a->html;
    size_t i;

    html_put(h, "<nav class=\"pages\" aria-label=\"Pages\">");
    if (l->page > 1)
        html_put(h, "<a rel=\"prev\" href=\"%s\">Previous</a>",
                 list_url(l, l->sort, l->page - 1, l->status, l->per));
    html_put(h, "<span>%s–%s of %s</span>", admin_number_text(l->from + 1, l->a->pool),
             admin_number_text(l->to, l->a->pool), admin_number_text(l->count, l->a->pool));
    if (l->to < l->count)
        html_put(h, "<a rel=\"next\" href=\"%s\">Next</a>",
                 list_url(l, l->sort, l->page + 1, l->status, l->per));
    html_put(h, "<span class=\"per\">Per page:");
    for (i = 0; i < sizeof pers / sizeof pers[0]; i++) {
        html_put(h, " <a href=\"%s\"", list_url(l, l->sort, 1, l->status, pers[i]));
        if (pers[i] == l->per)
            html_put(h, " aria-current=\"true\"");
        html_put(h, ">%d</a>", pers[i]);
    }
    html_put(h, "</span></nav>\n");
}

static const tokex_err_t *put_table(listing_t *l)
{
    const admin_column_t *column;
    html_t *h = l->a->html;
    int i;

    html_put(h, "<div class=\"scroll\"><table><caption>%s</caption><thead><tr>", l->noun->title);
    for (column = l->noun->columns; column->name; column++)
        put_heading(l, column);
    html_put(h, "</tr></thead><tbody>");
    for (i = l->from; i < l->to; i++)
        TOKEX_RETURN_ERR(put_row(l, l->rows[i]));
    html_put(h, "</tbody></table></div>\n");
    put_pages(l);
    return NULL;
}

static void put_nothing(const listing_t *l)
{
    html_t *h = l->a->html;

    if (l->list.row_count) {
        html_put(h,
                 "<p class=\"empty\">None of the %s is like that. <a href=\"%s\">Show all</a>"
                 "</p>",
                 admin_number_text(l->list.row_count, l->a->pool),
                 admin_url(l->a, l->noun->path, NULL, NULL));
        return;
    }
    html_put(h, "<div class=\"empty\"><p>%s</p>", l->noun->about);
    if (admin_may_change(l->a, l->noun))
        html_put(h, "<p><a class=\"button\" href=\"%s\">New %s</a></p>", new_url(l), l->noun->one);
    html_put(h, "</div>\n");
}

/* ---- The page */

/* The column to sort by: one of those that are shown. */
static int sort_column(const listing_t *l, const char *name)
{
    const admin_column_t *column;

    for (column = l->noun->columns; column->name; column++)
        if (strcmp(column->name, name) == 0)
            return tokex_list_pick_column(&l->list, name);
    return -1;
}

static bool take_query(listing_t *l)
{
    const admin_input_t *query = l->a->query;
    tokex_list_pick_t pick = {.enabled = -1};

    l->word = admin_input_text(query, "q");
    l->status = admin_input_text(query, "status");
    l->sort = admin_input_text(query, "sort");
    l->page = admin_input_number(query, "page", 1);
    l->per = admin_input_number(query, "per", PER_PAGE);
    pick.word = *l->word ? l->word : NULL;
    pick.words = l->words;
    pick.descends = l->sort[0] == '-';
    pick.column = *l->sort ? sort_column(l, l->sort + pick.descends) : 0;
    if (strcmp(l->status, "on") == 0 || strcmp(l->status, "off") == 0)
        pick.enabled = strcmp(l->status, "on") == 0;
    else if (*l->status)
        return false;
    if (pick.column < 0 || l->page < 1 || l->page > 1000000 ||
        (l->per != 25 && l->per != 50 && l->per != 100))
        return false;
    l->rows = tokex_list_pick(&l->count, &l->list, &pick, l->a->pool);
    l->from = l->count > (l->page - 1) * l->per ? (int)((l->page - 1) * l->per) : l->count;
    l->to = l->count - l->from > l->per ? (int)(l->from + l->per) : l->count;
    return true;
}

/* What it is sorted by has to be known of each row before. */
static const tokex_err_t *add_last(listing_t *l)
{
    const char *sort = admin_input_text(l->a->query, "sort");
    const admin_column_t *column;

    for (column = l->noun->columns; column->name; column++)
        if (strcmp(column->name, ADMIN_LIST_LAST) == 0 &&
            strcmp(sort + (*sort == '-'), ADMIN_LIST_LAST) == 0)
            return admin_list_add_last(&l->list, l->a, l->noun->noun);
    return NULL;
}

const tokex_err_t *admin_list_page(admin_t *a)
{
    listing_t l = {.a = a, .noun = a->route->noun};

    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_list_store_read(&l.list, a->config, l.noun->noun, a->now, a->pool));
    TOKEX_RETURN_ERR(add_last(&l));
    if (*admin_input_text(a->query, "q"))
        TOKEX_RETURN_ERR(tokex_list_store_words(&l.words, a->config, l.noun->noun, a->pool));
    if (!take_query(&l))
        return admin_refuse(a, 400, "This list is not sorted, filtered or divided like that.");
    a->place = (admin_place_t){.title = l.noun->title, .section = l.noun->path};
    if (l.list.row_count)
        put_tools(&l);
    l.counted = admin_list_use_begin(&l.use, a, l.noun->noun, l.per <= SPARK_PER_PAGE);
    if (l.to > l.from)
        return put_table(&l);
    put_nothing(&l);
    return NULL;
}
