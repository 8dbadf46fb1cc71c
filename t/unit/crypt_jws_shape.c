#include "crypt_jws.h"

#include "base/limits.h"

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

    for (int i = 0; i < COUNT(blanks); i++) {
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

    for (int i = 0; i < COUNT(tokens); i++)
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

    /* At the limit it is read (as claims that are no JSON), over it the content plays no part. */
    memset(token, 'A', TOKEX_LIMIT_TOKEN);
    memcpy(token, head, strlen(head));
    memcpy(token + TOKEX_LIMIT_TOKEN - strlen("." S), "." S, strlen("." S));
    assert_code(tokex_jws_parse(&jws, token, TOKEX_LIMIT_TOKEN, f->pool), TOKEX_E_TOKEN_CLAIMS);
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
    apr_pool_t *pool = new_pool(f->pool);

    memset(dots, '.', 10000);
    dots[10000] = '\0';
    assert_refused(f, dots, TOKEX_E_TOKEN_SHAPE);
    begin = apr_time_now();
    for (int i = 0; i < 1000; i++) {
        const tokex_jws_t *jws;

        apr_pool_clear(pool);
        assert_code(tokex_jws_parse(&jws, dots, 10000, pool), TOKEX_E_TOKEN_SHAPE);
    }
    /* 5 ms each are allowed; 1 ms is a hundred times what it takes. */
    assert_true(apr_time_now() - begin < 1000000);
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
    };

    return cmocka_run_group_tests_name("crypt/jws_shape", tests, start, stop);
}
