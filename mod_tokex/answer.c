#include "answer.h"

#include <http_log.h>
#include <http_protocol.h>

#include "base/b64url.h"
#include "base/json.h"
#include "brigade.h"
#include "crypt/random.h"
#include "messages.h"

APLOG_USE_MODULE(tokex);

/* The time comes first: what is decided within a second stands together in the index of receipts,
 * and a batch of decisions writes few of its pages. */
#define RECEIPT_TIME_OCTETS 4
#define RECEIPT_RANDOM_OCTETS 8

void tokex_answer_private(request_rec *r)
{
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "Pragma", "no-cache");
    apr_table_setn(r->subprocess_env, "no-gzip", "1");
    apr_table_setn(r->subprocess_env, "no-brotli", "1");
    apr_table_unset(r->headers_out, "Set-Cookie");
    apr_table_unset(r->err_headers_out, "Set-Cookie");
    apr_table_unset(r->headers_out, "ETag");
    /* httpd serves ranges of whatever a handler answers with 200. */
    apr_table_unset(r->headers_in, "Range");
}

int tokex_answer_json(request_rec *r, int status, const char *body, apr_size_t len)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);

    r->status = status;
    ap_set_content_type(r, "application/json");
    ap_set_content_length(r, (apr_off_t)len);
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_pool_create(body, len, r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    /* A caller that has gone is not our failure. */
    (void)ap_pass_brigade(r->output_filters, bb);
    return OK;
}

const char *tokex_answer_receipt(request_rec *r)
{
    unsigned char octets[RECEIPT_TIME_OCTETS + RECEIPT_RANDOM_OCTETS];
    apr_uint64_t seconds = (apr_uint64_t)apr_time_sec(r->request_time);
    const tokex_err_t *err;
    int i;

    for (i = RECEIPT_TIME_OCTETS; i-- > 0; seconds >>= 8)
        octets[i] = (unsigned char)seconds;
    err = tokex_random_bytes(octets + RECEIPT_TIME_OCTETS, RECEIPT_RANDOM_OCTETS, r->pool);
    if (err) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, TX_RANDOM "no receipt: %s",
                      tokex_err_text(err, r->pool));
        return "-";
    }
    return tokex_b64url_string(r->pool, octets, sizeof(octets));
}

int tokex_answer_error(request_rec *r, int status, const char *error, const char *description)
{
    tokex_jsonw_t *w = tokex_jsonw_create(r->pool, 256);
    const char *receipt = tokex_answer_receipt(r);
    const char *body;
    apr_size_t len;

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "error", error);
    tokex_jsonw_member_string(w, "error_description", description);
    tokex_jsonw_member_string(w, "receipt", receipt);
    tokex_jsonw_object_end(w);
    body = tokex_jsonw_text(w, &len);
    apr_table_setn(r->notes, "tokex-receipt", receipt);
    tokex_answer_private(r);
    return tokex_answer_json(r, status, body, len);
}
