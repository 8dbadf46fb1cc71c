/* What is said of a token of ours to whom it concerns (RFC 7662). */
#ifndef TOKEX_EXCHANGE_INTROSPECT_H
#define TOKEX_EXCHANGE_INTROSPECT_H

#include "exchange/exchange.h"

/*
 * Answers the client that `request` comes from about the parameter `token`, at the time `now`
 * (seconds): `*body` is the JSON answer where the outcome is no refusal. A token is active when it
 * is one of ours, good now, not taken back, what it comes from is switched on, and its `aud` names
 * a target whose tokens the client may ask about (`introspects`). Of any other token only that it
 * is not active is said, whatever is wrong with it; `token_type_hint` is not needed and not read.
 * The outcome, in `pool`, is a refusal with TOKEX_E_CLIENT_*, TOKEX_E_TOKEN_MISSING, or a fault of
 * ours.
 */
const tokex_outcome_t *tokex_introspect_run(const char **body, apr_size_t *len,
                                            const tokex_engine_t *engine,
                                            const tokex_request_t *request, int64_t now,
                                            apr_pool_t *pool);

#endif
