#include "status.h"

#include <http_protocol.h>
#include <mod_status.h>
/* It needs what the others include. */
#include <apr_optional_hooks.h>

#include "cache_local.h"
#include "counters.h"

/* How a line of the section is written. */
typedef struct sheet_t {
    request_rec *r;
    bool brief; /* `Key: value`, for programs */
} sheet_t;

/* `label` and `detail` are literals of letters, digits, blanks and underscores. */
static void write_line(const sheet_t *sheet, const char *key, const char *label, const char *detail,
                       apr_uint64_t value)
{
    if (sheet->brief)
        ap_rprintf(sheet->r, "Tokex%s%s%s: %" APR_UINT64_T_FMT "\n", key, detail ? "-" : "",
                   detail ? detail : "", value);
    else
        ap_rprintf(sheet->r, "<dt>%s%s%s: %" APR_UINT64_T_FMT "</dt>\n", label, detail ? ", " : "",
                   detail ? detail : "", value);
}

static void write_cache(const sheet_t *sheet, const apr_uint64_t *counts)
{
    write_line(sheet, "CacheHits", "Decisions that were remembered", NULL,
               counts[TOKEX_COUNT_CACHE_HITS]);
    write_line(sheet, "CacheMisses", "Decisions that were not", NULL,
               counts[TOKEX_COUNT_CACHE_MISSES]);
    write_line(sheet, "CacheStored", "Decisions put into the cache", NULL,
               counts[TOKEX_COUNT_CACHE_STORED]);
    write_line(sheet, "CacheUnfit", "Decisions that the cache had no room for", NULL,
               counts[TOKEX_COUNT_CACHE_UNFIT]);
    write_line(sheet, "CacheDropped", "Decisions forgotten after a 401 of the backend", NULL,
               counts[TOKEX_COUNT_CACHE_DROPPED]);
    write_line(sheet, "CacheRemoteLate", "Calls of the remote store that were late", NULL,
               counts[TOKEX_COUNT_CACHE_REMOTE_LATE]);
    write_line(sheet, "CacheRemoteFailed", "Calls of the remote store that failed", NULL,
               counts[TOKEX_COUNT_CACHE_REMOTE_FAILED]);
}

static void write_counts(const sheet_t *sheet, const apr_uint64_t *counts)
{
    apr_uint64_t timed = tokex_counters_timed(counts);
    int i;

    write_line(sheet, "ExchangesGranted", "Exchanges granted", NULL, counts[TOKEX_COUNT_GRANTED]);
    write_line(sheet, "ExchangesRefused", "Exchanges refused", NULL,
               tokex_counters_refused(counts));
    for (i = 0; i < TOKEX_E_COUNT; i++) {
        if (counts[TOKEX_COUNT_REFUSED + i] > 0)
            write_line(sheet, "ExchangesRefused", "Exchanges refused",
                       tokex_err_info((tokex_code_t)i)->name, counts[TOKEX_COUNT_REFUSED + i]);
    }
    write_line(sheet, "ExchangeMicroseconds", "Microseconds an exchange, on average", NULL,
               timed ? counts[TOKEX_COUNT_MICROSECONDS] / timed : 0);
    for (i = 0; i < TOKEX_PAGES; i++)
        write_line(sheet, "Requests", "Requests", tokex_counters_page_name(i),
                   counts[TOKEX_COUNT_PAGE + i]);
    write_line(sheet, "AuditLinesLost", "Audit lines lost", NULL, counts[TOKEX_COUNT_AUDIT_LOST]);
    write_line(sheet, "ActivityDropped", "Decisions not recorded", NULL,
               counts[TOKEX_COUNT_ACTIVITY_DROPPED]);
    write_line(sheet, "KeyFetchesGood", "Fetches of issuers' keys that were good", NULL,
               counts[TOKEX_COUNT_FETCHES_GOOD]);
    write_line(sheet, "KeyFetchesFailed", "Fetches of issuers' keys that failed", NULL,
               counts[TOKEX_COUNT_FETCHES_FAILED]);
    write_line(sheet, "TokenQuestionsGood", "Questions about tokens that issuers answered", NULL,
               counts[TOKEX_COUNT_ASKS_GOOD]);
    write_line(sheet, "TokenQuestionsFailed", "Questions about tokens that failed", NULL,
               counts[TOKEX_COUNT_ASKS_FAILED]);
    write_line(sheet, "TokenQuestionsSpared", "Questions about tokens that another answer did for",
               NULL, counts[TOKEX_COUNT_ASKS_SPARED]);
    write_cache(sheet, counts);
    write_line(sheet, "RefusalsUnlogged", "Refusals without a line in the error log", NULL,
               counts[TOKEX_COUNT_UNSAID]);
}

/* Its names are those of every module that has such a memory, so programs do not get them. */
static void write_memory(request_rec *r)
{
    if (!tokex_cache_local_is_there())
        return;
    ap_rputs("<h3>Memory of remembered decisions</h3>\n<p>", r);
    tokex_cache_local_write_status(r);
    ap_rputs("</p>\n", r);
}

static int write_section(request_rec *r, int flags)
{
    sheet_t sheet = {r, (flags & AP_STATUS_SHORT) != 0};
    apr_uint64_t counts[TOKEX_COUNTS];
    apr_time_t since;

    if (!tokex_counters_read(counts, &since))
        return DECLINED;
    if (!sheet.brief)
        ap_rputs("<hr />\n<h2>Token exchange</h2>\n<dl>\n", r);
    write_counts(&sheet, counts);
    if (!sheet.brief) {
        ap_rputs("</dl>\n", r);
        write_memory(r);
    }
    return OK;
}

void tokex_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, write_section, NULL, NULL, APR_HOOK_MIDDLE);
}
