/* What the processes of the running server have in force, and what they count: state.db's tables
 * serving and server_count. */
#ifndef TOKEX_STORE_SERVING_STORE_H
#define TOKEX_STORE_SERVING_STORE_H

#include "store/db_sqlite.h"

/* What a process does with the configuration. */
typedef enum tokex_serving_state_t {
    TOKEX_SERVING_CURRENT, /* it serves what it found there last */
    TOKEX_SERVING_KEPT,    /* it could not load what stands there, and serves what it could last */
    TOKEX_SERVING_NONE     /* it could load nothing, and answers 503 */
} tokex_serving_state_t;

/* Processes that serve the same. */
typedef struct tokex_serving_t {
    int64_t generation; /* store/config_store.h; 0 where there is none */
    tokex_serving_state_t state;
    int64_t processes;
    int64_t since; /* seconds: the last of them began to */
} tokex_serving_t;

/* A count of the whole server. */
typedef struct tokex_server_count_t {
    const char *name;
    int64_t value;
} tokex_server_count_t;

/* Names of counts that are moments, in seconds: when counting began, and when it was told last. */
#define TOKEX_SERVER_SINCE "since"
#define TOKEX_SERVER_TOLD "told"
/* A server that has told nothing for so long, seconds, does not run. */
#define TOKEX_SERVER_SILENT 180
/* Names of what is counted of remembered decisions. */
#define TOKEX_SERVER_CACHE_HITS "cache_hits"
#define TOKEX_SERVER_CACHE_MISSES "cache_misses"
#define TOKEX_SERVER_CACHE_STORED "cache_stored"
#define TOKEX_SERVER_CACHE_UNFIT "cache_unfit"
#define TOKEX_SERVER_CACHE_DROPPED "cache_dropped"
#define TOKEX_SERVER_CACHE_REMOTE_LATE "cache_remote_late"
#define TOKEX_SERVER_CACHE_REMOTE_FAILED "cache_remote_failed"

/* What is told at a time. */
typedef struct tokex_serving_report_t {
    const tokex_serving_t *servings;
    int serving_count;
    const tokex_server_count_t *counts;
    int count_count;
} tokex_serving_report_t;

/* Replaces what is served, and sets the counts that are named, in one transaction. */
const tokex_err_t *tokex_serving_store_save(tokex_db_t *db, const tokex_serving_report_t *report,
                                            apr_pool_t *pool);

/* What was told last, the newest generation first, counts by name; in `pool`. */
const tokex_err_t *tokex_serving_store_read(tokex_serving_report_t *out, tokex_db_t *db,
                                            apr_pool_t *pool);

/* A count of that name; 0: there is none. */
int64_t tokex_serving_count(const tokex_serving_report_t *report, const char *name);

#endif
