/* What issuers said, remembered: for how long, for whom, and what goes when there is no room. */
#include "../../mod_tokex/asker_cache.h"
#include "unit.h"

#define NOW INT64_C(1795378876)
/* Keys with the same first two octets share the few places of a set. */
#define WAYS 4

static const unsigned char *key(int set, int number, apr_pool_t *pool)
{
    unsigned char *made = apr_pcalloc(pool, TOKEX_ASKER_KEY_LEN);
    made[0] = (unsigned char)set;
    made[TOKEX_ASKER_KEY_LEN - 1] = (unsigned char)number;
    return made;
}

static void put(tokex_asker_cache_t *cache, const unsigned char *where, const char *body,
                int64_t until)
{
    const tokex_asker_answer_t answer = {body, body ? strlen(body) : 0, until};
    tokex_asker_cache_put(cache, where, &answer, NOW);
}

/* What is found, "-" for a token that is not taken, NULL for nothing. */
static const char *get(tokex_asker_cache_t *cache, const unsigned char *where, int64_t now,
                       apr_pool_t *pool)
{
    tokex_asker_answer_t answer = {NULL, 0, 0};
    if (!tokex_asker_cache_get(&answer, cache, where, now, pool))
        return NULL;
    assert_true(answer.until > now);
    return answer.body ? answer.body : "-";
}

static void test_an_answer_is_found_under_its_key_alone(void **state)
{
    apr_pool_t *pool = *state;
    tokex_asker_cache_t *cache = tokex_asker_cache_create(pool);
    assert_null(get(cache, key(1, 1, pool), NOW, pool));
    put(cache, key(1, 1, pool), "{\"a\":1}", NOW + 60);
    put(cache, key(1, 2, pool), NULL, NOW + 10);
    assert_string_equal(get(cache, key(1, 1, pool), NOW, pool), "{\"a\":1}");
    assert_string_equal(get(cache, key(1, 2, pool), NOW, pool), "-");
    assert_null(get(cache, key(1, 3, pool), NOW, pool));
    assert_null(get(cache, key(2, 1, pool), NOW, pool));
    put(cache, key(1, 1, pool), "{}", NOW + 60);
    assert_string_equal(get(cache, key(1, 1, pool), NOW, pool), "{}");
}

static void test_OPQ_008_nothing_is_found_from_its_end_on(void **state)
{
    apr_pool_t *pool = *state;
    tokex_asker_cache_t *cache = tokex_asker_cache_create(pool);
    put(cache, key(1, 1, pool), "{}", NOW + 60);
    assert_non_null(get(cache, key(1, 1, pool), NOW + 59, pool));
    assert_null(get(cache, key(1, 1, pool), NOW + 60, pool));
    put(cache, key(1, 2, pool), "{}", NOW);
    assert_null(get(cache, key(1, 2, pool), NOW - 1, pool));
    /* The clock was set back by an hour. */
    assert_null(get(cache, key(1, 1, pool), NOW - 3600, pool));
}

static void test_without_room_what_ends_first_goes(void **state)
{
    apr_pool_t *pool = *state;
    tokex_asker_cache_t *cache = tokex_asker_cache_create(pool);
    for (int i = 0; i < WAYS; i++)
        put(cache, key(1, i, pool), "{}", NOW + 60 + i);
    put(cache, key(1, 1, pool), NULL, NOW + 10);
    put(cache, key(1, WAYS, pool), "{}", NOW + 60);
    assert_null(get(cache, key(1, 1, pool), NOW, pool));
    assert_non_null(get(cache, key(1, 0, pool), NOW, pool));
    assert_non_null(get(cache, key(1, 2, pool), NOW, pool));
    assert_non_null(get(cache, key(1, 3, pool), NOW, pool));
    assert_non_null(get(cache, key(1, WAYS, pool), NOW, pool));
}

static void test_a_large_answer_is_not_remembered(void **state)
{
    apr_pool_t *pool = *state;
    tokex_asker_cache_t *cache = tokex_asker_cache_create(pool);
    char *body = apr_pcalloc(pool, TOKEX_ASKER_CACHE_BODY + 2);
    memset(body, ' ', TOKEX_ASKER_CACHE_BODY);
    put(cache, key(1, 1, pool), body, NOW + 60);
    assert_non_null(get(cache, key(1, 1, pool), NOW, pool));
    body[TOKEX_ASKER_CACHE_BODY] = ' ';
    put(cache, key(1, 2, pool), body, NOW + 60);
    assert_null(get(cache, key(1, 2, pool), NOW, pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_an_answer_is_found_under_its_key_alone),
        WITH_POOL(test_OPQ_008_nothing_is_found_from_its_end_on),
        WITH_POOL(test_without_room_what_ends_first_goes),
        WITH_POOL(test_a_large_answer_is_not_remembered),
    };
    return cmocka_run_group_tests_name("asker_cache", tests, start, stop);
}
