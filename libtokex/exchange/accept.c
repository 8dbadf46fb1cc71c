#include "exchange/accept.h"

#include <string.h>

#include "exchange/authorize.h"

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_party_t *party,
                                 const tokex_err_t *err, const char *object, const char *id)
{
    return tokex_trace_refuse(&run->outcome->trace, tokex_party_step(party, TOKEX_STEP_SUBJECT),
                              err, object, id, object ? "enabled" : NULL);
}

static const char *text_of(const tokex_party_t *party, const char *claim)
{
    return tokex_json_string(tokex_json_get(party->claims, claim));
}

static bool names(const tokex_json_t *aud, const char *audience)
{
    const char *only = tokex_json_string(aud);
    if (only)
        return strcmp(only, audience) == 0;
    for (aud = tokex_json_first(aud); aud; aud = tokex_json_next(aud)) {
        const char *one = tokex_json_string(aud);
        if (one && strcmp(one, audience) == 0)
            return true;
    }
    return false;
}

/* Every target: what an exchange for the location would have issued names them all. */
static const tokex_err_t *check_audience(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_json_t *aud = tokex_json_get(party->claims, "aud");
    tokex_outcome_t *outcome = run->outcome;
    const char *missing = NULL;
    TOKEX_RETURN_ERR(tokex_authorize_find_targets(run));
    for (int i = 0; !missing && i < outcome->target_count; i++)
        if (!names(aud, outcome->targets[i]->config->audience))
            missing = outcome->targets[i]->config->audience;
    if (outcome->target_count > 0 && !missing) {
        tokex_trace_pass(&outcome->trace, TOKEX_STEP_AUDIENCE, "target",
                         outcome->targets[0]->config->id, "audience",
                         outcome->targets[0]->config->audience);
        return NULL;
    }
    return tokex_trace_refuse(
        &outcome->trace, TOKEX_STEP_AUDIENCE,
        tokex_err_create(run->pool, TOKEX_E_AUD_WRONG, NULL,
                         "aud of our token does not hold \"%s\"",
                         missing ? missing : "(the location asks for none)"),
        "target", outcome->target_count > 0 ? outcome->targets[0]->config->id : NULL, "audience");
}

/* RFC 9068 section 2.2; iss, exp, aud and sub were asked for already. */
static const tokex_err_t *check_members(tokex_run_t *run, const tokex_party_t *party)
{
    const char *missing = !text_of(party, "client_id")            ? "client_id"
                          : !text_of(party, "jti")                ? "jti"
                          : !tokex_json_get(party->claims, "iat") ? "iat"
                                                                  : NULL;
    if (!missing)
        return NULL;
    return refuse(run, party,
                  tokex_err_create(run->pool, TOKEX_E_OWN_CLAIMS, NULL,
                                   "%s of our token is missing or no text", missing),
                  NULL, NULL);
}

static const tokex_err_t *check_client(tokex_run_t *run, const tokex_party_t *party)
{
    const char *id = text_of(party, "client_id");
    const tokex_policy_client_t *client = tokex_policy_client(run->engine->policy, id);
    if (client && client->config->enabled)
        return NULL;
    return refuse(run, party,
                  tokex_err_create(run->pool, TOKEX_E_OWN_CLIENT, NULL, "client \"%s\" %s",
                                   tokex_err_shown(run->pool, id, strlen(id)),
                                   client ? "is switched off" : "does not exist"),
                  "client", client ? client->config->id : NULL);
}

static const tokex_err_t *check_issuer(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_policy_issuer_t *issuer =
        tokex_policy_issuer_by_id(run->engine->policy, party->idp);
    if (issuer && issuer->config->enabled)
        return NULL;
    return refuse(run, party,
                  tokex_err_create(run->pool, TOKEX_E_OWN_ISSUER, NULL,
                                   "issuer \"%s\", from where the user came, %s",
                                   tokex_err_shown(run->pool, party->idp, strlen(party->idp)),
                                   issuer ? "is switched off" : "does not exist"),
                  "issuer", issuer ? issuer->config->id : NULL);
}

static const tokex_err_t *check_machine(tokex_run_t *run, const tokex_party_t *party)
{
    const char *st = text_of(party, "st");
    if (run->request->location->machine_tokens || (st && strcmp(st, "user") == 0))
        return NULL;
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_MACHINE,
                              tokex_err_create(run->pool, TOKEX_E_MACHINE_TOKEN, NULL,
                                               "st of our token is not \"user\", and the location "
                                               "takes no machines' tokens"),
                              "location", run->request->location->name, "TokexMachineTokens");
}

const tokex_err_t *tokex_accept(tokex_run_t *run, const tokex_party_t *party)
{
    tokex_outcome_t *outcome = run->outcome;
    const char *scope = text_of(party, "scope");
    TOKEX_RETURN_ERR(check_audience(run, party));
    TOKEX_RETURN_ERR(check_members(run, party));
    TOKEX_RETURN_ERR(check_client(run, party));
    TOKEX_RETURN_ERR(check_issuer(run, party));
    TOKEX_RETURN_ERR(check_machine(run, party));
    outcome->accepted = party->claims;
    outcome->scope_granted = scope ? scope : "";
    outcome->jti = text_of(party, "jti");
    outcome->expires_in = party->exp - run->now;
    return NULL;
}
