/* Conditions of issuers and rules, and the marks of machine tokens. */
#include "exchange_world.h"

static void test_every_condition_of_the_issuer_must_hold(void **state)
{
    world_t *w = *state;
    tokex_condition_t conditions[] = {{"hd", "is", texts(w->pool, "partner.example", NULL)},
                                      {"groups", "any_of", texts(w->pool, "sales", "it", NULL)}};
    const tokex_outcome_t *outcome;
    w->issuers[0].conditions = conditions;
    w->issuers[0].condition_count = COUNT(conditions);
    set_claim(w, "hd", "\"partner.example\"");
    set_claim(w, "groups", "[\"sales\"]");
    grant(w);
    set_claim(w, "groups", "[\"people\"]");
    outcome = refuse(w, TOKEX_E_ISSUER_CONDITION, TOKEX_STEP_CONDITION);
    assert_string_equal(outcome->err->log_text,
                        "claim \"groups\" is [\\x22people\\x22], the condition is: any_of "
                        "\"sales\", \"it\" of issuer \"partner\"");
    assert_string_equal(last_step(outcome)->id, "partner");
    assert_string_equal(last_step(outcome)->field, "conditions");
    assert_string_equal(tokex_err_info(outcome->err->code)->client_text,
                        "The subject token is not accepted.");
    set_claim(w, "groups", "[\"sales\"]");
    set_claim(w, "hd", NULL);
    outcome = refuse(w, TOKEX_E_ISSUER_CONDITION, TOKEX_STEP_CONDITION);
    assert_non_null(strstr(outcome->err->log_text, "claim \"hd\" is absent"));
    set_claim(w, "hd", "\"x\\u001b[1m\"");
    outcome = refuse(w, TOKEX_E_ISSUER_CONDITION, TOKEX_STEP_CONDITION);
    assert_null(strchr(outcome->err->log_text, '\x1b'));
}

static void test_conditions_are_asked_of_the_actor_token_too(void **state)
{
    world_t *w = *state;
    tokex_condition_t condition = {"hd", "is", texts(w->pool, "partner.example", NULL)};
    w->issuers[0].conditions = &condition;
    w->issuers[0].condition_count = 1;
    add_actor(w);
    set_claim(w, "hd", "\"partner.example\"");
    refuse_actor(w, TOKEX_E_ISSUER_CONDITION, TOKEX_STEP_ACTOR_CONDITION);
    set_actor_claim(w, "hd", "\"partner.example\"");
    grant(w);
}

static void test_a_rule_whose_conditions_do_not_hold_does_not_fit(void **state)
{
    world_t *w = *state;
    tokex_condition_t condition = {"hd", "is", texts(w->pool, "partner.example", NULL)};
    const tokex_outcome_t *outcome;
    w->rules[0].conditions = &condition;
    w->rules[0].condition_count = 1;
    set_claim(w, "hd", "\"elsewhere\"");
    outcome = refuse(w, TOKEX_E_RULE_CONDITION, TOKEX_STEP_RULE);
    assert_string_equal(outcome->err->log_text,
                        "claim \"hd\" is \"elsewhere\", the condition is: is \"partner.example\" "
                        "of rule \"first\"");
    assert_string_equal(last_step(outcome)->id, "first");
    assert_string_equal(last_step(outcome)->field, "conditions");
    w->clients[0].rule_count = 2;
    compile_again(w);
    assert_string_equal(grant(w)->rule->config->id, "second");
    set_claim(w, "hd", "\"partner.example\"");
    assert_string_equal(grant(w)->rule->config->id, "first");
}

static void test_a_target_of_no_rule_is_told_before_any_condition(void **state)
{
    world_t *w = *state;
    tokex_condition_t condition = {"hd", "is", texts(w->pool, "partner.example", NULL)};
    w->rules[0].conditions = &condition;
    w->rules[0].condition_count = 1;
    ask_audience(w, "vault");
    refuse(w, TOKEX_E_TARGET_RULE, TOKEX_STEP_RULE);
}

static const char *mark_in_trace(const tokex_outcome_t *outcome)
{
    return step_of(outcome, TOKEX_STEP_MACHINE)->found;
}

static void refuses_machine(world_t *w, const char *mark)
{
    const tokex_outcome_t *outcome = refuse(w, TOKEX_E_MACHINE_TOKEN, TOKEX_STEP_MACHINE);
    assert_non_null(strstr(outcome->err->log_text, apr_psprintf(w->pool, "claim \"%s\"", mark)));
    assert_string_equal(last_step(outcome)->id, "first");
    assert_string_equal(last_step(outcome)->field, "machine_tokens");
}

static void test_CE_25_default_marks_of_machine_tokens(void **state)
{
    world_t *w = *state;
    w->issuers[0].default_machine_marks = true;
    assert_text(issued(w, grant(w)), "st", "user");
    assert_null(mark_in_trace(grant(w)));
    set_claim(w, "gty", "\"client-credentials\"");
    refuses_machine(w, "gty");
    set_claim(w, "gty", "\"password\"");
    grant(w);
    set_claim(w, "sub", "\"abc@clients\"");
    refuses_machine(w, "sub");
    set_claim(w, "sub", "\"abc\"");
    grant(w);
    set_claim(w, "azp", "\"abc\"");
    refuses_machine(w, "sub");
    set_claim(w, "azp", "\"other\"");
    set_claim(w, "client_id", "\"abc\"");
    refuses_machine(w, "sub");
}

static void test_CE_25_own_marks_and_none(void **state)
{
    world_t *w = *state;
    tokex_condition_t mark = {"token_use", "one_of", texts(w->pool, "service", "batch", NULL)};
    set_claim(w, "gty", "\"client-credentials\"");
    grant(w);
    w->issuers[0].machine_marks = &mark;
    w->issuers[0].machine_mark_count = 1;
    compile_again(w);
    grant(w);
    set_claim(w, "token_use", "\"batch\"");
    refuses_machine(w, "token_use");
}

static void test_CE_25_a_rule_may_take_machine_tokens_and_st_says_so(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    w->issuers[0].default_machine_marks = true;
    w->rules[0].machine_tokens = true;
    assert_text(issued(w, grant(w)), "st", "user");
    set_claim(w, "gty", "\"client-credentials\"");
    outcome = grant(w);
    assert_text(issued(w, outcome), "st", "machine");
    assert_string_equal(mark_in_trace(outcome), "gty");
}

static void test_a_machine_may_be_the_actor(void **state)
{
    world_t *w = *state;
    w->issuers[0].default_machine_marks = true;
    add_actor(w);
    set_actor_claim(w, "gty", "\"client-credentials\"");
    assert_text(issued(w, grant(w)), "st", "user");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_every_condition_of_the_issuer_must_hold),
        WITH_WORLD(test_conditions_are_asked_of_the_actor_token_too),
        WITH_WORLD(test_a_rule_whose_conditions_do_not_hold_does_not_fit),
        WITH_WORLD(test_a_target_of_no_rule_is_told_before_any_condition),
        WITH_WORLD(test_CE_25_default_marks_of_machine_tokens),
        WITH_WORLD(test_CE_25_own_marks_and_none),
        WITH_WORLD(test_CE_25_a_rule_may_take_machine_tokens_and_st_says_so),
        WITH_WORLD(test_a_machine_may_be_the_actor),
    };
    return cmocka_run_group_tests_name("exchange/conditions", tests, make_keys, drop_keys);
}
