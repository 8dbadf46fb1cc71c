#include "inline.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "exchange/authorization.h"
#include "caller.h"
#include "challenge.h"
#include "child.h"
#include "decision.h"
#include "messages.h"
#include "request_state.h"

APLOG_USE_MODULE(tokex);

/* What another module left for this request. Redirects and subrequests go by what it left for the
 * request that came over the wire: since then it may have seen our token instead. */
static const char *from_variable(request_rec *r, const char *name)
{
    tokex_request_state_t *first = tokex_request_state_first(r);
    const char *token = apr_table_get(r->subprocess_env, name);
    const char *kept = first->subject_tokens ? apr_table_get(first->subject_tokens, name) : NULL;

    if (kept || !token || !*token)
        return kept;
    if (!first->subject_tokens)
        first->subject_tokens = apr_table_make(tokex_request_first(r)->pool, 1);
    apr_table_set(first->subject_tokens, name, token);
    return apr_table_get(first->subject_tokens, name);
}

static const tokex_err_t *find_token(const char **token, request_rec *r, const tokex_dir_t *dir)
{
    const char *name = tokex_location_variable(dir);

    if (name) {
        *token = from_variable(r, name);
        return *token ? NULL
                      : tokex_err_create(r->pool, TOKEX_E_BEARER_MISSING, NULL,
                                         "the variable %s is not set", name);
    }
    TOKEX_RETURN_ERR(
        tokex_authorization_bearer(token, tokex_request_state_first(r)->authorization, r->pool));
    if (tokex_authorization_in_query(r->args, r->pool))
        return tokex_err_create(r->pool, TOKEX_E_BEARER_TWICE, NULL, NULL);
    return NULL;
}

static int not_configured(request_rec *r, const char *what)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  TX_LOCATION "nobody is let in here: %s for this location", what);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* OK: the request may pass, and `*result` says as whom. */
static int decide(const tokex_result_t **result, request_rec *r, const tokex_conf_t *conf,
                  const tokex_dir_t *dir)
{
    tokex_request_state_t *state = tokex_request_state(r);
    const char *token = NULL;
    const tokex_err_t *err = find_token(&token, r, dir);

    tokex_request_notes_clear(r);
    state->token = token;
    *result =
        err ? tokex_decision_refuse(r, conf, dir, err) : tokex_decision_make(r, conf, dir, token);
    state->result = *result;
    state->section = r->per_dir_config;
    state->claims = NULL;
    if (!(*result)->granted)
        return tokex_challenge_refuse(r, dir, *result);
    tokex_caller_variables(r, *result);
    return OK;
}

int tokex_inline_authenticate(request_rec *r)
{
    const tokex_conf_t *conf;
    const tokex_dir_t *dir;
    const tokex_result_t *result;
    int status;

    if (!tokex_location_authenticates(r))
        return DECLINED;
    conf = tokex_directives_of(r->server);
    dir = tokex_location_of(r);
    if (!conf)
        return not_configured(r, "set TokexIssuer for this virtual host; there is AuthType tokex");
    if (!dir->client)
        return not_configured(r, "set TokexClient; there is AuthType tokex");
    status = decide(&result, r, conf, dir);
    if (status != OK)
        return status;
    r->user = apr_pstrdup(r->pool, result->user);
    r->ap_auth_type = (char *)TOKEX_AUTH_TYPE;
    return OK;
}

int tokex_inline_exchange(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);
    const tokex_dir_t *dir = tokex_location_of(r);
    const tokex_result_t *result;
    int status;

    if (!conf || !dir->client || !tokex_location_variable(dir) || !tokex_location_exchanges(dir) ||
        tokex_location_authenticates(r) || !ap_auth_type(r))
        return DECLINED;
    status = decide(&result, r, conf, dir);
    return status == OK ? DECLINED : status;
}

int tokex_inline_preflight(request_rec *r)
{
    if (r->method_number != M_OPTIONS || tokex_location_of(r)->allow_preflight != 1 ||
        !tokex_location_authenticates(r) || !apr_table_get(r->headers_in, "Origin") ||
        !apr_table_get(r->headers_in, "Access-Control-Request-Method"))
        return DECLINED;
    return OK;
}
