/*
 * The gate in front of cJSON: one pass over the octets that refuses whatever RFC 8259 does not
 * describe and whatever cJSON would read otherwise than it stands there. Private to base/.
 */
#ifndef TOKEX_BASE_JSON_GATE_H
#define TOKEX_BASE_JSON_GATE_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/err.h"

/* A number whose text says more than a double does. */
typedef struct tokex_json_kept_t {
    apr_size_t ordinal; /* its place among all numbers of the document, from 0 */
    apr_size_t offset;  /* where its text begins */
    apr_size_t len;
} tokex_json_kept_t;

/*
 * Checks all `len` octets; errors as tokex_json_parse(). On success `*kept` holds the
 * tokex_json_kept_t of every number that is not plain (json_number.h), in the document's order, in
 * `pool`; NULL when all are.
 */
const tokex_err_t *tokex_json_gate_check(const apr_array_header_t **kept, const char *text,
                                         apr_size_t len, apr_pool_t *pool);

#endif
