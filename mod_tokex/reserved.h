/* Headers that are ours to set: no client may send them. */
#ifndef MOD_TOKEX_RESERVED_H
#define MOD_TOKEX_RESERVED_H

#include "directives.h"

/* Notes, for the virtual host of `cmd`, that no client may send the header `name`, or one that
 * begins with it. */
void tokex_reserved_add(cmd_parms *cmd, const char *name, bool is_prefix);

/* Takes headers of such names away from those of `r`, also spelled with `_` or any other character
 * that backends take for `-`. */
void tokex_reserved_scrub(request_rec *r, const tokex_conf_t *conf);

/* Is `variable` what CGI calls such a header, or Authorization? */
bool tokex_reserved_is_variable(const tokex_conf_t *conf, const char *variable);

/*
 * Leaves in the header Connection only plain names that are not reserved, nor Authorization:
 * proxies take away what is named there (RFC 9110 section 7.6.1), which must not be what we set
 * later.
 */
void tokex_reserved_keep(request_rec *r, const tokex_conf_t *conf);

#endif
