/*
 * Accounts that the site keeps, in one process: a request asks for them in the site's database or
 * directory, and remembers what was said for TokexAccountTTL seconds at most. Who is linked to
 * which of them stands in state.db (accounts.h).
 *
 * Of the threads of a process so many ask at once that others are left; who waits for them longer
 * than a second, or comes just after nobody could be asked, is told so without a try.
 */
#ifndef MOD_TOKEX_ACCOUNT_ASKER_H
#define MOD_TOKEX_ACCOUNT_ASKER_H

#include <httpd.h>

#include "account_source.h"
#include "accounts.h"
#include "exchange/exchange.h"

typedef struct tokex_account_asker_t tokex_account_asker_t;

/* For `source`, which is not state.db; `ttl` in seconds. All live as long as `pool`. NULL: there is
 * no memory. */
tokex_account_asker_t *tokex_account_asker_create(const tokex_account_source_t *source, int ttl,
                                                  tokex_accounts_t *links,
                                                  const tokex_crypt_t *crypt, apr_pool_t *pool);

/*
 * What serves the request `r`: `engine` itself where `asker` is NULL, else one, in r->pool, that
 * asks for accounts as `r`. A subject whose link is to an account that is not there, or that
 * another source has, is TOKEX_ACCOUNT_GONE: nobody can tell whether it is switched off.
 */
const tokex_engine_t *tokex_account_asker_engine(const tokex_engine_t *engine,
                                                 tokex_account_asker_t *asker, request_rec *r);

#endif
