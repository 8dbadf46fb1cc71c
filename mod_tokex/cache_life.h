/* For how long a result is remembered. */
#ifndef MOD_TOKEX_CACHE_LIFE_H
#define MOD_TOKEX_CACHE_LIFE_H

#include "result.h"

/* Seconds for which a refusal is remembered at most: who fetches a new token in place of one that
 * was refused must not be told of the old one's fate, and who tries again and again costs little.
 */
#define TOKEX_CACHE_REFUSAL_LIFE 5

/*
 * The second from which on `result`, decided `now`, is not to be used any more: the end of its
 * tokens or `now` + `ttl`, whichever is sooner. 0: it is not to be remembered at all. Of refusals
 * only those are that no key and no time can turn into a yes, and that nobody can cause without a
 * token that an issuer signed: others, of which anybody could send as many as there is room for,
 * would push out what is good.
 */
int64_t tokex_cache_life(const tokex_result_t *result, int ttl, int64_t now);

/* May what was remembered until `result->until` be used `now`? Not after it; and not when that is
 * further away than it ever was, because the clock was set back. */
bool tokex_cache_life_holds(const tokex_result_t *result, int ttl, int64_t now);

#endif
