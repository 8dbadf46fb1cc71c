/*
 * The schedule of signing keys: the next one is made when it is time, and those that the schedule
 * made are cleared away when they are dead. All of it in state.db; config.db is the
 * administrator's.
 */
#ifndef TOKEX_KEYS_KEY_SCHEDULE_H
#define TOKEX_KEYS_KEY_SCHEDULE_H

#include "keys/signing_keys.h"

/* Is there anything to do at `now` (seconds)? `joined` is what tokex_signing_keys_join() gave,
 * whose first `own_count` keys are those of config.db. Reads nothing but its arguments. */
bool tokex_key_schedule_is_due(const tokex_config_t *joined, int own_count, int64_t now,
                               apr_pool_t *scratch_pool);

/* What one run did. */
typedef struct tokex_key_schedule_done_t {
    const tokex_signing_key_t *made; /* without their private halves */
    int made_count;
    const char *const *removed; /* kids */
    int removed_count;
} tokex_key_schedule_done_t;

/*
 * Does what is due at `now`, in one write transaction of `state` that looks once more before it
 * makes anything: of several that come at the same moment one makes the key. `config` is that of
 * config.db alone. TOKEX_E_DB_BUSY and other errors of the database: nothing was done.
 */
const tokex_err_t *tokex_key_schedule_run(tokex_key_schedule_done_t *done, tokex_db_t *state,
                                          const tokex_config_t *config, int64_t now,
                                          const tokex_sealer_t *sealer, apr_pool_t *pool);

#endif
