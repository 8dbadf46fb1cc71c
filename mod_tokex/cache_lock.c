#include "cache_lock.h"

#include <apr_atomic.h>

#include "cache.h"
#include "monotonic.h"
#include "mutex.h"

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

bool tokex_cache_lock(void)
{
    apr_uint64_t rest = apr_atomic_read64(&rest_until);

    if (!mutex || (rest && (apr_uint64_t)tokex_monotonic_now() < rest))
        return false;
    if (tokex_mutex_lock(mutex, TOKEX_CACHE_LOCK_PATIENCE))
        return true;
    apr_atomic_set64(&rest_until, (apr_uint64_t)(tokex_monotonic_now() + REST));
    return false;
}

void tokex_cache_unlock(void)
{
    apr_global_mutex_unlock(mutex);
}
