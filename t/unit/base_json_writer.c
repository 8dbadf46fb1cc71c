#include "unit.h"

#include <locale.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/limits.h"

/* The locale that every part of this program sees, the JSON library included: one with a decimal
 * comma, on machines that have none installed as well. */
struct lconv *localeconv(void)
{
    static char comma[] = ",";
    static char none[] = "";
    static struct lconv conventions;
    conventions.decimal_point = comma;
    conventions.thousands_sep = none;
    conventions.grouping = none;
    return &conventions;
}

static void assert_text(const tokex_jsonw_t *w, const char *text)
{
    apr_size_t len;
    assert_string_equal(tokex_jsonw_text(w, &len), text);
    assert_int_equal(len, strlen(text));
}

static const char *rewrite(void **state, const char *text)
{
    const tokex_json_t *root = NULL;
    tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
    const tokex_err_t *err = tokex_json_parse(&root, text, strlen(text), *state);
    if (err)
        fail_msg("refused: %s: %s", text, err->log_text);
    tokex_jsonw_node(w, root);
    return tokex_jsonw_text(w, NULL);
}

static void test_commas_and_nesting(void **state)
{
    tokex_jsonw_t *w = tokex_jsonw_create(*state, 16);
    assert_text(w, "");
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "a", "x");
    tokex_jsonw_member_string(w, "absent", NULL);
    tokex_jsonw_name(w, "list");
    tokex_jsonw_array_begin(w);
    tokex_jsonw_array_begin(w);
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_object_end(w);
    tokex_jsonw_string(w, NULL);
    tokex_jsonw_bool(w, true);
    tokex_jsonw_array_end(w);
    tokex_jsonw_member_integer(w, "n", -7);
    tokex_jsonw_member_bool(w, "f", false);
    assert_text(w, "{\"a\":\"x\",\"list\":[[],{},null,true],\"n\":-7,\"f\":false");
    tokex_jsonw_object_end(w);
    assert_text(w, "{\"a\":\"x\",\"list\":[[],{},null,true],\"n\":-7,\"f\":false}");
}

static void test_strings_are_escaped(void **state)
{
    tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
    tokex_jsonw_string(w, "\"\\/\b\f\n\r\t\v\x01\x1F\x7F\xC3\xA4 <&>");
    assert_text(w, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u000b\\u0001\\u001f\\u007f\xC3\xA4 <&>\"");
    w = tokex_jsonw_create(*state, 0);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_name(w, "a\"\n");
    tokex_jsonw_string_len(w, "abc", 2);
    tokex_jsonw_object_end(w);
    assert_text(w, "{\"a\\\"\\n\":\"ab\"}");
}

static void test_every_octet_below_128_comes_back(void **state)
{
    char all[128];
    const tokex_json_t *root = NULL;
    const char *text;
    apr_size_t len;
    tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
    for (int i = 1; i < 128; i++)
        all[i - 1] = (char)i;
    all[127] = '\0';
    tokex_jsonw_string(w, all);
    text = tokex_jsonw_text(w, &len);
    assert_null(tokex_json_parse(&root, text, len, *state));
    assert_string_equal(tokex_json_string(root), all);
}

/* Octet by octet, as RFC 8259 section 7 has it. */
static const char *escaped(void **state, const char *text)
{
    const char *out = "\"";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            out = apr_psprintf(*state, "%s\\%c", out, c);
        else if (c < 0x20 || c == 0x7F)
            out = apr_psprintf(*state, "%s\\u%04x", out, c);
        else
            out = apr_psprintf(*state, "%s%c", out, c);
    }
    return apr_pstrcat(*state, out, "\"", NULL);
}

static void test_an_escape_is_found_at_every_place_of_texts_of_every_length(void **state)
{
    static const char others[] = "\"\\\x01\x1f\x7f ~\x80\xc3\xff";
    size_t len, at, i;
    for (len = 1; len <= 26; len++) {
        for (at = 0; at < len; at++) {
            for (i = 0; others[i]; i++) {
                char text[32] = "abcdefghijklmnopqrstuvwxyz";
                tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
                text[len] = '\0';
                text[at] = others[i];
                text[at / 2] = at % 3 ? text[at / 2] : others[i];
                tokex_jsonw_string(w, text);
                assert_text(w, escaped(*state, text));
            }
        }
    }
}

static void test_JSN_025_large_integers_are_printed_as_integers(void **state)
{
    tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
    tokex_jsonw_array_begin(w);
    tokex_jsonw_integer(w, 0);
    tokex_jsonw_integer(w, 2147483648);
    tokex_jsonw_integer(w, TOKEX_LIMIT_NUMERIC_DATE);
    tokex_jsonw_integer(w, 9007199254740991);
    tokex_jsonw_integer(w, INT64_MAX);
    tokex_jsonw_integer(w, INT64_MIN);
    tokex_jsonw_array_end(w);
    assert_text(w, "[0,2147483648,253402300799,9007199254740991,9223372036854775807,"
                   "-9223372036854775808]");
    assert_string_equal(rewrite(state, "[9007199254740992,-9007199254740992,4102444800]"),
                        "[9007199254740992,-9007199254740992,4102444800]");
}

static void test_nodes_are_written_as_they_came(void **state)
{
    static const char *const same[] = {
        "{\"a\":[1,-2,{\"b\":null}],\"c\":true,\"d\":false,\"\":\"\"}",
        "[]",
        "{}",
        "\"x\\n\\\"\xF0\x9F\x98\x80\"",
        "9007199254740993",
        "-0",
        "0.1",
        "1.0",
        "1E+2",
        "123456789012345678901234567890",
        "[0.1,1,0.2,[2,1e5],{\"x\":0.30}]",
    };
    for (int i = 0; i < COUNT(same); i++)
        assert_string_equal(rewrite(state, same[i]), same[i]);
    assert_string_equal(rewrite(state, " [ 1 , \"\\u0041\\/\\u007F\" ] "), "[1,\"A/\\u007f\"]");
}

static void test_a_node_without_a_value_is_null(void **state)
{
    tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
    tokex_jsonw_node(w, NULL);
    assert_text(w, "null");
}

static void test_CGI_018_comma_locale_changes_no_number(void **state)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    const char *text = "{\"exp\":1700000000.75,\"x\":[0.5,-2.25e1,1]}";
    const tokex_json_t *root = NULL;
    int64_t exp = 0;
    for (int i = 0; i < COUNT(locales); i++)
        if (setlocale(LC_ALL, locales[i]))
            break;
    assert_string_equal(localeconv()->decimal_point, ",");
    assert_string_equal(rewrite(state, text), text);
    assert_null(tokex_json_parse(&root, text, strlen(text), *state));
    assert_true(tokex_json_floor(tokex_json_get(root, "exp"), &exp));
    assert_int_equal(exp, 1700000000);
    assert_non_null(tokex_json_parse(&root, "[1,5.]", 6, *state));
    assert_non_null(tokex_json_parse(&root, "{\"exp\":1,5}", 11, *state));
    setlocale(LC_ALL, "C");
}

static void test_pretty_breaks_lines_and_indents(void **state)
{
    tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
    const tokex_json_t *root = NULL;
    const char *text = "{\"a\":[1,{\"b\":[]}],\"c\":{}}";
    assert_null(tokex_json_parse(&root, text, strlen(text), *state));
    tokex_jsonw_pretty(w);
    tokex_jsonw_node(w, root);
    assert_text(w, "{\n"
                   "  \"a\": [\n"
                   "    1,\n"
                   "    {\n"
                   "      \"b\": []\n"
                   "    }\n"
                   "  ],\n"
                   "  \"c\": {}\n"
                   "}");
}

static void test_the_buffer_grows(void **state)
{
    tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
    char big[5000];
    apr_size_t len;
    memset(big, 'x', sizeof(big));
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < 2000; i++)
        tokex_jsonw_integer(w, i % 10);
    tokex_jsonw_string_len(w, big, sizeof(big));
    tokex_jsonw_array_end(w);
    tokex_jsonw_text(w, &len);
    assert_int_equal(len, 1 + 2000 * 2 + 2 + sizeof(big) + 1);
    assert_int_equal(strlen(tokex_jsonw_text(w, NULL)), len);
    assert_memory_equal(tokex_jsonw_text(w, NULL) + 1, "0,1,2,3,4,5,6,7,8,9,0,", 22);
}

static void test_a_large_text_grows_and_goes_with_its_pool(void **state)
{
    tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
    char big[5000];
    apr_size_t len;
    const char *text;
    memset(big, 'x', sizeof(big));
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < 200; i++)
        tokex_jsonw_string_len(w, big, sizeof(big));
    tokex_jsonw_array_end(w);
    tokex_jsonw_end_line(w);
    text = tokex_jsonw_text(w, &len);
    assert_int_equal(len, 1 + 200 * (sizeof(big) + 3) + 1);
    assert_int_equal(strlen(text), len);
    for (apr_size_t i = 1; i < len - 1; i += sizeof(big) + 3) {
        assert_int_equal(text[i], '"');
        assert_memory_equal(text + i + 1, big, sizeof(big));
    }
    assert_string_equal(text + len - 3, "\"]\n");
}

static void test_text_is_terminated_at_every_length(void **state)
{
    for (apr_size_t n = 0; n < 300; n++) {
        tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
        char text[300];
        apr_size_t len;
        memset(text, 'x', sizeof(text));
        tokex_jsonw_string_len(w, text, n);
        assert_int_equal(strlen(tokex_jsonw_text(w, &len)), n + 2);
        assert_int_equal(len, n + 2);
    }
}

static void test_the_end_of_the_text_stays_inside_the_buffer(void **state)
{
    for (apr_size_t n = 0; n < 100; n++) {
        tokex_jsonw_t *w = tokex_jsonw_create(*state, 0);
        char *neighbour = apr_palloc(*state, 8);
        char text[100];
        memset(neighbour, 'n', 8);
        memset(text, 'x', sizeof(text));
        tokex_jsonw_string_len(w, text, n);
        (void)tokex_jsonw_text(w, NULL);
        assert_memory_equal(neighbour, "nnnnnnnn", 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_commas_and_nesting),
        WITH_POOL(test_strings_are_escaped),
        WITH_POOL(test_every_octet_below_128_comes_back),
        WITH_POOL(test_an_escape_is_found_at_every_place_of_texts_of_every_length),
        WITH_POOL(test_JSN_025_large_integers_are_printed_as_integers),
        WITH_POOL(test_nodes_are_written_as_they_came),
        WITH_POOL(test_a_node_without_a_value_is_null),
        WITH_POOL(test_CGI_018_comma_locale_changes_no_number),
        WITH_POOL(test_pretty_breaks_lines_and_indents),
        WITH_POOL(test_the_buffer_grows),
        WITH_POOL(test_a_large_text_grows_and_goes_with_its_pool),
        WITH_POOL(test_text_is_terminated_at_every_length),
        WITH_POOL(test_the_end_of_the_text_stays_inside_the_buffer),
    };
    return cmocka_run_group_tests_name("base/json_writer", tests, start, stop);
}
