/*
 * Own links (exchange/own_link.h) as a page makes them, beside a server: with its configuration and
 * the keys of issuers that it has fetched. Nobody is asked, so that a token of an issuer whose keys
 * are not there, or an opaque one, is refused.
 */
#ifndef TOKEX_EXPLAIN_OWN_H
#define TOKEX_EXPLAIN_OWN_H

#include "exchange/own_link.h"
#include "explain/try.h"

typedef struct tokex_own_t {
    const char *client; /* id of the client whose settings judge the token; it needs no secret */
    const char *token;
    apr_size_t token_len;
    const char *token_type;         /* URN */
    const tokex_account_t *account; /* who is signed in. Of one that the site keeps what is said
                                       here counts; of others what state.db has */
    tokex_db_t *state;              /* to be written */
} tokex_own_t;

/* As of tokex_own_link_make(), with `engine` of tokex_try_create(). */
const tokex_outcome_t *tokex_own_link(const tokex_try_engine_t *engine, const tokex_own_t *own,
                                      apr_pool_t *pool);

#endif
