/* The clock for time-outs and ages: nobody sets it, while that of the day may jump. */
#ifndef MOD_TOKEX_MONOTONIC_H
#define MOD_TOKEX_MONOTONIC_H

#include <apr_time.h>

/* Microseconds since some moment of this boot; never less than before. */
apr_time_t tokex_monotonic_now(void);

#endif
