/* The commands about one issuer and its server, and what they share. */
#ifndef TOKEXCTL_ISSUER_H
#define TOKEXCTL_ISSUER_H

#include "ctl.h"

/* Each is a command of its own: `argv` holds what stands behind `issuer test`, `issuer refresh`,
 * `issuer add`. The exit code. */
int ctl_issuer_test(ctl_t *ctl, int argc, const char *const *argv);
int ctl_issuer_refresh(ctl_t *ctl, int argc, const char *const *argv);
int ctl_issuer_propose(ctl_t *ctl, int argc, const char *const *argv);

/* The issuer with that id in config.db. CTL_DONE, else what was said already. */
int issuer_find(const tokex_issuer_t **out, const ctl_t *ctl, const char *id);

#endif
