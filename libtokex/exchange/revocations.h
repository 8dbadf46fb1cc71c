/*
 * All that is taken back, in memory: one thread at a time adds to it while any number of others
 * ask, and nobody waits for anybody. 10^5 revocations are some 11 MiB.
 */
#ifndef TOKEX_EXCHANGE_REVOCATIONS_H
#define TOKEX_EXCHANGE_REVOCATIONS_H

#include "exchange/host.h"

typedef struct tokex_revocations_t tokex_revocations_t;

/* An empty set. Whoever adds to it owns `pool` meanwhile, or its allocator has a lock.
 * TOKEX_E_MEMORY. */
const tokex_err_t *tokex_revocations_create(tokex_revocations_t **out, apr_pool_t *pool);

/*
 * Adds `row` (copied), or what it adds to the one of the same kind, issuer and value: a later
 * cut-off, a longer end. What has ended `now` (seconds) is left behind when there is need of more
 * room. By one thread at a time. TOKEX_E_MEMORY: then everything is as before.
 */
const tokex_err_t *tokex_revocations_put(tokex_revocations_t *set, const tokex_revocation_t *row,
                                         int64_t now);

/* How many there are, some of which may have ended. By any thread. */
uint32_t tokex_revocations_count(tokex_revocations_t *set);

/* Fits the member `revokes` of tokex_host_t; `set` is a tokex_revocations_t. By any thread. */
bool tokex_revocations_any(void *set);

/* Fits the member `revoked` of tokex_host_t; `set` is a tokex_revocations_t. Of several cut-offs
 * that concern a token each holds by itself, so the latest decides. By any thread. */
bool tokex_revocations_find(int64_t *number, void *set, const tokex_marks_t *marks);

#endif
