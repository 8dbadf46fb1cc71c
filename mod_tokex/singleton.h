/*
 * What one process of the host does for all, once a second: mod_watchdog's singleton "_tokex_".
 * When that process ends, another one takes over after some seconds.
 */
#ifndef MOD_TOKEX_SINGLETON_H
#define MOD_TOKEX_SINGLETON_H

#include <stdbool.h>

#include <httpd.h>

/*
 * A job: does what is due and returns; within a second, and at once when `*stop` turns not zero,
 * because the end of the process waits for it. It runs in a thread of its own. `pool` goes
 * afterwards.
 */
typedef void tokex_singleton_job_t(void *ctx, volatile apr_uint32_t *stop, apr_pool_t *pool);

/* Is mod_watchdog there? */
bool tokex_singleton_is_possible(void);

/* What is said where it is not. */
#define TOKEX_SINGLETON_MISSING                                                                    \
    "mod_watchdog is not there, which the keys of issuers are refreshed with. Load it: "           \
    "LoadModule "                                                                                  \
    "watchdog_module modules/mod_watchdog.so"

/* The hook post_config: asks mod_watchdog for its calls when a host is switched on. */
int tokex_singleton_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

/* In child_init: adds a job of this child, and begins. No job is added later. What `ctx` points to
 * and `stop` stay as long as the process does. Before `pchild` goes `stop` is set and a job that is
 * under way waited for, five seconds at most. */
void tokex_singleton_add(tokex_singleton_job_t *job, void *ctx, apr_pool_t *pchild);
void tokex_singleton_begin(volatile apr_uint32_t *stop, apr_pool_t *pchild);

#endif
