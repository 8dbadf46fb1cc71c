/* Protected locations before the first request: what is written that cannot work, or does less than
 * it seems to. */
#ifndef MOD_TOKEX_LOCATION_CHECK_H
#define MOD_TOKEX_LOCATION_CHECK_H

#include "directives.h"
#include "policy/policy.h"

/*
 * Looks at every section of `s` and says what is wrong in the error log: at `level` what must not
 * be served, as a warning what lets fewer pass than was perhaps meant. `policy` is what is served;
 * NULL: nobody knows yet. Returns how many things must not be served.
 */
int tokex_location_check(server_rec *s, int level, const tokex_policy_t *policy, apr_pool_t *pool);

#endif
