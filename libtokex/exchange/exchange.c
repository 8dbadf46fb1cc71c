#include "exchange/exchange.h"

#include <string.h>

#include "exchange/accept.h"
#include "exchange/account.h"
#include "exchange/authorize.h"
#include "exchange/client_auth.h"
#include "exchange/exchange_private.h"
#include "exchange/once.h"
#include "exchange/opaque.h"
#include "exchange/parameters.h"
#include "exchange/party.h"
#include "exchange/procedure.h"
#include "exchange/refresh.h"
#include "exchange/run.h"
#include "exchange/token.h"

/* The setting of a client that a failed authentication comes from. */
static const char *deciding_field(tokex_code_t code)
{
    switch (code) {
    case TOKEX_E_CLIENT_UNKNOWN:
        return "id";
    case TOKEX_E_CLIENT_DISABLED:
        return "enabled";
    default:
        return "secrets";
    }
}

static const tokex_err_t *find_client(tokex_run_t *run)
{
    const tokex_engine_t *engine = run->engine;
    const tokex_credentials_t *credentials = &run->request->credentials;
    tokex_client_found_t who;
    if (engine->trial && engine->trial->assumes_client)
        return tokex_client_auth_assume(&run->outcome->client, engine->policy, credentials,
                                        run->pool);
    TOKEX_RETURN_ERR(tokex_client_auth_check(&who, engine->policy, credentials, run->now,
                                             engine->crypt, NULL, run->pool));
    run->outcome->client = who.client;
    run->outcome->secret = who.secret;
    return NULL;
}

const tokex_err_t *tokex_exchange_check_client(tokex_run_t *run)
{
    const tokex_credentials_t *credentials = &run->request->credentials;
    const char *presented =
        credentials->decoded_id ? credentials->decoded_id : credentials->client_id;
    tokex_outcome_t *outcome = run->outcome;
    const tokex_err_t *err = find_client(run);
    if (err) {
        outcome->client_presented = presented;
        return tokex_trace_refuse(&outcome->trace, TOKEX_STEP_CLIENT, err, "client", presented,
                                  deciding_field(err->code));
    }
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_CLIENT, "client", outcome->client->config->id,
                     "secrets", NULL);
    return NULL;
}

/* The server itself vouches for the client of a protected location, so there is no secret. */
static const tokex_err_t *check_location_client(tokex_run_t *run)
{
    const char *id = run->request->location->client;
    const tokex_policy_client_t *client = tokex_policy_client(run->engine->policy, id);
    tokex_outcome_t *outcome = run->outcome;
    outcome->location = run->request->location->name;
    if (!client || !client->config->enabled) {
        outcome->client_presented = id;
        return tokex_trace_refuse(
            &outcome->trace, TOKEX_STEP_CLIENT,
            tokex_err_create(run->pool, client ? TOKEX_E_CLIENT_DISABLED : TOKEX_E_CLIENT_UNKNOWN,
                             NULL, "client \"%s\" of location %s %s", id, outcome->location,
                             client ? "is switched off" : "does not exist"),
            "client", id, client ? "enabled" : "id");
    }
    outcome->client = client;
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_CLIENT, "location", outcome->location,
                     "TokexClient", id);
    return NULL;
}

static bool is_refresh(const tokex_run_t *run)
{
    return strcmp(run->request->grant_type, TOKEX_GRANT_REFRESH) == 0;
}

/* What is it called, and has the client got it? False: there is no such grant. */
static bool find_grant(bool *may, const tokex_run_t *run)
{
    const tokex_policy_client_t *client = run->outcome->client;
    const struct {
        const char *type;
        bool may;
    } grants[] = {{TOKEX_GRANT_EXCHANGE, client->may_exchange},
                  {TOKEX_GRANT_ASSERTION, client->may_assert},
                  {TOKEX_GRANT_REFRESH, client->may_refresh}};
    for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++)
        if (strcmp(run->request->grant_type, grants[i].type) == 0) {
            *may = grants[i].may;
            return true;
        }
    return false;
}

static const tokex_err_t *check_grant(tokex_run_t *run)
{
    const char *grant_type = run->request->grant_type;
    tokex_outcome_t *outcome = run->outcome;
    const char *id = outcome->client->config->id;
    bool may = false;
    if (!grant_type)
        return tokex_trace_refuse(&outcome->trace, TOKEX_STEP_GRANT,
                                  tokex_err_create(run->pool, TOKEX_E_GRANT_TYPE_MISSING, NULL,
                                                   "grant_type is missing or empty"),
                                  "request", NULL, "grant_type");
    if (!find_grant(&may, run))
        return tokex_trace_refuse(&outcome->trace, TOKEX_STEP_GRANT,
                                  tokex_err_create(run->pool, TOKEX_E_GRANT_TYPE, NULL,
                                                   "grant_type is \"%s\"",
                                                   tokex_err_shown_param(run->pool, grant_type)),
                                  "request", NULL, "grant_type");
    if (!may)
        return tokex_trace_refuse(
            &outcome->trace, TOKEX_STEP_GRANT,
            tokex_err_create(run->pool, TOKEX_E_CLIENT_GRANT, NULL,
                             "grant_types of client \"%s\" do not hold \"%s\"", id, grant_type),
            "client", id, "grant_types");
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_GRANT, "client", id, "grant_types", grant_type);
    return NULL;
}

static const tokex_err_t *check_presented(tokex_parties_t *parties, tokex_run_t *run)
{
    TOKEX_RETURN_ERR(tokex_parameters_check(run));
    TOKEX_RETURN_ERR(tokex_party_subject(&parties->subject, run));
    if (!run->request->actor_token)
        return NULL;
    parties->has_actor = true;
    return tokex_party_actor(&parties->actor, run, &parties->subject);
}

const tokex_err_t *tokex_exchange_begin(tokex_parties_t *parties, tokex_run_t *run)
{
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_REQUEST, NULL, NULL, NULL, NULL);
    TOKEX_RETURN_ERR(run->request->location ? check_location_client(run)
                                            : tokex_exchange_check_client(run));
    TOKEX_RETURN_ERR(check_grant(run));
    return is_refresh(run) ? tokex_refresh_begin(parties, run) : check_presented(parties, run);
}

/* Its lineage names nothing that is not there. What it took to issue it was done the first time. */
static const tokex_err_t *issue_alone(tokex_run_t *run, const tokex_parties_t *parties,
                                      const tokex_grant_t *grant)
{
    int passed = run->outcome->trace.count;
    run->family = NULL;
    run->linked_by = NULL;
    TOKEX_RETURN_ERR(tokex_token_issue(run, parties, grant));
    run->outcome->trace.count = passed;
    return NULL;
}

/* Of an assertion that is no good a client is told in the words of its grant (RFC 7521 section
 * 4.1.1); the code beneath says what is wrong with it. A parameter that a mapping misses is another
 * matter. */
static const tokex_err_t *blame(const tokex_run_t *run, const tokex_err_t *err)
{
    const tokex_trace_t *trace = &run->outcome->trace;
    if (!err || !tokex_request_is_assertion(run->request) ||
        trace->entries[trace->count - 1].step <= TOKEX_STEP_PARAMETERS ||
        err->code == TOKEX_E_MAPPING_PARAMETER ||
        strcmp(tokex_err_info(err->code)->oauth_error, "invalid_request") != 0)
        return err;
    return tokex_err_create(run->pool, TOKEX_E_ASSERTION, err, "%s",
                            tokex_err_info(err->code)->name);
}

static const tokex_err_t *run_steps(tokex_run_t *run)
{
    tokex_parties_t *parties = apr_pcalloc(run->pool, sizeof(*parties));
    tokex_grant_t *grant = apr_pcalloc(run->pool, sizeof(*grant));
    TOKEX_RETURN_ERR(tokex_exchange_begin(parties, run));
    TOKEX_RETURN_ERR(tokex_refresh_blame(run, tokex_account_find(run, parties)));
    if (run->accepting)
        return tokex_accept(run, &parties->subject);
    TOKEX_RETURN_ERR(tokex_authorize(grant, run, parties));
    TOKEX_RETURN_ERR(tokex_opaque_userinfo(&parties->subject, run));
    TOKEX_RETURN_ERR(tokex_refresh_prepare(grant, run, parties));
    TOKEX_RETURN_ERR(tokex_procedure_run(grant, run, parties));
    TOKEX_RETURN_ERR(tokex_token_issue(run, parties, grant));
    TOKEX_RETURN_ERR(tokex_once_spend(run, &parties->subject));
    TOKEX_RETURN_ERR(tokex_refresh_keep(run, parties));
    return run->outcome->refresh_err ? issue_alone(run, parties, grant) : NULL;
}

const tokex_outcome_t *tokex_exchange_run(const tokex_engine_t *engine,
                                          const tokex_request_t *request, int64_t now,
                                          apr_pool_t *pool)
{
    tokex_outcome_t *outcome = apr_pcalloc(pool, sizeof(*outcome));
    tokex_run_t run = {
        .engine = engine, .request = request, .now = now, .outcome = outcome, .pool = pool};
    outcome->err = blame(&run, run_steps(&run));
    return outcome;
}

const tokex_outcome_t *tokex_exchange_refused(const tokex_err_t *err, apr_pool_t *pool)
{
    tokex_outcome_t *outcome = apr_pcalloc(pool, sizeof(*outcome));
    outcome->err =
        tokex_trace_refuse(&outcome->trace, TOKEX_STEP_REQUEST, err, "request", NULL, NULL);
    return outcome;
}
