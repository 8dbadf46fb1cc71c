#include "inquiry.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "answer.h"
#include "endpoint_private.h"
#include "exchange/introspect.h"
#include "exchange/revoke.h"
#include "monotonic.h"
#include "report.h"

/* What all that one answer needs comes from. */
typedef struct inquiry_t {
    request_rec *r;
    const tokex_conf_t *conf;
    const tokex_request_t *request;
    apr_time_t started;
} inquiry_t;

static int64_t now(void)
{
    return apr_time_sec(apr_time_now());
}

static int answer(const inquiry_t *q, const tokex_outcome_t *outcome, const char *body,
                  apr_size_t len)
{
    const char *receipt = tokex_answer_receipt(q->r);
    int status = HTTP_OK;

    tokex_answer_private(q->r);
    if (outcome->err) {
        status = tokex_endpoint_dress(q->r, q->conf, outcome->err->code);
        body = tokex_outcome_error(outcome->err, receipt, &len, q->r->pool);
    }
    tokex_report_inquiry(q->r, q->conf, outcome, receipt, q->started);
    return tokex_answer_json(q->r, status, body, len);
}

static int refuse(const inquiry_t *q, const tokex_err_t *err, const char *endpoint)
{
    tokex_outcome_t *outcome =
        apr_pmemdup(q->r->pool, tokex_exchange_refused(err, q->r->pool), sizeof(*outcome));

    outcome->endpoint = endpoint;
    return answer(q, outcome, NULL, 0);
}

/* False: it was answered already. */
static bool begin(inquiry_t *q, const char *endpoint, int *answered)
{
    tokex_request_t *request = NULL;
    const tokex_err_t *err = tokex_endpoint_read(&request, q->r, q->conf);

    q->request = request;
    if (err)
        *answered = refuse(q, err, endpoint);
    return !err;
}

/* ---- Signed answers (RFC 9701) */

#define SIGNED "application/token-introspection+jwt"

/* "q=0", "q=0.0", ...: not that one (RFC 9110 section 12.4.2). */
static bool is_excluded(const char *parameters)
{
    const char *q = ap_strcasestr(parameters, "q=");

    if (!q || q[2] != '0')
        return false;
    q += 3;
    q += *q == '.';
    return strspn(q, "0") == strcspn(q, " \t;");
}

/* Does the header want a signed answer and nothing that we give? Where there is a choice it is
 * ours. */
static bool wants_signed_alone(request_rec *r)
{
    const char *rest = apr_table_get(r->headers_in, "Accept");
    bool is_signed = false;

    while (rest && *rest) {
        const char *range = ap_getword(r->pool, &rest, ',');
        char *type = apr_pstrdup(r->pool, ap_getword(r->pool, &range, ';'));

        apr_collapse_spaces(type, type);
        if (is_excluded(range))
            continue;
        if (strcasecmp(type, "application/json") == 0 || strcasecmp(type, "application/*") == 0 ||
            strcmp(type, "*/*") == 0)
            return false;
        is_signed = is_signed || strcasecmp(type, SIGNED) == 0;
    }
    return is_signed;
}

static const tokex_engine_t *engine_of(const inquiry_t *q)
{
    return tokex_account_asker_engine(&tokex_live_hold(q->conf->live, q->r->pool)->engine,
                                      q->conf->account_asker, q->r);
}

int tokex_inquiry_introspect(request_rec *r, const tokex_conf_t *conf)
{
    inquiry_t q = {r, conf, NULL, tokex_monotonic_now()};
    const tokex_outcome_t *outcome;
    const char *body = NULL;
    apr_size_t len = 0;
    int answered;

    if (!begin(&q, "introspect", &answered))
        return answered;
    if (wants_signed_alone(r))
        return refuse(&q, tokex_err_create(r->pool, TOKEX_E_ANSWER_SIGNED, NULL, NULL),
                      "introspect");
    outcome = tokex_introspect_run(&body, &len, engine_of(&q), q.request, now(), r->pool);
    return answer(&q, outcome, body, len);
}

static const tokex_err_t *keep(const inquiry_t *q, tokex_revocation_t *row)
{
    if (q->conf->revocations)
        return tokex_revocation_follow_add(q->conf->revocations, row, q->r->pool);
    return tokex_err_create(q->r->pool, TOKEX_E_REVOKE_STORE, NULL,
                            "this process has nothing to keep it in; the error log has the reason "
                            "from when it began");
}

int tokex_inquiry_revoke(request_rec *r, const tokex_conf_t *conf)
{
    inquiry_t q = {r, conf, NULL, tokex_monotonic_now()};
    const tokex_err_t *err = NULL;
    const tokex_outcome_t *outcome;
    tokex_revocation_t *row;
    int answered;

    if (!begin(&q, "revoke", &answered))
        return answered;
    outcome = tokex_revoke_run(&row, engine_of(&q), q.request, now(), r->pool);
    if (!outcome->err && row)
        err = keep(&q, row);
    if (err)
        outcome = tokex_revoke_failed(outcome, err, r->pool);
    return answer(&q, outcome, "", 0);
}
