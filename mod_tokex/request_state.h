/* What we know of a request beside what httpd keeps. One each for the request that came over the
 * wire, for its internal redirects and for its subrequests. */
#ifndef MOD_TOKEX_REQUEST_STATE_H
#define MOD_TOKEX_REQUEST_STATE_H

#include <httpd.h>

#include "cache.h"
#include "location.h"
#include "result.h"

typedef struct tokex_request_state_t tokex_request_state_t;

/* A subrequest that the request around it may become. */
typedef struct tokex_inner_t {
    const request_rec *request; /* NULL: there is none, or none any more */
    const tokex_request_state_t *in_force;
} tokex_inner_t;

struct tokex_request_state_t {
    bool is_endpoint; /* mapped to an endpoint of ours: no file stands behind it, so no rule of
                         the file system was asked */

    /* Of the request that came over the wire alone. */
    const char *authorization;   /* as the client sent it; NULL: none */
    apr_table_t *subject_tokens; /* that other modules left, by their variables; NULL: none */
    bool dressed;                /* headers are not the client's any more */

    /* What let this request in, or kept it out. */
    const tokex_result_t *result;     /* NULL: nobody asked us */
    const void *section;              /* the per_dir_config that it, or its lack, is for */
    const char *token;                /* that came; secret */
    const tokex_cache_entry_t *entry; /* where the result is remembered; NULL: nowhere */
    const tokex_json_t *claims;       /* of the token that goes on, once somebody asked */
    const char *scope_wanted;         /* a Require asked for it and it was not there; NULL: none */
    const char *acr_wanted;           /* likewise, how the user should have logged in, */
    const char *age_wanted;           /* and how many seconds ago at most */
    tokex_inner_t inner;              /* the last of its subrequests */

    /* While it is found out who may pass (authz.c). */
    bool authenticated; /* whoever has a user has one now */
    bool unsettled;     /* a Require behind `not` had nobody whom it could judge */
    bool strict;        /* and denies now */

    const struct tokex_dir_t *described; /* the section whose resource metadata was asked for */
};

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

/* Remembers the subrequest `r`, which has passed all checks, with the request around it. */
void tokex_request_remember(request_rec *r);

/*
 * httpd may turn a request into a subrequest of it that was looked up (mod_dir, mod_negotiation):
 * file and sections are then those of the subrequest, all else stays. True when that has happened
 * since the decision; then the decision on that subrequest is in force for `r` too, or none.
 */
bool tokex_request_has_moved(request_rec *r);

/* Notes for LogFormat: `r` begins with those of the request that was redirected to it, and has none
 * once something is decided anew. */
void tokex_request_notes_inherit(request_rec *r);
void tokex_request_notes_clear(request_rec *r);

/* The token that goes on, of what was granted; secret. */
const char *tokex_request_state_token(const tokex_request_state_t *state, apr_pool_t *pool);

/* The claims of the token that goes on, an object; NULL when there is none. */
const tokex_json_t *tokex_request_claims(request_rec *r);

#endif
