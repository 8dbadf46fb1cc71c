/* May this token pass at this location, and as which token does it go on? Remembered, or asked of
 * the engine. */
#ifndef MOD_TOKEX_DECISION_H
#define MOD_TOKEX_DECISION_H

#include "directives.h"
#include "result.h"

/* Always gives a result, in r->pool. What is decided anew is counted, audited and logged here. */
const tokex_result_t *tokex_decision_make(request_rec *r, const tokex_conf_t *conf,
                                          const tokex_dir_t *dir, const char *token);

/* The same for a request that brought nothing that could be asked of the engine. */
const tokex_result_t *tokex_decision_refuse(request_rec *r, const tokex_conf_t *conf,
                                            const tokex_dir_t *dir, const tokex_err_t *err);

#endif
