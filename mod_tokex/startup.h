/* Is what the directives name there, readable and sound? Before the server serves. */
#ifndef MOD_TOKEX_STARTUP_H
#define MOD_TOKEX_STARTUP_H

#include <httpd.h>

/* The hook check_config: in a configuration test everything, as errors; otherwise, in the first
 * pass, only what costs nothing, as warnings. */
int tokex_startup_test(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

/* The hook post_config: the refusal to start. In the first pass the files, then everything. Keeps
 * the master keys for the children. */
int tokex_startup_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

#endif
