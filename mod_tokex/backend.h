/* What stands behind us: which headers and variables it sees. */
#ifndef MOD_TOKEX_BACKEND_H
#define MOD_TOKEX_BACKEND_H

#include "directives.h"
#include "result.h"

/* The name of the header with the authentication context. */
#define TOKEX_AUTH_CONTEXT "X-Auth-Ctx"

/* post_read_request: keeps what the client sent and takes away copies of headers that are ours to
 * set, also spelled with `_` or any other character that backends take for `-`. */
int tokex_backend_arrive(request_rec *r);

/* fixups: sets the headers that the location wants, or gives back what the client sent where none
 * are wanted. */
int tokex_backend_dress(request_rec *r);

/* The variables of `result`, as soon as it is known. */
void tokex_backend_variables(request_rec *r, const tokex_result_t *result);

/* Notes that no client may send the header `name`, or one that begins with it. */
void tokex_backend_reserve(cmd_parms *cmd, const char *name, bool is_prefix);

#endif
