/* What an issued token says. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_CLAIMS_H
#define TOKEX_EXCHANGE_CLAIMS_H

#include "exchange/authorize.h"

/*
 * Writes the claims of the issued token (RFC 9068 section 2.2, and ours) as JSON text, in one go:
 * iss sub aud exp iat nbf jti client_id scope scp idp aid tid st acct act acr amr, then the rows of
 * the issuer's mapping (tokex_mapping_write()), or what a procedure made of them. Policies see to
 * it that no row writes one of these, nor two rows the same. TOKEX_E_CLAIMS_SIZE when act, acr, amr
 * and the rows take more than TOKEX_LIMIT_MAPPED_CLAIMS octets; TOKEX_E_MAPPING_*.
 */
const tokex_err_t *tokex_claims_write(const char **out, apr_size_t *out_len, tokex_run_t *run,
                                      const tokex_parties_t *parties, const tokex_grant_t *grant,
                                      const char *jti);

#endif
