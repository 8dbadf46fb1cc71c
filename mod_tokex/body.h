/* The request body, as a whole and within a limit. */
#ifndef MOD_TOKEX_BODY_H
#define MOD_TOKEX_BODY_H

#include <httpd.h>

#include "base/err.h"

/*
 * Reads the body through the input filters (chunked or not, what a filter unpacks counts unpacked)
 * into r->pool. TOKEX_E_BODY_TOO_LARGE over TOKEX_LIMIT_BODY octets or the site's LimitRequestBody,
 * as far as it can be known before anything is read; TOKEX_E_BODY_READ when the framing is wrong or
 * the connection ended. After either the connection must not be used again.
 */
const tokex_err_t *tokex_body_read(const char **out, apr_size_t *len, request_rec *r);

/* Registers the filter that the reading needs; once, with the hooks. */
void tokex_body_register(void);

#endif
