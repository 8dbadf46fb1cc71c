#include "keys/key_schedule.h"

#include <apr_tables.h>

bool tokex_key_schedule_is_due(const tokex_config_t *joined, int own_count, int64_t now,
                               apr_pool_t *scratch_pool)
{
    const tokex_key_life_t *lives;
    int64_t activates;
    for (int i = 0; i < joined->signing_count; i++)
        if (tokex_key_life_due(&activates, joined, &joined->signing[i], now))
            return true;
    if (joined->signing_key_count == own_count)
        return false;
    lives = tokex_key_life(joined, now, scratch_pool);
    for (int i = own_count; i < joined->signing_key_count; i++)
        if (lives[i].state == TOKEX_KEY_DEAD)
            return true;
    return false;
}

typedef struct work_t {
    tokex_db_t *state;
    const tokex_config_t *config; /* of config.db alone */
    const tokex_config_t *joined; /* with what state.db holds at this moment */
    int64_t now;
    const tokex_sealer_t *sealer;
    apr_pool_t *pool;
    apr_array_header_t *made;
    apr_array_header_t *removed;
} work_t;

static const tokex_err_t *make_due(work_t *work)
{
    for (int i = 0; i < work->joined->signing_count; i++) {
        const tokex_signing_t *signing = &work->joined->signing[i];
        tokex_signing_key_t key = {.kid = NULL};
        int64_t activates;
        if (!tokex_key_life_due(&activates, work->joined, signing, work->now))
            continue;
        TOKEX_RETURN_ERR(tokex_signing_keys_make(&key, signing->algorithm, work->now, activates,
                                                 work->sealer, work->pool));
        TOKEX_RETURN_ERR(tokex_signing_store_insert(work->state, &key, work->pool));
        key.sealed = NULL;
        APR_ARRAY_PUSH(work->made, tokex_signing_key_t) = key;
    }
    return NULL;
}

static const tokex_err_t *remove_dead(work_t *work)
{
    const tokex_config_t *joined = work->joined;
    const tokex_key_life_t *lives = tokex_key_life(joined, work->now, work->pool);
    for (int i = work->config->signing_key_count; i < joined->signing_key_count; i++) {
        const char *kid = joined->signing_keys[i].kid;
        if (lives[i].state != TOKEX_KEY_DEAD)
            continue;
        TOKEX_RETURN_ERR(tokex_signing_store_remove(NULL, work->state, kid, work->pool));
        APR_ARRAY_PUSH(work->removed, const char *) = kid;
    }
    return NULL;
}

static const tokex_err_t *run(work_t *work)
{
    /* What is left out was told where keys are loaded. */
    tokex_faults_t *faults = tokex_config_faults_create(work->pool);
    tokex_signing_rows_t rows;
    TOKEX_RETURN_ERR(tokex_db_begin(work->state, true, work->pool));
    TOKEX_RETURN_ERR(tokex_signing_store_read(&rows, work->state, work->pool, work->pool));
    TOKEX_RETURN_ERR(tokex_signing_keys_join(&work->joined, work->config, &rows, work->sealer,
                                             faults, work->pool));
    TOKEX_RETURN_ERR(make_due(work));
    TOKEX_RETURN_ERR(remove_dead(work));
    return tokex_db_commit(work->state, work->pool);
}

const tokex_err_t *tokex_key_schedule_run(tokex_key_schedule_done_t *done, tokex_db_t *state,
                                          const tokex_config_t *config, int64_t now,
                                          const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    work_t work = {.state = state,
                   .config = config,
                   .now = now,
                   .sealer = sealer,
                   .pool = pool,
                   .made = apr_array_make(pool, 2, sizeof(tokex_signing_key_t)),
                   .removed = apr_array_make(pool, 2, sizeof(const char *))};
    const tokex_err_t *err = run(&work);
    if (err) {
        tokex_db_rollback(state);
        return err;
    }
    done->made = (const tokex_signing_key_t *)work.made->elts;
    done->made_count = work.made->nelts;
    done->removed = (const char *const *)work.removed->elts;
    done->removed_count = work.removed->nelts;
    return NULL;
}
