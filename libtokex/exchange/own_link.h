/* A link that a user makes: signed in here as a local account, he presents a token of an issuer and
 * is that issuer's subject from then on. What he sees and removes is store/account_links.h. */
#ifndef TOKEX_EXCHANGE_OWN_LINK_H
#define TOKEX_EXCHANGE_OWN_LINK_H

#include "exchange/exchange.h"

/*
 * Links the subject of the request's subject token to `account` (id), which the caller has
 * authenticated. The token is judged as an exchange of the request's client would judge it: issuer,
 * signature, audience, times, conditions (tokex_exchange_run()); nothing is granted. Always gives
 * an outcome in `pool`; without `err` the subject is linked to the account, and was perhaps before.
 *
 * Refused beside what an exchange refuses: tokens of ours and those of machines
 * (TOKEX_E_ACCOUNT_OWN), an account that is off, locked or gone (TOKEX_E_ACCOUNT_*), a subject that
 * is linked to another one (TOKEX_E_ACCOUNT_TAKEN).
 */
const tokex_outcome_t *tokex_own_link_make(const tokex_engine_t *engine,
                                           const tokex_request_t *request, const char *account,
                                           int64_t now, apr_pool_t *pool);

#endif
