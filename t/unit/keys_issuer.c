#include "exchange_world.h"

static const tokex_err_t *find(world_t *w, const char *kid, tokex_alg_t alg,
                               const tokex_key_t **key)
{
    const tokex_policy_issuer_t *issuer =
        tokex_policy_issuer(policy_of(w), "https://idp.partner.example");
    *key = NULL;
    return tokex_issuer_keys_find(key, NULL, issuer, kid, alg, w->pool);
}

static void test_key_is_found_by_kid_and_without(void **state)
{
    world_t *w = *state;
    const char *kid = tokex_jwk_kid(w->keys->foreign);
    const tokex_key_t *key;
    assert_success(find(w, kid, TOKEX_ALG_ES256, &key));
    assert_string_equal(tokex_jwk_kid(key), kid);
    assert_success(find(w, NULL, TOKEX_ALG_ES256, &key));
    assert_string_equal(tokex_jwk_kid(key), kid);
}

static void test_key_of_another_kid_or_algorithm_is_not_found(void **state)
{
    world_t *w = *state;
    const tokex_key_t *key;
    const tokex_err_t *err = find(w, "another", TOKEX_ALG_ES256, &key);
    assert_code(err, TOKEX_E_KEY_UNKNOWN);
    assert_null(key);
    assert_non_null(strstr(tokex_err_text(err, w->pool), "issuer \"partner\""));
    err = find(w, tokex_jwk_kid(w->keys->foreign), TOKEX_ALG_RS256, &key);
    assert_code(err, TOKEX_E_KEY_UNKNOWN);
    assert_null(key);
}

static void test_issuer_without_keys_has_none(void **state)
{
    world_t *w = *state;
    const tokex_key_t *key;
    w->issuers[0].key_count = 0;
    assert_code(find(w, NULL, TOKEX_ALG_ES256, &key), TOKEX_E_KEY_UNKNOWN);
}

static void test_HDR_027_several_keys_fit_a_token_without_kid(void **state)
{
    world_t *w = *state;
    tokex_issuer_key_t two[2] = {{.jwk = jwk_text(w->keys->foreign, w->pool)},
                                 {.jwk = jwk_text(w->keys->ours, w->pool)}};
    const tokex_key_t *key;
    const tokex_err_t *err;
    w->issuers[0].keys = two;
    w->issuers[0].key_count = 2;
    err = find(w, NULL, TOKEX_ALG_ES256, &key);
    assert_code(err, TOKEX_E_KEY_AMBIGUOUS);
    assert_null(key);
    assert_success(find(w, tokex_jwk_kid(w->keys->ours), TOKEX_ALG_ES256, &key));
    assert_string_equal(tokex_jwk_kid(key), tokex_jwk_kid(w->keys->ours));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_key_is_found_by_kid_and_without),
        WITH_WORLD(test_key_of_another_kid_or_algorithm_is_not_found),
        WITH_WORLD(test_issuer_without_keys_has_none),
        WITH_WORLD(test_HDR_027_several_keys_fit_a_token_without_kid),
    };
    return cmocka_run_group_tests_name("keys/issuer", tests, make_keys, drop_keys);
}
