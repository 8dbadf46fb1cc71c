/* What Try an exchange is asked beside the request, and what is taken away from its answer. */
#ifndef ADMIN_TRY_MORE_H
#define ADMIN_TRY_MORE_H

#include "admin.h"
#include "explain/world.h"

/* What is wrong with it, for people; NULL: nothing. */
typedef struct admin_try_more_t {
    const char *as_of;
    const char *draft;  /* also of the procedure's program */
    const char *source; /* the program of a procedure, to be tried as it is written; NULL: none */
    const char *client; /* that is chosen before anybody chooses; NULL: the first */
    bool asserts;       /* a JWT bearer grant is, because that client has no other to be tried */
} admin_try_more_t;

/* The grant that the form or the query asks for, as its URN; NULL: there is no such grant. */
const char *admin_try_grant(const admin_t *a);

/* Does it bring an assertion (RFC 7523) in the place of a subject token? */
bool admin_try_asserts(const admin_t *a);

/* What the fields begin with: the program of the procedure that the query or the form names. */
const tokex_err_t *admin_try_begin(admin_t *a, admin_try_more_t *more);

/* What the query chooses: the issuer whose token it is, of which it writes who takes it; a client
 * of those, and the grant that the client has. Where there is no such issuer a page says so. */
const tokex_err_t *admin_try_choose(admin_t *a, admin_try_more_t *more);

/* Fills in the time and the draft of the view. False: something cannot be read. */
const tokex_err_t *admin_try_read_more(bool *good, tokex_world_view_t *view, admin_try_more_t *more,
                                       admin_t *a);

/* Writes the summary of what is wrong; nothing when nothing is. */
void admin_try_put_problems(admin_t *a, const admin_try_more_t *more);

/* Writes the fields. */
void admin_try_put_more(admin_t *a, const admin_try_more_t *more);

/* Writes what the procedure read and changed; nothing where none ran. */
void admin_try_put_procedure(admin_t *a, const tokex_try_report_t *report);

/* Writes the request as a line of curl, with words where a secret or a token would stand, and the
 * report for a ticket. */
void admin_try_put_copies(admin_t *a, const tokex_world_t *world, const tokex_try_report_t *report);

#endif
