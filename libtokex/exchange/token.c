#include "exchange/token.h"

#include <string.h>

#include "crypt/random.h"
#include "exchange/account.h"
#include "exchange/claims.h"
#include "exchange/sealed_token.h"
#include "exchange/user.h"

#define JTI_OCTETS 16

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_SIGN, err, "server", NULL,
                              "signing_keys");
}

static tokex_alg_t alg_of(const tokex_policy_target_t *target, tokex_alg_t preferred)
{
    return target->alg == TOKEX_ALG_NONE ? preferred : target->alg;
}

/* A service that asks for one algorithm may be unable to verify another, and one that asks for none
 * gets what it always gets. So all must agree; nothing is chosen among them. */
static const tokex_err_t *choose_alg(tokex_alg_t *out, tokex_run_t *run)
{
    const tokex_outcome_t *outcome = run->outcome;
    tokex_alg_t preferred = run->engine->signers
                                ? tokex_signers_preferred(run->engine->signers, run->now)
                                : TOKEX_ALG_NONE;
    *out = alg_of(outcome->targets[0], preferred);
    for (int i = 1; i < outcome->target_count; i++) {
        tokex_alg_t alg = alg_of(outcome->targets[i], preferred);
        if (alg != *out)
            return tokex_trace_refuse(
                &run->outcome->trace, TOKEX_STEP_SIGN,
                tokex_err_create(run->pool, TOKEX_E_TARGET_ALGORITHMS, NULL,
                                 "target \"%s\" has %s, target \"%s\" %s",
                                 outcome->targets[0]->config->id, tokex_jwk_alg_name(*out),
                                 outcome->targets[i]->config->id, tokex_jwk_alg_name(alg)),
                "target", outcome->targets[i]->config->id, "algorithm");
    }
    return NULL;
}

static const tokex_err_t *choose_signer(const tokex_signer_t **out, tokex_run_t *run)
{
    const tokex_policy_target_t *target = run->outcome->targets[0];
    tokex_alg_t alg;
    TOKEX_RETURN_ERR(choose_alg(&alg, run));
    *out = run->engine->signers ? tokex_signers_at(run->engine->signers, alg, run->now) : NULL;
    if (*out)
        return NULL;
    if (alg == TOKEX_ALG_NONE)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_SIGNING_KEY_NONE, NULL,
                                       "target \"%s\" names no algorithm, and none is preferred",
                                       target->config->id));
    return refuse(run, tokex_err_create(run->pool, TOKEX_E_SIGNING_KEY_NONE, NULL,
                                        "tokens for target \"%s\" are signed with %s",
                                        target->config->id, tokex_jwk_alg_name(alg)));
}

/* Who wants the token to be opaque: the client, or one of its targets. */
typedef struct format_t {
    bool is_opaque;
    const char *object;
    const char *id;
} format_t;

static format_t format_of(const tokex_run_t *run)
{
    const tokex_outcome_t *outcome = run->outcome;
    if (outcome->client->opaque)
        return (format_t){true, "client", outcome->client->config->id};
    for (int i = 0; i < outcome->target_count; i++)
        if (outcome->targets[i]->opaque)
            return (format_t){true, "target", outcome->targets[i]->config->id};
    return (format_t){false, "server", NULL};
}

static const tokex_err_t *refuse_format(tokex_run_t *run, const format_t *format,
                                        const tokex_err_t *err)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_SIGN, err, format->object,
                              format->id, "token_format");
}

/* Who asked for a JWT would try to read it (RFC 8693 section 2.1). */
static const tokex_err_t *check_format(tokex_run_t *run, const format_t *format)
{
    if (!format->is_opaque || strcmp(run->issued_type, TOKEX_TYPE_URN_JWT) != 0)
        return NULL;
    return refuse_format(
        run, format,
        tokex_err_create(run->pool, TOKEX_E_TOKEN_FORMAT, NULL,
                         "a JWT was asked for, and tokens for %s \"%s\" are opaque", format->object,
                         format->id));
}

static const tokex_err_t *check_size(tokex_run_t *run, const format_t *format, apr_size_t len)
{
    if (!format->is_opaque || len <= TOKEX_LIMIT_OPAQUE_CLAIMS)
        return NULL;
    return refuse_format(run, format,
                         tokex_err_create(run->pool, TOKEX_E_CLAIMS_SIZE, NULL,
                                          "claims of %" APR_SIZE_T_FMT " octets, at most %d are "
                                          "in an opaque token",
                                          len, TOKEX_LIMIT_OPAQUE_CLAIMS));
}

static const tokex_err_t *make_token(const char **out, tokex_run_t *run, const format_t *format,
                                     const tokex_signer_t *signer, const char *claims,
                                     apr_size_t len)
{
    const char *jwt = NULL;
    const tokex_err_t *err = tokex_jws_sign(&jwt, signer, claims, len, run->pool);
    *out = jwt;
    if (!err && format->is_opaque)
        err = tokex_sealed_token_close(out, run->engine, jwt, run->pool);
    return err ? refuse(run, err) : NULL;
}

const tokex_err_t *tokex_token_issue(tokex_run_t *run, const tokex_parties_t *parties,
                                     const tokex_grant_t *grant)
{
    const tokex_signer_t *signer = NULL;
    tokex_outcome_t *outcome = run->outcome;
    const tokex_err_t *err;
    const char *jti = NULL;
    const char *claims = NULL;
    const char *token = NULL;
    apr_size_t len = 0;
    const format_t format = format_of(run);
    TOKEX_RETURN_ERR(check_format(run, &format));
    TOKEX_RETURN_ERR(choose_signer(&signer, run));
    err = tokex_random_text(&jti, JTI_OCTETS, run->pool);
    if (err)
        return refuse(run, err);
    TOKEX_RETURN_ERR(tokex_claims_write(&claims, &len, run, parties, grant, jti));
    TOKEX_RETURN_ERR(check_size(run, &format, len));
    TOKEX_RETURN_ERR(tokex_user_find_written(run, claims, len));
    TOKEX_RETURN_ERR(tokex_account_link(run, parties));
    if (!run->engine->trial)
        TOKEX_RETURN_ERR(make_token(&token, run, &format, signer, claims, len));
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_SIGN, format.object, format.id,
                     format.is_opaque ? "token_format" : "signing_keys",
                     format.is_opaque ? "opaque" : NULL);
    outcome->token = token;
    outcome->opaque = format.is_opaque;
    outcome->signer = signer;
    outcome->claims = claims;
    outcome->claims_len = len;
    outcome->issued_token_type = tokex_request_is_assertion(run->request) ? NULL : run->issued_type;
    outcome->jti = jti;
    outcome->expires_in = grant->lifetime;
    return NULL;
}
