#include "crypt_jwk.h"

#define RS_AND_PS                                                                                  \
    (TOKEX_ALG_BIT(TOKEX_ALG_RS256) | TOKEX_ALG_BIT(TOKEX_ALG_RS384) |                             \
     TOKEX_ALG_BIT(TOKEX_ALG_RS512) | TOKEX_ALG_BIT(TOKEX_ALG_PS256) |                             \
     TOKEX_ALG_BIT(TOKEX_ALG_PS384) | TOKEX_ALG_BIT(TOKEX_ALG_PS512))

/* ---- Names of algorithms */

static void test_HDR_006_algorithm_names_are_exact(void **state)
{
    static const char *const wrong[] = {"none",   "None",    "HS256",  "HS384", "HS512",
                                        "rs256",  " RS256",  "RS256 ", "RS257", "ES256K",
                                        "EdDSA2", "Ed25519", ""};

    (void)state;
    for (int alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++)
        assert_int_equal(tokex_jwk_alg(tokex_jwk_alg_name((tokex_alg_t)alg)), alg);
    for (int i = 0; i < COUNT(wrong); i++)
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

    for (int i = 0; i < COUNT(algs); i++)
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

    for (int i = 0; i < COUNT(members); i++)
        assert_code(
            refusal(f, apr_psprintf(f->pool, "{%s,\"%s\":\"AQ\"}", RSA_MEMBERS, members[i])),
            TOKEX_E_KEY_PRIVATE);
}

static void test_public_jwk_reads_back_as_the_same_key(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *keys[] = {make_rsa(f, 2048),   make_ec(f, "P-256"),    make_ec(f, "P-384"),
                        make_ec(f, "P-521"), make_okp(f, "ED25519"), make_okp(f, "ED448")};

    for (int i = 0; i < COUNT(keys); i++) {
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
    };

    return cmocka_run_group_tests_name("crypt/jwk_parse", tests, start, stop);
}
