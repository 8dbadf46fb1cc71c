/* The known name that somebody probably meant. */
#ifndef TOKEX_CONFIG_NEAREST_H
#define TOKEX_CONFIG_NEAREST_H

#include "config/fields.h"

/*
 * Which of the names of `desc`'s fields, and `extra` (may be NULL), is nearest to `name` by edit
 * distance? NULL when none is near: more than a third of the name would have to change, and more
 * than two characters. Names over 64 octets are near nothing.
 */
const char *tokex_nearest_name(const tokex_object_desc_t *desc, const char *extra,
                               const char *name);

#endif
