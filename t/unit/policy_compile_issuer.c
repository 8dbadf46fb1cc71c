#include "policy_fixture.h"

#include "keys/issuer_keys.h"

static void test_one_iss_belongs_to_one_issuer(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example'},"
                    "{'id':'b','name':'B','issuer':'https://a.example'}";
    assert_only_error(f, &parts,
                      "issuer \"b\": field issuer: \"https://a.example\": the issuer "
                      "\"a\" has this URL already.");
}

static void with_url(parts_t *parts, fixture_t *f, const char *url)
{
    *parts = good_parts(f);
    parts->issuers =
        apr_psprintf(f->pool, "{'id':'a','name':'A','issuer':'%s','keys':[{'jwk':%s}]}", url,
                     new_jwk(f, "ES256", NULL));
}

static void test_only_https_urls_are_issuers(void **state)
{
    static const char *const wrong[] = {
        "javascript:alert(1)",
        "http://a.example",
        "ftp://a.example",
        "urn:a",
        "https://",
        "https:///x",
        "https://a.example?x",
        "https://a.example:0",
        "https://a.example:65536",
        "https://a.example:x",
        "https://[::1",
        "http://localhost.evil.example",
        "http://127.0.0.1.x",
        "https://a.example:80:80/x",
        "HTTPS://a.example",
        "https://:443",
        "http://local",
        "https://a.example/x?y",

        "http://127.0.0.2",
        "https://[::1]x",
    };
    static const char *const right[] = {"https://a.example", "https://a.example:8443/x/y",
                                        "https://[2001:db8::1]:443/"};
    fixture_t *f = *state;
    parts_t parts;
    for (int i = 0; i < COUNT(wrong); i++) {
        with_url(&parts, f, wrong[i]);
        parts.clients = CLIENT_OF(RULE);
        assert_only_error(f, &parts, "issuer \"a\": field issuer: ");
    }
    for (int i = 0; i < COUNT(right); i++) {
        with_url(&parts, f, right[i]);
        compile_good(f, &parts);
        assert_int_equal(f->faults->count, 1);
    }
}

static void test_http_is_for_loopback_hosts_and_warned_of(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:8080/idp", "http://[::1]",
                                       "http://localhost/"};
    fixture_t *f = *state;
    parts_t parts;
    for (int i = 0; i < COUNT(urls); i++) {
        with_url(&parts, f, urls[i]);
        compile_good(f, &parts);
        assert_warning(f, "this issuer is reached without TLS");
    }
}

static void test_our_own_issuer_url_is_no_foreign_issuer(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    const tokex_policy_t *policy = NULL;
    with_url(&parts, f, "https://us.example");
    assert_only_error(f, &parts, "this is our own issuer URL");
    /* On a host that does not know which server it is for, nothing is said. */
    forget(f);
    assert_null(tokex_policy_compile(&policy, read_parts(f, &parts), NULL, NOW, f->crypt, f->faults,
                                     f->pool, f->pool));
}

static void test_twins_that_differ_by_a_slash_are_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example/'},"
                    "{'id':'b','name':'B','issuer':'https://a.example'}";
    compile_good(f, &parts);
    assert_warning(f, "issuer \"a\": field issuer: \"https://a.example/\": the URL of the issuer "
                      "\"b\" differs by the last slash only.");
}

static void with_keys(parts_t *parts, fixture_t *f, const char *algorithms, const char *keys)
{
    *parts = good_parts(f);
    parts->issuers = apr_psprintf(f->pool,
                                  "{'id':'a','name':'A','issuer':'https://a.example',"
                                  "'algorithms':[%s],'keys':[%s]}",
                                  algorithms, keys);
}

static const char *pem(fixture_t *f, const char *file)
{
    apr_size_t len;
    const char *text = source_file(f, apr_pstrcat(f->pool, "t/data/config/", file, NULL), &len);
    const char *escaped = "";
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        escaped = apr_psprintf(f->pool, "%s%.*s\\n", escaped, (int)n, line);
        line += n + (line[n] == '\n');
    }
    return apr_psprintf(f->pool, "{'pem':'%s'}", escaped);
}

static void test_AS_9_certificates_serve_as_keys(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    const tokex_policy_t *policy;
    const tokex_key_t *key = NULL;
    const tokex_issuer_keys_t *keys;
    with_keys(&parts, f, "'RS256','ES256'",
              apr_pstrcat(f->pool, pem(f, "rsa.crt"), ",", pem(f, "ec.crt"), NULL));
    policy = compile_good(f, &parts);
    assert_int_equal(f->faults->count, 1);
    assert_null(tokex_issuer_keys_create(&keys, policy, NULL, NULL, f->crypt, f->pool));
    assert_null(tokex_issuer_keys_find(&key, (void *)keys,
                                       tokex_policy_issuer(policy, "https://a.example"), "any",
                                       TOKEX_ALG_RS256, NOW, f->pool));
    assert_string_equal(tokex_jwk_kty(key, NULL), "RSA");
    assert_null(tokex_issuer_keys_find(&key, (void *)keys,
                                       tokex_policy_issuer(policy, "https://a.example"), "any",
                                       TOKEX_ALG_ES256, NOW, f->pool));
    assert_string_equal(tokex_jwk_kty(key, NULL), "EC");
}

static void test_JWK_016_an_expired_certificate_is_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'RS256'", pem(f, "rsa.crt"));
    tokex_policy_judge_keys(read_parts(f, &parts), 4100000000, f->crypt, f->faults, f->pool);
    assert_int_equal(f->faults->error_count, 0);
    assert_warning(f, "key \"a/#1\": A certificate expired on 2054-");
}

static void test_JWK_016_two_keys_that_no_token_can_tell_apart_are_refused(void **state)
{
    fixture_t *f = *state;
    const char *both = apr_pstrcat(f->pool, pem(f, "rsa.crt"), ",", pem(f, "rsa-next.crt"), NULL);
    parts_t parts;
    with_keys(&parts, f, "'RS256'", both);
    assert_only_error(f, &parts,
                      "issuer \"a\": field keys: several keys without a kid allow the "
                      "same algorithm");
    /* One of them with a kid: a token says which. */
    with_keys(
        &parts, f, "'RS256'",
        apr_psprintf(f->pool, "%s,{'jwk':%s}", pem(f, "rsa.crt"), new_jwk(f, "RS256", "next")));
    compile_good(f, &parts);
}

static void test_one_kid_belongs_to_one_key_of_a_kind(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'ES256'",
              apr_psprintf(f->pool, "{'jwk':%s},{'jwk':%s}", new_jwk(f, "ES256", "k"),
                           new_jwk(f, "ES384", "k")));
    assert_only_error(f, &parts, "issuer \"a\": field keys: \"k\": two keys of one kind have this");
    with_keys(&parts, f, "'ES256'",
              apr_psprintf(f->pool, "{'jwk':%s},{'jwk':%s}", new_jwk(f, "ES256", "k"),
                           new_jwk(f, "EdDSA", "k")));
    compile_good(f, &parts);
}

static void test_keys_that_cannot_be_used_are_faults(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'RS256'", "{'jwk':{'kty':'oct','k':'AAAA'}}");
    assert_only_error(f, &parts, "key \"a/#1\": it is a symmetric key");
    with_keys(&parts, f, "'RS256'", "{'pem':'x'}");
    assert_only_error(f, &parts, "key \"a/#1\": the text is neither");
    with_keys(&parts, f, "'RS256'", "{'der':'x'}");
    assert_only_error(f, &parts, "key \"a/#1\": the key cannot be read");
}

static void test_an_issuer_whose_keys_fit_no_algorithm_is_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'RS256'", apr_psprintf(f->pool, "{'jwk':%s}", new_jwk(f, "ES256", NULL)));
    compile_good(f, &parts);
    assert_warning(f,
                   "issuer \"a\": field keys: no key of the issuer allows one of its algorithms");
    with_keys(&parts, f, "'RS256'", "");
    compile_good(f, &parts);
    assert_warning(f, "issuer \"a\": field keys: the issuer has no key");
}

static void test_keys_are_judged_apart_from_compiling(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'RS256'", "{'pem':'x'}");
    forget(f);
    assert_non_null(compile_only(f, read_parts(f, &parts)));
    assert_int_equal(f->faults->error_count, 0);
    assert_only_error(f, &parts, "key \"a/#1\": the text is neither");
}

static void test_AS_5_aliases_token_types_and_typ_are_compiled(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_issuer_t *issuer;
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example','token_types':['jwt'],"
                    "'algorithms':['EdDSA'],'typ':'at+jwt','audiences':['alias','https://x']},"
                    "{'id':'b','name':'B','issuer':'https://b.example','typ':'jwt',"
                    "'token_types':['id_token','access_token']}";
    issuer = tokex_policy_issuer(compile_good(f, &parts), "https://a.example");
    assert_int_equal(issuer->token_types, TOKEX_TYPE_JWT);
    assert_int_equal(issuer->algs, TOKEX_ALG_BIT(TOKEX_ALG_EDDSA));
    assert_int_equal(issuer->typ, TOKEX_TYP_AT_JWT);
    assert_null(issuer->mapping);
    assert_string_equal(issuer->config->audiences.items[0], "alias");
    issuer = tokex_policy_issuer(compile_good(f, &parts), "https://b.example");
    assert_int_equal(issuer->token_types, TOKEX_TYPE_ID_TOKEN | TOKEX_TYPE_ACCESS_TOKEN);
    assert_int_equal(issuer->typ, TOKEX_TYP_JWT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_one_iss_belongs_to_one_issuer),
        WITH_FIXTURE(test_only_https_urls_are_issuers),
        WITH_FIXTURE(test_http_is_for_loopback_hosts_and_warned_of),
        WITH_FIXTURE(test_our_own_issuer_url_is_no_foreign_issuer),
        WITH_FIXTURE(test_twins_that_differ_by_a_slash_are_warned_of),
        WITH_FIXTURE(test_AS_9_certificates_serve_as_keys),
        WITH_FIXTURE(test_JWK_016_an_expired_certificate_is_warned_of),
        WITH_FIXTURE(test_JWK_016_two_keys_that_no_token_can_tell_apart_are_refused),
        WITH_FIXTURE(test_one_kid_belongs_to_one_key_of_a_kind),
        WITH_FIXTURE(test_keys_that_cannot_be_used_are_faults),
        WITH_FIXTURE(test_an_issuer_whose_keys_fit_no_algorithm_is_warned_of),
        WITH_FIXTURE(test_keys_are_judged_apart_from_compiling),
        WITH_FIXTURE(test_AS_5_aliases_token_types_and_typ_are_compiled),
    };

    return cmocka_run_group_tests_name("policy/compile_issuer", tests, start, stop);
}
