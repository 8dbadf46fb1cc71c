#include "body.h"

#include <stdbool.h>

#include <http_core.h>
#include <http_protocol.h>

#include "base/limits.h"
#include "brigade.h"

#define FIRST_SPACE 4096
#define HOLD_FILTER "TOKEX_HOLD"

/* A buffer that grows in the request's pool. */
typedef struct sink_t {
    char *octets;
    apr_size_t len;
    apr_size_t space;
} sink_t;

static void pour(sink_t *sink, const char *data, apr_size_t len, apr_pool_t *pool)
{
    if (sink->len + len > sink->space) {
        char *wider;

        while (sink->len + len > sink->space)
            sink->space *= 2;
        wider = apr_palloc(pool, sink->space);
        memcpy(wider, sink->octets, sink->len);
        sink->octets = wider;
    }
    memcpy(sink->octets + sink->len, data, len);
    sink->len += len;
}

static const tokex_err_t *too_large(request_rec *r, apr_off_t len)
{
    return tokex_err_create(r->pool, TOKEX_E_BODY_TOO_LARGE, NULL,
                            "at least %" APR_OFF_T_FMT " octets, limit %d, LimitRequestBody "
                            "%" APR_OFF_T_FMT,
                            len, TOKEX_LIMIT_BODY, ap_get_limit_req_body(r));
}

/* A length that is announced and too large needs no reading. */
static const tokex_err_t *check_announced(request_rec *r, apr_size_t *announced)
{
    const char *text = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t limit = ap_get_limit_req_body(r), len;

    *announced = 0;
    if (!text || !ap_parse_strict_length(&len, text))
        return NULL;
    if (len > TOKEX_LIMIT_BODY || (limit > 0 && len > limit))
        return too_large(r, len);
    *announced = (apr_size_t)len;
    return NULL;
}

static const tokex_err_t *drain(sink_t *sink, bool *end, apr_bucket_brigade *bb, request_rec *r)
{
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb) && !*end;
         b = APR_BUCKET_NEXT(b)) {
        const char *data;
        apr_size_t len;
        apr_status_t rv;

        if (APR_BUCKET_IS_EOS(b))
            *end = true;
        if (APR_BUCKET_IS_METADATA(b))
            continue;
        rv = apr_bucket_read(b, &data, &len, APR_BLOCK_READ);
        if (rv != APR_SUCCESS)
            return tokex_err_create(r->pool, TOKEX_E_BODY_READ, NULL, "%pm", &rv);
        if (len > TOKEX_LIMIT_BODY - sink->len)
            return too_large(r, (apr_off_t)(sink->len + len));
        pour(sink, data, len, r->pool);
    }
    return NULL;
}

/*
 * httpd's input filters answer what they do not like themselves, with a page of theirs, before the
 * handler hears of it. While the body is read this filter stands in the way of such a page and
 * keeps its status.
 */
static apr_status_t hold(ap_filter_t *f, apr_bucket_brigade *bb)
{
    int *status = f->ctx;
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb); b = APR_BUCKET_NEXT(b)) {
        if (AP_BUCKET_IS_ERROR(b))
            *status = ((ap_bucket_error *)b->data)->status;
    }
    /* Flushes pass: a 100 Continue may wait behind one. */
    if (*status == 0)
        return ap_pass_brigade(f->next, bb);
    apr_brigade_cleanup(bb);
    return AP_FILTER_ERROR;
}

void tokex_body_register(void)
{
    ap_register_output_filter(HOLD_FILTER, hold, NULL, AP_FTYPE_RESOURCE);
}

static const tokex_err_t *refused_by_filter(request_rec *r, apr_status_t rv, int status,
                                            const sink_t *sink)
{
    if (status == 0)
        status = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    if (status == HTTP_REQUEST_ENTITY_TOO_LARGE)
        return too_large(r, (apr_off_t)sink->len);
    return tokex_err_create(r->pool, TOKEX_E_BODY_READ, NULL, "%pm", &rv);
}

static const tokex_err_t *fill(sink_t *sink, const int *status, request_rec *r)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    const tokex_err_t *err = NULL;
    bool end = false;

    while (!end && !err) {
        apr_status_t rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ,
                                         HUGE_STRING_LEN);

        if (rv != APR_SUCCESS || *status != 0)
            err = refused_by_filter(r, rv, *status, sink);
        else if (APR_BRIGADE_EMPTY(bb))
            err = tokex_err_create(r->pool, TOKEX_E_BODY_READ, NULL, "the body ended early");
        else
            err = drain(sink, &end, bb, r);
        apr_brigade_cleanup(bb);
    }
    return err;
}

const tokex_err_t *tokex_body_read(const char **out, apr_size_t *len, request_rec *r)
{
    sink_t sink = {NULL, 0, FIRST_SPACE};
    const tokex_err_t *err;
    ap_filter_t *held;
    apr_size_t announced;
    int status = 0;

    TOKEX_RETURN_ERR(check_announced(r, &announced));
    /* What is only announced gets no more than a token's worth of room before it arrives. */
    if (announced > sink.space)
        sink.space = announced < TOKEX_LIMIT_TOKEN ? announced : TOKEX_LIMIT_TOKEN;
    sink.octets = apr_palloc(r->pool, sink.space);
    held = ap_add_output_filter(HOLD_FILTER, &status, r, r->connection);
    err = fill(&sink, &status, r);
    ap_remove_output_filter(held);
    *out = sink.octets;
    *len = sink.len;
    return err;
}
