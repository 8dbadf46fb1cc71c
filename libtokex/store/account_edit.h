/*
 * Changes of local accounts in state.db. Whoever calls has begun a write transaction, so that many
 * changes are one, and says at its end that there was a change.
 */
#ifndef TOKEX_STORE_ACCOUNT_EDIT_H
#define TOKEX_STORE_ACCOUNT_EDIT_H

#include "config/account.h"
#include "store/db_sqlite.h"

/* Adds `account`, whose id is new, with all its members. `*taken`: the name of what another account
 * has already (username, or an attribute that is unique); NULL: none, it was added. */
const tokex_err_t *tokex_account_edit_add(const char **taken, tokex_db_t *db,
                                          const tokex_account_t *account, apr_pool_t *pool);

/* Makes the account with this id what `account` says. `*taken` as above. */
const tokex_err_t *tokex_account_edit_put(const char **taken, tokex_db_t *db,
                                          const tokex_account_t *account, apr_pool_t *pool);

/* Removes an account with its links. */
const tokex_err_t *tokex_account_edit_remove(bool *found, tokex_db_t *db, const char *id,
                                             apr_pool_t *pool);

/* Lets those who read accounts see that something has changed. */
const tokex_err_t *tokex_account_edit_changed(tokex_db_t *db, apr_pool_t *pool);

/* One change alone, which ends the transaction: adds `account` or makes it what it says. Where
 * something is `*taken` nothing was changed. */
const tokex_err_t *tokex_account_edit_save(const char **taken, tokex_db_t *db,
                                           const tokex_account_t *account, bool is_new,
                                           apr_pool_t *pool);

/* Likewise: removes the account, if it is there, with its links. */
const tokex_err_t *tokex_account_edit_drop(tokex_db_t *db, const char *id, apr_pool_t *pool);

#endif
