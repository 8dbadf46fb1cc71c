#include "limiter.h"

#include <apr_atomic.h>

typedef struct kind_t {
    volatile apr_uint32_t second;
    volatile apr_uint32_t written; /* in that second */
    volatile apr_uint32_t unsaid;
} kind_t;

struct tokex_limiter_t {
    apr_uint32_t per_second;
    kind_t *kinds;
};

tokex_limiter_t *tokex_limiter_create(apr_pool_t *pool, int kinds, apr_uint32_t per_second)
{
    tokex_limiter_t *limiter = apr_pcalloc(pool, sizeof(*limiter));

    limiter->per_second = per_second;
    limiter->kinds = apr_pcalloc(pool, sizeof(kind_t) * (apr_size_t)kinds);
    return limiter;
}

bool tokex_limiter_allows(tokex_limiter_t *limiter, int kind, apr_time_t now, apr_uint32_t *unsaid)
{
    kind_t *k = &limiter->kinds[kind];
    apr_uint32_t second = (apr_uint32_t)apr_time_sec(now);
    apr_uint32_t before = apr_atomic_read32(&k->second);

    /* Only the thread that turns the second over begins a new count. */
    if (before != second && apr_atomic_cas32(&k->second, second, before) == before)
        apr_atomic_set32(&k->written, 0);
    if (apr_atomic_inc32(&k->written) < limiter->per_second) {
        *unsaid = tokex_limiter_take_unsaid(limiter, kind);
        return true;
    }
    apr_atomic_inc32(&k->unsaid);
    return false;
}

apr_uint32_t tokex_limiter_take_unsaid(tokex_limiter_t *limiter, int kind)
{
    return apr_atomic_xchg32(&limiter->kinds[kind].unsaid, 0);
}
