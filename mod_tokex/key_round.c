#include "fetching.h"
#include "key_round.h"

#include <apr_atomic.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <http_log.h>

#include "messages.h"
#include "monotonic.h"
#include "pools.h"
#include "singleton.h"

APLOG_USE_MODULE(tokex);

/* Sources that are asked at the same time. */
#define TOGETHER 16
/* How long one round goes on; what is left waits for the next one. */
#define ROUND_TIME apr_time_from_sec(1)
/* Seconds after which all are looked at, whatever they said the last time. */
#define QUIET_MOST 30
/* Sources that are looked at before memory is given back. */
#define STRIDE 512

typedef struct round_t {
    tokex_key_ask_t *ask;
    tokex_live_t *live;
    const tokex_fetch_settings_t *settings;

    /* Of the one process that goes the round. */
    bool gone;                /* once: what failed is asked again at once after a restart */
    apr_pool_t *pool;         /* NULL: not yet */
    tokex_fetcher_t *fetcher; /* keeps connections from round to round */
    int64_t pruned;           /* generation whose sources alone have rows; 0: none */
    int64_t looked;           /* generation whose sources were looked at, */
    int64_t quiet_until;      /* of which none is due before that; seconds */
    apr_time_t changed;       /* what came last, when they were looked at */
    apr_pool_t *unkept_pool;
    apr_hash_t *unkept; /* sources whose rows could not be kept: name -> unkept_t */
} round_t;

typedef struct unkept_t {
    const char *issuer;
    const char *url;
} unkept_t;

static const char *name_of(const char *issuer, const char *url, apr_pool_t *pool)
{
    return apr_pstrcat(pool, issuer, "\n", url, NULL);
}

/* ---- What is due */

/* What one round found. */
typedef struct haul_t {
    const round_t *round;
    int64_t now;
    tokex_key_fetch_t fetches[TOGETHER];
    int count;
    int64_t quiet_until; /* of what is not due, the next; seconds */
    apr_pool_t *scratch; /* of the look */
} haul_t;

static void be_quiet_until(haul_t *haul, int64_t then)
{
    if (then < haul->quiet_until)
        haul->quiet_until = then;
}

static void consider(haul_t *haul, const tokex_key_fetch_t *fetch)
{
    tokex_key_source_t source = tokex_key_ask_source(haul->round->ask, fetch);
    tokex_fetched_t row;
    apr_time_t asked;

    if (tokex_key_ask_known(&row, haul->round->ask, fetch->issuer->config->id, fetch->url,
                            haul->scratch) &&
        row.fresh_until > haul->now && (haul->round->gone || !row.failure)) {
        be_quiet_until(haul, row.fresh_until);
        return;
    }
    be_quiet_until(haul, haul->now);
    /* A request may be at it. */
    if (tokex_key_claims_take(&asked, &source))
        haul->fetches[haul->count++] = *fetch;
}

static void consider_issuer(haul_t *haul, const tokex_policy_issuer_t *issuer)
{
    tokex_key_fetch_t *fetches;
    int count, i;

    if (issuer->is_self || !issuer->config->enabled ||
        !tokex_policy_has_key_sources(issuer->config))
        return;
    tokex_key_fetch_sources(&fetches, &count, issuer, haul->scratch);
    for (i = 0; i < count && haul->count < TOGETHER; i++)
        consider(haul, &fetches[i]);
}

static void look_for_due(haul_t *haul, const tokex_policy_t *policy)
{
    const tokex_policy_issuer_t *const *issuers;
    int count, i;

    issuers = tokex_policy_issuers(policy, &count);
    for (i = 0; i < count && haul->count < TOGETHER; i++) {
        consider_issuer(haul, issuers[i]);
        if (i % STRIDE == STRIDE - 1)
            apr_pool_clear(haul->scratch);
    }
}

/* ---- Rows that could not be kept */

static void note_unkept(round_t *round, const haul_t *haul)
{
    int i;

    for (i = 0; i < haul->count; i++) {
        const tokex_fetched_t *row = &haul->fetches[i].row;
        const char *name = name_of(row->issuer, row->url, round->unkept_pool);
        unkept_t *unkept;

        if (apr_hash_get(round->unkept, name, APR_HASH_KEY_STRING))
            continue;
        unkept = apr_palloc(round->unkept_pool, sizeof(*unkept));
        unkept->issuer = apr_pstrdup(round->unkept_pool, row->issuer);
        unkept->url = apr_pstrdup(round->unkept_pool, row->url);
        apr_hash_set(round->unkept, name, APR_HASH_KEY_STRING, unkept);
    }
}

static void forget_unkept(round_t *round)
{
    apr_pool_clear(round->unkept_pool);
    round->unkept = apr_hash_make(round->unkept_pool);
}

/* By now there may be something newer than what could not be kept then. */
static void keep_unkept(round_t *round, apr_pool_t *pool)
{
    apr_array_header_t *rows;
    apr_hash_index_t *i;

    if (!apr_hash_count(round->unkept))
        return;
    rows = apr_array_make(pool, (int)apr_hash_count(round->unkept), sizeof(tokex_fetched_t));
    for (i = apr_hash_first(pool, round->unkept); i; i = apr_hash_next(i)) {
        const unkept_t *unkept = apr_hash_this_val(i);
        tokex_fetched_t row;

        if (tokex_key_ask_known(&row, round->ask, unkept->issuer, unkept->url, pool))
            APR_ARRAY_PUSH(rows, tokex_fetched_t) = row;
    }
    if (tokex_key_ask_save(round->ask, (tokex_fetched_t *)rows->elts, rows->nelts, pool))
        forget_unkept(round);
}

/* ---- Rows that nobody needs any more */

typedef struct named_t {
    const tokex_policy_t *policy;
    apr_hash_t *sources; /* "issuer\nurl" */
    apr_pool_t *pool;
} named_t;

static bool is_named(void *ctx, const tokex_fetched_t *row)
{
    const named_t *named = ctx;

    return apr_hash_get(named->sources, name_of(row->issuer, row->url, named->pool),
                        APR_HASH_KEY_STRING) != NULL;
}

static void prune(round_t *round, const tokex_site_t *site, apr_pool_t *pool)
{
    named_t named = {site->engine.policy, apr_hash_make(pool), pool};
    const tokex_policy_issuer_t *const *issuers;
    tokex_key_fetch_t *fetches;
    int count, sources, i, j;

    if (round->pruned == site->generation)
        return;
    issuers = tokex_policy_issuers(named.policy, &count);
    for (i = 0; i < count; i++) {
        tokex_key_fetch_sources(&fetches, &sources, issuers[i], pool);
        for (j = 0; j < sources; j++)
            apr_hash_set(named.sources, name_of(issuers[i]->config->id, fetches[j].url, pool),
                         APR_HASH_KEY_STRING, &named);
    }
    if (tokex_key_ask_prune(round->ask, is_named, &named, pool))
        round->pruned = site->generation;
}

/* ---- The whole */

static bool begin(round_t *round)
{
    if (round->pool)
        return true;
    if (tokex_pools_create(&round->pool) != APR_SUCCESS)
        return false;
    apr_pool_create(&round->unkept_pool, round->pool);
    forget_unkept(round);
    return true;
}

/* Only once there is something to ask. */
static bool has_fetcher(round_t *round)
{
    if (!round->fetcher && tokex_fetching_fetcher(&round->fetcher, round->settings, round->pool))
        round->fetcher = NULL;
    return round->fetcher != NULL;
}

/* Returns whether there may be more. */
static bool ask_some(round_t *round, const tokex_site_t *site, volatile apr_uint32_t *stop,
                     apr_pool_t *pool)
{
    haul_t haul = {.round = round, .now = apr_time_sec(apr_time_now())};
    tokex_fetched_t rows[TOGETHER];
    int i;

    if (round->looked == site->generation && haul.now < round->quiet_until &&
        round->changed == tokex_key_ask_changed(round->ask))
        return false;
    round->changed = tokex_key_ask_changed(round->ask);
    haul.quiet_until = haul.now + QUIET_MOST;
    apr_pool_create(&haul.scratch, pool);
    look_for_due(&haul, site->engine.policy);
    round->looked = site->generation;
    round->quiet_until = haul.quiet_until;
    if (haul.count && !has_fetcher(round))
        return false;
    if (haul.count)
        tokex_key_ask_run(round->ask, round->fetcher, haul.fetches, haul.count, stop, pool);
    if (!haul.count || apr_atomic_read32(stop))
        return false;
    for (i = 0; i < haul.count; i++)
        rows[i] = haul.fetches[i].row;
    if (!tokex_key_ask_save(round->ask, rows, haul.count, pool))
        note_unkept(round, &haul);
    return haul.count == TOGETHER;
}

static void go(void *ctx, volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    round_t *round = ctx;
    apr_time_t until = tokex_monotonic_now() + ROUND_TIME;
    const tokex_site_t *site = tokex_live_hold(round->live, pool);
    apr_pool_t *some;
    bool more = true;

    if (!site || !begin(round))
        return;
    prune(round, site, pool);
    keep_unkept(round, pool);
    apr_pool_create(&some, pool);
    while (more && !apr_atomic_read32(stop) && tokex_monotonic_now() < until) {
        more = ask_some(round, site, stop, some);
        apr_pool_clear(some);
    }
    /* Somebody may have restarted the server because of what failed. */
    round->gone = round->gone || !more;
}

void tokex_key_round_add(tokex_key_ask_t *ask, tokex_live_t *live,
                         const tokex_fetch_settings_t *settings, apr_pool_t *pchild)
{
    round_t *round = apr_pcalloc(pchild, sizeof(*round));

    round->ask = ask;
    round->live = live;
    round->settings = settings;
    tokex_singleton_add(go, round, pchild);
}
