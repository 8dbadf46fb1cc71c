/*
 * Refresh tokens (RFC 6749 section 6): one for a client that has the grant type, another one for
 * each that is used, and none that goes on after one was used twice. Private to exchange/.
 *
 * What the subject token said is kept, not the token. Client, issuer, rule, targets, conditions and
 * what was taken back are judged anew at each use; signature, audience and times of the token are
 * not there any more, and the end of the exchange (rule's refresh_lifetime) stands in their place.
 */
#ifndef TOKEX_EXCHANGE_REFRESH_H
#define TOKEX_EXCHANGE_REFRESH_H

#include "exchange/authorize.h"
#include "exchange/refresh_record.h"

/* Of a run: the refresh token that was presented, or that is to be issued. */
struct tokex_refreshing_t {
    tokex_refresh_token_t presented; /* `text` NULL: an exchange */
    const tokex_refresh_t *row;      /* of it */
    tokex_refresh_record_t record;   /* of it */
    tokex_refresh_token_t next;      /* `text` NULL: none is issued */
    int64_t created;
    int64_t ends;
};

/*
 * For a request with a refresh token: what it stands for, into `parties`, and into the request the
 * targets and the scope of the exchange, as far as the client still has it; `scope` of the request
 * may ask for less. In this order: parameters (TOKEX_E_REFRESH_MISSING, TOKEX_E_REFRESH_PARAMETER),
 * token (TOKEX_E_REFRESH_UNKNOWN, _CLIENT, _REUSED, _EXPIRED, _REVOKED, _STORE), scope
 * (TOKEX_E_REFRESH_SCOPE), parties (TOKEX_E_REFRESH_PARTY with the code as its cause). One that was
 * used before ends all that came of the exchange.
 */
const tokex_err_t *tokex_refresh_begin(tokex_parties_t *parties, tokex_run_t *run);

/* What a client is told where the subject, the actor or the account of an exchange is at fault: of
 * a refresh token TOKEX_E_REFRESH_PARTY with `err` (may be NULL) as its cause; else `err`. */
const tokex_err_t *tokex_refresh_blame(const tokex_run_t *run, const tokex_err_t *err);

/* After authorize, before the token is made: narrows scopes and lifetime to those of the exchange,
 * and decides whether there is a refresh token; then its id is in `family` of the run.
 * TOKEX_E_REFRESH_EXPIRED where the rule ends it now, TOKEX_E_SCOPE_EMPTY, TOKEX_E_RANDOM. */
const tokex_err_t *tokex_refresh_prepare(tokex_grant_t *grant, tokex_run_t *run,
                                         const tokex_parties_t *parties);

/* After a procedure: what the exchange grants is what is left by it. */
void tokex_refresh_narrow(tokex_run_t *run);

/* In a refresh: may `scope` be granted, which the exchange did not ask for by itself? */
bool tokex_refresh_granted(const tokex_run_t *run, const char *scope);

/* Last: keeps the refresh token and puts it into the outcome. An exchange whose refresh token
 * cannot be kept goes on without; `refresh_err` of the outcome says why, and its token is to be
 * made anew, as it names the family. What was taken back since it was judged is refused here:
 * TOKEX_E_TOKEN_REVOKED, TOKEX_E_ACTOR_TOKEN, TOKEX_E_REFRESH_REVOKED, TOKEX_E_REFRESH_PARTY.
 * TOKEX_E_REFRESH_REUSED when somebody used the same one at the same time, TOKEX_E_REFRESH_STORE.
 */
const tokex_err_t *tokex_refresh_keep(tokex_run_t *run, const tokex_parties_t *parties);

#endif
