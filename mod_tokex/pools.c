#include "pools.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <apr_allocator.h>
#include <apr_thread_mutex.h>

/* Memory that what goes leaves for what comes; the rest goes back. */
#define MEMORY_KEPT (64 * 1024)

apr_status_t tokex_pools_create(apr_pool_t **out)
{
    apr_allocator_t *allocator;
    apr_thread_mutex_t *mutex;
    apr_status_t rv = apr_allocator_create(&allocator);

    if (rv != APR_SUCCESS)
        return rv;
    rv = apr_pool_create_unmanaged_ex(out, NULL, allocator);
    if (rv != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return rv;
    }
    apr_allocator_owner_set(allocator, *out);
    apr_allocator_max_free_set(allocator, MEMORY_KEPT);
    rv = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, *out);
    if (rv == APR_SUCCESS)
        apr_allocator_mutex_set(allocator, mutex);
    return rv;
}

void tokex_pools_trim(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}
