/* The procedure of a rule or a client, which an exchange passes before its token is made. Private
 * to exchange/. */
#ifndef TOKEX_EXCHANGE_PROCEDURE_H
#define TOKEX_EXCHANGE_PROCEDURE_H

#include "exchange/authorize.h"

/*
 * Runs the procedure of the outcome's rule, where there is one (docs/procedures.md has what it gets
 * and gives): it may refuse, set claims in the place of the mapping's rows, and take away scopes,
 * targets and time. It adds scopes only that the rule's procedure_scopes, the client and every
 * target name, time only up to the rule's procedure_lifetime and the targets' lifetime; in a
 * refresh nothing beyond the exchange. What it leaves goes into `grant`, `made_claims` of the run
 * and, as far as that shows it, the outcome.
 *
 * What a procedure says when it refuses is for the log. The client reads it where the whole text
 * stands in the procedure's source, so that no value of a token or a request is handed out, and
 * RFC 6749 section 5.2 lets it stand there.
 *
 * TOKEX_E_PROCEDURE_*; TOKEX_E_MAPPING_*, TOKEX_E_CLAIMS_SIZE of the rows; TOKEX_E_SCOPE_EMPTY when
 * scopes were asked for and none is left.
 */
const tokex_err_t *tokex_procedure_run(tokex_grant_t *grant, tokex_run_t *run,
                                       const tokex_parties_t *parties);

/* Writes `made_claims` of the run, as tokex_mapping_write() does rows. TOKEX_E_CLAIMS_SIZE. */
const tokex_err_t *tokex_procedure_write(tokex_jsonw_t *w, tokex_run_t *run, apr_size_t begin);

#endif
