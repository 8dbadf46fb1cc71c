#include "key_refresh.h"

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_log.h>

#include "fetching.h"
#include "key_ask.h"
#include "key_round.h"
#include "messages.h"
#include "monotonic.h"
#include "pools.h"

APLOG_USE_MODULE(tokex);

/* How long a request waits for another one, or another process. */
#define WAIT_TIME apr_time_from_msec(TOKEX_KEY_FETCH_MS)
/* How often it looks for what another process gets, */
#define LOOK_TIME apr_time_from_msec(50)
/* and whether another request of this process has ended: a wait for a condition would go by the
 * clock of the day. */
#define JOIN_TIME apr_time_from_msec(10)
/* Requests that wait, in one process, however many threads it has. */
#define WAITING 16
/* What came so shortly ago, or failed to come, may have done so after the request has looked. */
#define JUST_NOW apr_time_from_sec(2)

/* A request of this process that asks an issuer. Stays for the next one that does. */
typedef struct flight_t {
    bool flying;
    unsigned ended; /* how many have */
    /* Of the last one. */
    bool changed;
    const char *failure; /* a literal; NULL: none */
} flight_t;

struct tokex_key_refresh_t {
    server_rec *s;
    const tokex_crypt_t *crypt;
    volatile apr_uint32_t *stop;
    tokex_key_follow_t *follow;
    tokex_key_ask_t *ask;
    const tokex_fetch_settings_t *settings;        /* for issuers whose sources are JWK Sets */
    const tokex_fetch_settings_t *halved_settings; /* metadata takes two fetches */
    tokex_renewer_t renewer;
    int room; /* for requests that ask or wait */

    apr_thread_mutex_t *lock; /* of what follows */
    apr_pool_t *pool;
    apr_hash_t *flights; /* by the issuer's id */
    int busy;            /* requests that ask or wait */
};

static const tokex_err_t *unavailable(const tokex_policy_issuer_t *issuer, const char *why,
                                      apr_pool_t *pool)
{
    return tokex_err_create(pool, TOKEX_E_KEYS_UNAVAILABLE, NULL, "issuer \"%s\": %s",
                            issuer->config->id, why);
}

/* ---- Asking, and waiting for who asks */

/* Was it asked so shortly ago that no token makes us ask again? */
static bool is_cool(const tokex_key_refresh_t *refresh, const tokex_key_fetch_t *fetch, int64_t now,
                    apr_pool_t *pool)
{
    tokex_fetched_t row;

    return tokex_key_ask_known(&row, refresh->ask, fetch->issuer->config->id, fetch->url, pool) &&
           row.tried > 0 && row.tried <= now && now - row.tried < TOKEX_KEYS_COOLDOWN;
}

static bool is_any_hot(const tokex_key_refresh_t *refresh, const tokex_key_fetch_t *fetches,
                       int count, apr_pool_t *pool)
{
    int64_t now = apr_time_sec(apr_time_now());
    int i;

    for (i = 0; i < count; i++) {
        if (!is_cool(refresh, &fetches[i], now, pool))
            return true;
    }
    return false;
}

/* What a flight does: its sources, those to be asked first, then those that others ask. */
typedef struct plan_t {
    tokex_key_fetch_t *fetches;
    int to_ask;
    int count;
    apr_time_t asked; /* by others, the last time */
} plan_t;

static plan_t make_plan(const tokex_key_refresh_t *refresh, tokex_key_fetch_t *fetches, int count,
                        apr_pool_t *pool)
{
    tokex_key_fetch_t *sorted = apr_pcalloc(pool, (apr_size_t)count * sizeof(*sorted));
    tokex_key_fetch_t *others = apr_pcalloc(pool, (apr_size_t)count * sizeof(*others));
    plan_t plan = {sorted, 0, 0, 0};
    int64_t now = apr_time_sec(apr_time_now());
    int waiting = 0, i;

    for (i = 0; i < count; i++) {
        tokex_key_source_t source = tokex_key_ask_source(refresh->ask, &fetches[i]);
        apr_time_t asked;

        if (is_cool(refresh, &fetches[i], now, pool))
            continue;
        if (tokex_key_claims_take(&asked, &source)) {
            sorted[plan.to_ask++] = fetches[i];
            continue;
        }
        others[waiting++] = fetches[i];
        if (asked > plan.asked)
            plan.asked = asked;
    }
    for (i = 0; i < waiting; i++)
        sorted[plan.to_ask + i] = others[i];
    plan.count = plan.to_ask + waiting;
    return plan;
}

static void drop_claims(const tokex_key_refresh_t *refresh, const plan_t *plan)
{
    int i;

    for (i = 0; i < plan->to_ask; i++) {
        tokex_key_source_t source = tokex_key_ask_source(refresh->ask, &plan->fetches[i]);

        tokex_key_claims_drop(&source);
    }
}

/* In a pool of its own: httpd may undo a request's in the middle of libcurl (prefork). */
static const tokex_err_t *make_fetcher(tokex_fetcher_t **out, apr_pool_t **fetcher_pool,
                                       const tokex_key_refresh_t *refresh,
                                       const tokex_policy_issuer_t *issuer, apr_pool_t *pool)
{
    const tokex_err_t *err;

    if (tokex_pools_create(fetcher_pool) != APR_SUCCESS)
        return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "no memory to fetch with");
    err = tokex_fetching_fetcher(
        out, issuer->config->metadata_url ? refresh->halved_settings : refresh->settings,
        *fetcher_pool);
    if (!err)
        return NULL;
    err = tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool));
    apr_pool_destroy(*fetcher_pool);
    return err;
}

/* Asks what the plan says. NULL, or what was wrong. */
static const char *ask(tokex_key_refresh_t *refresh, const plan_t *plan,
                       const tokex_policy_issuer_t *issuer, bool *changed, apr_pool_t *pool)
{
    const char *failure = NULL;
    tokex_fetcher_t *fetcher;
    apr_pool_t *fetcher_pool;
    const tokex_err_t *err;
    int i;

    if (!plan->to_ask)
        return NULL;
    err = make_fetcher(&fetcher, &fetcher_pool, refresh, issuer, pool);
    if (err) {
        drop_claims(refresh, plan);
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, refresh->s, TX_KEYS_FAILED "issuer \"%s\": %s",
                     issuer->config->id, tokex_err_text(err, pool));
        return "its keys could not be asked for";
    }
    tokex_key_ask_run(refresh->ask, fetcher, plan->fetches, plan->to_ask, refresh->stop, pool);
    apr_pool_destroy(fetcher_pool);
    if (apr_atomic_read32(refresh->stop))
        return "the server ends";
    for (i = 0; i < plan->to_ask; i++) {
        *changed = *changed || plan->fetches[i].changed;
        if (plan->fetches[i].row.failure)
            failure = "its keys could not be fetched";
    }
    return failure;
}

static bool have_others_got_it(const tokex_key_refresh_t *refresh, const plan_t *plan,
                               apr_pool_t *pool)
{
    int i;

    for (i = plan->to_ask; i < plan->count; i++) {
        tokex_fetched_t row;

        if (!tokex_key_ask_known(&row, refresh->ask, plan->fetches[i].issuer->config->id,
                                 plan->fetches[i].url, pool) ||
            row.tried < apr_time_sec(plan->asked))
            return false;
    }
    return true;
}

/* Until what other processes were asking for has come. NULL, or why it has not. */
static const char *wait_for_others(tokex_key_refresh_t *refresh, const plan_t *plan,
                                   apr_pool_t *pool)
{
    apr_time_t left = plan->asked + WAIT_TIME - apr_time_now();
    apr_time_t until = tokex_monotonic_now() + (left < WAIT_TIME ? left : WAIT_TIME);
    apr_pool_t *scratch;
    bool got;

    if (plan->count == plan->to_ask)
        return NULL;
    apr_pool_create(&scratch, pool);
    while (!(got = have_others_got_it(refresh, plan, scratch)) && tokex_monotonic_now() < until &&
           !apr_atomic_read32(refresh->stop)) {
        apr_pool_clear(scratch);
        apr_sleep(LOOK_TIME);
        tokex_key_follow_look(refresh->follow);
    }
    apr_pool_destroy(scratch);
    return got ? NULL : "another process was to ask for its keys, and nothing came of it";
}

/* ---- One flight an issuer */

static flight_t *flight_of(tokex_key_refresh_t *refresh, const char *id)
{
    flight_t *flight = apr_hash_get(refresh->flights, id, APR_HASH_KEY_STRING);

    if (!flight) {
        flight = apr_pcalloc(refresh->pool, sizeof(*flight));
        apr_hash_set(refresh->flights, apr_pstrdup(refresh->pool, id), APR_HASH_KEY_STRING, flight);
    }
    return flight;
}

/* Under the lock. */
static const char *join(tokex_key_refresh_t *refresh, const flight_t *flight, bool *changed)
{
    apr_time_t until = tokex_monotonic_now() + WAIT_TIME;
    unsigned ended = flight->ended;

    while (flight->ended == ended && !apr_atomic_read32(refresh->stop) &&
           tokex_monotonic_now() < until) {
        apr_thread_mutex_unlock(refresh->lock);
        apr_sleep(JOIN_TIME);
        apr_thread_mutex_lock(refresh->lock);
    }
    if (flight->ended == ended)
        return "another request asks for its keys, and it takes too long";
    *changed = flight->changed;
    return flight->failure;
}

static void land(tokex_key_refresh_t *refresh, flight_t *flight, bool changed, const char *failure)
{
    apr_thread_mutex_lock(refresh->lock);
    flight->flying = false;
    flight->ended++;
    flight->changed = changed;
    flight->failure = failure;
    apr_thread_mutex_unlock(refresh->lock);
}

static void keep(tokex_key_refresh_t *refresh, const plan_t *plan, apr_pool_t *pool)
{
    tokex_fetched_t *rows =
        apr_palloc(pool, ((apr_size_t)plan->to_ask + 1) * sizeof(tokex_fetched_t));
    int i;

    for (i = 0; i < plan->to_ask; i++)
        rows[i] = plan->fetches[i].row;
    /* What nobody else can see must not keep others from asking. */
    if (!tokex_key_ask_save(refresh->ask, rows, plan->to_ask, pool))
        drop_claims(refresh, plan);
}

static const char *fly(tokex_key_refresh_t *refresh, flight_t *flight, tokex_key_fetch_t *fetches,
                       int count, bool *changed, apr_pool_t *pool)
{
    plan_t plan = make_plan(refresh, fetches, count, pool);
    const char *failure = ask(refresh, &plan, fetches->issuer, changed, pool);
    bool asked =
        plan.to_ask > 0 && plan.fetches->row.tried > 0 && !apr_atomic_read32(refresh->stop);
    const char *other = wait_for_others(refresh, &plan, pool);

    *changed = *changed || (plan.count > plan.to_ask && !other);
    failure = failure ? failure : other;
    land(refresh, flight, *changed, failure);
    /* Nobody waits any more. */
    if (asked)
        keep(refresh, &plan, pool);
    return failure;
}

/* NULL, or why it is not known whether there are other keys. */
static const char *fly_or_join(tokex_key_refresh_t *refresh, tokex_key_fetch_t *fetches, int count,
                               bool *changed, apr_pool_t *pool)
{
    const char *failure;
    flight_t *flight;

    apr_thread_mutex_lock(refresh->lock);
    flight = flight_of(refresh, fetches->issuer->config->id);
    if (refresh->busy >= refresh->room) {
        apr_thread_mutex_unlock(refresh->lock);
        return "too many requests wait for keys";
    }
    refresh->busy++;
    if (flight->flying) {
        failure = join(refresh, flight, changed);
    } else {
        flight->flying = true;
        apr_thread_mutex_unlock(refresh->lock);
        failure = fly(refresh, flight, fetches, count, changed, pool);
        apr_thread_mutex_lock(refresh->lock);
    }
    refresh->busy--;
    apr_thread_mutex_unlock(refresh->lock);
    return failure;
}

static const tokex_err_t *renew(bool *changed, void *ctx, const tokex_policy_issuer_t *issuer,
                                apr_pool_t *pool)
{
    tokex_key_refresh_t *refresh = ctx;
    tokex_key_fetch_t *fetches;
    const char *failure = NULL;
    int count;

    *changed = false;
    tokex_key_fetch_sources(&fetches, &count, issuer, pool);
    if (count > 0 && is_any_hot(refresh, fetches, count, pool))
        failure = fly_or_join(refresh, fetches, count, changed, pool);
    if (failure && !*changed)
        return unavailable(issuer, failure, pool);
    /* At the end: what others of this process do may come between any two lines above. */
    if (tokex_key_follow_changed(refresh->follow) > apr_time_now() - JUST_NOW)
        *changed = true;
    return NULL;
}

/* ---- The whole */

/* Half of the threads stay for tokens whose keys are there. */
static int room_here(void)
{
    int threads = 1;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS || threads < 2)
        return 1;
    return threads / 2 < WAITING + 1 ? threads / 2 : WAITING + 1;
}

tokex_key_refresh_t *tokex_key_refresh_create(server_rec *s, tokex_state_share_t *share,
                                              const tokex_crypt_t *crypt,
                                              volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    tokex_key_refresh_t *refresh = apr_pcalloc(pool, sizeof(*refresh));
    const tokex_conf_t *conf = tokex_directives_of(s);

    refresh->s = s;
    refresh->crypt = crypt;
    refresh->stop = stop;
    /* Used under the lock; the watch goes on with its own. */
    apr_pool_create(&refresh->pool, pool);
    refresh->room = room_here();
    refresh->settings = tokex_fetching_settings(conf, TOKEX_KEY_FETCH_MS, pool);
    refresh->halved_settings = tokex_fetching_settings(conf, TOKEX_KEY_FETCH_MS / 2, pool);
    refresh->flights = apr_hash_make(refresh->pool);
    refresh->renewer.ctx = refresh;
    refresh->renewer.renew = renew;
    refresh->follow = tokex_key_follow_create(s, share, crypt, pool);
    if (refresh->follow)
        refresh->ask = tokex_key_ask_create(s, refresh->follow, crypt, pool);
    if (!refresh->ask)
        return NULL;
    if (apr_thread_mutex_create(&refresh->lock, APR_THREAD_MUTEX_DEFAULT, pool) == APR_SUCCESS)
        return refresh;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, TX_KEYS_READ "no keys of issuers are fetched here");
    return NULL;
}

tokex_fetched_keys_t *tokex_key_refresh_keys(tokex_key_refresh_t *refresh)
{
    return tokex_key_follow_keys(refresh->follow);
}

const tokex_renewer_t *tokex_key_refresh_renewer(tokex_key_refresh_t *refresh)
{
    return &refresh->renewer;
}

void tokex_key_refresh_look(tokex_key_refresh_t *refresh)
{
    tokex_key_follow_look(refresh->follow);
}

void tokex_key_refresh_go_round(tokex_key_refresh_t *refresh, tokex_live_t *live,
                                apr_pool_t *pchild)
{
    tokex_key_round_add(refresh->ask, live, refresh->settings, pchild);
}
