#include "state_prune.h"

#include <apr_atomic.h>
#include <http_log.h>

#include "activity_config.h"
#include "messages.h"
#include "monotonic.h"
#include "pools.h"
#include "singleton.h"
#include "state_db.h"
#include "store/activity_store.h"
#include "store/refresh_store.h"
#include "store/revocation_store.h"
#include "store/spent_store.h"

APLOG_USE_MODULE(tokex);

/* Rows that go in one transaction: others want to write too, */
#define STEP 500
/* how long it goes on at a time, */
#define GO_TIME apr_time_from_msec(200)
/* and when it looks again after there was nothing left to do. */
#define LOOK_TIME apr_time_from_sec(10)
#define DAY 86400

/* Takes away STEP rows at most, and says how many it were. */
typedef const tokex_err_t *step_t(int *gone, tokex_db_t *db, int64_t now, apr_pool_t *pool);

static const tokex_err_t *prune_activity(int *gone, tokex_db_t *db, int64_t now, apr_pool_t *pool)
{
    const tokex_activity_limits_t limits = tokex_activity_limits();
    const tokex_activity_keep_t keep = {now - (int64_t)limits.days * DAY, now + DAY, limits.rows,
                                        now};

    return tokex_activity_store_prune(gone, db, &keep, STEP, pool);
}

static const tokex_err_t *prune_revocations(int *gone, tokex_db_t *db, int64_t now,
                                            apr_pool_t *pool)
{
    return tokex_revocation_store_prune(gone, db, now, STEP, pool);
}

static const tokex_err_t *prune_refreshes(int *gone, tokex_db_t *db, int64_t now, apr_pool_t *pool)
{
    return tokex_refresh_store_prune(gone, db, now, STEP, pool);
}

static const tokex_err_t *prune_spent(int *gone, tokex_db_t *db, int64_t now, apr_pool_t *pool)
{
    return tokex_spent_store_prune(gone, db, now, STEP, pool);
}

static step_t *const steps[] = {prune_activity, prune_revocations, prune_refreshes, prune_spent};

typedef struct prune_t {
    server_rec *s;
    const char *path;
    apr_pool_t *pool; /* of the singleton's thread; NULL: not begun */
    tokex_state_db_t *state;
    apr_time_t done; /* when nothing was left, by tokex_monotonic_now(); 0: something may be */
    bool failing;
} prune_t;

static bool begin(prune_t *prune)
{
    if (!prune->pool && tokex_pools_create(&prune->pool) == APR_SUCCESS)
        prune->state = tokex_state_db_create(prune->path, TOKEX_DB_TOUCH, prune->pool);
    return prune->state != NULL;
}

static const tokex_err_t *run(prune_t *prune, volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    const apr_time_t until = tokex_monotonic_now() + GO_TIME;
    const int64_t now = apr_time_sec(apr_time_now());
    bool more = false, other;
    tokex_db_t *db;
    size_t i;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, prune->state, pool));
    if (other)
        TOKEX_RETURN_ERR(tokex_db_hurry(db, pool));
    for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int gone = STEP;

        while (gone == STEP && !apr_atomic_read32(stop) && tokex_monotonic_now() < until)
            TOKEX_RETURN_ERR(steps[i](&gone, db, now, pool));
        more = more || gone == STEP;
    }
    prune->done = more ? 0 : tokex_monotonic_now();
    return NULL;
}

/* Who writes for some moments is no failure. */
static void say(prune_t *prune, const tokex_err_t *err, apr_pool_t *pool)
{
    if (err && err->code == TOKEX_E_DB_BUSY)
        return;
    if (err && !prune->failing)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, prune->s,
                     TX_STATE_OLD "what is out of date stays in state.db: %s. %s",
                     tokex_err_text(err, pool), tokex_err_info(err->code)->remedy);
    prune->failing = err != NULL;
}

static void go(void *ctx, volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    prune_t *prune = ctx;
    const tokex_err_t *err;

    if ((prune->done && tokex_monotonic_now() - prune->done < LOOK_TIME) || !begin(prune))
        return;
    err = run(prune, stop, pool);
    say(prune, err, pool);
    if (err && err->code != TOKEX_E_DB_BUSY)
        tokex_state_db_close(prune->state);
}

void tokex_state_prune_add(server_rec *s, const char *path, apr_pool_t *pchild)
{
    prune_t *prune = apr_pcalloc(pchild, sizeof(*prune));

    prune->s = s;
    prune->path = path;
    tokex_singleton_add(go, prune, pchild);
}
