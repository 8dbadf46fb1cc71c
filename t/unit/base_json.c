#include "unit.h"

#include <time.h>

#include "base/json.h"
#include "base/limits.h"

#ifdef SANITIZED
#define SLOWER 5
#else
#define SLOWER 1
#endif

static const tokex_err_t *try_len(void **state, const char *text, apr_size_t len)
{
    const tokex_json_t *root;
    /* A copy of exactly that size, so that a sanitizer sees one octet read too many. */
    char *copy = test_malloc(len ? len : 1);
    const tokex_err_t *err;
    memcpy(copy, text, len);
    err = tokex_json_parse(&root, copy, len, *state);
    test_free(copy);
    return err;
}

static void assert_refused_len(void **state, const char *text, apr_size_t len)
{
    const tokex_err_t *err = try_len(state, text, len);
    if (!err)
        fail_msg("accepted: %s", text);
    assert_code(err, TOKEX_E_JSON);
    assert_non_null(strstr(err->log_text, " at octet "));
}

static void assert_refused(void **state, const char *text)
{
    assert_refused_len(state, text, strlen(text));
}

static void assert_accepted(void **state, const char *text)
{
    const tokex_err_t *err = try_len(state, text, strlen(text));
    if (err)
        fail_msg("refused: %s: %s", text, err->log_text);
}

static void assert_refused_at(void **state, const char *text, const char *log_text)
{
    const tokex_err_t *err = try_len(state, text, strlen(text));
    assert_non_null(err);
    assert_string_equal(err->log_text, log_text);
}

static const tokex_json_t *parse(void **state, const char *text)
{
    const tokex_json_t *root = NULL;
    assert_null(tokex_json_parse(&root, text, strlen(text), *state));
    return root;
}

static void test_every_kind_of_value_is_read(void **state)
{
    const tokex_json_t *root =
        parse(state, " {\"s\":\"x\\u00e4\\ud83d\\ude00\\n\",\"n\":-12,\"t\":true,\"f\":false,"
                     "\"z\":null,\"a\":[1,[],{}],\"\":\"empty\"}\r\n\t ");
    const tokex_json_t *array = tokex_json_get(root, "a");
    int64_t number = 0;
    assert_int_equal(tokex_json_type(root), TOKEX_JSON_OBJECT);
    assert_int_equal(tokex_json_count(root), 7);
    assert_string_equal(tokex_json_string(tokex_json_get(root, "s")),
                        "x\xC3\xA4\xF0\x9F\x98\x80\n");
    assert_true(tokex_json_integer(tokex_json_get(root, "n"), &number));
    assert_int_equal(number, -12);
    assert_true(tokex_json_is_true(tokex_json_get(root, "t")));
    assert_false(tokex_json_is_true(tokex_json_get(root, "f")));
    assert_int_equal(tokex_json_type(tokex_json_get(root, "f")), TOKEX_JSON_BOOL);
    assert_int_equal(tokex_json_type(tokex_json_get(root, "z")), TOKEX_JSON_NULL);
    assert_int_equal(tokex_json_type(array), TOKEX_JSON_ARRAY);
    assert_int_equal(tokex_json_count(array), 3);
    assert_null(tokex_json_name(tokex_json_first(array)));
    assert_string_equal(tokex_json_name(tokex_json_next(tokex_json_first(root))), "n");
    assert_string_equal(tokex_json_string(tokex_json_get(root, "")), "empty");
}

static void test_a_text_or_a_list_names_what_it_holds(void **state)
{
    const tokex_json_t *root = parse(state, "{\"t\":\"a\",\"l\":[1,\"b\",\"a\"],\"n\":[[\"a\"]],"
                                            "\"o\":{\"x\":\"a\"},\"e\":[],\"p\":\"ab\"}");
    assert_true(tokex_json_names(tokex_json_get(root, "t"), "a"));
    assert_true(tokex_json_names(tokex_json_get(root, "l"), "a"));
    assert_false(tokex_json_names(tokex_json_get(root, "l"), "1"));
    assert_false(tokex_json_names(tokex_json_get(root, "n"), "a"));
    assert_false(tokex_json_names(tokex_json_get(root, "o"), "a"));
    assert_false(tokex_json_names(tokex_json_get(root, "e"), "a"));
    assert_false(tokex_json_names(tokex_json_get(root, "p"), "a"));
    assert_false(tokex_json_names(NULL, "a"));
}

static void test_getters_take_absent_nodes(void **state)
{
    int64_t number = 5;
    const tokex_json_t *text = parse(state, "\"x\"");
    assert_null(tokex_json_get(NULL, "x"));
    assert_null(tokex_json_get(text, "x"));
    assert_null(tokex_json_get(parse(state, "[{\"x\":1}]"), "x"));
    assert_null(tokex_json_first(NULL));
    assert_null(tokex_json_next(NULL));
    assert_null(tokex_json_name(NULL));
    assert_null(tokex_json_string(NULL));
    assert_null(tokex_json_string(parse(state, "1.5")));
    assert_null(tokex_json_number_text(text));
    assert_int_equal(tokex_json_count(NULL), 0);
    assert_false(tokex_json_is_true(NULL));
    assert_false(tokex_json_is_true(parse(state, "1")));
    assert_false(tokex_json_floor(NULL, &number));
    assert_false(tokex_json_integer(text, &number));
    assert_int_equal(number, 5);
}

static void test_JSN_001_nul_refused(void **state)
{
    assert_refused(state, "{\"sub\":\"admin\\u0000x\"}");
    assert_refused(state, "{\"sub\\u0000x\":\"admin\"}");
    assert_refused_len(state, "{\"a\":1}\0", 8);
    assert_refused_len(state, "{\"a\":1}\0x", 9);
    assert_refused_len(state, "\"a\0b\"", 5);
    assert_refused_len(state, "[1,\0 2]", 7);
    assert_accepted(state, "\"\\\\u0000\"");
}

static void test_JSN_004_duplicate_member_refused(void **state)
{
    assert_refused_at(state, "{\"sub\":1,\"sub\":1}", "a member named twice at octet 9");
    assert_refused(state, "{\"exp\":1,\"a\":2,\"exp\":3}");
    assert_refused(state, "{\"sub\":1,\"s\\u0075b\":2}");
    assert_refused(state, "{\"\\ud83d\\ude00\":1,\"\xF0\x9F\x98\x80\":2}");
    assert_refused(state, "{\"\\u00E4\":1,\"\xC3\xA4\":2}");
    assert_refused(state, "{\"\\u20ac\":1,\"\xE2\x82\xAC\":2}");
    assert_refused(state,
                   "{\"a\\/\\n\\b\\f\\r\\t\\\"\\\\\":1,\"a/\\u000a\\u0008\\u000C\\u000d\\u0009"
                   "\\u0022\\u005c\":2}");
    assert_refused(state, "[{\"a\":{\"b\":1,\"c\":{\"b\":1},\"b\":2}}]");
    assert_refused(state, "{\"\":1,\"\":2}");
    assert_accepted(state, "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}");
    assert_accepted(state, "[{\"a\":1},{\"a\":1}]");
    assert_accepted(state, "{\"ab\":1,\"a\":2,\"abc\":3,\"\":4}");
}

/* {"m000000":0,...}; when `twice` is not negative, that member stands once more at the end. */
static char *members(void **state, int count, int twice)
{
    char *text = apr_palloc(*state, (apr_size_t)count * 12 + 16);
    char *p = text;
    *p++ = '{';
    for (int i = 0; i < count; i++)
        p += apr_snprintf(p, 13, "\"m%06d\":0,", i);
    if (twice >= 0)
        p += apr_snprintf(p, 13, "\"m%06d\":0,", twice);
    p[-1] = '}';
    *p = '\0';
    return text;
}

static void test_duplicates_are_found_at_every_size(void **state)
{
    for (int count = 2; count < 200; count++) {
        assert_accepted(state, members(state, count, -1));
        assert_refused(state, members(state, count, 0));
        assert_refused(state, members(state, count, count / 2));
        assert_refused(state, members(state, count, count - 1));
    }
    assert_refused_at(state, members(state, 1000, 7), "a member named twice at octet 12001");
}

static void test_JSN_006_names_differ_by_case(void **state)
{
    const tokex_json_t *root = parse(state, "{\"Sub\":\"wrong\",\"sub\":\"right\"}");
    assert_string_equal(tokex_json_string(tokex_json_get(root, "sub")), "right");
    assert_null(tokex_json_get(root, "SUB"));
    assert_null(tokex_json_get(parse(state, "{\"ALG\":\"none\"}"), "alg"));
}

static void test_JSN_008_bom_refused(void **state)
{
    assert_refused(state, "\xEF\xBB\xBF{}");
    assert_refused(state, "{}\xEF\xBB\xBF");
    assert_refused(state, "\xFE\xFF");
}

static void test_JSN_009_control_characters_refused(void **state)
{
    for (int c = 0; c < 0x20; c++) {
        char inside[] = {'"', 'a', (char)c, 'b', '"'};
        char outside[] = {'[', (char)c, '1', ']'};
        assert_refused_len(state, inside, sizeof(inside));
        if (c == '\t' || c == '\n' || c == '\r')
            assert_null(try_len(state, outside, sizeof(outside)));
        else
            assert_refused_len(state, outside, sizeof(outside));
    }
    assert_refused(state, "[\xC2\xA0 1]");
    assert_accepted(state, "\"\x7F\"");
}

static void test_JSN_012_numbers_that_are_none_refused(void **state)
{
    static const char *const wrong[] = {
        "0123", "1.",  "+1",   ".5",  "0x10", "NaN",   "Infinity", "-Infinity", "-",   "-a",
        "1e",   "1e+", "1.e1", "00",  "-01",  "1.5.5", "1e1.5",    "1e1e1",     "- 1", "1 2",
        "--1",  "1_0", "nan",  "inf", "-.5",  "1E-",   "0e",       "\xD9\xA1",  "1,5", "1f",
    };
    static const char *const right[] = {"0",   "-0",   "10",   "-10",     "0.0", "1.5",    "1e5",
                                        "1E5", "1e+5", "1e-5", "1.25e01", "0e0", "-0.0e-0"};
    for (int i = 0; i < COUNT(wrong); i++) {
        assert_refused(state, wrong[i]);
        assert_refused(state, apr_psprintf(*state, "{\"exp\":%s}", wrong[i]));
    }
    for (int i = 0; i < COUNT(right); i++) {
        assert_accepted(state, right[i]);
        assert_accepted(state, apr_psprintf(*state, "[%s,%s]", right[i], right[i]));
    }
}

static void test_JSN_013_numbers_beyond_a_double_refused(void **state)
{
    assert_refused(state, "{\"exp\":1e400}");
    assert_refused(state, "-1e309");
    assert_refused(state, "1e99999999999999999999999999999999999999");
    assert_refused(state, "0.1e310");
    assert_refused(state, "10000000000e299");
    assert_refused(state, "1.797693134862315807937289714053034150799341327100378269362e308");
    assert_accepted(state, "1.797693134862315807937289714053034150799341327100378269361e308");
    assert_accepted(state, "1.7976931348623157e308");
    assert_accepted(state, "-0.00017976931348623157e312");
    assert_accepted(state, "1e308");
    assert_accepted(state, "1e-400");
    assert_accepted(state, "0e400");
    assert_accepted(state, "0.0e99999999999999999999999999");
    assert_accepted(state, "1e-99999999999999999999999999999999");
}

static char *filled(void **state, char c, apr_size_t count)
{
    char *text = apr_palloc(*state, count + 1);
    memset(text, c, count);
    text[count] = '\0';
    return text;
}

static void test_JSN_015_long_numbers_refused(void **state)
{
    clock_t begin = clock();
    assert_refused(state, filled(state, '1', 10000));
    assert_refused(state, apr_pstrcat(*state, "{\"exp\":0.", filled(state, '1', 10000), "}", NULL));
    assert_refused(state, apr_pstrcat(*state, "1e", filled(state, '0', 10000), NULL));
    assert_true(clock() - begin < CLOCKS_PER_SEC / 200 * SLOWER);
    assert_refused(state, filled(state, '1', TOKEX_LIMIT_JSON_NUMBER + 1));
    assert_accepted(state, filled(state, '1', TOKEX_LIMIT_JSON_NUMBER));
}

static void test_JSN_016_deep_nesting_refused(void **state)
{
    char *open = filled(state, '[', TOKEX_LIMIT_JSON_DEPTH);
    char *close = filled(state, ']', TOKEX_LIMIT_JSON_DEPTH);
    const char *just = apr_pstrcat(*state, open, close, NULL);
    const char *objects = "0";
    const char *breadth = "[],{},[[]],[],{},[[]],[],{},[[]],[],{},[[]],";
    assert_accepted(state, just);
    assert_refused_at(state, apr_pstrcat(*state, "[", just, "]", NULL),
                      "nesting that is too deep at octet 32");
    assert_refused(state, filled(state, '[', 1000000));
    for (int i = 0; i < TOKEX_LIMIT_JSON_DEPTH; i++)
        objects = apr_pstrcat(*state, "{\"a\":", objects, "}", NULL);
    assert_accepted(state, objects);
    assert_refused(state, apr_pstrcat(*state, "[", objects, "]", NULL));
    /* Breadth is not depth: what was closed counts no more. */
    assert_accepted(state, apr_pstrcat(*state, "[", breadth, breadth, breadth, "[]]", NULL));
}

static void test_JSN_017_hundred_thousand_members_in_time(void **state)
{
    const char *text = members(state, 100000, -1);
    const char *twice = members(state, 100000, 0);
    const tokex_json_t *root;
    const tokex_err_t *err;
    clock_t begin = clock();
    root = parse(state, text);
    assert_true(clock() - begin < CLOCKS_PER_SEC / 5 * SLOWER);
    assert_int_equal(tokex_json_count(root), 100000);
    begin = clock();
    err = tokex_json_parse(&root, twice, strlen(twice), *state);
    assert_true(clock() - begin < CLOCKS_PER_SEC / 5 * SLOWER);
    assert_code(err, TOKEX_E_JSON);
}

static void test_JSN_018_top_level_must_be_an_object(void **state)
{
    static const char *const others[] = {"[]", "\"x\"", "1", "null", "true", "[{\"sub\":\"x\"}]"};
    const tokex_json_t *root;
    for (int i = 0; i < COUNT(others); i++) {
        const tokex_err_t *err =
            tokex_json_parse_object(&root, others[i], strlen(others[i]), *state);
        assert_code(err, TOKEX_E_JSON);
        assert_accepted(state, others[i]);
    }
    assert_null(tokex_json_parse_object(&root, "{}", 2, *state));
    assert_int_equal(tokex_json_type(root), TOKEX_JSON_OBJECT);
}

static void test_JSN_022_proto_is_an_ordinary_member(void **state)
{
    const tokex_json_t *root = parse(state, "{\"__proto__\":{\"sub\":1},\"constructor\":2}");
    assert_int_equal(tokex_json_count(root), 2);
    assert_null(tokex_json_get(root, "sub"));
}

static void test_text_that_is_not_utf8_refused(void **state)
{
    static const char *const wrong[] = {
        "\"\xFF\"",
        "\"\xC0\xAF\"",
        "\"\xE0\x80\xAF\"",
        "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"",
        "\"\xF0\x80\x80\x80\"",
        "\"\x80\"",
        "\"\xC3\"",
        "\"\xE2\x82\"",
        "\"\xC3",
        "{\"\xFF\":1}",
        "\"\xF5\x80\x80\x80\"",
        "\"\xC3\x28\"",
        "\"\xE2\x28\xA1\"",
        "\"\xF0\x9F\x98\x28\"",
        "\"\xF0\x8F\xBF\xBF\"",
    };
    for (int i = 0; i < COUNT(wrong); i++)
        assert_refused(state, wrong[i]);
    assert_accepted(state, "\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"
                           "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"");
}

static void test_is_utf8_judges_the_given_octets(void **state)
{
    (void)state;
    assert_true(tokex_json_is_utf8("", 0));
    assert_true(tokex_json_is_utf8("a\0b", 3));
    assert_true(tokex_json_is_utf8("\xE2\x82\xAC", 3));
    assert_false(tokex_json_is_utf8("\xE2\x82\xAC", 2));
    assert_false(tokex_json_is_utf8("\xED\xBF\xBF", 3));
    assert_false(tokex_json_is_utf8("abc\xC1\x81", 5));
}

static void test_lone_surrogates_and_unknown_escapes_refused(void **state)
{
    static const char *const wrong[] = {
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800x\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\uDBFF\\u0041\"",
        "\"\\udc00\\udc00\"",
        "\"\\uD83D\\uDE0\"",
        "\"\\uD83D\\",
        "\"\\x41\"",
        "\"\\a\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\U0041\"",
        "\"\\'\"",
        "\"\\",
        "\"\\u",
        "\"\\u004",
        "\"\\0\"",
        "{\"\\ud800\":1}",
    };
    for (int i = 0; i < COUNT(wrong); i++)
        assert_refused(state, wrong[i]);
    assert_refused_len(state, "\"\\\0\"", 4);
    assert_accepted(state, "\"\\uD7FF\\uE000\\uD800\\uDC00\\uDBFF\\uDFFF\\udabc\\udfaF\"");
}

static void test_structure_must_be_that_of_rfc_8259(void **state)
{
    static const char *const wrong[] = {
        "",          " ",          "{",       "[",         "}",         "]",         "[1,]",
        "[,1]",      "[1 2]",      "{\"a\"}", "{\"a\":}",  "{a:1}",     "{'a':1}",   "{\"a\":1,}",
        "{,}",       "[1}",        "{1:2}",   "{\"a\" 1}", "{\"a\":1]", "{} {}",     "{}x",
        "1 1",       "//x\n1",     "1/**/",   "tru",       "True",      "truex",     "nul",
        "nulll",     "fals",       "\"a",     "a",         "[[]",       "{\"a\":[}", "{\"a\"::1}",
        "[1,,2]",    "\"a\"\"b\"", "'a'",     "{\"a\":1",  "[true",     "{\"a\":",   "{\"a\"",
        "{\"a\":1,", "[1,",        ",",       ":",         "undefined", "#",
    };
    for (int i = 0; i < COUNT(wrong); i++)
        assert_refused(state, wrong[i]);
    assert_accepted(state, " [ ] ");
    assert_accepted(state, "\t{ \"a\" : [ 1 , { } ] , \"b\" : null }\n");
}

static void test_errors_name_the_octet_and_quote_nothing(void **state)
{
    assert_refused_at(state, "{\"sub\":\"secret\",x}",
                      "something that is no member name at octet 16");
    assert_refused_at(state, "[secret]", "something that is no JSON value at octet 1");
    assert_refused_at(state, "{} secret", "something behind the value at octet 3");
    assert_refused_at(state, "[1", "the text ends too early at octet 2");
}

static void test_what_stands_behind_the_length_is_not_read(void **state)
{
    const tokex_json_t *root;
    int64_t number = 0;
    assert_null(tokex_json_parse(&root, "123456", 3, *state));
    assert_true(tokex_json_integer(root, &number));
    assert_int_equal(number, 123);
    assert_null(tokex_json_parse(&root, "{}garbage", 2, *state));
    assert_null(tokex_json_parse(&root, "1.5e999", 3, *state));
    assert_string_equal(tokex_json_number_text(root), "1.5");
}

static void assert_floor(void **state, const char *text, int64_t floor, bool whole)
{
    const tokex_json_t *node = parse(state, text);
    int64_t value = 77;
    assert_true(tokex_json_floor(node, &value));
    assert_true(value == floor);
    value = 77;
    assert_int_equal(tokex_json_integer(node, &value), whole);
    assert_true(value == (whole ? floor : 77));
}

static void test_numbers_are_rounded_down_exactly(void **state)
{
    assert_floor(state, "1700000000", 1700000000, true);
    assert_floor(state, "1700000000.9", 1700000000, false);
    assert_floor(state, "1.7e9", 1700000000, true);
    assert_floor(state, "1700000000.0", 1700000000, true);
    assert_floor(state, "170000000050e-2", 1700000000, false);
    assert_floor(state, "-1.5", -2, false);
    assert_floor(state, "-1.0", -1, true);
    assert_floor(state, "0.999999999999999999999999999999", 0, false);
    assert_floor(state, "-0.000000000000000000000000000001", -1, false);
    assert_floor(state, "1e-400", 0, false);
    assert_floor(state, "-0", 0, true);
    assert_floor(state, "0.0e9", 0, true);
    assert_floor(state, "9007199254740992", 9007199254740992, true);
    assert_floor(state, "-9007199254740992", -9007199254740992, true);
    assert_floor(state, "9007199254740991.5", 9007199254740991, false);
    assert_floor(state, "-9007199254740991.5", -9007199254740992, false);
    assert_floor(state, "9.007199254740992e15", 9007199254740992, true);
    assert_floor(state, "0.0000000001e20", 10000000000, true);
    assert_floor(state, "100000000000000000000e-20", 1, true);
}

static void test_numbers_beyond_exact_integers_give_none(void **state)
{
    static const char *const beyond[] = {
        "9007199254740993",
        "-9007199254740993",
        "9007199254740992.5",
        "1e16",
        "-9007199254740992.1",
        "18446744073709551616",
        "1e300",
        "99999999999999999999",
    };
    int64_t value = 77;
    for (int i = 0; i < COUNT(beyond); i++) {
        assert_false(tokex_json_floor(parse(state, beyond[i]), &value));
        assert_false(tokex_json_integer(parse(state, beyond[i]), &value));
    }
    assert_int_equal(value, 77);
}

static void test_only_exact_integers_have_no_text_of_their_own(void **state)
{
    assert_null(tokex_json_number_text(parse(state, "9007199254740992")));
    assert_null(tokex_json_number_text(parse(state, "-9007199254740992")));
    assert_string_equal(tokex_json_number_text(parse(state, "9007199254740993")),
                        "9007199254740993");
    assert_string_equal(tokex_json_number_text(parse(state, "-0")), "-0");
}

static void test_each_number_keeps_its_own_digits(void **state)
{
    const tokex_json_t *root = parse(state, "[1,{\"a\":2.50,\"b\":[3,9007199254740993]},4,5e0]");
    const tokex_json_t *object = tokex_json_next(tokex_json_first(root));
    const tokex_json_t *array = tokex_json_get(object, "b");
    const tokex_json_t *four = tokex_json_next(object);
    assert_null(tokex_json_number_text(tokex_json_first(root)));
    assert_string_equal(tokex_json_number_text(tokex_json_get(object, "a")), "2.50");
    assert_null(tokex_json_number_text(tokex_json_first(array)));
    assert_string_equal(tokex_json_number_text(tokex_json_next(tokex_json_first(array))),
                        "9007199254740993");
    assert_null(tokex_json_number_text(four));
    assert_string_equal(tokex_json_number_text(tokex_json_next(four)), "5e0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_every_kind_of_value_is_read),
        WITH_POOL(test_a_text_or_a_list_names_what_it_holds),
        WITH_POOL(test_getters_take_absent_nodes),
        WITH_POOL(test_JSN_001_nul_refused),
        WITH_POOL(test_JSN_004_duplicate_member_refused),
        WITH_POOL(test_duplicates_are_found_at_every_size),
        WITH_POOL(test_JSN_006_names_differ_by_case),
        WITH_POOL(test_JSN_008_bom_refused),
        WITH_POOL(test_JSN_009_control_characters_refused),
        WITH_POOL(test_JSN_012_numbers_that_are_none_refused),
        WITH_POOL(test_JSN_013_numbers_beyond_a_double_refused),
        WITH_POOL(test_JSN_015_long_numbers_refused),
        WITH_POOL(test_JSN_016_deep_nesting_refused),
        WITH_POOL(test_JSN_017_hundred_thousand_members_in_time),
        WITH_POOL(test_JSN_018_top_level_must_be_an_object),
        WITH_POOL(test_JSN_022_proto_is_an_ordinary_member),
        WITH_POOL(test_text_that_is_not_utf8_refused),
        cmocka_unit_test(test_is_utf8_judges_the_given_octets),
        WITH_POOL(test_lone_surrogates_and_unknown_escapes_refused),
        WITH_POOL(test_structure_must_be_that_of_rfc_8259),
        WITH_POOL(test_errors_name_the_octet_and_quote_nothing),
        WITH_POOL(test_what_stands_behind_the_length_is_not_read),
        WITH_POOL(test_numbers_are_rounded_down_exactly),
        WITH_POOL(test_numbers_beyond_exact_integers_give_none),
        WITH_POOL(test_only_exact_integers_have_no_text_of_their_own),
        WITH_POOL(test_each_number_keeps_its_own_digits),
    };
    return cmocka_run_group_tests_name("base/json", tests, start, stop);
}
