#include "unit.h"

#include "config/account.h"

static void test_what_the_site_calls_an_account_comes_back(void **state)
{
    static const struct {
        const char *own, *id;
    } cases[] = {
        {"17", "tokex-account:sql:17"},
        {"a.b-c_d~E", "tokex-account:sql:a.b-c_d~E"},
        {"a b%:/", "tokex-account:sql:a%20b%25%3A%2F"},
        {"m\xc3\xacra", "tokex-account:sql:m%C3%ACra"},
    };
    apr_pool_t *pool = *state;
    for (int i = 0; i < COUNT(cases); i++) {
        assert_string_equal(tokex_account_site_id(TOKEX_ACCOUNT_SQL, cases[i].own, pool),
                            cases[i].id);
        assert_string_equal(tokex_account_site_own(TOKEX_ACCOUNT_SQL, cases[i].id, pool),
                            cases[i].own);
        assert_null(tokex_account_site_own(TOKEX_ACCOUNT_LDAP, cases[i].id, pool));
        assert_true(tokex_account_is_site(cases[i].id));
    }
}

static void test_an_account_has_one_id(void **state)
{
    static const char *const others[] = {
        "tokex-account:sql:%31",   "tokex-account:sql:a%2f", "tokex-account:sql:%",
        "tokex-account:sql:%4",    "tokex-account:sql:%zz",  "tokex-account:sql:a b",
        "tokex-account:sql:",      "tokex-account:sql",      "tokex-account:sql:%00",
        "tokex-account:sql:a%00b", "tokex-account:17",       "sql:17",
        "Tokex-account:sql:17",    "tokex-account:SQL:17",   ""};
    apr_pool_t *pool = *state;
    for (int i = 0; i < COUNT(others); i++)
        assert_null(tokex_account_site_own(TOKEX_ACCOUNT_SQL, others[i], pool));
}

static void test_no_id_of_ours_is_one_of_the_sites(void **state)
{
    (void)state;
    assert_false(tokex_account_is_site("tokex-account:w1rJm2zNQkqkWc0GmDJrJQ"));
    assert_false(tokex_account_is_site("tokex-account:-_-_-_-_-_-_-_-_-_-_-_"));
    assert_false(tokex_account_is_site("17"));
    assert_false(tokex_account_is_site("sql:17"));
}

static void test_ids_end_somewhere(void **state)
{
    apr_pool_t *pool = *state;
    char *own = apr_pcalloc(pool, TOKEX_ACCOUNT_OWN_ID_MAX + 2);
    const char *id;
    memset(own, '%', TOKEX_ACCOUNT_OWN_ID_MAX);
    id = tokex_account_site_id(TOKEX_ACCOUNT_LDAP, own, pool);
    assert_string_equal(tokex_account_site_own(TOKEX_ACCOUNT_LDAP, id, pool), own);
    own[TOKEX_ACCOUNT_OWN_ID_MAX] = 'x';
    id = tokex_account_site_id(TOKEX_ACCOUNT_LDAP, own, pool);
    assert_null(tokex_account_site_own(TOKEX_ACCOUNT_LDAP, id, pool));
    memset(own, 'x', TOKEX_ACCOUNT_OWN_ID_MAX + 1);
    id = tokex_account_site_id(TOKEX_ACCOUNT_LDAP, own, pool);
    assert_null(tokex_account_site_own(TOKEX_ACCOUNT_LDAP, id, pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_what_the_site_calls_an_account_comes_back),
        WITH_POOL(test_an_account_has_one_id),
        WITH_POOL(test_no_id_of_ours_is_one_of_the_sites),
        WITH_POOL(test_ids_end_somewhere),
    };
    return cmocka_run_group_tests_name("config/account", tests, start, stop);
}
