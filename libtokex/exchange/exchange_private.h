/* The beginning of an exchange, for whatever else begins so. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_EXCHANGE_PRIVATE_H
#define TOKEX_EXCHANGE_EXCHANGE_PRIVATE_H

#include "exchange/party.h"

/* The steps of a request up to the subject and the actor: who asks, by which grant, for whom. */
const tokex_err_t *tokex_exchange_begin(tokex_parties_t *parties, tokex_run_t *run);

#endif
