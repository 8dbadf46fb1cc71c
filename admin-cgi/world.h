/* The installation as its server has it, for pages that ask what would come of something. */
#ifndef ADMIN_WORLD_H
#define ADMIN_WORLD_H

#include "admin.h"
#include "explain/world.h"

/* Reads it. `*out` NULL: it cannot be asked like that, and the page that says so is made, unless
 * `*draft` (may be NULL where the view has none) says what is wrong with the draft. */
const tokex_err_t *admin_world_read(tokex_world_t **out, const char **draft, admin_t *a,
                                    const tokex_world_view_t *view);

#endif
