#include "crypt_jws.h"

static const tokex_alg_t every_alg[] = {
    TOKEX_ALG_RS256, TOKEX_ALG_RS384, TOKEX_ALG_RS512, TOKEX_ALG_PS256, TOKEX_ALG_PS384,
    TOKEX_ALG_PS512, TOKEX_ALG_ES256, TOKEX_ALG_ES384, TOKEX_ALG_ES512, TOKEX_ALG_EDDSA};

static EVP_PKEY *key_for(const fixture_t *f, tokex_alg_t alg, EVP_PKEY *rsa)
{
    switch (alg) {
    case TOKEX_ALG_ES256:
        return make_ec(f, "P-256");
    case TOKEX_ALG_ES384:
        return make_ec(f, "P-384");
    case TOKEX_ALG_ES512:
        return make_ec(f, "P-521");
    case TOKEX_ALG_EDDSA:
        return make_okp(f, "ED448");
    default:
        return rsa;
    }
}

static void test_what_we_sign_verifies_with_every_algorithm(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *rsa = make_rsa(f, 2048);

    for (int i = 0; i < COUNT(every_alg); i++) {
        EVP_PKEY *pkey = key_for(f, every_alg[i], rsa);
        const tokex_keyset_t *set = public_set(f, pkey, "k");
        const char *token = signed_by_us(f, pkey, every_alg[i]);
        const tokex_jws_t *jws = parsed(f, token);

        assert_int_equal(jws->alg, every_alg[i]);
        assert_string_equal(jws->typ, "at+jwt");
        assert_string_equal(jws->kid, "k");
        assert_success(check(f, set, token));
    }
}

static void test_any_changed_octet_breaks_the_signature(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *rsa = make_rsa(f, 2048);

    for (int i = 0; i < COUNT(every_alg); i++) {
        EVP_PKEY *pkey = key_for(f, every_alg[i], rsa);
        const tokex_key_t *key = public_set(f, pkey, "k")->keys[0];
        const tokex_jws_t *jws = parsed(f, signed_by_us(f, pkey, every_alg[i]));
        unsigned char *sig = apr_pmemdup(f->pool, jws->signature, jws->signature_len);

        for (apr_size_t j = 0; j < jws->signature_len; j++) {
            sig[j] ^= 1;
            assert_code(tokex_jws_verify_octets(key, jws->alg, jws->signing_input,
                                                jws->signing_input_len, sig, jws->signature_len,
                                                f->pool),
                        TOKEX_E_SIGNATURE);
            sig[j] ^= 1;
        }
        assert_code(tokex_jws_verify_octets(key, jws->alg, jws->signing_input,
                                            jws->signing_input_len - 1, sig, jws->signature_len,
                                            f->pool),
                    TOKEX_E_SIGNATURE);
    }
}

static void test_SIG_007_SIG_009_wrong_signature_length_refused(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *rsa = make_rsa(f, 2048);

    for (int i = 0; i < COUNT(every_alg); i++) {
        EVP_PKEY *pkey = key_for(f, every_alg[i], rsa);
        const tokex_key_t *key = public_set(f, pkey, "k")->keys[0];
        const tokex_jws_t *jws = parsed(f, signed_by_us(f, pkey, every_alg[i]));
        unsigned char *sig = apr_pcalloc(f->pool, jws->signature_len + 2);
        apr_size_t lengths[] = {0, 1, jws->signature_len - 1, jws->signature_len + 1};

        memcpy(sig + 1, jws->signature, jws->signature_len);
        for (size_t j = 0; j < 4; j++)
            assert_code(tokex_jws_verify_octets(key, jws->alg, jws->signing_input,
                                                jws->signing_input_len, sig + 1, lengths[j],
                                                f->pool),
                        TOKEX_E_SIGNATURE);
        /* The same number with a zero before it. */
        assert_code(tokex_jws_verify_octets(key, jws->alg, jws->signing_input,
                                            jws->signing_input_len, sig, jws->signature_len + 1,
                                            f->pool),
                    TOKEX_E_SIGNATURE);
    }
}

static void test_signature_of_another_key_refused(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *one = make_ec(f, "P-256");
    EVP_PKEY *two = make_ec(f, "P-256");

    assert_not_verified(f, public_set(f, two, "k"), signed_by_us(f, one, TOKEX_ALG_ES256));
}

/* The order of P-256. */
static const unsigned char order[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

static void test_SIG_001_SIG_002_es256_with_r_and_s_at_the_edges_refused(void **state)
{
    const fixture_t *f = *state;
    const tokex_key_t *key = public_set(f, make_ec(f, "P-256"), NULL)->keys[0];
    unsigned char edge[5][32] = {{0}, {0}, {0}, {0}, {0}};

    edge[1][31] = 1;
    memcpy(edge[2], order, 32);
    edge[2][31]--;
    memcpy(edge[3], order, 32);
    memset(edge[4], 0xff, 32);
    for (int r = 0; r < 5; r++) {
        for (int s = 0; s < 5; s++) {
            unsigned char sig[64];

            memcpy(sig, edge[r], 32);
            memcpy(sig + 32, edge[s], 32);
            assert_code(
                tokex_jws_verify_octets(key, TOKEX_ALG_ES256, "message", 7, sig, 64, f->pool),
                TOKEX_E_SIGNATURE);
            assert_int_equal(tokex_crypt_error_queue_length(), 0);
        }
    }
}

static void test_SIG_006_es256_signature_as_asn1_refused(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    const tokex_keyset_t *set = public_set(f, pkey, NULL);
    signing_t how = {
        .pkey = pkey, .digest = "SHA256", .keep_der = true, .header = "{\"alg\":\"ES256\"}"};

    for (int i = 0; i < 20; i++)
        assert_not_verified(f, set, make_token(f, &how));
    how.keep_der = false;
    assert_success(check(f, set, make_token(f, &how)));
}

static void test_SIG_011_pss_salt_must_be_as_long_as_the_hash(void **state)
{
    static const int salts[] = {0, 20, 31, 33, 64};
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_rsa(f, 2048);
    const tokex_keyset_t *set = public_set(f, pkey, NULL);
    signing_t how = {
        .pkey = pkey, .digest = "SHA256", .pss = true, .salt = 32, .header = "{\"alg\":\"PS256\"}"};

    assert_success(check(f, set, make_token(f, &how)));
    for (int i = 0; i < COUNT(salts); i++) {
        how.salt = salts[i];
        assert_not_verified(f, set, make_token(f, &how));
    }
}

static void test_SIG_012_pss_mask_hash_must_be_the_message_hash(void **state)
{
    static const char *const masks[] = {"SHA1", "SHA384", "SHA512"};
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_rsa(f, 2048);
    const tokex_keyset_t *set = public_set(f, pkey, NULL);
    signing_t how = {.pkey = pkey,
                     .digest = "SHA256",
                     .pss = true,
                     .salt = 32,
                     .mgf1 = "SHA256",
                     .header = "{\"alg\":\"PS256\"}"};

    assert_success(check(f, set, make_token(f, &how)));
    for (int i = 0; i < COUNT(masks); i++) {
        how.mgf1 = masks[i];
        assert_not_verified(f, set, make_token(f, &how));
    }
}

static void test_rsa_padding_and_hash_are_those_of_the_header(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_rsa(f, 2048);
    const tokex_keyset_t *set = public_set(f, pkey, NULL);
    signing_t how = {.pkey = pkey, .digest = "SHA256", .header = "{\"alg\":\"PS256\"}"};

    assert_not_verified(f, set, make_token(f, &how));
    how.header = "{\"alg\":\"RS384\"}";
    assert_not_verified(f, set, make_token(f, &how));
    how.header = "{\"alg\":\"RS256\"}";
    how.digest = "SHA512";
    assert_not_verified(f, set, make_token(f, &how));
    how.digest = "SHA256";
    how.pss = true;
    how.salt = 32;
    assert_not_verified(f, set, make_token(f, &how));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_what_we_sign_verifies_with_every_algorithm),
        WITH_CRYPT(test_any_changed_octet_breaks_the_signature),
        WITH_CRYPT(test_SIG_007_SIG_009_wrong_signature_length_refused),
        WITH_CRYPT(test_signature_of_another_key_refused),
        WITH_CRYPT(test_SIG_001_SIG_002_es256_with_r_and_s_at_the_edges_refused),
        WITH_CRYPT(test_SIG_006_es256_signature_as_asn1_refused),
        WITH_CRYPT(test_SIG_011_pss_salt_must_be_as_long_as_the_hash),
        WITH_CRYPT(test_SIG_012_pss_mask_hash_must_be_the_message_hash),
        WITH_CRYPT(test_rsa_padding_and_hash_are_those_of_the_header),
    };

    return cmocka_run_group_tests_name("crypt/jws_verify", tests, start, stop);
}
