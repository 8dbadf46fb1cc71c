/* What `tokexctl try` asks, read, and said on standard error where it cannot be. */
#ifndef TOKEXCTL_TRY_READ_H
#define TOKEXCTL_TRY_READ_H

#include "ctl.h"
#include "explain/world.h"

/* Reads it in `pool`. CTL_DONE, or the exit code when it was said why not. */
int try_world_read(tokex_world_t **out, const tokex_world_view_t *view, const ctl_t *ctl,
                   apr_pool_t *pool);

#endif
