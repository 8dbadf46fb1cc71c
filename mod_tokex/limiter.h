/*
 * How many lines of one kind a process may write in a second, so that a flood of refusals does not
 * fill the disk. Without locks: under contention a line more or less may pass.
 */
#ifndef MOD_TOKEX_LIMITER_H
#define MOD_TOKEX_LIMITER_H

#include <stdbool.h>

#include <apr_pools.h>
#include <apr_time.h>

typedef struct tokex_limiter_t tokex_limiter_t;

/* `kinds` kinds, `per_second` lines each. */
tokex_limiter_t *tokex_limiter_create(apr_pool_t *pool, int kinds, apr_uint32_t per_second);

/*
 * May a line of `kind` be written at `now`? When it may, `*unsaid` is the number of lines of that
 * kind that were not since the last one that was.
 */
bool tokex_limiter_allows(tokex_limiter_t *limiter, int kind, apr_time_t now, apr_uint32_t *unsaid);

/* The number of lines of `kind` not written since the last one that was; counts anew afterwards. */
apr_uint32_t tokex_limiter_take_unsaid(tokex_limiter_t *limiter, int kind);

#endif
