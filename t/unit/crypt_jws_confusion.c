/* Tokens that bring their own key, or name an algorithm that is not the key's. */
#include "crypt_jws.h"

static void test_HDR_018_HDR_022_JWK_012_a_key_in_the_header_is_never_used(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *issuer = make_ec(f, "P-256");
    EVP_PKEY *attacker = make_ec(f, "P-256");
    const tokex_keyset_t *set = public_set(f, issuer, "k");
    const char *jwk = public_jwk(f, attacker, "k", TOKEX_ALG_ES256);
    X509 *cert = make_certificate(attacker, -10, 10);
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    char *x5c = apr_palloc(f->pool, (apr_size_t)len * 2);
    const char *extras[4];

    (void)EVP_EncodeBlock((unsigned char *)x5c, der, len);
    OPENSSL_free(der);
    X509_free(cert);
    extras[0] = "\"jku\":\"https://attacker.example/jwks\"";
    extras[1] = apr_psprintf(f->pool, "\"jwk\":%s", jwk);
    extras[2] = apr_psprintf(f->pool, "\"x5c\":[\"%s\"]", x5c);
    extras[3] = "\"x5u\":\"https://attacker.example/c\",\"x5t#S256\":\"AA\"";
    for (int i = 0; i < 4; i++) {
        const char *header =
            apr_psprintf(f->pool, "{\"alg\":\"ES256\",\"kid\":\"k\",%s}", extras[i]);
        signing_t how = {.pkey = attacker, .digest = "SHA256", .header = header};

        assert_not_verified(f, set, make_token(f, &how));
        how.pkey = issuer;
        assert_success(check(f, set, make_token(f, &how)));
    }
}

/* The forged MACs are not even made: with HS* in the header no secret of any spelling is asked for.
 */
static void test_ALG_001_ALG_002_ALG_004_hmac_is_refused_before_any_key(void **state)
{
    static const char *const algs[] = {"HS256", "HS384", "HS512", "hs256", "none"};
    const fixture_t *f = *state;

    for (int i = 0; i < COUNT(algs); i++)
        assert_header(f, apr_psprintf(f->pool, "{\"alg\":\"%s\",\"kid\":\"k\"}", algs[i]),
                      TOKEX_E_TOKEN_ALG);
}

static void test_ALG_011_algorithm_of_another_key_type_finds_no_key(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *rsa = make_rsa(f, 2048);
    EVP_PKEY *ec = make_ec(f, "P-256");
    signing_t how = {.pkey = ec, .digest = "SHA256", .header = "{\"alg\":\"ES256\"}"};
    const char *token = make_token(f, &how);

    assert_code(check(f, keys_from(f, certificate_pem(f, rsa, -10, 10)), token),
                TOKEX_E_KEY_UNKNOWN);
    assert_success(check(f, keys_from(f, certificate_pem(f, ec, -10, 10)), token));
}

static void test_key_verifies_only_algorithms_that_it_allows(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *rsa = make_rsa(f, 2048);
    const tokex_keyset_t *only_rs384 = keys_from(f, public_jwk(f, rsa, "k", TOKEX_ALG_RS384));
    signing_t how = {.pkey = rsa, .digest = "SHA256", .header = "{\"alg\":\"RS256\"}"};
    const tokex_jws_t *jws = parsed(f, make_token(f, &how));

    assert_success(tokex_jws_verify(jws, public_set(f, rsa, "k")->keys[0], f->pool));
    /* Asked past tokex_jwk_find(), the key still says no. */
    assert_code(tokex_jws_verify(jws, only_rs384->keys[0], f->pool), TOKEX_E_SIGNATURE);
    assert_code(tokex_jws_verify_octets(only_rs384->keys[0], TOKEX_ALG_NONE, "a", 1,
                                        (const unsigned char *)"a", 1, f->pool),
                TOKEX_E_SIGNATURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_HDR_018_HDR_022_JWK_012_a_key_in_the_header_is_never_used),
        WITH_CRYPT(test_ALG_001_ALG_002_ALG_004_hmac_is_refused_before_any_key),
        WITH_CRYPT(test_ALG_011_algorithm_of_another_key_type_finds_no_key),
        WITH_CRYPT(test_key_verifies_only_algorithms_that_it_allows),
    };

    return cmocka_run_group_tests_name("crypt/jws_confusion", tests, start, stop);
}
