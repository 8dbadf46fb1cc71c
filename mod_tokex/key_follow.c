#include "key_follow.h"

#include <apr_atomic.h>
#include <apr_thread_mutex.h>
#include <http_log.h>

#include "messages.h"

APLOG_USE_MODULE(tokex);

struct tokex_key_follow_t {
    server_rec *s;
    tokex_fetched_keys_t *keys;
    volatile apr_uint64_t changed; /* an apr_time_t */

    apr_thread_mutex_t *lock; /* of what follows */
    apr_pool_t *scratch;      /* of one look */
    tokex_state_share_t *share;
    unsigned serial; /* of `share`, when it was last read */
    int64_t version; /* of the database, when it was last read */
    int64_t number;  /* the last row that was read */
    bool failing;
};

tokex_key_follow_t *tokex_key_follow_create(server_rec *s, tokex_state_share_t *share,
                                            const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    tokex_key_follow_t *follow = apr_pcalloc(pool, sizeof(*follow));
    apr_pool_t *keys_pool;
    const tokex_err_t *err;

    apr_pool_create(&keys_pool, pool);
    apr_pool_create(&follow->scratch, pool);
    follow->s = s;
    follow->share = share;
    err = tokex_fetched_keys_create(&follow->keys, crypt, keys_pool);
    if (!err &&
        apr_thread_mutex_create(&follow->lock, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS)
        err = tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "no lock");
    if (!err)
        return follow;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 TX_KEYS_READ "no keys of issuers are fetched here: %s", tokex_err_text(err, pool));
    return NULL;
}

tokex_fetched_keys_t *tokex_key_follow_keys(tokex_key_follow_t *follow)
{
    return follow->keys;
}

void tokex_key_follow_note(tokex_key_follow_t *follow)
{
    apr_atomic_set64(&follow->changed, (apr_uint64_t)apr_time_now());
}

apr_time_t tokex_key_follow_changed(tokex_key_follow_t *follow)
{
    return (apr_time_t)apr_atomic_read64(&follow->changed);
}

static const tokex_err_t *take_rows(tokex_key_follow_t *follow, tokex_db_t *db)
{
    const tokex_fetched_t *rows;
    int count, i;

    TOKEX_RETURN_ERR(tokex_key_store_changed(&rows, &count, db, follow->number, follow->scratch,
                                             follow->scratch));
    if (count > 0)
        tokex_key_follow_note(follow);
    for (i = 0; i < count; i++) {
        TOKEX_RETURN_ERR(tokex_fetched_keys_put(follow->keys, &rows[i]));
        follow->number = rows[i].number;
    }
    return NULL;
}

static const tokex_err_t *read_changes(tokex_key_follow_t *follow, tokex_db_t *db, unsigned serial)
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
    TOKEX_RETURN_ERR(take_rows(follow, db));
    follow->version = version;
    return NULL;
}

static const tokex_err_t *look(tokex_key_follow_t *follow)
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
static void say(tokex_key_follow_t *follow, const tokex_err_t *err)
{
    if (err && !follow->failing && err->code != TOKEX_E_DB_BUSY)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, follow->s,
                     TX_KEYS_READ "keys of issuers that other processes fetched are not seen here: "
                                  "%s. %s",
                     tokex_err_text(err, follow->scratch), tokex_err_info(err->code)->remedy);
    if (!err && follow->failing)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, follow->s,
                     TX_KEYS_READ "keys of issuers that other processes fetched are seen again");
    if (!err || err->code != TOKEX_E_DB_BUSY)
        follow->failing = err != NULL;
}

void tokex_key_follow_look(tokex_key_follow_t *follow)
{
    const tokex_err_t *err;

    apr_thread_mutex_lock(follow->lock);
    err = look(follow);
    say(follow, err);
    apr_pool_clear(follow->scratch);
    apr_thread_mutex_unlock(follow->lock);
}
