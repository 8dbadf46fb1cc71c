/* What is decided goes to state.db, where `tokexctl activity` and `tokexctl explain` find it, and
 * no request waits for that. */
#ifndef MOD_TOKEX_ACTIVITY_H
#define MOD_TOKEX_ACTIVITY_H

#include <httpd.h>

#include "directives.h"

/* In child_init: begins for every host that is switched on, unless TokexActivity is Off. */
void tokex_activity_child(apr_pool_t *pchild, server_rec *main);

/* Records a decision, or a use of one that is remembered, and how long it took, in microseconds.
 * Does not wait; what finds no room is counted. */
void tokex_activity_note(request_rec *r, const tokex_conf_t *conf, const tokex_outcome_t *outcome,
                         const char *receipt, apr_interval_time_t took);

#endif
