/* Links in state.db: which subject of which issuer is which local account. Each call is a
 * transaction of its own; results live in `pool`. */
#ifndef TOKEX_STORE_ACCOUNT_LINKS_H
#define TOKEX_STORE_ACCOUNT_LINKS_H

#include "config/account.h"
#include "store/db_sqlite.h"

/*
 * Makes `link` unless its subject has one already. `*account`: the id of the account that the
 * subject is linked to then, whoever made the link; of two at once the second is told of the
 * first's. NULL: there is no account of that id (any more). An account that the site keeps
 * (tokex_account_is_site()) is believed to be there.
 */
const tokex_err_t *tokex_account_links_make(const char **account, tokex_db_t *db,
                                            const tokex_account_link_t *link, apr_pool_t *pool);

/* The id of the account that a subject is linked to, wherever that is kept; NULL: to none. */
const tokex_err_t *tokex_account_links_find(const char **account, tokex_db_t *db,
                                            const char *issuer, const char *sub, apr_pool_t *pool);

/* The links of an account, by issuer and subject: what its user is shown. */
const tokex_err_t *tokex_account_links_of(const tokex_account_link_t **out, int *count,
                                          tokex_db_t *db, const char *account, apr_pool_t *pool);

/* At most `most` links behind that of `issuer` and `sub` ("" and "": from the first), by both. */
const tokex_err_t *tokex_account_links_list(const tokex_account_link_t **out, int *count,
                                            tokex_db_t *db, const tokex_account_link_t *after,
                                            int most, apr_pool_t *pool);

/*
 * Removes the link of `unlink->issuer` and `unlink->sub`, and notes that and why. Where
 * `unlink->account` is set only if it is that account's: nobody removes what is another's.
 * `*found`: there was one.
 */
const tokex_err_t *tokex_account_links_remove(bool *found, tokex_db_t *db,
                                              const tokex_account_unlink_t *unlink,
                                              apr_pool_t *pool);

/* The links that were removed, by time. */
const tokex_err_t *tokex_account_links_removed(const tokex_account_unlink_t **out, int *count,
                                               tokex_db_t *db, apr_pool_t *pool);

#endif
