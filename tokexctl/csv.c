#include "csv.h"

#include <string.h>

void csv_begin(csv_t *csv, FILE *in, apr_pool_t *pool)
{
    csv->in = in;
    csv->line = 0;
    csv->next = 1;
    csv->text = apr_palloc(pool, CSV_RECORD_MAX + 1);
}

/* A record on its way. */
typedef struct record_t {
    csv_t *csv;
    apr_array_header_t *fields;
    apr_size_t len;
    const char *problem;
} record_t;

static int take(csv_t *csv)
{
    int c = getc(csv->in);

    if (c == '\n')
        csv->next++;
    return c;
}

static void put(record_t *record, int c)
{
    if (record->len == CSV_RECORD_MAX)
        record->problem = "the record is too large";
    else
        record->csv->text[record->len++] = (char)c;
}

static void end_field(record_t *record, apr_size_t begin)
{
    if (record->fields->nelts == CSV_FIELDS_MAX)
        record->problem = "the record has too many fields";
    put(record, '\0');
    if (!record->problem)
        APR_ARRAY_PUSH(record->fields, const char *) = record->csv->text + begin;
}

/* Behind the opening quotation mark; returns what follows the closing one. */
static int take_quoted(record_t *record)
{
    for (;;) {
        int c = take(record->csv);

        if (c == EOF) {
            record->problem = "a quotation mark is not closed";
            return c;
        }
        if (c == '"') {
            c = take(record->csv);
            if (c != '"')
                return c;
        }
        if (c == '\0')
            record->problem = "there is an octet that is zero";
        if (record->problem)
            return c;
        put(record, c);
    }
}

static int take_plain(record_t *record, int c)
{
    while (c != EOF && c != ',' && c != '\n' && c != '\r' && !record->problem) {
        if (c == '"')
            record->problem = "a quotation mark stands inside a field that does not begin with one";
        else if (c == '\0')
            record->problem = "there is an octet that is zero";
        else
            put(record, c);
        c = take(record->csv);
    }
    return c;
}

/* Returns what ends the field: a comma, a line feed, or the end. */
static int take_field(record_t *record, int c)
{
    apr_size_t begin = record->len;

    c = c == '"' ? take_quoted(record) : take_plain(record, c);
    if (c == '\r' && !record->problem)
        c = take(record->csv);
    if (!record->problem && c != ',' && c != '\n' && c != EOF)
        record->problem = "something stands behind the quotation mark that ends a field";
    if (!record->problem)
        end_field(record, begin);
    return c;
}

static bool is_empty(const apr_array_header_t *fields)
{
    return fields->nelts == 1 && !*APR_ARRAY_IDX(fields, 0, const char *);
}

static void read_record(record_t *record, int c)
{
    record->fields->nelts = 0;
    record->len = 0;
    do {
        c = take_field(record, c);
        if (c == ',' && !record->problem) {
            c = take(record->csv);
            if (c == EOF || c == '\n') {
                end_field(record, record->len);
                return;
            }
        } else {
            return;
        }
    } while (!record->problem);
}

bool csv_read(const char **problem, csv_t *csv, apr_array_header_t *fields)
{
    record_t record = {csv, fields, 0, NULL};
    int c;

    *problem = NULL;
    do {
        csv->line = csv->next;
        c = take(csv);
        if (c == EOF)
            return false;
        read_record(&record, c);
        *problem = record.problem;
        if (record.problem)
            return false;
    } while (is_empty(fields));
    return true;
}
