#include "crypt_jws.h"

#include "base/limits.h"

static void test_header_that_is_no_strict_object_refused(void **state)
{
    const fixture_t *f = *state;

    assert_header(f, "[]", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "null", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "\"ES256\"", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "{\"alg\":\"ES256\"", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "{\"alg\":\"ES256\"} ES256", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "\xef\xbb\xbf{\"alg\":\"ES256\"}", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "{\"alg\":\"ES256\",\"x\":\"\xff\"}", TOKEX_E_TOKEN_HEADER);
}

static void test_HDR_002_header_without_alg_refused(void **state)
{
    assert_header(*state, "{}", TOKEX_E_TOKEN_ALG);
    assert_header(*state, "{\"Alg\":\"ES256\"}", TOKEX_E_TOKEN_ALG);
}

static void test_HDR_003_alg_that_is_no_string_refused(void **state)
{
    static const char *const values[] = {"1", "null", "true", "[\"ES256\"]", "{\"alg\":\"ES256\"}"};
    const fixture_t *f = *state;

    for (int i = 0; i < COUNT(values); i++)
        assert_header(f, apr_psprintf(f->pool, "{\"alg\":%s}", values[i]), TOKEX_E_TOKEN_ALG);
}

static void test_HDR_006_alg_is_case_sensitive_and_exact(void **state)
{
    static const char *const values[] = {" RS256", "RS256 ", "rs256", "RS256\\n", "Rs256", "eddsa",
                                         "",       "none",   "None",  "NONE",     "nOnE"};
    const fixture_t *f = *state;

    for (int i = 0; i < COUNT(values); i++)
        assert_header(f, apr_psprintf(f->pool, "{\"alg\":\"%s\"}", values[i]), TOKEX_E_TOKEN_ALG);
}

static void test_HDR_009_duplicate_alg_refused(void **state)
{
    assert_header(*state, "{\"alg\":\"ES256\",\"alg\":\"none\"}", TOKEX_E_TOKEN_HEADER);
    assert_header(*state, "{\"alg\":\"ES256\",\"\\u0061lg\":\"ES256\"}", TOKEX_E_TOKEN_HEADER);
}

static void test_HDR_012_HDR_013_HDR_016_HDR_017_crit_and_b64_refused(void **state)
{
    static const char *const members[] = {
        "\"crit\":[]",
        "\"crit\":\"exp\"",
        "\"crit\":{}",
        "\"crit\":[1]",
        "\"crit\":null",
        "\"crit\":[\"exp\"],\"exp\":1",
        "\"crit\":[\"b64\"],\"b64\":false",
        "\"b64\":false",
        "\"b64\":true",
    };
    const fixture_t *f = *state;

    for (int i = 0; i < COUNT(members); i++)
        assert_header(f, apr_psprintf(f->pool, "{\"alg\":\"ES256\",%s}", members[i]),
                      TOKEX_E_TOKEN_CRIT);
}

static void test_HDR_024_kid_over_the_limit_refused(void **state)
{
    const fixture_t *f = *state;
    char *kid = apr_pcalloc(f->pool, TOKEX_LIMIT_KID + 2);
    const tokex_jws_t *jws;

    memset(kid, 'k', TOKEX_LIMIT_KID);
    jws =
        parsed(f, token_with(f, apr_psprintf(f->pool, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid)));
    assert_string_equal(jws->kid, kid);
    kid[TOKEX_LIMIT_KID] = 'k';
    assert_header(f, apr_psprintf(f->pool, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid),
                  TOKEX_E_TOKEN_KID);
}

static void test_HDR_023_HDR_024_log_text_of_an_unknown_kid_is_tame(void **state)
{
    const fixture_t *f = *state;
    char *kid = apr_pcalloc(f->pool, TOKEX_LIMIT_KID + 1);
    const tokex_keyset_t *set = public_set(f, make_ec(f, "P-256"), "k");
    const tokex_err_t *err =
        check(f, set, token_with(f, "{\"alg\":\"ES256\",\"kid\":\"\\n'; DROP TABLE keys; --\"}"));

    assert_code(err, TOKEX_E_KEY_UNKNOWN);
    assert_null(strchr(err->log_text, '\n'));
    memset(kid, 'k', TOKEX_LIMIT_KID);
    err = check(f, set,
                token_with(f, apr_psprintf(f->pool, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid)));
    assert_code(err, TOKEX_E_KEY_UNKNOWN);
    assert_true(strlen(err->log_text) < TOKEX_LIMIT_KID);
}

static void test_HDR_025_kid_that_is_no_string_refused(void **state)
{
    assert_header(*state, "{\"alg\":\"ES256\",\"kid\":1}", TOKEX_E_TOKEN_KID);
    assert_header(*state, "{\"alg\":\"ES256\",\"kid\":{}}", TOKEX_E_TOKEN_KID);
    assert_header(*state, "{\"alg\":\"ES256\",\"kid\":null}", TOKEX_E_TOKEN_KID);
}

static void test_HDR_023_kid_with_nul_refused(void **state)
{
    assert_header(*state, "{\"alg\":\"ES256\",\"kid\":\"k\\u0000\"}", TOKEX_E_TOKEN_HEADER);
}

static void test_typ_that_is_no_string_refused(void **state)
{
    assert_header(*state, "{\"alg\":\"ES256\",\"typ\":1}", TOKEX_E_TOKEN_HEADER);
    assert_header(*state, "{\"alg\":\"ES256\",\"typ\":null}", TOKEX_E_TOKEN_HEADER);
    assert_header(*state, "{\"alg\":\"none\",\"typ\":[]}", TOKEX_E_TOKEN_HEADER);
}

static const char *header_of_size(const fixture_t *f, size_t size)
{
    static const char frame[] = "{\"alg\":\"ES256\",\"x\":\"\"}";
    char *filling = apr_pcalloc(f->pool, size);

    memset(filling, 'x', size - strlen(frame));
    return apr_psprintf(f->pool, "{\"alg\":\"ES256\",\"x\":\"%s\"}", filling);
}

static void test_HDR_035_header_over_4_KiB_refused(void **state)
{
    const fixture_t *f = *state;

    (void)parsed(f, token_with(f, header_of_size(f, 4096)));
    assert_header(f, header_of_size(f, 4097), TOKEX_E_TOKEN_HEADER);
}

static void test_checks_come_in_the_promised_order(void **state)
{
    const fixture_t *f = *state;

    assert_refused(f, apr_pstrcat(f->pool, encoded(f, "{\"alg\":\"none\"}"), "." P ".!", NULL),
                   TOKEX_E_TOKEN_ENCODING);
    assert_refused(
        f, apr_pstrcat(f->pool, encoded(f, "{\"alg\":\"none\",\"crit\":[]}"), ".W10." S, NULL),
        TOKEX_E_TOKEN_ALG);
    assert_refused(f,
                   apr_pstrcat(f->pool, encoded(f, "{\"alg\":\"ES256\",\"crit\":[],\"kid\":1}"),
                               ".W10." S, NULL),
                   TOKEX_E_TOKEN_CRIT);
    assert_refused(
        f, apr_pstrcat(f->pool, encoded(f, "{\"alg\":\"ES256\",\"kid\":1}"), ".W10." S, NULL),
        TOKEX_E_TOKEN_KID);
}

static void test_claims_that_are_no_strict_object_refused(void **state)
{
    static const char *const texts[] = {"[]",         "null", "7",  "{\"a\":1,\"a\":1}",
                                        "{\"a\":01}", "{",    "{}x"};
    const fixture_t *f = *state;

    for (int i = 0; i < COUNT(texts); i++)
        assert_refused(f, apr_pstrcat(f->pool, H ".", encoded(f, texts[i]), "." S, NULL),
                       TOKEX_E_TOKEN_CLAIMS);
}

static void test_HDR_036_unknown_header_members_are_ignored(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    signing_t how = {.pkey = pkey,
                     .digest = "SHA256",
                     .header = "{\"alg\":\"ES256\",\"zip\":\"DEF\",\"x\":{\"y\":[1]}}"};

    assert_success(check(f, public_set(f, pkey, NULL), make_token(f, &how)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_header_that_is_no_strict_object_refused),
        WITH_CRYPT(test_HDR_002_header_without_alg_refused),
        WITH_CRYPT(test_HDR_003_alg_that_is_no_string_refused),
        WITH_CRYPT(test_HDR_006_alg_is_case_sensitive_and_exact),
        WITH_CRYPT(test_HDR_009_duplicate_alg_refused),
        WITH_CRYPT(test_HDR_012_HDR_013_HDR_016_HDR_017_crit_and_b64_refused),
        WITH_CRYPT(test_HDR_024_kid_over_the_limit_refused),
        WITH_CRYPT(test_HDR_023_HDR_024_log_text_of_an_unknown_kid_is_tame),
        WITH_CRYPT(test_HDR_025_kid_that_is_no_string_refused),
        WITH_CRYPT(test_HDR_023_kid_with_nul_refused),
        WITH_CRYPT(test_typ_that_is_no_string_refused),
        WITH_CRYPT(test_HDR_035_header_over_4_KiB_refused),
        WITH_CRYPT(test_checks_come_in_the_promised_order),
        WITH_CRYPT(test_claims_that_are_no_strict_object_refused),
        WITH_CRYPT(test_HDR_036_unknown_header_members_are_ignored),
    };

    return cmocka_run_group_tests_name("crypt/jws_header", tests, start, stop);
}
