#include "exchange/introspect.h"

#include "exchange/account.h"
#include "exchange/presented.h"

#define SIZE_HINT 1024

/* May the client ask about tokens for one of the audiences? */
static bool concerns(const tokex_policy_client_t *client, const tokex_presented_t *token)
{
    const tokex_json_t *aud = tokex_json_get(token->claims, "aud");
    for (int i = 0; i < client->introspect_count; i++) {
        const tokex_target_t *target = client->introspects[i]->config;
        if (target->enabled && tokex_json_names(aud, target->audience))
            return true;
    }
    return false;
}

static void write_active(tokex_jsonw_t *w, const tokex_json_t *claims)
{
    static const char *const told[] = {"scope", "client_id", "exp", "iat", "nbf",
                                       "sub",   "aud",       "iss", "jti", "act"};
    tokex_jsonw_member_bool(w, "active", true);
    tokex_jsonw_member_string(w, "token_type", "Bearer");
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        const tokex_json_t *node = tokex_json_get(claims, told[i]);
        if (!node)
            continue;
        tokex_jsonw_name(w, told[i]);
        tokex_jsonw_node(w, node);
    }
}

/* All of it is found out about any token that is ours, whether it was taken back or is not for the
 * one who asks. */
static const tokex_err_t *answer(const char **body, apr_size_t *len, tokex_run_t *run)
{
    tokex_presented_t token;
    tokex_jsonw_t *w;
    bool active;
    TOKEX_RETURN_ERR(tokex_exchange_check_client(run));
    TOKEX_RETURN_ERR(tokex_presented_read(&token, run));
    active = token.kind == TOKEX_PRESENTED_GOOD;
    active = active && tokex_presented_is_alive(&token, run);
    active = active && concerns(run->outcome->client, &token);
    if (active)
        TOKEX_RETURN_ERR(tokex_account_is_good(&active, run, token.claims));
    w = tokex_jsonw_create(run->pool, SIZE_HINT);
    tokex_jsonw_object_begin(w);
    if (active)
        write_active(w, token.claims);
    else
        tokex_jsonw_member_bool(w, "active", false);
    tokex_jsonw_object_end(w);
    *body = tokex_jsonw_text(w, len);
    return NULL;
}

const tokex_outcome_t *tokex_introspect_run(const char **body, apr_size_t *len,
                                            const tokex_engine_t *engine,
                                            const tokex_request_t *request, int64_t now,
                                            apr_pool_t *pool)
{
    tokex_outcome_t *outcome = apr_pcalloc(pool, sizeof(*outcome));
    tokex_run_t run = {
        .engine = engine, .request = request, .now = now, .outcome = outcome, .pool = pool};
    outcome->endpoint = "introspect";
    outcome->err = answer(body, len, &run);
    return outcome;
}
