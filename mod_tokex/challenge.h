/* What a client is told that was not let in (RFC 6750 section 3). */
#ifndef MOD_TOKEX_CHALLENGE_H
#define MOD_TOKEX_CHALLENGE_H

#include "directives.h"
#include "result.h"

/* Sets the headers of the refusal and gives its status: 400, 401, 403 or 503. */
int tokex_challenge_refuse(request_rec *r, const tokex_dir_t *dir, const tokex_result_t *result);

/*
 * Under AuthType tokex, else nothing: the token is good but lacks `scope`, "" for one that has no
 * name (RFC 6750 section 3.1: insufficient_scope). Several calls add up. Taken back by
 * tokex_challenge_clear() when the request is let in all the same.
 */
void tokex_challenge_scope(request_rec *r, const char *scope);
void tokex_challenge_clear(request_rec *r);

/* Likewise, should the answer be 401: the user has not logged in as one of `acr_values` says (NULL:
 * it does not matter), or more than `max_age` seconds ago (negative: likewise). RFC 9470. */
void tokex_challenge_step_up(request_rec *r, const char *acr_values, apr_int64_t max_age);

/* The hook note_auth_failure. */
int tokex_challenge_note(request_rec *r, const char *auth_type);

#endif
