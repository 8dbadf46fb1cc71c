/* The introspection endpoint (RFC 7662) and the revocation endpoint (RFC 7009). */
#ifndef MOD_TOKEX_INQUIRY_H
#define MOD_TOKEX_INQUIRY_H

#include <httpd.h>

#include "directives.h"

/* Each answers the whole request. */
int tokex_inquiry_introspect(request_rec *r, const tokex_conf_t *conf);
int tokex_inquiry_revoke(request_rec *r, const tokex_conf_t *conf);

#endif
