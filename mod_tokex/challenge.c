#include "challenge.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

#include "request_state.h"

#define RETRY_AFTER APR_STRINGIFY(TOKEX_KEYS_COOLDOWN)

/* RFC 9110 section 5.6.4. */
static const char *quoted(const char *text, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, 2 * strlen(text) + 1), *at = out;

    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *at++ = '\\';
        *at++ = *text;
    }
    *at = '\0';
    return out;
}

static void set_challenge(request_rec *r, const char *more)
{
    const char *realm = ap_auth_name(r);
    const tokex_conf_t *conf = tokex_directives_of(r->server);

    if (!realm)
        realm = conf ? conf->issuer.value : "tokex";
    apr_table_setn(
        r->err_headers_out, "WWW-Authenticate",
        apr_pstrcat(r->pool, "Bearer realm=\"", quoted(realm, r->pool), "\"", more, NULL));
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
}

static const char *with_error(request_rec *r, const char *error, const char *description)
{
    return apr_pstrcat(r->pool, ", error=\"", error, "\", error_description=\"",
                       quoted(description, r->pool), "\"", NULL);
}

static const char *describe(request_rec *r, const tokex_result_t *result)
{
    return apr_pstrcat(r->pool, tokex_err_info(result->code)->client_text, " (receipt ",
                       result->receipt ? result->receipt : "-", ")", NULL);
}

/* Is it the token that is at fault, and not what may be done with it? */
static bool blames_token(const tokex_result_t *result)
{
    if (result->code == TOKEX_E_EXCHANGE_OFF)
        return false;
    return result->step >= TOKEX_STEP_TOKEN && result->step <= TOKEX_STEP_CONDITION;
}

static int retry_later(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Retry-After", RETRY_AFTER);
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    return HTTP_SERVICE_UNAVAILABLE;
}

int tokex_challenge_refuse(request_rec *r, const tokex_conf_t *conf, const tokex_dir_t *dir,
                           const tokex_result_t *result)
{
    (void)conf;
    if (tokex_err_info(result->code)->http_status >= 500)
        return retry_later(r);
    if (result->code == TOKEX_E_BEARER_MISSING) {
        set_challenge(r, "");
        return HTTP_UNAUTHORIZED;
    }
    if (result->code == TOKEX_E_BEARER_MALFORMED || result->code == TOKEX_E_BEARER_TWICE) {
        set_challenge(r, with_error(r, "invalid_request", describe(r, result)));
        return HTTP_BAD_REQUEST;
    }
    if (blames_token(result)) {
        set_challenge(r, with_error(r, "invalid_token", describe(r, result)));
        return HTTP_UNAUTHORIZED;
    }
    if (result->step == TOKEX_STEP_SCOPE && dir->scope)
        set_challenge(r,
                      apr_pstrcat(r->pool, with_error(r, "insufficient_scope", describe(r, result)),
                                  ", scope=\"", quoted(dir->scope, r->pool), "\"", NULL));
    else
        apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    return HTTP_FORBIDDEN;
}

void tokex_challenge_scope(request_rec *r, const char *scope)
{
    tokex_request_state(r)->scope_wanted = scope;
    set_challenge(r, apr_pstrcat(r->pool,
                                 with_error(r, "insufficient_scope",
                                            "The token does not have the scope that is needed."),
                                 ", scope=\"", quoted(scope, r->pool), "\"", NULL));
}

void tokex_challenge_clear(request_rec *r)
{
    if (!tokex_request_state(r)->scope_wanted)
        return;
    tokex_request_state(r)->scope_wanted = NULL;
    apr_table_unset(r->err_headers_out, "WWW-Authenticate");
    apr_table_unset(r->err_headers_out, "Cache-Control");
}

int tokex_challenge_note(request_rec *r, const char *auth_type)
{
    if (strcasecmp(auth_type, TOKEX_AUTH_TYPE) != 0)
        return DECLINED;
    if (!apr_table_get(r->err_headers_out, "WWW-Authenticate"))
        set_challenge(r, "");
    return OK;
}
