#include "key_watch.h"

#include <apr_file_info.h>

#include "monotonic.h"

/* What could not be opened is tried again after this time. */
#define RETRY_TIME apr_time_from_sec(10)

struct tokex_key_watch_t {
    apr_pool_t *pool;
    const char *path;

    apr_pool_t *db_pool; /* NULL: not open */
    tokex_db_t *db;
    apr_dev_t device; /* of the file that is open */
    apr_ino_t inode;
    int64_t version;   /* of `db`, when the number was last read */
    apr_time_t failed; /* when it could not be read, by tokex_monotonic_now(); 0: it can */
    bool opened;       /* was tried once */

    apr_pool_t *rows_pool; /* NULL: nothing was read so far */
    tokex_signing_rows_t rows;
};

tokex_key_watch_t *tokex_key_watch_create(const char *path, apr_pool_t *pool)
{
    tokex_key_watch_t *watch = apr_pcalloc(pool, sizeof(*watch));

    watch->pool = pool;
    watch->path = path;
    return watch;
}

const tokex_signing_rows_t *tokex_key_watch_rows(const tokex_key_watch_t *watch)
{
    return &watch->rows;
}

static void close_database(tokex_key_watch_t *watch)
{
    if (watch->db_pool)
        apr_pool_destroy(watch->db_pool);
    watch->db_pool = NULL;
    watch->db = NULL;
}

/* An error of a pool that is about to go. */
static const tokex_err_t *keep(const tokex_err_t *err, apr_pool_t *pool)
{
    return err ? tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool)) : NULL;
}

static const tokex_err_t *open_database(tokex_key_watch_t *watch, const apr_finfo_t *info,
                                        apr_pool_t *scratch)
{
    const tokex_err_t *err;

    /* A process that begins has nothing else to serve with, so it waits for a lock. */
    apr_pool_create(&watch->db_pool, watch->pool);
    err = tokex_db_open(&watch->db, watch->path, TOKEX_DB_STATE,
                        watch->opened ? TOKEX_DB_PEEK : TOKEX_DB_READ, false, watch->db_pool);
    watch->opened = true;
    err = keep(err, scratch);
    if (err)
        close_database(watch);
    else
        watch->failed = 0;
    watch->device = info->device;
    watch->inode = info->inode;
    return err;
}

static const tokex_err_t *read_rows(bool *changed, tokex_key_watch_t *watch)
{
    tokex_signing_rows_t rows = {NULL, 0, 0};
    const tokex_err_t *err;
    apr_pool_t *pool;

    apr_pool_create(&pool, watch->pool);
    err = tokex_signing_store_load(&rows, watch->db, pool, pool);
    if (err) {
        err = keep(err, watch->db_pool);
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
static const tokex_err_t *read_changed(bool *changed, tokex_key_watch_t *watch, bool is_new,
                                       apr_pool_t *scratch)
{
    int64_t version, number;

    TOKEX_RETURN_ERR(tokex_db_data_version(&version, watch->db, scratch));
    if (!is_new && version == watch->version)
        return NULL;
    TOKEX_RETURN_ERR(tokex_signing_store_number(&number, watch->db, scratch));
    if (is_new || !watch->rows_pool || number != watch->rows.number)
        TOKEX_RETURN_ERR(read_rows(changed, watch));
    watch->version = version;
    return NULL;
}

static const tokex_err_t *look(bool *changed, tokex_key_watch_t *watch, apr_pool_t *scratch)
{
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, watch->path, APR_FINFO_IDENT, scratch);
    bool is_new = false, is_same;

    if (rv != APR_SUCCESS && rv != APR_INCOMPLETE) {
        /* Whatever comes in its place is looked at when it comes. */
        watch->inode = 0;
        return tokex_err_create(scratch, TOKEX_E_DB_OPEN, NULL, "%s: %pm", watch->path, &rv);
    }
    is_same = info.device == watch->device && info.inode == watch->inode;
    if (watch->db && !is_same)
        close_database(watch);
    if (is_same && watch->failed && tokex_monotonic_now() - watch->failed < RETRY_TIME)
        return NULL;
    if (!watch->db) {
        TOKEX_RETURN_ERR(open_database(watch, &info, scratch));
        is_new = true;
    }
    return read_changed(changed, watch, is_new, scratch);
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
    close_database(watch);
    watch->failed = tokex_monotonic_now();
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
