#include "exchange/accept.h"

#include <string.h>

#include "exchange/authorize.h"
#include "exchange/party_private.h"
#include "exchange/user.h"

static const char *text_of(const tokex_party_t *party, const char *claim)
{
    return tokex_json_string(tokex_json_get(party->claims, claim));
}

/* Every target: what an exchange for the location would have issued names them all. */
static const tokex_err_t *check_audience(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_json_t *aud = tokex_json_get(party->claims, "aud");
    tokex_outcome_t *outcome = run->outcome;
    const char *missing = NULL;
    TOKEX_RETURN_ERR(tokex_authorize_find_targets(run));
    for (int i = 0; !missing && i < outcome->target_count; i++)
        if (!tokex_json_names(aud, outcome->targets[i]->config->audience))
            missing = outcome->targets[i]->config->audience;
    if (outcome->target_count > 0 && !missing) {
        tokex_trace_pass(&outcome->trace, TOKEX_STEP_AUDIENCE, "target",
                         outcome->targets[0]->config->id, "audience",
                         outcome->targets[0]->config->audience);
        return NULL;
    }
    return tokex_trace_refuse(
        &outcome->trace, TOKEX_STEP_AUDIENCE,
        missing ? tokex_err_create(run->pool, TOKEX_E_AUD_WRONG, NULL,
                                   "aud of our token does not hold \"%s\"", missing)
                : tokex_err_create(run->pool, TOKEX_E_AUD_WRONG, NULL,
                                   "location %s asks for no target that our token could be for; "
                                   "set TokexAudience",
                                   run->request->location->name),
        "target", missing ? outcome->targets[0]->config->id : NULL, "audience");
}

static bool has_text(const tokex_party_t *party, const char *claim)
{
    const char *text = text_of(party, claim);
    return text && *text;
}

/* RFC 9068 section 2.2; iss, exp, aud and sub were asked for already. */
static const tokex_err_t *check_members(tokex_run_t *run, const tokex_party_t *party)
{
    const char *missing = !has_text(party, "client_id")           ? "client_id"
                          : !has_text(party, "jti")               ? "jti"
                          : !tokex_json_get(party->claims, "iat") ? "iat"
                                                                  : NULL;
    if (!missing)
        return NULL;
    return tokex_party_refuse(run, party, TOKEX_STEP_SUBJECT,
                              tokex_err_create(run->pool, TOKEX_E_OWN_CLAIMS, NULL,
                                               "%s of our token is missing, empty or no text",
                                               missing),
                              NULL);
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

/* Who has been acting so far, as the token says. */
static void note_actors(tokex_run_t *run, const tokex_party_t *party)
{
    if (party->act.count > 0)
        run->outcome->actor = party->act.actors[0].sub;
    run->outcome->actors = tokex_act_names(&party->act, run->pool);
}

const tokex_err_t *tokex_accept(tokex_run_t *run, const tokex_party_t *party)
{
    tokex_outcome_t *outcome = run->outcome;
    TOKEX_RETURN_ERR(check_audience(run, party));
    TOKEX_RETURN_ERR(check_members(run, party));
    TOKEX_RETURN_ERR(check_machine(run, party));
    TOKEX_RETURN_ERR(tokex_scopes_accept(run, party->claims));
    TOKEX_RETURN_ERR(tokex_user_find(run, party->claims));
    note_actors(run, party);
    outcome->accepted = party->claims;
    outcome->jti = text_of(party, "jti");
    outcome->expires_in = party->exp - run->now;
    return NULL;
}
