#include "table.h"

#include <ctype.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "way.h"

#define GAP 2

struct table_t {
    apr_pool_t *pool;
    apr_array_header_t *rows; /* of apr_array_header_t *, of const char * */
};

table_t *table_create(apr_pool_t *pool)
{
    table_t *table = apr_palloc(pool, sizeof *table);

    table->pool = pool;
    table->rows = apr_array_make(pool, 32, sizeof(apr_array_header_t *));
    table_row(table);
    return table;
}

table_t *table_with(const char *const *headings, size_t count, apr_pool_t *pool)
{
    table_t *table = table_create(pool);
    size_t i;

    for (i = 0; i < count; i++)
        table_heading(table, headings[i]);
    return table;
}

void table_row(table_t *table)
{
    *(apr_array_header_t **)apr_array_push(table->rows) =
        apr_array_make(table->pool, 8, sizeof(const char *));
}

static apr_array_header_t *row_of(const table_t *table, int i)
{
    return APR_ARRAY_IDX(table->rows, i, apr_array_header_t *);
}

void table_cell(table_t *table, const char *text)
{
    *(const char **)apr_array_push(row_of(table, table->rows->nelts - 1)) =
        text && *text ? way_text(text, table->pool) : "-";
}

void table_heading(table_t *table, const char *name)
{
    char *heading = apr_pstrdup(table->pool, name), *c;

    for (c = heading; *c; c++)
        *c = *c == '_' ? ' ' : (char)toupper((unsigned char)*c);
    table_cell(table, heading);
}

/* Characters of UTF-8. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static int *measure(const table_t *table)
{
    int *widths =
        apr_pcalloc(table->pool, sizeof *widths * (apr_size_t)(row_of(table, 0)->nelts + 1));
    int i, j;

    for (i = 0; i < table->rows->nelts; i++)
        for (j = 0; j < row_of(table, i)->nelts && j < row_of(table, 0)->nelts; j++) {
            int width = width_of(APR_ARRAY_IDX(row_of(table, i), j, const char *));

            if (width > widths[j])
                widths[j] = width;
        }
    return widths;
}

void table_print(const table_t *table, FILE *out)
{
    const int *widths = measure(table);
    int i, j;

    for (i = 0; i < table->rows->nelts; i++) {
        const apr_array_header_t *row = row_of(table, i);

        for (j = 0; j < row->nelts; j++) {
            const char *text = APR_ARRAY_IDX(row, j, const char *);
            bool last = j == row->nelts - 1;

            fprintf(out, "%s%*s", text, last ? 0 : widths[j] - width_of(text) + GAP, "");
        }
        fputc('\n', out);
    }
}
