#include "revocation_follow.h"

#include <apr_thread_mutex.h>
#include <http_log.h>

#include "messages.h"
#include "revocation_known.h"
#include "state_db.h"
#include "store/revocation_store.h"

APLOG_USE_MODULE(tokex);

/* Looks at the beginning at a database that is locked, each of which waits 200 ms. */
#define FIRST_LOOKS 25

/* state.db, and the lock under which one thread at a time uses it. */
typedef struct handle_t {
    apr_thread_mutex_t *lock;
    tokex_state_db_t *state;
    apr_pool_t *scratch;
} handle_t;

struct tokex_revocation_follow_t {
    server_rec *s;
    tokex_revocations_t *set; /* changed under `lock` */
    apr_thread_mutex_t *lock;
    apr_pool_t *scratch; /* of one look; under that lock, as all down to `failing` */
    tokex_state_share_t *share;
    unsigned serial; /* of `share`, when it was last read */
    int64_t version; /* of the database, then */
    int64_t number;  /* the last row that was read */
    bool failing;
    handle_t writing;
};

static const tokex_err_t *make_lock(apr_thread_mutex_t **lock, apr_pool_t *pool)
{
    if (apr_thread_mutex_create(lock, APR_THREAD_MUTEX_DEFAULT, pool) == APR_SUCCESS)
        return NULL;
    return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "no lock");
}

static const tokex_err_t *make(tokex_revocation_follow_t *follow, apr_pool_t *pool)
{
    const char *path = tokex_state_share_path(follow->share);
    apr_pool_t *set_pool;

    apr_pool_create(&set_pool, pool);
    follow->set = tokex_revocation_known(path);
    if (!follow->set)
        TOKEX_RETURN_ERR(tokex_revocations_create(&follow->set, set_pool));
    apr_pool_create(&follow->scratch, pool);
    apr_pool_create(&follow->writing.scratch, pool);
    follow->writing.state = tokex_state_db_create(path, TOKEX_DB_TOUCH, pool);
    TOKEX_RETURN_ERR(make_lock(&follow->lock, pool));
    return make_lock(&follow->writing.lock, pool);
}

tokex_revocation_follow_t *tokex_revocation_follow_create(server_rec *s, tokex_state_share_t *share,
                                                          apr_pool_t *pool)
{
    tokex_revocation_follow_t *follow = apr_pcalloc(pool, sizeof(*follow));
    const tokex_err_t *err;

    follow->s = s;
    follow->share = share;
    err = make(follow, pool);
    if (!err)
        return follow;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, TX_REVOCATIONS "nothing can be taken back here: %s",
                 tokex_err_text(err, pool));
    return NULL;
}

tokex_revocations_t *tokex_revocation_follow_set(tokex_revocation_follow_t *follow)
{
    return follow->set;
}

static const tokex_err_t *take(void *ctx, const tokex_revocation_t *row)
{
    tokex_revocation_follow_t *follow = ctx;

    return tokex_revocations_put(follow->set, row, apr_time_sec(apr_time_now()));
}

static const tokex_err_t *read_changes(tokex_revocation_follow_t *follow, tokex_db_t *db,
                                       unsigned serial)
{
    int64_t version;

    if (serial != follow->serial) {
        follow->number = 0;
        follow->version = -1;
        follow->serial = serial;
    }
    TOKEX_RETURN_ERR(tokex_db_data_version(&version, db, follow->scratch));
    if (version == follow->version)
        return NULL;
    TOKEX_RETURN_ERR(
        tokex_revocation_store_follow(db, &follow->number, take, follow, follow->scratch));
    follow->version = version;
    return NULL;
}

static const tokex_err_t *look(tokex_revocation_follow_t *follow)
{
    tokex_db_t *db;
    unsigned serial;
    const tokex_err_t *err = tokex_state_share_take(&db, &serial, follow->share, follow->scratch);

    if (!err)
        err = read_changes(follow, db, serial);
    tokex_state_share_give(follow->share, err);
    return err;
}

/* Who writes for some moments is no failure. */
static void say(tokex_revocation_follow_t *follow, const tokex_err_t *err)
{
    if (err && err->code == TOKEX_E_DB_BUSY)
        return;
    if (err && !follow->failing)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, follow->s,
                     TX_REVOCATIONS "tokens that are taken back now stay good in this process: %s. "
                                    "%s",
                     tokex_err_text(err, follow->scratch), tokex_err_info(err->code)->remedy);
    if (!err && follow->failing)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, follow->s,
                     TX_REVOCATIONS "tokens that are taken back are seen here again");
    follow->failing = err != NULL;
}

/* Returns whether another one would be of use. `*out` in `pool`; NULL: nobody wants to know why. */
static bool look_once(const tokex_err_t **out, tokex_revocation_follow_t *follow, apr_pool_t *pool)
{
    const tokex_err_t *err;
    bool busy;

    apr_thread_mutex_lock(follow->lock);
    err = look(follow);
    busy = err && err->code == TOKEX_E_DB_BUSY;
    say(follow, err);
    if (out)
        *out = err ? tokex_err_create(pool, err->code, NULL, "%s",
                                      tokex_err_text(err, follow->scratch))
                   : NULL;
    apr_pool_clear(follow->scratch);
    apr_thread_mutex_unlock(follow->lock);
    return busy;
}

const tokex_err_t *tokex_revocation_follow_read(tokex_revocation_follow_t *follow, apr_pool_t *pool)
{
    const tokex_err_t *err;

    (void)look_once(&err, follow, pool);
    return err;
}

void tokex_revocation_follow_look(tokex_revocation_follow_t *follow)
{
    (void)look_once(NULL, follow, NULL);
}

void tokex_revocation_follow_begin(tokex_revocation_follow_t *follow)
{
    int i;

    for (i = 0; i < FIRST_LOOKS && look_once(NULL, follow, NULL); i++)
        continue;
}

static const tokex_err_t *write_row(handle_t *handle, tokex_revocation_t *row)
{
    tokex_db_t *db;
    bool other;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, handle->state, handle->scratch));
    return tokex_revocation_store_put(db, row, handle->scratch);
}

static const tokex_err_t *keep(tokex_revocation_follow_t *follow, tokex_revocation_t *row,
                               apr_pool_t *pool)
{
    handle_t *handle = &follow->writing;
    const tokex_err_t *err;

    apr_thread_mutex_lock(handle->lock);
    err = write_row(handle, row);
    if (err && err->code != TOKEX_E_DB_BUSY)
        tokex_state_db_close(handle->state);
    if (err)
        err = tokex_err_create(pool, TOKEX_E_REVOKE_STORE, NULL, "%s",
                               tokex_err_text(err, handle->scratch));
    apr_pool_clear(handle->scratch);
    apr_thread_mutex_unlock(handle->lock);
    return err;
}

const tokex_err_t *tokex_revocation_follow_add(tokex_revocation_follow_t *follow,
                                               tokex_revocation_t *row, apr_pool_t *pool)
{
    const tokex_err_t *err;

    TOKEX_RETURN_ERR(keep(follow, row, pool));
    apr_thread_mutex_lock(follow->lock);
    err = take(follow, row);
    apr_thread_mutex_unlock(follow->lock);
    return err ? tokex_err_create(pool, TOKEX_E_REVOKE_STORE, NULL,
                                  "it is kept, but this process has no memory for it")
               : NULL;
}
