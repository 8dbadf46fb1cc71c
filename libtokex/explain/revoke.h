/* Taking tokens back by hand. */
#ifndef TOKEX_EXPLAIN_REVOKE_H
#define TOKEX_EXPLAIN_REVOKE_H

#include "base/revocation.h"
#include "explain/inspect.h"

/* What holds for `value` (of `issuer`, "" where the kind has none) as of `now`: a cut-off, or a
 * token of which nothing but its jti is known. Ids are not looked up: what is taken back may be
 * gone from the configuration. NULL, or what is wrong with them, for people. */
const char *tokex_revoke_value(tokex_revocation_t *row, tokex_revocation_kind_t kind,
                               const char *issuer, const char *value, int64_t now);

/* The same for a token that was inspected. */
const char *tokex_revoke_token(tokex_revocation_t *row, const tokex_inspection_t *token,
                               apr_pool_t *pool);

/* Lets a revocation that ends last longer where procedures may have lengthened what came of the
 * token: config.db, not state.db; NULL: nobody knows, and it does. To be called before the next
 * one. `now`: seconds. TOKEX_E_DB_*.
 */
const tokex_err_t *tokex_revoke_lengthen(tokex_revocation_t *row, tokex_db_t *config, int64_t now,
                                         apr_pool_t *pool);

/*
 * Keeps `row`, whose `created`, `who` and `reason` are set, and of a subject that is linked a
 * second one for its account, as tokens for that have it as their subject: `rows` gets what was
 * kept, with numbers. `*count` 0: the token has expired, and all that came of it, so there is
 * nothing to keep.
 */
const tokex_err_t *tokex_revoke_keep(tokex_revocation_t rows[2], int *count, tokex_db_t *state,
                                     const tokex_revocation_t *row, int64_t now, apr_pool_t *pool);

#endif
