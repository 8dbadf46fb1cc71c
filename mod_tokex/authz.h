/*
 * Who may pass a protected location: `Require tokex-scope`, `tokex-claim`, `tokex-issuer`,
 * `tokex-actor`, `tokex-client`, and for step-up (RFC 9470) `tokex-acr` and `tokex-auth-age`. They
 * judge the token that goes on. What the token does not say is never a yes: not here, and not
 * behind `not` or in <RequireNone> either.
 */
#ifndef MOD_TOKEX_AUTHZ_H
#define MOD_TOKEX_AUTHZ_H

#include <httpd.h>

/* Makes the providers known to httpd, with the hooks that they need. */
void tokex_authz_register(apr_pool_t *pool);

#endif
