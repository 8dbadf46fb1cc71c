#include "unit.h"

#include "base/err.h"
#include "base/limits.h"

static void test_every_code_has_a_whole_row(void **state)
{
    (void)state;
    for (int i = 0; i < TOKEX_E_COUNT; i++) {
        const tokex_code_info_t *info = tokex_err_info((tokex_code_t)i);
        assert_true(strlen(info->name) > 0);
        assert_int_equal(strspn(info->name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
                         strlen(info->name));
        assert_true(strlen(info->oauth_error) > 0);
        assert_true(strlen(info->cause) > 0 && strlen(info->remedy) > 0);
        assert_in_range(info->http_status, 400, 599);
        assert_in_range(info->level, TOKEX_LEVEL_INFO, TOKEX_LEVEL_ERROR);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(info->name, tokex_err_info((tokex_code_t)j)->name);
    }
}

static void test_client_texts_use_only_the_characters_of_error_description(void **state)
{
    (void)state;
    for (int i = 0; i < TOKEX_E_COUNT; i++) {
        const char *p = tokex_err_info((tokex_code_t)i)->client_text;
        assert_true(*p != '\0');
        for (; *p; p++)
            assert_true(*p >= 0x20 && *p <= 0x7E && *p != '"' && *p != '\\');
    }
}

static void test_unknown_code_is_internal(void **state)
{
    const tokex_code_info_t *internal = tokex_err_info(TOKEX_E_INTERNAL);
    (void)state;
    assert_ptr_equal(tokex_err_info(TOKEX_E_COUNT), internal);
    assert_ptr_equal(tokex_err_info((tokex_code_t)-1), internal);
    assert_ptr_equal(tokex_err_info((tokex_code_t)4711), internal);
    assert_ptr_not_equal(tokex_err_info(TOKEX_E_JSON), internal);
}

static void test_text_joins_the_causes(void **state)
{
    const tokex_err_t *low = tokex_err_create(*state, TOKEX_E_FILE, NULL, "no %s", "file");
    const tokex_err_t *bare = tokex_err_create(*state, TOKEX_E_DB_OPEN, low, NULL);
    const tokex_err_t *top = tokex_err_create(*state, TOKEX_E_INTERNAL, bare, "step %d", 3);
    assert_null(bare->log_text);
    assert_code(top, TOKEX_E_INTERNAL);
    assert_ptr_equal(top->cause, bare);
    assert_string_equal(tokex_err_text(top, *state), "step 3: db_open: no file");
    assert_string_equal(tokex_err_text(NULL, *state), "");
}

static const char *shown(void **state, const char *value)
{
    return tokex_err_shown(*state, value, strlen(value));
}

static void test_LOG_004_shown_is_cut_where_a_token_begins(void **state)
{
    assert_string_equal(shown(state, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"), "...");
    assert_string_equal(shown(state, "orders.read eyJhbGciOiJSUzI1NiJ9"), "orders.read ...");
    assert_string_equal(shown(state, "they"), "they");
    assert_string_equal(shown(state, "eye, eyJ, eeyJx"), "eye, ...");
    assert_string_equal(shown(state, "\xC3\xA4yJ e\nyJ eyeyJ"), "\xC3\xA4yJ e\\x0ayJ ey...");
}

static void test_LOG_004_shown_parameter_is_cut_where_another_may_begin(void **state)
{
    assert_string_equal(tokex_err_shown_param(*state, "urn:x:y;client_secret=a"), "urn:x:y...");
    assert_string_equal(tokex_err_shown_param(*state, "urn:ietf:params:oauth:grant-type:saml2"),
                        "urn:ietf:params:oauth:grant-type:saml2");
    assert_string_equal(tokex_err_shown_param(*state, "x&client_secret=a"), "x...");
    assert_string_equal(tokex_err_shown_param(*state, "x eyJhbGciOiJ9"), "x ...");
    assert_string_equal(tokex_err_shown_param(*state, ""), "");
}

static void test_shown_escapes_what_a_log_line_must_not_hold(void **state)
{
    assert_string_equal(shown(state, "plain text: 100 % \xC3\xA4"), "plain text: 100 % \xC3\xA4");
    assert_string_equal(shown(state, "a\r\nb\tc\x1B\x7F"), "a\\x0d\\x0ab\\x09c\\x1b\\x7f");
    assert_string_equal(shown(state, "\"'\\"), "\\x22\\x27\\x5c");
    assert_string_equal(shown(state, "\xFF\xC0\xAF\xED\xA0\x80"), "\\xff\\xc0\\xaf\\xed\\xa0\\x80");
    assert_string_equal(shown(state, "\xC2\x85\xC2\xA0"), "\\xc2\\x85\xC2\xA0");
    assert_string_equal(tokex_err_shown(*state, "a\0b", 3), "a\\x00b");
    assert_string_equal(tokex_err_shown(*state, NULL, 0), "(none)");
    assert_string_equal(tokex_err_shown(*state, "", 0), "");
}

static void test_shown_reads_only_the_given_octets(void **state)
{
    /* The sequence goes on behind the given length, so what is inside is cut. */
    assert_string_equal(tokex_err_shown(*state, "x\xC3\xA4", 2), "x\\xc3");
    assert_string_equal(tokex_err_shown(*state, "\xF0\x9F\x98\x80", 3), "\\xf0\\x9f\\x98");
}

static void test_shown_cuts_long_values_between_characters(void **state)
{
    char value[TOKEX_LIMIT_SHOWN + 2];
    const char *text;
    memset(value, 'x', sizeof(value));
    text = tokex_err_shown(*state, value, TOKEX_LIMIT_SHOWN);
    assert_int_equal(strlen(text), TOKEX_LIMIT_SHOWN);
    text = tokex_err_shown(*state, value, TOKEX_LIMIT_SHOWN + 1);
    assert_int_equal(strlen(text), TOKEX_LIMIT_SHOWN + 3);
    assert_string_equal(text + TOKEX_LIMIT_SHOWN, "...");
    memcpy(value + TOKEX_LIMIT_SHOWN - 1, "\xC3\xA4", 2);
    text = tokex_err_shown(*state, value, TOKEX_LIMIT_SHOWN + 1);
    assert_string_equal(text + TOKEX_LIMIT_SHOWN - 2, "x...");
    memset(value, '\n', sizeof(value));
    text = tokex_err_shown(*state, value, sizeof(value));
    assert_int_equal(strlen(text), TOKEX_LIMIT_SHOWN * 4 + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_has_a_whole_row),
        cmocka_unit_test(test_client_texts_use_only_the_characters_of_error_description),
        cmocka_unit_test(test_unknown_code_is_internal),
        WITH_POOL(test_text_joins_the_causes),
        WITH_POOL(test_LOG_004_shown_is_cut_where_a_token_begins),
        WITH_POOL(test_LOG_004_shown_parameter_is_cut_where_another_may_begin),
        WITH_POOL(test_shown_escapes_what_a_log_line_must_not_hold),
        WITH_POOL(test_shown_reads_only_the_given_octets),
        WITH_POOL(test_shown_cuts_long_values_between_characters),
    };
    return cmocka_run_group_tests_name("base/err", tests, start, stop);
}
