#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "key.h"
#include "object.h"
#include "store/list_pick.h"
#include "table.h"

#define PER_PAGE 25
#define PER_PAGE_MOST 10000

typedef struct listing_t {
    ctl_t *ctl;
    const tokex_object_desc_t *desc;
    tokex_db_t *db;
    tokex_db_t *state; /* NULL: state.db cannot be read */
    tokex_list_t list;
    apr_hash_t *words; /* that rows are found by beside; NULL: nothing is looked for */
    int *rows;         /* places in the list: those that are shown, in order */
    int row_count;
    int from, to; /* the page, in `rows` */
    /* options */
    const char *filter, *sort, *page, *per_page;
    bool enabled, disabled, json;
} listing_t;

/* What is looked up for the rows of a page alone. */
typedef struct extra_t {
    tokex_texts_t targets;
    int64_t fetched, next;
} extra_t;

static const tokex_list_cell_t *cell_of(const listing_t *l, int row, int column)
{
    return &l->list.cells[row * l->list.column_count + column];
}

static int find_column(const listing_t *l, const char *name)
{
    return tokex_list_pick_column(&l->list, name);
}

/* ---- Which rows */

static const char *column_names(const listing_t *l)
{
    const char *names = "";
    int i;

    for (i = 0; i < l->list.column_count; i++)
        names = apr_pstrcat(l->ctl->pool, names, i ? ", " : "", l->list.columns[i].name, NULL);
    return names;
}

static int sort_rows(listing_t *l)
{
    bool descends = l->sort && l->sort[0] == '-';
    int column = l->sort ? find_column(l, l->sort + descends) : 0;
    tokex_list_pick_t pick;

    if (column < 0)
        return ctl_say(CTL_USAGE,
                       "--sort %s: %ss are sorted by one of %s; a dash before it turns "
                       "the order round",
                       l->sort, l->desc->noun, column_names(l));
    if ((l->enabled || l->disabled) && find_column(l, "enabled") < 0)
        return ctl_say(CTL_USAGE, "%ss cannot be disabled, so all of them are listed",
                       l->desc->noun);
    pick = (tokex_list_pick_t){l->filter, l->words,
                               l->enabled    ? 1
                               : l->disabled ? 0
                                             : -1,
                               column, descends};
    l->rows = tokex_list_pick(&l->row_count, &l->list, &pick, l->ctl->pool);
    return CTL_DONE;
}

static int cut_page(listing_t *l)
{
    int64_t page = 1, per_page = PER_PAGE;

    if (l->page && !key_number(&page, "--page", l->page, INT32_MAX))
        return CTL_USAGE;
    if (l->per_page && !key_number(&per_page, "--per-page", l->per_page, PER_PAGE_MOST))
        return CTL_USAGE;
    if (page < 1 || per_page < 1)
        return ctl_say(CTL_USAGE, "pages are counted from 1 and hold at least 1");
    l->from = (page - 1) * per_page < l->row_count ? (int)((page - 1) * per_page) : l->row_count;
    l->to = l->from + per_page < l->row_count ? (int)(l->from + per_page) : l->row_count;
    return CTL_DONE;
}

/* ---- Showing them */

static bool is_client(const listing_t *l)
{
    return strcmp(l->desc->noun, "client") == 0;
}

static bool is_issuer(const listing_t *l)
{
    return strcmp(l->desc->noun, "issuer") == 0;
}

static const tokex_err_t *look_up(extra_t *extra, const listing_t *l, int row)
{
    const char *id = cell_of(l, row, 0)->text;

    *extra = (extra_t){{NULL, 0}, 0, 0};
    if (is_client(l))
        return tokex_list_store_targets(&extra->targets, l->db, id, l->ctl->pool);
    if (is_issuer(l) && l->state)
        return tokex_list_store_fetched(&extra->fetched, &extra->next, l->state, id, l->ctl->pool);
    return NULL;
}

static const char *time_text(int64_t time, apr_pool_t *pool)
{
    return time ? key_time(time, pool) : NULL;
}

static const char *cell_text(const tokex_list_column_t *column, const tokex_list_cell_t *cell,
                             apr_pool_t *pool)
{
    switch (column->kind) {
    case TOKEX_LIST_TEXT:
        return cell->text;
    case TOKEX_LIST_NUMBER:
        return apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)cell->number);
    case TOKEX_LIST_TIME:
        return time_text(cell->number, pool);
    case TOKEX_LIST_FLAG:
        break;
    }
    if (strcmp(column->name, "enabled") == 0)
        return cell->number ? "on" : "off";
    return cell->number ? "yes" : "no";
}

static const char *join(const tokex_texts_t *texts, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < texts->count; i++)
        text = apr_pstrcat(pool, text, i ? ", " : "", texts->items[i], NULL);
    return text;
}

static void headings(const listing_t *l, table_t *table)
{
    int i;

    for (i = 0; i < l->list.column_count; i++)
        table_heading(table, strcmp(l->list.columns[i].name, "enabled") == 0
                                 ? "status"
                                 : l->list.columns[i].name);
    if (is_client(l))
        table_heading(table, "targets");
    if (is_issuer(l)) {
        table_heading(table, "keys_fetched");
        table_heading(table, "asked_again");
    }
}

static const tokex_err_t *print_table(const listing_t *l)
{
    apr_pool_t *pool = l->ctl->pool;
    table_t *table = table_create(pool);
    extra_t extra;
    int i, j;

    headings(l, table);
    for (i = l->from; i < l->to; i++) {
        TOKEX_RETURN_ERR(look_up(&extra, l, l->rows[i]));
        table_row(table);
        for (j = 0; j < l->list.column_count; j++)
            table_cell(table, cell_text(&l->list.columns[j], cell_of(l, l->rows[i], j), pool));
        if (is_client(l))
            table_cell(table, join(&extra.targets, pool));
        if (is_issuer(l)) {
            table_cell(table, time_text(extra.fetched, pool));
            table_cell(table, time_text(extra.next, pool));
        }
    }
    if (l->to > l->from) {
        table_print(table, stdout);
        printf("%d-%d of %d\n", l->from + 1, l->to, l->row_count);
    } else
        printf("none of %d\n", l->row_count);
    return NULL;
}

static void write_cell(tokex_jsonw_t *w, const tokex_list_column_t *column,
                       const tokex_list_cell_t *cell)
{
    if (column->kind == TOKEX_LIST_TEXT)
        tokex_jsonw_member_string(w, column->name, cell->text);
    else if (column->kind == TOKEX_LIST_FLAG)
        tokex_jsonw_member_bool(w, column->name, cell->number != 0);
    else if (column->kind == TOKEX_LIST_NUMBER || cell->number)
        tokex_jsonw_member_integer(w, column->name, cell->number);
}

static void write_extra(tokex_jsonw_t *w, const listing_t *l, const extra_t *extra)
{
    int i;

    if (is_client(l)) {
        tokex_jsonw_name(w, "targets");
        tokex_jsonw_array_begin(w);
        for (i = 0; i < extra->targets.count; i++)
            tokex_jsonw_string(w, extra->targets.items[i]);
        tokex_jsonw_array_end(w);
    }
    if (extra->fetched)
        tokex_jsonw_member_integer(w, "keys_fetched", extra->fetched);
    if (extra->next)
        tokex_jsonw_member_integer(w, "asked_again", extra->next);
}

static const tokex_err_t *print_json(const listing_t *l)
{
    tokex_jsonw_t *w = tokex_jsonw_create(l->ctl->pool, 4096);
    extra_t extra;
    int i, j;

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_integer(w, "total", l->row_count);
    tokex_jsonw_member_integer(w, "from", l->from + 1);
    tokex_jsonw_name(w, "items");
    tokex_jsonw_array_begin(w);
    for (i = l->from; i < l->to; i++) {
        TOKEX_RETURN_ERR(look_up(&extra, l, l->rows[i]));
        tokex_jsonw_object_begin(w);
        for (j = 0; j < l->list.column_count; j++)
            write_cell(w, &l->list.columns[j], cell_of(l, l->rows[i], j));
        write_extra(w, l, &extra);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    puts(tokex_jsonw_text(w, NULL));
    return NULL;
}

/* ---- list */

static const tokex_err_t *read_list(listing_t *l)
{
    const ctl_t *ctl = l->ctl;

    TOKEX_RETURN_ERR(
        tokex_db_open(&l->db, ctl->config_path, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, ctl->pool));
    /* A configuration may be prepared where no server ran yet. */
    if (is_issuer(l) &&
        tokex_db_open(&l->state, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, ctl->pool))
        l->state = NULL;
    if (l->filter)
        TOKEX_RETURN_ERR(tokex_list_store_words(&l->words, l->db, l->desc->noun, ctl->pool));
    return tokex_list_store_read(&l->list, l->db, l->desc->noun, ctl->now, ctl->pool);
}

static int print_list(listing_t *l)
{
    const tokex_err_t *err = read_list(l);
    int code;

    if (err)
        return ctl_error(l->ctl, err);
    code = sort_rows(l);
    if (!code)
        code = cut_page(l);
    if (code)
        return code;
    err = l->json ? print_json(l) : print_table(l);
    return err ? ctl_error(l->ctl, err) : ctl_flush();
}

int object_list(ctl_t *ctl, const tokex_object_desc_t *desc, int argc, const char *const *argv)
{
    listing_t l = {.ctl = ctl, .desc = desc};
    const args_option_t options[] = {
        {0, "filter", &l.filter, NULL},   {0, "sort", &l.sort, NULL},
        {0, "page", &l.page, NULL},       {0, "per-page", &l.per_page, NULL},
        {0, "enabled", NULL, &l.enabled}, {0, "disabled", NULL, &l.disabled},
        {0, "json", NULL, &l.json},
    };
    args_t args = {options, 7, NULL, 0};

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count || (l.enabled && l.disabled))
        return ctl_say(CTL_USAGE,
                       "say: %s list [--filter WORD] [--enabled | --disabled] [--sort FIELD] "
                       "[--page N] [--per-page N] [--json]",
                       desc->noun);
    return print_list(&l);
}
