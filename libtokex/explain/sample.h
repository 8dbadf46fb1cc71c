/* What a mapping would make of a sample token, whose signature nobody looks at. */
#ifndef TOKEX_EXPLAIN_SAMPLE_H
#define TOKEX_EXPLAIN_SAMPLE_H

#include "explain/try.h"

/*
 * The rows of `config`'s mapping `id` on `claims`, as an exchange would have them; what only a
 * request, a client or an account has is missing there. `now`: seconds. TOKEX_E_DOCUMENT: the
 * mapping cannot work, `faults` say why.
 */
const tokex_err_t *tokex_sample_rows(const tokex_try_row_t **out, int *count,
                                     const tokex_config_t *config, const char *id,
                                     const tokex_json_t *claims, int64_t now,
                                     const tokex_crypt_t *crypt, tokex_faults_t *faults,
                                     apr_pool_t *pool);

#endif
