/* Where the requests of a process leave their decisions and one thread takes them: bounded, and
 * nobody waits for room. */
#ifndef MOD_TOKEX_ACTIVITY_RING_H
#define MOD_TOKEX_ACTIVITY_RING_H

#include <stdbool.h>

#include <apr_pools.h>

/* Records that wait at most, and their octets, in each of two trays: one is filled while the other
 * is written. The last quarter of a tray is for refusals, which people ask about. */
#define TOKEX_ACTIVITY_RING_RECORDS 256
#define TOKEX_ACTIVITY_RING_OCTETS (512 * 1024)

typedef struct tokex_activity_ring_t tokex_activity_ring_t;

/* Records that were taken out, one behind the other. */
typedef struct tokex_activity_tray_t {
    unsigned char *octets; /* each record behind its tokex_activity_mark_t */
    apr_size_t used;
    int count;
} tokex_activity_tray_t;

typedef struct tokex_activity_mark_t {
    apr_uint32_t len; /* of the record behind it */
    apr_uint32_t tag; /* of whoever put it there */
} tokex_activity_mark_t;

/* NULL: there is no lock, or no memory. */
tokex_activity_ring_t *tokex_activity_ring_create(apr_pool_t *pool);

/* By any thread. Copies the record. False: there is no room, or the ring is closed. */
bool tokex_activity_ring_put(tokex_activity_ring_t *ring, const tokex_activity_mark_t *mark,
                             const unsigned char *record, bool refusal);

/*
 * By the one thread that empties it: what came since it did so last, to be read until the next
 * call. NULL: nothing, or a request that holds the lock does not let go of it. With `close` no more
 * is taken in.
 */
const tokex_activity_tray_t *tokex_activity_ring_take(tokex_activity_ring_t *ring, bool close);

/* By that thread, which has read what it took: most of its memory is given back at once, because a
 * process serves for long and is seldom as busy. */
void tokex_activity_ring_done(tokex_activity_ring_t *ring);

/* The record at `*at`, which begins with 0 and goes on to the next one. NULL: there are no more. */
const unsigned char *tokex_activity_tray_next(const tokex_activity_tray_t *tray, apr_size_t *at,
                                              tokex_activity_mark_t *mark);

#endif
