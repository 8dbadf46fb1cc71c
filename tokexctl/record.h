/* What the server has recorded of its decisions, for people and for programs. */
#ifndef TOKEXCTL_RECORD_H
#define TOKEXCTL_RECORD_H

#include "base/json.h"
#include "ctl.h"
#include "store/activity_store.h"

/* Opens state.db to be read. */
const tokex_err_t *record_open(tokex_db_t **db, const ctl_t *ctl);

/* One sentence: for how long decisions are kept, and how many are missing. In ctl->pool. */
const tokex_err_t *record_kept(const char **out, const ctl_t *ctl, tokex_db_t *db);

/* Writes the members of a decision; an object is open. Its steps as they are. */
const tokex_err_t *record_members(tokex_jsonw_t *w, const tokex_activity_row_t *row,
                                  apr_pool_t *pool);

/* Where it was decided: a location or the token endpoint of a server. */
const char *record_place(const tokex_activity_row_t *row, apr_pool_t *pool);

/* Could this be a receipt? */
bool record_is_receipt(const char *text);

/* Prints the decision with this receipt: verdict, steps, cause and remedy. Returns the exit
 * code. */
int record_explain(const ctl_t *ctl, const char *receipt, bool json);

#endif
