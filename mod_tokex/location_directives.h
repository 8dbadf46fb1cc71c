/* The directives of a protected location, as httpd's table of commands names them. */
#ifndef MOD_TOKEX_LOCATION_DIRECTIVES_H
#define MOD_TOKEX_LOCATION_DIRECTIVES_H

#include <httpd.h>
#include <http_config.h>

/* Each keeps a good argument in the section's tokex_dir_t and returns NULL, or says what is wrong
 * with it. `section` is that tokex_dir_t; cmd->info the offset of the field where there are
 * several of a kind. */
const char *tokex_location_set_client(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_subject_from(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_subject_type(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_add(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_add_target(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_add_scope(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_own_tokens(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_inject(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_header(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_claim_headers(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_user_claim(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_metadata(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_ttl(cmd_parms *cmd, void *section, const char *arg);
const char *tokex_location_set_flag(cmd_parms *cmd, void *section, int on);

#endif
