#include "backend.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "challenge.h"
#include "request_state.h"

#define VARIABLE_PREFIX "TOKEX_CLAIM_"

/* ---- What clients may not send */

typedef struct reserved_t {
    const char *name;
    apr_size_t len;
    bool is_prefix;
} reserved_t;

void tokex_backend_reserve(cmd_parms *cmd, const char *name, bool is_prefix)
{
    tokex_conf_t *conf = tokex_directives_server_conf(cmd->server);
    reserved_t *reserved;

    if (!conf->reserved)
        conf->reserved = apr_array_make(cmd->pool, 4, sizeof(reserved_t));
    reserved = apr_array_push(conf->reserved);
    reserved->name = name;
    reserved->len = strlen(name);
    reserved->is_prefix = is_prefix;
}

/* CGI, FastCGI and WSGI make `_` of every character that is no letter and no digit. */
static bool is_alike(char a, char b)
{
    if (!apr_isalnum(a))
        return !apr_isalnum(b);
    return apr_tolower(a) == apr_tolower(b);
}

static bool fits(const reserved_t *reserved, const char *name)
{
    apr_size_t i;

    for (i = 0; i < reserved->len; i++) {
        if (!name[i] || !is_alike(reserved->name[i], name[i]))
            return false;
    }
    return reserved->is_prefix || !name[i];
}

static bool is_reserved(const tokex_conf_t *conf, const char *name)
{
    int i;

    for (i = 0; i < conf->reserved->nelts; i++) {
        if (fits(&APR_ARRAY_IDX(conf->reserved, i, reserved_t), name))
            return true;
    }
    return false;
}

static void scrub(request_rec *r, const tokex_conf_t *conf)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    int i = 0;

    while (i < headers->nelts) {
        const char *name = APR_ARRAY_IDX(headers, i, apr_table_entry_t).key;

        if (is_reserved(conf, name)) {
            /* Takes away all of that name, so what follows has moved. */
            apr_table_unset(r->headers_in, name);
            i = 0;
        } else {
            i++;
        }
    }
}

int tokex_backend_arrive(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);
    tokex_request_state_t *state;

    /* Redirects come here too; what they carry is ours by then. */
    if (!conf || !conf->reserved || r->prev || r->main)
        return DECLINED;
    state = tokex_request_state(r);
    state->authorization = apr_table_get(r->headers_in, "Authorization");
    scrub(r, conf);
    return DECLINED;
}

/* ---- What the backend sees */

static void set_token(request_rec *r, const tokex_dir_t *dir, const char *name, const char *token)
{
    apr_table_setn(r->headers_in, name,
                   dir->strip_bearer == 1 ? token : apr_pstrcat(r->pool, "Bearer ", token, NULL));
}

static void set_tokens(request_rec *r, const tokex_dir_t *dir, const tokex_request_state_t *state)
{
    const char *exchanged = tokex_location_exchanged_header(dir);
    const char *original =
        dir->original_header && *dir->original_header ? dir->original_header : "Authorization";
    tokex_inject_t inject = tokex_location_inject(dir);

    /* The header that the token came in does not go on by itself. */
    if (!tokex_location_variable(dir))
        apr_table_unset(r->headers_in, "Authorization");
    if (inject != TOKEX_INJECT_EXCHANGED)
        set_token(r, dir, original, state->token);
    if (inject != TOKEX_INJECT_ORIGINAL)
        set_token(r, dir, exchanged, state->result->token ? state->result->token : state->token);
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

static void set_claims(request_rec *r, const tokex_dir_t *dir, const tokex_result_t *result)
{
    int i;

    if (!dir->claim_headers || !*dir->claim_headers)
        return;
    for (i = 0; i < result->variable_count; i++)
        apr_table_setn(r->headers_in,
                       header_of(dir->claim_headers, result->variables[i].name, r->pool),
                       encode(result->variables[i].value, r->pool));
}

/* As the client sent it, but for what it may not send. */
static void undress(request_rec *r, const tokex_request_state_t *first)
{
    scrub(r, tokex_directives_of(r->server));
    if (first->authorization)
        apr_table_setn(r->headers_in, "Authorization", first->authorization);
    else
        apr_table_unset(r->headers_in, "Authorization");
}

int tokex_backend_dress(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);
    const tokex_dir_t *dir = tokex_location_of(r);
    tokex_request_state_t *state, *first;

    if (!conf || !conf->reserved)
        return DECLINED;
    first = tokex_request_state_first(r);
    if (first->dressed)
        undress(r, first);
    state = tokex_request_state_in_force(r);
    if (!state || !state->result->granted)
        return DECLINED;
    first->dressed = true;
    tokex_challenge_clear(r);
    if (state != tokex_request_state(r))
        tokex_backend_variables(r, state->result);
    set_tokens(r, dir, state);
    if (dir->auth_context != 0 && state->result->context)
        apr_table_setn(r->headers_in, TOKEX_AUTH_CONTEXT, state->result->context);
    set_claims(r, dir, state->result);
    return DECLINED;
}

static void clear_variables(request_rec *r)
{
    const apr_array_header_t *variables = apr_table_elts(r->subprocess_env);
    int i = 0;

    while (i < variables->nelts) {
        const char *name = APR_ARRAY_IDX(variables, i, apr_table_entry_t).key;

        if (strncmp(name, VARIABLE_PREFIX, sizeof(VARIABLE_PREFIX) - 1) == 0) {
            apr_table_unset(r->subprocess_env, name);
            i = 0;
        } else {
            i++;
        }
    }
}

void tokex_backend_variables(request_rec *r, const tokex_result_t *result)
{
    int i;

    /* A subrequest begins with those of the request around it; SetEnvIf may have set others. */
    clear_variables(r);
    /* No two have the same name, so none need be looked for. */
    for (i = 0; i < result->variable_count; i++)
        apr_table_addn(r->subprocess_env,
                       apr_pstrcat(r->pool, VARIABLE_PREFIX, result->variables[i].name, NULL),
                       result->variables[i].value);
}
