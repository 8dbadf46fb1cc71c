/* What the pages of accounts and links share. */
#ifndef ADMIN_PEOPLE_H
#define ADMIN_PEOPLE_H

#include "admin.h"
#include "config/account.h"

/* The account of the id; `*out` NULL: there is none, and the page that says so is made. */
const tokex_err_t *admin_find_account(admin_t *a, const tokex_account_t **out, const char *id);

/* "auditor, clerk". */
const char *admin_roles_text(const tokex_account_t *account, apr_pool_t *pool);

/* Writes whether it may come in. */
void admin_put_state(admin_t *a, const tokex_account_t *account);

/* Writes links as a table; nothing where there are none. */
void admin_put_links(admin_t *a, const tokex_account_link_t *links, int count, const char *caption);

/* Notes in the server's log what was done to whom: accounts have no history. */
void admin_note(const admin_t *a, const char *what, const tokex_account_t *account);

/* The address of the page of an account. */
const char *admin_account_url(const admin_t *a, const char *id);

#endif
