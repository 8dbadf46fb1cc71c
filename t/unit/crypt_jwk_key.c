#include "crypt_jwk.h"

#include <openssl/bn.h>

/* ---- RSA numbers. The modulus of these need not be a product of two primes: nobody can tell. */

static const char *number(const fixture_t *f, const BIGNUM *bn, size_t zeros)
{
    size_t len = (size_t)BN_num_bytes(bn) + zeros;
    unsigned char *octets = apr_palloc(f->pool, len + 1);

    assert_int_equal(BN_bn2binpad(bn, octets, (int)len), len);
    return tokex_b64url_string(f->pool, octets, len);
}

static BIGNUM *odd_number(int bits)
{
    BIGNUM *n = BN_new();

    assert_int_equal(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD), 1);
    return n;
}

static const char *rsa_jwk(const fixture_t *f, BIGNUM *n, size_t zeros, const char *e)
{
    const char *jwk = apr_psprintf(f->pool, "{\"kty\":\"RSA\",\"e\":\"%s\",\"n\":\"%s\"}", e,
                                   number(f, n, zeros));
    BN_free(n);
    return jwk;
}

static void test_JWK_007_leading_zero_of_n_accepted_and_not_counted(void **state)
{
    const fixture_t *f = *state;
    const char *plain = rsa_jwk(f, odd_number(2048), 0, "AQAB");
    unsigned char *n;
    apr_size_t len;
    const char *text = strstr(plain, "\"n\":\"") + 5;
    unsigned char padded[257] = {0};
    int bits;
    const tokex_key_t *key;

    assert_success(tokex_b64url_decode(&n, &len, text, strlen(text) - 2, f->pool));
    assert_int_equal(len, 256);
    memcpy(padded + 1, n, len);
    key = the_key(f, apr_psprintf(f->pool, "{\"kty\":\"RSA\",\"e\":\"AAEAAQ\",\"n\":\"%s\"}",
                                  tokex_b64url_string(f->pool, padded, sizeof(padded))));
    (void)tokex_jwk_kty(key, &bits);
    assert_int_equal(bits, 2048);
    assert_string_equal(tokex_jwk_thumbprint(key), tokex_jwk_thumbprint(the_key(f, plain)));
    /* 2047 bits and a zero octet are still 2047 bits. */
    assert_unusable(f, rsa_jwk(f, odd_number(2047), 1, "AQAB"));
}

static void test_rsa_modulus_of_2048_to_8192_bits(void **state)
{
    const fixture_t *f = *state;

    assert_unusable(f, rsa_jwk(f, odd_number(1024), 0, "AQAB"));
    assert_unusable(f, rsa_jwk(f, odd_number(2047), 0, "AQAB"));
    (void)the_key(f, rsa_jwk(f, odd_number(2048), 0, "AQAB"));
    (void)the_key(f, rsa_jwk(f, odd_number(3071), 0, "AQAB"));
    (void)the_key(f, rsa_jwk(f, odd_number(8192), 1, "AQAB"));
    assert_unusable(f, rsa_jwk(f, odd_number(8193), 0, "AQAB"));
    assert_unusable(f, rsa_jwk(f, odd_number(16384), 0, "AQAB"));
}

static void test_even_rsa_modulus_refused(void **state)
{
    BIGNUM *n = odd_number(2048);

    assert_int_equal(BN_sub_word(n, 1), 1);
    assert_unusable(*state, rsa_jwk(*state, n, 0, "AQAB"));
}

static void test_SIG_015_rsa_exponent_odd_over_1_and_at_most_64_bits(void **state)
{
    static const struct {
        const char *e;
        bool accepted;
    } exponents[] = {{"AQ", false},         {"Ag", false},          {"AA", false},
                     {"Aw", true},          {"AQAA", false},        {"AQAB", true},
                     {"gAAAAAAAAAE", true}, {"AQAAAAAAAAAB", false}};
    const fixture_t *f = *state;

    for (int i = 0; i < COUNT(exponents); i++) {
        const char *jwk = rsa_jwk(f, odd_number(2048), 0, exponents[i].e);

        if (exponents[i].accepted)
            (void)the_key(f, jwk);
        else
            assert_unusable(f, jwk);
    }
}

/* A modulus of the faulty generator's form: k * M + (65537^a mod M), M the product of all primes up
 * to 167; made so that it is odd and has 2048 bits. */
static BIGNUM *faulty_modulus(void)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *m = BN_new();
    BIGNUM *power = BN_new();
    BIGNUM *a = BN_new();
    BIGNUM *n = odd_number(2048);

    assert_int_equal(BN_set_word(m, 2), 1);
    for (BN_ULONG p = 3; p <= 167; p += 2) {
        bool prime = true;

        for (BN_ULONG d = 3; d * d <= p; d += 2)
            prime = prime && p % d != 0;
        if (prime)
            assert_int_equal(BN_mul_word(m, p), 1);
    }
    assert_int_equal(BN_set_word(power, 65537), 1);
    assert_int_equal(BN_set_word(a, 123457), 1);
    assert_int_equal(BN_mod_exp(power, power, a, m, ctx), 1);
    /* n - (n mod M) + power: odd, since M is even and every power of 65537 is odd. */
    assert_int_equal(BN_mod(a, n, m, ctx), 1);
    assert_int_equal(BN_sub(n, n, a), 1);
    assert_int_equal(BN_add(n, n, power), 1);
    BN_free(m);
    BN_free(power);
    BN_free(a);
    BN_CTX_free(ctx);
    return n;
}

static void test_SIG_017_rsa_key_with_the_roca_fingerprint_refused(void **state)
{
    const fixture_t *f = *state;
    const char *jwk = rsa_jwk(f, faulty_modulus(), 0, "AQAB");

    assert_unusable(f, jwk);
    assert_non_null(strstr(refusal(f, jwk)->log_text, "ROCA"));
    for (int i = 0; i < 50; i++)
        (void)the_key(f, rsa_jwk(f, odd_number(2048), 0, "AQAB"));
}

/* ---- Points */

static void test_point_off_the_curve_refused(void **state)
{
    const fixture_t *f = *state;

    (void)the_key(f, "{" P256_MEMBERS "}");
    assert_unusable(f,
                    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_Y "\",\"y\":\"" P256_X "\"}");
    assert_unusable(f,
                    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_X "\"}");
    /* x = y = 0, and a coordinate that is not below the field's prime */
    assert_unusable(f, "{\"kty\":\"EC\",\"crv\":\"P-256\","
                       "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
                       "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}");
    assert_unusable(f, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X
                       "\",\"y\":\"__________________________________________8\"}");
}

static void test_coordinates_have_the_full_width(void **state)
{
    const fixture_t *f = *state;

    assert_unusable(f,
                    "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}");
    assert_unusable(f, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"" P256_Y "\"}");
    assert_unusable(f, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"AQ\"}");
    assert_non_null(strstr(
        refusal(f, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "A\"}")
            ->log_text,
        "32 octets"));
    assert_unusable(f, "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" ED_X "\"}");
    assert_unusable(f, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "AA\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_JWK_007_leading_zero_of_n_accepted_and_not_counted),
        WITH_CRYPT(test_rsa_modulus_of_2048_to_8192_bits),
        WITH_CRYPT(test_even_rsa_modulus_refused),
        WITH_CRYPT(test_SIG_015_rsa_exponent_odd_over_1_and_at_most_64_bits),
        WITH_CRYPT(test_SIG_017_rsa_key_with_the_roca_fingerprint_refused),
        WITH_CRYPT(test_point_off_the_curve_refused),
        WITH_CRYPT(test_coordinates_have_the_full_width),
    };

    return cmocka_run_group_tests_name("crypt/jwk_key", tests, start, stop);
}
