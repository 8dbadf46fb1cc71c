#include "store/key_store.h"

#include <apr_strings.h>
#include <apr_tables.h>

#define T TOKEX_BIND_T
#define I TOKEX_BIND_I
#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

/* All rows to their end, so that the statement is free again; texts in `pool`. */
static const tokex_err_t *take(apr_array_header_t **out, tokex_rows_t *rows, apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_make(pool, 4, sizeof(tokex_fetched_t));
    tokex_fetched_t *row;
    bool more;

    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        row = apr_array_push(all);
        row->issuer = apr_pstrdup(pool, tokex_db_text(rows, "issuer"));
        row->url = apr_pstrdup(pool, tokex_db_text(rows, "url"));
        row->jwks = apr_pstrdup(pool, tokex_db_text(rows, "jwks"));
        row->fetched = tokex_db_integer(rows, "fetched");
        row->fresh_until = tokex_db_integer(rows, "fresh_until");
        row->tried = tokex_db_integer(rows, "tried");
        row->failure = apr_pstrdup(pool, tokex_db_text(rows, "failure"));
        row->number = tokex_db_integer(rows, "number");
    }
    *out = all;
    return NULL;
}

const tokex_err_t *tokex_key_store_changed(const tokex_fetched_t **out, int *count, tokex_db_t *db,
                                           int64_t number, apr_pool_t *result_pool,
                                           apr_pool_t *scratch_pool)
{
    const tokex_bind_t binds[] = {I("number", number)};
    apr_array_header_t *all;
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_ISSUER_KEY_CHANGED_LIST, binds,
                                     COUNT(binds), scratch_pool));
    TOKEX_RETURN_ERR(take(&all, rows, result_pool));
    *out = (const tokex_fetched_t *)all->elts;
    *count = all->nelts;
    return NULL;
}

const tokex_err_t *tokex_key_store_find(const tokex_fetched_t **out, tokex_db_t *db,
                                        const char *issuer, const char *url, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("issuer", issuer), T("url", url)};
    apr_array_header_t *all;
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_ISSUER_KEY_FIND, binds, COUNT(binds), pool));
    TOKEX_RETURN_ERR(take(&all, rows, pool));
    *out = all->nelts ? (const tokex_fetched_t *)all->elts : NULL;
    return NULL;
}

/* `*last`: the last of `count` numbers that nobody had before. */
static const tokex_err_t *take_numbers(int64_t *last, tokex_db_t *db, int count, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {I("count", count)};
    tokex_rows_t *rows;
    bool more;

    *last = 0;
    TOKEX_RETURN_ERR(
        tokex_db_run(db, TOKEX_SQL_STATE_ISSUER_KEY_CHANGE_TAKE, binds, COUNT(binds), NULL, pool));
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_ISSUER_KEY_CHANGE, NULL, 0, pool));
    for (more = true; more;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (more)
            *last = tokex_db_integer(rows, "number");
    }
    if (*last < count)
        return tokex_err_create(pool, TOKEX_E_DB_CORRUPT, NULL,
                                "state.db: issuer_key_change has lost its row");
    return NULL;
}

/* Of a place so many are kept. */
#define TRIES 12

static const tokex_err_t *note_try(tokex_db_t *db, const tokex_fetched_t *row, apr_pool_t *pool)
{
    const tokex_bind_t tried[] = {T("issuer", row->issuer), T("url", row->url),
                                  I("time", row->tried), T("failure", row->failure)};
    const tokex_bind_t kept[] = {T("issuer", row->issuer), T("url", row->url), I("most", TRIES)};

    if (!row->tried)
        return NULL;
    TOKEX_RETURN_ERR(
        tokex_db_run(db, TOKEX_SQL_STATE_ISSUER_KEY_TRY_ADD, tried, COUNT(tried), NULL, pool));
    return tokex_db_run(db, TOKEX_SQL_STATE_ISSUER_KEY_TRY_PRUNE, kept, COUNT(kept), NULL, pool);
}

static const tokex_err_t *save_row(tokex_db_t *db, const tokex_fetched_t *row, int64_t number,
                                   apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {
        T("issuer", row->issuer),
        T("url", row->url),
        T("jwks", row->jwks),
        I("fetched", row->fetched),
        I("fresh_until", row->fresh_until),
        I("tried", row->tried),
        T("failure", row->failure),
        I("number", number),
    };

    return tokex_db_run(db, TOKEX_SQL_STATE_ISSUER_KEY_SAVE, binds, COUNT(binds), NULL, pool);
}

static const tokex_err_t *save_all(int64_t *first, tokex_db_t *db, const tokex_fetched_t *rows,
                                   int count, apr_pool_t *pool)
{
    int64_t last;
    int i;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(take_numbers(&last, db, count, pool));
    *first = last - count + 1;
    for (i = 0; i < count; i++) {
        TOKEX_RETURN_ERR(save_row(db, &rows[i], *first + i, pool));
        TOKEX_RETURN_ERR(note_try(db, &rows[i], pool));
    }
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_key_store_save(tokex_db_t *db, tokex_fetched_t *rows, int count,
                                        apr_pool_t *pool)
{
    const tokex_err_t *err;
    int64_t first;
    int i;

    if (count <= 0)
        return NULL;
    err = save_all(&first, db, rows, count, pool);
    if (err) {
        tokex_db_rollback(db);
        return err;
    }
    for (i = 0; i < count; i++)
        rows[i].number = first + i;
    return NULL;
}

static const tokex_err_t *make_due(const tokex_fetched_t **row, tokex_db_t *db, const char *issuer,
                                   const char *url, int64_t now, apr_pool_t *pool)
{
    int64_t number;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(take_numbers(&number, db, 1, pool));
    {
        const tokex_bind_t binds[] = {T("issuer", issuer), T("url", url), I("now", now),
                                      I("number", number)};

        TOKEX_RETURN_ERR(
            tokex_db_run(db, TOKEX_SQL_STATE_ISSUER_KEY_MAKE_DUE, binds, COUNT(binds), NULL, pool));
    }
    TOKEX_RETURN_ERR(tokex_key_store_find(row, db, issuer, url, pool));
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_key_store_make_due(const tokex_fetched_t **row, tokex_db_t *db,
                                            const char *issuer, const char *url, int64_t now,
                                            apr_pool_t *pool)
{
    const tokex_err_t *err = make_due(row, db, issuer, url, now, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

const tokex_err_t *tokex_key_store_remove(tokex_db_t *db, const char *issuer, const char *url,
                                          apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("issuer", issuer), T("url", url)};

    TOKEX_RETURN_ERR(
        tokex_db_run(db, TOKEX_SQL_STATE_ISSUER_KEY_TRY_REMOVE, binds, COUNT(binds), NULL, pool));
    return tokex_db_run(db, TOKEX_SQL_STATE_ISSUER_KEY_REMOVE, binds, COUNT(binds), NULL, pool);
}

const tokex_err_t *tokex_key_store_tries(const tokex_key_try_t **out, int *count, tokex_db_t *db,
                                         const char *issuer, int most, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("issuer", issuer), I("most", most)};
    apr_array_header_t *tries = apr_array_make(pool, 8, sizeof(tokex_key_try_t));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_ISSUER_KEY_TRY_LIST, binds, COUNT(binds), pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        APR_ARRAY_PUSH(tries, tokex_key_try_t) =
            (tokex_key_try_t){tokex_db_text(rows, "url"), tokex_db_integer(rows, "time"),
                              tokex_db_text(rows, "failure")};
    }
    *out = (const tokex_key_try_t *)tries->elts;
    *count = tries->nelts;
    return NULL;
}
