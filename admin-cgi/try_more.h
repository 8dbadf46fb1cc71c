/* What Try an exchange is asked beside the request, and what is taken away from its answer. */
#ifndef ADMIN_TRY_MORE_H
#define ADMIN_TRY_MORE_H

#include "admin.h"
#include "explain/world.h"

/* What is wrong with it, for people; NULL: nothing. */
typedef struct admin_try_more_t {
    const char *as_of;
    const char *draft;
} admin_try_more_t;

/* Fills in the time and the draft of the view. False: the time cannot be read. */
bool admin_try_read_more(tokex_world_view_t *view, admin_try_more_t *more, admin_t *a);

/* Writes the summary of what is wrong; nothing when nothing is. */
void admin_try_put_problems(admin_t *a, const admin_try_more_t *more);

/* Writes the fields. */
void admin_try_put_more(admin_t *a, const admin_try_more_t *more);

/* Writes the request as a line of curl, with words where a secret or a token would stand, and the
 * report for a ticket. */
void admin_try_put_copies(admin_t *a, const tokex_world_t *world, const tokex_try_report_t *report);

#endif
