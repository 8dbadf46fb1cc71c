/* What a site says of one of its accounts, and the account that comes of it. */
#ifndef MOD_TOKEX_ACCOUNT_ROW_H
#define MOD_TOKEX_ACCOUNT_ROW_H

#include "base/err.h"
#include "config/account.h"

/* Beside the names of account.h. */
#define TOKEX_ACCOUNT_ACTIVE "active"
#define TOKEX_ACCOUNT_LOCKED_UNTIL "locked_until"
#define TOKEX_ACCOUNT_PRIVILEGED "privileged"

/* More columns, and more octets of values, than this has no account. */
#define TOKEX_ACCOUNT_COLUMNS_MAX 64
#define TOKEX_ACCOUNT_OCTETS_MAX 8192

typedef struct tokex_account_column_t {
    const char *name;
    const char *const *values; /* in whatever order the site has them */
    int count;                 /* 0: nothing there */
} tokex_account_column_t;

/* What was found. */
typedef struct tokex_account_found_t {
    int count;                             /* 0, 1, or 2 for several */
    const tokex_account_column_t *columns; /* of the one */
    int column_count;
} tokex_account_found_t;

/*
 * The account of the one row in `found`, in `pool`. `source` is TOKEX_ACCOUNT_SQL or
 * TOKEX_ACCOUNT_LDAP, `key` what was asked for: an attribute, or TOKEX_ACCOUNT_ID. Where the row
 * has not that very value, octet by octet, *out is NULL: what a database or a directory takes for
 * the same is not the same here.
 *
 * Columns: id, username and active must be there. active and privileged are yes when they are one
 * of 1, t, true, y, yes, on, in whatever case; active is no otherwise; privileged is yes unless it
 * is one of 0, f, false, n, no, off, or is no column. locked_until: seconds since 1970, nothing or
 * 0 for not locked; what is no number locks. Of several values of one the least counts, but for
 * roles. Every other column is an attribute. TOKEX_E_DB_QUERY: what must be there is not, or is not
 * UTF-8.
 */
const tokex_err_t *tokex_account_row_read(const tokex_account_t **out,
                                          const tokex_account_found_t *found, const char *source,
                                          const tokex_account_key_t *key, apr_pool_t *pool);

/* As text that can be kept, and back. NULL: it is none that was written so. */
const char *tokex_account_row_write(const tokex_account_t *account, apr_size_t *len,
                                    apr_pool_t *pool);
const tokex_account_t *tokex_account_row_restore(const char *text, apr_size_t len,
                                                 apr_pool_t *pool);

#endif
