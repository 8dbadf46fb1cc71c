#include "exchange/party_private.h"

#include <string.h>

#include <apr_strings.h>

#include "exchange/explain.h"
#include "exchange/once.h"
#include "exchange/origin.h"
#include "exchange/revoked.h"
#include "exchange/times.h"

/* A token of ours is for its target; to exchange it is for the client that it names. */
static bool is_ours_for(const tokex_run_t *run, const char *aud)
{
    return strcmp(aud, run->engine->server->issuer) == 0 ||
           strcmp(aud, run->outcome->client->config->id) == 0;
}

/* RFC 7523 section 3: our issuer URL, or that of the token endpoint. */
static bool names_us(const tokex_run_t *run, const char *aud)
{
    const char *issuer = run->engine->server->issuer;
    apr_size_t len = strlen(issuer);
    return strncmp(aud, issuer, len) == 0 &&
           (aud[len] == '\0' || strcmp(aud + len, TOKEX_TOKEN_ENDPOINT) == 0);
}

static bool is_for_us(const tokex_run_t *run, const tokex_party_t *party, const char *aud)
{
    const tokex_texts_t *audiences = &party->issuer->config->audiences;
    if (party->issuer->is_self)
        return is_ours_for(run, aud);
    if (strcmp(aud, run->engine->server->issuer) == 0)
        return true;
    for (int i = 0; i < audiences->count; i++)
        if (strcmp(aud, audiences->items[i]) == 0)
            return true;
    return false;
}

/* The client that a token of ours was issued to; NULL when that is not the requesting one. */
static const char *same_client(const tokex_run_t *run, const tokex_party_t *party)
{
    const char *id = tokex_json_string(tokex_json_get(party->claims, "client_id"));
    return party->issuer->is_self && id && strcmp(id, run->outcome->client->config->id) == 0 ? id
                                                                                             : NULL;
}

static const tokex_err_t *refuse_aud(tokex_run_t *run, const tokex_party_t *party,
                                     const char *problem)
{
    return tokex_party_refuse(run, party, TOKEX_STEP_AUDIENCE,
                              tokex_err_create(run->pool, TOKEX_E_AUD_MALFORMED, NULL,
                                               "aud %s (issuer \"%s\")", problem,
                                               party->issuer->config->id),
                              NULL);
}

static const tokex_err_t *refuse_aud_wrong(tokex_run_t *run, const tokex_party_t *party,
                                           const char *first, int count)
{
    const char *shown = tokex_err_shown(run->pool, first, strlen(first));
    const char *client = run->outcome->client->config->id;
    const tokex_err_t *err;
    if (party->issuer->is_self)
        err = tokex_err_create(run->pool, TOKEX_E_AUD_WRONG, NULL,
                               "aud has %d values, the first is \"%s\"; neither they nor client_id "
                               "of our token name client \"%s\"",
                               count, shown, client);
    else
        err =
            tokex_err_create(run->pool, TOKEX_E_AUD_WRONG, NULL,
                             "aud has %d values, the first is \"%s\"; none of them is \"%s\" "
                             "or one of audiences of issuer \"%s\"",
                             count, shown, run->engine->server->issuer, party->issuer->config->id);
    return tokex_party_refuse(run, party, TOKEX_STEP_AUDIENCE, err, "audiences");
}

/* What others may take too, one of them could bring here. */
static const tokex_err_t *refuse_aud_others(tokex_run_t *run, const tokex_party_t *party,
                                            const char *aud)
{
    return tokex_party_refuse(
        run, party, TOKEX_STEP_AUDIENCE,
        tokex_err_create(run->pool, TOKEX_E_AUD_WRONG, NULL,
                         "aud is or holds \"%s\"; an assertion is for \"%s\" alone, or for its "
                         "token endpoint (issuer \"%s\")",
                         tokex_err_shown(run->pool, aud, strlen(aud)), run->engine->server->issuer,
                         party->issuer->config->id),
        NULL);
}

static const tokex_err_t *check_audience(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_json_t *node = tokex_json_get(party->claims, "aud");
    const tokex_json_t *element = node;
    const char *first = NULL;
    const char *ours = NULL;
    int count = 0;
    /* Introspection need not say (RFC 7662 section 2.2); who asks it is who the token is for. */
    if (!node && party->is_opaque) {
        tokex_party_pass(run, party, TOKEX_STEP_AUDIENCE, "audiences", NULL);
        return NULL;
    }
    if (node && tokex_json_type(node) == TOKEX_JSON_ARRAY)
        element = tokex_json_first(node);
    for (; element; element = element == node ? NULL : tokex_json_next(element)) {
        const char *aud = tokex_json_string(element);
        if (!aud || *aud == '\0')
            return refuse_aud(run, party,
                              "is or holds something else than a text, or an empty one");
        if (++count > TOKEX_LIMIT_AUD_COUNT)
            return refuse_aud(run, party, "has too many values");
        first = first ? first : aud;
        if (tokex_request_is_assertion(run->request) && !names_us(run, aud))
            return refuse_aud_others(run, party, aud);
        /* Who it is for, and whether that is here, is judged with the targets. */
        if (run->accepting)
            ours = aud;
        if (!ours && (tokex_request_is_assertion(run->request) || is_for_us(run, party, aud)))
            ours = aud;
    }
    if (!first)
        return refuse_aud(run, party, "is missing or an empty list");
    if (!ours)
        ours = same_client(run, party);
    if (!ours)
        return refuse_aud_wrong(run, party, first, count);
    tokex_party_pass(run, party, TOKEX_STEP_AUDIENCE, "audiences", ours);
    return NULL;
}

static const tokex_err_t *refuse_sub(tokex_run_t *run, const tokex_party_t *party,
                                     tokex_code_t code, const char *what)
{
    return tokex_party_refuse(run, party, TOKEX_STEP_SUBJECT,
                              tokex_err_create(run->pool, code, NULL, "%s (issuer \"%s\")", what,
                                               party->issuer->config->id),
                              NULL);
}

static void note_sub(tokex_run_t *run, const tokex_party_t *party)
{
    const char *jti = tokex_json_string(tokex_json_get(party->claims, "jti"));
    if (party->role == TOKEX_ROLE_SUBJECT) {
        run->outcome->subject = party->sub;
        run->outcome->subject_jti = jti;
    } else {
        run->outcome->actor = party->sub;
        run->outcome->actor_jti = jti;
    }
}

/* Of an opaque token introspection may say a name for people alone (RFC 7662 section 2.2). */
static const char *find_sub(const tokex_party_t *party)
{
    const tokex_json_t *node = tokex_json_get(party->claims, "sub");
    if (!node && party->introspection)
        node = tokex_json_get(party->introspection, "username");
    return tokex_json_string(node);
}

static const tokex_err_t *check_sub(tokex_party_t *party, tokex_run_t *run)
{
    const char *sub = find_sub(party);
    const char *idp = party->issuer->config->id;
    if (!sub || *sub == '\0' || strlen(sub) > TOKEX_LIMIT_SUB)
        return refuse_sub(run, party, TOKEX_E_SUB_MALFORMED,
                          !sub           ? "sub is missing or no string"
                          : *sub == '\0' ? "sub is empty"
                                         : "sub is too long");
    party->sub = sub;
    note_sub(run, party);
    if (!party->issuer->is_self &&
        strncmp(sub, TOKEX_ACCOUNT_PREFIX, strlen(TOKEX_ACCOUNT_PREFIX)) == 0)
        return refuse_sub(run, party, TOKEX_E_SUB_IS_ACCOUNT,
                          "sub begins as the ids of local accounts do");
    if (party->issuer->is_self)
        idp = tokex_json_string(tokex_json_get(party->claims, "idp"));
    if (!idp)
        return refuse_sub(run, party, TOKEX_E_SUB_MALFORMED, "our token names no idp");
    party->idp = idp;
    if (tokex_policy_client(run->engine->policy, sub))
        return tokex_trace_refuse(
            &run->outcome->trace, tokex_party_step(party, TOKEX_STEP_SUBJECT),
            tokex_err_create(run->pool, TOKEX_E_SUB_IS_CLIENT, NULL,
                             "sub \"%s\" of issuer \"%s\" is the id of one of our clients",
                             tokex_err_shown(run->pool, sub, strlen(sub)),
                             party->issuer->config->id),
            "client", sub, "id");
    return NULL;
}

static const tokex_err_t *check_actors(tokex_party_t *party, tokex_run_t *run)
{
    const char *problem = tokex_act_read(&party->act, party->claims, party->issuer->config->issuer,
                                         run->engine->server->issuer);
    if (problem)
        return refuse_sub(run, party, TOKEX_E_ACT_MALFORMED,
                          apr_pstrcat(run->pool, "act ", problem, NULL));
    problem = tokex_act_read_may_act(&party->may_act, party->claims);
    if (problem)
        return refuse_sub(run, party, TOKEX_E_MAY_ACT_MALFORMED,
                          apr_pstrcat(run->pool, "may_act ", problem, NULL));
    if (party->role == TOKEX_ROLE_ACTOR && party->act.count > 0)
        return refuse_sub(run, party, TOKEX_E_ACTOR_DELEGATED,
                          "the actor token has an actor of its own");
    return NULL;
}

static const tokex_err_t *check_subject(tokex_party_t *party, tokex_run_t *run)
{
    TOKEX_RETURN_ERR(check_sub(party, run));
    TOKEX_RETURN_ERR(tokex_origin_check(run, party));
    /* Whatever cnf holds: what we issue is bound to nothing, so it must not come from what is. */
    if (tokex_json_get(party->claims, "cnf"))
        return refuse_sub(run, party, TOKEX_E_TOKEN_BOUND, "the token has cnf");
    TOKEX_RETURN_ERR(check_actors(party, run));
    tokex_party_pass(run, party, TOKEX_STEP_SUBJECT, NULL, party->sub);
    return NULL;
}

static const tokex_err_t *check_conditions(tokex_party_t *party, tokex_run_t *run)
{
    const tokex_policy_issuer_t *issuer = party->issuer;
    const tokex_policy_condition_t *broken =
        tokex_condition_first(issuer->conditions, issuer->condition_count, party->claims, false);
    if (broken)
        return tokex_party_refuse(
            run, party, TOKEX_STEP_CONDITION,
            tokex_err_create(run->pool, TOKEX_E_ISSUER_CONDITION, NULL, "%s of issuer \"%s\"",
                             tokex_explain_condition(broken, party->claims, run->pool),
                             issuer->config->id),
            "conditions");
    tokex_party_pass(run, party, TOKEX_STEP_CONDITION, "conditions", NULL);
    return NULL;
}

const tokex_err_t *tokex_party_check_claims(tokex_party_t *party, tokex_run_t *run)
{
    TOKEX_RETURN_ERR(check_audience(run, party));
    TOKEX_RETURN_ERR(tokex_times_check(party, run));
    TOKEX_RETURN_ERR(tokex_once_check(run, party));
    return tokex_party_check_subject(party, run);
}

const tokex_err_t *tokex_party_check_subject(tokex_party_t *party, tokex_run_t *run)
{
    TOKEX_RETURN_ERR(check_subject(party, run));
    TOKEX_RETURN_ERR(check_conditions(party, run));
    return tokex_revoked_check(run, party);
}
