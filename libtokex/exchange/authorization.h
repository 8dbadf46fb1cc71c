/* Reading the header Authorization. */
#ifndef TOKEX_EXCHANGE_AUTHORIZATION_H
#define TOKEX_EXCHANGE_AUTHORIZATION_H

#include <stdbool.h>

#include "base/err.h"

/*
 * httpd joins repeated headers with a comma. Neither Basic nor any token68 has one; parameters of
 * other schemes do, but there a name and `=` follow it, and not another scheme.
 */
bool tokex_authorization_is_repeated(const char *authorization);

/*
 * The bearer token in `authorization` (may be NULL), RFC 6750 section 2.1, the scheme in any case
 * of letters; `*token` is borrowed from it. TOKEX_E_BEARER_MISSING: no header, or another scheme.
 * TOKEX_E_BEARER_MALFORMED: no token, several, or a blank, a control, a quote or a comma in it.
 */
const tokex_err_t *tokex_authorization_bearer(const char **token, const char *authorization,
                                              apr_pool_t *pool);

/* Is there a parameter access_token in the query (may be NULL), however it is encoded? */
bool tokex_authorization_in_query(const char *query, apr_pool_t *pool);

#endif
