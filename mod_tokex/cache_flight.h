/* Single flight: of all requests of this host that bring the same new token to the same location,
 * one decides and the others wait for it. */
#ifndef MOD_TOKEX_CACHE_FLIGHT_H
#define MOD_TOKEX_CACHE_FLIGHT_H

#include "cache.h"

typedef struct tokex_cache_flight_t tokex_cache_flight_t;

/*
 * Not NULL: the caller decides, and calls tokex_cache_flight_leave() afterwards, whatever came of
 * it. NULL: somebody else did meanwhile, or TOKEX_CACHE_WAIT is over; the caller looks again, and
 * where there is nothing decides too: what is not remembered must not make one wait for the other.
 */
tokex_cache_flight_t *tokex_cache_flight_enter(const unsigned char key[TOKEX_CACHE_KEY_LEN]);
void tokex_cache_flight_leave(tokex_cache_flight_t *flight);

#endif
