#include "policy_fixture.h"

#define RULES                                                                                      \
    "{'id':'off','enabled':false,'issuers':['a','b'],'targets':['bills'],"                         \
    "'default_target':'bills'},"                                                                   \
    "{'id':'one','issuers':['a'],'targets':['orders']},"                                           \
    "{'id':'two','issuers':['b','a'],'targets':['bills','orders'],'default_target':'orders'},"     \
    "{'id':'three','issuers':['a'],'targets':['orders'],'default_target':'orders'}"

static const tokex_policy_t *policy_of(fixture_t *f, const char *client)
{
    parts_t parts = good_parts(f);
    parts.clients = client;
    return compile_good(f, &parts);
}

static const tokex_json_t *claims_of(fixture_t *f, const char *text)
{
    const tokex_json_t *claims;
    text = json(f, text);
    assert_null(tokex_json_parse_object(&claims, text, strlen(text), f->pool));
    return claims;
}

/* The rule for `iss` and up to two targets, for which NULL stands when fewer are asked for. */
static const char *match_two(fixture_t *f, const tokex_policy_t *policy, const char *iss,
                             const char *target, const char *other, const char *claims, bool *seen)
{
    const tokex_policy_target_t *targets[2];
    tokex_policy_question_t question = {.issuer = tokex_policy_issuer(policy, iss),
                                        .targets = targets,
                                        .claims = claims ? claims_of(f, claims) : NULL};
    const tokex_policy_rule_t *rule;
    if (target)
        targets[question.target_count++] = tokex_policy_audience(policy, target);
    if (other)
        targets[question.target_count++] = tokex_policy_audience(policy, other);
    rule = tokex_policy_match(tokex_policy_client(policy, "c"), &question, seen);
    return rule ? rule->config->id : "none";
}

static const char *match(fixture_t *f, const tokex_policy_t *policy, const char *iss,
                         const char *target, bool *seen)
{
    return match_two(f, policy, iss, target, NULL, "{}", seen);
}

static void test_the_first_enabled_rule_that_names_issuer_and_target_decides(void **state)
{
    const tokex_policy_t *policy = policy_of(*state, CLIENT_OF(RULES));
    bool seen = false;
    assert_string_equal(match(*state, policy, "https://a.example", "orders", &seen), "one");
    assert_true(seen);
    assert_string_equal(match(*state, policy, "https://a.example", "bills", &seen), "two");
    assert_string_equal(match(*state, policy, "https://b.example", "orders", &seen), "two");
}

static void test_without_a_target_the_first_with_a_default_decides(void **state)
{
    const tokex_policy_t *policy = policy_of(*state, CLIENT_OF(RULES));
    bool seen = false;
    assert_string_equal(match(*state, policy, "https://a.example", NULL, &seen), "two");
    assert_true(seen);
}

static void test_no_rule_is_a_refusal(void **state)
{
    const tokex_policy_t *policy = policy_of(*state, CLIENT_OF(RULE));
    bool seen = true;
    assert_string_equal(match(*state, policy, "https://b.example", "orders", &seen), "none");
    assert_false(seen);
    assert_string_equal(match(*state, policy, "https://a.example", "bills", &seen), "none");
    assert_true(seen);
    policy = policy_of(*state, CLIENT_OF(""));
    assert_string_equal(match(*state, policy, "https://a.example", "orders", &seen), "none");
    assert_false(seen);
}

static void test_a_rule_that_is_switched_off_is_not_even_seen(void **state)
{
    const tokex_policy_t *policy =
        policy_of(*state, CLIENT_OF("{'id':'r','enabled':false,'issuers':['a'],"
                                    "'targets':['orders'],'default_target':'orders'}"));
    bool seen = true;
    assert_string_equal(match(*state, policy, "https://a.example", "orders", &seen), "none");
    assert_false(seen);
    assert_string_equal(match(*state, policy, "https://a.example", NULL, &seen), "none");
}

static void test_several_targets_need_one_rule_that_names_them_all(void **state)
{
    static const char a[] = "https://a.example";
    const tokex_policy_t *policy = policy_of(*state, CLIENT_OF(RULES));
    bool seen = false;
    assert_string_equal(match_two(*state, policy, a, "orders", "bills", "{}", &seen), "two");
    assert_string_equal(match_two(*state, policy, a, "bills", "orders", "{}", NULL), "two");
    assert_string_equal(match_two(*state, policy, a, "orders", "orders", "{}", NULL), "one");
    policy = policy_of(*state, CLIENT_OF("{'id':'r','issuers':['a'],'targets':['orders']},"
                                         "{'id':'s','issuers':['a'],'targets':['bills']}"));
    assert_string_equal(match_two(*state, policy, a, "orders", "bills", "{}", &seen), "none");
    assert_true(seen);
}

#define WHEN(id, claim, test, value)                                                               \
    "{'id':'" id "','issuers':['a'],'targets':['orders'],'conditions':["                           \
    "{'claim':'" claim "','test':'" test "','values':['" value "']}]}"

static void test_a_rule_fits_only_when_all_its_conditions_hold(void **state)
{
    static const char a[] = "https://a.example";
    const tokex_policy_t *policy =
        policy_of(*state, CLIENT_OF("{'id':'two','issuers':['a'],'targets':['orders'],"
                                    "'conditions':[{'claim':'org','test':'is','values':['x']},"
                                    "{'claim':'roles','test':'any_of','values':['admin']}]}," WHEN(
                                        "one", "org", "is", "x")));
    bool seen = false;
    assert_string_equal(
        match_two(*state, policy, a, "orders", NULL, "{'org':'x','roles':['admin']}", NULL), "two");
    assert_string_equal(match_two(*state, policy, a, "orders", NULL, "{'org':'x'}", NULL), "one");
    assert_string_equal(match_two(*state, policy, a, "orders", NULL, "{'org':'y'}", &seen), "none");
    assert_true(seen);
}

static void test_without_claims_no_rule_is_found_but_the_issuer_is_seen(void **state)
{
    static const char a[] = "https://a.example";
    const tokex_policy_t *policy = policy_of(*state, CLIENT_OF(RULE));
    bool seen = false;
    assert_string_equal(match_two(*state, policy, a, "orders", NULL, NULL, &seen), "none");
    assert_true(seen);
    assert_string_equal(match_two(*state, policy, "https://b.example", NULL, NULL, NULL, &seen),
                        "none");
    assert_false(seen);
}

static void test_our_own_tokens_fit_rules_that_name_self(void **state)
{
    static const char us[] = "https://us.example";
    const tokex_policy_t *policy =
        policy_of(*state, CLIENT_OF("{'id':'r','issuers':['a'],'targets':['orders']},"
                                    "{'id':'s','issuers':['self'],'targets':['orders']}"));
    assert_string_equal(match(*state, policy, us, "orders", NULL), "s");
    assert_string_equal(match(*state, policy, "https://a.example", "orders", NULL), "r");
}

static void test_scope_sets_hold_what_they_name(void **state)
{
    fixture_t *f = *state;
    const tokex_policy_t *policy = policy_of(f, CLIENT_OF(RULE));
    tokex_scope_set_t orders = tokex_policy_audience(policy, "orders")->scopes;
    tokex_scope_set_t none = {NULL, 0};
    int read = tokex_policy_scope(policy, "read more", 4);
    int write = tokex_policy_scope(policy, "write", 5);
    int bill = tokex_policy_scope(policy, "bill", 4);
    assert_true(read >= 0 && write >= 0 && bill >= 0);
    assert_int_equal(tokex_policy_scope(policy, "rea", 3), -1);
    assert_int_equal(tokex_policy_scope(policy, "Read", 4), -1);
    assert_int_equal(tokex_policy_scope(policy, "", 0), -1);
    assert_string_equal(tokex_policy_scope_name(policy, write), "write");
    assert_null(tokex_policy_scope_name(policy, 3));
    assert_null(tokex_policy_scope_name(policy, -1));
    assert_int_equal(orders.count, 2);
    assert_true(orders.items[0] < orders.items[1]);
    assert_true(tokex_policy_scope_in(orders, read));
    assert_true(tokex_policy_scope_in(orders, write));
    assert_false(tokex_policy_scope_in(orders, bill));
    assert_false(tokex_policy_scope_in(orders, -1));
    assert_false(tokex_policy_scope_in(none, read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_the_first_enabled_rule_that_names_issuer_and_target_decides),
        WITH_FIXTURE(test_without_a_target_the_first_with_a_default_decides),
        WITH_FIXTURE(test_no_rule_is_a_refusal),
        WITH_FIXTURE(test_a_rule_that_is_switched_off_is_not_even_seen),
        WITH_FIXTURE(test_several_targets_need_one_rule_that_names_them_all),
        WITH_FIXTURE(test_a_rule_fits_only_when_all_its_conditions_hold),
        WITH_FIXTURE(test_without_claims_no_rule_is_found_but_the_issuer_is_seen),
        WITH_FIXTURE(test_our_own_tokens_fit_rules_that_name_self),
        WITH_FIXTURE(test_scope_sets_hold_what_they_name),
    };
    return cmocka_run_group_tests_name("policy/match", tests, start, stop);
}
