/* A line `Require tokex-…` as it was written, read when the configuration is. */
#ifndef MOD_TOKEX_AUTHZ_LINE_H
#define MOD_TOKEX_AUTHZ_LINE_H

#include <httpd.h>
#include <http_config.h>

#include <stdbool.h>

#include "policy/path.h"

typedef struct tokex_authz_line_t {
    const char *provider; /* "tokex-scope" */
    const char *text;     /* all behind `Require` */
    bool negated;         /* behind `not` or inside <RequireNone> */
    bool all;             /* every value, instead of any */
    tokex_path_t path;    /* tokex-claim: of the claim */
    const char *issuer;   /* tokex-actor: pattern of its id */
    const char *const *values;
    int count;           /* at least 1 */
    const char *listed;  /* those of the values that are no patterns, joined by blanks; "": none */
    apr_int64_t seconds; /* tokex-auth-age */
} tokex_authz_line_t;

/*
 * Read `args`, what stands behind the name of the provider, into `*out`, in cmd->pool: parsers of
 * authorisation providers. NULL, or what is wrong, for the administrator. All of them refuse to
 * stand in <AuthzProviderAlias>, where one cannot see whether a `not` will stand before the name,
 * and behind two negations.
 */
const char *tokex_authz_line_scope(cmd_parms *cmd, const char *args, const void **out);
const char *tokex_authz_line_claim(cmd_parms *cmd, const char *args, const void **out);
const char *tokex_authz_line_issuer(cmd_parms *cmd, const char *args, const void **out);
const char *tokex_authz_line_actor(cmd_parms *cmd, const char *args, const void **out);
const char *tokex_authz_line_client(cmd_parms *cmd, const char *args, const void **out);
/* Neither of these takes a `not`: there would be nothing that a client could be asked to do. */
const char *tokex_authz_line_acr(cmd_parms *cmd, const char *args, const void **out);
const char *tokex_authz_line_auth_age(cmd_parms *cmd, const char *args, const void **out);

#endif
