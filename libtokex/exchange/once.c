#include "exchange/once.h"

#include <string.h>

#include <apr_strings.h>

#include "base/b64url.h"
#include "exchange/party_private.h"

bool tokex_once_wanted(const tokex_run_t *run, const tokex_party_t *party)
{
    const char *grant = run->request->grant_type;
    if (party->role != TOKEX_ROLE_SUBJECT || (grant && strcmp(grant, TOKEX_GRANT_REFRESH) == 0))
        return false;
    return tokex_request_is_assertion(run->request) || party->issuer->config->one_time;
}

static const char *jti_of(const tokex_party_t *party)
{
    const char *jti = tokex_json_string(tokex_json_get(party->claims, "jti"));
    return jti && *jti ? jti : NULL;
}

const tokex_err_t *tokex_once_check(tokex_run_t *run, const tokex_party_t *party)
{
    if (!tokex_once_wanted(run, party) || jti_of(party))
        return NULL;
    return tokex_party_refuse(run, party, TOKEX_STEP_SUBJECT,
                              tokex_err_create(run->pool, TOKEX_E_JTI_MISSING, NULL,
                                               "jti is missing, empty or no text (issuer \"%s\")",
                                               party->issuer->config->id),
                              "one_time");
}

/* No text of a token holds a NUL, so what comes before it is the issuer's alone. */
static const tokex_err_t *id_of(const char **out, const tokex_run_t *run,
                                const tokex_party_t *party)
{
    const char *iss = party->issuer->config->issuer, *jti = jti_of(party);
    apr_size_t iss_len = strlen(iss) + 1, jti_len = strlen(jti);
    char *both = apr_palloc(run->pool, iss_len + jti_len);
    unsigned char digest[TOKEX_SHA256_LEN];
    memcpy(both, iss, iss_len);
    memcpy(both + iss_len, jti, jti_len);
    TOKEX_RETURN_ERR(
        tokex_crypt_sha256(run->engine->crypt, digest, both, iss_len + jti_len, run->pool));
    *out = tokex_b64url_string(run->pool, digest, sizeof(digest));
    return NULL;
}

/* Leeway and largest age may be other ones before it ends. */
static int64_t end_of(const tokex_run_t *run, const tokex_party_t *party)
{
    int64_t ends = party->exp;
    if (tokex_request_is_assertion(run->request) &&
        party->iat + TOKEX_LIMIT_ASSERTION_MAX_AGE < ends)
        ends = party->iat + TOKEX_LIMIT_ASSERTION_MAX_AGE;
    return ends + TOKEX_LIMIT_LEEWAY + 1;
}

static const tokex_err_t *judge(const tokex_run_t *run, tokex_spending_t spending)
{
    switch (spending) {
    case TOKEX_SPENDING_DONE:
        return NULL;
    case TOKEX_SPENDING_FULL:
        return tokex_err_create(run->pool, TOKEX_E_SPENT_FULL, NULL,
                                "there are %d already that have not ended", TOKEX_LIMIT_SPENT);
    case TOKEX_SPENDING_BEFORE:
        break;
    }
    return tokex_err_create(run->pool,
                            tokex_request_is_assertion(run->request) ? TOKEX_E_ASSERTION_SPENT
                                                                     : TOKEX_E_TOKEN_SPENT,
                            NULL, "a token with this jti was accepted before");
}

static const tokex_err_t *spend(const tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_host_t *host = &run->engine->host;
    tokex_spent_t token = {.issuer = party->issuer->config->id, .ends = end_of(run, party)};
    tokex_spending_t spending = TOKEX_SPENDING_BEFORE;
    if (!host->spend)
        return tokex_err_create(run->pool, TOKEX_E_SPENT_STORE, NULL,
                                "nobody here knows which tokens were accepted before");
    TOKEX_RETURN_ERR(id_of(&token.id, run, party));
    TOKEX_RETURN_ERR(host->spend(&spending, host->spent, &token, run->now, run->pool));
    return judge(run, spending);
}

const tokex_err_t *tokex_once_spend(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_err_t *err;
    const char *field = tokex_request_is_assertion(run->request) ? NULL : "one_time";
    if (!tokex_once_wanted(run, party))
        return NULL;
    err = spend(run, party);
    if (err) {
        tokex_outcome_forget_token(run->outcome);
        return tokex_party_refuse(run, party, TOKEX_STEP_ONCE, err, field);
    }
    tokex_outcome_rests_until(run->outcome, run->now);
    tokex_party_pass(run, party, TOKEX_STEP_ONCE, field, jti_of(party));
    return NULL;
}
