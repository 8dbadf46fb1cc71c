#include "policy_fixture.h"

static void with_secrets(parts_t *parts, fixture_t *f, const char *secrets)
{
    *parts = good_parts(f);
    parts->clients =
        apr_psprintf(f->pool, "{'id':'c','name':'C','secrets':[%s],'rules':[" RULE "]}", secrets);
}

static void test_two_secrets_may_be_valid(void **state)
{
    fixture_t *f = *state;
    const tokex_policy_client_t *c;
    parts_t parts;
    with_secrets(&parts, f,
                 "{'id':'1','sha256':'" SHA_1 "','expires':1900000001},{'id':'2','sha256':'" SHA_2
                 "'}");
    c = tokex_policy_client(compile_good(f, &parts), "c");
    assert_int_equal(c->secret_count, 2);
    assert_int_equal(c->secrets[0].expires, 1900000001);
    assert_int_equal(c->secrets[1].sha256[1], 0xFF);
    assert_int_equal(c->secrets[1].expires, 0);
    assert_int_equal(f->faults->count, 2);
}

static void test_a_third_secret_is_refused_wherever_it_comes_from(void **state)
{
    fixture_t *f = *state;
    tokex_secret_t secrets[3] = {
        {.id = "1", .sha256 = SHA_1}, {.id = "2", .sha256 = SHA_2}, {.id = "3", .sha256 = SHA_1}};
    tokex_client_t client = {.id = "c", .name = "C", .secrets = secrets, .secret_count = 3};
    tokex_config_t config = {.clients = &client, .client_count = 1};
    assert_null(compile_config(f, &config));
    assert_error(f, "client \"c\": field secrets: the list has 3 elements and may have at most 2");
}

static void test_secrets_without_a_value_are_refused(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_secrets(&parts, f, "{'id':'1'}");
    assert_only_error(f, &parts, "secret \"c/1\": field sha256: the secret has no value.");
    with_secrets(&parts, f, "{'id':'1','generate':true}");
    assert_only_error(f, &parts, "secret \"c/1\": field sha256: the secret has no value.");
    with_secrets(&parts, f, "{'id':'1','sha256':'" SHA_1 "'},{'id':'2','sha256':'" SHA_1 "'}");
    assert_only_error(f, &parts, "secret \"c/2\": field sha256: the client has the same secret");
    assert_null(strstr(all_faults(f), SHA_1));
}

/* A client whose grant types hold that of RFC 7523, with these rules. */
static const char *asserting(fixture_t *f, const char *rules)
{
    return apr_psprintf(f->pool,
                        "{'id':'c','name':'C','grant_types':"
                        "['urn:ietf:params:oauth:grant-type:jwt-bearer'],'rules':[%s]}",
                        rules);
}

static void test_CI_7_a_client_whose_assertions_no_rule_takes_is_warned_of(void **state)
{
    fixture_t *f = *state;
    static const char *const vain[] = {
        "", "{'id':'r','enabled':false,'issuers':['a'],'targets':['orders']}",
        "{'id':'r','issuers':['b','self'],'targets':['orders']}",
        "{'id':'r','issuers':['a'],'targets':['orders'],'impersonation':false,'delegation':true}",
        "{'id':'r','issuers':['a'],'targets':['orders'],'client_as_actor':true}"};
    static const char *const good[] = {
        "{'id':'r','issuers':['b','a'],'targets':['orders']}",
        "{'id':'r','issuers':['a'],'targets':['orders'],'impersonation':false,'delegation':true,"
        "'client_as_actor':true}"};
    for (int i = 0; i < COUNT(vain); i++) {
        parts_t parts = good_parts(f);
        parts.clients = asserting(f, vain[i]);
        compile_good(f, &parts);
        assert_warning(f, "client \"c\": field grant_types: "
                          "\"urn:ietf:params:oauth:grant-type:jwt-bearer\": no rule of the client "
                          "takes assertions, so each of them is refused.");
    }
    for (int i = 0; i < COUNT(good); i++) {
        parts_t parts = good_parts(f);
        parts.clients = asserting(f, good[i]);
        assert_true(tokex_policy_client(compile_good(f, &parts), "c")->may_assert);
        assert_null(strstr(all_faults(f), "takes assertions"));
    }
}

static void test_secrets_and_clients_that_lead_nowhere_are_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_secrets(&parts, f, "{'id':'1','sha256':'" SHA_1 "','expires':1900000000}");
    compile_good(f, &parts);
    assert_warning(f, "secret \"c/1\": field expires: the time of this secret has ended.");
    with_secrets(&parts, f, "");
    compile_good(f, &parts);
    /* It may be a protected location's. */
    assert_null(strstr(all_faults(f), "field secrets"));
    parts.clients = "{'id':'c','name':'C','rules':[{'id':'r','enabled':false,'issuers':['a'],"
                    "'targets':['orders']}]}";
    compile_good(f, &parts);
    assert_warning(f, "client \"c\": field rules: the client has no rule that is switched on");
}

static void test_CU_3_exchange_is_a_grant_type_of_the_client(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.clients = "{'id':'c','name':'C','grant_types':[],'rules':[" RULE "]},"
                    "{'id':'d','name':'D','grant_types':['" GRANT "'],'rules':[" RULE "]}";
    assert_false(tokex_policy_client(compile_good(f, &parts), "c")->may_exchange);
    assert_true(tokex_policy_client(compile_good(f, &parts), "d")->may_exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_CI_7_a_client_whose_assertions_no_rule_takes_is_warned_of),
        WITH_FIXTURE(test_two_secrets_may_be_valid),
        WITH_FIXTURE(test_a_third_secret_is_refused_wherever_it_comes_from),
        WITH_FIXTURE(test_secrets_without_a_value_are_refused),
        WITH_FIXTURE(test_secrets_and_clients_that_lead_nowhere_are_warned_of),
        WITH_FIXTURE(test_CU_3_exchange_is_a_grant_type_of_the_client),
    };

    return cmocka_run_group_tests_name("policy/compile_client", tests, start, stop);
}
