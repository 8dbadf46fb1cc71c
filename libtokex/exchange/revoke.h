/* A client gives a token back (RFC 7009). */
#ifndef TOKEX_EXCHANGE_REVOKE_H
#define TOKEX_EXCHANGE_REVOKE_H

#include "exchange/exchange.h"

/*
 * Judges what the client that `request` comes from wants, at the time `now` (seconds). `*out` is
 * what has to be kept before the client is told that it is done; NULL: there is nothing to take
 * back, because the token is not good, or was taken back already. `token_type_hint` is not needed
 * and not read. The outcome, in `pool`, is a refusal with TOKEX_E_CLIENT_*, TOKEX_E_TOKEN_MISSING,
 * TOKEX_E_REVOKE_CLIENT (it is another client's, and stays good), TOKEX_E_REVOKE_TYPE, or a fault
 * of ours.
 */
const tokex_outcome_t *tokex_revoke_run(tokex_revocation_t **out, const tokex_engine_t *engine,
                                        const tokex_request_t *request, int64_t now,
                                        apr_pool_t *pool);

/* The same outcome as a refusal with `err`: it could not be kept. */
const tokex_outcome_t *tokex_revoke_failed(const tokex_outcome_t *outcome, const tokex_err_t *err,
                                           apr_pool_t *pool);

#endif
