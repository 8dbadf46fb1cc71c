#include "cache_watch.h"

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_request.h>
#include <util_filter.h>

#include "messages.h"
#include "request_state.h"

APLOG_USE_MODULE(tokex);

#define FILTER "TOKEX_CACHE"

static ap_filter_rec_t *filter;

/* Where an error page has a status of its own, that of the answer before it counts. */
static bool says_401(const request_rec *r)
{
    for (; r; r = r->prev) {
        if (r->status == HTTP_UNAUTHORIZED)
            return true;
    }
    return false;
}

/* Before the first octet of the answer, so that a client that has it meets no older decision. */
static apr_status_t look(ap_filter_t *f, apr_bucket_brigade *bb)
{
    const tokex_cache_entry_t *entry = f->ctx;

    ap_remove_output_filter(f);
    if (says_401(f->r)) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, f->r,
                      TX_CACHE_DROPPED "the answer is 401, so the decision that let this request "
                                       "in is forgotten");
        tokex_cache_drop(f->r, entry);
    }
    return ap_pass_brigade(f->next, bb);
}

/* Only what was let in comes here. An error page has the status of what it takes the place of, and
 * is no backend; the filter of the request before it, if any, is still there. */
static void insert(request_rec *r)
{
    const tokex_request_state_t *state = tokex_request_state_in_force(r);

    if (!state || !state->entry || !state->result->granted ||
        (r->prev && ap_is_HTTP_ERROR(r->prev->status)))
        return;
    ap_add_output_filter_handle(filter, (void *)state->entry, r, r->connection);
}

void tokex_cache_watch_register(void)
{
    /* Of this kind, because an error page is sent without what stands before. */
    filter = ap_register_output_filter(FILTER, look, NULL, AP_FTYPE_PROTOCOL);
    ap_hook_insert_filter(insert, NULL, NULL, APR_HOOK_MIDDLE);
}
