#include "crypt_jws.h"

static void test_ISS_004_signer_needs_a_private_key_and_a_fitting_algorithm(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    const tokex_key_t *key = private_key(f, pkey, "k");
    const tokex_key_t *public = public_set(f, pkey, "k")->keys[0];
    const tokex_signer_t *signer = NULL;

    assert_code(tokex_jws_signer_create(&signer, public, TOKEX_ALG_ES256, "JWT", f->pool),
                TOKEX_E_KEY_UNUSABLE);
    assert_code(tokex_jws_signer_create(&signer, key, TOKEX_ALG_NONE, "JWT", f->pool),
                TOKEX_E_KEY_UNUSABLE);
    assert_code(tokex_jws_signer_create(&signer, key, TOKEX_ALG_RS256, "JWT", f->pool),
                TOKEX_E_KEY_UNUSABLE);
    assert_code(tokex_jws_signer_create(&signer, key, TOKEX_ALG_ES384, "JWT", f->pool),
                TOKEX_E_KEY_UNUSABLE);
    assert_code(tokex_jws_signer_create(&signer, key, TOKEX_ALG_COUNT, "JWT", f->pool),
                TOKEX_E_KEY_UNUSABLE);
    assert_null(signer);
}

static void test_header_of_our_tokens(void **state)
{
    const fixture_t *f = *state;
    const char *token = signed_by_us(f, make_ec(f, "P-256"), TOKEX_ALG_ES256);
    unsigned char *header;
    apr_size_t len;

    assert_success(tokex_b64url_decode(&header, &len, token, strcspn(token, "."), f->pool));
    assert_string_equal(header, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}");
}

/* One r or s in 256 begins with a zero octet: in 3,000 signatures there is none with a probability
 * below 10^-10. */
static void test_ISS_005_es256_signature_keeps_leading_zeros(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    const tokex_keyset_t *set = public_set(f, pkey, "k");
    const tokex_signer_t *signer;
    apr_pool_t *pool = new_pool(f->pool);
    int short_numbers = 0;

    assert_success(tokex_jws_signer_create(&signer, private_key(f, pkey, "k"), TOKEX_ALG_ES256,
                                           "at+jwt", f->pool));
    for (int i = 0; i < 3000; i++) {
        const char *token;
        const tokex_jws_t *jws;

        apr_pool_clear(pool);
        assert_success(tokex_jws_sign(&token, signer, "{}", 2, pool));
        assert_success(tokex_jws_parse(&jws, token, strlen(token), pool));
        assert_int_equal(jws->signature_len, 64);
        if (jws->signature[0] && jws->signature[32])
            continue;
        short_numbers++;
        assert_success(tokex_jws_verify(jws, set->keys[0], pool));
    }
    assert_true(short_numbers > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_ISS_004_signer_needs_a_private_key_and_a_fitting_algorithm),
        WITH_CRYPT(test_header_of_our_tokens),
        WITH_CRYPT(test_ISS_005_es256_signature_keeps_leading_zeros),
    };

    return cmocka_run_group_tests_name("crypt/jws_sign", tests, start, stop);
}
