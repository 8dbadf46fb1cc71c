/*
 * JSON in one spelling: members sorted by name, so that a key that was stored and read again is the
 * same octets.
 */
#ifndef TOKEX_CONFIG_CANONICAL_H
#define TOKEX_CONFIG_CANONICAL_H

#include "base/json.h"

/* Writes `node` (not NULL) to `w`, the members of every object in it sorted by name (strcmp). */
void tokex_canonical_write(tokex_jsonw_t *w, const tokex_json_t *node, apr_pool_t *scratch_pool);

/* The same as a text of its own in `result_pool`, on one line. */
const char *tokex_canonical_text(const tokex_json_t *node, apr_pool_t *result_pool,
                                 apr_pool_t *scratch_pool);

#endif
