/*
 * Local accounts of one directory, in one process: requests ask for them in state.db, and where
 * nothing is linked they ask nobody.
 */
#ifndef MOD_TOKEX_ACCOUNTS_H
#define MOD_TOKEX_ACCOUNTS_H

#include <httpd.h>

#include "config/account.h"
#include "base/err.h"
#include "state_share.h"

typedef struct tokex_accounts_t tokex_accounts_t;

/* For the directory of `share`; nothing is read so far. `s`: whose log is written. `share` lives as
 * long as `pool`, which several threads may use. NULL, and a line in the log, when there is no
 * memory. */
tokex_accounts_t *tokex_accounts_create(server_rec *s, tokex_state_share_t *share,
                                        apr_pool_t *pool);

/* Sees whether anything has changed in state.db. By the one thread that follows it. */
void tokex_accounts_look(tokex_accounts_t *accounts);

/*
 * Fits the member `account` of tokex_host_t; `ctx` is a tokex_accounts_t. By any thread. Where
 * state.db cannot be read, what is not needed is answered with none as long as nobody is known to
 * be linked: an exchange without accounts goes on, and nobody who may be switched off comes in.
 */
const tokex_err_t *tokex_accounts_ask(tokex_account_answer_t *out, void *ctx,
                                      const tokex_account_question_t *question, apr_pool_t *pool);

/* The id of the account that the subject of `question` is linked to; NULL: to none. Errors, and
 * what is no error, as above. */
const tokex_err_t *tokex_accounts_linked(const char **account, tokex_accounts_t *accounts,
                                         const tokex_account_question_t *question,
                                         apr_pool_t *pool);

/* Fits the member `link` of tokex_host_t. Waits for a lock of the database 200 ms at most. */
const tokex_err_t *tokex_accounts_link(const char **account, void *ctx,
                                       const tokex_account_link_t *link, apr_pool_t *pool);

/* A number that what was decided holds for: another one within a second after an account or a link
 * was changed. While state.db cannot be read and somebody is linked, another one each second. */
apr_uint64_t tokex_accounts_mark(tokex_accounts_t *accounts);

#endif
