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

/* A connection of mod_dbd's that is ours for a while. */
typedef struct tokex_account_line_t tokex_account_line_t;

/* Takes one to the database of `s`, to be given back. mod_dbd makes new ones one after the other,
 * and takes as long as its driver; so whoever calls this sees to it that not many do at once.
 * TOKEX_E_DB_OPEN. */
const tokex_err_t *tokex_account_dbd_take(tokex_account_line_t **out, server_rec *s,
                                          apr_pool_t *pool);
void tokex_account_dbd_give_back(tokex_account_line_t *line);

/*
 * Asks the database. A statement that the connection does not know any more, as after a restart of
 * the database, is prepared again. `found` is in `pool`. TOKEX_E_DB_OPEN: the connection is broken;
 * TOKEX_E_DB_QUERY.
 */
const tokex_err_t *tokex_account_dbd_ask(tokex_account_found_t *out,
                                         const tokex_account_line_t *line,
                                         const tokex_account_query_t *query, const char *value,
                                         apr_pool_t *pool);

#endif
