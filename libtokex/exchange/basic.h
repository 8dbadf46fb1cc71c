/* HTTP Basic credentials (RFC 7617) as OAuth clients send them (RFC 6749 section 2.3.1). Private to
 * exchange/. */
#ifndef TOKEX_EXCHANGE_BASIC_H
#define TOKEX_EXCHANGE_BASIC_H

#include "exchange/request.h"

/*
 * Reads the base64 behind the scheme's name into all four members of `out`. TOKEX_E_CLIENT_AUTH_
 * SYNTAX: not base64 with its padding, larger than two form-encoded values of the largest size, no
 * colon, an empty id, a NUL, not UTF-8. The first colon splits.
 */
const tokex_err_t *tokex_basic_read(tokex_credentials_t *out, const char *base64, apr_pool_t *pool);

#endif
