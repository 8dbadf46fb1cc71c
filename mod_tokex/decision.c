#include "decision.h"

#include <apr_strings.h>
#include <http_log.h>

#include "answer.h"
#include "cache_flight.h"
#include "cache_key.h"
#include "counters.h"
#include "messages.h"
#include "monotonic.h"
#include "report.h"
#include "request_state.h"
#include "result_revoked.h"

APLOG_USE_MODULE(tokex);

/* What was decided anew: said, counted, written down. */
static const tokex_result_t *conclude(request_rec *r, const tokex_conf_t *conf,
                                      const tokex_outcome_t *outcome, apr_time_t started)
{
    const char *receipt = tokex_answer_receipt(r);
    tokex_result_t *result = tokex_result_make(outcome, apr_time_sec(apr_time_now()), r->pool);

    result->receipt = receipt;
    tokex_report_outcome(r, conf, outcome, receipt, started);
    return result;
}

const tokex_result_t *tokex_decision_refuse(request_rec *r, const tokex_conf_t *conf,
                                            const tokex_dir_t *dir, const tokex_err_t *err)
{
    tokex_outcome_t *outcome = (tokex_outcome_t *)tokex_exchange_refused(err, r->pool);

    outcome->location = dir->name;
    return conclude(r, conf, outcome, tokex_monotonic_now());
}

/* One request with its token. */
typedef struct case_t {
    request_rec *r;
    tokex_cache_question_t question;
    apr_time_t started;
} case_t;

static const tokex_result_t *decide(const case_t *c)
{
    const tokex_cache_question_t *q = &c->question;
    const tokex_request_t *request =
        tokex_location_request(q->dir, q->token, strlen(q->token), c->r->pool);

    return conclude(c->r, q->conf,
                    tokex_exchange_run(
                        tokex_account_asker_engine(&q->site->engine, q->conf->account_asker, c->r),
                        request, apr_time_sec(apr_time_now()), c->r->pool),
                    c->started);
}

/* For notes and the audit line, as far as it is known still. */
static void report_remembered(const case_t *c, const tokex_result_t *result)
{
    const tokex_cache_question_t *q = &c->question;
    const tokex_policy_t *policy = q->site->engine.policy;
    tokex_outcome_t *outcome = apr_pcalloc(c->r->pool, sizeof(*outcome));

    outcome->remembered = true;
    outcome->location = q->dir->name;
    outcome->client = tokex_policy_client(policy, q->dir->client);
    outcome->issuer = result->issuer ? tokex_policy_issuer_by_id(policy, result->issuer) : NULL;
    outcome->subject = result->subject;
    outcome->scope_granted = result->scope;
    /* Only whether there is one counts here. */
    outcome->token = result->exchanged ? "" : NULL;
    if (!result->granted)
        outcome->err = tokex_err_create(c->r->pool, result->code, NULL, NULL);
    tokex_report_remembered(c->r, q->conf, outcome, result->receipt, c->started);
}

static const tokex_result_t *recall(const case_t *c, const tokex_cache_entry_t *entry,
                                    tokex_cache_reach_t reach)
{
    const tokex_result_t *result = tokex_cache_get(c->r, entry, reach);

    if (!result || tokex_result_revoked(result, &c->question.site->engine, c->r->pool))
        return NULL;
    report_remembered(c, result);
    return result;
}

/* Of many that come at once with a token that nobody has seen, one gets so far as to decide. */
static const tokex_result_t *decide_once(const case_t *c, const tokex_cache_entry_t *entry)
{
    tokex_cache_flight_t *flight = tokex_cache_flight_enter(entry->key);
    /* Another one may have ended between the look before and here. */
    const tokex_result_t *result = recall(c, entry, TOKEX_CACHE_NEAR);

    if (!result) {
        tokex_counters_one(c->r, TOKEX_COUNT_CACHE_MISSES);
        result = decide(c);
        tokex_cache_put(c->r, entry, result);
    }
    if (flight)
        tokex_cache_flight_leave(flight);
    return result;
}

/* NULL: nothing is remembered here. */
static const tokex_cache_entry_t *entry_of(const case_t *c)
{
    const tokex_cache_question_t *q = &c->question;
    tokex_cache_entry_t *entry;
    const tokex_err_t *err;

    if (!tokex_cache_is_on() || tokex_cache_ttl(q->dir) == 0)
        return NULL;
    entry = apr_palloc(c->r->pool, sizeof(*entry));
    entry->ttl = tokex_cache_ttl(q->dir);
    entry->master = q->conf->master;
    entry->crypt = q->site->engine.crypt;
    err = tokex_cache_key(entry->key, q, c->r->pool);
    if (!err)
        return entry;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, c->r,
                  TX_CACHE_KEY "this decision is not remembered: %s",
                  tokex_err_text(err, c->r->pool));
    return NULL;
}

const tokex_result_t *tokex_decision_make(request_rec *r, const tokex_conf_t *conf,
                                          const tokex_dir_t *dir, const char *token)
{
    const case_t c = {r,
                      {conf, conf->live ? tokex_live_hold(conf->live, r->pool) : NULL, dir, token},
                      tokex_monotonic_now()};
    const tokex_cache_entry_t *entry;
    const tokex_result_t *result;

    if (!c.question.site)
        return tokex_decision_refuse(
            r, conf, dir,
            tokex_err_create(r->pool, TOKEX_E_INTERNAL, NULL,
                             "this process could not load its configuration; the error log has "
                             "the reason from when it began"));
    entry = entry_of(&c);
    tokex_request_state(r)->entry = entry;
    if (!entry)
        return decide(&c);
    result = recall(&c, entry, TOKEX_CACHE_FAR);
    return result ? result : decide_once(&c, entry);
}
