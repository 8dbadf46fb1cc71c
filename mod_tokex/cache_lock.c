#include "cache_lock.h"

#include <time.h>

#include <apr_atomic.h>
#include <apr_global_mutex.h>
#include <apr_thread_proc.h>
#include <http_log.h>
#include <util_mutex.h>

#include "cache.h"
#include "messages.h"
#include "monotonic.h"

APLOG_USE_MODULE(tokex);

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
    return ap_mutex_register(pconf, TOKEX_CACHE_NAME, NULL, APR_LOCK_DEFAULT, 0) == APR_SUCCESS
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

static apr_status_t forget(void *unused)
{
    (void)unused;
    mutex = NULL;
    return APR_SUCCESS;
}

bool tokex_cache_lock_create(apr_pool_t *pconf, server_rec *main)
{
    /* It says itself what went wrong. */
    if (ap_global_mutex_create(&mutex, NULL, TOKEX_CACHE_NAME, NULL, main, pconf, 0) != APR_SUCCESS)
        return false;
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    return true;
}

void tokex_cache_lock_child(apr_pool_t *pchild, server_rec *main)
{
    apr_status_t rv;

    if (!mutex)
        return;
    rv = apr_global_mutex_child_init(&mutex, apr_global_mutex_lockfile(mutex), pchild);
    if (rv == APR_SUCCESS)
        return;
    mutex = NULL;
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, main,
                 TX_CACHE_LOCK "the mutex " TOKEX_CACHE_NAME " cannot be opened here, so this "
                               "process remembers no decisions. Check the directive Mutex.");
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
