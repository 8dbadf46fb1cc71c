/* A result as octets, which other programs may have written, cut or changed. */
#include "../../mod_tokex/cache_life.h"
#include "../../mod_tokex/result.h"
#include "unit.h"

#define NOW 1795378876

static tokex_result_t granted(void)
{
    static const tokex_variable_t variables[] = {{"sub", "partner|1", true},
                                                 {"groups", "[\"a\",\"b\"]", false},
                                                 {"tenant", "", true},
                                                 {"level", "3", false}};
    tokex_result_t result = {.granted = true,
                             .until = NOW + 300,
                             .receipt = "hZ4QzKjSKaE1Tn-B",
                             .issuer = "partner",
                             .subject = "1",
                             .exchanged = true,
                             .token = "aaaa.bbbb.cccc",
                             .user = "partner|1",
                             .client = "orders",
                             .scope = "",
                             .variables = variables,
                             .variable_count = COUNT(variables)};
    return result;
}

static tokex_result_t refused(tokex_code_t code)
{
    tokex_result_t result = {
        .code = code, .step = TOKEX_STEP_TIME, .receipt = "r", .issuer = "partner"};
    return result;
}

/* In memory of exactly that length, so that whoever reads on is caught. */
static bool reads(const unsigned char *octets, apr_size_t len, apr_pool_t *pool)
{
    unsigned char *exact = malloc(len ? len : 1);
    tokex_result_t *result;
    bool good;
    assert_non_null(exact);
    memcpy(exact, octets, len);
    good = tokex_result_read(&result, exact, len, pool);
    free(exact);
    return good;
}

static void assert_text(const char *a, const char *b)
{
    if (a && b)
        assert_string_equal(a, b);
    else
        assert_true(!a && !b);
}

static void assert_same(const tokex_result_t *a, const tokex_result_t *b)
{
    assert_int_equal(a->granted, b->granted);
    assert_int_equal(a->code, b->code);
    assert_int_equal(a->step, b->step);
    assert_true(a->until == b->until);
    assert_text(a->receipt, b->receipt);
    assert_text(a->issuer, b->issuer);
    assert_text(a->subject, b->subject);
    assert_int_equal(a->exchanged, b->exchanged);
    assert_text(a->token, b->token);
    assert_text(a->token_header, b->token_header);
    assert_text(a->token_signature, b->token_signature);
    assert_text(a->user, b->user);
    assert_text(a->client, b->client);
    assert_text(a->scope, b->scope);
    assert_int_equal(a->variable_count, b->variable_count);
    for (int i = 0; i < a->variable_count; i++) {
        assert_text(a->variables[i].name, b->variables[i].name);
        assert_text(a->variables[i].value, b->variables[i].value);
        assert_int_equal(a->variables[i].is_text, b->variables[i].is_text);
    }
}

static void test_what_is_written_is_read(void **state)
{
    apr_pool_t *pool = *state;
    tokex_result_t results[] = {granted(), refused(TOKEX_E_EXPIRED)};
    for (int i = 0; i < COUNT(results); i++) {
        const unsigned char *octets;
        tokex_result_t *read;
        apr_size_t len;
        octets = tokex_result_write(&results[i], &len, pool);
        assert_true(tokex_result_read(&read, octets, len, pool));
        assert_same(&results[i], read);
    }
}

/* A value that stands there twice, a name that everybody knows: neither is written again. */
static void test_what_repeats_takes_no_room(void **state)
{
    apr_pool_t *pool = *state;
    tokex_result_t result = granted();
    apr_size_t len, other_len;
    (void)tokex_result_write(&result, &len, pool);
    result.user = "partner|2";
    (void)tokex_result_write(&result, &other_len, pool);
    assert_int_equal(other_len - len, sizeof("partner|2"));
}

static void test_octets_that_are_cut_or_too_many_are_none(void **state)
{
    apr_pool_t *pool = *state;
    tokex_result_t result = granted();
    apr_size_t len, i;
    const unsigned char *octets = tokex_result_write(&result, &len, pool);
    unsigned char *longer = apr_pcalloc(pool, len + 1);
    for (i = 0; i < len; i++)
        assert_false(reads(octets, i, pool));
    memcpy(longer, octets, len);
    assert_false(reads(longer, len + 1, pool));
}

/* Whatever octet is another: nothing is read beyond the end, and what is read is whole. */
static void test_octets_that_were_changed_are_read_within_their_bounds(void **state)
{
    apr_pool_t *pool = *state;
    tokex_result_t result = granted();
    apr_size_t len, i;
    const unsigned char *octets = tokex_result_write(&result, &len, pool);
    for (i = 0; i < len; i++) {
        static const unsigned char others[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
        for (int n = 0; n < COUNT(others); n++) {
            unsigned char *changed = malloc(len);
            tokex_result_t *read;
            assert_non_null(changed);
            memcpy(changed, octets, len);
            changed[i] = others[n];
            if (tokex_result_read(&read, changed, len, pool)) {
                if (read->granted)
                    assert_true(read->user && read->scope);
                assert_true(read->code < TOKEX_E_COUNT);
                for (int v = 0; v < read->variable_count; v++)
                    assert_true(strlen(read->variables[v].name) + strlen(read->variables[v].value) <
                                len);
            }
            free(changed);
        }
    }
}

static void test_a_grant_lives_as_long_as_its_tokens_and_the_setting(void **state)
{
    tokex_result_t result = granted();
    (void)state;
    assert_true(tokex_cache_life(&result, 60, NOW) == NOW + 60);
    assert_true(tokex_cache_life(&result, 3600, NOW) == NOW + 300);
    result.until = NOW + 1;
    assert_true(tokex_cache_life(&result, 60, NOW) == NOW + 1);
    result.until = NOW;
    assert_true(tokex_cache_life(&result, 60, NOW) == 0);
    result.until = NOW - 5;
    assert_true(tokex_cache_life(&result, 60, NOW) == 0);
}

static void test_refusals_live_for_seconds_or_not_at_all(void **state)
{
    static const tokex_code_t never[] = {
        TOKEX_E_SIGNATURE,        TOKEX_E_KEY_UNKNOWN,      TOKEX_E_KEYS_UNAVAILABLE,
        TOKEX_E_KEY_EXPIRED,      TOKEX_E_NOT_YET_VALID,    TOKEX_E_INTERNAL,
        TOKEX_E_MEMORY,           TOKEX_E_SIGNING_KEY_NONE, TOKEX_E_BEARER_MALFORMED,
        TOKEX_E_ISSUER_UNKNOWN,   TOKEX_E_KEY_AMBIGUOUS,    TOKEX_E_RANDOM,
        TOKEX_E_TARGET_ALGORITHMS};
    tokex_result_t result = refused(TOKEX_E_EXPIRED);
    (void)state;
    assert_true(tokex_cache_life(&result, 60, NOW) == NOW + TOKEX_CACHE_REFUSAL_LIFE);
    assert_true(tokex_cache_life(&result, 2, NOW) == NOW + 2);
    for (int i = 0; i < COUNT(never); i++) {
        result.code = never[i];
        assert_true(tokex_cache_life(&result, 60, NOW) == 0);
    }
    /* Whatever is our fault, or a matter of time to come, is none that lasts. */
    for (int code = 0; code < TOKEX_E_COUNT; code++) {
        result.code = (tokex_code_t)code;
        if (tokex_err_info(result.code)->http_status >= 500)
            assert_true(tokex_cache_life(&result, 60, NOW) == 0);
    }
}

static void test_H_16_what_is_remembered_holds_until_its_end_and_no_longer_than_ever(void **state)
{
    tokex_result_t result = granted();
    (void)state;
    result.until = NOW + 60;
    assert_true(tokex_cache_life_holds(&result, 60, NOW));
    assert_true(tokex_cache_life_holds(&result, 60, NOW + 59));
    assert_false(tokex_cache_life_holds(&result, 60, NOW + 60));
    /* The clock was set back. */
    assert_false(tokex_cache_life_holds(&result, 60, NOW - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_what_is_written_is_read),
        WITH_POOL(test_what_repeats_takes_no_room),
        WITH_POOL(test_octets_that_are_cut_or_too_many_are_none),
        WITH_POOL(test_octets_that_were_changed_are_read_within_their_bounds),
        WITH_POOL(test_a_grant_lives_as_long_as_its_tokens_and_the_setting),
        WITH_POOL(test_refusals_live_for_seconds_or_not_at_all),
        WITH_POOL(test_H_16_what_is_remembered_holds_until_its_end_and_no_longer_than_ever),
    };
    return cmocka_run_group_tests_name("mod_tokex/result", tests, start, stop);
}
