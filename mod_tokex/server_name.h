/* What a virtual host is called in state.db. */
#ifndef MOD_TOKEX_SERVER_NAME_H
#define MOD_TOKEX_SERVER_NAME_H

#include <httpd.h>

/* Host name and port; of two virtual hosts of one directory that share them, the later one with its
 * place in the configuration files. `s` is switched on. */
const char *tokex_server_name(server_rec *main, const server_rec *s, apr_pool_t *pool);

#endif
