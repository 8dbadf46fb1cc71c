/* Local accounts in state.db: how they are found. What changes them is account_edit.h, links
 * are account_links.h. Results live in `pool`. */
#ifndef TOKEX_STORE_ACCOUNT_STORE_H
#define TOKEX_STORE_ACCOUNT_STORE_H

#include "config/account.h"
#include "store/db_sqlite.h"

/* What tells whether something has changed. */
typedef struct tokex_account_state_t {
    int64_t number; /* another one after every change but a link that a token made by itself, and
                       in every other database that was ever changed; 0: it never was */
    bool has_links;
} tokex_account_state_t;

const tokex_err_t *tokex_account_store_state(tokex_account_state_t *out, tokex_db_t *db,
                                             apr_pool_t *pool);

/* Answers `question` as of one moment. TOKEX_E_DB_*. */
const tokex_err_t *tokex_account_store_answer(tokex_account_answer_t *out, tokex_db_t *db,
                                              const tokex_account_question_t *question,
                                              apr_pool_t *pool);

/* The account with this id, or this user name; NULL: none. */
const tokex_err_t *tokex_account_store_by_id(const tokex_account_t **out, tokex_db_t *db,
                                             const char *id, apr_pool_t *pool);
const tokex_err_t *tokex_account_store_by_name(const tokex_account_t **out, tokex_db_t *db,
                                               const char *username, apr_pool_t *pool);

/* That with this user name, else that with this id; NULL: none. */
const tokex_err_t *tokex_account_store_named(const tokex_account_t **out, tokex_db_t *db,
                                             const char *name, apr_pool_t *pool);

/* At most `most` accounts behind the user name `after` ("": from the first), by user name. */
const tokex_err_t *tokex_account_store_list(const tokex_account_t **out, int *count, tokex_db_t *db,
                                            const char *after, int most, apr_pool_t *pool);

#endif
