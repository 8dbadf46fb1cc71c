#include "wellknown.h"

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>

#include "answer.h"
#include "base/json.h"
#include "child.h"
#include "messages.h"

APLOG_USE_MODULE(tokex);

/* Long enough to spare a resource server, short enough for a key rotation before lunch. */
#define CACHE_CONTROL "public, max-age=300"

static void add_list(tokex_jsonw_t *w, const char *name, const char *const *items, int count)
{
    int i;

    tokex_jsonw_name(w, name);
    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++)
        tokex_jsonw_string(w, items[i]);
    tokex_jsonw_array_end(w);
}

static const char *render(const tokex_conf_t *conf, bool exchanges, apr_pool_t *pool)
{
    static const char *const grants[] = {TOKEX_GRANT_EXCHANGE, TOKEX_GRANT_ASSERTION,
                                         TOKEX_GRANT_REFRESH};
    static const char *const methods[] = {"client_secret_basic", "client_secret_post"};
    static const char *const subjects[] = {TOKEX_TYPE_URN_ACCESS_TOKEN, TOKEX_TYPE_URN_JWT,
                                           TOKEX_TYPE_URN_ID_TOKEN};
    const char *issuer = conf->issuer.value;
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 1024);

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "issuer", issuer);
    tokex_jsonw_member_string(w, "token_endpoint",
                              apr_pstrcat(pool, issuer, TOKEX_TOKEN_ENDPOINT, NULL));
    tokex_jsonw_member_string(w, "jwks_uri", apr_pstrcat(pool, issuer, "/jwks", NULL));
    /* Without the member a client would have to assume grants that do not exist here. */
    add_list(w, "grant_types_supported", grants, exchanges ? 3 : 0);
    /* Demanded by RFC 8414 section 2; there is no authorization endpoint, so it is empty. */
    add_list(w, "response_types_supported", NULL, 0);
    add_list(w, "token_endpoint_auth_methods_supported", methods, 2);
    tokex_jsonw_member_string(w, "introspection_endpoint",
                              apr_pstrcat(pool, issuer, "/introspect", NULL));
    add_list(w, "introspection_endpoint_auth_methods_supported", methods, 2);
    tokex_jsonw_member_string(w, "revocation_endpoint", apr_pstrcat(pool, issuer, "/revoke", NULL));
    add_list(w, "revocation_endpoint_auth_methods_supported", methods, 2);
    /* Not registered, but section 2 allows more members, and nothing else tells a client. */
    add_list(w, "subject_token_types_supported", subjects, 3);
    add_list(w, "requested_token_types_supported", subjects, 2);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, NULL);
}

void tokex_wellknown_prepare(tokex_conf_t *conf, bool exchanges, apr_pool_t *pool)
{
    const char *path = tokex_directives_issuer_path(conf);

    conf->metadata = render(conf, exchanges, pool);
    conf->root_oauth = apr_pstrcat(pool, "/.well-known/oauth-authorization-server", path, NULL);
    conf->root_openid = apr_pstrcat(pool, "/.well-known/openid-configuration", path, NULL);
}

bool tokex_wellknown_is_root(const tokex_conf_t *conf, const char *path)
{
    return conf->root_oauth && path &&
           (strcmp(path, conf->root_oauth) == 0 || strcmp(path, conf->root_openid) == 0);
}

int tokex_wellknown_answer(request_rec *r, const char *body, apr_size_t len)
{
    if (r->method_number != M_GET) {
        apr_table_setn(r->headers_out, "Allow", "GET, HEAD");
        return tokex_answer_error(r, HTTP_METHOD_NOT_ALLOWED, "invalid_request",
                                  "This address answers only to GET.");
    }
    apr_table_setn(r->headers_out, "Cache-Control", CACHE_CONTROL);
    return tokex_answer_json(r, HTTP_OK, body, len);
}

int tokex_wellknown_metadata(request_rec *r, const tokex_conf_t *conf)
{
    return tokex_wellknown_answer(r, conf->metadata, strlen(conf->metadata));
}

int tokex_wellknown_jwks(request_rec *r, const tokex_conf_t *conf)
{
    const tokex_site_t *site = conf->live ? tokex_live_hold(conf->live, r->pool) : NULL;
    apr_uint32_t unsaid;

    if (site)
        return tokex_wellknown_answer(r, site->jwks, site->jwks_len);
    if (tokex_limiter_allows(conf->limiter, TOKEX_LINE_ADDRESS, r->request_time, &unsaid))
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      TX_NOT_LOADED
                      "no keys to publish: this process could not load its "
                      "configuration; the error log has the reason from when it began");
    return tokex_answer_error(r, HTTP_SERVICE_UNAVAILABLE, "server_error",
                              "The server could not complete the request.");
}
