/* The parameters of the exchange, judged before any token is looked at. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_PARAMETERS_H
#define TOKEX_EXCHANGE_PARAMETERS_H

#include "exchange/run.h"

/*
 * Checks what RFC 8693 section 2.1 asks of the parameters and fills in what `run` keeps of them.
 * TOKEX_E_SUBJECT_TOKEN_MISSING, TOKEX_E_SUBJECT_TOKEN_TYPE_MISSING, TOKEX_E_SUBJECT_TOKEN_TYPE,
 * TOKEX_E_REQUESTED_TOKEN_TYPE, TOKEX_E_ACTOR_TOKEN_MISSING, TOKEX_E_ACTOR_TOKEN_TYPE_MISSING,
 * TOKEX_E_ACTOR_TOKEN_TYPE, TOKEX_E_RESOURCE (RFC 8707 section 2), TOKEX_E_SCOPE_MALFORMED (RFC
 * 6749 section 3.3).
 */
const tokex_err_t *tokex_parameters_check(tokex_run_t *run);

/* The form of `scope` alone (RFC 6749 section 3.3). TOKEX_E_SCOPE_MALFORMED. */
const tokex_err_t *tokex_parameters_check_scope(tokex_run_t *run);

#endif
