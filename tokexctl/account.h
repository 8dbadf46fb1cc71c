/* What the commands about local accounts share. */
#ifndef TOKEXCTL_ACCOUNT_H
#define TOKEXCTL_ACCOUNT_H

#include "config/account.h"
#include "ctl.h"

/* An account whose members are being set. */
typedef struct account_draft_t {
    tokex_account_t account;
    apr_array_header_t *roles;      /* const char * */
    apr_array_header_t *attributes; /* tokex_account_attribute_t */
    int64_t now;                    /* seconds */
    apr_pool_t *pool;
} account_draft_t;

/* One without anything but its name and a new id, switched on. TOKEX_E_RANDOM. */
const tokex_err_t *account_draft_new(account_draft_t *draft, const char *username, int64_t now,
                                     apr_pool_t *pool);

/* One that is there already. */
void account_draft_of(account_draft_t *draft, const tokex_account_t *account, int64_t now,
                      apr_pool_t *pool);

/*
 * Sets a member (username, email, mobile, active, locked_until, privileged, roles, attribute.NAME,
 * unique.NAME) to `value`; "" takes it away. Roles are separated by commas. What is wrong, in
 * `pool` and without a full stop; NULL: nothing.
 */
const char *account_draft_set(account_draft_t *draft, const char *member, const char *value);

/* Adds a role, or takes one away. As above. */
const char *account_draft_role(account_draft_t *draft, const char *role, bool add);

/* The account as it is now. */
const tokex_account_t *account_draft_made(account_draft_t *draft);

/* The account that `name` names, by its user name or its id; NULL: none. */
const tokex_err_t *account_find(const tokex_account_t **out, tokex_db_t *db, const char *name,
                                apr_pool_t *pool);

/* `name`'s message for "there is no such account", and its exit code. */
int account_unknown(const char *name);

/* account import FILE|-. */
int account_import(ctl_t *ctl, int argc, const char *const *argv);

#endif
