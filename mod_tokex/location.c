#include "location.h"

#include <apr_strings.h>
#include <http_core.h>

extern module AP_MODULE_DECLARE_DATA tokex_module;

void *tokex_location_create(apr_pool_t *pool, char *section)
{
    tokex_dir_t *dir = apr_pcalloc(pool, sizeof(*dir));

    dir->name = section ? apr_pstrdup(pool, section) : "";
    dir->own_tokens = TOKEX_UNSET;
    dir->machine_tokens = TOKEX_UNSET;
    dir->exchange = TOKEX_UNSET;
    dir->inject = TOKEX_UNSET;
    dir->strip_bearer = TOKEX_UNSET;
    dir->auth_context = TOKEX_UNSET;
    dir->allow_preflight = TOKEX_UNSET;
    dir->cache_ttl = TOKEX_UNSET;
    return dir;
}

#define CHOOSE_POINTER(field) dir->field = inner->field ? inner->field : outer->field
#define CHOOSE_NUMBER(field) dir->field = inner->field != TOKEX_UNSET ? inner->field : outer->field

void *tokex_location_merge(apr_pool_t *pool, void *base, void *add)
{
    const tokex_dir_t *outer = base, *inner = add;
    tokex_dir_t *dir;

    /* httpd merges for every section that fits a request, ours or not. */
    if (!inner->given)
        return base;
    if (!outer->given)
        return add;
    dir = apr_palloc(pool, sizeof(*dir));
    dir->given = true;
    dir->name = inner->name;
    dir->file = inner->file;
    dir->line = inner->line;
    dir->section = inner->section;
    CHOOSE_POINTER(client);
    CHOOSE_POINTER(subject_from);
    CHOOSE_POINTER(subject_type);
    CHOOSE_POINTER(issuers);
    CHOOSE_POINTER(audiences);
    CHOOSE_POINTER(resources);
    CHOOSE_POINTER(scope);
    CHOOSE_NUMBER(own_tokens);
    CHOOSE_NUMBER(machine_tokens);
    CHOOSE_NUMBER(exchange);
    CHOOSE_NUMBER(inject);
    CHOOSE_POINTER(original_header);
    CHOOSE_POINTER(exchanged_header);
    CHOOSE_NUMBER(strip_bearer);
    CHOOSE_NUMBER(auth_context);
    CHOOSE_POINTER(claim_headers);
    CHOOSE_POINTER(user_claim);
    CHOOSE_POINTER(metadata);
    CHOOSE_NUMBER(allow_preflight);
    CHOOSE_NUMBER(cache_ttl);
    return dir;
}

const tokex_dir_t *tokex_location_of(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &tokex_module);
}

bool tokex_location_authenticates(request_rec *r)
{
    const char *type = ap_auth_type(r);

    return type && strcasecmp(type, TOKEX_AUTH_TYPE) == 0;
}

bool tokex_location_exchanges(const tokex_dir_t *dir)
{
    return dir->exchange != 0;
}

tokex_own_tokens_t tokex_location_own_tokens(const tokex_dir_t *dir)
{
    return dir->own_tokens == TOKEX_UNSET ? TOKEX_OWN_REFUSE : (tokex_own_tokens_t)dir->own_tokens;
}

bool tokex_location_machine_tokens(const tokex_dir_t *dir)
{
    return dir->machine_tokens == 1;
}

const char *tokex_location_subject_type(const tokex_dir_t *dir)
{
    return dir->subject_type ? dir->subject_type : TOKEX_TYPE_URN_ACCESS_TOKEN;
}

tokex_inject_t tokex_location_inject(const tokex_dir_t *dir)
{
    return dir->inject == TOKEX_UNSET ? TOKEX_INJECT_EXCHANGED : (tokex_inject_t)dir->inject;
}

const char *tokex_location_exchanged_header(const tokex_dir_t *dir)
{
    return dir->exchanged_header ? dir->exchanged_header : "Authorization";
}

const char *tokex_location_original_header(const tokex_dir_t *dir)
{
    return dir->original_header && *dir->original_header ? dir->original_header : "Authorization";
}

const char *tokex_location_user_claim(const tokex_dir_t *dir)
{
    return dir->user_claim ? dir->user_claim : "sub";
}

const char *tokex_location_variable(const tokex_dir_t *dir)
{
    return dir->subject_from && *dir->subject_from ? dir->subject_from : NULL;
}

static int copy(const char **out, const apr_array_header_t *list)
{
    int i;

    if (!list)
        return 0;
    for (i = 0; i < list->nelts; i++)
        out[i] = APR_ARRAY_IDX(list, i, const char *);
    return list->nelts;
}

const tokex_request_t *tokex_location_request(const tokex_dir_t *dir, const char *token,
                                              apr_size_t len, apr_pool_t *pool)
{
    tokex_location_t *location = apr_pcalloc(pool, sizeof(*location));
    tokex_request_t *request = apr_pcalloc(pool, sizeof(*request));

    location->name = dir->name;
    location->client = dir->client;
    if (dir->issuers) {
        location->issuers = (const char *const *)dir->issuers->elts;
        location->issuer_count = dir->issuers->nelts;
    }
    location->own_tokens = tokex_location_own_tokens(dir);
    location->machine_tokens = tokex_location_machine_tokens(dir);
    location->exchange = tokex_location_exchanges(dir);
    location->user_claim = tokex_location_user_claim(dir);
    request->location = location;
    request->grant_type = TOKEX_GRANT_EXCHANGE;
    request->subject_token = token;
    request->subject_token_len = len;
    request->subject_token_type = tokex_location_subject_type(dir);
    request->scope = dir->scope;
    request->audience_count = copy(request->audiences, dir->audiences);
    request->resource_count = copy(request->resources, dir->resources);
    return request;
}
