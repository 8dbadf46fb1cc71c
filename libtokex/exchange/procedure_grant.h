/* What a procedure leaves in r.grant, judged. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_PROCEDURE_GRANT_H
#define TOKEX_EXCHANGE_PROCEDURE_GRANT_H

#include "exchange/authorize.h"

/* Takes `left`, an object, into `grant`, `made_claims` of the run, and targets and scope_granted of
 * the outcome. Nothing is noted in the trace. TOKEX_E_PROCEDURE_RESULT, _CLAIM, _WIDER_SCOPE,
 * _WIDER_AUDIENCE, _LIFETIME, TOKEX_E_SCOPE_EMPTY. */
const tokex_err_t *tokex_procedure_take(tokex_grant_t *grant, tokex_run_t *run,
                                        const tokex_json_t *left);

#endif
