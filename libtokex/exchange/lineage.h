/* What an issued token comes from: its claim `lineage`. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_LINEAGE_H
#define TOKEX_EXCHANGE_LINEAGE_H

#include "exchange/party.h"

/*
 * Writes the member `lineage`: the ancestors of the token that comes of `parties`, the farthest
 * first, those of the subject token before those of the actor token, each once. A token of ours is
 * its jti, a foreign one the id of its issuer, `#` and its jti, where it has one; a client of ours
 * that a token of ours was issued to is `@` and its id, where it is another than the one that asks.
 * Nothing is written when there are none. TOKEX_E_LINEAGE when there are more than
 * TOKEX_LIMIT_LINEAGE, or one is longer than TOKEX_LIMIT_ANCESTOR: what is left out could not be
 * revoked.
 */
const tokex_err_t *tokex_lineage_write(tokex_jsonw_t *w, tokex_run_t *run,
                                       const tokex_parties_t *parties);

#endif
