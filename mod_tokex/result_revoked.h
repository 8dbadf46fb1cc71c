/* Was what is remembered taken back meanwhile? */
#ifndef MOD_TOKEX_RESULT_REVOKED_H
#define MOD_TOKEX_RESULT_REVOKED_H

#include "exchange/exchange.h"
#include "result.h"

/* Was the token that goes on by a granted `result` taken back, or what it comes from? Asks the host
 * of `engine`. Without any revocation in force it costs nothing. */
bool tokex_result_revoked(const tokex_result_t *result, const tokex_engine_t *engine,
                          apr_pool_t *pool);

#endif
