#include "crypt_keys.h"

#include <dlfcn.h>
#include <unistd.h>

#include "base/limits.h"
#include "crypt/jws.h"

/*
 * "No signature operation is run" is proved by tokex_jws_parse(): it is given no key, and what it
 * refuses gives nothing that could be verified.
 */
static const tokex_err_t *parse(const fixture_t *f, const tokex_jws_t **jws, const char *token)
{
    return tokex_jws_parse(jws, token, strlen(token), f->pool);
}

static void assert_refused(const fixture_t *f, const char *token, tokex_code_t code)
{
    const tokex_jws_t *jws = NULL;

    assert_code(parse(f, &jws, token), code);
    assert_null(jws);
}

static const char *token_with(const fixture_t *f, const char *header)
{
    return apr_pstrcat(f->pool, encoded(f, header), ".e30.c2ln", NULL);
}

static void assert_header(const fixture_t *f, const char *header, tokex_code_t code)
{
    assert_refused(f, token_with(f, header), code);
}

static const tokex_jws_t *parsed(const fixture_t *f, const char *token)
{
    const tokex_jws_t *jws = NULL;

    assert_success(parse(f, &jws, token));
    return jws;
}

/* Everything that a caller does with a token: take apart, choose the key, verify. */
static const tokex_err_t *check(const fixture_t *f, const tokex_keyset_t *set, const char *token)
{
    const tokex_jws_t *jws;
    const tokex_key_t *key;

    TOKEX_RETURN_ERR(parse(f, &jws, token));
    TOKEX_RETURN_ERR(tokex_jwk_find(&key, set, jws->kid, jws->alg, f->pool));
    return tokex_jws_verify(jws, key, f->pool);
}

static void assert_not_verified(const fixture_t *f, const tokex_keyset_t *set, const char *token)
{
    assert_code(check(f, set, token), TOKEX_E_SIGNATURE);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
}

/* ---- Shape and encoding */

#define H "eyJhbGciOiJFUzI1NiJ9" /* {"alg":"ES256"} */
#define P "e30"                  /* {} */
#define S "c2ln"                 /* sig */

static void test_a_token_is_taken_apart(void **state)
{
    const fixture_t *f = *state;
    const char *token =
        apr_pstrcat(f->pool, encoded(f, "{\"alg\":\"PS384\",\"kid\":\"k\",\"typ\":\"at+jwt\"}"),
                    ".", encoded(f, "{\"iss\":\"a\"}"), "." S, NULL);
    const tokex_jws_t *jws = parsed(f, token);

    assert_int_equal(jws->alg, TOKEX_ALG_PS384);
    assert_string_equal(jws->kid, "k");
    assert_string_equal(jws->typ, "at+jwt");
    assert_string_equal(tokex_json_string(tokex_json_get(jws->claims, "iss")), "a");
    assert_ptr_equal(jws->signing_input, token);
    assert_int_equal(jws->signing_input_len, strlen(token) - strlen("." S));
    assert_int_equal(jws->signature_len, 3);
    assert_memory_equal(jws->signature, "sig", 3);
    jws = parsed(f, H "." P "." S);
    assert_null(jws->kid);
    assert_null(jws->typ);
}

static void test_B64_001_padding_refused(void **state)
{
    assert_refused(*state, H "=." P "." S, TOKEX_E_TOKEN_ENCODING);
    assert_refused(*state, H "." P "=." S, TOKEX_E_TOKEN_ENCODING);
    assert_refused(*state, H "." P "." S "====", TOKEX_E_TOKEN_ENCODING);
    assert_refused(*state, H "." P ".c2k=", TOKEX_E_TOKEN_ENCODING);
}

static void test_B64_003_white_space_refused(void **state)
{
    static const char *const blanks[] = {" ", "\t", "\r", "\n", "\r\n"};
    const fixture_t *f = *state;

    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        const char *blank = blanks[i];

        assert_refused(f, apr_pstrcat(f->pool, blank, H "." P "." S, NULL), TOKEX_E_TOKEN_ENCODING);
        assert_refused(f, apr_pstrcat(f->pool, H "." P "." S, blank, NULL), TOKEX_E_TOKEN_ENCODING);
        assert_refused(f, apr_pstrcat(f->pool, H "." P, blank, "." S, NULL),
                       TOKEX_E_TOKEN_ENCODING);
        assert_refused(f, apr_pstrcat(f->pool, H ".e3", blank, "0." S, NULL),
                       TOKEX_E_TOKEN_ENCODING);
    }
}

static void test_B64_004_foreign_characters_refused(void **state)
{
    const fixture_t *f = *state;
    static const char foreign[] = "?#%+/,\x7f\x80\xc3\xff";

    for (size_t i = 0; i < sizeof(foreign) - 1; i++) {
        char text[] = "eyJh?";

        text[4] = foreign[i];
        assert_refused(f, apr_pstrcat(f->pool, text, H "." P "." S, NULL), TOKEX_E_TOKEN_ENCODING);
        assert_refused(f, apr_pstrcat(f->pool, H "." P, text, "." S, NULL), TOKEX_E_TOKEN_ENCODING);
        assert_refused(f, apr_pstrcat(f->pool, H "." P "." S, text, NULL), TOKEX_E_TOKEN_ENCODING);
    }
}

static void test_B64_004_nul_refused(void **state)
{
    static const char token[] = H "." P "." S "\0c2ln";
    const fixture_t *f = *state;
    const tokex_jws_t *jws;

    assert_code(tokex_jws_parse(&jws, token, sizeof(token) - 1, f->pool), TOKEX_E_TOKEN_ENCODING);
}

static void test_B64_005_unused_bits_refused(void **state)
{
    assert_refused(*state, H ".AB." S, TOKEX_E_TOKEN_ENCODING);
    assert_refused(*state, H ".e31." S, TOKEX_E_TOKEN_ENCODING);
    assert_refused(*state, "eyJhbGciOiJFUzI1NiJ." P "." S, TOKEX_E_TOKEN_ENCODING);
}

static void test_B64_006_length_1_modulo_4_refused(void **state)
{
    assert_refused(*state, H "A." P "." S, TOKEX_E_TOKEN_ENCODING);
    assert_refused(*state, H ".e30AA." S, TOKEX_E_TOKEN_ENCODING);
    assert_refused(*state, H "." P "." S "A", TOKEX_E_TOKEN_ENCODING);
}

static void test_B64_007_one_signature_has_one_spelling(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    const tokex_keyset_t *set = public_set(f, pkey, NULL);
    const char *good = make_token(
        f, &(signing_t){.pkey = pkey, .digest = "SHA256", .header = "{\"alg\":\"ES256\"}"});
    int accepted = 0;

    for (size_t i = 0; i < sizeof(alphabet) - 1; i++) {
        char *token = apr_pstrdup(f->pool, good);

        token[strlen(token) - 1] = alphabet[i];
        accepted += check(f, set, token) == NULL;
    }
    assert_int_equal(accepted, 1);
}

static void test_B64_008_wrong_number_of_parts_refused(void **state)
{
    static const char *const tokens[] = {
        H,
        H ".",
        H "." P,
        H "." P ".",
        "." H "." P,
        H "." P "." S ".",
        H "." P "." S "." S,
        ".....",
        H "." P "." S "." S "." S "." S,
    };

    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
        assert_refused(*state, tokens[i], TOKEX_E_TOKEN_SHAPE);
}

static void test_B64_009_five_parts_are_an_encrypted_token(void **state)
{
    assert_refused(*state, H "." P "." S "." S "." S, TOKEX_E_TOKEN_ENCRYPTED);
    assert_refused(*state, H ".." S "." S "." S, TOKEX_E_TOKEN_ENCRYPTED);
    assert_refused(*state, "....", TOKEX_E_TOKEN_ENCRYPTED);
}

static void test_B64_010_B64_011_B64_013_empty_parts_refused(void **state)
{
    assert_refused(*state, "." P "." S, TOKEX_E_TOKEN_SHAPE);
    assert_refused(*state, H "." P ".", TOKEX_E_TOKEN_SHAPE);
    assert_refused(*state, H ".." S, TOKEX_E_TOKEN_SHAPE);
    assert_refused(*state, "..", TOKEX_E_TOKEN_SHAPE);
}

static void test_B64_012_json_serialization_refused(void **state)
{
    assert_refused(*state,
                   "{\"payload\":\"" P "\",\"protected\":\"" H "\",\"signature\":\"" S "\"}",
                   TOKEX_E_TOKEN_SHAPE);
    assert_refused(*state, "{\"payload\":\"e.3.0\",\"signatures\":[\"a.b.c\"]}",
                   TOKEX_E_TOKEN_SHAPE);
}

static void test_B64_014_size_is_judged_before_anything_else(void **state)
{
    const fixture_t *f = *state;
    const char *head = H ".";
    char *token = apr_palloc(f->pool, TOKEX_LIMIT_TOKEN + 2);
    const tokex_jws_t *jws;
    const tokex_err_t *err;

    /* At the limit it is read (as claims that are no JSON), over it the content plays no part. */
    memset(token, 'A', TOKEX_LIMIT_TOKEN);
    memcpy(token, head, strlen(head));
    memcpy(token + TOKEX_LIMIT_TOKEN - strlen("." S), "." S, strlen("." S));
    err = tokex_jws_parse(&jws, token, TOKEX_LIMIT_TOKEN, f->pool);
    assert_true(err->code == TOKEX_E_TOKEN_CLAIMS || err->code == TOKEX_E_TOKEN_ENCODING);
    memset(token, '%', TOKEX_LIMIT_TOKEN + 1);
    assert_code(tokex_jws_parse(&jws, token, TOKEX_LIMIT_TOKEN + 1, f->pool), TOKEX_E_TOKEN_SIZE);
    assert_code(tokex_jws_parse(&jws, token, TOKEX_LIMIT_TOKEN, f->pool), TOKEX_E_TOKEN_SHAPE);
}

static void test_B64_015_empty_token_refused(void **state)
{
    assert_refused(*state, "", TOKEX_E_TOKEN_SHAPE);
}

/* A thousand times 10,000 dots: a splitter that walks them all, or worse, does not pass. */
static void test_B64_016_ten_thousand_dots_are_refused_at_once(void **state)
{
    const fixture_t *f = *state;
    char *dots = apr_palloc(f->pool, 10001);
    apr_time_t begin;
    apr_pool_t *pool;

    memset(dots, '.', 10000);
    dots[10000] = '\0';
    assert_refused(f, dots, TOKEX_E_TOKEN_SHAPE);
    assert_int_equal(apr_pool_create(&pool, f->pool), APR_SUCCESS);
    begin = apr_time_now();
    for (int i = 0; i < 1000; i++) {
        const tokex_jws_t *jws;

        apr_pool_clear(pool);
        assert_code(tokex_jws_parse(&jws, dots, 10000, pool), TOKEX_E_TOKEN_SHAPE);
    }
    /* 5 ms each are allowed; 1 ms is a hundred times what it takes. */
    assert_true(apr_time_now() - begin < 1000000);
}

/* ---- The JOSE header */

static void test_header_that_is_no_strict_object_refused(void **state)
{
    const fixture_t *f = *state;

    assert_header(f, "[]", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "null", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "\"ES256\"", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "{\"alg\":\"ES256\"", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "{\"alg\":\"ES256\"} ES256", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "\xef\xbb\xbf{\"alg\":\"ES256\"}", TOKEX_E_TOKEN_HEADER);
    assert_header(f, "{\"alg\":\"ES256\",\"x\":\"\xff\"}", TOKEX_E_TOKEN_HEADER);
}

static void test_HDR_002_header_without_alg_refused(void **state)
{
    assert_header(*state, "{}", TOKEX_E_TOKEN_ALG);
    assert_header(*state, "{\"Alg\":\"ES256\"}", TOKEX_E_TOKEN_ALG);
}

static void test_HDR_003_alg_that_is_no_string_refused(void **state)
{
    static const char *const values[] = {"1", "null", "true", "[\"ES256\"]", "{\"alg\":\"ES256\"}"};
    const fixture_t *f = *state;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_header(f, apr_psprintf(f->pool, "{\"alg\":%s}", values[i]), TOKEX_E_TOKEN_ALG);
}

static void test_HDR_006_alg_is_case_sensitive_and_exact(void **state)
{
    static const char *const values[] = {" RS256", "RS256 ", "rs256", "RS256\\n", "Rs256", "eddsa",
                                         "",       "none",   "None",  "NONE",     "nOnE"};
    const fixture_t *f = *state;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_header(f, apr_psprintf(f->pool, "{\"alg\":\"%s\"}", values[i]), TOKEX_E_TOKEN_ALG);
}

static void test_HDR_009_duplicate_alg_refused(void **state)
{
    assert_header(*state, "{\"alg\":\"ES256\",\"alg\":\"none\"}", TOKEX_E_TOKEN_HEADER);
    assert_header(*state, "{\"alg\":\"ES256\",\"\\u0061lg\":\"ES256\"}", TOKEX_E_TOKEN_HEADER);
}

static void test_HDR_012_HDR_013_HDR_016_HDR_017_crit_and_b64_refused(void **state)
{
    static const char *const members[] = {
        "\"crit\":[]",
        "\"crit\":\"exp\"",
        "\"crit\":{}",
        "\"crit\":[1]",
        "\"crit\":null",
        "\"crit\":[\"exp\"],\"exp\":1",
        "\"crit\":[\"b64\"],\"b64\":false",
        "\"b64\":false",
        "\"b64\":true",
    };
    const fixture_t *f = *state;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        assert_header(f, apr_psprintf(f->pool, "{\"alg\":\"ES256\",%s}", members[i]),
                      TOKEX_E_TOKEN_CRIT);
}

static void test_HDR_024_kid_over_the_limit_refused(void **state)
{
    const fixture_t *f = *state;
    char *kid = apr_pcalloc(f->pool, TOKEX_LIMIT_KID + 2);
    const tokex_jws_t *jws;

    memset(kid, 'k', TOKEX_LIMIT_KID);
    jws =
        parsed(f, token_with(f, apr_psprintf(f->pool, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid)));
    assert_string_equal(jws->kid, kid);
    kid[TOKEX_LIMIT_KID] = 'k';
    assert_header(f, apr_psprintf(f->pool, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid),
                  TOKEX_E_TOKEN_KID);
}

static void test_HDR_023_HDR_024_log_text_of_an_unknown_kid_is_tame(void **state)
{
    const fixture_t *f = *state;
    char *kid = apr_pcalloc(f->pool, TOKEX_LIMIT_KID + 1);
    const tokex_keyset_t *set = public_set(f, make_ec(f, "P-256"), "k");
    const tokex_err_t *err =
        check(f, set, token_with(f, "{\"alg\":\"ES256\",\"kid\":\"\\n'; DROP TABLE keys; --\"}"));

    assert_code(err, TOKEX_E_KEY_UNKNOWN);
    assert_null(strchr(err->log_text, '\n'));
    memset(kid, 'k', TOKEX_LIMIT_KID);
    err = check(f, set,
                token_with(f, apr_psprintf(f->pool, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid)));
    assert_code(err, TOKEX_E_KEY_UNKNOWN);
    assert_true(strlen(err->log_text) < TOKEX_LIMIT_KID);
}

static void test_HDR_025_kid_that_is_no_string_refused(void **state)
{
    assert_header(*state, "{\"alg\":\"ES256\",\"kid\":1}", TOKEX_E_TOKEN_KID);
    assert_header(*state, "{\"alg\":\"ES256\",\"kid\":{}}", TOKEX_E_TOKEN_KID);
    assert_header(*state, "{\"alg\":\"ES256\",\"kid\":null}", TOKEX_E_TOKEN_KID);
}

static void test_HDR_023_kid_with_nul_refused(void **state)
{
    assert_header(*state, "{\"alg\":\"ES256\",\"kid\":\"k\\u0000\"}", TOKEX_E_TOKEN_HEADER);
}

static void test_typ_that_is_no_string_refused(void **state)
{
    assert_header(*state, "{\"alg\":\"ES256\",\"typ\":1}", TOKEX_E_TOKEN_HEADER);
    assert_header(*state, "{\"alg\":\"ES256\",\"typ\":null}", TOKEX_E_TOKEN_HEADER);
    assert_header(*state, "{\"alg\":\"none\",\"typ\":[]}", TOKEX_E_TOKEN_HEADER);
}

static const char *header_of_size(const fixture_t *f, size_t size)
{
    static const char frame[] = "{\"alg\":\"ES256\",\"x\":\"\"}";
    char *filling = apr_pcalloc(f->pool, size);

    memset(filling, 'x', size - strlen(frame));
    return apr_psprintf(f->pool, "{\"alg\":\"ES256\",\"x\":\"%s\"}", filling);
}

static void test_HDR_035_header_over_4_KiB_refused(void **state)
{
    const fixture_t *f = *state;

    (void)parsed(f, token_with(f, header_of_size(f, 4096)));
    assert_header(f, header_of_size(f, 4097), TOKEX_E_TOKEN_HEADER);
}

static void test_checks_come_in_the_promised_order(void **state)
{
    const fixture_t *f = *state;

    assert_refused(f, apr_pstrcat(f->pool, encoded(f, "{\"alg\":\"none\"}"), "." P ".!", NULL),
                   TOKEX_E_TOKEN_ENCODING);
    assert_refused(
        f, apr_pstrcat(f->pool, encoded(f, "{\"alg\":\"none\",\"crit\":[]}"), ".W10." S, NULL),
        TOKEX_E_TOKEN_ALG);
    assert_refused(f,
                   apr_pstrcat(f->pool, encoded(f, "{\"alg\":\"ES256\",\"crit\":[],\"kid\":1}"),
                               ".W10." S, NULL),
                   TOKEX_E_TOKEN_CRIT);
    assert_refused(
        f, apr_pstrcat(f->pool, encoded(f, "{\"alg\":\"ES256\",\"kid\":1}"), ".W10." S, NULL),
        TOKEX_E_TOKEN_KID);
}

static void test_claims_that_are_no_strict_object_refused(void **state)
{
    static const char *const texts[] = {"[]",         "null", "7",  "{\"a\":1,\"a\":1}",
                                        "{\"a\":01}", "{",    "{}x"};
    const fixture_t *f = *state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_refused(f, apr_pstrcat(f->pool, H ".", encoded(f, texts[i]), "." S, NULL),
                       TOKEX_E_TOKEN_CLAIMS);
}

/* ---- Keys that a token brings or names itself */

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

static void test_HDR_036_unknown_header_members_are_ignored(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *pkey = make_ec(f, "P-256");
    signing_t how = {.pkey = pkey,
                     .digest = "SHA256",
                     .header = "{\"alg\":\"ES256\",\"zip\":\"DEF\",\"x\":{\"y\":[1]}}"};

    assert_success(check(f, public_set(f, pkey, NULL), make_token(f, &how)));
}

/* ---- Algorithm confusion */

/* The forged MACs are not even made: with HS* in the header no secret of any spelling is asked for.
 */
static void test_ALG_001_ALG_002_ALG_004_hmac_is_refused_before_any_key(void **state)
{
    static const char *const algs[] = {"HS256", "HS384", "HS512", "hs256", "none"};
    const fixture_t *f = *state;

    for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
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

/* ---- Signatures */

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

static const char *signed_by_us(const fixture_t *f, const EVP_PKEY *pkey, tokex_alg_t alg)
{
    static const char claims[] = "{\"sub\":\"a\"}";
    const tokex_signer_t *signer;
    const char *token;

    assert_success(
        tokex_jws_signer_create(&signer, private_key(f, pkey, "k"), alg, "at+jwt", f->pool));
    assert_success(tokex_jws_sign(&token, signer, claims, strlen(claims), f->pool));
    return token;
}

static void test_what_we_sign_verifies_with_every_algorithm(void **state)
{
    const fixture_t *f = *state;
    EVP_PKEY *rsa = make_rsa(f, 2048);

    for (size_t i = 0; i < sizeof(every_alg) / sizeof(every_alg[0]); i++) {
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

    for (size_t i = 0; i < sizeof(every_alg) / sizeof(every_alg[0]); i++) {
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

    for (size_t i = 0; i < sizeof(every_alg) / sizeof(every_alg[0]); i++) {
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
    for (size_t i = 0; i < sizeof(salts) / sizeof(salts[0]); i++) {
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
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
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

/* Octets in use: from the sanitizer where there is one (it keeps freed memory back on purpose, so
 * the process grows without a leak), from the system otherwise. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
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
    apr_pool_t *pool;

    assert_int_equal(apr_pool_create(&pool, f->pool), APR_SUCCESS);
    fail_often(rsa_set, rs256, 1000, pool);
    fail_often(rsa_set, ps512, 1000, pool);
    fail_often(ec_set, es256, 1000, pool);
    before = in_use();
    fail_often(rsa_set, rs256, 14000, pool);
    fail_often(rsa_set, ps512, 4000, pool);
    fail_often(ec_set, es256, 2000, pool);
    assert_true(in_use() < before + 128 * 1024);
}

/* ---- Tokens that we issue */

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
    apr_pool_t *pool;
    int short_numbers = 0;

    assert_success(tokex_jws_signer_create(&signer, private_key(f, pkey, "k"), TOKEX_ALG_ES256,
                                           "at+jwt", f->pool));
    assert_int_equal(apr_pool_create(&pool, f->pool), APR_SUCCESS);
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
        WITH_CRYPT(test_a_token_is_taken_apart),
        WITH_CRYPT(test_B64_001_padding_refused),
        WITH_CRYPT(test_B64_003_white_space_refused),
        WITH_CRYPT(test_B64_004_foreign_characters_refused),
        WITH_CRYPT(test_B64_004_nul_refused),
        WITH_CRYPT(test_B64_005_unused_bits_refused),
        WITH_CRYPT(test_B64_006_length_1_modulo_4_refused),
        WITH_CRYPT(test_B64_007_one_signature_has_one_spelling),
        WITH_CRYPT(test_B64_008_wrong_number_of_parts_refused),
        WITH_CRYPT(test_B64_009_five_parts_are_an_encrypted_token),
        WITH_CRYPT(test_B64_010_B64_011_B64_013_empty_parts_refused),
        WITH_CRYPT(test_B64_012_json_serialization_refused),
        WITH_CRYPT(test_B64_014_size_is_judged_before_anything_else),
        WITH_CRYPT(test_B64_015_empty_token_refused),
        WITH_CRYPT(test_B64_016_ten_thousand_dots_are_refused_at_once),
        WITH_CRYPT(test_header_that_is_no_strict_object_refused),
        WITH_CRYPT(test_HDR_002_header_without_alg_refused),
        WITH_CRYPT(test_HDR_003_alg_that_is_no_string_refused),
        WITH_CRYPT(test_HDR_006_alg_is_case_sensitive_and_exact),
        WITH_CRYPT(test_HDR_009_duplicate_alg_refused),
        WITH_CRYPT(test_HDR_012_HDR_013_HDR_016_HDR_017_crit_and_b64_refused),
        WITH_CRYPT(test_HDR_024_kid_over_the_limit_refused),
        WITH_CRYPT(test_HDR_023_HDR_024_log_text_of_an_unknown_kid_is_tame),
        WITH_CRYPT(test_HDR_025_kid_that_is_no_string_refused),
        WITH_CRYPT(test_HDR_023_kid_with_nul_refused),
        WITH_CRYPT(test_typ_that_is_no_string_refused),
        WITH_CRYPT(test_HDR_035_header_over_4_KiB_refused),
        WITH_CRYPT(test_checks_come_in_the_promised_order),
        WITH_CRYPT(test_claims_that_are_no_strict_object_refused),
        WITH_CRYPT(test_HDR_018_HDR_022_JWK_012_a_key_in_the_header_is_never_used),
        WITH_CRYPT(test_HDR_036_unknown_header_members_are_ignored),
        WITH_CRYPT(test_ALG_001_ALG_002_ALG_004_hmac_is_refused_before_any_key),
        WITH_CRYPT(test_ALG_011_algorithm_of_another_key_type_finds_no_key),
        WITH_CRYPT(test_key_verifies_only_algorithms_that_it_allows),
        WITH_CRYPT(test_what_we_sign_verifies_with_every_algorithm),
        WITH_CRYPT(test_any_changed_octet_breaks_the_signature),
        WITH_CRYPT(test_SIG_007_SIG_009_wrong_signature_length_refused),
        WITH_CRYPT(test_signature_of_another_key_refused),
        WITH_CRYPT(test_SIG_001_SIG_002_es256_with_r_and_s_at_the_edges_refused),
        WITH_CRYPT(test_SIG_006_es256_signature_as_asn1_refused),
        WITH_CRYPT(test_SIG_011_pss_salt_must_be_as_long_as_the_hash),
        WITH_CRYPT(test_SIG_012_pss_mask_hash_must_be_the_message_hash),
        WITH_CRYPT(test_rsa_padding_and_hash_are_those_of_the_header),
        WITH_CRYPT(test_SIG_024_only_1_of_openssl_is_a_yes),
        WITH_CRYPT(test_SIG_024_rsa_numbers_of_any_size_are_no_signature),
        WITH_CRYPT(test_SIG_025_error_queue_is_empty_after_each_failure),
        WITH_CRYPT(test_SIG_026_failed_verifications_do_not_grow_the_process),
        WITH_CRYPT(test_ISS_004_signer_needs_a_private_key_and_a_fitting_algorithm),
        WITH_CRYPT(test_header_of_our_tokens),
        WITH_CRYPT(test_ISS_005_es256_signature_keeps_leading_zeros),
    };

    return cmocka_run_group_tests_name("crypt_jws", tests, start, stop);
}
