#include "body.h"

#include <stdbool.h>

#include <http_core.h>
#include <http_protocol.h>

#include "base/limits.h"
#include "brigade.h"

#define FIRST_SPACE 4096

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

static const tokex_err_t *refused_by_filter(request_rec *r, apr_status_t rv, const sink_t *sink)
{
    if (ap_map_http_request_error(rv, HTTP_BAD_REQUEST) == HTTP_REQUEST_ENTITY_TOO_LARGE)
        return too_large(r, (apr_off_t)sink->len);
    return tokex_err_create(r->pool, TOKEX_E_BODY_READ, NULL, "%pm", &rv);
}

const tokex_err_t *tokex_body_read(const char **out, apr_size_t *len, request_rec *r)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    sink_t sink = {NULL, 0, FIRST_SPACE};
    const tokex_err_t *err = NULL;
    apr_size_t announced;
    bool end = false;

    TOKEX_RETURN_ERR(check_announced(r, &announced));
    /* What is only announced gets no more than a token's worth of room before it arrives. */
    if (announced > sink.space)
        sink.space = announced < TOKEX_LIMIT_TOKEN ? announced : TOKEX_LIMIT_TOKEN;
    sink.octets = apr_palloc(r->pool, sink.space);
    while (!end && !err) {
        apr_status_t rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ,
                                         HUGE_STRING_LEN);

        if (rv != APR_SUCCESS)
            err = refused_by_filter(r, rv, &sink);
        else if (APR_BRIGADE_EMPTY(bb))
            err = tokex_err_create(r->pool, TOKEX_E_BODY_READ, NULL, "the body ended early");
        else
            err = drain(&sink, &end, bb, r);
        apr_brigade_cleanup(bb);
    }
    *out = sink.octets;
    *len = sink.len;
    return err;
}
