/* What happens in the world of exchange_config.h: tokens are signed, requests run, outcomes judged.
 */
#ifndef EXCHANGE_WORLD_H
#define EXCHANGE_WORLD_H

#include "exchange_config.h"

/* Signs the claims as they stand and puts the token into the request. */
static inline const char *sign_token(world_t *w)
{
    const char *claims = claims_text(w);
    const char *token = NULL;
    assert_success(tokex_jws_sign(&token, w->token_signer, claims, strlen(claims), w->pool));
    w->request.subject_token = token;
    w->request.subject_token_len = strlen(token);
    return token;
}

/* The same for the actor token, when it has claims. */
static inline void sign_actor(world_t *w)
{
    const char *claims = text_of_claims(w, w->actor_claims, w->actor_claim_count);
    if (w->actor_claim_count == 0)
        return;
    assert_success(
        tokex_jws_sign(&w->request.actor_token, w->actor_signer, claims, strlen(claims), w->pool));
    w->request.actor_token_len = strlen(w->request.actor_token);
    w->request.actor_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
}

/* An actor token of the foreign issuer; the rule allows delegation by its service accounts only. */
static inline void add_actor(world_t *w)
{
    set_actor_claim(w, "iss", "\"https://idp.partner.example\"");
    set_actor_claim(w, "sub", "\"svc-mail\"");
    set_actor_claim(w, "aud", "\"" OUR_ISSUER "\"");
    set_actor_claim(w, "exp", apr_psprintf(w->pool, "%" APR_INT64_T_FMT, NOW + 3600));
    set_actor_claim(w, "jti", "\"actor-jti\"");
    w->actors[0] = (tokex_actor_t){"partner", "svc-*"};
    w->rules[0].actors = w->actors;
    w->rules[0].actor_count = 1;
    w->rules[0].delegation = true;
    w->rules[0].impersonation = false;
}

/* The parameters of the request, as they came. */
static inline void ask_form(world_t *w, const char *body)
{
    assert_success(tokex_form_parse(&w->request.form, body, strlen(body), w->pool));
}

static inline void ask_audience(world_t *w, const char *audience)
{
    w->request.audiences[w->request.audience_count++] = audience;
}

static inline void ask_resource(world_t *w, const char *resource)
{
    w->request.resources[w->request.resource_count++] = resource;
}

static inline void ask_nothing(world_t *w)
{
    w->request.audience_count = w->request.resource_count = 0;
}

/* Runs with the request as it stands. */
static inline const tokex_outcome_t *run_as_is(world_t *w)
{
    (void)policy_of(w);
    return tokex_exchange_run(&w->engine, &w->request, NOW, w->pool);
}

static inline const tokex_outcome_t *run(world_t *w)
{
    (void)sign_token(w);
    sign_actor(w);
    return run_as_is(w);
}

static inline const tokex_trace_entry_t *last_step(const tokex_outcome_t *outcome)
{
    assert_true(outcome->trace.count > 0);
    return &outcome->trace.entries[outcome->trace.count - 1];
}

static inline const tokex_outcome_t *check_granted(const tokex_outcome_t *outcome)
{
    assert_success(outcome->err);
    assert_non_null(outcome->token);
    assert_non_null(outcome->jti);
    assert_true(outcome->expires_in > 0);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return outcome;
}

/* A policy for a configuration that was changed after the first run. */
static inline void compile_again(world_t *w)
{
    w->engine.policy = NULL;
}

/* A refusal gives nothing away, and its trace says where, with the same code; that of an actor
 * token, which clients are told of in one sentence, with the code beneath. */
static inline const tokex_outcome_t *check_refused(const tokex_outcome_t *outcome,
                                                   tokex_code_t code, tokex_step_t step)
{
    if (!outcome->err)
        fail_msg("granted, not %s", tokex_err_info(code)->name);
    assert_string_equal(tokex_err_info(outcome->err->code)->name, tokex_err_info(code)->name);
    assert_null(outcome->token);
    assert_null(outcome->jti);
    assert_null(outcome->issued_token_type);
    assert_int_equal(outcome->expires_in, 0);
    assert_string_equal(tokex_trace_step_name(last_step(outcome)->step),
                        tokex_trace_step_name(step));
    assert_false(last_step(outcome)->passed);
    assert_int_equal(last_step(outcome)->code,
                     code == TOKEX_E_ACTOR_TOKEN ? outcome->err->cause->code : code);
    for (int i = 0; i < outcome->trace.count - 1; i++)
        assert_true(outcome->trace.entries[i].passed);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return outcome;
}

static inline const tokex_outcome_t *grant(world_t *w)
{
    return check_granted(run(w));
}

static inline const tokex_outcome_t *refuse(world_t *w, tokex_code_t code, tokex_step_t step)
{
    return check_refused(run(w), code, step);
}

/* The actor token is refused with `code`. */
static inline const tokex_outcome_t *refuse_actor(world_t *w, tokex_code_t code, tokex_step_t step)
{
    const tokex_outcome_t *outcome = refuse(w, TOKEX_E_ACTOR_TOKEN, step);
    assert_string_equal(tokex_err_info(last_step(outcome)->code)->name, tokex_err_info(code)->name);
    return outcome;
}

/* What the trace says of a step, which must be in it once. */
static inline const tokex_trace_entry_t *step_of(const tokex_outcome_t *outcome, tokex_step_t step)
{
    const tokex_trace_entry_t *found = NULL;
    for (int i = 0; i < outcome->trace.count; i++) {
        if (outcome->trace.entries[i].step != step)
            continue;
        assert_null(found);
        found = &outcome->trace.entries[i];
    }
    if (!found)
        fail_msg("the trace has no step %s", tokex_trace_step_name(step));
    return found;
}

/* The claims of the issued token, after its signature verified under our key. */
static inline const tokex_json_t *issued(world_t *w, const tokex_outcome_t *outcome)
{
    const tokex_jws_t *jws = NULL;
    assert_success(tokex_jws_parse(&jws, outcome->token, strlen(outcome->token), w->pool));
    assert_success(tokex_jws_verify(jws, w->keys->ours, w->pool));
    assert_string_equal(jws->typ, "at+jwt");
    return jws->claims;
}

static inline void assert_text(const tokex_json_t *claims, const char *name, const char *value)
{
    const char *found = tokex_json_string(tokex_json_get(claims, name));
    if (!found)
        fail_msg("%s is missing or no string", name);
    assert_string_equal(found, value);
}

static inline void assert_number(const tokex_json_t *claims, const char *name, int64_t value)
{
    int64_t found = -1;
    assert_true(tokex_json_integer(tokex_json_get(claims, name), &found));
    assert_int_equal(found, value);
}

/* A node as JSON text, "null" when there is none. */
static inline const char *json_of(world_t *w, const tokex_json_t *node)
{
    tokex_jsonw_t *writer = tokex_jsonw_create(w->pool, 256);
    tokex_jsonw_node(writer, node);
    return tokex_jsonw_text(writer, NULL);
}

static inline void assert_json(world_t *w, const tokex_json_t *claims, const char *name,
                               const char *json)
{
    assert_string_equal(json_of(w, tokex_json_get(claims, name)), json);
}

/* Asking for the scope `asked` (NULL: none) gives `granted`, in the response and in the token. */
static inline void grants_scope(world_t *w, const char *asked, const char *granted)
{
    const tokex_outcome_t *outcome;
    w->request.scope = asked;
    outcome = grant(w);
    assert_string_equal(outcome->scope_granted, granted);
    if (*granted)
        assert_text(issued(w, outcome), "scope", granted);
    else
        assert_null(tokex_json_get(issued(w, outcome), "scope"));
}

static inline void refuses_scope(world_t *w, const char *asked, tokex_code_t code,
                                 tokex_step_t step)
{
    w->request.scope = asked;
    assert_non_null(refuse(w, code, step)->err->log_text);
    assert_string_equal(tokex_err_info(code)->oauth_error, "invalid_scope");
    assert_int_equal(tokex_err_info(code)->http_status, 400);
}

#endif
