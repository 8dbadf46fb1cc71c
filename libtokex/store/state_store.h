/* state.db: what the running server writes. */
#ifndef TOKEX_STORE_STATE_STORE_H
#define TOKEX_STORE_STATE_STORE_H

#include "store/db_sqlite.h"

/* A setting that is in force in the running server: a directive and its value. */
typedef struct tokex_setting_t {
    const char *server; /* host name and port of the virtual host */
    const char *name;   /* the directive */
    const char *value;
    int64_t written; /* seconds */
    bool is_default; /* it would be so by itself too */
} tokex_setting_t;

/* Replaces the settings of every virtual host by these, in one transaction. */
const tokex_err_t *tokex_state_store_settings_save(tokex_db_t *db, const tokex_setting_t *settings,
                                                   int count, apr_pool_t *pool);
/* All of them, by server and name. */
const tokex_err_t *tokex_state_store_settings(const tokex_setting_t **out, int *count,
                                              tokex_db_t *db, apr_pool_t *result_pool,
                                              apr_pool_t *scratch_pool);

#endif
