#include "exchange_world.h"

static const tokex_master_key_t master = {{1, 2, 3, 4, 5, 6, 7, 8}};
static const tokex_master_key_t other_master = {{1, 2, 3, 4, 5, 6, 7, 9}};

static void make(world_t *w, tokex_signing_key_t *key, const char *alg)
{
    const tokex_sealer_t sealer = {&master, w->keys->crypt};
    assert_success(tokex_signing_keys_make(key, alg, NOW, NOW, &sealer, w->pool));
}

static const tokex_err_t *open_keys(world_t *w, const tokex_signing_key_t *keys, int count,
                                    const tokex_master_key_t *under,
                                    const tokex_signing_keys_t **out)
{
    tokex_config_t config = {.signing_keys = keys, .signing_key_count = count};
    const tokex_sealer_t sealer = {under, w->keys->crypt};
    const tokex_err_t *err;
    *out = NULL;
    err = tokex_signing_keys_open(out, &config, NOW, &sealer, w->pool);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return err;
}

static const tokex_keyset_t *published(world_t *w, const tokex_signing_keys_t *keys)
{
    const tokex_keyset_t *set = NULL;
    assert_int_equal(strlen(keys->jwks), keys->jwks_len);
    assert_success(
        tokex_jwk_read(&set, keys->jwks, keys->jwks_len, NOW, w->keys->crypt, w->pool, w->pool));
    assert_int_equal(set->warning_count, 0);
    return set;
}

/* What the signer signs verifies under what is published. */
static void signs(world_t *w, const char *alg)
{
    tokex_signing_key_t key = {0};
    const tokex_signing_keys_t *keys;
    const tokex_key_t *public_key = NULL;
    const tokex_jws_t *jws = NULL;
    const char *token = NULL;
    make(w, &key, alg);
    assert_success(open_keys(w, &key, 1, &master, &keys));
    assert_int_equal(tokex_signers_preferred(keys->signers, NOW), tokex_jwk_alg(alg));
    assert_success(tokex_jws_sign(&token, tokex_signers_at(keys->signers, tokex_jwk_alg(alg), NOW),
                                  "{}", 2, w->pool));
    assert_success(tokex_jws_parse(&jws, token, strlen(token), w->pool));
    assert_int_equal(jws->alg, tokex_jwk_alg(alg));
    assert_string_equal(jws->kid, key.kid);
    assert_string_equal(jws->typ, "at+jwt");
    assert_success(tokex_jwk_find(&public_key, published(w, keys), jws->kid, jws->alg, w->pool));
    assert_success(tokex_jws_verify(jws, public_key, w->pool));
}

static void test_ISS_004_made_keys_open_sign_and_verify(void **state)
{
    signs(*state, "ES256");
    signs(*state, "EdDSA");
    signs(*state, "RS256");
}

static void test_made_key_has_its_times_the_name_of_its_thumbprint_and_a_seal(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t key = {0};
    make(w, &key, "ES384");
    assert_string_equal(key.algorithm, "ES384");
    assert_int_equal(key.created, NOW);
    assert_int_equal(key.activates, NOW);
    assert_int_equal(key.retired, 0);
    assert_int_equal(strlen(key.kid), 43);
    assert_non_null(strstr(key.public_jwk, key.kid));
    assert_null(strstr(key.public_jwk, "\"d\""));
    assert_int_equal(strncmp(key.sealed, "1.", 2), 0);
}

static void test_symmetric_and_unknown_algorithms_make_no_key(void **state)
{
    static const char *const algs[] = {"HS256", "none", "", "es256", NULL};
    world_t *w = *state;
    const tokex_sealer_t sealer = {&master, w->keys->crypt};
    for (int i = 0; i < COUNT(algs); i++) {
        tokex_signing_key_t key = {0};
        const tokex_err_t *err = tokex_signing_keys_make(&key, algs[i], NOW, NOW, &sealer, w->pool);
        assert_code(err, TOKEX_E_KEY_UNUSABLE);
        assert_null(key.sealed);
    }
}

static void test_ISS_009_jwks_holds_active_and_retired_keys_and_no_private_member(void **state)
{
    static const char *const private_members[] = {"\"d\"",  "\"p\"",  "\"q\"", "\"dp\"",
                                                  "\"dq\"", "\"qi\"", "\"k\"", "\"oct\""};
    world_t *w = *state;
    tokex_signing_key_t three[3] = {{0}};
    const tokex_signing_keys_t *keys;
    const tokex_keyset_t *set;
    make(w, &three[0], "RS256");
    make(w, &three[1], "ES256");
    make(w, &three[2], "ES256");
    three[0].retired = NOW - 1;
    three[2].activates = NOW - 1;
    three[2].sealed = NULL;
    assert_success(open_keys(w, three, 3, &master, &keys));
    assert_int_equal(tokex_signers_preferred(keys->signers, NOW), TOKEX_ALG_ES256);
    assert_null(tokex_signers_at(keys->signers, TOKEX_ALG_RS256, NOW));
    set = published(w, keys);
    assert_int_equal(set->count, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(tokex_jwk_kid(set->keys[i]), three[i].kid);
    for (int i = 0; i < COUNT(private_members); i++)
        assert_null(strstr(keys->jwks, private_members[i]));
    assert_non_null(strstr(keys->jwks, "\"use\":\"sig\""));
    assert_non_null(strstr(keys->jwks, "\"alg\":\"RS256\""));
}

static void test_no_active_key_still_publishes_the_retired(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t key = {0};
    const tokex_signing_keys_t *keys;
    make(w, &key, "ES256");
    key.retired = NOW;
    assert_int_equal(open_keys(w, &key, 1, &master, &keys)->code, TOKEX_E_SIGNING_KEY_NONE);
    assert_null(tokex_signers_at(keys->signers, TOKEX_ALG_ES256, NOW));
    assert_int_equal(published(w, keys)->count, 1);
    assert_code(open_keys(w, NULL, 0, &master, &keys), TOKEX_E_SIGNING_KEY_NONE);
    assert_string_equal(keys->jwks, "{\"keys\":[]}");
}

static void refuses(world_t *w, const tokex_signing_key_t *key, const tokex_master_key_t *under,
                    tokex_code_t code)
{
    const tokex_signing_keys_t *keys;
    const tokex_err_t *err = open_keys(w, key, 1, under, &keys);
    assert_code(err, code);
    assert_non_null(strstr(err->log_text, key->kid));
    assert_null(keys);
}

static void test_key_under_another_master_key_does_not_open(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t key = {0};
    make(w, &key, "ES256");
    refuses(w, &key, &other_master, TOKEX_E_SEAL);
    key.sealed = NULL;
    refuses(w, &key, &master, TOKEX_E_SEAL);
    key.sealed = "1.AAAA";
    refuses(w, &key, &master, TOKEX_E_SEAL);
}

static void test_keys_whose_halves_were_exchanged_do_not_open(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t one = {0};
    tokex_signing_key_t two = {0};
    const char *sealed;
    make(w, &one, "ES256");
    make(w, &two, "ES256");
    sealed = one.sealed;
    one.sealed = two.sealed;
    refuses(w, &one, &master, TOKEX_E_SEAL);
    one.sealed = sealed;
    one.public_jwk = two.public_jwk;
    refuses(w, &one, &master, TOKEX_E_KEY_SYNTAX);
}

/* The name is right, the seal is right, and still nobody could verify what this key signs. */
static void test_private_key_that_is_not_the_published_one_does_not_open(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t one = {0};
    tokex_signing_key_t two = {0};
    const unsigned char *der = NULL;
    apr_size_t len = 0;
    make(w, &one, "ES256");
    make(w, &two, "ES256");
    assert_success(
        tokex_seal_open(&der, &len, &master, two.kid, two.sealed, w->keys->crypt, w->pool));
    assert_success(
        tokex_seal_close(&one.sealed, &master, one.kid, der, len, w->keys->crypt, w->pool));
    refuses(w, &one, &master, TOKEX_E_SEAL);
}

static void test_public_halves_that_are_no_jwk_or_of_another_algorithm_refused(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t key = {0};
    const char *jwk;
    make(w, &key, "ES256");
    jwk = key.public_jwk;
    key.public_jwk = "no JWK";
    refuses(w, &key, &master, TOKEX_E_KEY_SYNTAX);
    key.public_jwk = "{\"keys\":[]}";
    refuses(w, &key, &master, TOKEX_E_KEY_SYNTAX);
    key.public_jwk = jwk;
    key.algorithm = "ES384";
    refuses(w, &key, &master, TOKEX_E_KEY_UNUSABLE);
}

static const tokex_signing_keys_t *open_at(world_t *w, const tokex_signing_key_t *keys, int count,
                                           int64_t now)
{
    const tokex_config_t config = {.signing_keys = keys, .signing_key_count = count};
    const tokex_sealer_t sealer = {&master, w->keys->crypt};
    const tokex_signing_keys_t *out = NULL;
    assert_success(tokex_signing_keys_open(&out, &config, now, &sealer, w->pool));
    return out;
}

/* The kid of what is signed at `now`; NULL when nobody signs. */
static const char *signed_by(world_t *w, const tokex_signing_keys_t *keys, int64_t now)
{
    const tokex_signer_t *signer = tokex_signers_at(keys->signers, TOKEX_ALG_ES256, now);
    const tokex_jws_t *jws = NULL;
    const char *token = NULL;
    if (!signer)
        return NULL;
    assert_success(tokex_jws_sign(&token, signer, "{}", 2, w->pool));
    assert_success(tokex_jws_parse(&jws, token, strlen(token), w->pool));
    return jws->kid;
}

static void test_ISS_008_a_key_takes_over_to_the_second_without_being_opened_anew(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t two[2] = {{0}};
    const tokex_signing_keys_t *keys;
    make(w, &two[0], "ES256");
    make(w, &two[1], "ES256");
    two[1].activates = NOW + 100;
    keys = open_at(w, two, 2, NOW);
    assert_int_equal(published(w, keys)->count, 2);
    assert_string_equal(signed_by(w, keys, NOW), two[0].kid);
    assert_string_equal(signed_by(w, keys, NOW + 99), two[0].kid);
    assert_string_equal(signed_by(w, keys, NOW + 100), two[1].kid);
    /* The first one also where the clock has been set back. */
    assert_string_equal(signed_by(w, keys, NOW - 1), two[0].kid);
    two[1].retired = NOW + 150;
    keys = open_at(w, two, 2, NOW);
    assert_string_equal(signed_by(w, keys, NOW + 149), two[1].kid);
    assert_string_equal(signed_by(w, keys, NOW + 150), two[0].kid);
}

static void test_ISS_008_the_jwks_is_rendered_anew_when_a_key_in_it_is_dead(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t two[2] = {{0}};
    const tokex_signing_keys_t *keys;
    make(w, &two[0], "ES256");
    make(w, &two[1], "ES256");
    assert_int_equal(open_at(w, two, 1, NOW)->render_at, 0);
    two[1].activates = NOW + 100;
    keys = open_at(w, two, 2, NOW);
    assert_int_equal(keys->render_at, NOW + 100 + 86400);
    keys = open_at(w, two, 2, NOW + 100 + 86399);
    assert_int_equal(published(w, keys)->count, 2);
    assert_int_equal(keys->render_at, NOW + 100 + 86400);
    keys = open_at(w, two, 2, NOW + 100 + 86400);
    assert_int_equal(published(w, keys)->count, 1);
    assert_string_equal(tokex_jwk_kid(published(w, keys)->keys[0]), two[1].kid);
    assert_int_equal(keys->render_at, 0);
}

static void test_of_several_keys_that_end_the_first_decides_when(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t four[4] = {{0}};
    for (int i = 0; i < 4; i++) {
        make(w, &four[i], "ES256");
        four[i].activates = NOW - 300 + 100 * i;
    }
    assert_int_equal(open_at(w, four, 4, NOW)->render_at, four[1].activates + 86400);
}

/* The next key too: nobody would notice before its time. */
static void test_a_next_key_that_does_not_open_is_refused_at_once(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t two[2] = {{0}};
    const tokex_signing_keys_t *keys;
    make(w, &two[0], "ES256");
    make(w, &two[1], "ES256");
    two[1].activates = NOW + 100;
    two[1].sealed = two[0].sealed;
    assert_int_equal(open_keys(w, two, 2, &master, &keys)->code, TOKEX_E_SEAL);
    two[1].activates = NOW - 1;
    assert_success(open_keys(w, two, 2, &master, &keys));
}

static void test_any_key_can_be_proven(void **state)
{
    world_t *w = *state;
    const tokex_sealer_t sealer = {&master, w->keys->crypt};
    tokex_signing_key_t two[2] = {{0}};
    make(w, &two[0], "ES256");
    make(w, &two[1], "RS256");
    two[1].retired = NOW;
    assert_success(tokex_signing_keys_prove(&two[0], &sealer, w->pool));
    assert_success(tokex_signing_keys_prove(&two[1], &sealer, w->pool));
    two[1].sealed = two[0].sealed;
    assert_int_equal(tokex_signing_keys_prove(&two[1], &sealer, w->pool)->code, TOKEX_E_SEAL);
}

static void test_the_preferred_algorithm_of_the_configuration_is_that_of_the_signers(void **state)
{
    static const tokex_signing_t signing[] = {{.algorithm = "EdDSA"},
                                              {.algorithm = "RS256", .preferred = true}};
    world_t *w = *state;
    const tokex_sealer_t sealer = {&master, w->keys->crypt};
    tokex_signing_key_t two[2] = {{0}};
    tokex_config_t config = {.signing_keys = two, .signing_key_count = 2};
    const tokex_signing_keys_t *keys = NULL;
    make(w, &two[0], "EdDSA");
    make(w, &two[1], "RS256");
    assert_success(tokex_signing_keys_open(&keys, &config, NOW, &sealer, w->pool));
    assert_int_equal(tokex_signers_preferred(keys->signers, NOW), TOKEX_ALG_NONE);
    assert_int_equal(tokex_signers_preferred(keys->signers, NOW - 1), TOKEX_ALG_NONE);
    config.signing = signing;
    config.signing_count = 2;
    assert_success(tokex_signing_keys_open(&keys, &config, NOW, &sealer, w->pool));
    assert_int_equal(tokex_signers_preferred(keys->signers, NOW), TOKEX_ALG_RS256);
    assert_null(tokex_signers_at(keys->signers, TOKEX_ALG_NONE, NOW));
    assert_null(tokex_signers_at(keys->signers, TOKEX_ALG_COUNT, NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_ISS_004_made_keys_open_sign_and_verify),
        WITH_WORLD(test_made_key_has_its_times_the_name_of_its_thumbprint_and_a_seal),
        WITH_WORLD(test_symmetric_and_unknown_algorithms_make_no_key),
        WITH_WORLD(test_ISS_009_jwks_holds_active_and_retired_keys_and_no_private_member),
        WITH_WORLD(test_no_active_key_still_publishes_the_retired),
        WITH_WORLD(test_key_under_another_master_key_does_not_open),
        WITH_WORLD(test_keys_whose_halves_were_exchanged_do_not_open),
        WITH_WORLD(test_private_key_that_is_not_the_published_one_does_not_open),
        WITH_WORLD(test_public_halves_that_are_no_jwk_or_of_another_algorithm_refused),
        WITH_WORLD(test_ISS_008_a_key_takes_over_to_the_second_without_being_opened_anew),
        WITH_WORLD(test_ISS_008_the_jwks_is_rendered_anew_when_a_key_in_it_is_dead),
        WITH_WORLD(test_of_several_keys_that_end_the_first_decides_when),
        WITH_WORLD(test_a_next_key_that_does_not_open_is_refused_at_once),
        WITH_WORLD(test_any_key_can_be_proven),
        WITH_WORLD(test_the_preferred_algorithm_of_the_configuration_is_that_of_the_signers),
    };
    return cmocka_run_group_tests_name("keys/signing", tests, make_keys, drop_keys);
}
