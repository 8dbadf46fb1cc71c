/* How commands change the configuration: by edit/, judged as servers would, in the caller's name.
 */
#ifndef TOKEXCTL_WAY_H
#define TOKEXCTL_WAY_H

#include <stdio.h>

#include "ctl.h"
#include "edit/edit.h"

/* The way of a change in `db`, with lists for what is made and what differs. `ctl` must live as
 * long. */
tokex_edit_way_t way_create(const ctl_t *ctl, tokex_db_t *db, bool dry_run);

/* Who runs the command: "alice (uid 1000)", "root (uid 0, sudo of alice)". `reason` may be NULL. */
tokex_edit_author_t way_author(const ctl_t *ctl, const char *reason);

/* Prints faults and what went wrong. The exit code of the command: CTL_DONE when `err` is NULL. */
int way_result(const ctl_t *ctl, const tokex_err_t *err, const tokex_faults_t *faults);

/* Prints on `out` what differs, an object after the other: `+ client orders`, `- scope x`,
 * `~ issuer partner` with its members before and after. `whole`: members of new and removed objects
 * too. No secrets. */
const tokex_err_t *way_print(FILE *out, const tokex_change_object_t *objects, int count, bool whole,
                             apr_pool_t *pool);

/* `text` for a terminal: a question mark for each control character. */
const char *way_text(const char *text, apr_pool_t *pool);

#endif
