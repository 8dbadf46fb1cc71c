/* What the commands about local accounts share. */
#ifndef TOKEXCTL_ACCOUNT_H
#define TOKEXCTL_ACCOUNT_H

#include "ctl.h"
#include "edit/account_draft.h"
#include "store/account_store.h"

/* `name`'s message for "there is no such account", and its exit code. */
int account_unknown(const char *name);

/* account import FILE|-. */
int account_import(ctl_t *ctl, int argc, const char *const *argv);

#endif
