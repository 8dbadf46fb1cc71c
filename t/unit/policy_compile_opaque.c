#include "policy_fixture.h"

#define ASKED                                                                                      \
    "'introspection_url':'https://a.example/i','introspection_client_id':'us',"                    \
    "'introspection_sealed':'1.x'"

/* An issuer without keys that has these members more, and a mapping `m` with such a row. */
static parts_t with_members(fixture_t *f, const char *members, const char *source)
{
    parts_t parts = good_parts(f);
    parts.issuers = apr_psprintf(
        f->pool, "{'id':'a','name':'A','issuer':'https://a.example','mapping':'m',%s}", members);
    parts.mappings = apr_psprintf(
        f->pool, "{'id':'m','name':'M','rows':[{'source':'%s','from':'x\\\\.y','to':'z'}]}",
        source);
    return parts;
}

static void assert_warnings(fixture_t *f, int count)
{
    /* There is no signing key in these documents, which is said too. */
    if (f->faults->count != count + 1)
        fail_msg("%d warnings expected:\n%s", count, all_faults(f));
}

static void test_who_is_asked_compiles_without_a_word(void **state)
{
    static const char *const sound[] = {
        ASKED,
        "'userinfo_url':'https://b.example:8443/u?x=1'",
        ASKED ",'userinfo_url':'https://a.example/u','opaque_cache':0,'introspection_auth':'post'",
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++) {
        parts_t parts = with_members(f, sound[i], "subject");
        const tokex_policy_t *policy = compile_good(f, &parts);
        /* No keys are nothing to complain of. */
        assert_warnings(f, 0);
        assert_true(
            tokex_policy_takes_opaque(tokex_policy_issuer(policy, "https://a.example")->config));
    }
}

static void test_tokens_are_sent_by_https_only(void **state)
{
    static const char *const wrong[] = {"http://a.example/i", "ftp://a.example/i", "urn:a",
                                        "https://?i", "http://localhost.evil.example/i"};
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        parts_t parts =
            with_members(f, apr_psprintf(f->pool, "'userinfo_url':'%s'", wrong[i]), "subject");
        assert_only_error(f, &parts,
                          apr_psprintf(f->pool,
                                       "issuer \"a\": field userinfo_url: \"%s\": no token is sent "
                                       "to such a URL.",
                                       wrong[i]));
        parts = with_members(f,
                             apr_psprintf(f->pool,
                                          "'introspection_url':'%s','introspection_client_id':'us',"
                                          "'introspection_sealed':'1.x'",
                                          wrong[i]),
                             "subject");
        assert_only_error(f, &parts, "issuer \"a\": field introspection_url: ");
    }
}

static void test_introspection_is_asked_by_somebody(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_members(
        f, "'introspection_url':'https://a.example/i','introspection_sealed':'1.x'", "subject");
    assert_only_error(f, &parts, "issuer \"a\": field introspection_client_id: ");
    parts = with_members(
        f, "'introspection_url':'https://a.example/i','introspection_client_id':'us'", "subject");
    assert_only_error(f, &parts, "issuer \"a\": field introspection_secret: ");
}

static void test_a_row_that_nobody_can_be_asked_for(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_members(f, ASKED, "userinfo");
    assert_only_error(f, &parts,
                      "issuer \"a\": field mapping: \"m\": a row of it has the source "
                      "userinfo");
    parts = with_members(f, "'userinfo_url':'https://a.example/u'", "introspection");
    (void)compile_good(f, &parts);
    assert_warnings(f, 1);
    parts = with_members(f, "'userinfo_url':'https://a.example/u'", "userinfo");
    assert_true(
        tokex_policy_issuer(compile_good(f, &parts), "https://a.example")->mapping->reads_userinfo);
}

static void test_a_client_brings_tokens_of_one_that_takes_such(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_members(f, ASKED, "subject");
    parts.clients = "{'id':'c','name':'C','grant_types':[],'opaque_issuer':'a'}";
    assert_string_equal(
        tokex_policy_client(compile_good(f, &parts), "c")->opaque_issuer->config->id, "a");
    parts.clients = "{'id':'c','name':'C','grant_types':[],'opaque_issuer':'b'}";
    assert_only_error(f, &parts, "client \"c\": field opaque_issuer: \"b\": ");
    parts = with_members(f, "'jwks_urls':['https://a.example/jwks']", "subject");
    parts.clients = "{'id':'c','name':'C','grant_types':[],'opaque_issuer':'a'}";
    assert_only_error(f, &parts,
                      "client \"c\": field opaque_issuer: \"a\": this issuer can be "
                      "asked about no opaque token");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_who_is_asked_compiles_without_a_word),
        WITH_FIXTURE(test_tokens_are_sent_by_https_only),
        WITH_FIXTURE(test_introspection_is_asked_by_somebody),
        WITH_FIXTURE(test_a_row_that_nobody_can_be_asked_for),
        WITH_FIXTURE(test_a_client_brings_tokens_of_one_that_takes_such),
    };
    return cmocka_run_group_tests_name("policy/compile_opaque", tests, start, stop);
}
