/* Keys of our own: made here, kept sealed, written as private DER for that. */
#include "crypt_jwk.h"

static void test_ISS_004_generated_keys_fit_their_algorithm(void **state)
{
    static const struct {
        tokex_alg_t alg;
        const char *kty;
        int bits;
    } kinds[] = {{TOKEX_ALG_ES256, "EC", 256},
                 {TOKEX_ALG_ES384, "EC", 384},
                 {TOKEX_ALG_ES512, "EC", 521},
                 {TOKEX_ALG_EDDSA, "OKP", 255},
                 {TOKEX_ALG_PS256, "RSA", 2048}};
    const fixture_t *f = *state;
    const tokex_key_t *key;

    for (int i = 0; i < COUNT(kinds); i++) {
        int bits;

        assert_success(tokex_jwk_generate(&key, kinds[i].alg, f->crypt, f->pool));
        assert_string_equal(tokex_jwk_kty(key, &bits), kinds[i].kty);
        assert_int_equal(bits, kinds[i].bits);
        assert_true(tokex_jwk_algs(key) & TOKEX_ALG_BIT(kinds[i].alg));
        assert_string_equal(tokex_jwk_kid(key), tokex_jwk_thumbprint(key));
    }
    assert_code(tokex_jwk_generate(&key, TOKEX_ALG_NONE, f->crypt, f->pool), TOKEX_E_CRYPTO);
}

static void test_private_key_to_der_and_back(void **state)
{
    static const tokex_alg_t algs[] = {TOKEX_ALG_ES256, TOKEX_ALG_ES512, TOKEX_ALG_EDDSA,
                                       TOKEX_ALG_RS256};
    const fixture_t *f = *state;

    for (int i = 0; i < COUNT(algs); i++) {
        const tokex_key_t *key;
        const tokex_key_t *again;
        const unsigned char *der;
        apr_size_t len;

        assert_success(tokex_jwk_generate(&key, algs[i], f->crypt, f->pool));
        assert_success(tokex_jwk_private_to_der(&der, &len, key, f->pool));
        assert_success(tokex_jwk_private_from_der(&again, der, len, "k1", f->crypt, f->pool));
        assert_string_equal(tokex_jwk_thumbprint(again), tokex_jwk_thumbprint(key));
        assert_string_equal(tokex_jwk_kid(again), "k1");
        assert_code(tokex_jwk_private_from_der(&again, der, len - 1, "k1", f->crypt, f->pool),
                    TOKEX_E_KEY_SYNTAX);
        assert_int_equal(tokex_crypt_error_queue_length(), 0);
    }
}

static void test_public_key_has_no_private_der(void **state)
{
    const fixture_t *f = *state;
    const unsigned char *der = NULL;
    apr_size_t len;

    assert_code(tokex_jwk_private_to_der(&der, &len, the_key(f, "{" P256_MEMBERS "}"), f->pool),
                TOKEX_E_CRYPTO);
    assert_null(der);
}

static void test_small_private_key_refused(void **state)
{
    const fixture_t *f = *state;
    int len;
    const unsigned char *der = private_der(f, make_rsa(f, 1024), &len);
    const tokex_key_t *key;

    assert_code(tokex_jwk_private_from_der(&key, der, (apr_size_t)len, "k", f->crypt, f->pool),
                TOKEX_E_KEY_UNUSABLE);
}

static void test_private_der_is_wiped_with_the_pool(void **state)
{
    const fixture_t *f = *state;
    watched_t watched = {NULL, 0, false};
    const tokex_key_t *key;
    apr_pool_t *pool = new_pool(f->pool);

    assert_success(tokex_jwk_generate(&key, TOKEX_ALG_ES256, f->crypt, f->pool));
    apr_pool_cleanup_register(pool, &watched, look, apr_pool_cleanup_null);
    assert_success(tokex_jwk_private_to_der(&watched.octets, &watched.len, key, pool));
    assert_int_equal(watched.octets[0], 0x30);
    apr_pool_destroy(pool);
    assert_true(watched.wiped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_ISS_004_generated_keys_fit_their_algorithm),
        WITH_CRYPT(test_private_key_to_der_and_back),
        WITH_CRYPT(test_public_key_has_no_private_der),
        WITH_CRYPT(test_small_private_key_refused),
        WITH_CRYPT(test_private_der_is_wiped_with_the_pool),
    };

    return cmocka_run_group_tests_name("crypt/jwk_own", tests, start, stop);
}
