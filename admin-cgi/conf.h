/* What a console is told by the file of its name: where the installation is, who may do what. */
#ifndef ADMIN_CONF_H
#define ADMIN_CONF_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/err.h"

/* Each may what those before it may. */
typedef enum admin_role_t {
    ADMIN_NOBODY, /* of a user: may nothing; of a route: not written down, so nobody gets there */
    ADMIN_VIEWER,
    ADMIN_EDITOR,
    ADMIN_ADMINISTRATOR
} admin_role_t;

typedef struct admin_conf_t {
    const char *path; /* of the file */
    const char *config_path;
    const char *state_path;
    const char *master_path;
    const char *origin; /* scheme, host and port that forms come from; never NULL */
    const char *label;  /* of the environment; "" : none */
    const char *logout; /* path of httpd's that ends the session; NULL: none */
    const char *colour; /* a class of the style sheet: grey, green, amber, red, blue, violet */
    const apr_array_header_t
        *names[ADMIN_ADMINISTRATOR + 1]; /* of const char *, by role; "*": all */
    /* Of own links alone. */
    const char *client;         /* whose settings judge a token that is presented */
    const char *virtual_host;   /* whose settings are in force; NULL: the only one */
    const char *account_source; /* TOKEX_ACCOUNT_SQL, _LDAP: the site keeps the accounts; NULL: they
                                   are in state.db */
    const char *account_by; /* there: the variable of the environment in which httpd's login says
                               the site's own id; else the attribute that REMOTE_USER is */
} admin_conf_t;

/*
 * Reads `path`: lines of a word and its value, `#` begins a comment. TOKEX_E_FILE (missing,
 * unreadable, or a line that means nothing, told with its number), TOKEX_E_FILE_MODE when the group
 * or others may write it.
 */
const tokex_err_t *admin_conf_read(const admin_conf_t **out, const char *path, apr_pool_t *pool);

/* The file of a program that was called `argv0`: its last part behind `directory`, with ".conf".
 * NULL when that is no plain name. */
const char *admin_conf_path(const char *directory, const char *argv0, apr_pool_t *pool);

/* The highest role that lists `user`. */
admin_role_t admin_conf_role(const admin_conf_t *conf, const char *user);

/* "viewer"; never NULL. */
const char *admin_conf_role_name(admin_role_t role);

/* Where the files are: one source a program, for a place that is compiled in. */
extern const char *const admin_conf_directory;

#endif
