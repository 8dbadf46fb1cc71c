#include "crypt_jwk.h"

static void test_JWK_016_certificate_and_public_key_by_content(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *keys[] = {make_rsa(f, 2048), make_ec(f, "P-384"), make_okp(f, "ED25519")};

    for (int i = 0; i < COUNT(keys); i++) {
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
    /* Between two certificates nobody vouches for the key. */
    set = keys_from(f, apr_pstrcat(f->pool, certificate_pem(f, pkey, 5, 10), old, NULL));
    assert_false(tokex_jwk_is_valid_at(set->keys[0], NOW));
    assert_true(tokex_jwk_is_valid_at(set->keys[0], NOW + 6));
    assert_true(tokex_jwk_is_valid_at(set->keys[0], NOW - 6));
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

    for (int i = 0; i < COUNT(keys); i++) {
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

    for (int i = 0; i < COUNT(texts); i++)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests_name("crypt/jwk_pem", tests, start, stop);
}
