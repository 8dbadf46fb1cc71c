#include "unit.h"

#include "guard.h"

#define OURS "https://admin.example"
#define NOW 1795446000

static void test_forms_come_from_our_own_pages(void **state)
{
    static const struct {
        const char *origin;
        const char *site;
        bool passes;
    } cases[] = {{OURS, NULL, true},
                 {OURS, "same-origin", true},
                 {"null", "same-origin", true},
                 {NULL, "same-origin", true},
                 {NULL, NULL, false},
                 {"null", NULL, false},
                 {"", NULL, false},
                 {"", "same-origin", false},
                 {"https://evil.example", NULL, false},
                 {"https://evil.example", "same-origin", false},
                 {"http://admin.example", NULL, false},
                 {OURS "/", NULL, false},
                 {OURS ".evil.example", NULL, false},
                 {"HTTPS://admin.example", NULL, false},
                 {OURS, "same-site", false},
                 {OURS, "cross-site", false},
                 {OURS, "none", false},
                 {OURS, "", false}};
    int i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++)
        if (admin_guard_origin(cases[i].origin, cases[i].site, OURS) != cases[i].passes)
            fail_msg("origin %s, site %s", cases[i].origin ? cases[i].origin : "-",
                     cases[i].site ? cases[i].site : "-");
}

static void test_CON_003_a_token_is_of_one_user_for_a_day(void **state)
{
    const tokex_master_key_t master = {{1, 2, 3}}, other = {{3, 2, 1}};
    tokex_crypt_t *crypt;
    const char *token, *second;
    char *altered;
    size_t i;

    assert_success(tokex_crypt_create(&crypt, *state));
    assert_success(admin_guard_token(&token, "alice", NOW, &master, crypt, *state));
    assert_success(admin_guard_token(&second, "alice", NOW, &master, crypt, *state));
    assert_string_not_equal(token, second);
    assert_true(admin_guard_is_token(token, "alice", NOW, &master, crypt, *state));
    assert_true(admin_guard_is_token(token, "alice", NOW + 86399, &master, crypt, *state));
    assert_false(admin_guard_is_token(token, "alice", NOW + 86400, &master, crypt, *state));
    assert_false(admin_guard_is_token(token, "alice", NOW - 61, &master, crypt, *state));
    assert_false(admin_guard_is_token(token, "alic", NOW, &master, crypt, *state));
    assert_false(admin_guard_is_token(token, "Alice", NOW, &master, crypt, *state));
    assert_false(admin_guard_is_token(token, "alice", NOW, &other, crypt, *state));
    assert_false(admin_guard_is_token(NULL, "alice", NOW, &master, crypt, *state));
    assert_false(admin_guard_is_token("", "alice", NOW, &master, crypt, *state));
    assert_false(admin_guard_is_token("1.", "alice", NOW, &master, crypt, *state));
    altered = apr_pstrdup(*state, token);
    for (i = 2; i + 1 < strlen(token); i += 7) {
        altered[i] = altered[i] == 'A' ? 'B' : 'A';
        assert_false(admin_guard_is_token(altered, "alice", NOW, &master, crypt, *state));
        altered[i] = token[i];
    }
}

static void test_the_name_of_a_program_names_its_file(void **state)
{
    assert_string_equal(admin_conf_path("/etc", "tokex-console", *state),
                        "/etc/tokex-console.conf");
    assert_string_equal(admin_conf_path("/etc", "/usr/lib/x/console.2", *state),
                        "/etc/console.2.conf");
    assert_null(admin_conf_path("/etc", "", *state));
    assert_null(admin_conf_path("/etc", "x/", *state));
    assert_null(admin_conf_path("/etc", "..", *state));
    assert_null(admin_conf_path("/etc", ".x", *state));
    assert_null(admin_conf_path("/etc", "a b", *state));
    assert_null(admin_conf_path("/etc", "a%2fb", *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_forms_come_from_our_own_pages),
        WITH_POOL(test_CON_003_a_token_is_of_one_user_for_a_day),
        WITH_POOL(test_the_name_of_a_program_names_its_file),
    };

    return cmocka_run_group_tests_name("admin_guard", tests, start, stop);
}
