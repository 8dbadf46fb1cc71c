#include "crypt_jwk.h"

/* ---- Sets */

static void test_keys_must_be_an_array(void **state)
{
    static const char *const texts[] = {
        "{\"keys\":{}}",
        "{\"keys\":\"\"}",
        "{\"keys\":null}",
        "{\"keys\":7}",
        "{}",
        "{\"key\":[]}",
        "[]",
        "[{" ED_MEMBERS "}]",
        "null",
        "\"keys\"",
    };

    for (int i = 0; i < COUNT(texts); i++)
        assert_code(refusal(*state, texts[i]), TOKEX_E_KEY_SYNTAX);
}

static void test_empty_set_is_a_set_without_keys(void **state)
{
    const tokex_keyset_t *set = keys_from(*state, " {\"keys\":[]}\n");

    assert_int_equal(set->count, 0);
    assert_int_equal(set->warning_count, 0);
}

static void test_set_of_unusable_keys_is_a_set_without_keys(void **state)
{
    const tokex_keyset_t *set =
        keys_from(*state, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"},null,7,[],{}]}");

    assert_int_equal(set->count, 0);
    assert_int_equal(set->warning_count, 5);
}

static void test_HDR_029_same_kid_and_kty_twice_refuses_the_set(void **state)
{
    const fixture_t *f = *state;
    const tokex_keyset_t *set;

    assert_code(refusal(f, "{\"keys\":[{" P256_MEMBERS ",\"kid\":\"a\"},{" P256_MEMBERS
                           ",\"kid\":\"a\"}]}"),
                TOKEX_E_KEY_DUPLICATE);
    assert_code(refusal(f, "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AA\"},{" P256_MEMBERS
                           ",\"kid\":\"b\"},{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AQ\"}]}"),
                TOKEX_E_KEY_DUPLICATE);
    set = keys_from(f, "{\"keys\":[{" P256_MEMBERS ",\"kid\":\"a\"},{" ED_MEMBERS
                       ",\"kid\":\"a\"},{" RSA_MEMBERS ",\"kid\":\"A\"}]}");
    assert_int_equal(set->count, 3);
}

static void test_set_is_cut_after_64_keys(void **state)
{
    const fixture_t *f = *state;
    const char *text = "{\"keys\":[{" ED_MEMBERS "}";
    const tokex_keyset_t *set;

    for (int i = 1; i < 66; i++)
        text = apr_pstrcat(f->pool, text, ",{", ED_MEMBERS, "}", NULL);
    set = keys_from(f, apr_pstrcat(f->pool, text, "]}", NULL));
    assert_int_equal(set->count, 64);
    assert_int_equal(set->warning_count, 1);
    assert_non_null(strstr(set->warnings[0], "66"));
}

static void test_JWK_011_x5c_is_left_alone(void **state)
{
    const fixture_t *f = *state;
    const char *chain = "\"garbage\"";

    for (int i = 0; i < 1000; i++)
        chain = apr_pstrcat(f->pool, chain, ",\"AAAA\"", NULL);
    (void)the_key(f, apr_psprintf(f->pool, "{%s,\"x5c\":[%s]}", ED_MEMBERS, chain));
    (void)the_key(f, "{" ED_MEMBERS ",\"x5c\":7,\"x5u\":\"http://127.0.0.1:1/\",\"x5t\":{}}");
}

static void test_document_over_the_limit_refused(void **state)
{
    const fixture_t *f = *state;
    char *blanks = apr_palloc(f->pool, 256 * 1024 + 2);
    const char *jwk = "{" ED_MEMBERS "}";
    const tokex_keyset_t *set;

    memset(blanks, ' ', 256 * 1024 + 1);
    memcpy(blanks, jwk, strlen(jwk));
    assert_success(tokex_jwk_read(&set, blanks, 256 * 1024, NOW, f->crypt, f->pool, f->pool));
    assert_code(tokex_jwk_read(&set, blanks, 256 * 1024 + 1, NOW, f->crypt, f->pool, f->pool),
                TOKEX_E_KEY_SYNTAX);
}

static void test_json_behind_the_strict_gate(void **state)
{
    const fixture_t *f = *state;

    assert_code(refusal(f, "{" ED_MEMBERS ",\"kty\":\"RSA\"}"), TOKEX_E_KEY_SYNTAX);
    assert_code(refusal(f, "{" ED_MEMBERS "} x"), TOKEX_E_KEY_SYNTAX);
    assert_code(refusal(f, "{" ED_MEMBERS), TOKEX_E_KEY_SYNTAX);
    assert_code(refusal(f, "{" ED_MEMBERS ",\"kid\":\"a\\u0000b\"}"), TOKEX_E_KEY_SYNTAX);
}

/* ---- Choosing a key */

static void test_HDR_026_without_kid_the_only_fitting_key(void **state)
{
    const fixture_t *f = *state;
    const tokex_keyset_t *set = keys_from(f, "{\"keys\":[{" P256_MEMBERS
                                             ",\"kid\":\"a\"},{" ED_MEMBERS ",\"kid\":\"b\"}]}");
    const tokex_key_t *key;

    assert_success(tokex_jwk_find(&key, set, NULL, TOKEX_ALG_EDDSA, f->pool));
    assert_string_equal(tokex_jwk_kid(key), "b");
    assert_success(tokex_jwk_find(&key, set, NULL, TOKEX_ALG_ES256, f->pool));
    assert_string_equal(tokex_jwk_kid(key), "a");
    assert_code(tokex_jwk_find(&key, set, NULL, TOKEX_ALG_RS256, f->pool), TOKEX_E_KEY_UNKNOWN);
    assert_code(tokex_jwk_find(&key, set, NULL, TOKEX_ALG_NONE, f->pool), TOKEX_E_KEY_UNKNOWN);
}

static void test_HDR_027_without_kid_several_fitting_keys_refused(void **state)
{
    const fixture_t *f = *state;
    const tokex_keyset_t *set = keys_from(f, "{\"keys\":[{" P256_MEMBERS
                                             ",\"kid\":\"a\"},{" P256_MEMBERS ",\"kid\":\"b\"}]}");
    const tokex_key_t *key;

    assert_code(tokex_jwk_find(&key, set, NULL, TOKEX_ALG_ES256, f->pool), TOKEX_E_KEY_AMBIGUOUS);
    assert_success(tokex_jwk_find(&key, set, "b", TOKEX_ALG_ES256, f->pool));
    assert_string_equal(tokex_jwk_kid(key), "b");
}

static void test_HDR_023_kid_is_compared_by_octets(void **state)
{
    static const char *const others[] = {"KEY", "key ", "ke", "keys", "", "../key", "' OR 1=1 --"};
    const fixture_t *f = *state;
    const tokex_keyset_t *set = keys_from(f, "{" P256_MEMBERS ",\"kid\":\"key\"}");
    const tokex_key_t *key;

    assert_success(tokex_jwk_find(&key, set, "key", TOKEX_ALG_ES256, f->pool));
    for (int i = 0; i < COUNT(others); i++)
        assert_code(tokex_jwk_find(&key, set, others[i], TOKEX_ALG_ES256, f->pool),
                    TOKEX_E_KEY_UNKNOWN);
}

static void test_HDR_029_same_kid_in_two_kinds_takes_the_one_that_fits(void **state)
{
    const fixture_t *f = *state;
    const tokex_keyset_t *set = keys_from(f, "{\"keys\":[{" P256_MEMBERS
                                             ",\"kid\":\"a\"},{" RSA_MEMBERS ",\"kid\":\"a\"}]}");
    const tokex_key_t *key;

    assert_success(tokex_jwk_find(&key, set, "a", TOKEX_ALG_ES256, f->pool));
    assert_string_equal(tokex_jwk_kty(key, NULL), "EC");
    assert_success(tokex_jwk_find(&key, set, "a", TOKEX_ALG_PS512, f->pool));
    assert_string_equal(tokex_jwk_kty(key, NULL), "RSA");
    assert_code(tokex_jwk_find(&key, set, "a", TOKEX_ALG_EDDSA, f->pool), TOKEX_E_KEY_UNKNOWN);
}

static void test_unknown_kid_finds_the_only_key_without_one(void **state)
{
    const fixture_t *f = *state;
    const tokex_keyset_t *set =
        keys_from(f, "{\"keys\":[{" P256_MEMBERS "},{" RSA_MEMBERS ",\"kid\":\"r\"}]}");
    const tokex_key_t *key;

    assert_success(tokex_jwk_find(&key, set, "whatever", TOKEX_ALG_ES256, f->pool));
    assert_code(tokex_jwk_find(&key, set, "whatever", TOKEX_ALG_RS256, f->pool),
                TOKEX_E_KEY_UNKNOWN);
    /* "r" is the name of another key, so the one without a name is not meant. */
    assert_code(tokex_jwk_find(&key, set, "r", TOKEX_ALG_ES256, f->pool), TOKEX_E_KEY_UNKNOWN);
    set = keys_from(f, "{\"keys\":[{" P256_MEMBERS "},{" P256_MEMBERS "}]}");
    assert_code(tokex_jwk_find(&key, set, "whatever", TOKEX_ALG_ES256, f->pool),
                TOKEX_E_KEY_AMBIGUOUS);
}

static void test_empty_set_knows_no_key(void **state)
{
    const fixture_t *f = *state;
    const tokex_keyset_t *set = keys_from(f, "{\"keys\":[]}");
    const tokex_key_t *key;

    assert_code(tokex_jwk_find(&key, set, NULL, TOKEX_ALG_ES256, f->pool), TOKEX_E_KEY_UNKNOWN);
    assert_code(tokex_jwk_find(&key, set, "a", TOKEX_ALG_ES256, f->pool), TOKEX_E_KEY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_keys_must_be_an_array),
        WITH_CRYPT(test_empty_set_is_a_set_without_keys),
        WITH_CRYPT(test_set_of_unusable_keys_is_a_set_without_keys),
        WITH_CRYPT(test_HDR_029_same_kid_and_kty_twice_refuses_the_set),
        WITH_CRYPT(test_set_is_cut_after_64_keys),
        WITH_CRYPT(test_JWK_011_x5c_is_left_alone),
        WITH_CRYPT(test_document_over_the_limit_refused),
        WITH_CRYPT(test_json_behind_the_strict_gate),
        WITH_CRYPT(test_HDR_026_without_kid_the_only_fitting_key),
        WITH_CRYPT(test_HDR_027_without_kid_several_fitting_keys_refused),
        WITH_CRYPT(test_HDR_023_kid_is_compared_by_octets),
        WITH_CRYPT(test_HDR_029_same_kid_in_two_kinds_takes_the_one_that_fits),
        WITH_CRYPT(test_unknown_kid_finds_the_only_key_without_one),
        WITH_CRYPT(test_empty_set_knows_no_key),
    };

    return cmocka_run_group_tests_name("crypt/jwk_set", tests, start, stop);
}
