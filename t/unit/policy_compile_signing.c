#include "policy_fixture.h"

/* Signs since the second 1. */
#define ACTIVE "'activates':1,'sealed':'1.x'"
#define NEXT "'activates':1900000001,'sealed':'1.x'"
#define RETIRED "'activates':1,'retired':1899999999"
#define DEAD "'activates':1,'retired':1899913600"

static const char *key_of(fixture_t *f, const char *kid, const char *alg, const char *more)
{
    return apr_psprintf(f->pool, "{'kid':'%s','algorithm':'%s','public_jwk':%s,%s}", kid, alg,
                        new_jwk(f, alg, kid), more);
}

/* NULL ends the keys. */
static parts_t with_keys(fixture_t *f, ...)
{
    parts_t parts = good_parts(f);
    const char *text = "";
    va_list args;
    va_start(args, f);
    for (const char *key = va_arg(args, const char *); key; key = va_arg(args, const char *))
        text = apr_pstrcat(f->pool, text, *text ? "," : "", key, NULL);
    va_end(args);
    parts.signing_keys = text;
    return parts;
}

static const char *target_of(const char *algorithm, const char *more, fixture_t *f)
{
    return apr_psprintf(f->pool, TARGETS ",{'id':'t','name':'T','audience':'t','algorithm':'%s'%s}",
                        algorithm, more);
}

static void test_a_key_that_signs_is_needed_where_there_are_keys(void **state)
{
    fixture_t *f = *state;
    const char *old = key_of(f, "3", "ES256", RETIRED);
    parts_t parts = with_keys(f, key_of(f, "-1", "ES256", ACTIVE), old, NULL);
    compile_good(f, &parts);
    assert_int_equal(f->faults->count, 1);
    parts = with_keys(f, key_of(f, "-1", "ES256", ACTIVE), key_of(f, "_2", "ES256", ACTIVE), NULL);
    compile_good(f, &parts);
    parts = with_keys(f, old, NULL);
    assert_only_error(f, &parts,
                      "document: field signing_keys: of 1 signing keys none is active. Run");
    parts = with_keys(f, key_of(f, "4", "ES256", NEXT), NULL);
    assert_only_error(f, &parts, "of 1 signing keys none is active");
}

static void test_signing_keys_are_what_they_say(void **state)
{
    fixture_t *f = *state;
    const char *good = key_of(f, "good", "ES256", ACTIVE);
    parts_t parts = with_keys(f, key_of(f, "k", "ES256", "'activates':1"), NULL);
    assert_only_error(f, &parts, "signing_key \"k\": field sealed: the active key has no private");
    parts = with_keys(f, good, key_of(f, "k", "ES256", "'activates':1900000001"), NULL);
    assert_only_error(f, &parts, "signing_key \"k\": field sealed: the next key has no private");
    parts = with_keys(f, good, key_of(f, "k", "ES256", RETIRED), NULL);
    compile_good(f, &parts);
    parts.signing_keys =
        apr_psprintf(f->pool, "{'kid':'k','algorithm':'ES384','public_jwk':%s," ACTIVE "}",
                     new_jwk(f, "ES256", "k"));
    assert_only_error(f, &parts, "signing_key \"k\": field algorithm: \"ES384\": the key does not");
    parts.signing_keys =
        apr_psprintf(f->pool, "{'kid':'k','algorithm':'ES256','public_jwk':%s," ACTIVE "}",
                     new_jwk(f, "ES256", "other"));
    assert_only_error(f, &parts, "signing_key \"k\": field public_jwk: the kid of the JWK");
    parts.signing_keys = "{'kid':'k','algorithm':'ES256','public_jwk':{}," ACTIVE "}";
    assert_only_error(f, &parts, "signing_key \"k\": field public_jwk: the JSON object is neither");
    parts.signing_keys = "{'kid':'k','algorithm':'ES256','public_jwk':{'keys':[]}," ACTIVE "}";
    assert_only_error(f, &parts, "signing_key \"k\": field public_jwk: exactly one JWK");
}

static void test_our_own_keys_are_the_published_ones(void **state)
{
    fixture_t *f = *state;
    parts_t parts =
        with_keys(f, key_of(f, "a", "ES256", ACTIVE), key_of(f, "n", "ES256", NEXT),
                  key_of(f, "r", "RS256", RETIRED), key_of(f, "d", "EdDSA", DEAD), NULL);
    const tokex_policy_issuer_t *self = tokex_policy_self(compile_good(f, &parts));
    assert_int_equal(self->keys->count, 3);
    assert_string_equal(tokex_jwk_kid(self->keys->keys[0]), "a");
    assert_string_equal(tokex_jwk_kid(self->keys->keys[1]), "n");
    assert_string_equal(tokex_jwk_kid(self->keys->keys[2]), "r");
    assert_int_equal(self->algs, TOKEX_ALG_BIT(TOKEX_ALG_ES256) | TOKEX_ALG_BIT(TOKEX_ALG_RS256));
}

static void test_a_target_needs_an_active_key_of_its_algorithm(void **state)
{
    fixture_t *f = *state;
    parts_t parts =
        with_keys(f, key_of(f, "a", "ES256", ACTIVE), key_of(f, "n", "EdDSA", NEXT), NULL);
    const tokex_policy_t *policy;
    parts.targets = target_of("EdDSA", "", f);
    assert_only_error(f, &parts,
                      "target \"t\": field algorithm: \"EdDSA\": there is no active signing key");
    assert_error(f, "key rotate --algorithm EdDSA --now");
    parts.targets = target_of("EdDSA", ",'enabled':false", f);
    compile_good(f, &parts);
    parts = with_keys(f, key_of(f, "a", "ES256", ACTIVE), key_of(f, "n", "EdDSA", ACTIVE), NULL);
    parts.targets = target_of("EdDSA", "", f);
    policy = compile_good(f, &parts);
    assert_int_equal(tokex_policy_audience(policy, "t")->alg, TOKEX_ALG_EDDSA);
    assert_int_equal(tokex_policy_audience(policy, "bills")->alg, TOKEX_ALG_NONE);
}

static void test_keys_of_several_algorithms_want_a_preference_but_for_ES256(void **state)
{
    fixture_t *f = *state;
    const char *rsa = key_of(f, "r", "RS256", ACTIVE);
    const char *ed = key_of(f, "e", "EdDSA", ACTIVE);
    parts_t parts = with_keys(f, rsa, ed, NULL);
    assert_only_error(f, &parts, "document: field signing: there are signing keys of several");
    assert_error(f, "tokexctl key prefer ALG");
    parts.signing = "{'algorithm':'EdDSA','preferred':true}";
    compile_good(f, &parts);
    parts = with_keys(f, rsa, ed, key_of(f, "s", "ES256", ACTIVE), NULL);
    compile_good(f, &parts);
    parts = with_keys(f, rsa, NULL);
    compile_good(f, &parts);
    parts = with_keys(f, rsa, key_of(f, "e", "EdDSA", RETIRED), NULL);
    compile_good(f, &parts);
    /* It would be too late to ask when it signs. */
    parts = with_keys(f, rsa, key_of(f, "e", "EdDSA", NEXT), NULL);
    assert_only_error(f, &parts, "document: field signing: there are signing keys of several");
}

static void test_one_algorithm_is_preferred_and_it_has_an_active_key(void **state)
{
    fixture_t *f = *state;
    parts_t parts =
        with_keys(f, key_of(f, "a", "ES256", ACTIVE), key_of(f, "r", "RS256", ACTIVE), NULL);
    parts.signing = "{'algorithm':'ES256','preferred':true},{'algorithm':'RS256','preferred':true}";
    assert_only_error(f, &parts,
                      "signing \"RS256\": field preferred: ES256 is preferred already. Prefer one");
    parts.signing = "{'algorithm':'EdDSA','preferred':true}";
    assert_only_error(f, &parts, "signing \"EdDSA\": field preferred: there is no active signing");
    parts.signing_keys = "";
    compile_good(f, &parts);
}

static void test_schedules_can_be_kept(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_keys(f, key_of(f, "a", "ES256", ACTIVE), NULL);
    int quiet = 1;
    parts.signing = "{'algorithm':'ES256','rotate_every':86400,'publish_ahead':300}";
    compile_good(f, &parts);
    assert_int_equal(f->faults->count, quiet);
    parts.signing = "{'algorithm':'ES256','rotate_every':86399,'publish_ahead':300}";
    assert_only_error(f, &parts, "signing \"ES256\": field rotate_every: \"86399\": a key signs");
    parts.signing = "{'algorithm':'ES256','rotate_every':86400,'publish_ahead':86401}";
    assert_only_error(f, &parts, "signing \"ES256\": field publish_ahead: \"86401\": the next key");
    parts.signing = "{'algorithm':'ES256','rotate_every':86400,'publish_ahead':86400}";
    compile_good(f, &parts);
    parts.signing = "{'algorithm':'ES256','rotate_every':86400,'publish_ahead':299}";
    compile_good(f, &parts);
    assert_warning(f, "signing \"ES256\": field publish_ahead: \"299\": who fetches our JWK Set");
    parts.signing = "{'algorithm':'EdDSA','rotate_every':86400}";
    compile_good(f, &parts);
    assert_warning(f, "signing \"EdDSA\": field rotate_every: \"86400\": there is no signing key");
    /* Without a schedule the times mean nothing. */
    parts.signing = "{'algorithm':'EdDSA','publish_ahead':1}";
    compile_good(f, &parts);
    assert_int_equal(f->faults->count, quiet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_a_key_that_signs_is_needed_where_there_are_keys),
        WITH_FIXTURE(test_signing_keys_are_what_they_say),
        WITH_FIXTURE(test_our_own_keys_are_the_published_ones),
        WITH_FIXTURE(test_a_target_needs_an_active_key_of_its_algorithm),
        WITH_FIXTURE(test_keys_of_several_algorithms_want_a_preference_but_for_ES256),
        WITH_FIXTURE(test_one_algorithm_is_preferred_and_it_has_an_active_key),
        WITH_FIXTURE(test_schedules_can_be_kept),
    };
    return cmocka_run_group_tests_name("policy/compile_signing", tests, start, stop);
}
