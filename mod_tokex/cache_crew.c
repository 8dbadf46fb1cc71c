#include "cache_crew.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#include "monotonic.h"
#include "pools.h"
#include "threads.h"

/* Sealed, a value is by a third longer. */
#define FOUND_MAX (TOKEX_CACHE_VALUE_MAX / 3 * 4 + 128)
#define QUEUE_MAX 64
/* How long an idle thread sleeps before it looks whether the child ends: it is called awake then,
 * but may miss the call. */
#define SLEEP apr_time_from_msec(500)
#define END_MILLISECONDS 1000

/* On its way from a request to a thread and, where somebody waits, back. Freed by the thread, or by
 * the one who waited in time. */
typedef struct job_t job_t;
struct job_t {
    tokex_cache_verb_t verb;
    unsigned char key[TOKEX_CACHE_KEY_LEN];
    apr_time_t expiry;
    unsigned char *octets; /* to be put; or what was found */
    unsigned int len;
    apr_status_t rv;
    bool is_awaited; /* under the lock */
    bool is_done;    /* under the lock */
    job_t *next;
};

typedef struct crew_t {
    tokex_cache_store_t store;
    server_rec *server;
    tokex_cache_told_t *told;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;
    pthread_cond_t done;
    job_t *first, **last;
    int queued;

    volatile apr_uint32_t stop;
    volatile apr_uint32_t alive; /* threads */
} crew_t;

/* Of this child; made before its first request, and never freed. */
static crew_t *crew;

static void free_job(job_t *job)
{
    free(job->octets);
    free(job);
}

/* ---- The threads */

typedef struct desk_t {
    apr_pool_t *pool;    /* never cleared: the lock of its allocator is in it */
    apr_pool_t *scratch; /* of one job */
    unsigned char *found;
} desk_t;

static apr_status_t fetch(job_t *job, const desk_t *desk)
{
    unsigned int len = FOUND_MAX;
    apr_status_t rv =
        crew->store.provider->retrieve(crew->store.instance, crew->server, job->key,
                                       TOKEX_CACHE_KEY_LEN, desk->found, &len, desk->scratch);

    if (rv != APR_SUCCESS)
        return rv;
    if (len == 0 || len > FOUND_MAX)
        return APR_EGENERAL;
    job->octets = malloc(len);
    if (!job->octets)
        return APR_ENOMEM;
    memcpy(job->octets, desk->found, len);
    job->len = len;
    return APR_SUCCESS;
}

static apr_status_t perform(job_t *job, const desk_t *desk)
{
    const ap_socache_provider_t *provider = crew->store.provider;

    switch (job->verb) {
    case TOKEX_CACHE_GET:
        return fetch(job, desk);
    case TOKEX_CACHE_PUT:
        return provider->store(crew->store.instance, crew->server, job->key, TOKEX_CACHE_KEY_LEN,
                               job->expiry, job->octets, job->len, desk->scratch);
    case TOKEX_CACHE_DROP:
        break;
    }
    return provider->remove(crew->store.instance, crew->server, job->key, TOKEX_CACHE_KEY_LEN,
                            desk->scratch);
}

/* Under the lock. NULL: there is none after a while. */
static job_t *take_job(void)
{
    job_t *job = crew->first;

    if (!job) {
        (void)tokex_monotonic_cond_wait(&crew->work, &crew->lock, tokex_monotonic_now() + SLEEP);
        return NULL;
    }
    crew->first = job->next;
    if (!crew->first)
        crew->last = &crew->first;
    crew->queued--;
    return job;
}

/* Behind a server that did not answer there may be questions whose requests have gone on. */
static bool is_wanted(const job_t *job)
{
    bool wanted;

    pthread_mutex_lock(&crew->lock);
    wanted = job->verb != TOKEX_CACHE_GET || job->is_awaited;
    pthread_mutex_unlock(&crew->lock);
    return wanted;
}

/* True: nobody waits for it, or not any more. */
static bool hand_back(job_t *job, apr_status_t rv)
{
    bool is_awaited;

    pthread_mutex_lock(&crew->lock);
    is_awaited = job->is_awaited;
    job->rv = rv;
    job->is_done = true;
    pthread_cond_broadcast(&crew->done);
    pthread_mutex_unlock(&crew->lock);
    return !is_awaited;
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *data)
{
    desk_t *desk = data;

    (void)thread;
    while (!apr_atomic_read32(&crew->stop)) {
        tokex_cache_verb_t verb;
        apr_status_t rv;
        job_t *job;

        pthread_mutex_lock(&crew->lock);
        job = take_job();
        pthread_mutex_unlock(&crew->lock);
        if (!job)
            continue;
        verb = job->verb;
        rv = is_wanted(job) ? perform(job, desk) : APR_TIMEUP;
        if (hand_back(job, rv)) {
            free_job(job);
            if (verb != TOKEX_CACHE_GET)
                crew->told(verb, rv);
        }
        apr_pool_clear(desk->scratch);
    }
    apr_atomic_dec32(&crew->alive);
    return NULL;
}

/* A child of prefork may be ended by a signal in the middle of anything, so no lock is taken; and a
 * server that does not answer holds a thread for as long as it likes. */
static apr_status_t end(void *unused)
{
    int i;

    (void)unused;
    apr_atomic_set32(&crew->stop, 1);
    pthread_cond_broadcast(&crew->work);
    for (i = 0; i < END_MILLISECONDS / 5 && apr_atomic_read32(&crew->alive) > 0; i++)
        apr_sleep(apr_time_from_msec(5));
    return APR_SUCCESS;
}

static bool start_thread(void)
{
    desk_t *desk = calloc(1, sizeof(*desk));
    apr_thread_t *thread;

    if (!desk)
        return false;
    desk->found = malloc(FOUND_MAX);
    if (!desk->found || tokex_pools_create(&desk->pool) != APR_SUCCESS) {
        free(desk->found);
        free(desk);
        return false;
    }
    apr_pool_create(&desk->scratch, desk->pool);
    apr_atomic_inc32(&crew->alive);
    if (tokex_threads_create(&thread, run, desk, desk->pool) == APR_SUCCESS)
        return true;
    apr_atomic_dec32(&crew->alive);
    return false;
}

bool tokex_cache_crew_start(const tokex_cache_store_t *store, int count, tokex_cache_told_t *told,
                            apr_pool_t *pchild, server_rec *main)
{
    int started = 0;

    crew = calloc(1, sizeof(*crew));
    if (!crew)
        return false;
    crew->store = *store;
    crew->server = main;
    crew->told = told;
    crew->last = &crew->first;
    pthread_mutex_init(&crew->lock, NULL);
    tokex_monotonic_cond_init(&crew->work);
    tokex_monotonic_cond_init(&crew->done);
    while (started < count && start_thread())
        started++;
    apr_pool_pre_cleanup_register(pchild, NULL, end);
    return started > 0;
}

/* ---- The requests */

static job_t *make_job(const tokex_cache_errand_t *errand)
{
    job_t *job = calloc(1, sizeof(*job));

    if (!job)
        return NULL;
    job->verb = errand->verb;
    job->expiry = errand->expiry;
    memcpy(job->key, errand->key, sizeof(job->key));
    if (errand->verb != TOKEX_CACHE_PUT)
        return job;
    job->len = (unsigned int)errand->value.len;
    job->octets = malloc(job->len);
    if (!job->octets) {
        free(job);
        return NULL;
    }
    memcpy(job->octets, errand->value.octets, job->len);
    return job;
}

/* Under the lock. */
static bool enqueue(job_t *job)
{
    if (crew->queued == QUEUE_MAX)
        return false;
    *crew->last = job;
    crew->last = &job->next;
    crew->queued++;
    pthread_cond_signal(&crew->work);
    return true;
}

bool tokex_cache_crew_send(const tokex_cache_errand_t *errand)
{
    job_t *job = crew ? make_job(errand) : NULL;
    bool sent;

    if (!job)
        return false;
    pthread_mutex_lock(&crew->lock);
    sent = enqueue(job);
    pthread_mutex_unlock(&crew->lock);
    if (!sent)
        free_job(job);
    return sent;
}

static apr_status_t take_result(tokex_cache_value_t *out, job_t *job, apr_pool_t *pool)
{
    apr_status_t rv = job->rv;

    if (rv == APR_SUCCESS) {
        out->octets = apr_pmemdup(pool, job->octets, job->len);
        out->len = job->len;
    }
    free_job(job);
    return rv;
}

apr_status_t tokex_cache_crew_fetch(tokex_cache_value_t *out, const tokex_cache_errand_t *errand,
                                    apr_pool_t *pool)
{
    apr_time_t until = tokex_monotonic_now() + TOKEX_CACHE_REMOTE_PATIENCE;
    job_t *job = crew ? make_job(errand) : NULL;
    bool queued, done;

    if (!job)
        return APR_ENOMEM;
    job->is_awaited = true;
    pthread_mutex_lock(&crew->lock);
    queued = enqueue(job);
    while (queued && !job->is_done && tokex_monotonic_cond_wait(&crew->done, &crew->lock, until))
        continue;
    done = job->is_done;
    job->is_awaited = false;
    pthread_mutex_unlock(&crew->lock);
    if (!queued) {
        free_job(job);
        return APR_TIMEUP;
    }
    return done ? take_result(out, job, pool) : APR_TIMEUP;
}
