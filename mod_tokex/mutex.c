#include "mutex.h"

#include <time.h>

#include <apr_thread_proc.h>
#include <http_log.h>
#include <util_mutex.h>

#include "messages.h"
#include "monotonic.h"

APLOG_USE_MODULE(tokex);

/* Such a mutex is held for some microseconds. */
#define YIELDS 20
#define NAP_NANOSECONDS 50000

int tokex_mutex_register(const char *type, apr_pool_t *pconf)
{
    return ap_mutex_register(pconf, type, NULL, APR_LOCK_DEFAULT, 0) == APR_SUCCESS
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

static apr_status_t forget(void *data)
{
    apr_global_mutex_t **mutex = data;

    *mutex = NULL;
    return APR_SUCCESS;
}

bool tokex_mutex_create(apr_global_mutex_t **out, const char *type, apr_pool_t *pconf,
                        server_rec *main)
{
    /* It says itself what went wrong. */
    if (ap_global_mutex_create(out, NULL, type, NULL, main, pconf, 0) != APR_SUCCESS)
        return false;
    apr_pool_cleanup_register(pconf, out, forget, apr_pool_cleanup_null);
    return true;
}

void tokex_mutex_child(apr_global_mutex_t **mutex, const char *type, const char *instead,
                       apr_pool_t *pchild, server_rec *main)
{
    apr_status_t rv;

    if (!*mutex)
        return;
    rv = apr_global_mutex_child_init(mutex, apr_global_mutex_lockfile(*mutex), pchild);
    if (rv == APR_SUCCESS)
        return;
    *mutex = NULL;
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, main,
                 TX_MUTEX "the mutex %s cannot be opened here, so this process %s. Check the "
                          "directive Mutex.",
                 type, instead);
}

/* Not the time-outs of APR: not every kind of mutex has one, and a clock that is set makes them
 * longer. */
bool tokex_mutex_lock(apr_global_mutex_t *mutex, apr_interval_time_t patience)
{
    const struct timespec nap = {0, NAP_NANOSECONDS};
    apr_status_t rv = apr_global_mutex_trylock(mutex);
    apr_time_t until = 0;
    int i = 0;

    while (APR_STATUS_IS_EBUSY(rv) && (!until || tokex_monotonic_now() < until)) {
        if (!until)
            until = tokex_monotonic_now() + patience;
        if (i++ < YIELDS)
            apr_thread_yield();
        else
            nanosleep(&nap, NULL);
        rv = apr_global_mutex_trylock(mutex);
    }
    return rv == APR_SUCCESS;
}
