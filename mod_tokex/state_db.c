#include "state_db.h"

#include <apr_file_info.h>
#include <apr_strings.h>

struct tokex_state_db_t {
    const char *path;
    tokex_db_mode_t mode;
    apr_pool_t *pool;
    apr_pool_t *db_pool; /* NULL: not open */
    tokex_db_t *db;
    apr_dev_t device; /* of the file that is open */
    apr_ino_t inode;
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
    if (rv != APR_SUCCESS)
        return tokex_err_create(scratch_pool, TOKEX_E_DB_OPEN, NULL, "%s: %pm", state->path, &rv);
    if (!state->db || info.device != state->device || info.inode != state->inode) {
        *other = true;
        TOKEX_RETURN_ERR(open_file(state, &info, scratch_pool));
    }
    *out = state->db;
    return NULL;
}
