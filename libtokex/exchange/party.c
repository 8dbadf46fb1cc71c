#include "exchange/party.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "exchange/explain.h"
#include "exchange/times.h"

tokex_step_t tokex_party_step(const tokex_party_t *party, tokex_step_t step)
{
    if (party->role == TOKEX_ROLE_SUBJECT)
        return step;
    return (tokex_step_t)(step - TOKEX_STEP_TOKEN + TOKEX_STEP_ACTOR_TOKEN);
}

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_party_t *party, tokex_step_t step,
                                 const tokex_err_t *err, const char *field)
{
    return tokex_trace_refuse(&run->outcome->trace, tokex_party_step(party, step), err, "issuer",
                              party->issuer ? party->issuer->config->id : NULL, field);
}

static void pass(tokex_run_t *run, const tokex_party_t *party, tokex_step_t step, const char *field,
                 const char *found)
{
    tokex_trace_pass(&run->outcome->trace, tokex_party_step(party, step), "issuer",
                     party->issuer->config->id, field, found);
}

static const tokex_err_t *parse(const tokex_jws_t **out, tokex_run_t *run,
                                const tokex_party_t *party)
{
    const tokex_request_t *request = run->request;
    bool actor = party->role == TOKEX_ROLE_ACTOR;
    const tokex_err_t *err =
        tokex_jws_parse(out, actor ? request->actor_token : request->subject_token,
                        actor ? request->actor_token_len : request->subject_token_len, run->pool);
    tokex_step_t step = tokex_party_step(party, TOKEX_STEP_TOKEN);
    if (err)
        return tokex_trace_refuse(&run->outcome->trace, step, err, "request", NULL,
                                  actor ? "actor_token" : "subject_token");
    tokex_trace_pass(&run->outcome->trace, step, NULL, NULL, NULL, NULL);
    return NULL;
}

/* Does a rule of the client name actors of the issuer, or may the subject name its own? */
static bool may_be_actor(const tokex_run_t *run, const tokex_policy_issuer_t *issuer,
                         const tokex_party_t *subject)
{
    const tokex_policy_client_t *client = run->outcome->client;
    if (subject->may_act.present && subject->issuer->config->accept_may_act)
        return true;
    for (int i = 0; i < client->rule_count; i++) {
        const tokex_policy_rule_t *rule = &client->rules[i];
        for (int n = 0; rule->config->enabled && n < rule->actor_count; n++)
            if (rule->actors[n].issuer == issuer)
                return true;
    }
    return false;
}

static bool may_be_subject(const tokex_run_t *run, const tokex_policy_issuer_t *issuer)
{
    const tokex_policy_question_t question = {.issuer = issuer};
    bool seen = false;
    (void)tokex_policy_match(run->outcome->client, &question, &seen);
    return seen;
}

/* May the client use the issuer at all? Asked before the signature costs anything, and so that an
 * issuer that is not for this client takes the same path and time as one that does not exist. */
static const tokex_err_t *check_rule(tokex_run_t *run, const tokex_party_t *party,
                                     const tokex_party_t *subject)
{
    const tokex_client_t *client = run->outcome->client->config;
    if (subject ? may_be_actor(run, party->issuer, subject) : may_be_subject(run, party->issuer))
        return NULL;
    return tokex_trace_refuse(&run->outcome->trace, tokex_party_step(party, TOKEX_STEP_ISSUER),
                              tokex_err_create(run->pool, TOKEX_E_ISSUER_RULE, NULL,
                                               "no rule of client \"%s\" names %sissuer \"%s\"",
                                               client->id, subject ? "actors of " : "",
                                               party->issuer->config->id),
                              "client", client->id, "rules");
}

static void note_issuer(tokex_run_t *run, const tokex_party_t *party)
{
    if (party->role == TOKEX_ROLE_SUBJECT)
        run->outcome->issuer = party->issuer;
    else
        run->outcome->actor_issuer = party->issuer;
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

static const tokex_err_t *find_issuer(tokex_party_t *party, tokex_run_t *run,
                                      const tokex_party_t *subject)
{
    const tokex_json_t *node = tokex_json_get(party->claims, "iss");
    const char *iss = tokex_json_string(node);
    const tokex_policy_issuer_t *issuer;
    if (!iss)
        return refuse(run, party, TOKEX_STEP_ISSUER,
                      tokex_err_create(run->pool, TOKEX_E_ISSUER_MISSING, NULL, "iss is %s",
                                       node ? "no string" : "missing"),
                      "issuer");
    issuer = tokex_policy_issuer(run->engine->policy, iss);
    if (!issuer)
        return refuse(run, party, TOKEX_STEP_ISSUER,
                      tokex_err_create(run->pool, TOKEX_E_ISSUER_UNKNOWN, NULL,
                                       "no issuer has iss \"%s\"",
                                       tokex_err_shown(run->pool, iss, strlen(iss))),
                      "issuer");
    party->issuer = issuer;
    note_issuer(run, party);
    if (!issuer->config->enabled)
        return refuse(run, party, TOKEX_STEP_ISSUER,
                      tokex_err_create(run->pool, TOKEX_E_ISSUER_DISABLED, NULL,
                                       "issuer \"%s\" is switched off", issuer->config->id),
                      "enabled");
    return check_rule(run, party, subject);
}

/* RFC 7515 section 4.1.9: a media type, in any case of letters, "application/" left out or not. */
static bool typ_is(const char *typ, const char *wanted)
{
    static const char prefix[] = "application/";
    if (!typ)
        return false;
    if (apr_cstr_casecmpn(typ, prefix, sizeof(prefix) - 1) == 0)
        typ += sizeof(prefix) - 1;
    return apr_cstr_casecmp(typ, wanted) == 0;
}

static const tokex_err_t *check_kind(tokex_run_t *run, const tokex_party_t *party,
                                     const tokex_jws_t *jws)
{
    const tokex_policy_issuer_t *issuer = party->issuer;
    bool actor = party->role == TOKEX_ROLE_ACTOR;
    if (!(issuer->token_types & (actor ? run->actor_type : run->subject_type)))
        return refuse(run, party, TOKEX_STEP_ISSUER,
                      tokex_err_create(
                          run->pool, actor ? TOKEX_E_ACTOR_TOKEN_TYPE : TOKEX_E_SUBJECT_TOKEN_TYPE,
                          NULL, "%s \"%s\" is none of token_types of issuer \"%s\"",
                          actor ? "actor_token_type" : "subject_token_type",
                          actor ? run->request->actor_token_type : run->request->subject_token_type,
                          issuer->config->id),
                      "token_types");
    if (issuer->typ != TOKEX_TYP_ANY &&
        !typ_is(jws->typ, issuer->typ == TOKEX_TYP_AT_JWT ? "at+jwt" : "jwt"))
        return refuse(
            run, party, TOKEX_STEP_ISSUER,
            tokex_err_create(run->pool, TOKEX_E_TOKEN_TYP, NULL,
                             "typ is \"%s\", issuer \"%s\" asks for \"%s\"",
                             tokex_err_shown(run->pool, jws->typ, jws->typ ? strlen(jws->typ) : 0),
                             issuer->config->id, issuer->config->typ),
            "typ");
    pass(run, party, TOKEX_STEP_ISSUER, "issuer", issuer->config->issuer);
    return NULL;
}

static const tokex_err_t *find_key(const tokex_key_t **key, tokex_run_t *run,
                                   const tokex_party_t *party, const tokex_jws_t *jws)
{
    const tokex_policy_issuer_t *issuer = party->issuer;
    const tokex_host_t *host = &run->engine->host;
    const tokex_err_t *err;
    if (!(issuer->algs & TOKEX_ALG_BIT(jws->alg)))
        return refuse(run, party, TOKEX_STEP_KEY,
                      tokex_err_create(run->pool, TOKEX_E_ALG_NOT_ALLOWED, NULL,
                                       "alg \"%s\" is none of algorithms of issuer \"%s\"",
                                       tokex_jwk_alg_name(jws->alg), issuer->config->id),
                      "algorithms");
    err = host->key(key, host->ctx, issuer, jws->kid, jws->alg, run->pool);
    if (err)
        return refuse(run, party, TOKEX_STEP_KEY, err, "keys");
    if (!issuer->config->allow_expired_certificates && !tokex_jwk_is_valid_at(*key, run->now))
        return refuse(run, party, TOKEX_STEP_KEY,
                      tokex_err_create(run->pool, TOKEX_E_KEY_EXPIRED, NULL,
                                       "the certificate of key \"%s\" of issuer \"%s\" is "
                                       "outside its validity",
                                       tokex_jwk_thumbprint(*key), issuer->config->id),
                      "allow_expired_certificates");
    pass(run, party, TOKEX_STEP_KEY, "keys", jws->kid);
    return NULL;
}

static const tokex_err_t *verify(tokex_run_t *run, const tokex_party_t *party,
                                 const tokex_jws_t *jws)
{
    const tokex_policy_issuer_t *issuer = party->issuer;
    const tokex_key_t *key = NULL;
    const tokex_err_t *err;
    TOKEX_RETURN_ERR(find_key(&key, run, party, jws));
    err = tokex_jws_verify(jws, key, run->pool);
    if (err)
        return refuse(run, party, TOKEX_STEP_SIGNATURE,
                      tokex_err_create(run->pool, err->code, err,
                                       "%s under key \"%s\" of issuer \"%s\"",
                                       tokex_jwk_alg_name(jws->alg), tokex_jwk_thumbprint(key),
                                       issuer->config->id),
                      "keys");
    pass(run, party, TOKEX_STEP_SIGNATURE, "keys", tokex_jwk_alg_name(jws->alg));
    return NULL;
}

/* A token of ours is for its target; to exchange it is for the client that it names. */
static bool is_ours_for(const tokex_run_t *run, const char *aud)
{
    return strcmp(aud, run->engine->server->issuer) == 0 ||
           strcmp(aud, run->outcome->client->config->id) == 0;
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
    return refuse(run, party, TOKEX_STEP_AUDIENCE,
                  tokex_err_create(run->pool, TOKEX_E_AUD_MALFORMED, NULL, "aud %s (issuer \"%s\")",
                                   problem, party->issuer->config->id),
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
    return refuse(run, party, TOKEX_STEP_AUDIENCE, err, "audiences");
}

static const tokex_err_t *check_audience(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_json_t *node = tokex_json_get(party->claims, "aud");
    const tokex_json_t *element = node;
    const char *first = NULL;
    const char *ours = NULL;
    int count = 0;
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
        if (!ours && is_for_us(run, party, aud))
            ours = aud;
    }
    if (!first)
        return refuse_aud(run, party, "is missing or an empty list");
    if (!ours)
        ours = same_client(run, party);
    if (!ours)
        return refuse_aud_wrong(run, party, first, count);
    pass(run, party, TOKEX_STEP_AUDIENCE, "audiences", ours);
    return NULL;
}

static const tokex_err_t *refuse_sub(tokex_run_t *run, const tokex_party_t *party,
                                     tokex_code_t code, const char *what)
{
    return refuse(run, party, TOKEX_STEP_SUBJECT,
                  tokex_err_create(run->pool, code, NULL, "%s (issuer \"%s\")", what,
                                   party->issuer->config->id),
                  NULL);
}

static const tokex_err_t *check_sub(tokex_party_t *party, tokex_run_t *run)
{
    const char *sub = tokex_json_string(tokex_json_get(party->claims, "sub"));
    const char *idp = party->issuer->config->id;
    if (!sub || *sub == '\0' || strlen(sub) > TOKEX_LIMIT_SUB)
        return refuse_sub(run, party, TOKEX_E_SUB_MALFORMED,
                          !sub           ? "sub is missing or no string"
                          : *sub == '\0' ? "sub is empty"
                                         : "sub is too long");
    party->sub = sub;
    note_sub(run, party);
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
    /* Whatever cnf holds: what we issue is bound to nothing, so it must not come from what is. */
    if (tokex_json_get(party->claims, "cnf"))
        return refuse_sub(run, party, TOKEX_E_TOKEN_BOUND, "the token has cnf");
    TOKEX_RETURN_ERR(check_actors(party, run));
    pass(run, party, TOKEX_STEP_SUBJECT, NULL, party->sub);
    return NULL;
}

static const tokex_err_t *check_conditions(tokex_party_t *party, tokex_run_t *run)
{
    const tokex_policy_issuer_t *issuer = party->issuer;
    const tokex_policy_condition_t *broken =
        tokex_condition_first(issuer->conditions, issuer->condition_count, party->claims, false);
    if (broken)
        return refuse(run, party, TOKEX_STEP_CONDITION,
                      tokex_err_create(run->pool, TOKEX_E_ISSUER_CONDITION, NULL,
                                       "%s of issuer \"%s\"",
                                       tokex_explain_condition(broken, party->claims, run->pool),
                                       issuer->config->id),
                      "conditions");
    pass(run, party, TOKEX_STEP_CONDITION, "conditions", NULL);
    return NULL;
}

/* `subject` NULL: it is the subject token that is checked. */
static const tokex_err_t *check(tokex_party_t *party, tokex_run_t *run,
                                const tokex_party_t *subject)
{
    const tokex_jws_t *jws = NULL;
    TOKEX_RETURN_ERR(parse(&jws, run, party));
    party->claims = jws->claims;
    TOKEX_RETURN_ERR(find_issuer(party, run, subject));
    TOKEX_RETURN_ERR(check_kind(run, party, jws));
    TOKEX_RETURN_ERR(verify(run, party, jws));
    TOKEX_RETURN_ERR(check_audience(run, party));
    TOKEX_RETURN_ERR(tokex_times_check(party, run));
    TOKEX_RETURN_ERR(check_subject(party, run));
    return check_conditions(party, run);
}

const tokex_err_t *tokex_party_subject(tokex_party_t *out, tokex_run_t *run)
{
    out->role = TOKEX_ROLE_SUBJECT;
    return check(out, run, NULL);
}

const tokex_err_t *tokex_party_actor(tokex_party_t *out, tokex_run_t *run,
                                     const tokex_party_t *subject)
{
    const tokex_err_t *err;
    out->role = TOKEX_ROLE_ACTOR;
    err = check(out, run, subject);
    /* What the client is told of a code is said of the subject token. */
    if (!err || err->code == TOKEX_E_ACTOR_DELEGATED ||
        tokex_err_info(err->code)->http_status >= 500)
        return err;
    return tokex_err_create(run->pool, TOKEX_E_ACTOR_TOKEN, err, "%s",
                            tokex_err_info(err->code)->name);
}
