#include "exchange/origin.h"

#include <string.h>

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_party_t *party,
                                 const tokex_err_t *err, const char *object, const char *id)
{
    return tokex_trace_refuse(&run->outcome->trace, tokex_party_step(party, TOKEX_STEP_SUBJECT),
                              err, object, id, "enabled");
}

/* A token that names no client is for whoever asks for it to judge. */
static const tokex_err_t *check_client(tokex_run_t *run, const tokex_party_t *party)
{
    const char *id = tokex_json_string(tokex_json_get(party->claims, "client_id"));
    const tokex_policy_client_t *client;
    if (!id || !*id)
        return NULL;
    client = tokex_policy_client(run->engine->policy, id);
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
    if (issuer && issuer->config->enabled && !issuer->is_self)
        return NULL;
    return refuse(run, party,
                  tokex_err_create(run->pool, TOKEX_E_OWN_ISSUER, NULL,
                                   "issuer \"%s\", from where the user came, %s",
                                   tokex_err_shown(run->pool, party->idp, strlen(party->idp)),
                                   !issuer           ? "does not exist"
                                   : issuer->is_self ? "is none of users"
                                                     : "is switched off"),
                  "issuer", issuer ? issuer->config->id : NULL);
}

const tokex_err_t *tokex_origin_check(tokex_run_t *run, const tokex_party_t *party)
{
    if (!party->issuer->is_self)
        return NULL;
    TOKEX_RETURN_ERR(check_client(run, party));
    return check_issuer(run, party);
}
