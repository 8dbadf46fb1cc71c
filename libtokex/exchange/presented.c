#include "exchange/presented.h"

#include <string.h>

#include <apr_cstr.h>

#include "exchange/marks.h"
#include "exchange/sealed_token.h"

/* Bad tokens differ for the log alone. */
static bool is_ours(const tokex_err_t *err)
{
    return err && tokex_err_info(err->code)->http_status >= 500;
}

static const char *text_of(const tokex_json_t *claims, const char *name)
{
    const char *text = tokex_json_string(tokex_json_get(claims, name));
    return text && *text ? text : NULL;
}

static const tokex_err_t *verify(bool *good, const tokex_jws_t *jws,
                                 const tokex_policy_issuer_t *self, const tokex_run_t *run)
{
    const tokex_host_t *host = &run->engine->host;
    const tokex_key_t *key = NULL;
    const tokex_err_t *err;
    *good = false;
    if (!(self->algs & TOKEX_ALG_BIT(jws->alg)))
        return NULL;
    err = host->key(&key, host->ctx, self, jws->kid, jws->alg, run->now, run->pool);
    if (!err)
        err = tokex_jws_verify(jws, key, run->pool);
    *good = !err;
    return is_ours(err) ? err : NULL;
}

/* RFC 9068 section 2.1; what else our keys sign is nobody's access. */
static bool is_access(const tokex_jws_t *jws)
{
    static const char prefix[] = "application/";
    const char *typ = jws->typ;
    if (typ && apr_cstr_casecmpn(typ, prefix, sizeof(prefix) - 1) == 0)
        typ += sizeof(prefix) - 1;
    return typ && apr_cstr_casecmp(typ, "at+jwt") == 0;
}

static const char *judge_times(tokex_presented_t *out, const tokex_run_t *run)
{
    int64_t nbf = 0, iat = 0;
    const tokex_json_t *claims = out->claims;
    if (!tokex_json_floor(tokex_json_get(claims, "exp"), &out->exp) ||
        !tokex_json_floor(tokex_json_get(claims, "iat"), &iat) ||
        (tokex_json_get(claims, "nbf") && !tokex_json_floor(tokex_json_get(claims, "nbf"), &nbf)))
        return "exp, iat or nbf is missing or no number";
    if (run->now >= out->exp)
        return "it has expired";
    return nbf > run->now || iat > run->now ? "it is not good yet" : NULL;
}

static const char *judge_claims(tokex_presented_t *out, const tokex_run_t *run)
{
    const tokex_json_t *claims = out->claims;
    out->jti = text_of(claims, "jti");
    out->client = text_of(claims, "client_id");
    out->idp = text_of(claims, "idp");
    if (!out->jti || !out->client || !out->idp || !text_of(claims, "sub") ||
        !tokex_json_get(claims, "aud"))
        return "jti, client_id, idp, sub or aud is missing";
    return judge_times(out, run);
}

static const tokex_err_t *judge(tokex_presented_t *out, const tokex_jws_t *jws,
                                const tokex_run_t *run)
{
    const tokex_policy_issuer_t *self = tokex_policy_self(run->engine->policy);
    const char *iss = text_of(jws->claims, "iss");
    bool good;
    out->why = "it is none of ours";
    if (!self || !iss || strcmp(iss, self->config->issuer) != 0)
        return NULL;
    TOKEX_RETURN_ERR(verify(&good, jws, self, run));
    out->why = "its signature is not ours";
    if (!good)
        return NULL;
    out->claims = jws->claims;
    out->why = judge_claims(out, run);
    if (!out->why)
        out->kind = is_access(jws) ? TOKEX_PRESENTED_GOOD : TOKEX_PRESENTED_OTHER;
    return NULL;
}

/* What is sealed in an opaque one, else the parameter as it is. */
static const tokex_err_t *unseal(tokex_token_text_t *out, const tokex_form_param_t *param,
                                 const tokex_run_t *run)
{
    const tokex_token_text_t token = {param->value, param->value_len};
    TOKEX_RETURN_ERR(tokex_sealed_token_open(out, run->engine, token, run->pool));
    if (!out->text)
        *out = token;
    return NULL;
}

const tokex_err_t *tokex_presented_read(tokex_presented_t *out, tokex_run_t *run)
{
    const tokex_form_param_t *param =
        run->request->form ? tokex_form_get(run->request->form, "token") : NULL;
    tokex_token_text_t token = {NULL, 0};
    const tokex_jws_t *jws = NULL;
    const tokex_err_t *err;
    memset(out, 0, sizeof(*out));
    if (!param)
        return tokex_trace_refuse(
            &run->outcome->trace, TOKEX_STEP_PARAMETERS,
            tokex_err_create(run->pool, TOKEX_E_TOKEN_MISSING, NULL, "token is missing or empty"),
            "request", NULL, "token");
    out->why = "it is no signed JWT";
    err = unseal(&token, param, run);
    if (!err)
        err = tokex_jws_parse(&jws, token.text, token.len, run->pool);
    if (!err)
        err = judge(out, jws, run);
    if (!is_ours(err))
        return NULL;
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_TOKEN, err, NULL, NULL, NULL);
}

bool tokex_presented_is_revoked(const tokex_presented_t *token, const tokex_run_t *run)
{
    const tokex_host_t *host = &run->engine->host;
    tokex_own_names_t names;
    tokex_marks_t marks;
    int64_t number;
    if (!host->revokes || !host->revokes(host->revocations))
        return false;
    tokex_marks_names(&names, token->claims);
    return !tokex_marks_own(&marks, &names, run->engine->policy) ||
           host->revoked(&number, host->revocations, &marks);
}

bool tokex_presented_is_alive(const tokex_presented_t *token, const tokex_run_t *run)
{
    const tokex_policy_t *policy = run->engine->policy;
    const tokex_policy_client_t *client = tokex_policy_client(policy, token->client);
    const tokex_policy_issuer_t *issuer = tokex_policy_issuer_by_id(policy, token->idp);
    return client && client->config->enabled && issuer && issuer->config->enabled &&
           !issuer->is_self && !tokex_presented_is_revoked(token, run);
}
