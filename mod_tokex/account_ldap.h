/* Accounts in a directory of the site, asked for through mod_ldap. */
#ifndef MOD_TOKEX_ACCOUNT_LDAP_H
#define MOD_TOKEX_ACCOUNT_LDAP_H

#include <httpd.h>

#include <apr_tables.h>

#include "account_row.h"

/* What a member of an account is in the directory: an attribute; of active and privileged a filter
 * that the entries have of which it is true. */
typedef struct tokex_account_name_t {
    const char *name;
    const char *ldap;
} tokex_account_name_t;

/* Where the directory is, and how its entries are read. */
typedef struct tokex_account_ldap_t {
    const char *url;  /* as it was written; NULL: it was not */
    const char *host; /* names, separated by blanks */
    int port;
    const char *base;
    int scope;
    const char *filter;    /* with its brackets */
    int secure;            /* APR_LDAP_NONE, _SSL, _STARTTLS */
    const char *bind_dn;   /* NULL: nobody */
    const char *bind_file; /* where its password stands */
    const char *bind_password;
    apr_array_header_t *names; /* tokex_account_name_t, as they were written */
} tokex_account_ldap_t;

/* Is mod_ldap there, and what it asks with? While directives are read, too. */
bool tokex_account_ldap_is_there(void);

/* Takes a URL (RFC 4516) apart into `ldap`. What is wrong with it, in `pool`; NULL: nothing. */
const char *tokex_account_ldap_set_url(tokex_account_ldap_t *ldap, const char *url, bool starttls,
                                       apr_pool_t *pool);

/* What the member `name` of an account is in the directory; NULL: nothing. */
const char *tokex_account_ldap_name(const tokex_account_ldap_t *ldap, const char *name);

/* Reads the password of bind_file, which only its owner and its group may read. TOKEX_E_FILE,
 * TOKEX_E_FILE_MODE. */
const tokex_err_t *tokex_account_ldap_read_password(tokex_account_ldap_t *ldap, apr_pool_t *pool);

/*
 * Asks the directory for the entries whose `attribute` (of an account) is `value`, and nothing that
 * was remembered of it. `found` is in `pool`. TOKEX_E_DB_OPEN: it does not answer, or not within
 * some seconds; TOKEX_E_DB_QUERY.
 */
const tokex_err_t *tokex_account_ldap_ask(tokex_account_found_t *out,
                                          const tokex_account_ldap_t *ldap,
                                          const tokex_account_key_t *key, request_rec *r,
                                          apr_pool_t *pool);

#endif
