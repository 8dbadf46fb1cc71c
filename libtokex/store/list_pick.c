#include "store/list_pick.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A row and what it is sorted by. */
typedef struct sorted_t {
    const tokex_list_cell_t *cell;
    int row;
    bool descends;
} sorted_t;

int tokex_list_pick_column(const tokex_list_t *list, const char *name)
{
    int i;

    for (i = 0; i < list->column_count; i++)
        if (strcmp(list->columns[i].name, name) == 0)
            return i;
    return -1;
}

static const tokex_list_cell_t *cell_of(const tokex_list_t *list, int row, int column)
{
    return &list->cells[row * list->column_count + column];
}

static bool contains(const char *text, const char *word)
{
    apr_size_t len = strlen(word);

    for (; text && *text; text++)
        if (strncasecmp(text, word, len) == 0)
            return true;
    return false;
}

static bool passes(const tokex_list_t *list, const tokex_list_pick_t *pick, int enabled, int row)
{
    int i;

    if (pick->enabled >= 0 && enabled >= 0 &&
        (cell_of(list, row, enabled)->number != 0) != (pick->enabled != 0))
        return false;
    if (!pick->word)
        return true;
    for (i = 0; i < list->column_count; i++)
        if (contains(cell_of(list, row, i)->text, pick->word))
            return true;
    return pick->words &&
           contains(apr_hash_get(pick->words, cell_of(list, row, 0)->text, APR_HASH_KEY_STRING),
                    pick->word);
}

static int compare(const void *a, const void *b)
{
    const sorted_t *left = a, *right = b;
    int order = strcmp(left->cell->text ? left->cell->text : "",
                       right->cell->text ? right->cell->text : "");

    if (order == 0)
        order =
            (left->cell->number > right->cell->number) - (left->cell->number < right->cell->number);
    if (left->descends)
        order = -order;
    /* Rows are by id. */
    return order ? order : left->row - right->row;
}

int *tokex_list_pick(int *count, const tokex_list_t *list, const tokex_list_pick_t *pick,
                     apr_pool_t *pool)
{
    apr_size_t space = (apr_size_t)list->row_count + 1;
    sorted_t *sorted = apr_palloc(pool, space * sizeof *sorted);
    int *rows = apr_palloc(pool, space * sizeof *rows);
    int enabled = tokex_list_pick_column(list, "enabled"), i;

    *count = 0;
    for (i = 0; i < list->row_count; i++)
        if (passes(list, pick, enabled, i))
            sorted[(*count)++] = (sorted_t){cell_of(list, i, pick->column), i, pick->descends};
    qsort(sorted, (apr_size_t)*count, sizeof *sorted, compare);
    for (i = 0; i < *count; i++)
        rows[i] = sorted[i].row;
    return rows;
}
