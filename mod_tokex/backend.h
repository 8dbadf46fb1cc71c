/* What stands behind us: which tokens it gets, and whether what the client sent goes on. */
#ifndef MOD_TOKEX_BACKEND_H
#define MOD_TOKEX_BACKEND_H

#include "directives.h"
#include "result.h"

/* post_read_request: keeps what the client sent and takes away what is ours to set; gives a request
 * that is redirected what the client sent back, since other modules look at it now. */
int tokex_backend_arrive(request_rec *r);

/*
 * fixups: sets the headers that the location wants, or gives back what the client sent where none
 * are wanted. Where it is ours to say who is asking and nobody was let in by a token, what the
 * client said of that does not go on. 500: the headers would be more than LimitRequestFieldSize
 * octets, or one name would have to do for both tokens.
 */
int tokex_backend_dress(request_rec *r);

/* handler: does that again for a request that httpd has turned into another one since. */
int tokex_backend_settle(request_rec *r);

#endif
