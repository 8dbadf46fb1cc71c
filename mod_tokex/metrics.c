#include "metrics.h"

#include <http_log.h>
#include <http_protocol.h>

#include "answer.h"
#include "counters.h"
#include "messages.h"

APLOG_USE_MODULE(tokex);

#define NUMBER "%" APR_UINT64_T_FMT "\n"

static void head(request_rec *r, const char *name, const char *type, const char *help)
{
    ap_rprintf(r, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_exchanges(request_rec *r, const apr_uint64_t *counts)
{
    int i;

    head(r, "tokex_exchanges_total", "counter",
         "Decisions of the token endpoint; refusals by reason code.");
    ap_rprintf(r, "tokex_exchanges_total{outcome=\"granted\"} " NUMBER,
               counts[TOKEX_COUNT_GRANTED]);
    for (i = 0; i < TOKEX_E_COUNT; i++)
        ap_rprintf(r, "tokex_exchanges_total{outcome=\"refused\",code=\"%s\"} " NUMBER,
                   tokex_err_info((tokex_code_t)i)->name, counts[TOKEX_COUNT_REFUSED + i]);
}

static void write_durations(request_rec *r, const apr_uint64_t *counts)
{
    apr_uint64_t all = tokex_counters_timed(counts), up_to = 0;
    apr_uint64_t microseconds = counts[TOKEX_COUNT_MICROSECONDS];
    int i;

    head(r, "tokex_exchange_duration_seconds", "histogram",
         "Time from the request to the decision, reading the body included.");
    for (i = 0; i < TOKEX_BUCKETS - 1; i++) {
        up_to += counts[TOKEX_COUNT_BUCKET + i];
        ap_rprintf(r, "tokex_exchange_duration_seconds_bucket{le=\"%s\"} " NUMBER,
                   tokex_counters_buckets[i].seconds, up_to);
    }
    ap_rprintf(r, "tokex_exchange_duration_seconds_bucket{le=\"+Inf\"} " NUMBER, all);
    ap_rprintf(r, "tokex_exchange_duration_seconds_sum %" APR_UINT64_T_FMT ".%06u\n",
               microseconds / APR_USEC_PER_SEC, (unsigned)(microseconds % APR_USEC_PER_SEC));
    ap_rprintf(r, "tokex_exchange_duration_seconds_count " NUMBER, all);
}

static void write_cache(request_rec *r, const apr_uint64_t *counts)
{
    head(r, "tokex_cache_lookups_total", "counter", "Decisions that were remembered, or not.");
    ap_rprintf(r, "tokex_cache_lookups_total{outcome=\"hit\"} " NUMBER,
               counts[TOKEX_COUNT_CACHE_HITS]);
    ap_rprintf(r, "tokex_cache_lookups_total{outcome=\"miss\"} " NUMBER,
               counts[TOKEX_COUNT_CACHE_MISSES]);
    head(r, "tokex_cache_stored_total", "counter", "Decisions that were put into the cache.");
    ap_rprintf(r, "tokex_cache_stored_total " NUMBER, counts[TOKEX_COUNT_CACHE_STORED]);
    head(r, "tokex_cache_unfit_total", "counter", "Decisions that the cache had no room for.");
    ap_rprintf(r, "tokex_cache_unfit_total " NUMBER, counts[TOKEX_COUNT_CACHE_UNFIT]);
    head(r, "tokex_cache_dropped_total", "counter",
         "Decisions that were forgotten because the backend answered 401.");
    ap_rprintf(r, "tokex_cache_dropped_total " NUMBER, counts[TOKEX_COUNT_CACHE_DROPPED]);
    head(r, "tokex_cache_remote_failures_total", "counter",
         "Calls of the remote store that were late, or failed.");
    ap_rprintf(r, "tokex_cache_remote_failures_total{outcome=\"late\"} " NUMBER,
               counts[TOKEX_COUNT_CACHE_REMOTE_LATE]);
    ap_rprintf(r, "tokex_cache_remote_failures_total{outcome=\"failed\"} " NUMBER,
               counts[TOKEX_COUNT_CACHE_REMOTE_FAILED]);
}

static void write_rest(request_rec *r, const apr_uint64_t *counts, apr_time_t since)
{
    int i;

    head(r, "tokex_requests_total", "counter", "Requests by page.");
    for (i = 0; i < TOKEX_PAGES; i++)
        ap_rprintf(r, "tokex_requests_total{page=\"%s\"} " NUMBER, tokex_counters_page_name(i),
                   counts[TOKEX_COUNT_PAGE + i]);
    head(r, "tokex_audit_lines_lost_total", "counter", "Decisions without an audit line.");
    ap_rprintf(r, "tokex_audit_lines_lost_total " NUMBER, counts[TOKEX_COUNT_AUDIT_LOST]);
    head(r, "tokex_activity_dropped_total", "counter", "Decisions that are not in state.db.");
    ap_rprintf(r, "tokex_activity_dropped_total " NUMBER, counts[TOKEX_COUNT_ACTIVITY_DROPPED]);
    head(r, "tokex_refusals_unlogged_total", "counter",
         "Refusals that the limit of the error log left out.");
    ap_rprintf(r, "tokex_refusals_unlogged_total " NUMBER, counts[TOKEX_COUNT_UNSAID]);
    head(r, "tokex_key_fetches_total", "counter", "Questions to issuers for their keys.");
    ap_rprintf(r, "tokex_key_fetches_total{outcome=\"good\"} " NUMBER,
               counts[TOKEX_COUNT_FETCHES_GOOD]);
    ap_rprintf(r, "tokex_key_fetches_total{outcome=\"failed\"} " NUMBER,
               counts[TOKEX_COUNT_FETCHES_FAILED]);
    head(r, "tokex_token_questions_total", "counter",
         "Questions to issuers about tokens; spared: one answer did for several requests.");
    ap_rprintf(r, "tokex_token_questions_total{outcome=\"good\"} " NUMBER,
               counts[TOKEX_COUNT_ASKS_GOOD]);
    ap_rprintf(r, "tokex_token_questions_total{outcome=\"failed\"} " NUMBER,
               counts[TOKEX_COUNT_ASKS_FAILED]);
    ap_rprintf(r, "tokex_token_questions_total{outcome=\"spared\"} " NUMBER,
               counts[TOKEX_COUNT_ASKS_SPARED]);
    head(r, "tokex_start_time_seconds", "gauge", "When counting began: the last start or restart.");
    ap_rprintf(r, "tokex_start_time_seconds %" APR_TIME_T_FMT "\n", apr_time_sec(since));
}

int tokex_metrics_handle(request_rec *r)
{
    apr_uint64_t counts[TOKEX_COUNTS];
    apr_time_t since;

    if (!r->handler || strcmp(r->handler, TOKEX_METRICS_HANDLER) != 0)
        return DECLINED;
    if (r->method_number != M_GET) {
        apr_table_setn(r->headers_out, "Allow", "GET, HEAD");
        return tokex_answer_error(r, HTTP_METHOD_NOT_ALLOWED, "invalid_request",
                                  "This address answers only to GET.");
    }
    if (!tokex_counters_read(counts, &since)) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      TX_METRICS_NONE "SetHandler tokex-metrics has nothing to show: no virtual "
                                      "host has a TokexIssuer, or a start without shared memory");
        return HTTP_NOT_FOUND;
    }
    ap_set_content_type(r, "text/plain; version=0.0.4; charset=utf-8");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    write_exchanges(r, counts);
    write_durations(r, counts);
    write_cache(r, counts);
    write_rest(r, counts, since);
    return OK;
}
