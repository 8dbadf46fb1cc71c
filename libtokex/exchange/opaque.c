#include "exchange/opaque.h"

#include <string.h>

#include <apr_cstr.h>

#include "exchange/party_private.h"

/* ---- Is it opaque? */

static bool is_b64token(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~+/=", c));
}

/* Every JWT comes by here, so this is to cost it nothing. */
static bool has_three_parts(tokex_token_text_t token)
{
    const char *end = token.text + token.len;
    int dots = 0;
    for (const char *at = token.text; dots < 3; at++) {
        at = memchr(at, '.', (apr_size_t)(end - at));
        if (!at)
            break;
        dots++;
    }
    return dots == 2;
}

/* It will stand in a header, so nothing else may be in it. */
static bool looks_opaque(tokex_token_text_t token)
{
    if (token.len == 0 || token.len > TOKEX_LIMIT_TOKEN || has_three_parts(token))
        return false;
    for (apr_size_t i = 0; i < token.len; i++)
        if (!is_b64token(token.text[i]))
            return false;
    return true;
}

static unsigned type_of(const tokex_run_t *run, const tokex_party_t *party)
{
    return party->role == TOKEX_ROLE_SUBJECT ? run->subject_type : run->actor_type;
}

const tokex_err_t *tokex_opaque_unseal(tokex_party_t *party, tokex_run_t *run)
{
    tokex_token_text_t token = tokex_party_token(run, party);
    const tokex_err_t *err;
    if (!tokex_sealed_token_is_likely(token) || type_of(run, party) != TOKEX_TYPE_ACCESS_TOKEN)
        return NULL;
    err = tokex_sealed_token_open(&party->sealed, run->engine, token, run->pool);
    return err ? tokex_trace_refuse(&run->outcome->trace, tokex_party_step(party, TOKEX_STEP_TOKEN),
                                    err, "server", NULL, "TokexMasterKey")
               : NULL;
}

/* ---- Whose is it? */

/* Those that it may be of. */
typedef struct choice_t {
    const tokex_policy_issuer_t *wanted; /* of the client; NULL: it names none */
    const tokex_policy_issuer_t *issuer;
    bool several;
    bool has_wanted;
} choice_t;

static void consider(choice_t *choice, const tokex_policy_issuer_t *issuer)
{
    if (!issuer || issuer->is_self || !tokex_policy_takes_opaque(issuer->config))
        return;
    choice->several = choice->several || (choice->issuer && choice->issuer != issuer);
    choice->issuer = issuer;
    choice->has_wanted = choice->has_wanted || issuer == choice->wanted;
}

/* The only one that is enabled may have become that by switching another one off, whose tokens are
 * still about. */
static void consider_all(choice_t *choice, const tokex_policy_t *policy)
{
    int count;
    const tokex_policy_issuer_t *const *issuers = tokex_policy_issuers(policy, &count);
    for (int i = 0; i < count && tokex_policy_only_issuer(policy); i++)
        consider(choice, issuers[i]);
}

static void consider_location(choice_t *choice, const tokex_run_t *run)
{
    const tokex_location_t *location = run->request->location;
    const tokex_policy_t *policy = run->engine->policy;
    if (location->issuer_count == 0)
        consider_all(choice, policy);
    for (int i = 0; i < location->issuer_count; i++)
        consider(choice, tokex_policy_issuer_by_id(policy, location->issuers[i]));
}

static void consider_rule(choice_t *choice, const tokex_policy_rule_t *rule, tokex_role_t role)
{
    int count = role == TOKEX_ROLE_SUBJECT ? rule->config->issuers.count : rule->actor_count;
    for (int i = 0; rule->config->enabled && i < count; i++)
        consider(choice, role == TOKEX_ROLE_SUBJECT ? rule->issuers[i] : rule->actors[i].issuer);
}

static choice_t choose(const tokex_run_t *run, tokex_role_t role)
{
    const tokex_policy_client_t *client = run->outcome->client;
    choice_t choice = {client->opaque_issuer, NULL, false, false};
    if (run->request->location)
        consider_location(&choice, run);
    else if (choice.wanted)
        consider(&choice, choice.wanted);
    for (int i = 0; !run->request->location && !choice.wanted && i < client->rule_count; i++)
        consider_rule(&choice, &client->rules[i], role);
    if (choice.has_wanted) {
        choice.issuer = choice.wanted;
        choice.several = false;
    }
    return choice;
}

static const tokex_err_t *refuse_several(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_location_t *location = run->request->location;
    const char *client = run->outcome->client->config->id;
    if (location)
        return tokex_trace_refuse(
            &run->outcome->trace, TOKEX_STEP_ISSUER,
            tokex_err_create(run->pool, TOKEX_E_OPAQUE_ISSUER, NULL,
                             "location %s trusts several issuers of opaque tokens", location->name),
            "location", location->name, "TokexTrustedIssuers");
    return tokex_trace_refuse(
        &run->outcome->trace, tokex_party_step(party, TOKEX_STEP_ISSUER),
        tokex_err_create(run->pool, TOKEX_E_OPAQUE_ISSUER, NULL,
                         "rules of client \"%s\" name several issuers of opaque tokens", client),
        "client", client, "opaque_issuer");
}

const tokex_err_t *tokex_opaque_issuer(const tokex_policy_issuer_t **out, tokex_run_t *run,
                                       const tokex_party_t *party)
{
    choice_t choice;
    *out = NULL;
    if (type_of(run, party) != TOKEX_TYPE_ACCESS_TOKEN ||
        !looks_opaque(tokex_party_token(run, party)))
        return NULL;
    choice = choose(run, party->role);
    if (!choice.issuer)
        return NULL;
    tokex_trace_pass(&run->outcome->trace, tokex_party_step(party, TOKEX_STEP_TOKEN), NULL, NULL,
                     NULL, "opaque");
    if (choice.several)
        return refuse_several(run, party);
    *out = choice.issuer;
    return NULL;
}

/* ---- What its issuer says */

static const tokex_err_t *ask(tokex_said_t *out, const tokex_run_t *run, tokex_ask_t *function,
                              const tokex_party_t *party)
{
    tokex_token_text_t token = tokex_party_token(run, party);
    if (!function)
        return tokex_err_create(run->pool, TOKEX_E_ISSUER_UNAVAILABLE, NULL,
                                "issuer \"%s\" cannot be asked from here",
                                party->issuer->config->id);
    TOKEX_RETURN_ERR(
        function(out, run->engine->host.ask_ctx, party->issuer, token.text, run->now, run->pool));
    tokex_outcome_rests_until(run->outcome, out->until);
    return NULL;
}

static const tokex_err_t *check_iss(const tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_json_t *node = tokex_json_get(party->introspection, "iss");
    const char *iss = tokex_json_string(node);
    const tokex_issuer_t *issuer = party->issuer->config;
    if (!node || (iss && strcmp(iss, issuer->issuer) == 0))
        return NULL;
    return tokex_err_create(run->pool, TOKEX_E_INTROSPECTED_ISSUER, NULL,
                            "iss is \"%s\" in what introspection of issuer \"%s\" says",
                            iss ? tokex_err_shown(run->pool, iss, strlen(iss)) : "no text",
                            issuer->id);
}

/* RFC 6749 section 7.1 compares it without regard to case; some servers write what kind of token it
 * is instead. */
static const tokex_err_t *check_token_type(const tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_json_t *node = tokex_json_get(party->introspection, "token_type");
    const char *type = tokex_json_string(node);
    if (!node || (type && (apr_cstr_casecmp(type, "bearer") == 0 ||
                           apr_cstr_casecmp(type, "access_token") == 0 ||
                           strcmp(type, TOKEX_TYPE_URN_ACCESS_TOKEN) == 0)))
        return NULL;
    return tokex_err_create(run->pool,
                            type && apr_cstr_casecmp(type, "dpop") == 0 ? TOKEX_E_TOKEN_BOUND
                                                                        : TOKEX_E_INTROSPECTED_TYPE,
                            NULL, "token_type is \"%s\" (issuer \"%s\")",
                            type ? tokex_err_shown(run->pool, type, strlen(type)) : "no text",
                            party->issuer->config->id);
}

static const tokex_err_t *check_introspection(const tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_json_t *active = tokex_json_get(party->introspection, "active");
    if (!active || !tokex_json_is_true(active))
        return tokex_err_create(run->pool, TOKEX_E_TOKEN_INACTIVE, NULL,
                                "introspection of issuer \"%s\" does not say that it is active",
                                party->issuer->config->id);
    TOKEX_RETURN_ERR(check_iss(run, party));
    return check_token_type(run, party);
}

static const tokex_err_t *introspect(tokex_party_t *party, const tokex_run_t *run)
{
    tokex_said_t said = {NULL, 0};
    TOKEX_RETURN_ERR(ask(&said, run, run->engine->host.introspect, party));
    party->introspection = said.claims;
    TOKEX_RETURN_ERR(check_introspection(run, party));
    party->claims = said.claims;
    return NULL;
}

static const tokex_err_t *ask_userinfo(tokex_party_t *party, const tokex_run_t *run)
{
    tokex_said_t said = {NULL, 0};
    TOKEX_RETURN_ERR(ask(&said, run, run->engine->host.userinfo, party));
    party->userinfo = said.claims;
    return NULL;
}

const tokex_err_t *tokex_opaque_ask(tokex_party_t *party, tokex_run_t *run)
{
    bool introspects = party->issuer->config->introspection_url != NULL;
    const char *field = introspects ? "introspection_url" : "userinfo_url";
    const tokex_err_t *err;
    TOKEX_RETURN_ERR(tokex_party_check_type(run, party));
    tokex_party_pass(run, party, TOKEX_STEP_ISSUER, field, party->issuer->config->issuer);
    party->is_opaque = true;
    err = introspects ? introspect(party, run) : ask_userinfo(party, run);
    if (err)
        return tokex_party_refuse(run, party, TOKEX_STEP_INTROSPECTION, err, field);
    if (!introspects)
        party->claims = party->userinfo;
    tokex_party_pass(run, party, TOKEX_STEP_INTROSPECTION, field, NULL);
    return NULL;
}

/* ---- UserInfo for the mapping */

static const tokex_err_t *check_userinfo(const tokex_run_t *run, const tokex_party_t *subject)
{
    const char *sub = tokex_json_string(tokex_json_get(subject->userinfo, "sub"));
    if (sub && strcmp(sub, subject->sub) == 0)
        return NULL;
    return tokex_err_create(run->pool, TOKEX_E_USERINFO_SUBJECT, NULL,
                            "sub of UserInfo of issuer \"%s\" is \"%s\", that of the token \"%s\"",
                            subject->issuer->config->id,
                            tokex_err_shown(run->pool, sub, sub ? strlen(sub) : 0),
                            tokex_err_shown(run->pool, subject->sub, strlen(subject->sub)));
}

const tokex_err_t *tokex_opaque_userinfo(tokex_party_t *subject, tokex_run_t *run)
{
    const tokex_policy_issuer_t *issuer = subject->issuer;
    const tokex_err_t *err;
    if (!issuer->mapping || !issuer->mapping->reads_userinfo || !issuer->config->userinfo_url ||
        subject->userinfo || run->subject_type == TOKEX_TYPE_ID_TOKEN || run->refreshing ||
        tokex_request_is_assertion(run->request))
        return NULL;
    err = ask_userinfo(subject, run);
    if (!err)
        err = check_userinfo(run, subject);
    if (err)
        return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_USERINFO, err, "issuer",
                                  issuer->config->id, "userinfo_url");
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_USERINFO, "issuer", issuer->config->id,
                     "userinfo_url", NULL);
    return NULL;
}
