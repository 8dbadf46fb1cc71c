/*
 * A decision on its way to state.db: octets without pointers. The request copies what it knows and
 * goes on; all that takes longer, escaping and JSON, is done by who reads them.
 */
#ifndef MOD_TOKEX_ACTIVITY_RECORD_H
#define MOD_TOKEX_ACTIVITY_RECORD_H

#include "exchange/outcome.h"
#include "store/activity_store.h"

/* The most octets of a record. What is too long for it is cut. */
#define TOKEX_ACTIVITY_RECORD_MAX 8192

/* What an outcome does not say itself. */
typedef struct tokex_activity_context_t {
    const char *receipt;
    const char *server;
    int64_t time;       /* seconds */
    int64_t latency_us; /* from the request to the decision */
} tokex_activity_context_t;

/* Writes a record into `octets`, of TOKEX_ACTIVITY_RECORD_MAX, and returns its length. `pool`: for
 * the text of an error. */
apr_size_t tokex_activity_record_write(unsigned char *octets, const tokex_outcome_t *outcome,
                                       const tokex_activity_context_t *context, apr_pool_t *pool);

/* The row that such octets stand for; in `pool`, and borrowed from the octets. */
void tokex_activity_record_read(tokex_activity_row_t *row, const unsigned char *octets,
                                apr_pool_t *pool);

#endif
