/* What the files of explain/try*.c share. Private to them. */
#ifndef TOKEX_EXPLAIN_TRY_PRIVATE_H
#define TOKEX_EXPLAIN_TRY_PRIVATE_H

#include "exchange/mapping.h"
#include "exchange/run.h"
#include "explain/try.h"

/* One question on its way. */
typedef struct tokex_try_t {
    const tokex_engine_t *engine;
    const tokex_request_t *request; /* NULL: it could not be read */
    int64_t now;
    bool at_location;
    bool assumed; /* the client's secret */
    bool asked;   /* an issuer would have been asked for its keys, or about a token, or the site for
                     an account */
    tokex_texts_t not_asked;
    const tokex_jws_t *subject;
    const tokex_jws_t *actor;
    tokex_try_report_t *report;
    apr_pool_t *pool;
} tokex_try_t;

/* Fills in the steps; needs the outcome. */
void tokex_try_steps(tokex_try_t *t);

/* What the rows of the mapping of the outcome's issuer make of `parties`; nothing of UserInfo,
 * which nobody was asked. */
int tokex_try_rows(const tokex_try_row_t **out, tokex_run_t *run, const tokex_parties_t *parties);

/* Fills in rules, conditions, scopes, rows and dropped claims, as far as the exchange came. */
void tokex_try_details(tokex_try_t *t);

/* Fills in what the procedure changed, where one ran. */
void tokex_try_procedure(const tokex_try_t *t);

/* Did `step` pass? */
bool tokex_try_passed(const tokex_outcome_t *outcome, tokex_step_t step);

/* The value of a claim as JSON text, cut; "absent" for NULL. */
const char *tokex_try_shown(const tokex_json_t *node, apr_pool_t *pool);

/* What was made, and the time as of which. */
const tokex_engine_t *tokex_try_engine_of(const tokex_try_engine_t *made);
int64_t tokex_try_now_of(const tokex_try_engine_t *made);

#endif
