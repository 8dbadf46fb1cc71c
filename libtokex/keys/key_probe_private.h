/* What the files of probing share. */
#ifndef TOKEX_KEYS_KEY_PROBE_PRIVATE_H
#define TOKEX_KEYS_KEY_PROBE_PRIVATE_H

#include <apr_tables.h>

#include "keys/key_probe.h"

/* On the way through one source. */
typedef struct tokex_probe_walk_t {
    const tokex_probe_way_t *way;
    const tokex_issuer_t *issuer;
    apr_pool_t *pool;
    apr_array_header_t *steps; /* tokex_probe_step_t */
    const char *source;
    bool broken; /* a step failed: what follows is skipped */
    bool clock_known;
    int64_t clock_ahead; /* seconds that the server's clock is ahead of ours */
} tokex_probe_walk_t;

/* One document. */
typedef struct tokex_probe_leg_t {
    tokex_fetch_t fetch;
    tokex_fetch_facts_t facts;
} tokex_probe_leg_t;

/* Adds the next step, skipped so far. It stays where it is until the next one is added. */
tokex_probe_step_t *tokex_key_probe_add(tokex_probe_walk_t *walk, const char *name,
                                        const char *url);

/* Says what came of `step`; a failure breaks the walk. `found` and `advice` are borrowed. */
void tokex_key_probe_ok(tokex_probe_step_t *step, const char *found, const char *advice);
void tokex_key_probe_fail(tokex_probe_walk_t *walk, tokex_probe_step_t *step, const char *found,
                          const char *advice);

/* Asks for a document, with the steps dns, connect and tls unless `known` (the host was reached
 * before). What came is in `leg`, unless the walk is broken. */
void tokex_key_probe_reach(tokex_probe_walk_t *walk, tokex_probe_leg_t *leg, const char *url,
                           const char *accept, bool known);

#endif
