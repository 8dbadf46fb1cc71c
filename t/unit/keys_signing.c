#include "exchange_world.h"

static const tokex_master_key_t master = {{1, 2, 3, 4, 5, 6, 7, 8}};
static const tokex_master_key_t other_master = {{1, 2, 3, 4, 5, 6, 7, 9}};

static void make(world_t *w, tokex_signing_key_t *key, const char *alg)
{
    assert_success(tokex_signing_keys_make(key, alg, NOW, &master, w->keys->crypt, w->pool));
}

static const tokex_err_t *open_keys(world_t *w, const tokex_signing_key_t *keys, int count,
                                    const tokex_master_key_t *under,
                                    const tokex_signing_keys_t **out)
{
    tokex_config_t config = {.signing_keys = keys, .signing_key_count = count};
    const tokex_err_t *err;
    *out = NULL;
    err = tokex_signing_keys_open(out, &config, under, w->keys->crypt, w->pool);
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
    assert_string_equal(tokex_jwk_alg_name(keys->alg), alg);
    assert_string_equal(keys->kid, key.kid);
    assert_success(tokex_jws_sign(&token, keys->signer, "{}", 2, w->pool));
    assert_success(tokex_jws_parse(&jws, token, strlen(token), w->pool));
    assert_int_equal(jws->alg, keys->alg);
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

static void test_made_key_is_active_named_by_its_thumbprint_and_sealed(void **state)
{
    world_t *w = *state;
    tokex_signing_key_t key = {0};
    make(w, &key, "ES384");
    assert_string_equal(key.algorithm, "ES384");
    assert_string_equal(key.state, "active");
    assert_int_equal(key.created, NOW);
    assert_int_equal(strlen(key.kid), 43);
    assert_non_null(strstr(key.public_jwk, key.kid));
    assert_null(strstr(key.public_jwk, "\"d\""));
    assert_int_equal(strncmp(key.sealed, "1.", 2), 0);
}

static void test_symmetric_and_unknown_algorithms_make_no_key(void **state)
{
    static const char *const algs[] = {"HS256", "none", "", "es256", NULL};
    world_t *w = *state;
    for (int i = 0; i < COUNT(algs); i++) {
        tokex_signing_key_t key = {0};
        const tokex_err_t *err =
            tokex_signing_keys_make(&key, algs[i], NOW, &master, w->keys->crypt, w->pool);
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
    three[0].state = three[2].state = "retired";
    three[2].sealed = NULL;
    assert_success(open_keys(w, three, 3, &master, &keys));
    assert_string_equal(keys->kid, three[1].kid);
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
    key.state = "retired";
    assert_code(open_keys(w, &key, 1, &master, &keys), TOKEX_E_SIGNING_KEY_NONE);
    assert_null(keys->signer);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_ISS_004_made_keys_open_sign_and_verify),
        WITH_WORLD(test_made_key_is_active_named_by_its_thumbprint_and_sealed),
        WITH_WORLD(test_symmetric_and_unknown_algorithms_make_no_key),
        WITH_WORLD(test_ISS_009_jwks_holds_active_and_retired_keys_and_no_private_member),
        WITH_WORLD(test_no_active_key_still_publishes_the_retired),
        WITH_WORLD(test_key_under_another_master_key_does_not_open),
        WITH_WORLD(test_keys_whose_halves_were_exchanged_do_not_open),
        WITH_WORLD(test_private_key_that_is_not_the_published_one_does_not_open),
        WITH_WORLD(test_public_halves_that_are_no_jwk_or_of_another_algorithm_refused),
    };
    return cmocka_run_group_tests_name("keys/signing", tests, make_keys, drop_keys);
}
