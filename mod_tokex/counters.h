/*
 * What is counted: in memory that all processes share, for all virtual hosts together, without
 * locks. A start and a restart begin at zero.
 */
#ifndef MOD_TOKEX_COUNTERS_H
#define MOD_TOKEX_COUNTERS_H

#include <stdbool.h>

#include <httpd.h>

#include "base/err.h"

typedef enum tokex_page_t {
    TOKEX_PAGE_OTHER, /* no endpoint of ours */
    TOKEX_PAGE_TOKEN,
    TOKEX_PAGE_JWKS,
    TOKEX_PAGE_METADATA,
    TOKEX_PAGE_INTROSPECT,
    TOKEX_PAGE_REVOKE,
    TOKEX_PAGES
} tokex_page_t;

/* Steps of the histogram of durations; the last one has no upper bound. */
#define TOKEX_BUCKETS 13

/* Where each count stands: single ones, a sum among them, then a row of each kind. */
enum {
    TOKEX_COUNT_GRANTED,
    TOKEX_COUNT_AUDIT_LOST,     /* decisions without an audit line */
    TOKEX_COUNT_UNSAID,         /* refusals without a line in the error log, because of its limit */
    TOKEX_COUNT_MICROSECONDS,   /* of all exchanges together */
    TOKEX_COUNT_FETCHES_GOOD,   /* sources of issuers' keys that answered with a JWK Set */
    TOKEX_COUNT_FETCHES_FAILED, /* that did not */
    TOKEX_COUNT_ASKS_GOOD,      /* questions to issuers about tokens that were answered */
    TOKEX_COUNT_ASKS_FAILED,    /* that were not, or not as they should be */
    TOKEX_COUNT_ASKS_SPARED,    /* answers that were remembered, or another request waited for */
    TOKEX_COUNT_CACHE_HITS,     /* decisions that were remembered */
    TOKEX_COUNT_CACHE_MISSES,   /* that could have been, and were not */
    TOKEX_COUNT_CACHE_STORED,
    TOKEX_COUNT_CACHE_UNFIT,   /* there was no room for so much */
    TOKEX_COUNT_CACHE_DROPPED, /* because the backend said 401 */
    TOKEX_COUNT_CACHE_REMOTE_LATE,
    TOKEX_COUNT_CACHE_REMOTE_FAILED,
    TOKEX_COUNT_ACTIVITY_DROPPED,                           /* decisions that are not recorded */
    TOKEX_COUNT_REFUSED,                                    /* by tokex_code_t */
    TOKEX_COUNT_PAGE = TOKEX_COUNT_REFUSED + TOKEX_E_COUNT, /* by tokex_page_t */
    TOKEX_COUNT_BUCKET = TOKEX_COUNT_PAGE + TOKEX_PAGES,    /* exchanges by duration */
    TOKEX_COUNTS = TOKEX_COUNT_BUCKET + TOKEX_BUCKETS
};

/* The upper bound of a step in microseconds, and the same in seconds as text. */
typedef struct tokex_bucket_t {
    apr_interval_time_t most;
    const char *seconds;
} tokex_bucket_t;

/* All but the last, rising. */
extern const tokex_bucket_t tokex_counters_buckets[TOKEX_BUCKETS - 1];

/* The hook post_config: makes the memory when a host is switched on. Without it, which is logged,
 * nothing is counted, and the server serves. */
int tokex_counters_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

/* One of a kind that has no row. */
void tokex_counters_one(const request_rec *r, int count);

/* The same where there is no request. */
void tokex_counters_add(int count);

/* A request for `page`. */
void tokex_counters_page(const request_rec *r, tokex_page_t page);

/* A decision of the token endpoint: granted when `err` is NULL. `took`: microseconds. */
void tokex_counters_outcome(const request_rec *r, const tokex_err_t *err, apr_interval_time_t took);

/* Fills `counts` and the time when counting began; false where nothing is counted. Requests that
 * are served at the same moment may be in one count already and in another not yet. */
bool tokex_counters_read(apr_uint64_t counts[TOKEX_COUNTS], apr_time_t *since);

/* All of TOKEX_COUNT_REFUSED together; all of TOKEX_COUNT_BUCKET. */
apr_uint64_t tokex_counters_refused(const apr_uint64_t counts[TOKEX_COUNTS]);
apr_uint64_t tokex_counters_timed(const apr_uint64_t counts[TOKEX_COUNTS]);

/* The name of a page where it is a label: [a-z]+. */
const char *tokex_counters_page_name(int page);

#endif
