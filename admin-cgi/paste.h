/* Tokens that are pasted into a form, and choices beside them. */
#ifndef ADMIN_PASTE_H
#define ADMIN_PASTE_H

#include "admin.h"

/* The token in the form's field `name`, without the white space that came with it. */
const char *admin_paste(const admin_t *a, const char *name);

/* Writes one of several choices, `chosen` being the value of one of them. */
void admin_put_option(html_t *h, const char *value, const char *words, const char *chosen);

/* Writes the choice of its type, as the form or the query says. */
void admin_put_types(admin_t *a, const char *name, const char *label);

/* The URN of what was chosen there. */
const char *admin_type_urn(const char *word);

#endif
