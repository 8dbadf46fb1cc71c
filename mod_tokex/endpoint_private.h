/* What the endpoints that take a form and a client's secret share. */
#ifndef MOD_TOKEX_ENDPOINT_PRIVATE_H
#define MOD_TOKEX_ENDPOINT_PRIVATE_H

#include "directives.h"
#include "exchange/request.h"

/* Reads the request: method, headers, body, form, credentials. Nothing of its query reaches a log.
 * TOKEX_E_METHOD, TOKEX_E_QUERY, TOKEX_E_CONTENT_TYPE, ... */
const tokex_err_t *tokex_endpoint_read(tokex_request_t **out, request_rec *r,
                                       const tokex_conf_t *conf);

/* Sets the headers that a refusal needs beside its body; returns its status. */
int tokex_endpoint_dress(request_rec *r, const tokex_conf_t *conf, tokex_code_t code);

#endif
