/* Decisions as a file, for tables and for programs. */
#include <string.h>

#include <apr_strings.h>

#include "activity.h"
#include "base/json.h"
#include "base/moment.h"
#include "pages.h"

/* The latest so many: some megabytes. */
#define MOST 5000

typedef struct column_t {
    const char *name;
    const char *value;
} column_t;

enum { COLUMNS = 16 };

static void columns_of(column_t columns[COLUMNS], const tokex_activity_row_t *row, apr_pool_t *pool)
{
    const column_t all[COLUMNS] = {
        {"time", tokex_moment_text(row->time, pool)},
        {"receipt", row->receipt},
        {"server", row->server},
        {"location", row->location},
        {"client", row->client},
        {"issuer", row->issuer},
        {"subject", row->subject},
        {"actor", row->actor},
        {"rule", row->rule},
        {"targets", row->targets},
        {"scope_asked", row->scope_asked},
        {"scope_granted", row->scope_granted},
        {"outcome", row->outcome},
        {"code", row->code},
        {"reason", row->reason},
        {"remembered", row->remembered ? "yes" : "no"},
    };

    memcpy(columns, all, sizeof all);
}

/* False: the query is none, and a page says so. */
static const tokex_err_t *read_rows(bool *there, const tokex_activity_row_t **rows, int *count,
                                    admin_t *a)
{
    tokex_activity_filter_t filter;

    *there = admin_activity_filter(&filter, a, MOST);
    if (!*there)
        return admin_refuse(a, 400, "There is no such filter.");
    TOKEX_RETURN_ERR(admin_open_state(a));
    return tokex_activity_store_list(rows, count, a->state, &filter, a->pool);
}

/* ---- CSV (RFC 4180) */

/* Programs that show tables take what begins so for something to be computed. */
static bool is_formula(const char *value)
{
    return *value && strchr("=+-@\t\r", *value);
}

static const char *quoted(const char *value, apr_pool_t *pool)
{
    const char *rest = value, *quote, *text = is_formula(value) ? "\"'" : "\"";

    while ((quote = strchr(rest, '"')) != NULL) {
        text = apr_pstrcat(pool, text, apr_pstrmemdup(pool, rest, (apr_size_t)(quote - rest + 1)),
                           "\"", NULL);
        rest = quote + 1;
    }
    return apr_pstrcat(pool, text, rest, "\"", NULL);
}

static const char *line_of(const tokex_activity_row_t *row, bool names, apr_pool_t *pool)
{
    apr_array_header_t *fields = apr_array_make(pool, COLUMNS + 1, sizeof(const char *));
    column_t columns[COLUMNS];
    int i;

    columns_of(columns, row, pool);
    for (i = 0; i < COLUMNS; i++)
        APR_ARRAY_PUSH(fields, const char *) =
            names ? columns[i].name : quoted(columns[i].value, pool);
    APR_ARRAY_PUSH(fields, const char *) =
        names ? "latency_us"
              : apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)row->latency_us);
    return apr_pstrcat(pool, apr_array_pstrcat(pool, fields, ','), "\r\n", NULL);
}

const tokex_err_t *admin_activity_csv(admin_t *a)
{
    static const tokex_activity_row_t nothing = {.receipt = ""};
    const tokex_activity_row_t *rows;
    apr_array_header_t *lines;
    int count, i;
    bool there;

    TOKEX_RETURN_ERR(read_rows(&there, &rows, &count, a));
    if (!there)
        return NULL;
    lines = apr_array_make(a->pool, count + 1, sizeof(const char *));
    APR_ARRAY_PUSH(lines, const char *) = line_of(&nothing, true, a->pool);
    for (i = 0; i < count; i++)
        APR_ARRAY_PUSH(lines, const char *) = line_of(&rows[i], false, a->pool);
    a->reply.type = "text/csv; charset=utf-8";
    a->reply.download = "activity.csv";
    a->reply.body = apr_array_pstrcat(a->pool, lines, '\0');
    a->reply.len = strlen(a->reply.body);
    return NULL;
}

/* ---- JSON */

static const tokex_err_t *write_row(tokex_jsonw_t *w, const tokex_activity_row_t *row,
                                    apr_pool_t *pool)
{
    const tokex_json_t *steps;
    column_t columns[COLUMNS];
    int i;

    TOKEX_RETURN_ERR(tokex_json_parse(&steps, row->steps, strlen(row->steps), pool));
    columns_of(columns, row, pool);
    tokex_jsonw_object_begin(w);
    for (i = 0; i < COLUMNS - 1; i++)
        if (*columns[i].value)
            tokex_jsonw_member_string(w, columns[i].name, columns[i].value);
    if (row->remembered)
        tokex_jsonw_member_bool(w, "remembered", true);
    tokex_jsonw_member_integer(w, "latency_us", row->latency_us);
    tokex_jsonw_name(w, "steps");
    tokex_jsonw_node(w, steps);
    tokex_jsonw_object_end(w);
    return NULL;
}

const tokex_err_t *admin_activity_json(admin_t *a)
{
    tokex_jsonw_t *w = tokex_jsonw_create(a->pool, 64 * 1024);
    const tokex_activity_row_t *rows;
    int count, i;
    bool there;

    TOKEX_RETURN_ERR(read_rows(&there, &rows, &count, a));
    if (!there)
        return NULL;
    tokex_jsonw_pretty(w);
    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++)
        TOKEX_RETURN_ERR(write_row(w, &rows[i], a->pool));
    tokex_jsonw_array_end(w);
    a->reply.type = "application/json";
    a->reply.download = "activity.json";
    a->reply.body = tokex_jsonw_text(w, &a->reply.len);
    return NULL;
}
