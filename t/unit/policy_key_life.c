/* When keys sign, are published, are dead; to the second. */
#include "unit.h"

#include <string.h>

#include "policy/key_life.h"

#define T INT64_C(1800000000)
#define DAY 86400

static tokex_config_t of(const tokex_signing_key_t *keys, int count)
{
    return (tokex_config_t){.signing_keys = keys, .signing_key_count = count};
}

static void is_in(void **state, const tokex_config_t *config, int key, int64_t now,
                  tokex_key_state_t expected)
{
    const tokex_key_life_t *lives = tokex_key_life(config, now, *state);
    if (lives[key].state != expected)
        fail_msg("key %s is %s at T%+" APR_INT64_T_FMT ", not %s", config->signing_keys[key].kid,
                 tokex_key_state_name(lives[key].state), now - T, tokex_key_state_name(expected));
}

static int64_t until(void **state, const tokex_config_t *config, int key, int64_t now)
{
    return tokex_key_life(config, now, *state)[key].published_until;
}

static void test_ISS_008_a_key_is_next_active_retired_and_dead_to_the_second(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "a", .algorithm = "ES256", .activates = T - 1000},
        {.kid = "b", .algorithm = "ES256", .activates = T},
    };
    const tokex_config_t config = of(keys, 2);
    is_in(state, &config, 0, T - 1, TOKEX_KEY_ACTIVE);
    is_in(state, &config, 1, T - 1, TOKEX_KEY_NEXT);
    is_in(state, &config, 0, T, TOKEX_KEY_RETIRED);
    is_in(state, &config, 1, T, TOKEX_KEY_ACTIVE);
    is_in(state, &config, 0, T + DAY - 1, TOKEX_KEY_RETIRED);
    is_in(state, &config, 0, T + DAY, TOKEX_KEY_DEAD);
    assert_int_equal(until(state, &config, 0, T - 1), T + DAY);
    assert_int_equal(until(state, &config, 1, T - 1), 0);
    assert_int_equal(tokex_key_life_active(&config, "ES256", T - 1, *state), 0);
    assert_int_equal(tokex_key_life_active(&config, "ES256", T, *state), 1);
    assert_int_equal(tokex_key_life_active(&config, "ES256", T - 1001, *state), -1);
    assert_int_equal(tokex_key_life_active(&config, "RS256", T, *state), -1);
    assert_int_equal(tokex_key_life_active(&config, NULL, T, *state), -1);
}

static void test_FLT_009_a_clock_set_back_leaves_the_first_key_signing(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "a", .algorithm = "ES256", .created = T, .activates = T},
        {.kid = "b", .algorithm = "ES256", .created = T + 50, .activates = T + 50},
        /* Made to sign later: nobody could know it yet. */
        {.kid = "c", .algorithm = "RS256", .created = T, .activates = T + 1},
    };
    const tokex_config_t config = of(keys, 3);
    is_in(state, &config, 0, T - 3600, TOKEX_KEY_ACTIVE);
    is_in(state, &config, 1, T - 3600, TOKEX_KEY_NEXT);
    is_in(state, &config, 2, T - 3600, TOKEX_KEY_NEXT);
    is_in(state, &config, 1, T + 50, TOKEX_KEY_ACTIVE);
    assert_int_equal(until(state, &config, 0, T + 50), T + 50 + DAY);
}

static void test_ISS_008_a_key_is_published_as_long_as_any_of_its_tokens_lives(void **state)
{
    static const tokex_target_t targets[] = {{.lifetime = 300}, {.lifetime = 10 * DAY}, {0}};
    tokex_config_t config = {.targets = targets, .target_count = 1};
    (void)state;
    assert_int_equal(tokex_key_life_span(&config), DAY);
    config.target_count = 3;
    assert_int_equal(tokex_key_life_span(&config), 10 * DAY + TOKEX_KEY_LIFE_MARGIN);
}

static void test_algorithms_do_not_know_of_each_other(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "a", .algorithm = "ES256", .activates = T - 9},
        {.kid = "b", .algorithm = "RS256", .activates = T - 5},
        {.kid = "c", .algorithm = "ES256", .activates = T - 7},
    };
    const tokex_config_t config = of(keys, 3);
    is_in(state, &config, 0, T, TOKEX_KEY_RETIRED);
    is_in(state, &config, 1, T, TOKEX_KEY_ACTIVE);
    is_in(state, &config, 2, T, TOKEX_KEY_ACTIVE);
}

static void test_a_key_retired_by_hand_hands_over_to_the_one_before(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "a", .algorithm = "ES256", .activates = T - 2 * DAY},
        {.kid = "b", .algorithm = "ES256", .activates = T, .retired = T + 50},
    };
    const tokex_config_t config = of(keys, 2);
    is_in(state, &config, 0, T + 49, TOKEX_KEY_RETIRED);
    is_in(state, &config, 1, T + 49, TOKEX_KEY_ACTIVE);
    is_in(state, &config, 0, T + 50, TOKEX_KEY_ACTIVE);
    is_in(state, &config, 1, T + 50, TOKEX_KEY_RETIRED);
    is_in(state, &config, 1, T + 50 + DAY, TOKEX_KEY_DEAD);
    assert_int_equal(until(state, &config, 0, T), 0);
}

static void test_a_dead_key_never_signs_again(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "a", .algorithm = "ES256", .activates = T - 9},
        {.kid = "b", .algorithm = "ES256", .activates = T, .retired = T + DAY},
    };
    static const tokex_signing_key_t last[] = {
        {.kid = "a", .algorithm = "ES256", .activates = T - 9},
        {.kid = "b", .algorithm = "ES256", .activates = T, .retired = T + DAY - 1},
    };
    tokex_config_t config = of(keys, 2);
    is_in(state, &config, 0, T + DAY, TOKEX_KEY_DEAD);
    is_in(state, &config, 1, T + DAY, TOKEX_KEY_RETIRED);
    assert_int_equal(tokex_key_life_active(&config, "ES256", T + DAY, *state), -1);
    config = of(last, 2);
    is_in(state, &config, 0, T + DAY, TOKEX_KEY_ACTIVE);
}

static void test_a_next_key_retired_before_its_time_never_signs(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "a", .algorithm = "ES256", .activates = T - 9},
        {.kid = "b", .algorithm = "ES256", .activates = T + 100, .retired = T},
    };
    const tokex_config_t config = of(keys, 2);
    is_in(state, &config, 1, T - 1, TOKEX_KEY_NEXT);
    is_in(state, &config, 1, T, TOKEX_KEY_RETIRED);
    is_in(state, &config, 0, T + 100, TOKEX_KEY_ACTIVE);
    is_in(state, &config, 1, T + DAY, TOKEX_KEY_DEAD);
}

static void
test_of_keys_of_one_second_the_later_made_signs_and_the_other_stays_published(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "z", .algorithm = "ES256", .created = T - 1, .activates = T},
        {.kid = "a", .algorithm = "ES256", .created = T, .activates = T},
        {.kid = "b", .algorithm = "ES256", .created = T, .activates = T},
    };
    const tokex_config_t config = of(keys, 3);
    is_in(state, &config, 2, T, TOKEX_KEY_ACTIVE);
    is_in(state, &config, 0, T, TOKEX_KEY_RETIRED);
    is_in(state, &config, 1, T + DAY - 1, TOKEX_KEY_RETIRED);
    is_in(state, &config, 1, T + DAY, TOKEX_KEY_DEAD);
}

static void test_steps_tell_who_signs_from_when_on(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "c", .algorithm = "ES256", .activates = T + 500},
        {.kid = "a", .algorithm = "ES256", .activates = T},
        {.kid = "b", .algorithm = "ES256", .activates = T + 100, .retired = T + 300},
        {.kid = "x", .algorithm = "RS256", .activates = T + 200},
    };
    static const tokex_key_step_t expected[] = {{T, 1}, {T + 100, 2}, {T + 300, 1}, {T + 500, 0}};
    const tokex_config_t config = of(keys, 4);
    const tokex_key_step_t *steps;
    int count;
    tokex_key_life_steps(&steps, &count, &config, "ES256", *state);
    assert_int_equal(count, COUNT(expected));
    for (int i = 0; i < count; i++) {
        assert_int_equal(steps[i].from, expected[i].from);
        assert_int_equal(steps[i].key, expected[i].key);
    }
    tokex_key_life_steps(&steps, &count, &config, "EdDSA", *state);
    assert_int_equal(count, 0);
}

static void
test_the_algorithm_without_a_name_is_the_preferred_else_ES256_else_the_only_one(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "r", .algorithm = "RS256", .activates = T},
        {.kid = "s", .algorithm = "RS256", .activates = T + 1},
        {.kid = "e", .algorithm = "ES256", .activates = T + 100},
        {.kid = "d", .algorithm = "EdDSA", .activates = T + 50},
    };
    static const tokex_signing_t signing[] = {{.algorithm = "ES256"},
                                              {.algorithm = "EdDSA", .preferred = true}};
    tokex_config_t config = of(keys, 4);
    assert_null(tokex_key_life_preferred(&config, T - 1, *state));
    assert_string_equal(tokex_key_life_preferred(&config, T + 49, *state), "RS256");
    assert_null(tokex_key_life_preferred(&config, T + 50, *state));
    assert_string_equal(tokex_key_life_preferred(&config, T + 100, *state), "ES256");
    config.signing = signing;
    config.signing_count = 2;
    assert_string_equal(tokex_key_life_preferred(&config, T, *state), "EdDSA");
}

static void test_the_next_key_is_due_ahead_of_the_end_of_the_newest(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "a", .algorithm = "ES256", .activates = T - 5 * DAY},
        {.kid = "b", .algorithm = "ES256", .activates = T},
        {.kid = "c", .algorithm = "RS256", .activates = T - 900 * DAY},
    };
    const tokex_signing_t every = {"ES256", false, 10 * DAY, DAY};
    const tokex_config_t config = of(keys, 3);
    int64_t activates = 0;
    (void)state;
    assert_false(tokex_key_life_due(&activates, &config, &every, T + 9 * DAY - 1));
    assert_true(tokex_key_life_due(&activates, &config, &every, T + 9 * DAY));
    assert_int_equal(activates, T + 10 * DAY);
    /* The server stood still meanwhile: it is published ahead all the same. */
    assert_true(tokex_key_life_due(&activates, &config, &every, T + 50 * DAY));
    assert_int_equal(activates, T + 51 * DAY);
}

static void test_without_a_schedule_or_a_key_nothing_is_due(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.kid = "a", .algorithm = "ES256", .activates = 1},
        {.kid = "r", .algorithm = "RS256", .activates = 1, .retired = T},
    };
    const tokex_signing_t off = {"ES256", false, 0, DAY};
    const tokex_signing_t none = {"EdDSA", false, DAY, DAY};
    const tokex_signing_t retired = {"RS256", false, DAY, DAY};
    const tokex_config_t config = of(keys, 2);
    int64_t activates;
    (void)state;
    assert_false(tokex_key_life_due(&activates, &config, &off, T));
    assert_false(tokex_key_life_due(&activates, &config, &none, T));
    assert_false(tokex_key_life_due(&activates, &config, &retired, T));
    assert_true(tokex_key_life_due(&activates, &config, &retired, T - 1));
}

/* What a damaged database could hold. */
static void test_keys_without_names_are_dead(void **state)
{
    static const tokex_signing_key_t keys[] = {
        {.activates = T}, {.kid = "a", .activates = T}, {.algorithm = "ES256", .activates = T}};
    const tokex_config_t config = of(keys, 3);
    is_in(state, &config, 1, T, TOKEX_KEY_DEAD);
    is_in(state, &config, 2, T, TOKEX_KEY_ACTIVE);
    assert_string_equal(tokex_key_life_preferred(&config, T, *state), "ES256");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_ISS_008_a_key_is_next_active_retired_and_dead_to_the_second),
        WITH_POOL(test_FLT_009_a_clock_set_back_leaves_the_first_key_signing),
        WITH_POOL(test_ISS_008_a_key_is_published_as_long_as_any_of_its_tokens_lives),
        WITH_POOL(test_algorithms_do_not_know_of_each_other),
        WITH_POOL(test_a_key_retired_by_hand_hands_over_to_the_one_before),
        WITH_POOL(test_a_dead_key_never_signs_again),
        WITH_POOL(test_a_next_key_retired_before_its_time_never_signs),
        WITH_POOL(test_of_keys_of_one_second_the_later_made_signs_and_the_other_stays_published),
        WITH_POOL(test_steps_tell_who_signs_from_when_on),
        WITH_POOL(test_the_algorithm_without_a_name_is_the_preferred_else_ES256_else_the_only_one),
        WITH_POOL(test_the_next_key_is_due_ahead_of_the_end_of_the_newest),
        WITH_POOL(test_without_a_schedule_or_a_key_nothing_is_due),
        WITH_POOL(test_keys_without_names_are_dead),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
