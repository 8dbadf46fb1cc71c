#include "store/change_store.h"

#include <apr_tables.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))
#define T TOKEX_BIND_T
#define I TOKEX_BIND_I

/* A statement of one row whose one number is NULL where there is none. */
static const tokex_err_t *read_number(int64_t *out, tokex_db_t *db, tokex_sql_t statement,
                                      const tokex_bind_t *binds, int count, apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more;

    *out = 0;
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, statement, binds, count, pool));
    TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
    if (!more)
        return NULL;
    *out = tokex_db_integer(rows, "number");
    return tokex_db_next(&more, rows);
}

static const tokex_err_t *add_object(tokex_db_t *db, int64_t change, int position,
                                     const tokex_change_object_t *object, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {
        I("change", change), I("position", position),  T("noun", object->noun),
        T("id", object->id), T("was", object->before), T("became", object->after),
    };

    return tokex_db_run(db, TOKEX_SQL_CONFIG_CHANGE_OBJECT_INSERT, binds, COUNT(binds), NULL, pool);
}

static const tokex_err_t *add_change(tokex_db_t *db, const tokex_change_t *change, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {
        I("number", change->number),
        I("made", change->at),
        T("who", change->who),
        T("reason", change->reason),
        I("objects", change->object_count),
    };

    return tokex_db_run(db, TOKEX_SQL_CONFIG_CHANGE_INSERT, binds, COUNT(binds), NULL, pool);
}

const tokex_err_t *tokex_change_store_add(tokex_db_t *db, tokex_change_t *change,
                                          const tokex_change_object_t *objects, apr_pool_t *pool)
{
    int64_t last;
    int i;

    TOKEX_RETURN_ERR(read_number(&last, db, TOKEX_SQL_CONFIG_CHANGE_LAST, NULL, 0, pool));
    change->number = last + 1;
    TOKEX_RETURN_ERR(add_change(db, change, pool));
    for (i = 0; i < change->object_count; i++)
        TOKEX_RETURN_ERR(add_object(db, change->number, i, &objects[i], pool));
    return NULL;
}

const tokex_err_t *tokex_change_store_revision(int64_t *out, tokex_db_t *db, const char *noun,
                                               const char *id, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("noun", noun), T("id", id)};

    return read_number(out, db, TOKEX_SQL_CONFIG_CHANGE_REVISION, binds, COUNT(binds), pool);
}

static tokex_change_t read_change(tokex_rows_t *rows)
{
    return (tokex_change_t){.number = tokex_db_integer(rows, "number"),
                            .at = tokex_db_integer(rows, "made"),
                            .who = tokex_db_text(rows, "who"),
                            .reason = tokex_db_text(rows, "reason"),
                            .object_count = (int)tokex_db_integer(rows, "objects")};
}

const tokex_err_t *tokex_change_store_list(const tokex_change_t **out, int *count, tokex_db_t *db,
                                           const tokex_change_filter_t *filter, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {I("below", filter->before ? filter->before : INT64_MAX),
                                  I("count", filter->limit), T("noun", filter->noun),
                                  T("id", filter->id)};
    apr_array_header_t *found = apr_array_make(pool, 16, sizeof(tokex_change_t));
    tokex_sql_t statement = TOKEX_SQL_CONFIG_CHANGE_LIST;
    tokex_rows_t *rows;
    bool more = true;

    if (filter->noun)
        statement = filter->id ? TOKEX_SQL_CONFIG_CHANGE_LIST_OF_OBJECT
                               : TOKEX_SQL_CONFIG_CHANGE_LIST_OF_NOUN;
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, statement, binds,
                                     filter->noun ? (filter->id ? 4 : 3) : 2, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        *(tokex_change_t *)apr_array_push(found) = read_change(rows);
    }
    *out = (const tokex_change_t *)found->elts;
    *count = found->nelts;
    return NULL;
}

static const tokex_err_t *find_change(const tokex_change_t **out, tokex_db_t *db, int64_t number,
                                      apr_pool_t *pool)
{
    const tokex_bind_t bind = I("number", number);
    tokex_change_t *change;
    tokex_rows_t *rows;
    bool more;

    *out = NULL;
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_CONFIG_CHANGE_FIND, &bind, 1, pool));
    TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
    if (!more)
        return NULL;
    change = apr_palloc(pool, sizeof *change);
    *change = read_change(rows);
    *out = change;
    return tokex_db_next(&more, rows);
}

static const tokex_err_t *find_objects(const tokex_change_object_t **out, int *count,
                                       tokex_db_t *db, int64_t number, apr_pool_t *pool)
{
    const tokex_bind_t bind = I("change", number);
    apr_array_header_t *found = apr_array_make(pool, 4, sizeof(tokex_change_object_t));
    tokex_rows_t *rows;
    bool more = true;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_CONFIG_CHANGE_OBJECT_LIST, &bind, 1, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        *(tokex_change_object_t *)apr_array_push(found) =
            (tokex_change_object_t){tokex_db_text(rows, "noun"), tokex_db_text(rows, "id"),
                                    tokex_db_text(rows, "was"), tokex_db_text(rows, "became")};
    }
    *out = (const tokex_change_object_t *)found->elts;
    *count = found->nelts;
    return NULL;
}

const tokex_err_t *tokex_change_store_find(const tokex_change_t **change,
                                           const tokex_change_object_t **objects, int *count,
                                           tokex_db_t *db, int64_t number, apr_pool_t *pool)
{
    *count = 0;
    *objects = NULL;
    TOKEX_RETURN_ERR(find_change(change, db, number, pool));
    return *change ? find_objects(objects, count, db, number, pool) : NULL;
}

const tokex_err_t *tokex_change_store_names(const tokex_change_name_t **out, int *count,
                                            tokex_db_t *db, int64_t number, int most,
                                            apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {I("change", number), I("most", most)};
    apr_array_header_t *found = apr_array_make(pool, 4, sizeof(tokex_change_name_t));
    tokex_rows_t *rows;
    bool more = true;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_CONFIG_CHANGE_NAME_LIST, binds, COUNT(binds), pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        APR_ARRAY_PUSH(found, tokex_change_name_t) = (tokex_change_name_t){
            tokex_db_text(rows, "what"), tokex_db_text(rows, "noun"), tokex_db_text(rows, "id")};
    }
    *out = (const tokex_change_name_t *)found->elts;
    *count = found->nelts;
    return NULL;
}
