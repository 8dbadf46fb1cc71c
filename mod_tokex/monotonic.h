/* The clock for time-outs and ages: nobody sets it, while that of the day may jump. */
#ifndef MOD_TOKEX_MONOTONIC_H
#define MOD_TOKEX_MONOTONIC_H

#include <stdbool.h>

#include <pthread.h>

#include <apr_time.h>

/* Microseconds since some moment of this boot; never less than before. */
apr_time_t tokex_monotonic_now(void);

/* A condition that is waited for by this clock; APR's go by that of the day. It is ended as any
 * other. */
void tokex_monotonic_cond_init(pthread_cond_t *cond);

/* Waits, with `lock` held, until the condition is signalled, or `until`, of tokex_monotonic_now().
 * False: that time has come. It may return true for no reason. */
bool tokex_monotonic_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, apr_time_t until);

#endif
