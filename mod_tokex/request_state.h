/* What we know of a request beside what httpd keeps. One each for the request that came over the
 * wire, for its internal redirects and for its subrequests. */
#ifndef MOD_TOKEX_REQUEST_STATE_H
#define MOD_TOKEX_REQUEST_STATE_H

#include <httpd.h>

#include "cache.h"
#include "location.h"
#include "result.h"

typedef struct tokex_request_state_t {
    bool is_endpoint; /* mapped to an endpoint of ours: no file stands behind it, so no rule of
                         the file system was asked */

    /* Of the request that came over the wire alone. */
    const char *authorization; /* as the client sent it; NULL: none */
    const char *subject_token; /* that another module left in a variable; NULL: none */
    bool dressed;              /* headers are not the client's any more */

    /* What let this request in, or kept it out. */
    const tokex_result_t *result;     /* NULL: nobody asked us */
    const char *token;                /* that came; secret */
    const tokex_cache_entry_t *entry; /* where the result is remembered; NULL: nowhere */
    const tokex_json_t *claims;       /* of the token that goes on, once somebody asked */
    const char *scope_wanted;         /* a Require asked for it and it was not there; NULL: none */
    const char *acr_wanted;           /* likewise, how the user should have logged in, */
    const char *age_wanted;           /* and how many seconds ago at most */

    /* While it is found out who may pass (authz.c). */
    bool authenticated; /* whoever has a user has one now */
    bool unsettled;     /* a Require behind `not` had nobody whom it could judge */
    bool strict;        /* and denies now */

    const struct tokex_dir_t *described; /* the section whose resource metadata was asked for */
} tokex_request_state_t;

/* That of `r`, made when there is none. */
tokex_request_state_t *tokex_request_state(request_rec *r);

/* Was `r` mapped to an endpoint of ours? */
bool tokex_request_is_endpoint(const request_rec *r);

/* The request that came over the wire, and what is known of it. */
request_rec *tokex_request_first(request_rec *r);
tokex_request_state_t *tokex_request_state_first(request_rec *r);

/*
 * The state of the request whose decision holds for `r`: its own, or that of the one before or
 * around it where httpd does not ask again because the same sections apply. NULL: we were not
 * asked.
 */
tokex_request_state_t *tokex_request_state_in_force(request_rec *r);

/* The claims of the token that goes on, an object; NULL when there is none. */
const tokex_json_t *tokex_request_claims(request_rec *r);

#endif
