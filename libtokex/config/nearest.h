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

/* The search for one name, known ones being offered one by one: for ids of objects. */
typedef struct tokex_nearest_t {
    const char *name;
    int len;
    int best;            /* characters that would change */
    const char *nearest; /* so far; NULL: none is near */
} tokex_nearest_t;

tokex_nearest_t tokex_nearest_begin(const char *name);
/* `known` NULL: nothing happens. */
void tokex_nearest_offer(tokex_nearest_t *search, const char *known);

#endif
