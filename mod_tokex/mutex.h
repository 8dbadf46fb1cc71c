/* A mutex of all processes that the directive Mutex knows by its type. */
#ifndef MOD_TOKEX_MUTEX_H
#define MOD_TOKEX_MUTEX_H

#include <stdbool.h>

#include <httpd.h>
#include <apr_global_mutex.h>

/* In the hook pre_config: OK, or not. */
int tokex_mutex_register(const char *type, apr_pool_t *pconf);

/* In the hook post_config. `*out` becomes NULL when the configuration goes. False, and logged:
 * there is none. */
bool tokex_mutex_create(apr_global_mutex_t **out, const char *type, apr_pool_t *pconf,
                        server_rec *main);

/* In each child. `*mutex` may be NULL, and becomes it where it cannot be opened: that is logged
 * with what the process does then, `instead`. */
void tokex_mutex_child(apr_global_mutex_t **mutex, const char *type, const char *instead,
                       apr_pool_t *pchild, server_rec *main);

/* Locks it, waiting no longer than `patience` (microseconds): whoever holds it may be stopped.
 * False: it could not be had. */
bool tokex_mutex_lock(apr_global_mutex_t *mutex, apr_interval_time_t patience);

#endif
