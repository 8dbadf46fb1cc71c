/* When verification itself fails: only a yes of OpenSSL is a yes, and nothing is left behind. */
#include "crypt_jws.h"

#include <dlfcn.h>
#include <unistd.h>

/* What OpenSSL's two ways to verify answer instead of working, when it is not 0. A program's own
 * symbol goes before that of a library. */
static int answer;

typedef int verify_digest_t(EVP_PKEY_CTX *, const unsigned char *, size_t, const unsigned char *,
                            size_t);
typedef int verify_message_t(EVP_MD_CTX *, const unsigned char *, size_t, const unsigned char *,
                             size_t);

int EVP_PKEY_verify(EVP_PKEY_CTX *ctx, const unsigned char *sig, size_t sig_len,
                    const unsigned char *tbs, size_t tbs_len)
{
    verify_digest_t *real = (verify_digest_t *)dlsym(RTLD_NEXT, "EVP_PKEY_verify");

    return answer ? answer : real(ctx, sig, sig_len, tbs, tbs_len);
}

int EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *sig, size_t sig_len,
                     const unsigned char *tbs, size_t tbs_len)
{
    verify_message_t *real = (verify_message_t *)dlsym(RTLD_NEXT, "EVP_DigestVerify");

    return answer ? answer : real(ctx, sig, sig_len, tbs, tbs_len);
}

static void test_SIG_024_only_1_of_openssl_is_a_yes(void **state)
{
    static const int answers[] = {-1, -2, 2, 1};
    const fixture_t *f = *state;
    EVP_PKEY *keys[] = {make_ec(f, "P-256"), make_okp(f, "ED25519"), make_rsa(f, 2048)};
    tokex_alg_t algs[] = {TOKEX_ALG_ES256, TOKEX_ALG_EDDSA, TOKEX_ALG_RS256};
    unsigned char nonsense[256] = {0};

    for (int i = 0; i < 3; i++) {
        const tokex_key_t *key = public_set(f, keys[i], NULL)->keys[0];
        apr_size_t len = i == 2 ? 256 : 64;

        for (int j = 0; j < 4; j++) {
            const tokex_err_t *err;

            answer = answers[j];
            err = tokex_jws_verify_octets(key, algs[i], "m", 1, nonsense, len, f->pool);
            answer = 0;
            assert_int_equal(err == NULL, answers[j] == 1);
        }
        assert_code(tokex_jws_verify_octets(key, algs[i], "m", 1, nonsense, len, f->pool),
                    TOKEX_E_SIGNATURE);
    }
}

/* A number over the modulus makes the operation itself fail. */
static void test_SIG_024_rsa_numbers_of_any_size_are_no_signature(void **state)
{
    const fixture_t *f = *state;
    const tokex_key_t *key = public_set(f, make_rsa(f, 2048), NULL)->keys[0];
    unsigned char sig[256];

    for (int octet = 0; octet < 256; octet += 51) {
        memset(sig, octet, sizeof(sig));
        for (tokex_alg_t alg = TOKEX_ALG_RS256; alg <= TOKEX_ALG_PS512; alg++) {
            assert_code(tokex_jws_verify_octets(key, alg, "m", 1, sig, sizeof(sig), f->pool),
                        TOKEX_E_SIGNATURE);
            assert_int_equal(tokex_crypt_error_queue_length(), 0);
        }
    }
}

static void test_SIG_025_error_queue_is_empty_after_each_failure(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    const tokex_keyset_t *set = public_set(f, pkey, "k");
    const tokex_keyset_t *none = NULL;

    assert_not_verified(f, set, signed_by_us(f, make_ec(f, "P-256"), TOKEX_ALG_ES256));
    assert_code(read_keys(f, &none, "-----BEGIN CERTIFICATE-----\nAAAA\n"), TOKEX_E_KEY_SYNTAX);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    assert_code(read_keys(f, &none, "0garbage"), TOKEX_E_KEY_SYNTAX);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
}

/* Octets in use: from the sanitizer where there is one (with it the process grows without a leak),
 * from the system otherwise. */
#ifdef SANITIZED
size_t __sanitizer_get_current_allocated_bytes(void);
static size_t in_use(void)
{
    return __sanitizer_get_current_allocated_bytes();
}
#else
static size_t in_use(void)
{
    unsigned long total = 0;
    unsigned long resident = 0;
    FILE *in = fopen("/proc/self/statm", "r");

    if (!in || fscanf(in, "%lu %lu", &total, &resident) != 2)
        fail_msg("the memory in use cannot be read");
    (void)fclose(in);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}
#endif

static void fail_often(const tokex_keyset_t *set, const char *token, int times, apr_pool_t *pool)
{
    for (int i = 0; i < times; i++) {
        const tokex_jws_t *jws;
        const tokex_key_t *key;

        apr_pool_clear(pool);
        assert_success(tokex_jws_parse(&jws, token, strlen(token), pool));
        assert_success(tokex_jwk_find(&key, set, jws->kid, jws->alg, pool));
        assert_code(tokex_jws_verify(jws, key, pool), TOKEX_E_SIGNATURE);
    }
}

/* Scaled down from a million, and the bound with it: a leak of 8 octets a time would show. */
static void test_SIG_026_failed_verifications_do_not_grow_the_process(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *rsa = make_rsa(f, 2048);
    EVP_PKEY *ec = make_ec(f, "P-256");
    const tokex_keyset_t *rsa_set = public_set(f, make_rsa(f, 2048), "k");
    const tokex_keyset_t *ec_set = public_set(f, make_ec(f, "P-256"), "k");
    const char *rs256 = signed_by_us(f, rsa, TOKEX_ALG_RS256);
    const char *ps512 = signed_by_us(f, rsa, TOKEX_ALG_PS512);
    const char *es256 = signed_by_us(f, ec, TOKEX_ALG_ES256);
    size_t before;
    apr_pool_t *pool = new_pool(f->pool);

    fail_often(rsa_set, rs256, 1000, pool);
    fail_often(rsa_set, ps512, 1000, pool);
    fail_often(ec_set, es256, 1000, pool);
    before = in_use();
    fail_often(rsa_set, rs256, 14000, pool);
    fail_often(rsa_set, ps512, 4000, pool);
    fail_often(ec_set, es256, 2000, pool);
    assert_true(in_use() < before + 128 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_SIG_024_only_1_of_openssl_is_a_yes),
        WITH_CRYPT(test_SIG_024_rsa_numbers_of_any_size_are_no_signature),
        WITH_CRYPT(test_SIG_025_error_queue_is_empty_after_each_failure),
        WITH_CRYPT(test_SIG_026_failed_verifications_do_not_grow_the_process),
    };

    return cmocka_run_group_tests_name("crypt/jws_failure", tests, start, stop);
}
