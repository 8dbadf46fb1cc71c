#include "report.h"

#include <apr_strings.h>
#include <http_log.h>

#include "activity.h"
#include "child.h"
#include "counters.h"
#include "messages.h"
#include "monotonic.h"

APLOG_USE_MODULE(tokex);

static const char *shown(request_rec *r, const char *value)
{
    return value ? tokex_err_shown_param(r->pool, value) : "(none)";
}

/* For LogFormat "%{tokex-client}n"; mod_log_config escapes them. */
static void leave_notes(request_rec *r, const tokex_outcome_t *outcome, const char *receipt)
{
    apr_table_setn(r->notes, "tokex-receipt", receipt);
    apr_table_setn(r->notes, "tokex-code",
                   outcome->err ? tokex_err_info(outcome->err->code)->name : "granted");
    if (outcome->client)
        apr_table_setn(r->notes, "tokex-client", outcome->client->config->id);
    if (outcome->issuer)
        apr_table_setn(r->notes, "tokex-issuer", outcome->issuer->config->id);
    if (outcome->subject)
        apr_table_setn(r->notes, "tokex-subject", outcome->subject);
}

static void write_audit(request_rec *r, const tokex_conf_t *conf, const tokex_outcome_t *outcome,
                        const char *receipt, apr_time_t started)
{
    apr_time_t now = apr_time_now();
    apr_uint32_t unsaid;
    const char *line;
    apr_size_t len;
    apr_status_t rv;

    line = tokex_outcome_audit(outcome, receipt, apr_time_sec(now), tokex_monotonic_now() - started,
                               &len, r->pool);
    rv = tokex_audit_write(conf->audit, line, len);
    if (rv == APR_SUCCESS)
        return;
    tokex_counters_one(r, TOKEX_COUNT_AUDIT_LOST);
    if (tokex_limiter_allows(conf->limiter, TOKEX_LINE_AUDIT, now, &unsaid))
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r,
                      TX_AUDIT_WRITE "receipt %s has no audit line, nor had %u others: \"%s\" "
                                     "cannot be written. Make room, or restart the program.",
                      receipt, unsaid, conf->audit_log.value);
}

static int level_of(tokex_code_t code)
{
    static const int levels[] = {APLOG_INFO, APLOG_NOTICE, APLOG_ERR};

    return levels[tokex_err_info(code)->level];
}

static void log_refusal(request_rec *r, const tokex_conf_t *conf, const tokex_outcome_t *outcome,
                        const char *receipt)
{
    const tokex_err_t *err = outcome->err;
    const char *client = outcome->client ? outcome->client->config->id : outcome->client_presented;
    int level = level_of(err->code);
    const tokex_code_info_t *info = tokex_err_info(err->code);
    apr_uint32_t unsaid;

    if (!APLOG_R_IS_LEVEL(r, level))
        return;
    if (!tokex_limiter_allows(conf->limiter, (int)err->code, apr_time_now(), &unsaid)) {
        tokex_counters_one(r, TOKEX_COUNT_UNSAID);
        return;
    }
    ap_log_rerror(APLOG_MARK, level, 0, r,
                  TX_REFUSED "refused: code %s, receipt %s, client %s, issuer %s: %s", info->name,
                  receipt, shown(r, client),
                  shown(r, outcome->issuer ? outcome->issuer->config->id : NULL),
                  err->log_text || err->cause ? tokex_err_text(err, r->pool) : info->cause);
    if (unsaid > 0)
        ap_log_rerror(APLOG_MARK, level, 0, r,
                      TX_REFUSED_UNSAID "code %s: %u more refusals had no line", info->name,
                      unsaid);
}

/* An exchange whose refresh token could not be kept is granted without. */
static void log_no_refresh(request_rec *r, const tokex_conf_t *conf, const tokex_outcome_t *outcome,
                           const char *receipt)
{
    const tokex_err_t *err = outcome->refresh_err;
    apr_uint32_t unsaid;

    if (err && tokex_limiter_allows(conf->limiter, (int)err->code, apr_time_now(), &unsaid))
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      TX_REFRESH "receipt %s: granted without a refresh token, as were %u others: "
                                 "%s. %s",
                      receipt, unsaid, tokex_err_text(err, r->pool),
                      tokex_err_info(err->code)->remedy);
}

static const char *entry_text(request_rec *r, const tokex_trace_entry_t *entry)
{
    const char *name = tokex_trace_step_name(entry->step);
    const char *text = apr_pstrcat(
        r->pool, name, "=", entry->passed ? "passed" : tokex_err_info(entry->code)->name, NULL);

    if (entry->object)
        text = apr_pstrcat(r->pool, text, " by ", entry->object, entry->id ? " " : "",
                           entry->id ? shown(r, entry->id) : "", entry->field ? "." : "",
                           entry->field ? entry->field : "", NULL);
    if (entry->found)
        text = apr_pstrcat(r->pool, text, " found ", shown(r, entry->found), NULL);
    return text;
}

static void log_trace(request_rec *r, const tokex_outcome_t *outcome, const char *receipt)
{
    const char *text = "";
    int i;

    if (!APLOG_R_IS_LEVEL(r, APLOG_DEBUG))
        return;
    for (i = 0; i < outcome->trace.count; i++)
        text = apr_pstrcat(r->pool, text, i ? "; " : "", entry_text(r, &outcome->trace.entries[i]),
                           NULL);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, TX_TRACE "receipt %s: %s: %s", receipt,
                  outcome->err ? "refused" : "granted", text);
}

void tokex_report_outcome(request_rec *r, const tokex_conf_t *conf, const tokex_outcome_t *outcome,
                          const char *receipt, apr_time_t started)
{
    const apr_interval_time_t took = tokex_monotonic_now() - started;

    leave_notes(r, outcome, receipt);
    tokex_counters_outcome(r, outcome->err, took);
    tokex_activity_note(r, conf, outcome, receipt, took);
    if (conf->audit)
        write_audit(r, conf, outcome, receipt, started);
    if (outcome->err)
        log_refusal(r, conf, outcome, receipt);
    log_no_refresh(r, conf, outcome, receipt);
    log_trace(r, outcome, receipt);
}

void tokex_report_inquiry(request_rec *r, const tokex_conf_t *conf, const tokex_outcome_t *outcome,
                          const char *receipt, apr_time_t started)
{
    leave_notes(r, outcome, receipt);
    if (!outcome->err)
        apr_table_setn(r->notes, "tokex-code", outcome->endpoint);
    if (conf->audit && (outcome->err || outcome->subject_jti))
        write_audit(r, conf, outcome, receipt, started);
    if (outcome->err)
        log_refusal(r, conf, outcome, receipt);
    log_trace(r, outcome, receipt);
}

void tokex_report_remembered(request_rec *r, const tokex_conf_t *conf,
                             const tokex_outcome_t *outcome, const char *receipt,
                             apr_time_t started)
{
    leave_notes(r, outcome, receipt);
    tokex_counters_one(r, TOKEX_COUNT_CACHE_HITS);
    if (!conf->audit_cached.value || !*conf->audit_cached.value)
        return;
    tokex_activity_note(r, conf, outcome, receipt, tokex_monotonic_now() - started);
    if (conf->audit)
        write_audit(r, conf, outcome, receipt, started);
}
