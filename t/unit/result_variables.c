/* The variables that backends get of a token's claims. */
#include "../../mod_tokex/result.h"
#include <apr_strings.h>

#include "base/b64url.h"
#include "base/json.h"
#include "unit.h"

/* The value of the variable, found as httpd finds it; NULL when there is none. */
static const char *value_of(const tokex_result_t *result, const char *name)
{
    const char *value = NULL;
    int i;

    for (i = 0; i < result->variable_count; i++) {
        if (strcasecmp(result->variables[i].name, name) != 0)
            continue;
        assert_null(value);
        value = result->variables[i].value;
    }
    return value;
}

static const tokex_result_t *result_of(const char *claims, apr_pool_t *pool)
{
    tokex_outcome_t outcome = {.expires_in = 300};
    const tokex_result_t *result;

    assert_null(tokex_json_parse_object(&outcome.goes_on, claims, strlen(claims), pool));
    outcome.accepted = outcome.goes_on;
    result = tokex_result_make(&outcome, 1795378876, pool);
    assert_true(result->granted);
    return result;
}

static void test_texts_are_as_they_are_and_the_rest_is_json(void **state)
{
    const tokex_result_t *result =
        result_of("{\"sub\":\"a b\",\"groups\":[\"x\",\"y\"],\"level\":7,\"ok\":true}", *state);

    assert_string_equal(value_of(result, "sub"), "a b");
    assert_string_equal(value_of(result, "groups"), "[\"x\",\"y\"]");
    assert_string_equal(value_of(result, "level"), "7");
    assert_string_equal(value_of(result, "ok"), "true");
    assert_int_equal(result->variable_count, 4);
}

static void test_a_name_spelled_as_the_variable_comes_first(void **state)
{
    const tokex_result_t *result =
        result_of("{\"tenant-id\":\"like it\",\"sub\":\"s\",\"tenant_id\":\"it\"}", *state);

    assert_string_equal(value_of(result, "tenant_id"), "it");
    assert_int_equal(result->variable_count, 2);
}

static void test_a_name_in_other_capitals_is_not_another_variable(void **state)
{
    const tokex_result_t *result = result_of(
        "{\"sub\":\"mira\",\"SUB\":\"root\",\"Tenant-Id\":\"other\",\"tenant_id\":\"t\"}", *state);

    assert_string_equal(value_of(result, "sub"), "mira");
    assert_string_equal(value_of(result, "tenant_id"), "t");
    assert_int_equal(result->variable_count, 2);
}

/* A token with that payload, and the octets that are kept of it. */
static apr_size_t kept_of(const char **token, const char *claims, apr_pool_t *pool)
{
    tokex_outcome_t outcome = {.expires_in = 300, .user = "u", .scope_granted = ""};
    tokex_result_t *result, *again;
    const unsigned char *octets;
    apr_size_t len;

    assert_null(tokex_json_parse_object(&outcome.goes_on, claims, strlen(claims), pool));
    outcome.token = *token = apr_pstrcat(
        pool, "aGVhZGVy.", tokex_b64url_string(pool, (const unsigned char *)claims, strlen(claims)),
        ".c2ln", NULL);
    result = tokex_result_make(&outcome, 1795378876, pool);
    tokex_result_part(result, pool);
    octets = tokex_result_write(result, &len, pool);
    assert_true(tokex_result_read(&again, octets, len, pool));
    assert_true(again->exchanged);
    assert_string_equal(tokex_result_token(again, pool), *token);
    return len;
}

static void test_a_token_is_kept_without_its_payload_and_comes_out_octet_by_octet(void **state)
{
    const char *token;

    assert_in_range(kept_of(&token,
                            "{\"iss\":\"https://a/\",\"sub\":\"a\\\"b\\u007f\",\"exp\":"
                            "1795379176,\"aud\":[\"https://api.example\"],\"act\":{\"sub\":\"c\"},"
                            "\"ok\":true,\"no\":null,\"x\":1.50}",
                            *state),
                    1, 240);
}

static void test_a_token_that_its_variables_do_not_make_is_kept_whole(void **state)
{
    static const char *const claims[] = {
        "{\"tenant-id\":\"renamed\"}",
        "{\"sub\":\"mira\",\"SUB\":\"dropped\"}",
        "{ \"sub\": \"spaced\" }",
        "{\"sub\":\"other\\/escapes\"}",
    };
    const char *token;
    int i;

    for (i = 0; i < COUNT(claims); i++)
        assert_true(kept_of(&token, claims[i], *state) > strlen(token));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_texts_are_as_they_are_and_the_rest_is_json),
        WITH_POOL(test_a_name_spelled_as_the_variable_comes_first),
        WITH_POOL(test_a_name_in_other_capitals_is_not_another_variable),
        WITH_POOL(test_a_token_is_kept_without_its_payload_and_comes_out_octet_by_octet),
        WITH_POOL(test_a_token_that_its_variables_do_not_make_is_kept_whole),
    };

    return cmocka_run_group_tests_name("mod_tokex/result", tests, start, stop);
}
