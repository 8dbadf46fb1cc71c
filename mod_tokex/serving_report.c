/* One process of the host tells the tools what all of them serve and count. */
#include "serving_private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <apr_atomic.h>

#include "counters.h"
#include "monotonic.h"
#include "pools.h"
#include "singleton.h"
#include "state_db.h"

/* How often counts that have changed are written, */
#define COUNT_TIME apr_time_from_sec(10)
/* and that nothing has, so that it can be seen that the server runs. */
#define IDLE_TIME apr_time_from_sec(60)
/* Processes serve one generation, two after a change, three where changes follow each other. */
#define SERVINGS_MOST 8

static const struct {
    int count;
    const char *name;
} counted[] = {{TOKEX_COUNT_CACHE_HITS, TOKEX_SERVER_CACHE_HITS},
               {TOKEX_COUNT_CACHE_MISSES, TOKEX_SERVER_CACHE_MISSES},
               {TOKEX_COUNT_CACHE_STORED, TOKEX_SERVER_CACHE_STORED},
               {TOKEX_COUNT_CACHE_UNFIT, TOKEX_SERVER_CACHE_UNFIT},
               {TOKEX_COUNT_CACHE_DROPPED, TOKEX_SERVER_CACHE_DROPPED},
               {TOKEX_COUNT_CACHE_REMOTE_LATE, TOKEX_SERVER_CACHE_REMOTE_LATE},
               {TOKEX_COUNT_CACHE_REMOTE_FAILED, TOKEX_SERVER_CACHE_REMOTE_FAILED}};

#define COUNTED ((int)(sizeof counted / sizeof counted[0]))

typedef struct told_t {
    tokex_serving_t servings[SERVINGS_MOST];
    int serving_count;
    int64_t counts[COUNTED];
    int64_t since;
} told_t;

typedef struct teller_t {
    const char *path;
    apr_uint32_t book;
    apr_pool_t *pool; /* of the singleton's thread; NULL: not begun */
    tokex_state_db_t *state;
    told_t told;        /* what stands there */
    apr_time_t written; /* by tokex_monotonic_now(); 0: nothing yet */
} teller_t;

/* ---- What is so now */

static void add_serving(told_t *now, tokex_serving_place_t *place)
{
    const tokex_serving_t one = {(int64_t)apr_atomic_read64(&place->generation),
                                 (tokex_serving_state_t)(apr_atomic_read32(&place->state) - 1), 1,
                                 (int64_t)apr_atomic_read64(&place->since)};
    int i;

    for (i = 0; i < now->serving_count; i++) {
        tokex_serving_t *same = &now->servings[i];

        if (same->generation != one.generation || same->state != one.state)
            continue;
        same->processes++;
        same->since = one.since > same->since ? one.since : same->since;
        return;
    }
    if (i < SERVINGS_MOST)
        now->servings[now->serving_count++] = one;
}

static void look(told_t *now, const teller_t *teller)
{
    apr_uint64_t counts[TOKEX_COUNTS];
    tokex_serving_place_t *places;
    apr_time_t since = 0;
    int count, i;

    memset(now, 0, sizeof(*now));
    places = tokex_serving_places(&count);
    for (i = 0; i < count; i++) {
        apr_uint32_t pid = apr_atomic_read32(&places[i].pid);

        if (!pid || !apr_atomic_read32(&places[i].state) ||
            apr_atomic_read32(&places[i].book) != teller->book ||
            (kill((pid_t)pid, 0) != 0 && errno == ESRCH))
            continue;
        add_serving(now, &places[i]);
    }
    if (tokex_counters_read(counts, &since))
        for (i = 0; i < COUNTED; i++)
            now->counts[i] = (int64_t)counts[counted[i].count];
    now->since = apr_time_sec(since);
}

/* ---- Telling it */

static bool is_same(const told_t *a, const told_t *b)
{
    int i;

    for (i = 0; i < SERVINGS_MOST; i++)
        if (a->servings[i].generation != b->servings[i].generation ||
            a->servings[i].state != b->servings[i].state ||
            a->servings[i].processes != b->servings[i].processes ||
            a->servings[i].since != b->servings[i].since)
            return false;
    return a->serving_count == b->serving_count;
}

static bool is_due(const teller_t *teller, const told_t *now)
{
    apr_time_t ago = tokex_monotonic_now() - teller->written;

    if (!teller->written || ago >= IDLE_TIME || !is_same(now, &teller->told))
        return true;
    return ago >= COUNT_TIME && memcmp(now->counts, teller->told.counts, sizeof(now->counts)) != 0;
}

static const tokex_err_t *write_down(teller_t *teller, const told_t *now, apr_pool_t *pool)
{
    tokex_server_count_t counts[COUNTED + 2];
    const tokex_serving_report_t report = {now->servings, now->serving_count, counts, COUNTED + 2};
    tokex_db_t *db;
    bool other;
    int i;

    for (i = 0; i < COUNTED; i++)
        counts[i] = (tokex_server_count_t){counted[i].name, now->counts[i]};
    counts[i] = (tokex_server_count_t){TOKEX_SERVER_SINCE, now->since};
    counts[i + 1] = (tokex_server_count_t){TOKEX_SERVER_TOLD, apr_time_sec(apr_time_now())};
    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, teller->state, pool));
    if (other)
        TOKEX_RETURN_ERR(tokex_db_hurry(db, pool));
    return tokex_serving_store_save(db, &report, pool);
}

static bool begin(teller_t *teller)
{
    if (!teller->pool && tokex_pools_create(&teller->pool) == APR_SUCCESS)
        teller->state = tokex_state_db_create(teller->path, TOKEX_DB_TOUCH, teller->pool);
    return teller->state != NULL;
}

/* A state.db that cannot be written is told of by those for whom it matters (state_prune.c,
 * activity_writer.c): who reads this sees when it was told last. */
static void go(void *ctx, volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    teller_t *teller = ctx;
    const tokex_err_t *err;
    told_t now;

    (void)stop;
    look(&now, teller);
    if (!is_due(teller, &now) || !begin(teller))
        return;
    err = write_down(teller, &now, pool);
    if (err && err->code == TOKEX_E_DB_BUSY)
        return;
    teller->told = now;
    teller->written = tokex_monotonic_now();
    if (err)
        tokex_state_db_close(teller->state);
}

void tokex_serving_add(server_rec *s, const char *path, apr_pool_t *pchild)
{
    teller_t *teller = apr_pcalloc(pchild, sizeof(*teller));

    teller->path = path;
    teller->book = tokex_serving_book(s, pchild);
    tokex_singleton_add(go, teller, pchild);
}
