#include "decision.h"

#include <apr_strings.h>
#include <http_log.h>

#include "answer.h"
#include "child.h"
#include "messages.h"
#include "monotonic.h"
#include "report.h"

APLOG_USE_MODULE(tokex);

/* What was decided anew: said, counted, written down. */
static tokex_result_t *conclude(request_rec *r, const tokex_conf_t *conf, const tokex_dir_t *dir,
                                const tokex_outcome_t *outcome, apr_time_t started)
{
    int64_t now = apr_time_sec(apr_time_now());
    const char *receipt = tokex_answer_receipt(r);
    tokex_result_t *result;
    const tokex_err_t *err =
        tokex_result_make(&result, outcome, tokex_location_user_claim(dir), now, r->pool);

    if (!err && !outcome->err && !result->granted)
        err = tokex_err_create(r->pool, result->code, NULL, "claim \"%s\" of the token is no text",
                               tokex_location_user_claim(dir));
    if (err) {
        tokex_outcome_t *refused = apr_pmemdup(r->pool, outcome, sizeof(*outcome));

        refused->err = tokex_trace_refuse(&refused->trace, TOKEX_STEP_SUBJECT, err, "location",
                                          dir->name, "TokexUserClaim");
        refused->token = NULL;
        outcome = refused;
        (void)tokex_result_make(&result, refused, "", now, r->pool);
    }
    result->receipt = receipt;
    tokex_report_outcome(r, conf, outcome, receipt, started);
    return result;
}

const tokex_result_t *tokex_decision_refuse(request_rec *r, const tokex_conf_t *conf,
                                            const tokex_dir_t *dir, const tokex_err_t *err)
{
    tokex_outcome_t *outcome = (tokex_outcome_t *)tokex_exchange_refused(err, r->pool);

    outcome->location = dir->name;
    return conclude(r, conf, dir, outcome, tokex_monotonic_now());
}

const tokex_result_t *tokex_decision_make(request_rec *r, const tokex_conf_t *conf,
                                          const tokex_dir_t *dir, const char *token)
{
    apr_time_t started = tokex_monotonic_now();
    const tokex_site_t *site = conf->live ? tokex_live_hold(conf->live, r->pool) : NULL;
    const tokex_request_t *request;

    if (!site)
        return tokex_decision_refuse(
            r, conf, dir,
            tokex_err_create(r->pool, TOKEX_E_INTERNAL, NULL,
                             "this process could not load its configuration; the error log has "
                             "the reason from when it began"));
    request = tokex_location_request(dir, token, strlen(token), r->pool);
    return conclude(
        r, conf, dir,
        tokex_exchange_run(&site->engine, request, apr_time_sec(apr_time_now()), r->pool), started);
}
