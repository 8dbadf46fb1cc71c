#include "exchange/claims.h"

#include "exchange/lineage.h"
#include "exchange/mapping.h"
#include "exchange/procedure.h"

/* Most tokens fit, so that the writer's buffer is not copied. */
#define SIZE_HINT 2048

static void write_scopes(tokex_jsonw_t *w, const tokex_scopes_t *scopes)
{
    if (scopes->count > 0)
        tokex_jsonw_member_string(w, "scope", scopes->text);
    tokex_jsonw_name(w, "scp");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < scopes->count; i++)
        tokex_jsonw_string(w, scopes->items[i]);
    tokex_jsonw_array_end(w);
}

static bool is_list_of_texts(const tokex_json_t *node)
{
    if (!node || tokex_json_type(node) != TOKEX_JSON_ARRAY)
        return false;
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        if (!tokex_json_string(node))
            return false;
    return true;
}

/* How the user proved himself. Resource servers compare these, so only the right shapes pass. */
static void write_authentication(tokex_jsonw_t *w, const tokex_json_t *claims)
{
    const char *acr = tokex_json_string(tokex_json_get(claims, "acr"));
    const tokex_json_t *amr = tokex_json_get(claims, "amr");
    tokex_jsonw_member_string(w, "acr", acr ? acr : "0");
    tokex_jsonw_name(w, "amr");
    if (is_list_of_texts(amr)) {
        tokex_jsonw_node(w, amr);
    } else {
        tokex_jsonw_array_begin(w);
        tokex_jsonw_array_end(w);
    }
}

/* Who is a local account for the client is that everywhere; others keep the name that their issuer
 * gave them. */
static const char *name_of(const tokex_outcome_t *outcome, const tokex_party_t *subject)
{
    return outcome->local ? outcome->account->id : subject->sub;
}

static void write_standard(tokex_jsonw_t *w, const tokex_run_t *run, const tokex_party_t *subject,
                           const tokex_grant_t *grant, const char *jti)
{
    const tokex_outcome_t *outcome = run->outcome;
    tokex_jsonw_member_string(w, "iss", run->engine->server->issuer);
    tokex_jsonw_member_string(w, "sub", name_of(outcome, subject));
    tokex_jsonw_name(w, "aud");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < outcome->target_count; i++)
        tokex_jsonw_string(w, outcome->targets[i]->config->audience);
    tokex_jsonw_array_end(w);
    tokex_jsonw_member_integer(w, "exp", run->now + grant->lifetime);
    tokex_jsonw_member_integer(w, "iat", run->now);
    tokex_jsonw_member_integer(w, "nbf", run->now);
    tokex_jsonw_member_string(w, "jti", jti);
    tokex_jsonw_member_string(w, "client_id", outcome->client->config->id);
    write_scopes(w, &grant->scopes);
}

static void write_origin(tokex_jsonw_t *w, const tokex_run_t *run, const tokex_party_t *subject,
                         bool machine)
{
    const tokex_server_t *server = run->engine->server;
    /* Not `self`: a sub is unique only beside the issuer that it first came from. */
    tokex_jsonw_member_string(w, "idp", subject->idp);
    tokex_jsonw_member_string(w, "aid", server->server_id);
    tokex_jsonw_member_string(w, "tid", server->tenant);
    tokex_jsonw_member_string(w, "st", machine ? "machine" : "user");
    /* So that the account is asked for wherever the token comes back to us. */
    if (run->outcome->account)
        tokex_jsonw_member_string(w, "acct", run->outcome->account->id);
}

const tokex_err_t *tokex_claims_write(const char **out, apr_size_t *out_len, tokex_run_t *run,
                                      const tokex_parties_t *parties, const tokex_grant_t *grant,
                                      const char *jti)
{
    const tokex_party_t *subject = &parties->subject;
    tokex_jsonw_t *w = tokex_jsonw_create(run->pool, SIZE_HINT);
    apr_size_t begin;
    tokex_jsonw_object_begin(w);
    write_standard(w, run, subject, grant, jti);
    write_origin(w, run, subject, grant->machine);
    (void)tokex_jsonw_text(w, &begin);
    TOKEX_RETURN_ERR(tokex_lineage_write(w, run, parties));
    tokex_act_write(w, &grant->act);
    write_authentication(w, subject->claims);
    TOKEX_RETURN_ERR(tokex_mapping_check_size(w, begin, run, false));
    TOKEX_RETURN_ERR(run->made_claims ? tokex_procedure_write(w, run, begin)
                                      : tokex_mapping_write(w, run, parties, begin));
    tokex_jsonw_object_end(w);
    *out = tokex_jsonw_text(w, out_len);
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_CLAIMS, "issuer",
                     run->outcome->issuer->config->id, "mapping",
                     run->outcome->issuer->config->mapping);
    return NULL;
}
