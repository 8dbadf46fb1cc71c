#include "policy_fixture.h"

/* An issuer without keys of its own that has these members more. */
static parts_t with_members(fixture_t *f, const char *members)
{
    parts_t parts = good_parts(f);
    parts.issuers =
        apr_psprintf(f->pool, "{'id':'a','name':'A','issuer':'https://a.example',%s}", members);
    return parts;
}

static void assert_warnings(fixture_t *f, int count)
{
    /* There is no signing key in these documents, which is said too. */
    if (f->faults->count != count + 1)
        fail_msg("%d warnings expected:\n%s", count, all_faults(f));
}

static void test_places_of_keys_compile_without_a_word(void **state)
{
    static const char *const sound[] = {
        "'jwks_urls':['https://a.example/jwks']",
        "'jwks_urls':['https://a.example:8443/jwks?v=1&x=/','https://[2001:db8::1]/jwks']",
        "'jwks_urls':['https://a.example?v=1','https://a.example/?v=2']",
        "'metadata_url':'https://a.example/.well-known/openid-configuration'",
        /* A document may be anywhere. */
        "'metadata_url':'https://b.example/x.json?y'",
        "'jwks_urls':['https://a.example/jwks'],'metadata_url':'https://a.example/meta'",
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++) {
        parts_t parts = with_members(f, sound[i]);
        compile_good(f, &parts);
        assert_warnings(f, 0);
    }
}

static void test_keys_are_fetched_by_https_only(void **state)
{
    static const char *const wrong[] = {
        "http://a.example/jwks",
        "ftp://a.example/jwks",
        "file:///etc/passwd",
        "urn:a",
        "HTTPS://a.example/jwks",
        "https:///jwks",
        "https://?jwks",
        "https://a.example:0/jwks",
        "https://a.example:65536/jwks",
        "https://[::1/jwks",
        "http://localhost.evil.example/jwks",
        "http://127.0.0.1.x/jwks",
        "http://a.example/?http://localhost",
        "http://127.0.0.2/jwks",
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        parts_t parts = with_members(
            f, apr_psprintf(f->pool, "'jwks_urls':['https://a.example/','%s']", wrong[i]));
        assert_only_error(f, &parts,
                          apr_psprintf(f->pool,
                                       "issuer \"a\": field jwks_urls: \"%s\": keys are not "
                                       "fetched from such a URL.",
                                       wrong[i]));
        parts = with_members(f, apr_psprintf(f->pool, "'metadata_url':'%s'", wrong[i]));
        assert_only_error(f, &parts, "issuer \"a\": field metadata_url: ");
        assert_non_null(tokex_policy_key_url_problem(wrong[i], f->pool));
    }
}

/* What metadata names was in no document that was read before. */
static void test_a_url_that_others_name_is_judged_alike(void **state)
{
    static const char *const wrong[] = {"",
                                        "keys",
                                        "https://a.example/#x",
                                        "https://me@a.example/",
                                        "https://a.example/a b",
                                        "https://a.example/\r\nX: y"};
    static const char *const right[] = {"https://a.example", "https://a.example:8443/jwks?v=1&x=/",
                                        "http://127.0.0.1:8080/jwks?x", "http://[::1]:1/m"};
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_non_null(tokex_policy_key_url_problem(wrong[i], f->pool));
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        assert_null(tokex_policy_key_url_problem(right[i], f->pool));
}

static void test_keys_without_tls_are_for_loopback_hosts_and_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_members(f, "'jwks_urls':['http://127.0.0.1:8080/jwks?x',"
                                    "'http://localhost/jwks'],'metadata_url':'http://[::1]:1/m'");
    compile_good(f, &parts);
    assert_warning(f, "field jwks_urls: \"http://127.0.0.1:8080/jwks?x\": keys are fetched from "
                      "there without TLS.");
    assert_warning(f, "field metadata_url: \"http://[::1]:1/m\": keys are fetched from there");
    assert_warnings(f, 3);
}

static void test_one_url_is_no_key_set_and_metadata_at_once(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_members(f, "'jwks_urls':['https://a.example/j','https://a.example/m'],"
                                    "'metadata_url':'https://a.example/m'");
    assert_only_error(f, &parts,
                      "issuer \"a\": field metadata_url: \"https://a.example/m\": the URL stands "
                      "in jwks_urls too.");
}

static void test_an_issuer_with_a_place_of_keys_is_not_said_to_have_none(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_members(f, "'leeway':0");
    compile_good(f, &parts);
    assert_warning(f, "issuer \"a\": field keys: the issuer has no key");
    parts = with_members(f, "'jwks_urls':[]");
    compile_good(f, &parts);
    assert_warning(f, "issuer \"a\": field keys: the issuer has no key");
    parts = with_members(f, "'metadata_url':'https://a.example/m'");
    compile_good(f, &parts);
    assert_warnings(f, 0);
    /* Nor does a key for another algorithm mean that none fits. */
    parts = with_members(f, apr_psprintf(f->pool,
                                         "'algorithms':['RS256'],'keys':[{'jwk':%s}],"
                                         "'jwks_urls':['https://a.example/m']",
                                         new_jwk(f, "ES256", NULL)));
    compile_good(f, &parts);
    assert_warnings(f, 0);
}

static void test_keys_that_end_before_new_ones_come_are_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts =
        with_members(f, "'jwks_urls':['https://a.example/j'],'keys_refresh':60,'keys_stale':60");
    compile_good(f, &parts);
    assert_warnings(f, 0);
    parts =
        with_members(f, "'jwks_urls':['https://a.example/j'],'keys_refresh':61,'keys_stale':60");
    compile_good(f, &parts);
    assert_warnings(f, 1);
    assert_warning(f, "issuer \"a\": field keys_stale: \"60\": fetched keys are not used any more "
                      "before newer ones are asked for, after 61 seconds.");
    /* Without a place it means nothing. */
    parts = with_members(
        f, apr_psprintf(f->pool, "'keys_stale':0,'keys':[{'jwk':%s}]", new_jwk(f, "ES256", NULL)));
    compile_good(f, &parts);
    assert_warnings(f, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_places_of_keys_compile_without_a_word),
        WITH_FIXTURE(test_keys_are_fetched_by_https_only),
        WITH_FIXTURE(test_a_url_that_others_name_is_judged_alike),
        WITH_FIXTURE(test_keys_without_tls_are_for_loopback_hosts_and_warned_of),
        WITH_FIXTURE(test_one_url_is_no_key_set_and_metadata_at_once),
        WITH_FIXTURE(test_an_issuer_with_a_place_of_keys_is_not_said_to_have_none),
        WITH_FIXTURE(test_keys_that_end_before_new_ones_come_are_warned_of),
    };
    return cmocka_run_group_tests_name("policy/compile_sources", tests, start, stop);
}
