/* What an outcome leaves behind on our side: the audit line, notes for the access log, log lines.
 */
#ifndef MOD_TOKEX_REPORT_H
#define MOD_TOKEX_REPORT_H

#include <httpd.h>

#include "directives.h"

/* `started`: when the request came to us, by tokex_monotonic_now(). Failures are logged; the
 * request goes on. */
void tokex_report_outcome(request_rec *r, const tokex_conf_t *conf, const tokex_outcome_t *outcome,
                          const char *receipt, apr_time_t started);

/* The same of a request of the introspection or revocation endpoint: an audit line when something
 * was taken back or refused, no count among exchanges, no record in state.db. */
void tokex_report_inquiry(request_rec *r, const tokex_conf_t *conf, const tokex_outcome_t *outcome,
                          const char *receipt, apr_time_t started);

/* What a request leaves behind whose result was remembered: notes with the receipt of the decision
 * and, with TokexAuditCached, an audit line and a record in state.db. */
void tokex_report_remembered(request_rec *r, const tokex_conf_t *conf,
                             const tokex_outcome_t *outcome, const char *receipt,
                             apr_time_t started);

#endif
