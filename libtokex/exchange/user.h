/* The user as whom a request goes on behind a protected location. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_USER_H
#define TOKEX_EXCHANGE_USER_H

#include "exchange/run.h"

/*
 * Sets `user` and `goes_on` of the outcome from the claims of the token that goes on; at the token
 * endpoint nothing is asked for. TOKEX_E_USER_CLAIM when the claim that the location names is no
 * text, empty, or has control characters: the name goes into logs, variables and headers.
 */
const tokex_err_t *tokex_user_find(tokex_run_t *run, const tokex_json_t *claims);

/* The same of claims as JSON text, of a token that is about to be signed. */
const tokex_err_t *tokex_user_find_written(tokex_run_t *run, const char *claims, apr_size_t len);

#endif
