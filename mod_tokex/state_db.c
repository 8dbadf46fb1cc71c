#include "state_db.h"

#include <apr_file_info.h>
#include <apr_strings.h>

#include "monotonic.h"

/* What could not be opened is not tried again before this time, as long as it is the same file. */
#define RETRY_TIME apr_time_from_sec(10)

struct tokex_state_db_t {
    const char *path;
    tokex_db_mode_t mode;
    apr_pool_t *pool;
    apr_pool_t *db_pool; /* NULL: not open */
    tokex_db_t *db;
    apr_dev_t device; /* of the file that is open, or was tried */
    apr_ino_t inode;
    apr_time_t failed; /* when it could not be opened, by tokex_monotonic_now(); 0: it could */
};

tokex_state_db_t *tokex_state_db_create(const char *path, tokex_db_mode_t mode, apr_pool_t *pool)
{
    tokex_state_db_t *state = apr_pcalloc(pool, sizeof(*state));

    state->path = apr_pstrdup(pool, path);
    state->mode = mode;
    state->pool = pool;
    return state;
}

void tokex_state_db_close(tokex_state_db_t *state)
{
    if (state->db_pool)
        apr_pool_destroy(state->db_pool);
    state->db_pool = NULL;
    state->db = NULL;
}

/* An error of a pool that is about to go. */
static const tokex_err_t *keep(const tokex_err_t *err, apr_pool_t *pool)
{
    return err ? tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool)) : NULL;
}

static bool is_same(const tokex_state_db_t *state, const apr_finfo_t *info)
{
    return info->device == state->device && info->inode == state->inode;
}

static const tokex_err_t *open_file(tokex_state_db_t *state, const apr_finfo_t *info,
                                    apr_pool_t *scratch)
{
    const tokex_err_t *err;

    tokex_state_db_close(state);
    apr_pool_create(&state->db_pool, state->pool);
    err = keep(
        tokex_db_open(&state->db, state->path, TOKEX_DB_STATE, state->mode, false, state->db_pool),
        scratch);
    if (err)
        tokex_state_db_close(state);
    /* A lock goes by itself. */
    state->failed = err && err->code != TOKEX_E_DB_BUSY ? tokex_monotonic_now() : 0;
    state->device = info->device;
    state->inode = info->inode;
    return err;
}

const tokex_err_t *tokex_state_db_get(tokex_db_t **out, bool *other, tokex_state_db_t *state,
                                      apr_pool_t *scratch_pool)
{
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, state->path, APR_FINFO_IDENT, scratch_pool);

    *other = false;
    if (rv != APR_SUCCESS && rv != APR_INCOMPLETE) {
        /* Whatever comes in its place is looked at when it comes. */
        state->inode = 0;
        return tokex_err_create(scratch_pool, TOKEX_E_DB_OPEN, NULL, "%s: %pm", state->path, &rv);
    }
    if (!is_same(state, &info)) {
        state->failed = 0;
        tokex_state_db_close(state);
    }
    if (state->failed && tokex_monotonic_now() - state->failed < RETRY_TIME)
        return tokex_err_create(scratch_pool, TOKEX_E_DB_OPEN, NULL,
                                "%s: could not be opened some seconds ago", state->path);
    if (!state->db) {
        *other = true;
        TOKEX_RETURN_ERR(open_file(state, &info, scratch_pool));
    }
    *out = state->db;
    return NULL;
}
