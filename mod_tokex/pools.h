/* Pools that are none of httpd's. */
#ifndef MOD_TOKEX_POOLS_H
#define MOD_TOKEX_POOLS_H

#include <apr_pools.h>

/*
 * A pool with an allocator of its own, which several threads may use; pools made of it share that.
 * httpd's pools of a child may be used by its one thread alone (prefork), and what lives in them is
 * undone inside a signal handler there. This one stays until it is destroyed by hand, or the
 * process ends. It is never cleared, because the lock of its allocator lives in it; pools made of
 * it may be.
 */
apr_status_t tokex_pools_create(apr_pool_t **out);

/* Gives the system back what the C library keeps of memory that is free: starting needs much that
 * serving does not, and a process is there for long. */
void tokex_pools_trim(void);

#endif
