#include "exchange/parameters.h"

#include <string.h>

#include <apr_cstr.h>

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err, const char *field)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_PARAMETERS, err, "request", NULL,
                              field);
}

static const tokex_err_t *refuse_missing(tokex_run_t *run, tokex_code_t code, const char *field)
{
    return refuse(run, tokex_err_create(run->pool, code, NULL, "%s is missing or empty", field),
                  field);
}

static const tokex_err_t *refuse_value(tokex_run_t *run, tokex_code_t code, const char *field,
                                       const char *value, const char *problem)
{
    return refuse(run,
                  tokex_err_create(run->pool, code, NULL, "%s \"%s\" %s", field,
                                   tokex_err_shown_param(run->pool, value), problem),
                  field);
}

static unsigned type_of(const char *urn)
{
    if (strcmp(urn, TOKEX_TYPE_URN_ACCESS_TOKEN) == 0)
        return TOKEX_TYPE_ACCESS_TOKEN;
    if (strcmp(urn, TOKEX_TYPE_URN_JWT) == 0)
        return TOKEX_TYPE_JWT;
    if (strcmp(urn, TOKEX_TYPE_URN_ID_TOKEN) == 0)
        return TOKEX_TYPE_ID_TOKEN;
    return 0;
}

static const tokex_err_t *check_subject_type(tokex_run_t *run)
{
    const char *type = run->request->subject_token_type;
    if (!type)
        return refuse_missing(run, TOKEX_E_SUBJECT_TOKEN_TYPE_MISSING, "subject_token_type");
    run->subject_type = type_of(type);
    if (run->subject_type == 0)
        return refuse_value(run, TOKEX_E_SUBJECT_TOKEN_TYPE, "subject_token_type", type,
                            "is not access_token, jwt or id_token");
    return NULL;
}

/* Both or neither (RFC 8693 section 2.1). */
static const tokex_err_t *check_actor(tokex_run_t *run)
{
    const tokex_request_t *request = run->request;
    const char *type = request->actor_token_type;
    if (!request->actor_token && !type)
        return NULL;
    if (!request->actor_token)
        return refuse_missing(run, TOKEX_E_ACTOR_TOKEN_MISSING, "actor_token");
    if (!type)
        return refuse_missing(run, TOKEX_E_ACTOR_TOKEN_TYPE_MISSING, "actor_token_type");
    run->actor_type = type_of(type);
    if (run->actor_type == 0)
        return refuse_value(run, TOKEX_E_ACTOR_TOKEN_TYPE, "actor_token_type", type,
                            "is not access_token, jwt or id_token");
    return NULL;
}

static const tokex_err_t *check_requested_type(tokex_run_t *run)
{
    const char *type = run->request->requested_token_type;
    if (!type || strcmp(type, TOKEX_TYPE_URN_ACCESS_TOKEN) == 0)
        run->issued_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
    else if (strcmp(type, TOKEX_TYPE_URN_JWT) == 0)
        run->issued_type = TOKEX_TYPE_URN_JWT;
    else
        return refuse_value(run, TOKEX_E_REQUESTED_TOKEN_TYPE, "requested_token_type", type,
                            "is not access_token or jwt");
    return NULL;
}

static bool is_alpha(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* RFC 3986 section 2, without the fragment's sign. */
static bool has_uri_characters(const char *p)
{
    for (; *p; p++) {
        if (*p == '%') {
            if (!is_hex(p[1]) || !is_hex(p[2]))
                return false;
            p += 2;
        } else if (!is_alpha(*p) && !(*p >= '0' && *p <= '9') &&
                   !strchr("-._~:/?[]@!$&'()*+,;=", *p)) {
            return false;
        }
    }
    return true;
}

/* An absolute URI (RFC 3986 section 4.3); one of the web has a host. */
static bool is_absolute_uri(const char *uri)
{
    const char *colon = uri;
    if (!is_alpha(*uri) || strlen(uri) > TOKEX_LIMIT_URL)
        return false;
    while (is_alpha(*colon) || (*colon >= '0' && *colon <= '9') || strchr("+-.", *colon)) {
        if (*colon == '\0')
            return false;
        colon++;
    }
    if (*colon != ':' || colon[1] == '\0' || !has_uri_characters(colon + 1))
        return false;
    /* strchr() finds the NUL too. */
    if (apr_cstr_casecmpn(uri, "http:", 5) == 0 || apr_cstr_casecmpn(uri, "https:", 6) == 0)
        return colon[1] == '/' && colon[2] == '/' && !strchr("/?:@", colon[3]);
    return true;
}

static const tokex_err_t *check_resources(tokex_run_t *run)
{
    for (int i = 0; i < run->request->resource_count; i++)
        if (!is_absolute_uri(run->request->resources[i]))
            return refuse_value(run, TOKEX_E_RESOURCE, "resource", run->request->resources[i],
                                "is not an absolute URI without a fragment");
    return NULL;
}

/* scope-token *( SP scope-token ), and every size within its limit. */
static bool is_scope(const char *scope)
{
    int count = 1;
    int len = 0;
    if (strlen(scope) > TOKEX_LIMIT_SCOPE)
        return false;
    for (const unsigned char *p = (const unsigned char *)scope; *p; p++) {
        if (*p == ' ') {
            if (len == 0 || ++count > TOKEX_LIMIT_SCOPE_COUNT)
                return false;
            len = 0;
        } else if (*p < 0x21 || *p > 0x7E || *p == '"' || *p == '\\' ||
                   ++len > TOKEX_LIMIT_SCOPE_TOKEN) {
            return false;
        }
    }
    return len > 0;
}

const tokex_err_t *tokex_parameters_check_scope(tokex_run_t *run)
{
    const char *scope = run->request->scope;
    if (!scope || is_scope(scope))
        return NULL;
    return refuse_value(run, TOKEX_E_SCOPE_MALFORMED, "scope", scope,
                        "is too long or not as RFC 6749 section 3.3 writes it");
}

/* RFC 8693 section 2.1. */
static const tokex_err_t *check_exchange(tokex_run_t *run)
{
    if (!run->request->subject_token)
        return refuse_missing(run, TOKEX_E_SUBJECT_TOKEN_MISSING, "subject_token");
    TOKEX_RETURN_ERR(check_subject_type(run));
    TOKEX_RETURN_ERR(check_requested_type(run));
    return check_actor(run);
}

/* RFC 7523 section 2.1. Whoever sends a parameter of an exchange too expects what does not happen.
 */
static const tokex_err_t *check_assertion(tokex_run_t *run)
{
    static const char *const others[] = {"subject_token", "subject_token_type", "actor_token",
                                         "actor_token_type", "requested_token_type"};
    const tokex_form_t *form = run->request->form;
    for (size_t i = 0; form && i < sizeof(others) / sizeof(others[0]); i++)
        if (tokex_form_get(form, others[i]))
            return refuse(run,
                          tokex_err_create(run->pool, TOKEX_E_ASSERTION_PARAMETER, NULL,
                                           "%s cannot stand beside an assertion", others[i]),
                          others[i]);
    if (!run->request->subject_token)
        return refuse_missing(run, TOKEX_E_ASSERTION_MISSING, "assertion");
    run->subject_type = TOKEX_TYPE_JWT;
    run->issued_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
    return NULL;
}

const tokex_err_t *tokex_parameters_check(tokex_run_t *run)
{
    const tokex_request_t *request = run->request;
    run->outcome->scope_asked = request->scope;
    TOKEX_RETURN_ERR(tokex_request_is_assertion(request) ? check_assertion(run)
                                                         : check_exchange(run));
    TOKEX_RETURN_ERR(check_resources(run));
    TOKEX_RETURN_ERR(tokex_parameters_check_scope(run));
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_PARAMETERS, NULL, NULL, NULL,
                     request->subject_token_type);
    return NULL;
}
