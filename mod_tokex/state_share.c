#include "state_share.h"

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "state_db.h"

struct tokex_state_share_t {
    const char *path;
    apr_thread_mutex_t *lock; /* of the rest */
    tokex_state_db_t *state;
    unsigned serial;
};

tokex_state_share_t *tokex_state_share_create(const char *path, apr_pool_t *pool)
{
    tokex_state_share_t *share = apr_pcalloc(pool, sizeof(*share));

    share->path = apr_pstrdup(pool, path);
    share->state = tokex_state_db_create(path, TOKEX_DB_PEEK, pool);
    if (apr_thread_mutex_create(&share->lock, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS)
        return NULL;
    return share;
}

const char *tokex_state_share_path(const tokex_state_share_t *share)
{
    return share->path;
}

const tokex_err_t *tokex_state_share_take(tokex_db_t **out, unsigned *serial,
                                          tokex_state_share_t *share, apr_pool_t *scratch_pool)
{
    const tokex_err_t *err;
    bool other;

    apr_thread_mutex_lock(share->lock);
    err = tokex_state_db_get(out, &other, share->state, scratch_pool);
    if (other)
        share->serial++;
    *serial = share->serial;
    return err;
}

void tokex_state_share_give(tokex_state_share_t *share, const tokex_err_t *err)
{
    if (err && err->code != TOKEX_E_DB_BUSY)
        tokex_state_db_close(share->state);
    apr_thread_mutex_unlock(share->lock);
}
