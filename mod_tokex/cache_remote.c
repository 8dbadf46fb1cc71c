#include "cache_remote.h"

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <http_log.h>

#include "cache_crew.h"
#include "cache_seal.h"
#include "counters.h"
#include "messages.h"
#include "monotonic.h"

APLOG_USE_MODULE(tokex);

#define THREADS_MAX 4
/* How long nobody asks after a failure; then one request does, for all. */
#define REST apr_time_from_sec(1)
/* Stores count in whole seconds and round down. */
#define LIFE_LEAST 2

/* Made by the parent, inherited. */
static tokex_cache_store_t store;
static server_rec *server;

/* Monotonic; 0: all is well. */
static volatile apr_uint64_t rest_until;
static volatile apr_uint32_t is_failing; /* and it was said */

void tokex_cache_remote_start(const tokex_cache_store_t *made, apr_pool_t *pconf, server_rec *main)
{
    tokex_cache_store_keep(&store, made, pconf);
    server = main;
}

bool tokex_cache_remote_is_there(void)
{
    return store.instance != NULL;
}

/* ---- Is it well? */

static bool may_ask(void)
{
    apr_uint64_t rest = apr_atomic_read64(&rest_until);
    apr_uint64_t now;

    if (rest == 0)
        return true;
    now = (apr_uint64_t)tokex_monotonic_now();
    /* Of all who come when the rest is over, one sees how it is. */
    return now >= rest && apr_atomic_cas64(&rest_until, now + REST, rest) == rest;
}

static void note_failure(apr_status_t rv)
{
    bool late = APR_STATUS_IS_TIMEUP(rv);

    apr_atomic_set64(&rest_until, (apr_uint64_t)(tokex_monotonic_now() + REST));
    tokex_counters_add(late ? TOKEX_COUNT_CACHE_REMOTE_LATE : TOKEX_COUNT_CACHE_REMOTE_FAILED);
    if (apr_atomic_cas32(&is_failing, 1, 0) == 0)
        ap_log_error(APLOG_MARK, APLOG_WARNING, late ? 0 : rv, server,
                     TX_CACHE_REMOTE
                     "the store of TokexCache, %s, %s. Requests are decided without "
                     "it; it is asked again each second.",
                     store.provider->name, late ? "did not answer in time" : "could not be used");
}

static void note_success(void)
{
    apr_atomic_set64(&rest_until, 0);
    if (apr_atomic_cas32(&is_failing, 0, 1) == 1)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                     TX_CACHE_REMOTE "the store of TokexCache, %s, can be used again",
                     store.provider->name);
}

/* Nothing found says little: a client library that has given its server up says so too. Whoever
 * puts something next will know. */
static void note_nothing(void)
{
    if (apr_atomic_read32(&is_failing))
        apr_atomic_set64(&rest_until, 1);
}

static void told(tokex_cache_verb_t verb, apr_status_t rv)
{
    if (rv == APR_SUCCESS)
        note_success();
    else if (verb == TOKEX_CACHE_PUT)
        note_failure(rv);
}

/* ---- The calls */

void tokex_cache_remote_child(apr_pool_t *pchild, server_rec *main)
{
    int threads = 1;

    if (!store.instance)
        return;
    (void)ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    threads = threads < 2 ? 2 : threads > THREADS_MAX ? THREADS_MAX : threads;
    if (tokex_cache_crew_start(&store, threads, told, pchild, main))
        return;
    store.instance = NULL;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, main,
                 TX_CACHE_REMOTE "no thread could be made, so this process does without the store "
                                 "of TokexCache. Raise the limit of threads.");
}

static tokex_cache_sealer_t sealer_of(const tokex_cache_entry_t *entry)
{
    tokex_cache_sealer_t sealer = {entry->master, entry->crypt, entry->key};

    return sealer;
}

bool tokex_cache_remote_get(tokex_cache_value_t *out, const tokex_cache_entry_t *entry,
                            request_rec *r)
{
    tokex_cache_errand_t errand = {TOKEX_CACHE_GET, entry->key, {NULL, 0}, 0};
    tokex_cache_sealer_t sealer = sealer_of(entry);
    tokex_cache_value_t sealed;
    apr_status_t rv;

    if (!store.instance || !may_ask())
        return false;
    rv = tokex_cache_crew_fetch(&sealed, &errand, r->pool);
    if (rv == APR_NOTFOUND)
        note_nothing();
    else if (rv != APR_SUCCESS)
        note_failure(rv);
    if (rv != APR_SUCCESS)
        return false;
    note_success();
    if (!tokex_cache_unseal(out, &sealer, &sealed, r->pool))
        return true;
    /* Somebody else has written there: it is no answer, but it came. */
    tokex_counters_one(r, TOKEX_COUNT_CACHE_REMOTE_FAILED);
    return false;
}

void tokex_cache_remote_put(const tokex_cache_entry_t *entry, const tokex_cache_value_t *value,
                            int64_t until, request_rec *r)
{
    tokex_cache_errand_t errand = {
        TOKEX_CACHE_PUT, entry->key, {NULL, 0}, apr_time_from_sec(until)};
    tokex_cache_sealer_t sealer = sealer_of(entry);

    if (!store.instance || until - apr_time_sec(apr_time_now()) < LIFE_LEAST || !may_ask())
        return;
    if (tokex_cache_seal(&errand.value, &sealer, value, r->pool) || !tokex_cache_crew_send(&errand))
        tokex_counters_one(r, TOKEX_COUNT_CACHE_REMOTE_FAILED);
}

/* Also while it is not well: what is not forgotten there would be found again. */
void tokex_cache_remote_drop(const tokex_cache_entry_t *entry, request_rec *r)
{
    tokex_cache_errand_t errand = {TOKEX_CACHE_DROP, entry->key, {NULL, 0}, 0};

    if (store.instance && !tokex_cache_crew_send(&errand))
        tokex_counters_one(r, TOKEX_COUNT_CACHE_REMOTE_FAILED);
}
