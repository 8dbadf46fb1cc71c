#include "monotonic.h"

#include <time.h>

apr_time_t tokex_monotonic_now(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

void tokex_monotonic_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

bool tokex_monotonic_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, apr_time_t until)
{
    const struct timespec at = {(time_t)apr_time_sec(until), (long)apr_time_usec(until) * 1000};

    return pthread_cond_timedwait(cond, lock, &at) == 0;
}
