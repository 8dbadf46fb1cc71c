#include "store/revocation_store.h"

#include <apr_strings.h>

/* Rows that are read at a time. */
#define STEP 1000

static const tokex_err_t *take_number(int64_t *out, tokex_db_t *db, apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more;

    *out = 0;
    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_REVOCATION_CHANGE_TAKE, NULL, 0, NULL, pool));
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_REVOCATION_CHANGE, NULL, 0, pool));
    for (more = true; more;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (more)
            *out = tokex_db_integer(rows, "number");
    }
    if (*out < 1)
        return tokex_err_create(pool, TOKEX_E_DB_CORRUPT, NULL,
                                "state.db: revocation_change has lost its row");
    return NULL;
}

const tokex_err_t *tokex_revocation_store_outlast(tokex_revocation_t *row, tokex_db_t *db,
                                                  apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more = row->ends > 0;

    if (!more)
        return NULL;
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_REFRESH_END, NULL, 0, pool));
    while (more) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (more && tokex_db_integer(rows, "ends") + TOKEX_REVOCATION_TAIL > row->ends)
            row->ends = tokex_db_integer(rows, "ends") + TOKEX_REVOCATION_TAIL;
    }
    return NULL;
}

static const tokex_err_t *put(tokex_db_t *db, tokex_revocation_t *row, apr_pool_t *pool)
{
    int64_t number;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(tokex_revocation_store_outlast(row, db, pool));
    TOKEX_RETURN_ERR(take_number(&number, db, pool));
    {
        const tokex_bind_t binds[] = {
            TOKEX_BIND_I("number", number),
            TOKEX_BIND_T("kind", tokex_revocation_kind_name(row->kind)),
            TOKEX_BIND_T("issuer", row->issuer),
            TOKEX_BIND_T("value", row->value),
            TOKEX_BIND_I("issued_before", row->before),
            TOKEX_BIND_I("ends", row->ends),
            TOKEX_BIND_I("created", row->created),
            TOKEX_BIND_T("who", row->who),
            TOKEX_BIND_T("reason", row->reason),
        };

        TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_REVOCATION_PUT, binds,
                                      (int)(sizeof binds / sizeof binds[0]), NULL, pool));
    }
    TOKEX_RETURN_ERR(tokex_db_commit(db, pool));
    row->number = number;
    return NULL;
}

const tokex_err_t *tokex_revocation_store_put(tokex_db_t *db, tokex_revocation_t *row,
                                              apr_pool_t *pool)
{
    const tokex_err_t *err = put(db, row, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

static const tokex_err_t *read_row(tokex_revocation_t *row, tokex_rows_t *rows, apr_pool_t *pool)
{
    const char *kind = tokex_db_text(rows, "kind");

    row->number = tokex_db_integer(rows, "number");
    if (!kind || !tokex_revocation_kind_find(&row->kind, kind))
        return tokex_err_create(pool, TOKEX_E_DB_CORRUPT, NULL,
                                "state.db: revocation %" APR_INT64_T_FMT " is of no known kind",
                                row->number);
    row->issuer = tokex_db_text(rows, "issuer");
    row->value = tokex_db_text(rows, "value");
    row->before = tokex_db_integer(rows, "issued_before");
    row->ends = tokex_db_integer(rows, "ends");
    row->created = tokex_db_integer(rows, "created");
    row->who = tokex_db_text(rows, "who");
    row->reason = tokex_db_text(rows, "reason");
    return NULL;
}

/* What all rows of a statement are handed to. */
typedef struct reader_t {
    tokex_revocation_taker_t *take;
    void *ctx;
    int64_t last; /* number of the last row */
    int count;
} reader_t;

static const tokex_err_t *hand_on(reader_t *reader, tokex_rows_t *rows, apr_pool_t *pool)
{
    tokex_revocation_t row;
    bool more;

    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        TOKEX_RETURN_ERR(read_row(&row, rows, pool));
        TOKEX_RETURN_ERR(reader->take(reader->ctx, &row));
        reader->last = row.number;
        reader->count++;
    }
}

static const tokex_err_t *follow_some(reader_t *reader, tokex_db_t *db, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_I("number", reader->last), TOKEX_BIND_I("most", STEP)};
    tokex_rows_t *rows;

    reader->count = 0;
    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_REVOCATION_CHANGED_LIST, binds, 2, pool));
    return hand_on(reader, rows, pool);
}

/* An error of a pool that is about to go. */
static const tokex_err_t *keep(const tokex_err_t *err, apr_pool_t *pool)
{
    return err ? tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool)) : NULL;
}

const tokex_err_t *tokex_revocation_store_follow(tokex_db_t *db, int64_t *number,
                                                 tokex_revocation_taker_t *take, void *ctx,
                                                 apr_pool_t *scratch_pool)
{
    reader_t reader = {take, ctx, *number, STEP};
    const tokex_err_t *err = NULL;

    while (!err && reader.count == STEP) {
        apr_pool_t *pool;

        apr_pool_create(&pool, scratch_pool);
        err = keep(follow_some(&reader, db, pool), scratch_pool);
        apr_pool_destroy(pool);
        *number = reader.last;
    }
    return err;
}

const tokex_err_t *tokex_revocation_store_list(tokex_db_t *db, tokex_revocation_taker_t *take,
                                               void *ctx, apr_pool_t *scratch_pool)
{
    reader_t reader = {take, ctx, 0, 0};
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_REVOCATION_LIST, NULL, 0, scratch_pool));
    return hand_on(&reader, rows, scratch_pool);
}

static const tokex_err_t *copy_row(void *ctx, const tokex_revocation_t *row)
{
    *(tokex_revocation_t *)ctx = *row;
    return NULL;
}

const tokex_err_t *tokex_revocation_store_find(const tokex_revocation_t **out, tokex_db_t *db,
                                               int64_t number, apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_I("number", number);
    tokex_revocation_t *row = apr_pcalloc(pool, sizeof(*row));
    reader_t reader = {copy_row, row, 0, 0};
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_REVOCATION_FIND, &bind, 1, pool));
    TOKEX_RETURN_ERR(hand_on(&reader, rows, pool));
    *out = reader.count ? row : NULL;
    return NULL;
}

const tokex_err_t *tokex_revocation_store_prune(int *gone, tokex_db_t *db, int64_t now, int most,
                                                apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_I("now", now), TOKEX_BIND_I("most", most)};

    return tokex_db_run(db, TOKEX_SQL_STATE_REVOCATION_PRUNE, binds, 2, gone, pool);
}
