/* What stands behind us is told who is calling: variables, X-Auth-Ctx, headers with claims. */
#ifndef MOD_TOKEX_CALLER_H
#define MOD_TOKEX_CALLER_H

#include "directives.h"
#include "result.h"

/* The name of the header with the authentication context. */
#define TOKEX_AUTH_CONTEXT "X-Auth-Ctx"

/* Sets the variables of `result`, instead of any that are there. A text with control characters
 * becomes JSON. */
void tokex_caller_variables(request_rec *r, const tokex_result_t *result);

/* Takes the variables away; of a subrequest also those that CGI made of headers that are ours to
 * set, for the page around it. */
void tokex_caller_forget(request_rec *r);

/*
 * Sets the header X-Auth-Ctx and those with claims, as `dir` wants them. False, and a line in the
 * error log: together they would be more than LimitRequestFieldSize octets; then none is set.
 */
bool tokex_caller_headers(request_rec *r, const tokex_dir_t *dir, const tokex_result_t *result);

#endif
