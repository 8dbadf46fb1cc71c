/*
 * Where the accounts of a virtual host are: in state.db, or where the site keeps them
 * (TokexAccountQuery, TokexAccountLDAP). One source a host.
 */
#ifndef MOD_TOKEX_ACCOUNT_SOURCE_H
#define MOD_TOKEX_ACCOUNT_SOURCE_H

#include <httpd.h>
#include <http_config.h>

#include "account_dbd.h"
#include "account_ldap.h"

/* Seconds that an answer is remembered, and what rests on it. */
#define TOKEX_ACCOUNT_TTL_DEFAULT 60
#define TOKEX_ACCOUNT_TTL_MAX 300

typedef enum tokex_account_kind_t {
    TOKEX_ACCOUNTS_OWN, /* `Off`: those of state.db */
    TOKEX_ACCOUNTS_SQL,
    TOKEX_ACCOUNTS_LDAP
} tokex_account_kind_t;

typedef struct tokex_account_source_t {
    tokex_account_kind_t kind;
    const char *directive; /* that came first, and where */
    const char *file;
    int line;
    apr_array_header_t *queries; /* tokex_account_query_t */
    tokex_account_ldap_t ldap;
} tokex_account_source_t;

/* The directives. */
const char *tokex_account_source_set_query(cmd_parms *cmd, void *unused, const char *attribute,
                                           const char *sql);
const char *tokex_account_source_set_ldap(cmd_parms *cmd, void *unused, const char *url,
                                          const char *mode);
const char *tokex_account_source_set_bind(cmd_parms *cmd, void *unused, const char *dn,
                                          const char *file);
const char *tokex_account_source_set_map(cmd_parms *cmd, void *unused, const char *name,
                                         const char *ldap);
const char *tokex_account_source_set_ttl(cmd_parms *cmd, void *unused, const char *arg);

/* What keeps a source from being asked, now that all of it is known; NULL: nothing. Reads the
 * password that it names, in `pool`. A NULL source is good. */
const char *tokex_account_source_check(tokex_account_source_t *source, apr_pool_t *pool);

/* TOKEX_ACCOUNT_SQL, TOKEX_ACCOUNT_LDAP; NULL where accounts are in state.db. */
const char *tokex_account_source_name(const tokex_account_source_t *source);

/* The query for an attribute; NULL: none. */
const tokex_account_query_t *tokex_account_source_query(const tokex_account_source_t *source,
                                                        const char *attribute);

/* All that decides what it answers, but the password; "" where accounts are in state.db. */
const char *tokex_account_source_text(const tokex_account_source_t *source, apr_pool_t *pool);

/* Of a value of TokexAccountTTL; NULL: the default. Seconds. */
int tokex_account_source_ttl(const char *value);

#endif
