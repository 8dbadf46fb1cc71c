/* Which generation of the configuration each process serves: in memory that all of them share, from
 * where one tells it to state.db for the tools. */
#ifndef MOD_TOKEX_SERVING_H
#define MOD_TOKEX_SERVING_H

#include <httpd.h>

#include "store/serving_store.h"

/* A place of this process on the board. */
typedef struct tokex_serving_place_t tokex_serving_place_t;

/* The hook post_config: makes the board when a host is switched on. Without it, which is logged,
 * nothing is told, and the server serves. */
int tokex_serving_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

/* In child_init: a place for what the virtual host `s` serves from, given back when `pool` goes or
 * the process has ended. NULL: there is no board, or none is free. */
tokex_serving_place_t *tokex_serving_take(server_rec *s, apr_pool_t *pool);

/* What is served there now. `place` may be NULL. By one thread. */
void tokex_serving_say(tokex_serving_place_t *place, tokex_serving_state_t state,
                       int64_t generation);

/* In child_init: a job of the singleton, which writes what the processes say of the state.db at
 * `path`, and what is counted, there: changes within some seconds, counts now and then. */
void tokex_serving_add(server_rec *s, const char *path, apr_pool_t *pchild);

#endif
