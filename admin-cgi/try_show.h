/* Parts of the answer of Try an exchange that are more than text. */
#ifndef ADMIN_TRY_SHOW_H
#define ADMIN_TRY_SHOW_H

#include "admin.h"
#include "explain/try.h"

/* What was decided, in order, then what was skipped or not reached. */
void admin_try_put_steps(admin_t *a, const tokex_try_report_t *report);

/* Who asked for, has, may have and knows which scope, and which were granted. */
void admin_try_put_scopes(admin_t *a, const tokex_try_report_t *report);

/* How long the token would live, beside what limits it. */
void admin_try_put_life(admin_t *a, const tokex_try_report_t *report);

#endif
