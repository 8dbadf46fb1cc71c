/* What somebody should look at, for the overview: what will go wrong, or does. */
#ifndef ADMIN_ATTENTION_H
#define ADMIN_ATTENTION_H

#include "admin.h"
#include "store/activity_sums.h"

/* Writes it as a list; nothing where all is well. `hours`: decisions of the last 24 hours. Both
 * databases are open. */
const tokex_err_t *admin_put_attention(admin_t *a, const tokex_activity_hour_t *hours, int count);

#endif
