#include "cache_lock.h"

#include <time.h>

#include <apr_atomic.h>
#include <apr_thread_proc.h>

#include "cache.h"
#include "monotonic.h"
#include "mutex.h"

/* It is held for some microseconds. */
#define YIELDS 20
#define NAP_NANOSECONDS 50000
/* How long nobody tries after somebody has waited in vain: on a busy machine whoever holds it may
 * only have lost the processor. */
#define REST apr_time_from_msec(200)

static apr_global_mutex_t *mutex;
static volatile apr_uint64_t rest_until;

int tokex_cache_lock_register(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    return tokex_mutex_register(TOKEX_CACHE_NAME, pconf);
}

bool tokex_cache_lock_create(apr_pool_t *pconf, server_rec *main)
{
    return tokex_mutex_create(&mutex, TOKEX_CACHE_NAME, pconf, main);
}

void tokex_cache_lock_child(apr_pool_t *pchild, server_rec *main)
{
    tokex_mutex_child(&mutex, TOKEX_CACHE_NAME, "remembers no decisions", pchild, main);
}

/* Not the time-outs of APR: not every kind of mutex has one, and a clock that is set makes them
 * longer. */
static bool wait_for_it(void)
{
    const struct timespec nap = {0, NAP_NANOSECONDS};
    apr_time_t until = tokex_monotonic_now() + TOKEX_CACHE_LOCK_PATIENCE;
    apr_status_t rv;
    int i = 0;

    do {
        if (i++ < YIELDS)
            apr_thread_yield();
        else
            nanosleep(&nap, NULL);
        rv = apr_global_mutex_trylock(mutex);
    } while (APR_STATUS_IS_EBUSY(rv) && tokex_monotonic_now() < until);
    if (rv != APR_SUCCESS)
        apr_atomic_set64(&rest_until, (apr_uint64_t)(tokex_monotonic_now() + REST));
    return rv == APR_SUCCESS;
}

bool tokex_cache_lock(void)
{
    apr_uint64_t rest = apr_atomic_read64(&rest_until);
    apr_status_t rv;

    if (!mutex || (rest && (apr_uint64_t)tokex_monotonic_now() < rest))
        return false;
    rv = apr_global_mutex_trylock(mutex);
    if (rv == APR_SUCCESS)
        return true;
    return APR_STATUS_IS_EBUSY(rv) && wait_for_it();
}

void tokex_cache_unlock(void)
{
    apr_global_mutex_unlock(mutex);
}
