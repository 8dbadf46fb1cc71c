/* Our own tokens, exchanged again. */
#include "exchange_world.h"

/* What `outcome` granted is the next subject token. */
static void present(world_t *w, const tokex_outcome_t *outcome)
{
    w->request.subject_token = outcome->token;
    w->request.subject_token_len = strlen(outcome->token);
}

static const tokex_outcome_t *grant_again(world_t *w)
{
    return check_granted(run_as_is(w));
}

static void trust_ourselves(world_t *w)
{
    w->rules[0].issuers = texts(w->pool, "partner", "self", NULL);
}

/* A token of ours whose claims are as the test has set them. */
static void forge_ours(world_t *w)
{
    trust_ourselves(w);
    w->token_signer = w->keys->signer;
    set_claim(w, "iss", "\"" OUR_ISSUER "\"");
    set_claim(w, "idp", "\"partner\"");
    set_claim(w, "client_id", "\"shop\"");
    set_claim(w, "st", "\"user\"");
}

static void test_our_own_token_is_exchanged_again_by_its_client(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    trust_ourselves(w);
    present(w, grant(w));
    ask_audience(w, "orders");
    w->request.scope = "orders.read";
    outcome = grant_again(w);
    assert_string_equal(outcome->issuer->config->id, "self");
    assert_text(issued(w, outcome), "sub", "auth0|4711");
    assert_text(issued(w, outcome), "scope", "orders.read");
}

static void test_idp_stays_that_of_the_first_issuer(void **state)
{
    world_t *w = *state;
    trust_ourselves(w);
    present(w, grant(w));
    assert_text(issued(w, grant_again(w)), "idp", "partner");
    forge_ours(w);
    set_claim(w, "idp", NULL);
    refuse(w, TOKEX_E_SUB_MALFORMED, TOKEX_STEP_SUBJECT);
}

static void test_H_6_our_token_must_name_the_requesting_client(void **state)
{
    world_t *w = *state;
    trust_ourselves(w);
    present(w, grant(w));
    w->request.credentials.client_id = "rotating";
    check_refused(run_as_is(w), TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    assert_non_null(strstr(run_as_is(w)->err->log_text, "rotating"));
}

static void test_H_6_TEX_041_a_client_that_aud_names_may_exchange_it(void **state)
{
    world_t *w = *state;
    trust_ourselves(w);
    w->targets[0].audience = "rotating";
    present(w, grant(w));
    w->request.credentials.client_id = "rotating";
    assert_text(issued(w, grant_again(w)), "client_id", "rotating");
    w->request.credentials.client_id = "shop";
    grant_again(w);
}

static void test_H_7_H_8_our_token_that_names_no_client_refused(void **state)
{
    world_t *w = *state;
    forge_ours(w);
    grant(w);
    set_claim(w, "aud", "\"https://orders.example\"");
    grant(w);
    set_claim(w, "client_id", NULL);
    refuse(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    set_claim(w, "client_id", "[\"shop\"]");
    refuse(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    set_claim(w, "aud", "\"shop\"");
    grant(w);
}

static void test_a_foreign_client_id_claim_is_no_audience(void **state)
{
    world_t *w = *state;
    set_claim(w, "client_id", "\"shop\"");
    set_claim(w, "aud", "\"shop\"");
    refuse(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
}

static void test_our_token_refused_where_no_rule_names_self(void **state)
{
    world_t *w = *state;
    present(w, grant(w));
    check_refused(run_as_is(w), TOKEX_E_ISSUER_RULE, TOKEX_STEP_ISSUER);
}

static void test_our_token_signed_by_somebody_else_refused(void **state)
{
    world_t *w = *state;
    const tokex_signer_t *signer = NULL;
    forge_ours(w);
    assert_success(
        tokex_jws_signer_create(&signer, w->keys->foreign, TOKEX_ALG_ES256, "at+jwt", w->pool));
    w->token_signer = signer;
    refuse(w, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_KEY);
}

static void test_our_token_is_an_access_token_of_type_at_jwt(void **state)
{
    world_t *w = *state;
    const tokex_signer_t *signer = NULL;
    forge_ours(w);
    w->request.subject_token_type = TOKEX_TYPE_URN_ID_TOKEN;
    refuse(w, TOKEX_E_SUBJECT_TOKEN_TYPE, TOKEX_STEP_ISSUER);
    w->request.subject_token_type = TOKEX_TYPE_URN_JWT;
    grant(w);
    assert_success(
        tokex_jws_signer_create(&signer, w->keys->ours, TOKEX_ALG_ES256, "JWT", w->pool));
    w->token_signer = signer;
    refuse(w, TOKEX_E_TOKEN_TYP, TOKEX_STEP_ISSUER);
}

static void test_CI_6_a_chain_over_three_hops(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    trust_ourselves(w);
    w->rules[0].client_as_actor = w->rules[0].delegation = true;
    w->targets[0].audience = "rotating";
    present(w, grant(w));
    w->request.credentials.client_id = "rotating";
    outcome = grant_again(w);
    assert_json(w, issued(w, outcome), "act", "{\"sub\":\"rotating\",\"act\":{\"sub\":\"shop\"}}");
    present(w, outcome);
    outcome = grant_again(w);
    assert_string_equal(outcome->actors, "rotating rotating shop");
    present(w, outcome);
    present(w, grant_again(w));
    check_refused(run_as_is(w), TOKEX_E_ACT_DEPTH, TOKEX_STEP_DELEGATION);
}

static void test_a_refused_link_extends_no_chain(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    trust_ourselves(w);
    w->rules[0].client_as_actor = w->rules[0].delegation = true;
    present(w, grant(w));
    w->request.scope = "admin";
    check_refused(run_as_is(w), TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    w->request.scope = NULL;
    outcome = grant_again(w);
    assert_string_equal(outcome->actors, "shop shop");
}

static void test_our_own_token_as_actor_token(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    set_claim(w, "sub", "\"svc-mail\"");
    outcome = grant(w);
    add_actor(w);
    w->actors[0] = (tokex_actor_t){"self", "svc-*"};
    w->actor_claim_count = 0;
    w->request.actor_token = outcome->token;
    w->request.actor_token_len = strlen(outcome->token);
    w->request.actor_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
    compile_again(w);
    set_claim(w, "sub", "\"auth0|4711\"");
    assert_json(w, issued(w, grant(w)), "act", "{\"sub\":\"svc-mail\",\"idp\":\"partner\"}");
    w->actors[0].subject = "auth0|*";
    refuse(w, TOKEX_E_ACTOR_RULE, TOKEX_STEP_DELEGATION);
}

static void test_TEX_016_may_act_of_ours_is_enforced(void **state)
{
    world_t *w = *state;
    forge_ours(w);
    set_claim(w, "may_act", "{\"sub\":\"rotating\"}");
    refuse(w, TOKEX_E_MAY_ACT, TOKEX_STEP_DELEGATION);
    set_claim(w, "may_act", "{\"sub\":\"shop\"}");
    grant(w);
}

static void test_CE_25_a_machine_token_of_ours_stays_one(void **state)
{
    world_t *w = *state;
    forge_ours(w);
    set_claim(w, "st", "\"machine\"");
    refuse(w, TOKEX_E_MACHINE_TOKEN, TOKEX_STEP_MACHINE);
    set_claim(w, "st", NULL);
    refuse(w, TOKEX_E_MACHINE_TOKEN, TOKEX_STEP_MACHINE);
    w->rules[0].machine_tokens = true;
    compile_again(w);
    assert_text(issued(w, grant(w)), "st", "machine");
}

/* What was switched off does not live on in tokens that were issued before. */
static void test_our_token_of_a_client_that_was_switched_off_refused(void **state)
{
    world_t *w = *state;
    forge_ours(w);
    set_claim(w, "aud", "[\"shop\"]");
    set_claim(w, "client_id", "\"rotating\"");
    grant(w);
    w->clients[1].enabled = false;
    compile_again(w);
    assert_string_equal(last_step(refuse(w, TOKEX_E_OWN_CLIENT, TOKEX_STEP_SUBJECT))->id,
                        "rotating");
    set_claim(w, "client_id", "\"nobody\"");
    refuse(w, TOKEX_E_OWN_CLIENT, TOKEX_STEP_SUBJECT);
}

static void test_our_token_of_an_issuer_that_was_switched_off_refused(void **state)
{
    world_t *w = *state;
    forge_ours(w);
    grant(w);
    w->issuers[0].enabled = false;
    compile_again(w);
    assert_string_equal(last_step(refuse(w, TOKEX_E_OWN_ISSUER, TOKEX_STEP_SUBJECT))->id,
                        "partner");
}

static void test_an_actor_of_ours_whose_issuer_was_switched_off_refused(void **state)
{
    world_t *w = *state;
    forge_ours(w);
    set_claim(w, "idp", "\"closed\"");
    set_claim(w, "sub", "\"svc-mail\"");
    add_actor(w);
    w->actors[0] = (tokex_actor_t){"self", "svc-*"};
    w->actor_claim_count = 0;
    w->request.actor_token = sign_token(w);
    w->request.actor_token_len = w->request.subject_token_len;
    w->request.actor_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
    set_claim(w, "idp", "\"partner\"");
    set_claim(w, "sub", "\"auth0|4711\"");
    refuse_actor(w, TOKEX_E_OWN_ISSUER, TOKEX_STEP_ACTOR_SUBJECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_our_own_token_is_exchanged_again_by_its_client),
        WITH_WORLD(test_idp_stays_that_of_the_first_issuer),
        WITH_WORLD(test_H_6_our_token_must_name_the_requesting_client),
        WITH_WORLD(test_H_6_TEX_041_a_client_that_aud_names_may_exchange_it),
        WITH_WORLD(test_H_7_H_8_our_token_that_names_no_client_refused),
        WITH_WORLD(test_a_foreign_client_id_claim_is_no_audience),
        WITH_WORLD(test_our_token_refused_where_no_rule_names_self),
        WITH_WORLD(test_our_token_signed_by_somebody_else_refused),
        WITH_WORLD(test_our_token_is_an_access_token_of_type_at_jwt),
        WITH_WORLD(test_CI_6_a_chain_over_three_hops),
        WITH_WORLD(test_a_refused_link_extends_no_chain),
        WITH_WORLD(test_our_own_token_as_actor_token),
        WITH_WORLD(test_TEX_016_may_act_of_ours_is_enforced),
        WITH_WORLD(test_our_token_of_a_client_that_was_switched_off_refused),
        WITH_WORLD(test_our_token_of_an_issuer_that_was_switched_off_refused),
        WITH_WORLD(test_an_actor_of_ours_whose_issuer_was_switched_off_refused),
        WITH_WORLD(test_CE_25_a_machine_token_of_ours_stays_one),
    };
    return cmocka_run_group_tests_name("exchange/self", tests, make_keys, drop_keys);
}
