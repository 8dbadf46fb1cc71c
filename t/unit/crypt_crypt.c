#include "crypt_fixture.h"

#include <openssl/err.h>
#include <openssl/evp.h>

static void test_sha256_of_fips_180_4(void **state)
{
    static const unsigned char abc[TOKEX_SHA256_LEN] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    const fixture_t *f = *state;
    unsigned char digest[TOKEX_SHA256_LEN];

    assert_success(tokex_crypt_sha256(f->crypt, digest, "abc", 3, f->pool));
    assert_memory_equal(digest, abc, sizeof(abc));
    assert_success(tokex_crypt_sha256(f->crypt, digest, "abd", 3, f->pool));
    assert_memory_not_equal(digest, abc, sizeof(abc));
}

static void test_SIG_023_equal_sees_every_octet(void **state)
{
    unsigned char a[32];
    unsigned char b[32];

    (void)state;
    memset(a, 0x5a, sizeof(a));
    memcpy(b, a, sizeof(b));
    assert_true(tokex_crypt_equal(a, b, sizeof(a)));
    for (size_t i = 0; i < sizeof(a); i++) {
        b[i] ^= 1;
        assert_false(tokex_crypt_equal(a, b, sizeof(a)));
        b[i] ^= 1;
    }
    assert_true(tokex_crypt_equal(a, b, 0));
}

static void test_wipe_leaves_zeros(void **state)
{
    unsigned char secret[16];
    static const unsigned char zeros[16];

    (void)state;
    memset(secret, 0xff, sizeof(secret));
    tokex_crypt_wipe(secret, sizeof(secret));
    assert_memory_equal(secret, zeros, sizeof(zeros));
}

static void test_SIG_025_a_waiting_error_is_seen(void **state)
{
    (void)state;
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    assert_null(EVP_MD_fetch(NULL, "no-such-digest", NULL));
    assert_int_not_equal(tokex_crypt_error_queue_length(), 0);
    /* Asking must not take it away. */
    assert_int_not_equal(tokex_crypt_error_queue_length(), 0);
    ERR_clear_error();
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_sha256_of_fips_180_4),
        WITH_CRYPT(test_SIG_023_equal_sees_every_octet),
        WITH_CRYPT(test_wipe_leaves_zeros),
        WITH_CRYPT(test_SIG_025_a_waiting_error_is_seen),
    };

    return cmocka_run_group_tests_name("crypt/crypt", tests, start, stop);
}
