#include "exchange_world.h"

#define PARTNER "https://idp.partner.example"

static const tokex_outcome_t *grants_act(world_t *w, const char *json)
{
    const tokex_outcome_t *outcome = grant(w);
    assert_json(w, issued(w, outcome), "act", json);
    return outcome;
}

static const tokex_outcome_t *refuses(world_t *w, tokex_code_t code, const char *field)
{
    const tokex_outcome_t *outcome = refuse(w, code, TOKEX_STEP_DELEGATION);
    assert_string_equal(tokex_err_info(code)->oauth_error, "invalid_request");
    assert_int_equal(tokex_err_info(code)->http_status, 400);
    assert_string_equal(tokex_err_info(code)->client_text, "The delegation is not accepted.");
    assert_string_equal(last_step(outcome)->field, field);
    assert_non_null(outcome->err->log_text);
    return outcome;
}

/* The client is the actor when there is no actor token. */
static void client_acts(world_t *w)
{
    w->rules[0].client_as_actor = w->rules[0].delegation = true;
    w->rules[0].impersonation = false;
}

static void test_CI_5_CI_6_actor_token_gives_a_delegation(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    add_actor(w);
    outcome = grants_act(w, "{\"sub\":\"svc-mail\",\"iss\":\"" PARTNER "\"}");
    assert_text(issued(w, outcome), "sub", "auth0|4711");
    assert_text(issued(w, outcome), "client_id", "shop");
    assert_true(outcome->decided && outcome->delegation);
    assert_string_equal(outcome->actor, "svc-mail");
    assert_string_equal(outcome->actor_jti, "actor-jti");
    assert_string_equal(outcome->actor_issuer->config->id, "partner");
    assert_string_equal(outcome->actors, "svc-mail");
    assert_int_equal(outcome->trace.count, TOKEX_STEP_COUNT - 12);
    for (int i = 0, n = 0; i < TOKEX_STEP_COUNT; i++)
        if (i != TOKEX_STEP_RENEWAL && i != TOKEX_STEP_ACTOR_RENEWAL && i != TOKEX_STEP_REVOKED &&
            i != TOKEX_STEP_ACTOR_REVOKED && i != TOKEX_STEP_INTROSPECTION &&
            i != TOKEX_STEP_ACTOR_INTROSPECTION && i != TOKEX_STEP_USERINFO &&
            i != TOKEX_STEP_REFRESH && i != TOKEX_STEP_ACCOUNT && i != TOKEX_STEP_PROCEDURE &&
            i != TOKEX_STEP_LINK && i != TOKEX_STEP_ONCE)
            assert_int_equal(outcome->trace.entries[n++].step, i);
}

static void test_CI_5_CI_9_impersonation_says_nothing_of_who_acts(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome = grant(w);
    assert_null(tokex_json_get(issued(w, outcome), "act"));
    assert_true(outcome->decided && !outcome->delegation);
    assert_null(outcome->actor);
    assert_null(outcome->actors);
}

static void test_client_is_the_actor_where_the_rule_says_so(void **state)
{
    world_t *w = *state;
    client_acts(w);
    assert_string_equal(grants_act(w, "{\"sub\":\"shop\"}")->actor, "shop");
    /* An actor token takes its place. */
    add_actor(w);
    compile_again(w);
    grants_act(w, "{\"sub\":\"svc-mail\",\"iss\":\"" PARTNER "\"}");
}

static void test_H_2_impersonation_and_delegation_are_rights_of_their_own(void **state)
{
    world_t *w = *state;
    w->rules[0].impersonation = false;
    refuses(w, TOKEX_E_IMPERSONATION_RULE, "impersonation");
    client_acts(w);
    w->rules[0].delegation = false;
    refuses(w, TOKEX_E_DELEGATION_RULE, "delegation");
    add_actor(w);
    w->rules[0].delegation = false;
    w->rules[0].impersonation = true;
    compile_again(w);
    refuses(w, TOKEX_E_DELEGATION_RULE, "delegation");
}

static void test_actor_token_and_its_type_both_or_neither(void **state)
{
    world_t *w = *state;
    w->request.actor_token = "x";
    refuse(w, TOKEX_E_ACTOR_TOKEN_TYPE_MISSING, TOKEX_STEP_PARAMETERS);
    w->request.actor_token = NULL;
    w->request.actor_token_type = TOKEX_TYPE_URN_JWT;
    refuse(w, TOKEX_E_ACTOR_TOKEN_MISSING, TOKEX_STEP_PARAMETERS);
    w->request.actor_token = "x";
    w->request.actor_token_type = "urn:ietf:params:oauth:token-type:saml2";
    refuse(w, TOKEX_E_ACTOR_TOKEN_TYPE, TOKEX_STEP_PARAMETERS);
    w->request.actor_token_type = "access_token";
    refuse(w, TOKEX_E_ACTOR_TOKEN_TYPE, TOKEX_STEP_PARAMETERS);
}

static void refuse_actor_claim(world_t *w, const char *name, const char *json, tokex_code_t code,
                               tokex_step_t step)
{
    const char *kept = NULL;
    const tokex_outcome_t *outcome;
    for (int i = 0; i < w->actor_claim_count; i++)
        if (strcmp(w->actor_claims[i].name, name) == 0)
            kept = w->actor_claims[i].json;
    set_actor_claim(w, name, json);
    outcome = refuse_actor(w, code, step);
    assert_string_equal(tokex_err_info(outcome->err->code)->client_text,
                        "The actor token is not accepted.");
    set_actor_claim(w, name, kept);
}

static void test_the_actor_token_passes_every_check_of_a_subject_token(void **state)
{
    world_t *w = *state;
    add_actor(w);
    refuse_actor_claim(w, "iss", NULL, TOKEX_E_ISSUER_MISSING, TOKEX_STEP_ACTOR_ISSUER);
    refuse_actor_claim(w, "iss", "\"https://x\"", TOKEX_E_ISSUER_UNKNOWN, TOKEX_STEP_ACTOR_ISSUER);
    refuse_actor_claim(w, "iss", "\"https://idp.closed.example\"", TOKEX_E_ISSUER_DISABLED,
                       TOKEX_STEP_ACTOR_ISSUER);
    refuse_actor_claim(w, "iss", "\"https://idp.other.example\"", TOKEX_E_ISSUER_RULE,
                       TOKEX_STEP_ACTOR_ISSUER);
    refuse_actor_claim(w, "aud", "\"urn:other:us\"", TOKEX_E_AUD_WRONG, TOKEX_STEP_ACTOR_AUDIENCE);
    refuse_actor_claim(w, "aud", "[]", TOKEX_E_AUD_MALFORMED, TOKEX_STEP_ACTOR_AUDIENCE);
    refuse_actor_claim(w, "exp", "1", TOKEX_E_EXPIRED, TOKEX_STEP_ACTOR_TIME);
    refuse_actor_claim(w, "exp", NULL, TOKEX_E_EXP_MISSING, TOKEX_STEP_ACTOR_TIME);
    refuse_actor_claim(w, "sub", NULL, TOKEX_E_SUB_MALFORMED, TOKEX_STEP_ACTOR_SUBJECT);
    refuse_actor_claim(w, "sub", "\"shop\"", TOKEX_E_SUB_IS_CLIENT, TOKEX_STEP_ACTOR_SUBJECT);
    refuse_actor_claim(w, "cnf", "{}", TOKEX_E_TOKEN_BOUND, TOKEX_STEP_ACTOR_SUBJECT);
    refuse_actor_claim(w, "act", "1", TOKEX_E_ACT_MALFORMED, TOKEX_STEP_ACTOR_SUBJECT);
    refuse_actor_claim(w, "may_act", "1", TOKEX_E_MAY_ACT_MALFORMED, TOKEX_STEP_ACTOR_SUBJECT);
    grant(w);
}

static void test_actor_token_of_the_wrong_form_key_or_type_refused(void **state)
{
    world_t *w = *state;
    char *changed;
    add_actor(w);
    w->actor_signer = w->keys->signer;
    refuse_actor(w, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_ACTOR_KEY);
    w->actor_signer = w->keys->foreign_signer;
    (void)sign_token(w);
    sign_actor(w);
    w->request.actor_token_type = TOKEX_TYPE_URN_ID_TOKEN;
    assert_code(run_as_is(w)->err->cause, TOKEX_E_ACTOR_TOKEN_TYPE);
    w->request.actor_token_type = TOKEX_TYPE_URN_JWT;
    check_granted(run_as_is(w));
    changed = apr_pstrdup(w->pool, w->request.actor_token);
    changed[w->request.actor_token_len - 40] =
        changed[w->request.actor_token_len - 40] == 'A' ? 'B' : 'A';
    w->request.actor_token = changed;
    assert_code(run_as_is(w)->err->cause, TOKEX_E_SIGNATURE);
    assert_int_equal(last_step(run_as_is(w))->step, TOKEX_STEP_ACTOR_SIGNATURE);
    w->request.actor_token_len = 3;
    assert_code(run_as_is(w)->err->cause, TOKEX_E_TOKEN_SHAPE);
    assert_int_equal(last_step(run_as_is(w))->step, TOKEX_STEP_ACTOR_TOKEN);
}

static void test_H_1_a_bad_actor_token_is_never_as_if_there_were_none(void **state)
{
    world_t *w = *state;
    add_actor(w);
    client_acts(w);
    w->rules[0].impersonation = true;
    set_actor_claim(w, "exp", "1");
    refuse_actor(w, TOKEX_E_EXPIRED, TOKEX_STEP_ACTOR_TIME);
}

typedef struct broken_t {
    const world_t *w;
    int calls;
} broken_t;

static const tokex_err_t *broken_host(const tokex_key_t **out, void *ctx,
                                      const tokex_policy_issuer_t *issuer, const char *kid,
                                      tokex_alg_t alg, int64_t now, apr_pool_t *pool)
{
    broken_t *broken = ctx;
    if (broken->calls++ > 0)
        return tokex_err_create(pool, TOKEX_E_INTERNAL, NULL, "broken");
    return tokex_issuer_keys_find(out, (void *)broken->w->issuer_keys, issuer, kid, alg, now, pool);
}

static void test_our_own_fault_at_the_actor_token_is_told_as_such(void **state)
{
    world_t *w = *state;
    broken_t broken = {w, 0};
    add_actor(w);
    w->engine.host = (tokex_host_t){.ctx = &broken, .key = broken_host};
    refuse(w, TOKEX_E_INTERNAL, TOKEX_STEP_ACTOR_KEY);
}

static void test_actor_that_has_an_actor_of_its_own_refused(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    add_actor(w);
    set_actor_claim(w, "act", "{\"sub\":\"hidden\"}");
    outcome = refuse(w, TOKEX_E_ACTOR_DELEGATED, TOKEX_STEP_ACTOR_SUBJECT);
    assert_string_equal(tokex_err_info(outcome->err->code)->client_text,
                        "The actor token is not accepted.");
}

static void test_TEX_018_actor_that_the_rule_does_not_name_refused(void **state)
{
    world_t *w = *state;
    add_actor(w);
    set_actor_claim(w, "sub", "\"mail\"");
    assert_non_null(
        strstr(refuses(w, TOKEX_E_ACTOR_RULE, "actors")->err->log_text, "\"mail\" of issuer"));
    set_actor_claim(w, "sub", "\"svc-a/b\"");
    refuses(w, TOKEX_E_ACTOR_RULE, "actors");
    set_actor_claim(w, "sub", "\"Svc-mail\"");
    refuses(w, TOKEX_E_ACTOR_RULE, "actors");
    w->rules[0].actor_count = 0;
    compile_again(w);
    set_actor_claim(w, "sub", "\"svc-mail\"");
    refuse_actor(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ACTOR_ISSUER);
}

static void test_actors_of_another_issuer_are_others(void **state)
{
    world_t *w = *state;
    add_actor(w);
    w->actors[1] = (tokex_actor_t){"other", "bot-*"};
    w->rules[0].actor_count = 2;
    set_actor_claim(w, "iss", "\"https://idp.other.example\"");
    refuses(w, TOKEX_E_ACTOR_RULE, "actors");
    set_actor_claim(w, "sub", "\"bot-1\"");
    grants_act(w, "{\"sub\":\"bot-1\",\"iss\":\"https://idp.other.example\"}");
    set_actor_claim(w, "iss", "\"" PARTNER "\"");
    refuses(w, TOKEX_E_ACTOR_RULE, "actors");
}

static void test_TEX_019_subject_as_its_own_actor_only_where_the_rule_names_it(void **state)
{
    world_t *w = *state;
    add_actor(w);
    set_actor_claim(w, "sub", "\"auth0|4711\"");
    refuses(w, TOKEX_E_ACTOR_RULE, "actors");
    w->actors[0].subject = "auth0|*";
    compile_again(w);
    grants_act(w, "{\"sub\":\"auth0|4711\",\"iss\":\"" PARTNER "\"}");
}

static void test_a_chain_grows_at_its_outer_end(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    set_claim(
        w, "act",
        "{\"sub\":\"a\",\"iss\":\"https://x\",\"exp\":1,\"idp\":\"q\",\"act\":{\"sub\":\"b\"}}");
    client_acts(w);
    outcome = grants_act(w, "{\"sub\":\"shop\",\"act\":{\"sub\":\"a\",\"iss\":\"https://x\","
                            "\"act\":{\"sub\":\"b\",\"iss\":\"" PARTNER "\"}}}");
    assert_string_equal(outcome->actors, "shop a b");
}

static void test_TEX_022_impersonation_never_hides_a_chain(void **state)
{
    world_t *w = *state;
    set_claim(w, "act", "{\"sub\":\"a\"}");
    assert_string_equal(grants_act(w, "{\"sub\":\"a\",\"iss\":\"" PARTNER "\"}")->actors, "a");
    assert_false(grant(w)->delegation);
}

static void test_TEX_022_a_rule_refuses_tokens_that_have_an_actor(void **state)
{
    world_t *w = *state;
    tokex_condition_t none = {"act", "none_of", texts(w->pool, "anybody", NULL)};
    w->rules[0].conditions = &none;
    w->rules[0].condition_count = 1;
    grant(w);
    set_claim(w, "act", "{\"sub\":\"a\"}");
    refuse(w, TOKEX_E_RULE_CONDITION, TOKEX_STEP_RULE);
}

static void test_longer_chains_than_max_actors_refused(void **state)
{
    world_t *w = *state;
    client_acts(w);
    w->rules[0].max_actors = 2;
    set_claim(w, "act", "{\"sub\":\"a\"}");
    grant(w);
    set_claim(w, "act", "{\"sub\":\"a\",\"act\":{\"sub\":\"b\"}}");
    refuses(w, TOKEX_E_ACT_DEPTH, "max_actors");
    w->rules[0].client_as_actor = false;
    w->rules[0].impersonation = true;
    compile_again(w);
    grant(w);
    set_claim(w, "act", "{\"sub\":\"a\",\"act\":{\"sub\":\"b\",\"act\":{\"sub\":\"c\"}}}");
    refuses(w, TOKEX_E_ACT_DEPTH, "max_actors");
}

static const char *deep(world_t *w, int depth)
{
    const char *text = "{\"sub\":\"z\"}";
    for (int i = 1; i < depth; i++)
        text = apr_pstrcat(w->pool, "{\"sub\":\"y\",\"act\":", text, "}", NULL);
    return text;
}

static void test_malformed_act_refused(void **state)
{
    static const char *const wrong[] = {
        "\"svc\"",
        "{}",
        "[]",
        "null",
        "true",
        "{\"sub\":\"\"}",
        "{\"sub\":1}",
        "{\"sub\":[\"a\"]}",
        "{\"iss\":\"https://x\"}",
        "{\"sub\":\"a\",\"iss\":1}",
        "{\"sub\":\"a\",\"iss\":\"\"}",
        "{\"sub\":\"a\",\"act\":\"b\"}",
        "{\"sub\":\"a\",\"act\":{}}",
        "{\"sub\":\"a\",\"act\":null}",
        "{\"sub\":\"shop\",\"iss\":\"" OUR_ISSUER "\"}",
        "{\"sub\":\"a\",\"act\":{\"sub\":\"shop\",\"iss\":\"" OUR_ISSUER "\"}}"};
    world_t *w = *state;
    w->rules[0].max_actors = 8;
    for (int i = 0; i < COUNT(wrong); i++) {
        set_claim(w, "act", wrong[i]);
        refuse(w, TOKEX_E_ACT_MALFORMED, TOKEX_STEP_SUBJECT);
    }
    set_claim(w, "act", deep(w, 8));
    grant(w);
    set_claim(w, "act", deep(w, 9));
    refuse(w, TOKEX_E_ACT_MALFORMED, TOKEX_STEP_SUBJECT);
}

static void test_CLM_042_prior_actors_decide_nothing(void **state)
{
    world_t *w = *state;
    add_actor(w);
    set_claim(w, "act", "{\"sub\":\"x\",\"act\":{\"sub\":\"svc-mail\"}}");
    set_actor_claim(w, "sub", "\"mail\"");
    refuses(w, TOKEX_E_ACTOR_RULE, "actors");
    set_claim(w, "may_act", "{\"sub\":\"svc-mail\"}");
    refuses(w, TOKEX_E_MAY_ACT, "accept_may_act");
}

static void test_TEX_016_may_act_without_actor_token_must_name_the_client(void **state)
{
    world_t *w = *state;
    set_claim(w, "may_act", "{\"sub\":\"shop\"}");
    grant(w);
    set_claim(w, "may_act", "{\"sub\":\"shop\",\"iss\":\"" OUR_ISSUER "\"}");
    grant(w);
    set_claim(w, "may_act", "{\"sub\":\"shop\",\"iss\":\"" PARTNER "\"}");
    refuses(w, TOKEX_E_MAY_ACT, "accept_may_act");
    set_claim(w, "may_act", "{\"sub\":\"svc-mail\"}");
    assert_non_null(
        strstr(refuses(w, TOKEX_E_MAY_ACT, "accept_may_act")->err->log_text, "svc-mail"));
    w->issuers[0].accept_may_act = true;
    client_acts(w);
    compile_again(w);
    refuses(w, TOKEX_E_MAY_ACT, "accept_may_act");
}

static void test_H_10_foreign_may_act_restricts_and_grants_nothing(void **state)
{
    world_t *w = *state;
    add_actor(w);
    set_claim(w, "may_act", "{\"sub\":\"svc-mail\",\"iss\":\"" PARTNER "\"}");
    grant(w);
    set_claim(w, "may_act", "{\"sub\":\"svc-other\"}");
    refuses(w, TOKEX_E_MAY_ACT, "accept_may_act");
    set_claim(w, "may_act", "{\"sub\":\"svc-mail\",\"iss\":\"https://idp.other.example\"}");
    refuses(w, TOKEX_E_MAY_ACT, "accept_may_act");
    set_claim(w, "may_act", "{\"sub\":\"robot\"}");
    set_actor_claim(w, "sub", "\"robot\"");
    refuses(w, TOKEX_E_ACTOR_RULE, "actors");
}

static void test_H_10_may_act_authorises_where_the_issuer_may(void **state)
{
    world_t *w = *state;
    add_actor(w);
    w->rules[0].actor_count = 0;
    w->issuers[0].accept_may_act = true;
    set_actor_claim(w, "sub", "\"robot\"");
    refuse_actor(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ACTOR_ISSUER);
    set_claim(w, "may_act", "{\"sub\":\"robot\"}");
    grants_act(w, "{\"sub\":\"robot\",\"iss\":\"" PARTNER "\"}");
    /* A name without iss is one of the issuer's own. */
    set_actor_claim(w, "iss", "\"https://idp.other.example\"");
    refuses(w, TOKEX_E_MAY_ACT, "accept_may_act");
    set_claim(w, "may_act", "{\"sub\":\"robot\",\"iss\":\"https://idp.other.example\"}");
    grant(w);
    w->rules[0].delegation = false;
    compile_again(w);
    refuses(w, TOKEX_E_DELEGATION_RULE, "delegation");
}

static void test_H_10_malformed_may_act_refused(void **state)
{
    static const char *const wrong[] = {"\"shop\"",       "[]",
                                        "null",           "{}",
                                        "{\"sub\":null}", "{\"sub\":\"shop\",\"iss\":null}",
                                        "{\"sub\":\"\"}", "{\"iss\":\"" OUR_ISSUER "\"}"};
    world_t *w = *state;
    for (int i = 0; i < COUNT(wrong); i++) {
        set_claim(w, "may_act", wrong[i]);
        refuse(w, TOKEX_E_MAY_ACT_MALFORMED, TOKEX_STEP_SUBJECT);
    }
}

static void test_issued_token_does_not_outlive_the_actor_token(void **state)
{
    world_t *w = *state;
    add_actor(w);
    set_actor_claim(w, "exp", apr_psprintf(w->pool, "%" APR_INT64_T_FMT, NOW + 7));
    assert_int_equal(grant(w)->expires_in, 7);
}

static void test_audit_line_names_actor_and_chain(void **state)
{
    world_t *w = *state;
    const tokex_json_t *line = NULL;
    const char *text;
    add_actor(w);
    set_claim(w, "act", "{\"sub\":\"a\"}");
    text = tokex_outcome_audit(grant(w), "receipt-1", NOW, 1, NULL, w->pool);
    assert_success(tokex_json_parse_object(&line, text, strlen(text), w->pool));
    assert_text(line, "actor", "svc-mail");
    assert_text(line, "actor_issuer", "partner");
    assert_text(line, "actor_jti", "actor-jti");
    assert_text(line, "actors", "svc-mail a");
    assert_json(w, line, "delegation", "true");
    assert_non_null(strstr(text, "\"actor_signature:ok\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_CI_5_CI_6_actor_token_gives_a_delegation),
        WITH_WORLD(test_CI_5_CI_9_impersonation_says_nothing_of_who_acts),
        WITH_WORLD(test_client_is_the_actor_where_the_rule_says_so),
        WITH_WORLD(test_H_2_impersonation_and_delegation_are_rights_of_their_own),
        WITH_WORLD(test_actor_token_and_its_type_both_or_neither),
        WITH_WORLD(test_the_actor_token_passes_every_check_of_a_subject_token),
        WITH_WORLD(test_actor_token_of_the_wrong_form_key_or_type_refused),
        WITH_WORLD(test_H_1_a_bad_actor_token_is_never_as_if_there_were_none),
        WITH_WORLD(test_our_own_fault_at_the_actor_token_is_told_as_such),
        WITH_WORLD(test_actor_that_has_an_actor_of_its_own_refused),
        WITH_WORLD(test_TEX_018_actor_that_the_rule_does_not_name_refused),
        WITH_WORLD(test_actors_of_another_issuer_are_others),
        WITH_WORLD(test_TEX_019_subject_as_its_own_actor_only_where_the_rule_names_it),
        WITH_WORLD(test_a_chain_grows_at_its_outer_end),
        WITH_WORLD(test_TEX_022_impersonation_never_hides_a_chain),
        WITH_WORLD(test_TEX_022_a_rule_refuses_tokens_that_have_an_actor),
        WITH_WORLD(test_longer_chains_than_max_actors_refused),
        WITH_WORLD(test_malformed_act_refused),
        WITH_WORLD(test_CLM_042_prior_actors_decide_nothing),
        WITH_WORLD(test_TEX_016_may_act_without_actor_token_must_name_the_client),
        WITH_WORLD(test_H_10_foreign_may_act_restricts_and_grants_nothing),
        WITH_WORLD(test_H_10_may_act_authorises_where_the_issuer_may),
        WITH_WORLD(test_H_10_malformed_may_act_refused),
        WITH_WORLD(test_issued_token_does_not_outlive_the_actor_token),
        WITH_WORLD(test_audit_line_names_actor_and_chain),
    };
    return cmocka_run_group_tests_name("exchange/delegation", tests, make_keys, drop_keys);
}
