#include "crypt_keys.h"

#include <openssl/bn.h>

/* RFC 7638 section 3.1: a JWK and its thumbprint. */
#define RFC_7638_N                                                                                 \
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"      \
    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-"              \
    "65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"   \
    "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
#define RFC_7638_THUMBPRINT "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
#define RSA_MEMBERS "\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RFC_7638_N "\""

/* RFC 7520 section 3.1 is P-521; this one is of RFC 7517 appendix A.1. */
#define P256_X "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
#define P256_Y "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
#define P256_MEMBERS "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\""
#define ED_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define ED_MEMBERS "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\""

#define RS_AND_PS                                                                                  \
    (TOKEX_ALG_BIT(TOKEX_ALG_RS256) | TOKEX_ALG_BIT(TOKEX_ALG_RS384) |                             \
     TOKEX_ALG_BIT(TOKEX_ALG_RS512) | TOKEX_ALG_BIT(TOKEX_ALG_PS256) |                             \
     TOKEX_ALG_BIT(TOKEX_ALG_PS384) | TOKEX_ALG_BIT(TOKEX_ALG_PS512))

static const tokex_err_t *refusal(const fixture_t *f, const char *text)
{
    const tokex_keyset_t *set = NULL;
    const tokex_err_t *err = read_keys(f, &set, text);

    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    assert_null(set);
    return err;
}

static void assert_unusable(const fixture_t *f, const char *jwk)
{
    const tokex_keyset_t *set;

    assert_code(refusal(f, jwk), TOKEX_E_KEY_UNUSABLE);
    /* In a set it is left out, its neighbour stays. */
    set = keys_from(f, apr_pstrcat(f->pool, "{\"keys\":[", jwk, ",{", ED_MEMBERS, "}]}", NULL));
    assert_int_equal(set->count, 1);
    assert_string_equal(tokex_jwk_kty(set->keys[0], NULL), "OKP");
    assert_int_equal(set->warning_count, 1);
}

static const tokex_key_t *the_key(const fixture_t *f, const char *text)
{
    const tokex_keyset_t *set = keys_from(f, text);

    assert_int_equal(set->count, 1);
    assert_int_equal(set->warning_count, 0);
    return set->keys[0];
}

/* ---- Names of algorithms */

static void test_HDR_006_algorithm_names_are_exact(void **state)
{
    static const char *const wrong[] = {"none",   "None",    "HS256",  "HS384", "HS512",
                                        "rs256",  " RS256",  "RS256 ", "RS257", "ES256K",
                                        "EdDSA2", "Ed25519", ""};

    (void)state;
    for (int alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++)
        assert_int_equal(tokex_jwk_alg(tokex_jwk_alg_name((tokex_alg_t)alg)), alg);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(tokex_jwk_alg(wrong[i]), TOKEX_ALG_NONE);
    assert_int_equal(tokex_jwk_alg(NULL), TOKEX_ALG_NONE);
    assert_string_equal(tokex_jwk_alg_name(TOKEX_ALG_NONE), "none");
    assert_string_equal(tokex_jwk_alg_name(TOKEX_ALG_COUNT), "none");
}

/* ---- JWK */

static void test_rsa_jwk_and_thumbprint_of_rfc_7638(void **state)
{
    const tokex_key_t *key =
        the_key(*state, "{" RSA_MEMBERS ",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}");
    int bits;

    assert_string_equal(tokex_jwk_kty(key, &bits), "RSA");
    assert_int_equal(bits, 2048);
    assert_string_equal(tokex_jwk_kid(key), "2011-04-29");
    assert_string_equal(tokex_jwk_thumbprint(key), RFC_7638_THUMBPRINT);
    assert_int_equal(tokex_jwk_algs(key), TOKEX_ALG_BIT(TOKEX_ALG_RS256));
}

static void test_okp_thumbprint_of_rfc_8037(void **state)
{
    const tokex_key_t *key = the_key(*state, "{" ED_MEMBERS "}");

    assert_string_equal(tokex_jwk_thumbprint(key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_int_equal(tokex_jwk_algs(key), TOKEX_ALG_BIT(TOKEX_ALG_EDDSA));
    assert_null(tokex_jwk_kid(key));
}

static void test_key_without_alg_allows_what_its_type_and_curve_do(void **state)
{
    static const struct {
        const char *curve;
        tokex_alg_t alg;
        int bits;
    } curves[] = {{"P-256", TOKEX_ALG_ES256, 256},
                  {"P-384", TOKEX_ALG_ES384, 384},
                  {"P-521", TOKEX_ALG_ES512, 521}};
    const fixture_t *f = *state;

    assert_int_equal(tokex_jwk_algs(the_key(f, "{" RSA_MEMBERS "}")), RS_AND_PS);
    for (size_t i = 0; i < 3; i++) {
        const tokex_key_t *key = public_set(f, make_ec(f, curves[i].curve), NULL)->keys[0];
        int bits;

        assert_int_equal(tokex_jwk_algs(key), TOKEX_ALG_BIT(curves[i].alg));
        assert_string_equal(tokex_jwk_kty(key, &bits), "EC");
        assert_int_equal(bits, curves[i].bits);
    }
    assert_int_equal(tokex_jwk_algs(public_set(f, make_okp(f, "ED448"), NULL)->keys[0]),
                     TOKEX_ALG_BIT(TOKEX_ALG_EDDSA));
}

static void test_ALG_005_kty_and_alg_that_do_not_fit_drop_the_key(void **state)
{
    static const char *const algs[] = {"HS256",    "ES256",  "EdDSA", "none",
                                       "RSA-OAEP", "RSA1_5", "rs256", "ES521"};
    const fixture_t *f = *state;

    for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
        assert_unusable(f, apr_psprintf(f->pool, "{%s,\"alg\":\"%s\"}", RSA_MEMBERS, algs[i]));
    assert_unusable(f, "{" P256_MEMBERS ",\"alg\":\"ES384\"}");
    assert_unusable(f, "{" P256_MEMBERS ",\"alg\":\"RS256\"}");
    assert_unusable(f, "{" ED_MEMBERS ",\"alg\":\"ES256\"}");
    assert_unusable(f, "{" P256_MEMBERS ",\"alg\":256}");
    assert_unusable(f, "{" P256_MEMBERS ",\"alg\":null}");
}

static void test_JWK_001_use_must_be_sig(void **state)
{
    const fixture_t *f = *state;

    (void)the_key(f, "{" P256_MEMBERS ",\"use\":\"sig\"}");
    assert_unusable(f, "{" P256_MEMBERS ",\"use\":\"enc\"}");
    assert_unusable(f, "{" P256_MEMBERS ",\"use\":\"SIG\"}");
    assert_unusable(f, "{" P256_MEMBERS ",\"use\":1}");
}

static void test_JWK_002_key_ops_must_hold_verify(void **state)
{
    const fixture_t *f = *state;

    (void)the_key(f, "{" P256_MEMBERS ",\"key_ops\":[\"verify\"]}");
    (void)the_key(f, "{" P256_MEMBERS ",\"key_ops\":[\"sign\",\"verify\"]}");
    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":[\"sign\"]}");
    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":[\"VERIFY\"]}");
    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":[]}");
    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":[\"encrypt\"],\"use\":\"sig\"}");
    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":[\"verify\"],\"use\":\"enc\"}");
}

static void test_JWK_004_malformed_key_ops_drop_the_key(void **state)
{
    const fixture_t *f = *state;

    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":[\"verify\",\"verify\"]}");
    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":[\"verify\",1]}");
    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":[null,\"verify\"]}");
    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":\"verify\"}");
    assert_unusable(f, "{" P256_MEMBERS ",\"key_ops\":{\"verify\":true}}");
}

static void test_ALG_013_oct_and_unknown_keys_are_left_out(void **state)
{
    const fixture_t *f = *state;

    assert_unusable(f, "{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}");
    assert_unusable(f, "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"pub\":\"AA\"}");
    assert_unusable(f, "{\"kty\":\"rsa\",\"e\":\"AQAB\",\"n\":\"" RFC_7638_N "\"}");
    assert_unusable(f, "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y
                       "\"}");
    assert_unusable(f, "{\"kty\":\"EC\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}");
    assert_unusable(f, "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" ED_X "\"}");
    assert_unusable(f, "{\"kty\":\"OKP\",\"crv\":\"P-256\",\"x\":\"" ED_X "\"}");
    assert_unusable(f, "{\"kty\":7}");
}

static void test_SIG_022_empty_symmetric_key_refused(void **state)
{
    assert_unusable(*state, "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"\"}");
}

static void test_member_names_are_case_sensitive(void **state)
{
    const fixture_t *f = *state;

    assert_unusable(f, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"N\":\"" RFC_7638_N "\"}");
    assert_code(refusal(f, "{\"KTY\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RFC_7638_N "\"}"),
                TOKEX_E_KEY_SYNTAX);
    assert_code(refusal(f, "{\"Keys\":[]}"), TOKEX_E_KEY_SYNTAX);
}

static void test_missing_or_malformed_members_drop_the_key(void **state)
{
    const fixture_t *f = *state;

    assert_unusable(f, "{\"kty\":\"RSA\",\"n\":\"" RFC_7638_N "\"}");
    assert_unusable(f, "{\"kty\":\"RSA\",\"e\":\"AQAB\"}");
    assert_unusable(f, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"\"}");
    assert_unusable(f, "{\"kty\":\"RSA\",\"e\":\"\",\"n\":\"" RFC_7638_N "\"}");
    assert_unusable(f, "{\"kty\":\"RSA\",\"e\":65537,\"n\":\"" RFC_7638_N "\"}");
    assert_unusable(f, "{\"kty\":\"RSA\",\"e\":\"AQAB==\",\"n\":\"" RFC_7638_N "\"}");
    assert_unusable(f, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\"}");
    assert_unusable(f, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}");
    assert_unusable(f, "{" ED_MEMBERS ",\"kid\":17}");
}

static void test_kid_over_the_limit_drops_the_key(void **state)
{
    const fixture_t *f = *state;
    char *kid = apr_pcalloc(f->pool, 258);

    memset(kid, 'k', 256);
    assert_string_equal(
        tokex_jwk_kid(the_key(f, apr_psprintf(f->pool, "{%s,\"kid\":\"%s\"}", ED_MEMBERS, kid))),
        kid);
    kid[256] = 'k';
    assert_unusable(f, apr_psprintf(f->pool, "{%s,\"kid\":\"%s\"}", P256_MEMBERS, kid));
}

static void test_ALG_014_private_members_are_discarded_in_a_set(void **state)
{
    const fixture_t *f = *state;
    const tokex_keyset_t *set =
        keys_from(f, "{\"keys\":[{" ED_MEMBERS
                     ",\"kid\":\"k\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}]}");
    tokex_jsonw_t *w = tokex_jsonw_create(f->pool, 256);

    assert_int_equal(set->count, 1);
    assert_int_equal(set->warning_count, 1);
    assert_non_null(strstr(set->warnings[0], "private"));
    assert_null(strstr(set->warnings[0], "nWGxne"));
    tokex_jwk_write_public(w, set->keys[0], TOKEX_ALG_EDDSA);
    assert_string_equal(tokex_jsonw_text(w, NULL),
                        "{\"kty\":\"OKP\",\"kid\":\"k\",\"use\":\"sig\",\"alg\":\"EdDSA\","
                        "\"crv\":\"Ed25519\",\"x\":\"" ED_X "\"}");
}

static void test_ALG_014_single_private_jwk_refused(void **state)
{
    static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};
    const fixture_t *f = *state;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        assert_code(
            refusal(f, apr_psprintf(f->pool, "{%s,\"%s\":\"AQ\"}", RSA_MEMBERS, members[i])),
            TOKEX_E_KEY_PRIVATE);
}

static void test_public_jwk_reads_back_as_the_same_key(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *keys[] = {make_rsa(f, 2048),   make_ec(f, "P-256"),    make_ec(f, "P-384"),
                        make_ec(f, "P-521"), make_okp(f, "ED25519"), make_okp(f, "ED448")};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *text = public_jwk(f, keys[i], "kid \"1\"", TOKEX_ALG_NONE);
        const tokex_key_t *key = the_key(f, text);
        tokex_jsonw_t *w = tokex_jsonw_create(f->pool, 256);

        assert_string_equal(tokex_jwk_thumbprint(key),
                            tokex_jwk_thumbprint(private_key(f, keys[i], NULL)));
        assert_string_equal(tokex_jwk_kid(key), "kid \"1\"");
        tokex_jwk_write_public(w, key, TOKEX_ALG_NONE);
        assert_string_equal(tokex_jsonw_text(w, NULL), text);
        assert_null(strstr(text, "\"d\""));
    }
}

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

    for (size_t i = 0; i < sizeof(exponents) / sizeof(exponents[0]); i++) {
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

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
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
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
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

/* ---- PEM and DER */

static void test_JWK_016_certificate_and_public_key_by_content(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *keys[] = {make_rsa(f, 2048), make_ec(f, "P-384"), make_okp(f, "ED25519")};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *thumbprint = tokex_jwk_thumbprint(private_key(f, keys[i], NULL));
        X509 *cert = make_certificate(keys[i], -10, 10);
        unsigned char *der = NULL;
        int len = i2d_X509(cert, &der);
        const tokex_keyset_t *set;

        X509_free(cert);
        assert_string_equal(tokex_jwk_thumbprint(the_key(f, certificate_pem(f, keys[i], -10, 10))),
                            thumbprint);
        assert_string_equal(tokex_jwk_thumbprint(the_key(f, public_pem(f, keys[i]))), thumbprint);
        assert_success(tokex_jwk_read(&set, (const char *)der, (apr_size_t)len, NOW, f->crypt,
                                      f->pool, f->pool));
        assert_string_equal(tokex_jwk_thumbprint(set->keys[0]), thumbprint);
        assert_null(tokex_jwk_kid(set->keys[0]));
        OPENSSL_free(der);
        der = NULL;
        len = i2d_PUBKEY(keys[i], &der);
        assert_success(tokex_jwk_read(&set, (const char *)der, (apr_size_t)len, NOW, f->crypt,
                                      f->pool, f->pool));
        assert_string_equal(tokex_jwk_thumbprint(set->keys[0]), thumbprint);
        OPENSSL_free(der);
    }
}

static void test_JWK_016_two_certificates_are_two_keys(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *one = make_ec(f, "P-256");
    EVP_PKEY *two = make_ec(f, "P-256");
    const char *text =
        apr_pstrcat(f->pool, "Bag Attributes\r\n  friendlyName: one\r\n",
                    certificate_pem(f, one, -10, 10), "\n", certificate_pem(f, two, -10, 10), NULL);
    const tokex_keyset_t *set = keys_from(f, text);

    assert_int_equal(set->count, 2);
    assert_int_equal(set->warning_count, 0);
}

static void test_renewed_certificate_of_the_same_key_is_one_key(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    const tokex_keyset_t *set = keys_from(f, apr_pstrcat(f->pool, certificate_pem(f, pkey, -10, 10),
                                                         certificate_pem(f, pkey, -5, 20), NULL));

    assert_int_equal(set->count, 1);
    assert_int_equal(set->warning_count, 1);
}

static void test_JWK_016_validity_of_a_certificate_is_a_warning(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    const tokex_keyset_t *set = keys_from(f, certificate_pem(f, pkey, -10, -1));

    assert_int_equal(set->count, 1);
    assert_int_equal(set->warning_count, 1);
    assert_non_null(strstr(set->warnings[0], "expired on 2023-11-14"));
    set = keys_from(f, certificate_pem(f, pkey, 5, 10));
    assert_int_equal(set->count, 1);
    assert_int_equal(set->warning_count, 1);
    assert_non_null(strstr(set->warnings[0], "not valid before 2023-11-14"));
}

static void test_JWK_016_key_is_valid_only_within_its_certificate(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    const char *old = certificate_pem(f, pkey, -10, -1);
    const tokex_keyset_t *set = keys_from(f, certificate_pem(f, pkey, -1, 1));

    assert_true(tokex_jwk_is_valid_at(set->keys[0], NOW));
    assert_false(tokex_jwk_is_valid_at(set->keys[0], NOW + 2 * 86400));
    assert_false(tokex_jwk_is_valid_at(set->keys[0], NOW - 2 * 86400));
    set = keys_from(f, old);
    assert_false(tokex_jwk_is_valid_at(set->keys[0], NOW));
    /* A renewed certificate of the same key beside the old one. */
    set = keys_from(f, apr_pstrcat(f->pool, old, certificate_pem(f, pkey, -1, 1), NULL));
    assert_int_equal(set->count, 1);
    assert_true(tokex_jwk_is_valid_at(set->keys[0], NOW));
    set = keys_from(f, "{\"keys\":[]}");
    assert_int_equal(set->count, 0);
}

static void test_JWK_016_private_pem_refused(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");

    assert_code(refusal(f, private_pem(f, pkey, NULL)), TOKEX_E_KEY_PRIVATE);
    assert_code(refusal(f, private_pem(f, pkey, "password")), TOKEX_E_KEY_PRIVATE);
    assert_code(refusal(f, apr_pstrcat(f->pool, certificate_pem(f, pkey, -10, 10),
                                       private_pem(f, pkey, NULL), NULL)),
                TOKEX_E_KEY_PRIVATE);
    assert_code(refusal(f, "-----BEGIN RSA PRIVATE KEY-----\nbroken"), TOKEX_E_KEY_PRIVATE);
    assert_code(refusal(f, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"), TOKEX_E_KEY_PRIVATE);
}

static void test_JWK_016_private_der_refused(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *keys[] = {make_rsa(f, 2048), make_ec(f, "P-256"), make_okp(f, "ED25519")};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        int len;
        const unsigned char *pkcs8 = private_der(f, keys[i], &len);
        unsigned char *der = NULL;
        BIO *bio = BIO_new(BIO_s_mem());
        char *data = NULL;
        const tokex_keyset_t *set;

        assert_code(tokex_jwk_read(&set, (const char *)pkcs8, (apr_size_t)len, NOW, f->crypt,
                                   f->pool, f->pool),
                    TOKEX_E_KEY_PRIVATE);
        len = i2d_PrivateKey(keys[i], &der);
        assert_code(tokex_jwk_read(&set, (const char *)der, (apr_size_t)len, NOW, f->crypt, f->pool,
                                   f->pool),
                    TOKEX_E_KEY_PRIVATE);
        OPENSSL_clear_free(der, (size_t)len);
        assert_int_equal(
            i2d_PKCS8PrivateKey_bio(bio, keys[i], EVP_aes_128_cbc(), NULL, 0, NULL, (void *)"pw"),
            1);
        len = (int)BIO_get_mem_data(bio, &data);
        assert_code(tokex_jwk_read(&set, data, (apr_size_t)len, NOW, f->crypt, f->pool, f->pool),
                    TOKEX_E_KEY_PRIVATE);
        BIO_free(bio);
        assert_int_equal(tokex_crypt_error_queue_length(), 0);
    }
}

static void test_pem_of_unusable_keys(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *small = make_rsa(f, 1024);
    EVP_PKEY *koblitz = make_ec(f, "secp256k1");
    const tokex_keyset_t *set;

    assert_code(refusal(f, public_pem(f, small)), TOKEX_E_KEY_UNUSABLE);
    assert_code(refusal(f, certificate_pem(f, small, -10, 10)), TOKEX_E_KEY_UNUSABLE);
    assert_code(refusal(f, public_pem(f, koblitz)), TOKEX_E_KEY_UNUSABLE);
    assert_code(refusal(f, public_pem(f, make_okp(f, "X25519"))), TOKEX_E_KEY_UNUSABLE);
    set = keys_from(
        f, apr_pstrcat(f->pool, public_pem(f, small), public_pem(f, make_ec(f, "P-256")), NULL));
    assert_int_equal(set->count, 1);
    assert_int_equal(set->warning_count, 1);
}

static void test_curve_given_by_parameters_refused(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");

    assert_int_equal(EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"),
                     1);
    assert_code(refusal(f, public_pem(f, pkey)), TOKEX_E_KEY_UNUSABLE);
}

static void test_text_and_octets_that_are_no_key_refused(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "https://idp.example/jwks.json",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nA%A\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
        "0",
        "0\x03\x02\x01",
        "0\x03\x02\x01\x05",
        "0\x80",
        "0\x84\xff\xff\xff\xff",
    };
    const fixture_t *f = *state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_code(refusal(f, texts[i]), TOKEX_E_KEY_SYNTAX);
}

static void test_der_with_octets_behind_refused(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    char *longer = apr_pcalloc(f->pool, (apr_size_t)len + 1);
    const tokex_keyset_t *set;

    memcpy(longer, der, (size_t)len);
    OPENSSL_free(der);
    assert_success(tokex_jwk_read(&set, longer, (apr_size_t)len, NOW, f->crypt, f->pool, f->pool));
    assert_code(tokex_jwk_read(&set, longer, (apr_size_t)len + 1, NOW, f->crypt, f->pool, f->pool),
                TOKEX_E_KEY_SYNTAX);
    assert_code(tokex_jwk_read(&set, longer, (apr_size_t)len - 1, NOW, f->crypt, f->pool, f->pool),
                TOKEX_E_KEY_SYNTAX);
}

/* ---- Our own keys */

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

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
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

    for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
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

typedef struct watched_t {
    const unsigned char *octets;
    apr_size_t len;
    bool wiped;
} watched_t;

/* Registered before the buffer is there, so it runs after the buffer's own cleanup. */
static apr_status_t look(void *data)
{
    watched_t *watched = data;

    watched->wiped = watched->octets != NULL;
    for (apr_size_t i = 0; watched->octets && i < watched->len; i++)
        watched->wiped = watched->wiped && watched->octets[i] == 0;
    return APR_SUCCESS;
}

static void test_private_der_is_wiped_with_the_pool(void **state)
{
    const fixture_t *f = *state;
    watched_t watched = {NULL, 0, false};
    const tokex_key_t *key;
    apr_pool_t *pool;

    assert_success(tokex_jwk_generate(&key, TOKEX_ALG_ES256, f->crypt, f->pool));
    assert_int_equal(apr_pool_create(&pool, f->pool), APR_SUCCESS);
    apr_pool_cleanup_register(pool, &watched, look, apr_pool_cleanup_null);
    assert_success(tokex_jwk_private_to_der(&watched.octets, &watched.len, key, pool));
    assert_int_equal(watched.octets[0], 0x30);
    apr_pool_destroy(pool);
    assert_true(watched.wiped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_HDR_006_algorithm_names_are_exact),
        WITH_CRYPT(test_rsa_jwk_and_thumbprint_of_rfc_7638),
        WITH_CRYPT(test_okp_thumbprint_of_rfc_8037),
        WITH_CRYPT(test_key_without_alg_allows_what_its_type_and_curve_do),
        WITH_CRYPT(test_ALG_005_kty_and_alg_that_do_not_fit_drop_the_key),
        WITH_CRYPT(test_JWK_001_use_must_be_sig),
        WITH_CRYPT(test_JWK_002_key_ops_must_hold_verify),
        WITH_CRYPT(test_JWK_004_malformed_key_ops_drop_the_key),
        WITH_CRYPT(test_ALG_013_oct_and_unknown_keys_are_left_out),
        WITH_CRYPT(test_SIG_022_empty_symmetric_key_refused),
        WITH_CRYPT(test_member_names_are_case_sensitive),
        WITH_CRYPT(test_missing_or_malformed_members_drop_the_key),
        WITH_CRYPT(test_kid_over_the_limit_drops_the_key),
        WITH_CRYPT(test_ALG_014_private_members_are_discarded_in_a_set),
        WITH_CRYPT(test_ALG_014_single_private_jwk_refused),
        WITH_CRYPT(test_public_jwk_reads_back_as_the_same_key),
        WITH_CRYPT(test_JWK_007_leading_zero_of_n_accepted_and_not_counted),
        WITH_CRYPT(test_rsa_modulus_of_2048_to_8192_bits),
        WITH_CRYPT(test_even_rsa_modulus_refused),
        WITH_CRYPT(test_SIG_015_rsa_exponent_odd_over_1_and_at_most_64_bits),
        WITH_CRYPT(test_SIG_017_rsa_key_with_the_roca_fingerprint_refused),
        WITH_CRYPT(test_point_off_the_curve_refused),
        WITH_CRYPT(test_coordinates_have_the_full_width),
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
        WITH_CRYPT(test_JWK_016_certificate_and_public_key_by_content),
        WITH_CRYPT(test_JWK_016_two_certificates_are_two_keys),
        WITH_CRYPT(test_renewed_certificate_of_the_same_key_is_one_key),
        WITH_CRYPT(test_JWK_016_validity_of_a_certificate_is_a_warning),
        WITH_CRYPT(test_JWK_016_key_is_valid_only_within_its_certificate),
        WITH_CRYPT(test_JWK_016_private_pem_refused),
        WITH_CRYPT(test_JWK_016_private_der_refused),
        WITH_CRYPT(test_pem_of_unusable_keys),
        WITH_CRYPT(test_curve_given_by_parameters_refused),
        WITH_CRYPT(test_text_and_octets_that_are_no_key_refused),
        WITH_CRYPT(test_der_with_octets_behind_refused),
        WITH_CRYPT(test_ISS_004_generated_keys_fit_their_algorithm),
        WITH_CRYPT(test_private_key_to_der_and_back),
        WITH_CRYPT(test_public_key_has_no_private_der),
        WITH_CRYPT(test_small_private_key_refused),
        WITH_CRYPT(test_private_der_is_wiped_with_the_pool),
    };

    return cmocka_run_group_tests_name("crypt_jwk", tests, start, stop);
}
