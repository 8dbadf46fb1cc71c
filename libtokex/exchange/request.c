#include "exchange/request.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "exchange/basic.h"

static const char *value_of(const tokex_form_t *form, const char *name)
{
    const tokex_form_param_t *param = tokex_form_get(form, name);
    return param ? param->value : NULL;
}

/* Where the scheme was forgotten, its place holds the secret: only names that we know are told. */
static const char *known_scheme(const char *name, apr_size_t len)
{
    static const char *const schemes[] = {"Bearer",    "DPoP", "Digest",
                                          "Negotiate", "NTLM", "PrivateToken"};
    for (apr_size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strlen(schemes[i]) == len && apr_cstr_casecmpn(name, schemes[i], len) == 0)
            return schemes[i];
    return "another one";
}

static const tokex_err_t *read_header(tokex_credentials_t *out, const char *authorization,
                                      apr_pool_t *pool)
{
    const char *rest = strchr(authorization, ' ');
    apr_size_t len = rest ? (apr_size_t)(rest - authorization) : strlen(authorization);
    if (len != 5 || apr_cstr_casecmpn(authorization, "Basic", 5) != 0)
        return tokex_err_create(pool, TOKEX_E_CLIENT_AUTH_METHOD, NULL,
                                "the scheme of the Authorization header is not Basic but %s",
                                known_scheme(authorization, len));
    rest = authorization + len;
    while (*rest == ' ')
        rest++;
    return tokex_basic_read(out, rest, pool);
}

static const tokex_err_t *refuse_multiple(apr_pool_t *pool, const char *what)
{
    return tokex_err_create(pool, TOKEX_E_CLIENT_AUTH_MULTIPLE, NULL, "%s", what);
}

/* The body beside an Authorization header: it may repeat the client_id, and no more. */
static const tokex_err_t *check_beside(const tokex_credentials_t *basic, const char *id,
                                       const char *secret, apr_pool_t *pool)
{
    const char *basic_id = basic->decoded_id ? basic->decoded_id : basic->client_id;
    if (secret)
        return refuse_multiple(pool, "Authorization header and client_secret in the body");
    if (id && strcmp(id, basic_id) != 0)
        return refuse_multiple(pool, "client_id in the body is not the Authorization header's");
    return NULL;
}

static const tokex_err_t *read_body(tokex_credentials_t *out, const char *id, const char *secret,
                                    apr_pool_t *pool)
{
    if (id && strlen(id) > TOKEX_LIMIT_CLIENT_ID)
        return tokex_err_create(pool, TOKEX_E_CLIENT_AUTH_SYNTAX, NULL,
                                "client_id is longer than %d octets", TOKEX_LIMIT_CLIENT_ID);
    if (secret && strlen(secret) > TOKEX_LIMIT_CLIENT_SECRET)
        return tokex_err_create(pool, TOKEX_E_CLIENT_AUTH_SYNTAX, NULL,
                                "client_secret is longer than %d octets",
                                TOKEX_LIMIT_CLIENT_SECRET);
    out->client_id = id;
    out->client_secret = secret;
    return NULL;
}

static const tokex_err_t *read_credentials(tokex_credentials_t *out, const tokex_form_t *form,
                                           const char *authorization, apr_pool_t *pool)
{
    const char *id = value_of(form, "client_id");
    const char *secret = value_of(form, "client_secret");
    if (value_of(form, "client_assertion") || value_of(form, "client_assertion_type")) {
        if (authorization || secret)
            return refuse_multiple(pool, "client_assertion and another method");
        return tokex_err_create(pool, TOKEX_E_CLIENT_AUTH_METHOD, NULL,
                                "client_assertion is not supported");
    }
    if (!authorization)
        return read_body(out, id, secret, pool);
    TOKEX_RETURN_ERR(read_header(out, authorization, pool));
    return check_beside(out, id, secret, pool);
}

static const tokex_err_t *add_target(const char **list, int *count, const tokex_form_param_t *param,
                                     apr_pool_t *pool)
{
    /* Empty counts as omitted, RFC 6749 section 3.2. */
    if (param->value_len == 0)
        return NULL;
    if (*count == TOKEX_LIMIT_TARGETS)
        return tokex_err_create(pool, TOKEX_E_FORM_TOO_MANY, NULL, "%s stands more than %d times",
                                param->name, TOKEX_LIMIT_TARGETS);
    list[(*count)++] = param->value;
    return NULL;
}

static const tokex_err_t *read_targets(tokex_request_t *request, const tokex_form_t *form,
                                       apr_pool_t *pool)
{
    for (int i = 0; i < form->count; i++) {
        const tokex_form_param_t *param = &form->params[i];
        if (strcmp(param->name, "audience") == 0)
            TOKEX_RETURN_ERR(add_target(request->audiences, &request->audience_count, param, pool));
        else if (strcmp(param->name, "resource") == 0)
            TOKEX_RETURN_ERR(add_target(request->resources, &request->resource_count, param, pool));
    }
    return NULL;
}

bool tokex_request_is_assertion(const tokex_request_t *request)
{
    return request->grant_type && strcmp(request->grant_type, TOKEX_GRANT_ASSERTION) == 0;
}

const char *tokex_request_subject_name(const tokex_request_t *request)
{
    return tokex_request_is_assertion(request) ? "assertion" : "subject_token";
}

const tokex_err_t *tokex_request_read(tokex_request_t **out, const tokex_form_t *form,
                                      const char *authorization, apr_pool_t *pool)
{
    tokex_request_t *request = apr_pcalloc(pool, sizeof(*request));
    const tokex_form_param_t *token;
    const tokex_form_param_t *actor = tokex_form_get(form, "actor_token");
    TOKEX_RETURN_ERR(read_credentials(&request->credentials, form, authorization, pool));
    TOKEX_RETURN_ERR(read_targets(request, form, pool));
    request->grant_type = value_of(form, "grant_type");
    token = tokex_form_get(form, tokex_request_subject_name(request));
    request->subject_token = token ? token->value : NULL;
    request->subject_token_len = token ? token->value_len : 0;
    request->subject_token_type = value_of(form, "subject_token_type");
    request->requested_token_type = value_of(form, "requested_token_type");
    request->actor_token = actor ? actor->value : NULL;
    request->actor_token_len = actor ? actor->value_len : 0;
    request->actor_token_type = value_of(form, "actor_token_type");
    request->scope = value_of(form, "scope");
    request->form = form;
    *out = request;
    return NULL;
}
