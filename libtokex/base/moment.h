/* Moments as people write and read them. */
#ifndef TOKEX_BASE_MOMENT_H
#define TOKEX_BASE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <apr_pools.h>

/*
 * Reads a moment in UTC (`2026-11-23`, `2026-11-23T07:10`, `2026-11-23T07:10:05Z`), or how long
 * before `now` it was (`90s`, `15m`, `2h`, `7d`), into seconds since 1970. False: it is neither.
 */
bool tokex_moment_read(int64_t *out, const char *text, int64_t now);

/* `2026-11-23T07:10:05Z`. */
const char *tokex_moment_text(int64_t seconds, apr_pool_t *pool);

#endif
