#include "store/spent_store.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))
/* Rows that make room for one. */
#define STEP 500

static const tokex_err_t *insert(bool *done, tokex_db_t *db, const tokex_spent_t *row, int most,
                                 int64_t now, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("id", row->id), TOKEX_BIND_T("issuer", row->issuer),
                                  TOKEX_BIND_I("ends", row->ends), TOKEX_BIND_I("now", now),
                                  TOKEX_BIND_I("most", most)};
    int changed = 0;

    *done = false;
    TOKEX_RETURN_ERR(
        tokex_db_run(db, TOKEX_SQL_STATE_SPENT_INSERT, binds, COUNT(binds), &changed, pool));
    *done = changed == 1;
    return NULL;
}

static const tokex_err_t *find(bool *found, tokex_db_t *db, const char *id, int64_t now,
                               apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("id", id), TOKEX_BIND_I("now", now)};
    tokex_rows_t *rows;
    bool more;

    *found = false;
    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_SPENT_FIND, binds, COUNT(binds), pool));
    for (more = true; more;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        *found = *found || more;
    }
    return NULL;
}

static const tokex_err_t *count(int64_t *out, tokex_db_t *db, int64_t now, apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_I("now", now);
    tokex_rows_t *rows;
    bool more;

    *out = 0;
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_SPENT_COUNT, &bind, 1, pool));
    for (more = true; more;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (more)
            *out = tokex_db_integer(rows, "count");
    }
    return NULL;
}

const tokex_err_t *tokex_spent_store_put(tokex_spending_t *out, tokex_db_t *db,
                                         const tokex_spent_t *row, int most, int64_t now,
                                         apr_pool_t *pool)
{
    bool done, before = false;
    int gone;

    *out = TOKEX_SPENDING_BEFORE;
    TOKEX_RETURN_ERR(insert(&done, db, row, most, now, pool));
    if (!done)
        TOKEX_RETURN_ERR(find(&before, db, row->id, now, pool));
    if (before)
        return NULL;
    if (!done) {
        TOKEX_RETURN_ERR(tokex_spent_store_prune(&gone, db, now, STEP, pool));
        TOKEX_RETURN_ERR(insert(&done, db, row, most, now, pool));
    }
    *out = done ? TOKEX_SPENDING_DONE : TOKEX_SPENDING_FULL;
    return NULL;
}

const tokex_err_t *tokex_spent_store_look(tokex_spending_t *out, tokex_db_t *db,
                                          const tokex_spent_t *row, int most, int64_t now,
                                          apr_pool_t *pool)
{
    int64_t rows = 0;
    bool before;

    *out = TOKEX_SPENDING_BEFORE;
    TOKEX_RETURN_ERR(find(&before, db, row->id, now, pool));
    if (before)
        return NULL;
    TOKEX_RETURN_ERR(count(&rows, db, now, pool));
    *out = rows < most ? TOKEX_SPENDING_DONE : TOKEX_SPENDING_FULL;
    return NULL;
}

const tokex_err_t *tokex_spent_store_prune(int *gone, tokex_db_t *db, int64_t now, int most,
                                           apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_I("now", now), TOKEX_BIND_I("most", most)};

    *gone = 0;
    return tokex_db_run(db, TOKEX_SQL_STATE_SPENT_PRUNE, binds, COUNT(binds), gone, pool);
}
