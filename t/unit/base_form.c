#include "unit.h"

#include "base/form.h"
#include "base/limits.h"

static const tokex_form_t *parse(void **state, const char *body)
{
    const tokex_form_t *form = NULL;
    const tokex_err_t *err = tokex_form_parse(&form, body, strlen(body), *state);
    if (err)
        fail_msg("refused: %s: %s", body, err->log_text);
    return form;
}

static const tokex_err_t *refuse_len(void **state, const char *body, apr_size_t len,
                                     tokex_code_t code)
{
    const tokex_form_t *form;
    const tokex_err_t *err = tokex_form_parse(&form, body, len, *state);
    if (!err)
        fail_msg("accepted: %s", body);
    assert_code(err, code);
    assert_non_null(err->log_text);
    return err;
}

static const tokex_err_t *refuse(void **state, const char *body, tokex_code_t code)
{
    return refuse_len(state, body, strlen(body), code);
}

static void assert_value(const tokex_form_t *form, const char *name, const char *value)
{
    const tokex_form_param_t *param = tokex_form_get(form, name);
    assert_non_null(param);
    assert_string_equal(param->name, name);
    assert_string_equal(param->value, value);
    assert_int_equal(param->value_len, strlen(value));
}

static void test_values_are_decoded_in_the_order_of_the_body(void **state)
{
    const tokex_form_t *form =
        parse(state, "a=1+2%2B3&b=%C3%a4=x&c=\xC3\xA4&audience=x&audience=y");
    assert_int_equal(form->count, 5);
    assert_value(form, "a", "1 2+3");
    assert_value(form, "b", "\xC3\xA4=x");
    assert_value(form, "c", "\xC3\xA4");
    assert_string_equal(form->params[3].value, "x");
    assert_string_equal(form->params[4].value, "y");
    assert_null(tokex_form_get(form, "A"));
    assert_null(tokex_form_get(form, "d"));
}

static void test_empty_bodies_and_pieces_are_no_parameters(void **state)
{
    assert_int_equal(parse(state, "")->count, 0);
    assert_int_equal(parse(state, "&")->count, 0);
    assert_int_equal(parse(state, "&a=1&&b=2&")->count, 2);
    refuse(state, "=x", TOKEX_E_FORM_SYNTAX);
    refuse(state, "a=1&=", TOKEX_E_FORM_SYNTAX);
}

static void test_TEP_015_grant_type_twice_refused(void **state)
{
    const tokex_err_t *err = refuse(state, "grant_type=x&a=b&grant_type=x", TOKEX_E_FORM_REPEATED);
    assert_non_null(strstr(err->log_text, "grant_type"));
}

static void test_TEP_016_other_parameters_twice_refused(void **state)
{
    static const char *const names[] = {"subject_token", "subject_token_type", "actor_token",
                                        "scope",         "client_id",          "client_secret"};
    for (int i = 0; i < COUNT(names); i++) {
        const char *body = apr_psprintf(*state, "%s=hidden1&%s=hidden2", names[i], names[i]);
        const tokex_err_t *err = refuse(state, body, TOKEX_E_FORM_REPEATED);
        assert_non_null(strstr(err->log_text, names[i]));
        assert_null(strstr(err->log_text, "hidden"));
    }
    refuse(state, "scope=&scope=x", TOKEX_E_FORM_REPEATED);
    refuse(state, "scope&scope=x", TOKEX_E_FORM_REPEATED);
}

static void test_only_audience_and_resource_may_be_repeated_up_to_the_limit(void **state)
{
    const char *eight = "audience=1&audience=2&audience=3&audience=4"
                        "&resource=5&resource=6&resource=7&resource=8";
    assert_int_equal(parse(state, eight)->count, TOKEX_LIMIT_TARGETS);
    refuse(state, apr_pstrcat(*state, eight, "&audience=9", NULL), TOKEX_E_FORM_TOO_MANY);
    refuse(state, apr_pstrcat(*state, eight, "&resource=9", NULL), TOKEX_E_FORM_TOO_MANY);
    refuse(state, "Audience=1&Audience=2", TOKEX_E_FORM_REPEATED);
}

static void test_TEP_018_empty_value_counts_as_omitted(void **state)
{
    const tokex_form_t *form = parse(state, "subject_token=&actor_token&a=1");
    assert_int_equal(form->count, 3);
    assert_null(tokex_form_get(form, "subject_token"));
    assert_null(tokex_form_get(form, "actor_token"));
}

static void test_TEP_020_unknown_parameter_changes_nothing(void **state)
{
    const tokex_form_t *form = parse(state, "whatever=1&grant_type=x&other=2");
    assert_value(form, "grant_type", "x");
}

static void test_TEP_021_nul_refused(void **state)
{
    refuse(state, "a=admin%00x", TOKEX_E_FORM_SYNTAX);
    refuse(state, "a%00b=x", TOKEX_E_FORM_SYNTAX);
    refuse_len(state, "a=b\0c", 5, TOKEX_E_FORM_SYNTAX);
    refuse_len(state, "a\0c=b", 5, TOKEX_E_FORM_SYNTAX);
}

static void test_TEP_022_broken_escapes_refused_without_the_value(void **state)
{
    static const char *const bodies[] = {"a=hidden%zz",    "a=hidden%",    "a=hidden%4",
                                         "a=hidden%u0041", "a%=hidden",    "a%4=hidden",
                                         "a=hidden%4&b=4", "a=hidden% 41", "a=hidden%-1"};
    for (int i = 0; i < COUNT(bodies); i++) {
        const tokex_err_t *err = refuse(state, bodies[i], TOKEX_E_FORM_SYNTAX);
        assert_null(strstr(err->log_text, "hidden"));
    }
    /* Reading past the end would find the rest of the escape. */
    refuse_len(state, "a=%41", 4, TOKEX_E_FORM_SYNTAX);
}

static void test_text_that_is_not_utf8_refused(void **state)
{
    refuse(state, "a=%FF", TOKEX_E_FORM_SYNTAX);
    refuse(state, "a=%C0%AF", TOKEX_E_FORM_SYNTAX);
    refuse(state, "a=%ED%A0%80", TOKEX_E_FORM_SYNTAX);
    refuse(state, "a=%C3", TOKEX_E_FORM_SYNTAX);
    refuse(state, "%C3=%A4", TOKEX_E_FORM_SYNTAX);
    refuse(state, "a=\xE4", TOKEX_E_FORM_SYNTAX);
}

static void test_TEP_025_encoded_name_is_the_name_and_counts_as_repeated(void **state)
{
    assert_value(parse(state, "grant%5Ftype=x"), "grant_type", "x");
    refuse(state, "grant%5Ftype=x&grant_type=y", TOKEX_E_FORM_REPEATED);
    refuse(state, "grant_type=x&%67rant%5ftype=y", TOKEX_E_FORM_REPEATED);
}

static void test_TEP_027_semicolon_does_not_separate(void **state)
{
    const tokex_form_t *form = parse(state, "a=1;b=2");
    assert_int_equal(form->count, 1);
    assert_value(form, "a", "1;b=2");
}

static char *many(void **state, int count)
{
    char *body = apr_palloc(*state, (apr_size_t)count * 10 + 1);
    char *p = body;
    for (int i = 0; i < count; i++)
        p += apr_snprintf(p, 11, "n%06d=1&", i);
    return body;
}

static void test_TEP_029_too_many_parameters_refused(void **state)
{
    assert_int_equal(parse(state, many(state, TOKEX_LIMIT_FORM_PARAMS))->count,
                     TOKEX_LIMIT_FORM_PARAMS);
    refuse(state, many(state, TOKEX_LIMIT_FORM_PARAMS + 1), TOKEX_E_FORM_TOO_MANY);
    refuse(state, many(state, 10000), TOKEX_E_FORM_TOO_MANY);
}

static void test_decode_of_one_value_leaves_the_result_alone_on_failure(void **state)
{
    const char *out = "before";
    apr_size_t len = 7;
    assert_false(tokex_form_decode(&out, &len, "a%0", 3, *state));
    assert_string_equal(out, "before");
    assert_int_equal(len, 7);
    assert_true(tokex_form_decode(&out, &len, "a%3Ab+%25&=;", 12, *state));
    assert_string_equal(out, "a:b %&=;");
    assert_int_equal(len, 8);
    assert_true(tokex_form_decode(&out, &len, "", 0, *state));
    assert_string_equal(out, "");
}

static void test_content_type_is_the_whole_name(void **state)
{
    (void)state;
    assert_true(tokex_form_is_content_type("application/x-www-form-urlencoded"));
    assert_true(tokex_form_is_content_type("APPLICATION/X-WWW-Form-URLEncoded"));
    assert_true(tokex_form_is_content_type("application/x-www-form-urlencoded;charset=UTF-8"));
    assert_true(tokex_form_is_content_type("application/x-www-form-urlencoded ; charset=UTF-8"));
    assert_false(tokex_form_is_content_type("application/x-www-form-urlencoded2"));
    assert_false(tokex_form_is_content_type("application/x-www-form-urlencoded, text/plain"));
    assert_false(tokex_form_is_content_type("application/x-www-form-urlencode"));
    assert_false(tokex_form_is_content_type("application/json"));
    assert_false(tokex_form_is_content_type(""));
    assert_false(tokex_form_is_content_type(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_values_are_decoded_in_the_order_of_the_body),
        WITH_POOL(test_empty_bodies_and_pieces_are_no_parameters),
        WITH_POOL(test_TEP_015_grant_type_twice_refused),
        WITH_POOL(test_TEP_016_other_parameters_twice_refused),
        WITH_POOL(test_only_audience_and_resource_may_be_repeated_up_to_the_limit),
        WITH_POOL(test_TEP_018_empty_value_counts_as_omitted),
        WITH_POOL(test_TEP_020_unknown_parameter_changes_nothing),
        WITH_POOL(test_TEP_021_nul_refused),
        WITH_POOL(test_TEP_022_broken_escapes_refused_without_the_value),
        WITH_POOL(test_text_that_is_not_utf8_refused),
        WITH_POOL(test_TEP_025_encoded_name_is_the_name_and_counts_as_repeated),
        WITH_POOL(test_TEP_027_semicolon_does_not_separate),
        WITH_POOL(test_TEP_029_too_many_parameters_refused),
        WITH_POOL(test_decode_of_one_value_leaves_the_result_alone_on_failure),
        cmocka_unit_test(test_content_type_is_the_whole_name),
    };
    return cmocka_run_group_tests_name("base/form", tests, start, stop);
}
