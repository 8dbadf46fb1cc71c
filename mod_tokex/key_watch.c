#include "key_watch.h"

#include "state_db.h"

struct tokex_key_watch_t {
    apr_pool_t *pool;
    tokex_state_db_t *state;
    int64_t version; /* of the database, when the number was last read */
    bool other;      /* nothing was read of this database so far */

    apr_pool_t *rows_pool; /* NULL: nothing was read so far */
    tokex_signing_rows_t rows;
};

tokex_key_watch_t *tokex_key_watch_create(const char *path, apr_pool_t *pool)
{
    tokex_key_watch_t *watch = apr_pcalloc(pool, sizeof(*watch));

    watch->pool = pool;
    watch->state = tokex_state_db_create(path, TOKEX_DB_PEEK, pool);
    return watch;
}

const tokex_signing_rows_t *tokex_key_watch_rows(const tokex_key_watch_t *watch)
{
    return &watch->rows;
}

/* An error of a pool that is about to go. */
static const tokex_err_t *keep(const tokex_err_t *err, apr_pool_t *pool)
{
    return err ? tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool)) : NULL;
}

static const tokex_err_t *read_rows(bool *changed, tokex_key_watch_t *watch, tokex_db_t *db,
                                    apr_pool_t *scratch)
{
    tokex_signing_rows_t rows = {NULL, 0, 0};
    const tokex_err_t *err;
    apr_pool_t *pool;

    apr_pool_create(&pool, watch->pool);
    err = tokex_signing_store_load(&rows, db, pool, pool);
    if (err) {
        err = keep(err, scratch);
        apr_pool_destroy(pool);
        return err;
    }
    *changed = watch->rows_pool || rows.count > 0;
    if (watch->rows_pool)
        apr_pool_destroy(watch->rows_pool);
    watch->rows_pool = pool;
    watch->rows = rows;
    return NULL;
}

/* Everything that the server does is written into this database; few of it are keys. */
static const tokex_err_t *look(bool *changed, tokex_key_watch_t *watch, apr_pool_t *scratch)
{
    int64_t version, number;
    tokex_db_t *db;
    bool is_new;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &is_new, watch->state, scratch));
    watch->other = watch->other || is_new;
    TOKEX_RETURN_ERR(tokex_db_data_version(&version, db, scratch));
    if (!watch->other && version == watch->version)
        return NULL;
    TOKEX_RETURN_ERR(tokex_signing_store_number(&number, db, scratch));
    if (watch->other || !watch->rows_pool || number != watch->rows.number)
        TOKEX_RETURN_ERR(read_rows(changed, watch, db, scratch));
    watch->version = version;
    watch->other = false;
    return NULL;
}

const tokex_err_t *tokex_key_watch_look(bool *changed, tokex_key_watch_t *watch,
                                        apr_pool_t *scratch)
{
    const tokex_err_t *err;

    *changed = false;
    err = look(changed, watch, scratch);
    /* A writer is at work, and the next look will see what it did. */
    if (!err || err->code == TOKEX_E_DB_BUSY)
        return NULL;
    err = keep(err, scratch);
    tokex_state_db_close(watch->state);
    return err;
}

static const tokex_err_t *read_once(tokex_signing_rows_t *out, const char *path, apr_pool_t *pool,
                                    apr_pool_t *scratch)
{
    tokex_db_t *db;

    TOKEX_RETURN_ERR(tokex_db_open(&db, path, TOKEX_DB_STATE, TOKEX_DB_READ, false, scratch));
    return tokex_signing_store_load(out, db, pool, scratch);
}

const tokex_err_t *tokex_key_watch_once(tokex_signing_rows_t *out, const char *path,
                                        apr_pool_t *pool)
{
    const tokex_err_t *err;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, pool);
    err = keep(read_once(out, path, pool, scratch), pool);
    apr_pool_destroy(scratch);
    return err;
}
