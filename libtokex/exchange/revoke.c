#include "exchange/revoke.h"

#include <string.h>

#include <apr_strings.h>

#include "exchange/presented.h"
#include "exchange/refresh_token.h"

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_TOKEN, err, "request", NULL,
                              "token");
}

static tokex_revocation_t *order(const tokex_presented_t *token, const tokex_run_t *run)
{
    tokex_revocation_t *row = apr_pcalloc(run->pool, sizeof(*row));
    row->kind = TOKEX_REVOCATION_TOKEN;
    row->issuer = "";
    row->value = token->jti;
    /* No clock that is ahead or behind by less makes it good again. */
    row->ends = token->exp + TOKEX_REVOCATION_TAIL;
    /* What came of it may live longer; nothing of ours lives longer than this. */
    if (tokex_policy_lengthens(run->engine->policy) &&
        row->ends < run->now + TOKEX_LIMIT_LIFETIME + TOKEX_REVOCATION_TAIL)
        row->ends = run->now + TOKEX_LIMIT_LIFETIME + TOKEX_REVOCATION_TAIL;
    row->created = run->now;
    row->who = apr_pstrcat(run->pool, "client ", run->outcome->client->config->id, NULL);
    row->reason = "";
    return row;
}

/* NULL: the parameter is no refresh token that is there. */
static const tokex_err_t *find_refresh(const tokex_refresh_t **out, tokex_run_t *run)
{
    const tokex_host_t *host = &run->engine->host;
    const tokex_form_param_t *param =
        run->request->form ? tokex_form_get(run->request->form, "token") : NULL;
    tokex_refresh_token_t token;
    const tokex_err_t *err;
    *out = NULL;
    if (!param || !host->refresh_find)
        return NULL;
    err = tokex_refresh_token_read(&token, param->value, run->engine->crypt, run->pool);
    if (!err && token.text)
        err = host->refresh_find(out, host->refreshes, token.id, run->pool);
    return err ? refuse(run, err) : NULL;
}

/* One that was used is as good as the one that came after it: with either all of them go, and the
 * access tokens (RFC 7009 section 2.1). */
static const tokex_err_t *judge_refresh(tokex_revocation_t **out, tokex_run_t *run,
                                        const tokex_refresh_t *row)
{
    const char *client = run->outcome->client->config->id;
    tokex_presented_t family = {.jti = row->id, .exp = row->ends};
    if (strcmp(row->client, client) != 0)
        return refuse(run, tokex_err_create(run->pool, TOKEX_E_REVOKE_CLIENT, NULL,
                                            "the refresh token was issued to client \"%s\", not "
                                            "to \"%s\"",
                                            tokex_err_shown_param(run->pool, row->client), client));
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_TOKEN, "client", client, NULL, row->id);
    *out = order(&family, run);
    return NULL;
}

static const tokex_err_t *judge(tokex_revocation_t **out, tokex_run_t *run)
{
    tokex_outcome_t *outcome = run->outcome;
    const tokex_refresh_t *row;
    tokex_presented_t token;
    const char *client;
    TOKEX_RETURN_ERR(tokex_exchange_check_client(run));
    TOKEX_RETURN_ERR(find_refresh(&row, run));
    if (row)
        return judge_refresh(out, run, row);
    TOKEX_RETURN_ERR(tokex_presented_read(&token, run));
    client = outcome->client->config->id;
    if (token.kind == TOKEX_PRESENTED_OTHER)
        return refuse(run, tokex_err_create(run->pool, TOKEX_E_REVOKE_TYPE, NULL,
                                            "we signed it, but its typ is not at+jwt"));
    if (token.kind == TOKEX_PRESENTED_NONE || tokex_presented_is_revoked(&token, run))
        return NULL;
    outcome->issuer = tokex_policy_self(run->engine->policy);
    outcome->subject = tokex_json_string(tokex_json_get(token.claims, "sub"));
    outcome->subject_jti = token.jti;
    if (strcmp(token.client, client) != 0)
        return refuse(run, tokex_err_create(
                               run->pool, TOKEX_E_REVOKE_CLIENT, NULL,
                               "token \"%s\" was issued to client \"%s\", not to \"%s\"", token.jti,
                               tokex_err_shown_param(run->pool, token.client), client));
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_TOKEN, "client", client, NULL, NULL);
    *out = order(&token, run);
    return NULL;
}

const tokex_outcome_t *tokex_revoke_run(tokex_revocation_t **out, const tokex_engine_t *engine,
                                        const tokex_request_t *request, int64_t now,
                                        apr_pool_t *pool)
{
    tokex_outcome_t *outcome = apr_pcalloc(pool, sizeof(*outcome));
    tokex_run_t run = {
        .engine = engine, .request = request, .now = now, .outcome = outcome, .pool = pool};
    *out = NULL;
    outcome->endpoint = "revoke";
    outcome->err = judge(out, &run);
    return outcome;
}

const tokex_outcome_t *tokex_revoke_failed(const tokex_outcome_t *outcome, const tokex_err_t *err,
                                           apr_pool_t *pool)
{
    tokex_outcome_t *failed = apr_pmemdup(pool, outcome, sizeof(*failed));
    failed->err =
        tokex_trace_refuse(&failed->trace, TOKEX_STEP_TOKEN, err, "server", NULL, "TokexDirectory");
    return failed;
}
