#include "backend.h"

#include <apr_strings.h>
#include <http_log.h>

#include "caller.h"
#include "challenge.h"
#include "crypt/crypt.h"
#include "messages.h"
#include "request_state.h"
#include "reserved.h"

APLOG_USE_MODULE(tokex);

/* ---- As the client sent it */

static void undress(request_rec *r, const tokex_request_state_t *first)
{
    tokex_reserved_scrub(r, tokex_directives_of(r->server));
    if (first->authorization)
        apr_table_setn(r->headers_in, "Authorization", first->authorization);
    else
        apr_table_unset(r->headers_in, "Authorization");
}

int tokex_backend_arrive(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);
    tokex_request_state_t *state;

    if (!conf || !conf->reserved)
        return DECLINED;
    if (r->prev) {
        tokex_request_notes_inherit(r);
        state = tokex_request_state_first(r);
        if (state->dressed)
            undress(r, state);
        return DECLINED;
    }
    state = tokex_request_state(r);
    state->authorization = apr_table_get(r->headers_in, "Authorization");
    tokex_reserved_scrub(r, conf);
    tokex_reserved_keep(r, conf);
    return DECLINED;
}

/* ---- Tokens */

static void set_token(request_rec *r, const tokex_dir_t *dir, const char *name, const char *token)
{
    apr_table_setn(r->headers_in, name,
                   dir->strip_bearer == 1 ? token : apr_pstrcat(r->pool, "Bearer ", token, NULL));
}

/* Is it the token, alone or after a scheme? */
static bool carries(const char *value, const char *token, apr_size_t token_len)
{
    apr_size_t len = strlen(value), scheme;

    if (len < token_len || !tokex_crypt_equal(value + len - token_len, token, token_len))
        return false;
    scheme = strcspn(value, " \t");
    scheme += strspn(value + scheme, " \t");
    return len == token_len || len - token_len == scheme;
}

/* Who reads a token likes to pass it on: `SetEnvIf Authorization` for PHP, OIDC_access_token. */
static void conceal(apr_table_t *table, const char *token)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    apr_size_t len = strlen(token);
    int i = 0;

    while (i < entries->nelts) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(entries, i, apr_table_entry_t);

        if (entry->val && carries(entry->val, token, len)) {
            apr_table_unset(table, entry->key);
            i = 0;
        } else {
            i++;
        }
    }
}

/* The token that came does not go on by itself. */
static void withhold(request_rec *r, const tokex_dir_t *dir, const char *token)
{
    if (!tokex_location_variable(dir))
        apr_table_unset(r->headers_in, "Authorization");
    if (!token)
        return;
    conceal(r->headers_in, token);
    conceal(r->subprocess_env, token);
}

static void set_tokens(request_rec *r, const tokex_dir_t *dir, const tokex_request_state_t *state)
{
    tokex_inject_t inject = tokex_location_inject(dir);

    if (inject == TOKEX_INJECT_EXCHANGED)
        withhold(r, dir, state->token);
    else if (!tokex_location_variable(dir))
        apr_table_unset(r->headers_in, "Authorization");
    if (inject != TOKEX_INJECT_EXCHANGED)
        set_token(r, dir, tokex_location_original_header(dir), state->token);
    if (inject != TOKEX_INJECT_ORIGINAL)
        set_token(r, dir, tokex_location_exchanged_header(dir),
                  tokex_request_state_token(state, r->pool));
}

static bool is_ambiguous(request_rec *r, const tokex_dir_t *dir)
{
    const char *name = tokex_location_exchanged_header(dir);

    if (tokex_location_inject(dir) != TOKEX_INJECT_BOTH ||
        strcasecmp(tokex_location_original_header(dir), name) != 0)
        return false;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  TX_HEADERS_SAME "nobody is let in here: TokexInject Both, and both tokens would "
                                  "be in the header %s; set TokexOriginalTokenHeader for this "
                                  "location",
                  name);
    return true;
}

/* ---- All of it */

/* What is answered is for this user alone (RFC 9111 section 3.5). A cache would not know: it may
 * not see the Authorization header that came. */
static void keep_private(request_rec *r)
{
    const char *control = apr_table_get(r->err_headers_out, "Cache-Control");

    if (!control || !ap_find_token(r->pool, control, "private"))
        apr_table_mergen(r->err_headers_out, "Cache-Control", "private");
}

/* Does a backend take what stands in Authorization for what we set? */
static bool owns_authorization(request_rec *r, const tokex_dir_t *dir)
{
    static const char name[] = "Authorization";
    tokex_inject_t inject = tokex_location_inject(dir);

    if (!dir->client)
        return false;
    if (tokex_location_authenticates(r))
        return true;
    return tokex_location_variable(dir) && tokex_location_exchanges(dir) &&
           ((inject != TOKEX_INJECT_ORIGINAL &&
             strcasecmp(tokex_location_exchanged_header(dir), name) == 0) ||
            (inject != TOKEX_INJECT_EXCHANGED &&
             strcasecmp(tokex_location_original_header(dir), name) == 0));
}

/* Nobody was let in by a token. */
static void turn_away(request_rec *r, const tokex_dir_t *dir, const tokex_request_state_t *state)
{
    bool is_ours = owns_authorization(r, dir);

    if (!state && !is_ours)
        return;
    if (is_ours)
        apr_table_unset(r->headers_in, "Authorization");
    if (state)
        withhold(r, dir, state->token);
    tokex_request_state_first(r)->dressed = true;
}

static int dress(request_rec *r, bool afresh)
{
    const tokex_dir_t *dir = tokex_location_of(r);
    tokex_request_state_t *first = tokex_request_state_first(r);
    tokex_request_state_t *state = tokex_request_state_in_force(r);

    if (first->dressed) {
        undress(r, first);
        afresh = true;
    }
    if (afresh)
        tokex_caller_forget(r);
    if (!state || !state->result->granted) {
        turn_away(r, dir, state);
        return DECLINED;
    }
    /* mod_proxy would show the client what is for the backend. */
    if (r->method_number == M_TRACE)
        return HTTP_METHOD_NOT_ALLOWED;
    if (is_ambiguous(r, dir))
        return HTTP_INTERNAL_SERVER_ERROR;
    first->dressed = true;
    tokex_challenge_clear(r);
    keep_private(r);
    if (afresh || state != tokex_request_state(r))
        tokex_caller_variables(r, state->result);
    set_tokens(r, dir, state);
    return tokex_caller_headers(r, dir, state->result) ? DECLINED : HTTP_INTERNAL_SERVER_ERROR;
}

int tokex_backend_dress(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);
    int status;

    if (!conf || !conf->reserved)
        return DECLINED;
    status = dress(r, tokex_request_has_moved(r));
    if (status == DECLINED && r->main)
        tokex_request_remember(r);
    return status;
}

int tokex_backend_settle(request_rec *r)
{
    const tokex_conf_t *conf = tokex_directives_of(r->server);

    if (!conf || !conf->reserved || !tokex_request_has_moved(r))
        return DECLINED;
    return dress(r, true);
}
