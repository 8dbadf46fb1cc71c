#include "caller.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>

#include "base/b64url.h"
#include "base/json.h"
#include "messages.h"
#include "reserved.h"

APLOG_USE_MODULE(tokex);

#define VARIABLE_PREFIX "TOKEX_CLAIM_"
#define CONTEXT_HINT 512

/* ---- Variables */

/* Also those that CGI made of headers for a page that includes this one. */
void tokex_caller_forget(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);
    const apr_array_header_t *variables = apr_table_elts(r->subprocess_env);
    int i = 0;

    while (i < variables->nelts) {
        const char *name = APR_ARRAY_IDX(variables, i, apr_table_entry_t).key;

        if (strncmp(name, VARIABLE_PREFIX, sizeof(VARIABLE_PREFIX) - 1) == 0 ||
            (r->main && tokex_reserved_is_variable(conf, name))) {
            apr_table_unset(r->subprocess_env, name);
            i = 0;
        } else {
            i++;
        }
    }
}

/* Who makes a header of a variable (`RequestHeader set X expr=...`) does not expect a text of
 * several lines: mod_headers lets it end the header. */
static const char *harmless(const char *value, apr_pool_t *pool)
{
    const char *c;
    tokex_jsonw_t *w;

    for (c = value; *c; c++) {
        if (apr_iscntrl(*c))
            break;
    }
    if (!*c)
        return value;
    w = tokex_jsonw_create(pool, strlen(value) + 16);
    tokex_jsonw_string(w, value);
    return tokex_jsonw_text(w, NULL);
}

void tokex_caller_variables(request_rec *r, const tokex_result_t *result)
{
    int i;

    /* A subrequest begins with those of the request around it; SetEnvIf may have set others. */
    tokex_caller_forget(r);
    /* No two have the same name, so none need be looked for. */
    for (i = 0; i < result->variable_count; i++)
        apr_table_addn(r->subprocess_env,
                       apr_pstrcat(r->pool, VARIABLE_PREFIX, result->variables[i].name, NULL),
                       harmless(result->variables[i].value, r->pool));
}

/* ---- Headers */

/* What the backend shall be told, before any of it is. */
typedef struct news_t {
    apr_table_t *headers;
    apr_size_t len; /* of all as lines */
    const char *longest;
    apr_size_t most;
} news_t;

static void add(news_t *news, const char *name, const char *value)
{
    apr_size_t len = strlen(name) + strlen(value) + sizeof(": \r\n") - 1;

    apr_table_addn(news->headers, name, value);
    news->len += len;
    if (len <= news->most)
        return;
    news->longest = name;
    news->most = len;
}

/* Visible ASCII but `%` as it is, every other octet as %XX: no value can end a header or look like
 * another. */
static const char *encode(const char *value, apr_pool_t *pool)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = apr_palloc(pool, 3 * strlen(value) + 1), *at = out;

    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;

        if (c > 0x20 && c < 0x7F && c != '%') {
            *at++ = (char)c;
            continue;
        }
        *at++ = '%';
        *at++ = digits[c >> 4];
        *at++ = digits[c & 15];
    }
    *at = '\0';
    return out;
}

static const char *header_of(const char *prefix, const char *variable, apr_pool_t *pool)
{
    char *name = apr_pstrcat(pool, prefix, variable, NULL), *c;

    for (c = name; *c; c++) {
        if (*c == '_')
            *c = '-';
    }
    return name;
}

static void add_claims(news_t *news, const tokex_dir_t *dir, const tokex_result_t *result,
                       apr_pool_t *pool)
{
    int i;

    if (!dir->claim_headers || !*dir->claim_headers)
        return;
    for (i = 0; i < result->variable_count; i++)
        add(news, header_of(dir->claim_headers, result->variables[i].name, pool),
            encode(result->variables[i].value, pool));
}

/* What a backend needs to know of the caller, without a token to take apart. Not signed: whoever
 * reads it trusts the connection from this server. Made where it is wanted, so that what is
 * remembered of a token is short. */
static const char *context_of(const tokex_result_t *result, apr_pool_t *pool)
{
    static const char *const names[] = {"sub", "idp", "client_id", "scope", "aud", "exp",
                                        "acr", "amr", "st",        "tid",   "act", "jti"};
    tokex_jsonw_t *w = tokex_jsonw_create(pool, CONTEXT_HINT);
    const char *text;
    apr_size_t len;
    size_t i;

    tokex_jsonw_object_begin(w);
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        const tokex_variable_t *claim = tokex_result_variable(result, names[i]);

        if (claim)
            tokex_result_put_variable(w, claim);
    }
    tokex_jsonw_object_end(w);
    text = tokex_jsonw_text(w, &len);
    return tokex_b64url_string(pool, (const unsigned char *)text, len);
}

bool tokex_caller_headers(request_rec *r, const tokex_dir_t *dir, const tokex_result_t *result)
{
    news_t news = {apr_table_make(r->pool, 8), 0, NULL, 0};
    const apr_array_header_t *headers = apr_table_elts(news.headers);
    int i;

    if (dir->auth_context != 0)
        add(&news, TOKEX_AUTH_CONTEXT, context_of(result, r->pool));
    add_claims(&news, dir, result, r->pool);
    if (news.len > (apr_size_t)r->server->limit_req_fieldsize) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      TX_HEADERS_LONG
                      "the backend was not asked: headers with claims would be %" APR_SIZE_T_FMT
                      " octets, %" APR_SIZE_T_FMT " of them %s, and LimitRequestFieldSize is %d. "
                      "Map less, or raise it if the backend takes so much.",
                      news.len, news.most, news.longest, r->server->limit_req_fieldsize);
        return false;
    }
    for (i = 0; i < headers->nelts; i++) {
        const apr_table_entry_t *header = &APR_ARRAY_IDX(headers, i, apr_table_entry_t);

        apr_table_setn(r->headers_in, header->key, header->val);
    }
    return true;
}
