#include "exchange/token.h"

#include "crypt/random.h"
#include "exchange/claims.h"

#define JTI_OCTETS 16

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_SIGN, err, "server", NULL,
                              "signing_keys");
}

const tokex_err_t *tokex_token_issue(tokex_run_t *run, const tokex_parties_t *parties,
                                     const tokex_grant_t *grant)
{
    const tokex_signer_t *signer = run->engine->signer;
    tokex_outcome_t *outcome = run->outcome;
    const tokex_err_t *err;
    const char *jti = NULL;
    const char *claims = NULL;
    const char *token = NULL;
    apr_size_t len = 0;
    if (!signer)
        return refuse(run, tokex_err_create(run->pool, TOKEX_E_SIGNING_KEY_NONE, NULL, NULL));
    err = tokex_random_text(&jti, JTI_OCTETS, run->pool);
    if (err)
        return refuse(run, err);
    TOKEX_RETURN_ERR(tokex_claims_write(&claims, &len, run, parties, grant, jti));
    err = tokex_jws_sign(&token, signer, claims, len, run->pool);
    if (err)
        return refuse(run, err);
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_SIGN, "server", NULL, "signing_keys", NULL);
    outcome->token = token;
    outcome->issued_token_type = run->issued_type;
    outcome->jti = jti;
    outcome->expires_in = grant->lifetime;
    return NULL;
}
