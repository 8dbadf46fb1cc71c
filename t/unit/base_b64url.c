#include "unit.h"

#include "base/b64url.h"

static const tokex_err_t *decode(void **state, const char *text)
{
    unsigned char *out;
    apr_size_t len;
    return tokex_b64url_decode(&out, &len, text, strlen(text), *state);
}

static void assert_refused(void **state, const char *text)
{
    const tokex_err_t *err = decode(state, text);
    if (!err)
        fail_msg("accepted: %s", text);
    assert_code(err, TOKEX_E_ENCODING);
    assert_non_null(err->log_text);
}

static void test_vectors_of_rfc_4648_both_ways(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "-_-_"},
    };
    for (int i = 0; i < COUNT(pairs); i++) {
        const unsigned char *plain = (const unsigned char *)pairs[i][0];
        apr_size_t plain_len = strlen(pairs[i][0]);
        unsigned char *out;
        apr_size_t len;
        assert_string_equal(tokex_b64url_string(*state, plain, plain_len), pairs[i][1]);
        assert_int_equal(strlen(pairs[i][1]), TOKEX_B64URL_ENCODED(plain_len));
        assert_null(tokex_b64url_decode(&out, &len, pairs[i][1], strlen(pairs[i][1]), *state));
        assert_int_equal(len, plain_len);
        assert_memory_equal(out, plain, plain_len + 1);
    }
}

static void test_every_octet_survives_at_every_length(void **state)
{
    unsigned char in[256];
    for (int i = 0; i < 256; i++)
        in[i] = (unsigned char)(i * 7);
    for (apr_size_t n = 0; n <= sizeof(in); n++) {
        const char *text = tokex_b64url_string(*state, in, n);
        unsigned char *out;
        apr_size_t len;
        assert_null(tokex_b64url_decode(&out, &len, text, strlen(text), *state));
        assert_int_equal(len, n);
        assert_memory_equal(out, in, n);
        assert_true(TOKEX_B64URL_DECODED(strlen(text)) >= n);
    }
}

static void test_B64_001_padding_refused(void **state)
{
    assert_refused(state, "Zg==");
    assert_refused(state, "Zm8=");
    assert_refused(state, "Zm9v=");
    assert_refused(state, "Z=9v");
}

static void test_B64_003_white_space_refused(void **state)
{
    assert_refused(state, "Zm9v ");
    assert_refused(state, "Zm\t9vYg");
    assert_refused(state, "Zm9v\r\nYmFy");
    assert_refused(state, "\nZm9");
}

static void test_B64_004_every_foreign_character_refused(void **state)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int i = 0; i < 256 * 4; i++) {
        int c = i / 4;
        char text[] = {'Z', 'm', '9', 'v'};
        unsigned char *out;
        apr_size_t len;
        const tokex_err_t *err;
        text[i % 4] = (char)c;
        err = tokex_b64url_decode(&out, &len, text, 4, *state);
        if (c != 0 && strchr(allowed, c)) {
            assert_null(err);
        } else {
            assert_non_null(err);
            assert_string_equal(err->log_text,
                                apr_psprintf(*state,
                                             "a character outside the base64url alphabet at "
                                             "octet %d",
                                             i % 4));
        }
    }
}

static void test_B64_005_unused_bits_refused(void **state)
{
    assert_refused(state, "AB");
    assert_refused(state, "Zh");
    assert_refused(state, "Zm9");
    assert_refused(state, "Zm9vYh");
    assert_null(decode(state, "AA"));
    assert_null(decode(state, "AAA"));
}

static void test_B64_006_length_of_one_modulo_four_refused(void **state)
{
    assert_refused(state, "A");
    assert_refused(state, "AAAAA");
    assert_refused(state, "Zm9vZm9vA");
}

static void test_two_spellings_of_one_octet_never_both_decode(void **state)
{
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char seen[256] = {0};
    int decoded = 0;
    for (int i = 0; i < 64; i++) {
        for (int j = 0; j < 64; j++) {
            char text[2] = {all[i], all[j]};
            unsigned char *out;
            apr_size_t len;
            if (tokex_b64url_decode(&out, &len, text, 2, *state))
                continue;
            assert_int_equal(len, 1);
            assert_int_equal(seen[out[0]]++, 0);
            decoded++;
        }
    }
    assert_int_equal(decoded, 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_vectors_of_rfc_4648_both_ways),
        WITH_POOL(test_every_octet_survives_at_every_length),
        WITH_POOL(test_B64_001_padding_refused),
        WITH_POOL(test_B64_003_white_space_refused),
        WITH_POOL(test_B64_004_every_foreign_character_refused),
        WITH_POOL(test_B64_005_unused_bits_refused),
        WITH_POOL(test_B64_006_length_of_one_modulo_four_refused),
        WITH_POOL(test_two_spellings_of_one_octet_never_both_decode),
    };
    return cmocka_run_group_tests_name("base/b64url", tests, start, stop);
}
