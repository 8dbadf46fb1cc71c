#include "exchange/procedure.h"

#include <string.h>

#include <apr_strings.h>

#include "exchange/mapping.h"
#include "exchange/procedure_grant.h"
#include "exchange/refresh.h"

static const char *id_of(const tokex_run_t *run)
{
    return run->outcome->rule->procedure->config->id;
}

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err, const char *field)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_PROCEDURE, err, "procedure",
                              id_of(run), field);
}

/* ---- What it gets */

typedef struct argument_t {
    tokex_run_t *run;
    const tokex_parties_t *parties;
    const char *const *audiences;
    const tokex_grant_t *grant;
    const tokex_json_t *claims;
} argument_t;

static bool is_of_its_own(const char *name)
{
    return strcmp(name, "scope") == 0 || strcmp(name, "audience") == 0 ||
           strcmp(name, "resource") == 0;
}

static void put_request(tokex_sandbox_t *box, const tokex_run_t *run)
{
    const tokex_request_t *request = run->request;
    const tokex_form_t *form = request->form;
    tokex_sandbox_begin(box, "request", true);
    for (int i = 0; form && i < form->count; i++) {
        const tokex_form_param_t *param = &form->params[i];
        if (param->value_len > 0 && !is_of_its_own(param->name) &&
            !tokex_policy_parameter_is_secret(param->name))
            tokex_sandbox_text(box, param->name, param->value);
    }
    tokex_sandbox_text(box, "scope", request->scope);
    tokex_sandbox_texts(box, "audience", request->audiences, request->audience_count);
    tokex_sandbox_texts(box, "resource", request->resources, request->resource_count);
    tokex_sandbox_end(box);
}

static void put_client(tokex_sandbox_t *box, const tokex_client_t *client)
{
    tokex_sandbox_begin(box, "client", false);
    tokex_sandbox_text(box, "id", client->id);
    tokex_sandbox_text(box, "name", client->name);
    tokex_sandbox_begin(box, "properties", true);
    for (int i = 0; i < client->property_count; i++)
        tokex_sandbox_text(box, client->properties[i].name, client->properties[i].value);
    tokex_sandbox_end(box);
    tokex_sandbox_end(box);
}

static void put_account(tokex_sandbox_t *box, const tokex_account_t *account)
{
    tokex_sandbox_begin(box, "account", true);
    tokex_sandbox_text(box, "id", account->id);
    tokex_sandbox_text(box, "username", account->username);
    tokex_sandbox_text(box, "email", account->email);
    tokex_sandbox_text(box, "mobile", account->mobile);
    tokex_sandbox_texts(box, "roles", account->roles.items, account->roles.count);
    tokex_sandbox_begin(box, "attributes", false);
    for (int i = 0; i < account->attribute_count; i++)
        tokex_sandbox_text(box, account->attributes[i].name, account->attributes[i].value);
    tokex_sandbox_end(box);
    tokex_sandbox_end(box);
}

static void put_grant(tokex_sandbox_t *box, const argument_t *a)
{
    tokex_sandbox_begin(box, "grant", false);
    tokex_sandbox_texts(box, "scope", a->grant->scopes.items, a->grant->scopes.count);
    tokex_sandbox_texts(box, "audience", a->audiences, a->run->outcome->target_count);
    tokex_sandbox_integer(box, "lifetime", a->grant->lifetime);
    tokex_sandbox_integer(box, "exp", a->run->now + a->grant->lifetime);
    tokex_sandbox_node(box, "claims", a->claims);
    tokex_sandbox_end(box);
}

static void put_argument(tokex_sandbox_t *box, void *ctx)
{
    const argument_t *a = ctx;
    const tokex_outcome_t *outcome = a->run->outcome;
    const tokex_party_t *actor = a->parties->has_actor ? &a->parties->actor : NULL;
    tokex_sandbox_integer(box, "now", a->run->now);
    tokex_sandbox_text(box, "issuer", outcome->issuer->config->id);
    tokex_sandbox_text(box, "rule", outcome->rule->config->id);
    tokex_sandbox_text(box, "location", outcome->location);
    tokex_sandbox_text(box, "actors", tokex_act_names(&a->grant->act, a->run->pool));
    tokex_sandbox_claims(box, "subject", a->parties->subject.claims);
    tokex_sandbox_claims(box, "actor", actor ? actor->claims : NULL);
    put_request(box, a->run);
    put_client(box, outcome->client->config);
    if (outcome->local)
        put_account(box, outcome->account);
    put_grant(box, a);
}

/* What the rows of the mapping make, as an object. */
static const tokex_err_t *map_claims(const tokex_json_t **out, tokex_run_t *run,
                                     const tokex_parties_t *parties)
{
    tokex_jsonw_t *w = tokex_jsonw_create(run->pool, 512);
    const tokex_err_t *err;
    const char *text;
    apr_size_t len;
    tokex_jsonw_object_begin(w);
    TOKEX_RETURN_ERR(tokex_mapping_write(w, run, parties, 0));
    tokex_jsonw_object_end(w);
    text = tokex_jsonw_text(w, &len);
    err = tokex_json_parse_object(out, text, len, run->pool);
    return err ? refuse(run, err, NULL) : NULL;
}

/* ---- What it says */

/* RFC 6749 section 5.2, and nothing that is not the operator's own text. */
static bool may_be_told(const char *text, const char *source)
{
    if (!text || !*text || strlen(text) > TOKEX_LIMIT_TEXT)
        return false;
    for (const char *p = text; *p; p++)
        if (*p < 0x20 || *p > 0x7E || *p == '"' || *p == '\\')
            return false;
    return strstr(source, text) != NULL;
}

static const struct {
    const char *oauth_error;
    tokex_code_t code;
} codes[] = {
    {"invalid_request", TOKEX_E_PROCEDURE_REQUEST},    {"invalid_grant", TOKEX_E_PROCEDURE_GRANT},
    {"invalid_scope", TOKEX_E_PROCEDURE_SCOPE},        {"invalid_target", TOKEX_E_PROCEDURE_TARGET},
    {"unauthorized_client", TOKEX_E_PROCEDURE_CLIENT},
};

static tokex_code_t code_of(const tokex_sandbox_answer_t *answer)
{
    if (answer->verdict == TOKEX_SANDBOX_DENIED)
        return TOKEX_E_PROCEDURE_DENIED;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (strcmp(codes[i].oauth_error, answer->oauth_error) == 0)
            return codes[i].code;
    return TOKEX_E_PROCEDURE_ERROR;
}

static const tokex_err_t *refusal_of(const tokex_run_t *run, const tokex_sandbox_answer_t *answer)
{
    const tokex_procedure_t *config = run->outcome->rule->procedure->config;
    tokex_code_t code = code_of(answer);
    const char *text = answer->text ? tokex_err_shown_param(run->pool, answer->text) : "no reason";
    tokex_err_t *err;
    if (code == TOKEX_E_PROCEDURE_ERROR)
        return tokex_err_create(run->pool, code, NULL,
                                "procedure \"%s\": tokex.refuse() knows no error \"%s\"",
                                config->id, tokex_err_shown_param(run->pool, answer->oauth_error));
    err = apr_pmemdup(
        run->pool,
        tokex_err_create(run->pool, code, NULL, "procedure \"%s\" says: %s", config->id, text),
        sizeof(*err));
    if (code != TOKEX_E_PROCEDURE_DENIED && may_be_told(answer->text, config->source))
        err->said = answer->text;
    return err;
}

/* ---- The step */

static const char *text_of(const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

/* As it was given, for the one who asks what it changed. */
static const char *given(const argument_t *a)
{
    tokex_jsonw_t *w = tokex_jsonw_create(a->run->pool, 512);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_name(w, "scope");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < a->grant->scopes.count; i++)
        tokex_jsonw_string(w, a->grant->scopes.items[i]);
    tokex_jsonw_array_end(w);
    tokex_jsonw_name(w, "audience");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < a->run->outcome->target_count; i++)
        tokex_jsonw_string(w, a->audiences[i]);
    tokex_jsonw_array_end(w);
    tokex_jsonw_member_integer(w, "lifetime", a->grant->lifetime);
    tokex_jsonw_member_integer(w, "exp", a->run->now + a->grant->lifetime);
    tokex_jsonw_name(w, "claims");
    tokex_jsonw_node(w, a->claims);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, NULL);
}

static void report(const argument_t *a, const tokex_sandbox_answer_t *answer)
{
    tokex_run_t *run = a->run;
    tokex_procedure_report_t *out;
    if (!run->engine->trial)
        return;
    out = apr_pcalloc(run->pool, sizeof(*out));
    out->id = id_of(run);
    out->instructions = answer->instructions;
    out->reads = answer->reads;
    out->read_count = answer->read_count;
    out->before = given(a);
    out->after = answer->grant ? text_of(answer->grant, run->pool) : NULL;
    run->outcome->procedure = out;
}

static const tokex_err_t *ask(tokex_sandbox_answer_t *answer, argument_t *a)
{
    const tokex_run_t *run = a->run;
    const tokex_outcome_t *outcome = run->outcome;
    const tokex_sandbox_question_t question = {.program = outcome->rule->procedure->program,
                                               .fill = put_argument,
                                               .ctx = a,
                                               .notes_reads = run->engine->trial != NULL};
    const char **audiences =
        apr_palloc(run->pool, sizeof(*audiences) * (apr_size_t)(outcome->target_count + 1));
    const tokex_err_t *err;
    for (int i = 0; i < outcome->target_count; i++)
        audiences[i] = outcome->targets[i]->config->audience;
    a->audiences = audiences;
    err = tokex_sandbox_run(answer, &question, run->pool);
    report(a, answer);
    if (!err && answer->verdict != TOKEX_SANDBOX_OK)
        err = refusal_of(run, answer);
    return err;
}

const tokex_err_t *tokex_procedure_run(tokex_grant_t *grant, tokex_run_t *run,
                                       const tokex_parties_t *parties)
{
    const tokex_policy_procedure_t *procedure = run->outcome->rule->procedure;
    const tokex_procedure_t *config;
    tokex_sandbox_answer_t answer;
    argument_t argument = {.run = run, .parties = parties, .grant = grant};
    const tokex_err_t *err;
    if (!procedure)
        return NULL;
    config = procedure->config;
    if (!config->enabled)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_PROCEDURE_OFF, NULL,
                                       "procedure \"%s\" is switched off", config->id),
                      "enabled");
    TOKEX_RETURN_ERR(map_claims(&argument.claims, run, parties));
    err = ask(&answer, &argument);
    if (!err)
        err = tokex_procedure_take(grant, run, answer.grant);
    if (err)
        return refuse(run, err, "source");
    tokex_refresh_narrow(run);
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_PROCEDURE, "procedure", config->id, "source",
                     NULL);
    return NULL;
}

const tokex_err_t *tokex_procedure_write(tokex_jsonw_t *w, tokex_run_t *run, apr_size_t begin)
{
    const tokex_json_t *claim = tokex_json_first(run->made_claims);
    apr_size_t len;
    for (; claim; claim = tokex_json_next(claim)) {
        tokex_jsonw_name(w, tokex_json_name(claim));
        tokex_jsonw_node(w, claim);
    }
    (void)tokex_jsonw_text(w, &len);
    if (len - begin <= TOKEX_LIMIT_MAPPED_CLAIMS)
        return NULL;
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_CLAIMS,
                              tokex_err_create(run->pool, TOKEX_E_CLAIMS_SIZE, NULL,
                                               "the claims that procedure \"%s\" leaves are "
                                               "larger than %d octets",
                                               id_of(run), TOKEX_LIMIT_MAPPED_CLAIMS),
                              "procedure", id_of(run), "source");
}
