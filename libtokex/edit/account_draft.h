/* An account whose members are set one by one, as people write them. */
#ifndef TOKEX_EDIT_ACCOUNT_DRAFT_H
#define TOKEX_EDIT_ACCOUNT_DRAFT_H

#include <apr_tables.h>

#include "base/err.h"
#include "config/account.h"

/* An account whose members are being set. */
typedef struct tokex_account_draft_t {
    tokex_account_t account;
    apr_array_header_t *roles;      /* const char * */
    apr_array_header_t *attributes; /* tokex_account_attribute_t */
    int64_t now;                    /* seconds */
    apr_pool_t *pool;
} tokex_account_draft_t;

/* One without anything but its name and a new id, switched on. TOKEX_E_RANDOM. */
const tokex_err_t *tokex_account_draft_new(tokex_account_draft_t *draft, const char *username,
                                           int64_t now, apr_pool_t *pool);

/* One that is there already. */
void tokex_account_draft_of(tokex_account_draft_t *draft, const tokex_account_t *account,
                            int64_t now, apr_pool_t *pool);

/*
 * Sets a member (username, email, mobile, active, locked_until, privileged, roles, attribute.NAME,
 * unique.NAME) to `value`; "" takes it away. Roles are separated by commas. What is wrong, in
 * `pool` and without a full stop; NULL: nothing.
 */
const char *tokex_account_draft_set(tokex_account_draft_t *draft, const char *member,
                                    const char *value);

/* Adds a role, or takes one away. As above. */
const char *tokex_account_draft_role(tokex_account_draft_t *draft, const char *role, bool add);

/* The account as it is now. */
const tokex_account_t *tokex_account_draft_made(tokex_account_draft_t *draft);

#endif
