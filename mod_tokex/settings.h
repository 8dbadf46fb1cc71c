/* The settings in force, written down where tools outside httpd can read them. */
#ifndef MOD_TOKEX_SETTINGS_H
#define MOD_TOKEX_SETTINGS_H

#include <httpd.h>

/* Writes the settings of every virtual host, and what it protects, to the state database of its
 * directory, unless they stand there already. A failure is logged and changes nothing for requests.
 */
void tokex_settings_write(server_rec *main, apr_pool_t *pchild);

#endif
