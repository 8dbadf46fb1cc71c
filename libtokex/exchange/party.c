#include "exchange/party_private.h"

#include <string.h>

#include <apr_cstr.h>

#include "exchange/opaque.h"

const tokex_json_t *tokex_party_scope_claims(const tokex_party_t *party)
{
    return party->is_opaque && !party->introspection ? NULL : party->claims;
}

tokex_step_t tokex_party_step(const tokex_party_t *party, tokex_step_t step)
{
    if (party->role == TOKEX_ROLE_SUBJECT)
        return step;
    return (tokex_step_t)(step - TOKEX_STEP_TOKEN + TOKEX_STEP_ACTOR_TOKEN);
}

const tokex_err_t *tokex_party_refuse(tokex_run_t *run, const tokex_party_t *party,
                                      tokex_step_t step, const tokex_err_t *err, const char *field)
{
    return tokex_trace_refuse(&run->outcome->trace, tokex_party_step(party, step), err, "issuer",
                              party->issuer ? party->issuer->config->id : NULL, field);
}

void tokex_party_pass(tokex_run_t *run, const tokex_party_t *party, tokex_step_t step,
                      const char *field, const char *found)
{
    tokex_trace_pass(&run->outcome->trace, tokex_party_step(party, step), "issuer",
                     party->issuer->config->id, field, found);
}

tokex_token_text_t tokex_party_token(const tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_request_t *request = run->request;
    return party->role == TOKEX_ROLE_ACTOR
               ? (tokex_token_text_t){request->actor_token, request->actor_token_len}
               : (tokex_token_text_t){request->subject_token, request->subject_token_len};
}

static const tokex_err_t *parse(const tokex_jws_t **out, tokex_run_t *run,
                                const tokex_party_t *party)
{
    bool sealed = party->sealed.text != NULL;
    tokex_token_text_t token = sealed ? party->sealed : tokex_party_token(run, party);
    const tokex_err_t *err = tokex_jws_parse(out, token.text, token.len, run->pool);
    tokex_step_t step = tokex_party_step(party, TOKEX_STEP_TOKEN);
    if (err)
        return tokex_trace_refuse(&run->outcome->trace, step, err, "request", NULL,
                                  party->role == TOKEX_ROLE_ACTOR
                                      ? "actor_token"
                                      : tokex_request_subject_name(run->request));
    tokex_trace_pass(&run->outcome->trace, step, sealed ? "server" : NULL, NULL,
                     sealed ? "TokexMasterKey" : NULL, NULL);
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

static bool trusts(const tokex_run_t *run, const tokex_policy_issuer_t *issuer)
{
    const tokex_location_t *location = run->request->location;
    if (issuer->is_self)
        return location->own_tokens != TOKEX_OWN_REFUSE;
    if (location->issuer_count == 0)
        return tokex_policy_only_issuer(run->engine->policy) == issuer;
    for (int i = 0; i < location->issuer_count; i++)
        if (strcmp(location->issuers[i], issuer->config->id) == 0)
            return true;
    return false;
}

/* A location trusts whom it names, whatever the rules of its client would take besides. */
static const tokex_err_t *check_location(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_location_t *location = run->request->location;
    if (!location)
        return NULL;
    if (!trusts(run, party->issuer))
        return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_ISSUER,
                                  tokex_err_create(run->pool, TOKEX_E_ISSUER_LOCATION, NULL,
                                                   "location %s does not trust issuer \"%s\"",
                                                   location->name, party->issuer->config->id),
                                  "location", location->name,
                                  party->issuer->is_self ? "TokexOwnTokens"
                                                         : "TokexTrustedIssuers");
    run->accepting = party->issuer->is_self && location->own_tokens == TOKEX_OWN_ACCEPT;
    if (!run->accepting && !location->exchange)
        return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_ISSUER,
                                  tokex_err_create(run->pool, TOKEX_E_EXCHANGE_OFF, NULL,
                                                   "TokexExchange is off for location %s",
                                                   location->name),
                                  "location", location->name, "TokexExchange");
    return NULL;
}

static void note_issuer(tokex_run_t *run, const tokex_party_t *party)
{
    if (party->role == TOKEX_ROLE_SUBJECT)
        run->outcome->issuer = party->issuer;
    else
        run->outcome->actor_issuer = party->issuer;
}

static const tokex_err_t *find_issuer(tokex_party_t *party, tokex_run_t *run,
                                      const tokex_party_t *subject)
{
    const tokex_json_t *node = tokex_json_get(party->claims, "iss");
    const char *iss = tokex_json_string(node);
    const tokex_policy_issuer_t *issuer;
    if (!iss)
        return tokex_party_refuse(run, party, TOKEX_STEP_ISSUER,
                                  tokex_err_create(run->pool, TOKEX_E_ISSUER_MISSING, NULL,
                                                   "iss is %s", node ? "no string" : "missing"),
                                  "issuer");
    issuer = tokex_policy_issuer(run->engine->policy, iss);
    if (!issuer)
        return tokex_party_refuse(run, party, TOKEX_STEP_ISSUER,
                                  tokex_err_create(run->pool, TOKEX_E_ISSUER_UNKNOWN, NULL,
                                                   "no issuer has iss \"%s\"",
                                                   tokex_err_shown(run->pool, iss, strlen(iss))),
                                  "issuer");
    return tokex_party_take_issuer(party, run, issuer, subject);
}

const tokex_err_t *tokex_party_take_issuer(tokex_party_t *party, tokex_run_t *run,
                                           const tokex_policy_issuer_t *issuer,
                                           const tokex_party_t *subject)
{
    party->issuer = issuer;
    note_issuer(run, party);
    if (!issuer->config->enabled)
        return tokex_party_refuse(run, party, TOKEX_STEP_ISSUER,
                                  tokex_err_create(run->pool, TOKEX_E_ISSUER_DISABLED, NULL,
                                                   "issuer \"%s\" is switched off",
                                                   issuer->config->id),
                                  "enabled");
    if (!subject)
        TOKEX_RETURN_ERR(check_location(run, party));
    if (issuer->is_self && tokex_request_is_assertion(run->request))
        return tokex_party_refuse(run, party, TOKEX_STEP_ISSUER,
                                  tokex_err_create(run->pool, TOKEX_E_ISSUER_RULE, NULL,
                                                   "an access token of ours is no assertion"),
                                  "issuer");
    return run->accepting ? NULL : check_rule(run, party, subject);
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

const tokex_err_t *tokex_party_check_type(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_policy_issuer_t *issuer = party->issuer;
    bool actor = party->role == TOKEX_ROLE_ACTOR;
    if (issuer->token_types & (actor ? run->actor_type : run->subject_type))
        return NULL;
    return tokex_party_refuse(
        run, party, TOKEX_STEP_ISSUER,
        tokex_err_create(run->pool, actor ? TOKEX_E_ACTOR_TOKEN_TYPE : TOKEX_E_SUBJECT_TOKEN_TYPE,
                         NULL, "%s \"%s\" is none of token_types of issuer \"%s\"",
                         actor ? "actor_token_type" : "subject_token_type",
                         actor ? run->request->actor_token_type : run->request->subject_token_type,
                         issuer->config->id),
        "token_types");
}

static const tokex_err_t *check_kind(tokex_run_t *run, const tokex_party_t *party,
                                     const tokex_jws_t *jws)
{
    const tokex_policy_issuer_t *issuer = party->issuer;
    TOKEX_RETURN_ERR(tokex_party_check_type(run, party));
    if (issuer->typ != TOKEX_TYP_ANY &&
        !typ_is(jws->typ, issuer->typ == TOKEX_TYP_AT_JWT ? "at+jwt" : "jwt"))
        return tokex_party_refuse(
            run, party, TOKEX_STEP_ISSUER,
            tokex_err_create(run->pool, TOKEX_E_TOKEN_TYP, NULL,
                             "typ is \"%s\", issuer \"%s\" asks for \"%s\"",
                             tokex_err_shown(run->pool, jws->typ, jws->typ ? strlen(jws->typ) : 0),
                             issuer->config->id, issuer->config->typ),
            "typ");
    tokex_party_pass(run, party, TOKEX_STEP_ISSUER, "issuer", issuer->config->issuer);
    return NULL;
}

static const tokex_err_t *check_alg(tokex_run_t *run, const tokex_party_t *party,
                                    const tokex_jws_t *jws)
{
    const tokex_policy_issuer_t *issuer = party->issuer;
    if (issuer->algs & TOKEX_ALG_BIT(jws->alg))
        return NULL;
    return tokex_party_refuse(run, party, TOKEX_STEP_KEY,
                              tokex_err_create(run->pool, TOKEX_E_ALG_NOT_ALLOWED, NULL,
                                               "alg \"%s\" is none of algorithms of issuer \"%s\"",
                                               tokex_jwk_alg_name(jws->alg), issuer->config->id),
                              "algorithms");
}

/* What came of looking for a key and verifying with it. Not yet in the trace: it may not be the
 * last word. */
typedef struct attempt_t {
    tokex_step_t step; /* that it came to */
    const char *field; /* the setting that decided */
    const tokex_err_t *err;
} attempt_t;

static attempt_t attempt(const tokex_run_t *run, const tokex_party_t *party, const tokex_jws_t *jws)
{
    const tokex_policy_issuer_t *issuer = party->issuer;
    const tokex_host_t *host = &run->engine->host;
    attempt_t made = {TOKEX_STEP_KEY, "keys", NULL};
    const tokex_key_t *key = NULL;
    made.err = host->key(&key, host->ctx, issuer, jws->kid, jws->alg, run->now, run->pool);
    if (made.err)
        return made;
    if (!issuer->config->allow_expired_certificates && !tokex_jwk_is_valid_at(key, run->now)) {
        made.field = "allow_expired_certificates";
        made.err = tokex_err_create(run->pool, TOKEX_E_KEY_EXPIRED, NULL,
                                    "the certificate of key \"%s\" of issuer \"%s\" is "
                                    "outside its validity",
                                    tokex_jwk_thumbprint(key), issuer->config->id);
        return made;
    }
    made.step = TOKEX_STEP_SIGNATURE;
    made.err = tokex_jws_verify(jws, key, run->pool);
    if (made.err)
        made.err = tokex_err_create(
            run->pool, made.err->code, made.err, "%s under key \"%s\" of issuer \"%s\"",
            tokex_jwk_alg_name(jws->alg), tokex_jwk_thumbprint(key), issuer->config->id);
    return made;
}

/* May it be otherwise with the keys that the issuer has now? A bad signature too: a token whose kid
 * nobody knows is tried with the only key that has none. */
static bool is_worth_renewing(const tokex_run_t *run, const tokex_party_t *party,
                              const attempt_t *made)
{
    return made->err && run->engine->host.renew &&
           (made->err->code == TOKEX_E_KEY_UNKNOWN || made->err->code == TOKEX_E_KEYS_UNAVAILABLE ||
            made->err->code == TOKEX_E_SIGNATURE) &&
           tokex_policy_has_key_sources(party->issuer->config);
}

static const tokex_err_t *renew(bool *changed, tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_host_t *host = &run->engine->host;
    const tokex_err_t *err = host->renew(changed, host->ctx, party->issuer, run->pool);
    if (err)
        return tokex_party_refuse(run, party, TOKEX_STEP_RENEWAL, err, "jwks_urls");
    tokex_party_pass(run, party, TOKEX_STEP_RENEWAL, "jwks_urls",
                     *changed ? "something new" : "nothing new");
    return NULL;
}

static const tokex_err_t *verify(tokex_run_t *run, const tokex_party_t *party,
                                 const tokex_jws_t *jws)
{
    attempt_t made;
    bool changed = false;
    TOKEX_RETURN_ERR(check_alg(run, party, jws));
    made = attempt(run, party, jws);
    if (is_worth_renewing(run, party, &made))
        TOKEX_RETURN_ERR(renew(&changed, run, party));
    if (changed)
        made = attempt(run, party, jws);
    if (made.step == TOKEX_STEP_SIGNATURE)
        tokex_party_pass(run, party, TOKEX_STEP_KEY, "keys", jws->kid);
    if (made.err)
        return tokex_party_refuse(run, party, made.step, made.err, made.field);
    tokex_party_pass(run, party, TOKEX_STEP_SIGNATURE, "keys", tokex_jwk_alg_name(jws->alg));
    return NULL;
}

/* `subject` NULL: it is the subject token that is checked. */
static const tokex_err_t *check(tokex_party_t *party, tokex_run_t *run,
                                const tokex_party_t *subject)
{
    const tokex_policy_issuer_t *opaque = NULL;
    const tokex_jws_t *jws = NULL;
    TOKEX_RETURN_ERR(tokex_opaque_unseal(party, run));
    if (!party->sealed.text)
        TOKEX_RETURN_ERR(tokex_opaque_issuer(&opaque, run, party));
    if (opaque) {
        TOKEX_RETURN_ERR(tokex_party_take_issuer(party, run, opaque, subject));
        TOKEX_RETURN_ERR(tokex_opaque_ask(party, run));
        return tokex_party_check_claims(party, run);
    }
    TOKEX_RETURN_ERR(parse(&jws, run, party));
    party->claims = jws->claims;
    TOKEX_RETURN_ERR(find_issuer(party, run, subject));
    TOKEX_RETURN_ERR(check_kind(run, party, jws));
    TOKEX_RETURN_ERR(verify(run, party, jws));
    return tokex_party_check_claims(party, run);
}

const tokex_err_t *tokex_party_subject(tokex_party_t *out, tokex_run_t *run)
{
    out->role = TOKEX_ROLE_SUBJECT;
    return check(out, run, NULL);
}

const tokex_err_t *tokex_party_blame(const tokex_party_t *party, const tokex_err_t *err,
                                     apr_pool_t *pool)
{
    /* What the client is told of a code is said of the subject token. */
    if (!err || party->role == TOKEX_ROLE_SUBJECT || err->code == TOKEX_E_ACTOR_DELEGATED ||
        tokex_err_info(err->code)->http_status >= 500)
        return err;
    return tokex_err_create(pool, TOKEX_E_ACTOR_TOKEN, err, "%s", tokex_err_info(err->code)->name);
}

const tokex_err_t *tokex_party_actor(tokex_party_t *out, tokex_run_t *run,
                                     const tokex_party_t *subject)
{
    out->role = TOKEX_ROLE_ACTOR;
    return tokex_party_blame(out, check(out, run, subject), run->pool);
}

const tokex_err_t *tokex_party_resume(tokex_party_t *out, tokex_run_t *run,
                                      const tokex_kept_t *kept, const tokex_party_t *subject)
{
    const tokex_policy_issuer_t *issuer =
        tokex_policy_issuer_by_id(run->engine->policy, kept->issuer);
    out->role = subject ? TOKEX_ROLE_ACTOR : TOKEX_ROLE_SUBJECT;
    out->claims = kept->claims;
    out->is_opaque = kept->is_opaque;
    out->introspection = kept->introspection;
    out->userinfo = kept->userinfo;
    out->exp = kept->exp;
    if (!issuer)
        return tokex_party_refuse(run, out, TOKEX_STEP_ISSUER,
                                  tokex_err_create(run->pool, TOKEX_E_ISSUER_UNKNOWN, NULL,
                                                   "issuer \"%s\" is not there any more",
                                                   tokex_err_shown_param(run->pool, kept->issuer)),
                                  "id");
    TOKEX_RETURN_ERR(tokex_party_take_issuer(out, run, issuer, subject));
    tokex_party_pass(run, out, TOKEX_STEP_ISSUER, "id", issuer->config->id);
    return tokex_party_check_subject(out, run);
}
