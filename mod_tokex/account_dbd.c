#include "account_dbd.h"

#include <string.h>

#include <apr_dbd.h>
#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <mod_dbd.h>

#include "monotonic.h"

typedef APR_OPTIONAL_FN_TYPE(ap_dbd_open) open_t;
typedef APR_OPTIONAL_FN_TYPE(ap_dbd_close) close_t;
typedef APR_OPTIONAL_FN_TYPE(ap_dbd_prepare) prepare_t;

bool tokex_account_dbd_is_there(void)
{
    return APR_RETRIEVE_OPTIONAL_FN(ap_dbd_prepare) && APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open) &&
           APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

void tokex_account_dbd_prepare(server_rec *s, const tokex_account_query_t *query)
{
    prepare_t *prepare = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_prepare);

    if (prepare)
        prepare(s, query->sql, query->label);
}

struct tokex_account_line_t {
    server_rec *s;
    ap_dbd_t *dbd;
};

/* ---- One question on one connection */

typedef struct question_t {
    const ap_dbd_t *dbd;
    const tokex_account_query_t *query;
    const char *value;
    apr_pool_t *scratch;
} question_t;

/* 0: it was answered. Rows are asked for at random: read one after the other, the driver of
 * PostgreSQL sleeps 100 ms where there is none, which tells everybody that there is none. */
static int run(apr_dbd_results_t **out, const question_t *q)
{
    apr_dbd_prepared_t *statement =
        apr_hash_get(q->dbd->prepared, q->query->label, APR_HASH_KEY_STRING);
    const char *values[] = {q->value};

    *out = NULL;
    if (!statement)
        return -1;
    return apr_dbd_pselect(q->dbd->driver, q->scratch, q->dbd->handle, out, statement, 1, 1,
                           values);
}

static bool is_connected(const question_t *q)
{
    apr_status_t rv = apr_dbd_check_conn(q->dbd->driver, q->scratch, q->dbd->handle);

    return rv == APR_SUCCESS || rv == APR_ENOTIMPL;
}

/* Drivers connect again by themselves, mod_dbd prepares only once. What was prepared here before
 * goes, so that a connection has no more of them than one. */
static bool prepare_again(const question_t *q)
{
    const char *label = q->query->label;
    apr_dbd_prepared_t *statement = NULL;
    void *before = NULL;
    apr_pool_t *pool;

    if (apr_pool_create(&pool, q->dbd->pool) != APR_SUCCESS)
        return false;
    if (apr_dbd_prepare(q->dbd->driver, pool, q->dbd->handle, q->query->sql, label, &statement) !=
        0) {
        apr_pool_destroy(pool);
        return false;
    }
    apr_hash_set(q->dbd->prepared, label, APR_HASH_KEY_STRING, statement);
    (void)apr_pool_userdata_get(&before, label, q->dbd->pool);
    (void)apr_pool_userdata_set(pool, label, NULL, q->dbd->pool);
    if (before)
        apr_pool_destroy(before);
    return true;
}

static const char *complaint(const question_t *q, int code)
{
    const char *text = apr_dbd_error(q->dbd->driver, q->dbd->handle, code);
    char *line = apr_pstrdup(q->scratch, text && *text ? text : "no reason is given");
    apr_size_t len;

    /* Databases write several lines, with what they were asked for. */
    line[strcspn(line, "\r\n")] = '\0';
    len = strlen(line);
    return tokex_err_shown(q->scratch, line, len);
}

static const tokex_err_t *select_rows(apr_dbd_results_t **out, const question_t *q,
                                      apr_pool_t *pool)
{
    int code = run(out, q);

    if (code == 0)
        return NULL;
    if (!is_connected(q))
        return tokex_err_create(pool, TOKEX_E_DB_OPEN, NULL,
                                "the connection to the site's database is broken: %s",
                                complaint(q, code));
    if (prepare_again(q))
        code = run(out, q);
    if (code == 0)
        return NULL;
    return tokex_err_create(pool, TOKEX_E_DB_QUERY, NULL, "TokexAccountQuery %s: %s",
                            q->query->attribute, complaint(q, code));
}

/* ---- Its rows */

/* Some databases write the names of columns in capitals. */
static const char *name_of(const char *name, apr_pool_t *pool)
{
    char *lower = apr_pstrdup(pool, name ? name : "");
    char *c;

    for (c = lower; *c; c++)
        *c = (char)apr_tolower(*c);
    return lower;
}

/* Roles are separated by commas. */
static void split(apr_array_header_t *values, const char *text, apr_pool_t *pool)
{
    char *rest = apr_pstrdup(pool, text), *state, *item;

    for (item = apr_strtok(rest, ",", &state); item; item = apr_strtok(NULL, ",", &state)) {
        apr_size_t len;

        item += strspn(item, " ");
        len = strlen(item);
        while (len > 0 && item[len - 1] == ' ')
            item[--len] = '\0';
        if (len > 0)
            APR_ARRAY_PUSH(values, const char *) = item;
    }
}

static void read_column(tokex_account_column_t *column, const question_t *q, apr_dbd_row_t *row,
                        int n, apr_pool_t *pool)
{
    apr_array_header_t *values = apr_array_make(pool, 1, sizeof(const char *));
    const char *text = apr_dbd_get_entry(q->dbd->driver, row, n);

    if (text && strcmp(column->name, TOKEX_ACCOUNT_ROLES) == 0)
        split(values, text, pool);
    else if (text)
        APR_ARRAY_PUSH(values, const char *) = apr_pstrdup(pool, text);
    column->values = (const char *const *)values->elts;
    column->count = values->nelts;
}

static void read_row(tokex_account_found_t *out, const question_t *q, apr_dbd_results_t *results,
                     apr_dbd_row_t *row, apr_pool_t *pool)
{
    int count = apr_dbd_num_cols(q->dbd->driver, results), i;
    tokex_account_column_t *columns = apr_pcalloc(pool, ((apr_size_t)count + 1) * sizeof(*columns));

    for (i = 0; i < count; i++) {
        columns[i].name = name_of(apr_dbd_get_name(q->dbd->driver, results, i), pool);
        read_column(&columns[i], q, row, i, pool);
    }
    out->columns = columns;
    out->column_count = count;
}

static void read_rows(tokex_account_found_t *out, const question_t *q, apr_dbd_results_t *results,
                      apr_pool_t *pool)
{
    apr_dbd_row_t *row = NULL;

    *out = (tokex_account_found_t){0, NULL, 0};
    while (out->count < 2 && apr_dbd_get_row(q->dbd->driver, q->scratch, results, &row, -1) == 0) {
        if (out->count++ == 0)
            read_row(out, q, results, row, pool);
    }
}

const tokex_err_t *tokex_account_dbd_ask(tokex_account_found_t *out,
                                         const tokex_account_line_t *line,
                                         const tokex_account_query_t *query, const char *value,
                                         apr_pool_t *pool)
{
    question_t q = {line->dbd, query, value, NULL};
    apr_dbd_results_t *results;
    const tokex_err_t *err;

    apr_pool_create(&q.scratch, pool);
    err = select_rows(&results, &q, pool);
    if (!err)
        read_rows(out, &q, results, pool);
    apr_pool_destroy(q.scratch);
    return err;
}

/* ---- Connections */

/* What fails within this time was not waited for. */
#define AT_ONCE apr_time_from_msec(100)

/* mod_dbd throws a connection away that is broken, and says so with none: the next may be good. */
static ap_dbd_t *take(server_rec *s, apr_pool_t *pool)
{
    open_t *from_pool = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    apr_time_t begun = tokex_monotonic_now();
    ap_dbd_t *dbd = from_pool ? from_pool(pool, s) : NULL;

    if (dbd || !from_pool || tokex_monotonic_now() - begun > AT_ONCE)
        return dbd;
    return from_pool(pool, s);
}

const tokex_err_t *tokex_account_dbd_take(tokex_account_line_t **out, server_rec *s,
                                          apr_pool_t *pool)
{
    tokex_account_line_t *line = apr_palloc(pool, sizeof(*line));

    line->s = s;
    line->dbd = take(s, pool);
    if (!line->dbd)
        return tokex_err_create(pool, TOKEX_E_DB_OPEN, NULL,
                                "there is no connection to the site's database (DBDriver, "
                                "DBDParams); mod_dbd has written why");
    *out = line;
    return NULL;
}

void tokex_account_dbd_give_back(tokex_account_line_t *line)
{
    close_t *to_pool = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);

    if (to_pool)
        to_pool(line->s, line->dbd);
}
