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

static const char *match(const tokex_policy_t *policy, const char *iss, const char *target,
                         bool *seen)
{
    const tokex_policy_rule_t *rule =
        tokex_policy_match(tokex_policy_client(policy, "c"), tokex_policy_issuer(policy, iss),
                           target ? tokex_policy_audience(policy, target) : NULL, seen);
    return rule ? rule->config->id : "none";
}

static void test_the_first_enabled_rule_that_names_issuer_and_target_decides(void **state)
{
    const tokex_policy_t *policy = policy_of(*state, CLIENT_OF(RULES));
    bool seen = false;
    assert_string_equal(match(policy, "https://a.example", "orders", &seen), "one");
    assert_true(seen);
    assert_string_equal(match(policy, "https://a.example", "bills", &seen), "two");
    assert_string_equal(match(policy, "https://b.example", "orders", &seen), "two");
}

static void test_without_a_target_the_first_with_a_default_decides(void **state)
{
    const tokex_policy_t *policy = policy_of(*state, CLIENT_OF(RULES));
    bool seen = false;
    assert_string_equal(match(policy, "https://a.example", NULL, &seen), "two");
    assert_true(seen);
}

static void test_no_rule_is_a_refusal(void **state)
{
    const tokex_policy_t *policy = policy_of(*state, CLIENT_OF(RULE));
    bool seen = true;
    assert_string_equal(match(policy, "https://b.example", "orders", &seen), "none");
    assert_false(seen);
    assert_string_equal(match(policy, "https://a.example", "bills", &seen), "none");
    assert_true(seen);
    policy = policy_of(*state, CLIENT_OF(""));
    assert_string_equal(match(policy, "https://a.example", "orders", &seen), "none");
    assert_false(seen);
}

static void test_a_rule_that_is_switched_off_is_not_even_seen(void **state)
{
    const tokex_policy_t *policy =
        policy_of(*state, CLIENT_OF("{'id':'r','enabled':false,'issuers':['a'],"
                                    "'targets':['orders'],'default_target':'orders'}"));
    bool seen = true;
    assert_string_equal(match(policy, "https://a.example", "orders", &seen), "none");
    assert_false(seen);
    assert_string_equal(match(policy, "https://a.example", NULL, &seen), "none");
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
        WITH_FIXTURE(test_scope_sets_hold_what_they_name),
    };
    return cmocka_run_group_tests_name("policy/match", tests, start, stop);
}
