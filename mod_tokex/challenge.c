#include "challenge.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

#include "request_state.h"
#include "resource.h"

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

/* httpd has put a backslash before quotes, but not before backslashes. */
static const char *realm_of(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);
    const char *name = ap_auth_name(r);
    char *out, *at;

    if (!name)
        return quoted(conf ? conf->issuer.value : "tokex", r->pool);
    out = at = apr_palloc(r->pool, 2 * strlen(name) + 1);
    for (; *name; name++) {
        if (*name == '"' || (*name == '\\' && name[1] != '"'))
            *at++ = '\\';
        else if (*name == '\\')
            *at++ = *name++;
        *at++ = *name;
    }
    *at = '\0';
    return out;
}

static const char *parameter(request_rec *r, const char *name, const char *value)
{
    if (!value || !*value)
        return "";
    return apr_pstrcat(r->pool, ", ", name, "=\"", quoted(value, r->pool), "\"", NULL);
}

static void set_challenge(request_rec *r, const char *more)
{
    const char *metadata = tokex_location_of(r)->metadata;

    if (metadata && *metadata)
        more = apr_pstrcat(
            r->pool, more,
            parameter(r, "resource_metadata", tokex_resource_address(metadata, r->pool)), NULL);
    apr_table_setn(r->err_headers_out, "WWW-Authenticate",
                   apr_pstrcat(r->pool, "Bearer realm=\"", realm_of(r), "\"", more, NULL));
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

static int retry_later(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Retry-After", RETRY_AFTER);
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    return HTTP_SERVICE_UNAVAILABLE;
}

int tokex_challenge_refuse(request_rec *r, const tokex_dir_t *dir, const tokex_result_t *result)
{
    int status = tokex_location_status(result->code, result->step);

    if (status == HTTP_SERVICE_UNAVAILABLE)
        return retry_later(r);
    if (result->code == TOKEX_E_BEARER_MISSING)
        set_challenge(r, "");
    else if (status == HTTP_BAD_REQUEST)
        set_challenge(r, with_error(r, "invalid_request", describe(r, result)));
    else if (status == HTTP_UNAUTHORIZED)
        set_challenge(r, with_error(r, "invalid_token", describe(r, result)));
    else if (result->step == TOKEX_STEP_SCOPE && dir->scope)
        set_challenge(r,
                      apr_pstrcat(r->pool, with_error(r, "insufficient_scope", describe(r, result)),
                                  ", scope=\"", quoted(dir->scope, r->pool), "\"", NULL));
    else
        apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    return status;
}

static bool is_our_type(request_rec *r)
{
    const char *type = ap_auth_type(r);

    return type && strcasecmp(type, TOKEX_AUTH_TYPE) == 0;
}

void tokex_challenge_scope(request_rec *r, const char *scope)
{
    tokex_request_state_t *state = tokex_request_state(r);

    if (!is_our_type(r))
        return;
    if (state->scope_wanted && *state->scope_wanted && *scope)
        scope = apr_pstrcat(r->pool, state->scope_wanted, " ", scope, NULL);
    else if (state->scope_wanted && !*scope)
        scope = state->scope_wanted;
    state->scope_wanted = scope;
    set_challenge(r, apr_pstrcat(r->pool,
                                 with_error(r, "insufficient_scope",
                                            "The token does not have the scope that is needed."),
                                 parameter(r, "scope", scope), NULL));
}

void tokex_challenge_step_up(request_rec *r, const char *acr_values, apr_int64_t max_age)
{
    tokex_request_state_t *state = tokex_request_state(r);

    if (acr_values)
        state->acr_wanted = acr_values;
    if (max_age >= 0)
        state->age_wanted = apr_psprintf(r->pool, "%" APR_INT64_T_FMT, max_age);
}

void tokex_challenge_clear(request_rec *r)
{
    if (!tokex_request_state(r)->scope_wanted)
        return;
    tokex_request_state(r)->scope_wanted = NULL;
    apr_table_unset(r->err_headers_out, "WWW-Authenticate");
    apr_table_unset(r->err_headers_out, "Cache-Control");
}

static void ask_for_more(request_rec *r, const tokex_request_state_t *state)
{
    set_challenge(r,
                  apr_pstrcat(r->pool,
                              with_error(r, "insufficient_user_authentication",
                                         "The user has to log in again, as it is asked for here."),
                              parameter(r, "acr_values", state->acr_wanted),
                              parameter(r, "max_age", state->age_wanted), NULL));
}

int tokex_challenge_note(request_rec *r, const char *auth_type)
{
    const tokex_request_state_t *state = tokex_request_state(r);

    if (strcasecmp(auth_type, TOKEX_AUTH_TYPE) != 0)
        return DECLINED;
    if (state->acr_wanted || state->age_wanted)
        ask_for_more(r, state);
    else if (state->result && state->result->granted && !state->scope_wanted)
        /* 401 to a good token, because AuthzSendForbiddenOnFailure is off: a client must not take
         * the token for a bad one. */
        set_challenge(
            r, with_error(r, "insufficient_scope", "The token does not let its bearer pass here."));
    else if (!apr_table_get(r->err_headers_out, "WWW-Authenticate"))
        set_challenge(r, "");
    return OK;
}
