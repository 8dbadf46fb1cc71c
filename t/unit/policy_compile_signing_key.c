#include "policy_fixture.h"

static const char *signing_key(fixture_t *f, const char *kid, const char *state, const char *more)
{
    return apr_psprintf(f->pool, "{'kid':'%s','algorithm':'ES256','state':'%s','public_jwk':%s%s}",
                        kid, state, new_jwk(f, "ES256", kid), more);
}

static void test_exactly_one_signing_key_is_active(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const char *one = signing_key(f, "-1", "active", ",'sealed':'1.x'");
    const char *two = signing_key(f, "_2", "active", ",'sealed':'1.x'");
    const char *old = signing_key(f, "3", "retired", "");
    parts.signing_keys = apr_pstrcat(f->pool, one, ",", old, NULL);
    compile_good(f, &parts);
    assert_int_equal(f->faults->count, 1);
    parts.signing_keys = apr_pstrcat(f->pool, one, ",", two, NULL);
    assert_only_error(f, &parts, "document: field signing_keys: 2 signing keys are active.");
    parts.signing_keys = old;
    assert_only_error(f, &parts, "document: field signing_keys: 0 signing keys are active.");
}

static void test_signing_keys_are_what_they_say(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.signing_keys = signing_key(f, "k", "active", "");
    assert_only_error(f, &parts, "signing_key \"k\": field sealed: the active key has no private");
    parts.signing_keys = apr_psprintf(
        f->pool, "{'kid':'k','algorithm':'ES384','state':'active','public_jwk':%s,'sealed':'1.x'}",
        new_jwk(f, "ES256", "k"));
    assert_only_error(f, &parts, "signing_key \"k\": field algorithm: \"ES384\": the key does not");
    parts.signing_keys = apr_psprintf(
        f->pool, "{'kid':'k','algorithm':'ES256','state':'active','public_jwk':%s,'sealed':'1.x'}",
        new_jwk(f, "ES256", "other"));
    assert_only_error(f, &parts, "signing_key \"k\": field public_jwk: the kid of the JWK");
    parts.signing_keys = "{'kid':'k','algorithm':'ES256','state':'active','public_jwk':{},"
                         "'sealed':'1.x'}";
    assert_only_error(f, &parts, "signing_key \"k\": field public_jwk: the JSON object is neither");
    parts.signing_keys = "{'kid':'k','algorithm':'ES256','state':'active',"
                         "'public_jwk':{'keys':[]},'sealed':'1.x'}";
    assert_only_error(f, &parts, "signing_key \"k\": field public_jwk: exactly one JWK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_exactly_one_signing_key_is_active),
        WITH_FIXTURE(test_signing_keys_are_what_they_say),
    };

    return cmocka_run_group_tests_name("policy/compile_signing_key", tests, start, stop);
}
