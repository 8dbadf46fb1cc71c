/* What the files of `tokexctl token` share. */
#ifndef TOKEXCTL_TOKEN_H
#define TOKEXCTL_TOKEN_H

#include "base/revocation.h"
#include "ctl.h"
#include "explain/inspect.h"

/*
 * Reads the token that `word` stands for: `-` standard input, `@FILE` a file, anything else is the
 * token itself, and inspects it with the installation of the server `server` (NULL: the only one).
 * CTL_DONE, or the exit code when it was said on standard error why not.
 */
int token_inspect(const tokex_inspection_t **out, const ctl_t *ctl, const char *word,
                  const char *server);

/* "token p1/Xy", "subject partner mira", ... for people. */
const char *token_what(const tokex_revocation_t *row, apr_pool_t *pool);

/* A time as text; "never" for 0. */
const char *token_time(int64_t seconds, apr_pool_t *pool);

int token_show(ctl_t *ctl, int argc, const char *const *argv);
int token_revoke(ctl_t *ctl, int argc, const char *const *argv);
int token_list(ctl_t *ctl, int argc, const char *const *argv);
int token_tree(ctl_t *ctl, int argc, const char *const *argv);

#endif
