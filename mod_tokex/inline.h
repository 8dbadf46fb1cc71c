/* Entrance 3: a protected location. The hooks by which httpd asks us. */
#ifndef MOD_TOKEX_INLINE_H
#define MOD_TOKEX_INLINE_H

#include <httpd.h>

/* check_authn: `AuthType tokex`. */
int tokex_inline_authenticate(request_rec *r);

/* check_authz, before any Require is judged: another AuthType, whose module left a token in the
 * variable that TokexSubjectFrom names. */
int tokex_inline_exchange(request_rec *r);

/* access_checker_ex: a CORS preflight request, which never has credentials, where
 * TokexAllowPreflight lets it pass. */
int tokex_inline_preflight(request_rec *r);

#endif
