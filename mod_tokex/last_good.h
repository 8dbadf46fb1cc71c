/*
 * The last configuration that could be served, kept beside state.db: a child that is born while the
 * current one cannot be loaded serves that.
 */
#ifndef MOD_TOKEX_LAST_GOOD_H
#define MOD_TOKEX_LAST_GOOD_H

#include <httpd.h>

#include "site.h"
#include "store/db_sqlite.h"

typedef struct tokex_last_good_t tokex_last_good_t;

/* The hook pre_config: the mutex that lets one process of the host write can be named in `Mutex`.
 */
int tokex_last_good_register(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);

/* The hook post_config: makes the mutex, where a virtual host is switched on. */
int tokex_last_good_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

/* A child opens the mutex for itself. */
void tokex_last_good_child(tokex_last_good_t *saver, server_rec *main, apr_pool_t *pchild);

/* What to save. */
typedef struct tokex_last_good_work_t {
    const char *path; /* where to */
    tokex_db_t *db;
    int64_t generation; /* that was found good */
    apr_time_t changed; /* when the file of `db` was, last */
} tokex_last_good_work_t;

/*
 * Saves what `work` says, unless that has been done since it changed. `*done` false: another
 * process is at it; try again later. TOKEX_E_CONFLICT when the database has moved on; other errors
 * as of tokex_config_store_copy().
 */
const tokex_err_t *tokex_last_good_save(bool *done, const tokex_last_good_work_t *work,
                                        tokex_last_good_t *saver, apr_pool_t *pool);

/*
 * Loads `source`, whose config_db is that file. TOKEX_E_FILE when a process that is not root finds
 * it to be of another user: only what httpd saved itself is believed. Otherwise as of
 * tokex_site_load().
 */
const tokex_err_t *tokex_last_good_load(const tokex_site_t **out, const tokex_site_source_t *source,
                                        tokex_faults_t *faults, apr_pool_t *pool);

#endif
