#include "resource.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>
#include <http_log.h>

#include "answer.h"
#include "base/json.h"
#include "base/limits.h"
#include "child.h"
#include "messages.h"
#include "request_state.h"
#include "sections.h"
#include "wellknown.h"

APLOG_USE_MODULE(tokex);

#define WELL_KNOWN "/.well-known/oauth-protected-resource"

/* ---- Identifiers */

/* One that looks the same however often it is decoded and normalised. */
static bool is_plain_path(const char *path)
{
    for (; *path; path++) {
        if (!apr_isalnum(*path) && !strchr("-._~/", *path))
            return false;
        if (*path == '/' && (path[1] == '/' || path[1] == '.'))
            return false;
    }
    return true;
}

const char *tokex_resource_fault(const char *url, apr_pool_t *pool)
{
    apr_uri_t uri;

    if (strlen(url) > TOKEX_LIMIT_URL || strpbrk(url, "\"\\ ?#@") ||
        apr_uri_parse(pool, url, &uri) != APR_SUCCESS || !uri.scheme || !uri.hostname ||
        !*uri.hostname)
        return "is not an absolute URL without query, fragment and user; write the address of the "
               "location as clients see it, such as https://api.example.org/orders, or Off";
    if (strcmp(uri.scheme, "https") != 0 &&
        !(strcmp(uri.scheme, "http") == 0 && tokex_directives_is_loopback(uri.hostname)))
        return "does not begin with https://; http:// is only for localhost and 127.0.0.1";
    if (uri.path && !is_plain_path(uri.path))
        return "has a path that is not plain; letters, digits, - . _ ~ and / are allowed, and no "
               "empty or dotted part";
    return NULL;
}

/* Where the path begins, and the path: a slash behind the host alone is none. */
static const char *path_of(const char *identifier)
{
    const char *host = strstr(identifier, "://") + 3;
    const char *path = host + strcspn(host, "/");

    return strcmp(path, "/") == 0 ? path + 1 : path;
}

const char *tokex_resource_path(const char *identifier, apr_pool_t *pool)
{
    return apr_pstrcat(pool, WELL_KNOWN, path_of(identifier), NULL);
}

const char *tokex_resource_address(const char *identifier, apr_pool_t *pool)
{
    const char *host = strstr(identifier, "://") + 3;
    const char *origin =
        apr_pstrmemdup(pool, identifier, (apr_size_t)(host - identifier) + strcspn(host, "/"));

    return apr_pstrcat(pool, origin, tokex_resource_path(identifier, pool), NULL);
}

const tokex_dir_t *tokex_resource_find(const tokex_conf_t *conf, const request_rec *r)
{
    int i;

    if (!r->uri || strncmp(r->uri, WELL_KNOWN, sizeof(WELL_KNOWN) - 1) != 0)
        return NULL;
    /* Sections that only have it from around them come behind the one that says it. */
    for (i = 0; i < conf->sections->nelts; i++) {
        const tokex_dir_t *dir = APR_ARRAY_IDX(conf->sections, i, tokex_section_t).dir;

        if (dir->metadata && *dir->metadata &&
            strcmp(r->uri, tokex_resource_path(dir->metadata, r->pool)) == 0)
            return dir;
    }
    return NULL;
}

/* ---- The document */

static void add_issuer(tokex_jsonw_t *w, const tokex_policy_issuer_t *issuer)
{
    /* RFC 8414 section 2: what is no URL can be no authorization server. */
    if (issuer && issuer->config->enabled &&
        (strncmp(issuer->config->issuer, "https://", 8) == 0 ||
         strncmp(issuer->config->issuer, "http://", 7) == 0))
        tokex_jsonw_string(w, issuer->config->issuer);
}

/* Those whose tokens pass: that is where a client gets one. */
static void add_issuers(tokex_jsonw_t *w, const tokex_conf_t *conf, const tokex_dir_t *dir,
                        const tokex_policy_t *policy)
{
    int i;

    tokex_jsonw_name(w, "authorization_servers");
    tokex_jsonw_array_begin(w);
    if (tokex_location_own_tokens(dir) != TOKEX_OWN_REFUSE)
        tokex_jsonw_string(w, conf->issuer.value);
    if (tokex_location_exchanges(dir) && !dir->issuers)
        add_issuer(w, tokex_policy_only_issuer(policy));
    for (i = 0; tokex_location_exchanges(dir) && dir->issuers && i < dir->issuers->nelts; i++)
        add_issuer(w,
                   tokex_policy_issuer_by_id(policy, APR_ARRAY_IDX(dir->issuers, i, const char *)));
    tokex_jsonw_array_end(w);
}

static void add_scopes(tokex_jsonw_t *w, const tokex_dir_t *dir)
{
    const char *text = dir->scope;

    if (!text)
        return;
    tokex_jsonw_name(w, "scopes_supported");
    tokex_jsonw_array_begin(w);
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        apr_size_t len = strcspn(text, " ");

        tokex_jsonw_string_len(w, text, len);
        text += len;
    }
    tokex_jsonw_array_end(w);
}

static const char *render(apr_size_t *len, const tokex_conf_t *conf, const tokex_dir_t *dir,
                          const tokex_policy_t *policy, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "resource", dir->metadata);
    add_issuers(w, conf, dir, policy);
    add_scopes(w, dir);
    tokex_jsonw_name(w, "bearer_methods_supported");
    tokex_jsonw_array_begin(w);
    tokex_jsonw_string(w, "header");
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, len);
}

int tokex_resource_pass(request_rec *r)
{
    const char *type = ap_auth_type(r);

    return tokex_request_state(r)->described && type && strcasecmp(type, TOKEX_AUTH_TYPE) == 0
               ? OK
               : DECLINED;
}

int tokex_resource_answer(request_rec *r, const tokex_conf_t *conf)
{
    const tokex_dir_t *dir = tokex_request_state(r)->described;
    const tokex_site_t *site = conf->live ? tokex_live_hold(conf->live, r->pool) : NULL;
    const char *body;
    apr_size_t len;

    if (!site) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      TX_RESOURCE "no metadata of %s: this process could not load its "
                                  "configuration; the error log has the reason from when it began",
                      dir->metadata);
        return tokex_answer_error(r, HTTP_SERVICE_UNAVAILABLE, "server_error",
                                  "The server could not complete the request.");
    }
    body = render(&len, conf, dir, site->engine.policy, r->pool);
    return tokex_wellknown_answer(r, body, len);
}
