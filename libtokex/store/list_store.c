#include "store/list_store.h"

#include "store/config_rows.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

static const tokex_list_column_t issuer_columns[] = {
    {"id", TOKEX_LIST_TEXT},      {"name", TOKEX_LIST_TEXT},     {"issuer", TOKEX_LIST_TEXT},
    {"keys", TOKEX_LIST_NUMBER},  {"places", TOKEX_LIST_NUMBER}, {"linking", TOKEX_LIST_FLAG},
    {"enabled", TOKEX_LIST_FLAG},
};

static const tokex_list_column_t client_columns[] = {
    {"id", TOKEX_LIST_TEXT},           {"name", TOKEX_LIST_TEXT},    {"secrets", TOKEX_LIST_NUMBER},
    {"secret_since", TOKEX_LIST_TIME}, {"rules", TOKEX_LIST_NUMBER}, {"enabled", TOKEX_LIST_FLAG},
};

static const tokex_list_column_t target_columns[] = {
    {"id", TOKEX_LIST_TEXT},        {"name", TOKEX_LIST_TEXT},      {"audience", TOKEX_LIST_TEXT},
    {"scopes", TOKEX_LIST_NUMBER},  {"clients", TOKEX_LIST_NUMBER}, {"lifetime", TOKEX_LIST_NUMBER},
    {"algorithm", TOKEX_LIST_TEXT}, {"enabled", TOKEX_LIST_FLAG},
};

static const tokex_list_column_t scope_columns[] = {
    {"id", TOKEX_LIST_TEXT},        {"description", TOKEX_LIST_TEXT},
    {"targets", TOKEX_LIST_NUMBER}, {"clients", TOKEX_LIST_NUMBER},
    {"sensitive", TOKEX_LIST_FLAG},
};

static const tokex_list_column_t mapping_columns[] = {
    {"id", TOKEX_LIST_TEXT},
    {"name", TOKEX_LIST_TEXT},
    {"rows", TOKEX_LIST_NUMBER},
    {"issuers", TOKEX_LIST_NUMBER},
};

static const tokex_list_column_t procedure_columns[] = {
    {"id", TOKEX_LIST_TEXT},
    {"name", TOKEX_LIST_TEXT},
    {"clients", TOKEX_LIST_NUMBER},
    {"enabled", TOKEX_LIST_FLAG},
};

static const struct source_t {
    const char *noun;
    tokex_sql_t statement;
    const tokex_list_column_t *columns;
    int column_count;
    bool asks_time;
} sources[] = {
    {"issuer", TOKEX_SQL_CONFIG_ISSUER_TABLE, issuer_columns, COUNT(issuer_columns), false},
    {"client", TOKEX_SQL_CONFIG_CLIENT_TABLE, client_columns, COUNT(client_columns), true},
    {"target", TOKEX_SQL_CONFIG_TARGET_TABLE, target_columns, COUNT(target_columns), false},
    {"scope", TOKEX_SQL_CONFIG_SCOPE_TABLE, scope_columns, COUNT(scope_columns), false},
    {"mapping", TOKEX_SQL_CONFIG_MAPPING_TABLE, mapping_columns, COUNT(mapping_columns), false},
    {"procedure", TOKEX_SQL_CONFIG_PROCEDURE_TABLE, procedure_columns, COUNT(procedure_columns),
     false},
};

static const struct source_t *find_source(const char *noun)
{
    int i;

    for (i = 0; i < COUNT(sources); i++)
        if (strcmp(sources[i].noun, noun) == 0)
            return &sources[i];
    return NULL;
}

static void take_row(apr_array_header_t *cells, const struct source_t *source, tokex_rows_t *rows)
{
    int i;

    for (i = 0; i < source->column_count; i++) {
        const tokex_list_column_t *column = &source->columns[i];
        tokex_list_cell_t *cell = apr_array_push(cells);

        *cell = (tokex_list_cell_t){NULL, 0};
        if (column->kind == TOKEX_LIST_TEXT)
            cell->text = tokex_db_text(rows, column->name);
        else
            cell->number = tokex_db_integer(rows, column->name);
    }
}

const tokex_err_t *tokex_list_store_read(tokex_list_t *out, tokex_db_t *db, const char *noun,
                                         int64_t now, apr_pool_t *pool)
{
    const struct source_t *source = find_source(noun);
    const tokex_bind_t bind = TOKEX_BIND_I("now", now);
    apr_array_header_t *cells = apr_array_make(pool, 256, sizeof(tokex_list_cell_t));
    tokex_rows_t *rows;
    bool more = true;

    if (!source)
        return tokex_err_create(pool, TOKEX_E_INTERNAL, NULL, "no list of such objects");
    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, source->statement, &bind, source->asks_time ? 1 : 0, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        take_row(cells, source, rows);
    }
    *out =
        (tokex_list_t){source->columns, source->column_count,
                       (const tokex_list_cell_t *)cells->elts, cells->nelts / source->column_count};
    return NULL;
}

const tokex_err_t *tokex_list_store_words(apr_hash_t **out, tokex_db_t *db, const char *noun,
                                          apr_pool_t *pool)
{
    bool is_client = strcmp(noun, "client") == 0;
    tokex_rows_t *rows;
    bool more = true;

    *out = apr_hash_make(pool);
    if (!is_client && strcmp(noun, "issuer") != 0)
        return NULL;
    TOKEX_RETURN_ERR(tokex_db_select(
        &rows, db, is_client ? TOKEX_SQL_CONFIG_CLIENT_WORDS : TOKEX_SQL_CONFIG_ISSUER_WORDS, NULL,
        0, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        apr_hash_set(*out, tokex_db_text(rows, "id"), APR_HASH_KEY_STRING,
                     tokex_db_text(rows, "words"));
    }
}

const tokex_err_t *tokex_list_store_count(int64_t *out, tokex_db_t *db, const char *noun,
                                          apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more = true;

    *out = 0;
    if (!find_source(noun))
        return tokex_err_create(pool, TOKEX_E_INTERNAL, NULL, "no list of such objects");
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_CONFIG_COUNTS, NULL, 0, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        *out = tokex_db_integer(rows, noun);
    }
}

const tokex_err_t *tokex_list_store_targets(tokex_texts_t *out, tokex_db_t *db, const char *client,
                                            apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_T("id", client);
    apr_array_header_t *ids = apr_array_make(pool, 4, sizeof(const char *));
    tokex_rows_t *rows;
    bool more = true;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_CONFIG_CLIENT_TARGETS, &bind, 1, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        *(const char **)apr_array_push(ids) = tokex_db_text(rows, "target");
    }
    *out = (tokex_texts_t){ids->nelts ? (const char *const *)ids->elts : NULL, ids->nelts};
    return NULL;
}

const tokex_err_t *tokex_list_store_fetched(int64_t *fetched, int64_t *next, tokex_db_t *state,
                                            const char *issuer, apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_T("issuer", issuer);
    tokex_rows_t *rows;
    bool more = true;

    *fetched = *next = 0;
    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, state, TOKEX_SQL_STATE_ISSUER_KEY_TIMES, &bind, 1, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        *fetched = tokex_db_integer(rows, "fetched");
        *next = tokex_db_integer(rows, "fresh_until");
    }
}

/* Rows of somebody to look at, by the names of their columns; `text` NULL: there is none. */
static const tokex_err_t *read_due(const tokex_list_due_t **out, int *count, tokex_rows_t *rows,
                                   const char *const columns[3], apr_pool_t *pool)
{
    apr_array_header_t *due = apr_array_make(pool, 4, sizeof(tokex_list_due_t));
    bool more = true;

    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        APR_ARRAY_PUSH(due, tokex_list_due_t) = (tokex_list_due_t){
            tokex_db_text(rows, columns[0]), columns[1] ? tokex_db_text(rows, columns[1]) : NULL,
            tokex_db_integer(rows, columns[2])};
    }
    *out = (const tokex_list_due_t *)due->elts;
    *count = due->nelts;
    return NULL;
}

const tokex_err_t *tokex_list_store_failing(const tokex_list_due_t **out, int *count,
                                            tokex_db_t *state, int most, apr_pool_t *pool)
{
    static const char *const columns[] = {"issuer", "failure", "tried"};
    const tokex_bind_t bind = TOKEX_BIND_I("most", most);
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, state, TOKEX_SQL_STATE_ISSUER_KEY_FAILING, &bind, 1, pool));
    return read_due(out, count, rows, columns, pool);
}

const tokex_err_t *tokex_list_store_ending(const tokex_list_due_t **out, int *count,
                                           tokex_db_t *config, int64_t now, int64_t until, int most,
                                           apr_pool_t *pool)
{
    static const char *const columns[] = {"client", NULL, "expires"};
    const tokex_bind_t binds[] = {TOKEX_BIND_I("now", now), TOKEX_BIND_I("until", until),
                                  TOKEX_BIND_I("most", most)};
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, config, TOKEX_SQL_CONFIG_CLIENT_SECRET_ENDING, binds, 3, pool));
    return read_due(out, count, rows, columns, pool);
}

const tokex_err_t *tokex_list_store_takers(tokex_texts_t *out, tokex_db_t *db, const char *issuer,
                                           apr_pool_t *pool)
{
    return tokex_config_rows_referrers(out, db, TOKEX_SQL_CONFIG_REFER_ISSUER, issuer, pool);
}
