#include "exchange_world.h"

#include <apr_base64.h>

static const tokex_err_t *read_with(tokex_request_t **out, apr_pool_t *pool, const char *body,
                                    const char *authorization)
{
    const tokex_form_t *form = NULL;
    assert_success(tokex_form_parse(&form, body, strlen(body), pool));
    return tokex_request_read(out, form, authorization, pool);
}

static const tokex_request_t *taken(world_t *w, const char *body, const char *authorization)
{
    tokex_request_t *request = NULL;
    assert_success(read_with(&request, w->pool, body, authorization));
    return request;
}

static const tokex_err_t *refuse_with(world_t *w, const char *body, const char *authorization,
                                      tokex_code_t code)
{
    tokex_request_t *request = NULL;
    const tokex_err_t *err = read_with(&request, w->pool, body, authorization);
    if (!err)
        fail_msg("accepted: %s", body);
    assert_code(err, code);
    assert_null(request);
    return err;
}

static const char *basic(world_t *w, const char *octets, int len)
{
    char *text = apr_pcalloc(w->pool, (apr_size_t)apr_base64_encode_len(len) + 8);
    memcpy(text, "Basic ", 6);
    (void)apr_base64_encode_binary(text + 6, (const unsigned char *)octets, len);
    return text;
}

static const tokex_credentials_t *basic_of(world_t *w, const char *credentials)
{
    const char *header = basic(w, credentials, (int)strlen(credentials));
    return &taken(w, "", header)->credentials;
}

static void test_AS_28_parameters_are_taken_from_the_form(void **state)
{
    const tokex_request_t *r =
        taken(*state,
              "grant_type=g&subject_token=a.b.c&subject_token_type=t&requested_token_type=r"
              "&actor_token=x&actor_token_type=y&scope=one+two&audience=a&resource=b&audience=c"
              "&unknown=ignored",
              NULL);
    assert_string_equal(r->grant_type, "g");
    assert_string_equal(r->subject_token, "a.b.c");
    assert_int_equal(r->subject_token_len, 5);
    assert_string_equal(r->subject_token_type, "t");
    assert_string_equal(r->requested_token_type, "r");
    assert_string_equal(r->actor_token, "x");
    assert_string_equal(r->actor_token_type, "y");
    assert_string_equal(r->scope, "one two");
    assert_int_equal(r->audience_count, 2);
    assert_string_equal(r->audiences[1], "c");
    assert_int_equal(r->resource_count, 1);
    assert_null(r->credentials.client_id);
}

static void test_TEP_018_empty_values_count_as_omitted(void **state)
{
    const tokex_request_t *r =
        taken(*state, "grant_type=&subject_token=&audience=&resource=&scope=&client_id=", NULL);
    assert_null(r->grant_type);
    assert_null(r->subject_token);
    assert_int_equal(r->subject_token_len, 0);
    assert_null(r->scope);
    assert_int_equal(r->audience_count, 0);
    assert_int_equal(r->resource_count, 0);
    assert_null(r->credentials.client_id);
}

static void test_CU_19_credentials_in_the_body(void **state)
{
    const tokex_request_t *r = taken(*state, "client_id=shop&client_secret=a%2Bb", NULL);
    assert_string_equal(r->credentials.client_id, "shop");
    assert_string_equal(r->credentials.client_secret, "a+b");
    assert_null(r->credentials.decoded_id);
}

static void test_basic_credentials_form_encoded_and_raw(void **state)
{
    const tokex_credentials_t *c = basic_of(*state, "orders%3A1:se%2Fcr%2Bet");
    assert_string_equal(c->client_id, "orders%3A1");
    assert_string_equal(c->client_secret, "se%2Fcr%2Bet");
    assert_string_equal(c->decoded_id, "orders:1");
    assert_string_equal(c->decoded_secret, "se/cr+et");
    c = basic_of(*state, "shop:se/cr.et");
    assert_string_equal(c->client_secret, "se/cr.et");
    assert_null(c->decoded_id);
    c = basic_of(*state, "shop:100%");
    assert_string_equal(c->client_secret, "100%");
    assert_null(c->decoded_id);
}

static void test_CAU_009_first_colon_splits(void **state)
{
    const tokex_credentials_t *c = basic_of(*state, "shop:a:b:c");
    assert_string_equal(c->client_id, "shop");
    assert_string_equal(c->client_secret, "a:b:c");
    assert_string_equal(basic_of(*state, "shop:")->client_secret, "");
}

static void test_CAU_011_broken_base64_refused(void **state)
{
    static const char *const broken[] = {
        "c2hvcDphYg",       /* padding missing */
        "c2hvcDphYg=",      /* half of it */
        "c2hvcDph\nYg==",   /* a line break */
        "c2hvcDph Yg==",    /* a blank */
        "c2hvcDphYg==c2hv", /* more behind the padding */
        "c2hvcDphYh==",     /* bits that stand for nothing */
        "c2hvcDph-_==",     /* the alphabet of URLs */
        "====",
        "=",
        "c2hvcDphYg==\t",
    };
    world_t *w = *state;
    for (int i = 0; i < COUNT(broken); i++)
        refuse_with(w, "", apr_pstrcat(w->pool, "Basic ", broken[i], NULL),
                    TOKEX_E_CLIENT_AUTH_SYNTAX);
    assert_string_equal(taken(w, "", "Basic c2hvcDphYg==")->credentials.client_secret, "ab");
    refuse_with(w, "", basic(w, "shop\0:ab", 8), TOKEX_E_CLIENT_AUTH_SYNTAX);
    refuse_with(w, "", basic(w, "shop:a\0b", 8), TOKEX_E_CLIENT_AUTH_SYNTAX);
    refuse_with(w, "", basic(w, "shop:\xFF\xFE", 7), TOKEX_E_CLIENT_AUTH_SYNTAX);
    refuse_with(w, "", basic(w, "nocolon", 7), TOKEX_E_CLIENT_AUTH_SYNTAX);
}

static void test_every_length_of_basic_credentials_comes_through(void **state)
{
    world_t *w = *state;
    for (int len = 2; len < 40; len++) {
        char *text = apr_pcalloc(w->pool, (apr_size_t)len + 1);
        memset(text, 'x', (apr_size_t)len);
        text[1] = ':';
        assert_string_equal(basic_of(w, text)->client_secret, text + 2);
    }
}

static void test_CAU_012_a_mebibyte_of_base64_refused(void **state)
{
    world_t *w = *state;
    int most = 3 * (TOKEX_LIMIT_CLIENT_ID + TOKEX_LIMIT_CLIENT_SECRET) + 1;
    char *text = apr_palloc(w->pool, 1 << 20);
    memset(text, 'a', 1 << 20);
    text[1] = ':';
    taken(w, "", basic(w, text, most));
    refuse_with(w, "", basic(w, text, most + 3), TOKEX_E_CLIENT_AUTH_SYNTAX);
    refuse_with(w, "", basic(w, text, 1 << 20), TOKEX_E_CLIENT_AUTH_SYNTAX);
}

static void test_CAU_013_scheme_in_any_case_with_blanks_or_nothing_behind(void **state)
{
    refuse_with(*state, "", "Basic", TOKEX_E_CLIENT_AUTH_SYNTAX);
    refuse_with(*state, "", "Basic ", TOKEX_E_CLIENT_AUTH_SYNTAX);
    assert_string_equal(taken(*state, "", "basic c2hvcDphYg==")->credentials.client_id, "shop");
    assert_string_equal(taken(*state, "", "BASIC  c2hvcDphYg==")->credentials.client_id, "shop");
}

static void test_CAU_014_other_schemes_refused_and_nothing_of_the_header_told(void **state)
{
    world_t *w = *state;
    static const char *const headers[] = {"Bearer hidden", "hidden",   "",
                                          "Basic,hidden",  "Basichid", "hidden:hidden"};
    for (int i = 0; i < COUNT(headers); i++) {
        const tokex_err_t *err = refuse_with(w, "", headers[i], TOKEX_E_CLIENT_AUTH_METHOD);
        assert_null(strstr(tokex_err_text(err, w->pool), "hid"));
    }
    assert_non_null(
        strstr(refuse_with(w, "", "bearer x", TOKEX_E_CLIENT_AUTH_METHOD)->log_text, "Bearer"));
}

static void test_CAU_035_empty_id_refused(void **state)
{
    refuse_with(*state, "", basic(*state, ":secret", 7), TOKEX_E_CLIENT_AUTH_SYNTAX);
}

static void test_CAU_004_two_methods_refused(void **state)
{
    world_t *w = *state;
    const char *header = basic(w, "shop:ab", 7);
    const tokex_err_t *err =
        refuse_with(w, "client_secret=ab", header, TOKEX_E_CLIENT_AUTH_MULTIPLE);
    assert_int_equal(tokex_err_info(err->code)->http_status, 400);
    refuse_with(w, "client_id=shop&client_secret=ab", header, TOKEX_E_CLIENT_AUTH_MULTIPLE);
    refuse_with(w, "client_assertion=x", header, TOKEX_E_CLIENT_AUTH_MULTIPLE);
    refuse_with(w, "client_assertion=x&client_id=shop&client_secret=ab", NULL,
                TOKEX_E_CLIENT_AUTH_MULTIPLE);
    refuse_with(w, "client_assertion=x&client_assertion_type=y", NULL, TOKEX_E_CLIENT_AUTH_METHOD);
}

static void test_CAU_007_another_client_id_in_the_body_refused(void **state)
{
    world_t *w = *state;
    refuse_with(w, "client_id=shop2", basic(w, "shop:ab", 7), TOKEX_E_CLIENT_AUTH_MULTIPLE);
    refuse_with(w, "client_id=Shop", basic(w, "shop:ab", 7), TOKEX_E_CLIENT_AUTH_MULTIPLE);
    assert_string_equal(taken(w, "client_id=shop", basic(w, "shop:ab", 7))->credentials.client_id,
                        "shop");
    assert_string_equal(taken(w, "client_id=a:1", basic(w, "a%3A1:s", 7))->credentials.decoded_id,
                        "a:1");
    refuse_with(w, "client_id=a%253A1", basic(w, "a%3A1:s", 7), TOKEX_E_CLIENT_AUTH_MULTIPLE);
}

static void test_credentials_over_their_limits_refused(void **state)
{
    world_t *w = *state;
    char *id = apr_pcalloc(w->pool, TOKEX_LIMIT_CLIENT_ID + 2);
    char *secret = apr_pcalloc(w->pool, TOKEX_LIMIT_CLIENT_SECRET + 2);
    memset(id, 'i', TOKEX_LIMIT_CLIENT_ID);
    memset(secret, 's', TOKEX_LIMIT_CLIENT_SECRET);
    taken(w, apr_pstrcat(w->pool, "client_id=", id, "&client_secret=", secret, NULL), NULL);
    refuse_with(w, apr_pstrcat(w->pool, "client_id=", id, "i", NULL), NULL,
                TOKEX_E_CLIENT_AUTH_SYNTAX);
    refuse_with(w, apr_pstrcat(w->pool, "client_secret=", secret, "s", NULL), NULL,
                TOKEX_E_CLIENT_AUTH_SYNTAX);
}

static void test_too_many_targets_refused(void **state)
{
    world_t *w = *state;
    tokex_form_param_t params[TOKEX_LIMIT_TARGETS + 1];
    tokex_form_t form = {params, TOKEX_LIMIT_TARGETS + 1};
    tokex_request_t *request = NULL;
    for (int i = 0; i < form.count; i++)
        params[i] = (tokex_form_param_t){"resource", "x", 1};
    assert_int_equal(tokex_request_read(&request, &form, NULL, w->pool)->code,
                     TOKEX_E_FORM_TOO_MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_AS_28_parameters_are_taken_from_the_form),
        WITH_WORLD(test_TEP_018_empty_values_count_as_omitted),
        WITH_WORLD(test_CU_19_credentials_in_the_body),
        WITH_WORLD(test_basic_credentials_form_encoded_and_raw),
        WITH_WORLD(test_CAU_009_first_colon_splits),
        WITH_WORLD(test_CAU_011_broken_base64_refused),
        WITH_WORLD(test_every_length_of_basic_credentials_comes_through),
        WITH_WORLD(test_CAU_012_a_mebibyte_of_base64_refused),
        WITH_WORLD(test_CAU_013_scheme_in_any_case_with_blanks_or_nothing_behind),
        WITH_WORLD(test_CAU_014_other_schemes_refused_and_nothing_of_the_header_told),
        WITH_WORLD(test_CAU_035_empty_id_refused),
        WITH_WORLD(test_CAU_004_two_methods_refused),
        WITH_WORLD(test_CAU_007_another_client_id_in_the_body_refused),
        WITH_WORLD(test_credentials_over_their_limits_refused),
        WITH_WORLD(test_too_many_targets_refused),
    };
    return cmocka_run_group_tests_name("exchange/request", tests, make_keys, drop_keys);
}
