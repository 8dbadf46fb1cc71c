#include "endpoint.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "answer.h"
#include "exchange/authorization.h"
#include "body.h"
#include "child.h"
#include "counters.h"
#include "directives.h"
#include "endpoint_private.h"
#include "inquiry.h"
#include "keys/issuer_keys.h"
#include "messages.h"
#include "monotonic.h"
#include "report.h"
#include "request_state.h"
#include "resource.h"
#include "wellknown.h"

APLOG_USE_MODULE(tokex);

/* Seconds, as text: the issuer is not asked again sooner. */
#define RETRY_AFTER APR_STRINGIFY(TOKEX_KEYS_COOLDOWN)
/* Seconds again: the database may be locked, or the disk full. */
#define RETRY_REVOKE "5"

static bool ends_with(const char *path, const char *end)
{
    apr_size_t path_len = strlen(path), end_len = strlen(end);

    return path_len >= end_len && strcmp(path + path_len - end_len, end) == 0;
}

static tokex_page_t page_of(const tokex_conf_t *conf, const char *path)
{
    if (tokex_wellknown_is_root(conf, path) ||
        ends_with(path, "/.well-known/oauth-authorization-server") ||
        ends_with(path, "/.well-known/openid-configuration"))
        return TOKEX_PAGE_METADATA;
    if (ends_with(path, TOKEX_TOKEN_ENDPOINT))
        return TOKEX_PAGE_TOKEN;
    if (ends_with(path, "/introspect"))
        return TOKEX_PAGE_INTROSPECT;
    if (ends_with(path, "/revoke"))
        return TOKEX_PAGE_REVOKE;
    return ends_with(path, "/jwks") ? TOKEX_PAGE_JWKS : TOKEX_PAGE_OTHER;
}

static bool takes_secrets(tokex_page_t page)
{
    return page == TOKEX_PAGE_TOKEN || page == TOKEX_PAGE_INTROSPECT || page == TOKEX_PAGE_REVOKE;
}

/* A secret that a client put in the query would otherwise stand in the access log. */
static void hide_query(request_rec *r)
{
    static const char hidden[] = "hidden";
    const char *mark;

    if (!r->args || !*r->args || r->args == hidden)
        return;
    mark = strchr(r->unparsed_uri, '?');
    r->unparsed_uri = apr_pstrcat(
        r->pool,
        mark ? apr_pstrmemdup(r->pool, r->unparsed_uri, (apr_size_t)(mark - r->unparsed_uri))
             : r->uri,
        "?", hidden, NULL);
    r->the_request = apr_pstrcat(r->pool, r->method, " ", r->unparsed_uri, " ", r->protocol, NULL);
    r->args = (char *)hidden;
    r->parsed_uri.query = (char *)hidden;
}

/*
 * Do the Location sections give this request to us? Their walk has been undone when map_to_storage
 * is asked, and a rewritten URI must be judged by what it is now; httpd repeats the walk afterwards
 * and finds it in its cache.
 */
static bool is_handed_to_us(request_rec *r)
{
    const core_dir_config *core;
    const char *name, *fault = NULL;
    bool ours = false;

    if (ap_location_walk(r) == OK) {
        core = ap_get_core_module_config(r->per_dir_config);
        name = core->handler;
        if (core->expr_handler)
            name = ap_expr_str_exec(r, core->expr_handler, &fault);
        ours = name && !fault && strcmp(name, TOKEX_HANDLER) == 0;
    }
    r->per_dir_config = r->server->lookup_defaults;
    return ours;
}

int tokex_endpoint_translate(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);

    if (!conf || !(tokex_wellknown_is_root(conf, r->uri) || tokex_resource_find(conf, r)))
        return DECLINED;
    r->filename = apr_pstrcat(r->pool, "tokex:", r->uri, NULL);
    return OK;
}

int tokex_endpoint_map(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);

    const tokex_dir_t *described;

    if (!conf)
        return DECLINED;
    described = tokex_resource_find(conf, r);
    if (described || tokex_wellknown_is_root(conf, r->uri)) {
        r->handler = TOKEX_HANDLER;
        tokex_request_state(r)->described = described;
        tokex_request_state(r)->is_endpoint = true;
        return OK;
    }
    if (!is_handed_to_us(r))
        return DECLINED;
    /* A ProxyPass over the whole host has marked the request before us. */
    r->proxyreq = PROXYREQ_NONE;
    if (takes_secrets(page_of(conf, r->uri)))
        hide_query(r);
    tokex_request_state(r)->is_endpoint = true;
    return OK;
}

static bool is_loaded(const tokex_conf_t *conf)
{
    return conf->live && tokex_live_is_loaded(conf->live);
}

static const tokex_err_t *check_head(request_rec *r, const tokex_conf_t *conf)
{
    const char *authorization = apr_table_get(r->headers_in, "Authorization");

    if (r->method_number != M_POST)
        return tokex_err_create(r->pool, TOKEX_E_METHOD, NULL, NULL);
    if (page_of(conf, r->uri) == TOKEX_PAGE_TOKEN &&
        !tokex_location_exchanges(tokex_location_of(r)))
        return tokex_err_create(r->pool, TOKEX_E_EXCHANGE_OFF, NULL, NULL);
    if (r->args && *r->args)
        return tokex_err_create(r->pool, TOKEX_E_QUERY, NULL, NULL);
    if (authorization && tokex_authorization_is_repeated(authorization))
        return tokex_err_create(r->pool, TOKEX_E_AUTHORIZATION_REPEATED, NULL, NULL);
    if (!tokex_form_is_content_type(apr_table_get(r->headers_in, "Content-Type")))
        return tokex_err_create(r->pool, TOKEX_E_CONTENT_TYPE, NULL, NULL);
    if (!is_loaded(conf))
        return tokex_err_create(r->pool, TOKEX_E_INTERNAL, NULL,
                                "this process could not load its configuration; the error log has "
                                "the reason from when it began");
    return NULL;
}

const tokex_err_t *tokex_endpoint_read(tokex_request_t **out, request_rec *r,
                                       const tokex_conf_t *conf)
{
    const tokex_form_t *form;
    const char *body;
    apr_size_t len;

    hide_query(r);
    TOKEX_RETURN_ERR(check_head(r, conf));
    TOKEX_RETURN_ERR(tokex_body_read(&body, &len, r));
    TOKEX_RETURN_ERR(tokex_form_parse(&form, body, len, r->pool));
    return tokex_request_read(out, form, apr_table_get(r->headers_in, "Authorization"), r->pool);
}

int tokex_endpoint_dress(request_rec *r, const tokex_conf_t *conf, tokex_code_t code)
{
    int status = tokex_err_info(code)->http_status;

    if (code == TOKEX_E_METHOD)
        apr_table_setn(r->headers_out, "Allow", "POST");
    /* RFC 6749 section 5.2; harmless where the client did not use the header. */
    if (status == HTTP_UNAUTHORIZED)
        apr_table_setn(r->headers_out, "WWW-Authenticate",
                       apr_psprintf(r->pool, "Basic realm=\"%s\"", conf->issuer.value));
    if (code == TOKEX_E_KEYS_UNAVAILABLE)
        apr_table_setn(r->headers_out, "Retry-After", RETRY_AFTER);
    if (code == TOKEX_E_REVOKE_STORE || code == TOKEX_E_REFRESH_STORE ||
        code == TOKEX_E_SPENT_STORE || code == TOKEX_E_SPENT_FULL)
        apr_table_setn(r->headers_out, "Retry-After", RETRY_REVOKE);
    if (code == TOKEX_E_ISSUER_UNAVAILABLE)
        apr_table_setn(r->headers_out, "Retry-After", APR_STRINGIFY(TOKEX_ASKER_RETRY));
    if (code == TOKEX_E_ACCOUNT_UNAVAILABLE || code == TOKEX_E_ACCOUNT_CHANGED)
        apr_table_setn(r->headers_out, "Retry-After", "1");
    /* What is left of the body must not be taken for the next request. */
    if (code == TOKEX_E_BODY_TOO_LARGE || code == TOKEX_E_BODY_READ)
        r->connection->keepalive = AP_CONN_CLOSE;
    return is_loaded(conf) || code != TOKEX_E_INTERNAL ? status : HTTP_SERVICE_UNAVAILABLE;
}

/* With what is in force once the request has been read, however long that took. */
static const tokex_outcome_t *decide(request_rec *r, const tokex_conf_t *conf,
                                     const tokex_request_t *request)
{
    const tokex_site_t *site = tokex_live_hold(conf->live, r->pool);

    return tokex_exchange_run(tokex_account_asker_engine(&site->engine, conf->account_asker, r),
                              request, apr_time_sec(apr_time_now()), r->pool);
}

static int exchange(request_rec *r, const tokex_conf_t *conf)
{
    apr_time_t started = tokex_monotonic_now();
    const tokex_outcome_t *outcome;
    const tokex_err_t *err;
    tokex_request_t *request;
    const char *receipt, *body;
    int status = HTTP_OK;
    apr_size_t len;

    err = tokex_endpoint_read(&request, r, conf);
    outcome = err ? tokex_exchange_refused(err, r->pool) : decide(r, conf, request);
    receipt = tokex_answer_receipt(r);
    tokex_answer_private(r);
    if (outcome->err) {
        status = tokex_endpoint_dress(r, conf, outcome->err->code);
        body = tokex_outcome_error(outcome->err, receipt, &len, r->pool);
    } else {
        body = tokex_outcome_response(outcome, &len, r->pool);
    }
    /* Before the answer, so that no token leaves without its line. */
    tokex_report_outcome(r, conf, outcome, receipt, started);
    return tokex_answer_json(r, status, body, len);
}

static int not_found(request_rec *r)
{
    return tokex_answer_error(r, HTTP_NOT_FOUND, "invalid_request",
                              "There is nothing at this address.");
}

static int not_configured(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                  TX_NOT_CONFIGURED "SetHandler tokex stands where no TokexIssuer does; set "
                                    "TokexIssuer for this virtual host");
    return not_found(r);
}

static int no_such_page(request_rec *r, const tokex_conf_t *conf)
{
    apr_uint32_t unsaid;

    if (APLOGrinfo(r) &&
        tokex_limiter_allows(conf->limiter, TOKEX_LINE_ADDRESS, r->request_time, &unsaid))
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      TX_NOT_FOUND "there is no such endpoint (%u more had no line)", unsaid);
    return not_found(r);
}

int tokex_endpoint_handle(request_rec *r)
{
    const tokex_conf_t *conf;
    const tokex_dir_t *described;
    tokex_page_t page;

    /* Another handler must not serve a file whose rules were not asked. */
    if (!r->handler || strcmp(r->handler, TOKEX_HANDLER) != 0)
        return tokex_request_is_endpoint(r) ? HTTP_FORBIDDEN : DECLINED;
    conf = tokex_directives_of(r->server);
    if (!conf)
        return not_configured(r);
    described = tokex_request_state(r)->described;
    page = described ? TOKEX_PAGE_METADATA : page_of(conf, r->uri);
    tokex_counters_page(r, page);
    if (described)
        return tokex_resource_answer(r, conf);
    switch (page) {
    case TOKEX_PAGE_TOKEN:
        return exchange(r, conf);
    case TOKEX_PAGE_JWKS:
        return tokex_wellknown_jwks(r, conf);
    case TOKEX_PAGE_METADATA:
        return tokex_wellknown_metadata(r, conf);
    case TOKEX_PAGE_INTROSPECT:
        return tokex_inquiry_introspect(r, conf);
    case TOKEX_PAGE_REVOKE:
        return tokex_inquiry_revoke(r, conf);
    case TOKEX_PAGE_OTHER:
    case TOKEX_PAGES:
        break;
    }
    return no_such_page(r, conf);
}
