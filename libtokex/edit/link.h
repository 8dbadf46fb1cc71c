/* Links that administrators make and remove. */
#ifndef TOKEX_EDIT_LINK_H
#define TOKEX_EDIT_LINK_H

#include "config/account.h"
#include "store/db_sqlite.h"

typedef enum tokex_link_result_t {
    TOKEX_LINK_DONE,
    TOKEX_LINK_NO_ISSUER,  /* the configuration has none of that id */
    TOKEX_LINK_NO_ACCOUNT, /* nobody is called so */
    TOKEX_LINK_TAKEN,      /* the subject is linked to another account */
    TOKEX_LINK_NONE,       /* the subject is linked to no account */
    TOKEX_LINK_USERS_ONLY  /* unlink_by_users_only of the issuer */
} tokex_link_result_t;

/* The id of the account that `name` names, by its user name or its id; NULL: there is none. Of one
 * that the site keeps only its id is known here, and it is believed. */
const tokex_err_t *tokex_link_account(const char **out, tokex_db_t *state, const char *name,
                                      apr_pool_t *pool);

/* Makes `link`, whose account is named as above. TOKEX_LINK_TAKEN: `*linked` is that account's id
 * (NULL: the account went meanwhile). */
const tokex_err_t *tokex_link_add(tokex_link_result_t *result, const char **linked,
                                  tokex_db_t *state, const tokex_config_t *config,
                                  tokex_account_link_t link, apr_pool_t *pool);

/* Removes a link. Those of an issuer that is gone may go too. */
const tokex_err_t *tokex_link_remove(tokex_link_result_t *result, tokex_db_t *state,
                                     const tokex_config_t *config,
                                     const tokex_account_unlink_t *unlink, apr_pool_t *pool);

#endif
