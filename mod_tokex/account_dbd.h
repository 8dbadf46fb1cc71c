/* Accounts in a database of the site, asked for through mod_dbd. */
#ifndef MOD_TOKEX_ACCOUNT_DBD_H
#define MOD_TOKEX_ACCOUNT_DBD_H

#include <httpd.h>

#include "account_row.h"

/* One statement. */
typedef struct tokex_account_query_t {
    const char *attribute; /* whose value it is handed */
    const char *sql;       /* with one %s */
    const char *label;     /* as mod_dbd knows it */
} tokex_account_query_t;

/* Is mod_dbd there? While directives are read, too. */
bool tokex_account_dbd_is_there(void);

/* Has mod_dbd prepare the statement on each connection of `s`. While directives are read. */
void tokex_account_dbd_prepare(server_rec *s, const tokex_account_query_t *query);

/*
 * Asks the database of `s`, on a connection of mod_dbd's, which is given back before this returns.
 * A statement that the connection does not know any more, as after a restart of the database, is
 * prepared again. `found` is in `pool`. TOKEX_E_DB_OPEN: there is no connection; TOKEX_E_DB_QUERY.
 */
const tokex_err_t *tokex_account_dbd_ask(tokex_account_found_t *out,
                                         const tokex_account_query_t *query, const char *value,
                                         server_rec *s, apr_pool_t *pool);

#endif
