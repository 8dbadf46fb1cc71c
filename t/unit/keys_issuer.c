#include "exchange_world.h"

#include <apr_thread_proc.h>

#define URL "https://idp.partner.example/keys"
#define OTHER_URL "https://keys.partner.example/more"
#define METADATA "https://idp.partner.example/.well-known/openid-configuration"

static const tokex_policy_issuer_t *partner(world_t *w)
{
    return tokex_policy_issuer(policy_of(w), "https://idp.partner.example");
}

static const tokex_err_t *find_at(world_t *w, const char *kid, tokex_alg_t alg, int64_t now,
                                  const tokex_key_t **key)
{
    const tokex_policy_issuer_t *issuer = partner(w);
    *key = NULL;
    return tokex_issuer_keys_find(key, (void *)w->issuer_keys, issuer, kid, alg, now, w->pool);
}

static const tokex_err_t *find(world_t *w, const char *kid, tokex_alg_t alg,
                               const tokex_key_t **key)
{
    return find_at(w, kid, alg, NOW, key);
}

static void assert_found(world_t *w, const char *kid, int64_t now)
{
    const tokex_key_t *key;
    must(find_at(w, kid, TOKEX_ALG_ES256, now, &key), w->pool);
    assert_string_equal(tokex_jwk_kid(key), kid);
}

/* Returns what the operator reads. */
static const char *assert_not_found(world_t *w, const char *kid, int64_t now, tokex_code_t code)
{
    const tokex_key_t *key;
    const tokex_err_t *err = find_at(w, kid, TOKEX_ALG_ES256, now, &key);
    assert_non_null(err);
    assert_string_equal(tokex_err_info(err->code)->name, tokex_err_info(code)->name);
    assert_null(key);
    return tokex_err_text(err, w->pool);
}

/* The issuer has its keys at URL. */
static void with_source(world_t *w, int keys)
{
    tokex_issuer_t *issuer = &w->issuers[0];
    issuer->key_count = keys;
    issuer->jwks_urls = texts(w->pool, URL, NULL);
    issuer->keys_refresh = 3600;
    issuer->keys_stale = 86400;
    if (!w->fetched)
        must(tokex_fetched_keys_create(&w->fetched, w->keys->crypt, w->pool), w->pool);
}

static tokex_fetched_t came(world_t *w, const char *url, const tokex_key_t *key, int64_t when)
{
    return (tokex_fetched_t){.issuer = "partner",
                             .url = url,
                             .jwks = jwks_text(&key, key ? 1 : 0, w->pool),
                             .fetched = when,
                             .fresh_until = when + 3600,
                             .tried = when};
}

static void put(world_t *w, tokex_fetched_t row)
{
    must(tokex_fetched_keys_put(w->fetched, &row), w->pool);
}

static const char *foreign_kid(const world_t *w)
{
    return tokex_jwk_kid(w->keys->foreign);
}

static const char *our_kid(const world_t *w)
{
    return tokex_jwk_kid(w->keys->ours);
}

/* ---- Configured keys */

static void test_key_is_found_by_kid_and_without(void **state)
{
    world_t *w = *state;
    const tokex_key_t *key;
    assert_found(w, foreign_kid(w), NOW);
    must(find(w, NULL, TOKEX_ALG_ES256, &key), w->pool);
    assert_string_equal(tokex_jwk_kid(key), foreign_kid(w));
}

static void test_key_of_another_kid_or_algorithm_is_not_found(void **state)
{
    world_t *w = *state;
    const tokex_key_t *key;
    const tokex_err_t *err;
    assert_non_null(
        strstr(assert_not_found(w, "another", NOW, TOKEX_E_KEY_UNKNOWN), "issuer \"partner\""));
    err = find(w, foreign_kid(w), TOKEX_ALG_RS256, &key);
    assert_int_equal(err->code, TOKEX_E_KEY_UNKNOWN);
    assert_null(key);
}

static void test_issuer_without_keys_has_none(void **state)
{
    world_t *w = *state;
    const tokex_key_t *key;
    w->issuers[0].key_count = 0;
    assert_int_equal(find(w, NULL, TOKEX_ALG_ES256, &key)->code, TOKEX_E_KEY_UNKNOWN);
}

static void test_HDR_027_several_keys_fit_a_token_without_kid(void **state)
{
    world_t *w = *state;
    tokex_issuer_key_t two[2] = {{.jwk = jwk_text(w->keys->foreign, w->pool)},
                                 {.jwk = jwk_text(w->keys->ours, w->pool)}};
    const tokex_key_t *key;
    const tokex_err_t *err;
    w->issuers[0].keys = two;
    w->issuers[0].key_count = 2;
    err = find(w, NULL, TOKEX_ALG_ES256, &key);
    assert_int_equal(err->code, TOKEX_E_KEY_AMBIGUOUS);
    assert_null(key);
    assert_found(w, our_kid(w), NOW);
}

static void test_configured_keys_are_read_once(void **state)
{
    world_t *w = *state;
    const tokex_key_t *first, *second;
    must(find(w, NULL, TOKEX_ALG_ES256, &first), w->pool);
    must(find(w, NULL, TOKEX_ALG_ES256, &second), w->pool);
    assert_ptr_equal(first, second);
}

/* What a damaged database could hold; documents are judged when they come in. */
static void test_a_configured_key_that_cannot_be_read_refuses_its_issuer_alone(void **state)
{
    static const tokex_issuer_key_t broken[] = {
        {.jwk = "{}"}, {.pem = "x"}, {.der = "!"}, {.jwk = "{\"kty\":\"oct\",\"k\":\"AA\"}"}};
    world_t *w = *state;
    const tokex_key_t *key;
    const tokex_policy_issuer_t *other;
    for (int i = 0; i < COUNT(broken); i++) {
        tokex_issuer_key_t two[2] = {w->issuer_key, broken[i]};
        const tokex_err_t *err;
        w->issuers[0].keys = two;
        w->issuers[0].key_count = 2;
        compile_again(w);
        err = find(w, foreign_kid(w), TOKEX_ALG_ES256, &key);
        assert_int_equal(err->code, TOKEX_E_KEY_UNKNOWN);
        assert_string_equal(tokex_err_info(err->code)->client_text,
                            tokex_err_info(TOKEX_E_ISSUER_UNKNOWN)->client_text);
        assert_non_null(strstr(tokex_err_text(err, w->pool), "key 2 of its configuration"));
        assert_null(key);
        /* Again, from what was kept. */
        (void)assert_not_found(w, foreign_kid(w), NOW, TOKEX_E_KEY_UNKNOWN);
        other = tokex_policy_issuer(policy_of(w), "https://idp.other.example");
        must(tokex_issuer_keys_find(&key, (void *)w->issuer_keys, other, NULL, TOKEX_ALG_ES256, NOW,
                                    w->pool),
             w->pool);
    }
}

static void test_our_own_tokens_are_verified_with_our_own_keys(void **state)
{
    world_t *w = *state;
    const tokex_policy_issuer_t *self;
    const tokex_key_t *key = NULL;
    self = tokex_policy_self(policy_of(w));
    must(tokex_issuer_keys_find(&key, (void *)w->issuer_keys, self, our_kid(w), TOKEX_ALG_ES256,
                                NOW, w->pool),
         w->pool);
    assert_string_equal(tokex_jwk_kid(key), our_kid(w));
}

/* ---- Fetched keys */

static void test_configured_and_fetched_keys_count_alike(void **state)
{
    world_t *w = *state;
    const tokex_key_t *key;
    with_source(w, 1);
    put(w, came(w, URL, w->keys->ours, NOW));
    assert_found(w, foreign_kid(w), NOW);
    assert_found(w, our_kid(w), NOW);
    assert_int_equal(find(w, NULL, TOKEX_ALG_ES256, &key)->code, TOKEX_E_KEY_AMBIGUOUS);
}

static void test_all_sources_of_an_issuer_count(void **state)
{
    world_t *w = *state;
    with_source(w, 0);
    w->issuers[0].jwks_urls = texts(w->pool, URL, OTHER_URL, NULL);
    w->issuers[0].metadata_url = METADATA;
    put(w, came(w, OTHER_URL, w->keys->foreign, NOW));
    put(w, came(w, METADATA, w->keys->ours, NOW));
    assert_found(w, foreign_kid(w), NOW);
    assert_found(w, our_kid(w), NOW);
}

static void test_a_key_that_stands_in_several_places_is_one_key(void **state)
{
    world_t *w = *state;
    const tokex_key_t *key;
    with_source(w, 1);
    put(w, came(w, URL, w->keys->foreign, NOW));
    assert_found(w, foreign_kid(w), NOW);
    must(find(w, NULL, TOKEX_ALG_ES256, &key), w->pool);
}

static void test_fetched_keys_of_another_issuer_do_not_count(void **state)
{
    world_t *w = *state;
    tokex_fetched_t row;
    with_source(w, 0);
    row = came(w, URL, w->keys->foreign, NOW);
    row.issuer = "other";
    put(w, row);
    (void)assert_not_found(w, foreign_kid(w), NOW, TOKEX_E_KEYS_UNAVAILABLE);
}

static void test_a_source_that_the_configuration_no_longer_names_does_not_count(void **state)
{
    world_t *w = *state;
    with_source(w, 0);
    put(w, came(w, OTHER_URL, w->keys->foreign, NOW));
    put(w, came(w, URL, w->keys->ours, NOW));
    (void)assert_not_found(w, foreign_kid(w), NOW, TOKEX_E_KEY_UNKNOWN);
}

static void test_fetched_keys_count_until_they_are_too_old(void **state)
{
    world_t *w = *state;
    with_source(w, 0);
    put(w, came(w, URL, w->keys->foreign, NOW));
    assert_found(w, foreign_kid(w), NOW + 86400);
    assert_non_null(strstr(
        assert_not_found(w, foreign_kid(w), NOW + 86401, TOKEX_E_KEYS_UNAVAILABLE), "too old"));
    w->issuers[0].keys_stale = 0;
    assert_found(w, foreign_kid(w), NOW);
    (void)assert_not_found(w, foreign_kid(w), NOW + 1, TOKEX_E_KEYS_UNAVAILABLE);
}

static void test_nobody_can_tell_while_a_source_has_given_nothing(void **state)
{
    world_t *w = *state;
    with_source(w, 1);
    assert_non_null(strstr(assert_not_found(w, our_kid(w), NOW, TOKEX_E_KEYS_UNAVAILABLE), URL));
    /* What is there counts all the same. */
    assert_found(w, foreign_kid(w), NOW);
    put(w, (tokex_fetched_t){.issuer = "partner", .url = URL, .tried = NOW, .failure = "down"});
    (void)assert_not_found(w, our_kid(w), NOW, TOKEX_E_KEYS_UNAVAILABLE);
    w->fetched = NULL;
    compile_again(w);
    (void)assert_not_found(w, our_kid(w), NOW, TOKEX_E_KEYS_UNAVAILABLE);
    assert_found(w, foreign_kid(w), NOW);
}

static void test_nobody_can_tell_after_a_source_failed_and_old_keys_count_on(void **state)
{
    world_t *w = *state;
    tokex_fetched_t row;
    with_source(w, 0);
    row = came(w, URL, w->keys->foreign, NOW);
    put(w, row);
    (void)assert_not_found(w, our_kid(w), NOW, TOKEX_E_KEY_UNKNOWN);
    row.tried = NOW + 60;
    row.failure = "down";
    put(w, row);
    assert_found(w, foreign_kid(w), NOW + 60);
    (void)assert_not_found(w, our_kid(w), NOW + 60, TOKEX_E_KEYS_UNAVAILABLE);
}

static void test_JWK_009_after_a_withdrawal_no_key_is_left(void **state)
{
    world_t *w = *state;
    with_source(w, 0);
    put(w, came(w, URL, w->keys->foreign, NOW));
    assert_found(w, foreign_kid(w), NOW);
    put(w, came(w, URL, NULL, NOW + 60));
    (void)assert_not_found(w, foreign_kid(w), NOW + 60, TOKEX_E_KEY_UNKNOWN);
}

/* ---- Renewing */

static const tokex_err_t *count_renewals(bool *changed, void *ctx,
                                         const tokex_policy_issuer_t *issuer, apr_pool_t *pool)
{
    int *calls = ctx;
    assert_string_equal(issuer->config->id, "partner");
    assert_non_null(pool);
    *changed = true;
    (*calls)++;
    return NULL;
}

static void test_only_issuers_with_sources_are_renewed(void **state)
{
    world_t *w = *state;
    int calls = 0;
    const tokex_renewer_t renewer = {&calls, count_renewals};
    bool changed = true;
    w->renewer = &renewer;
    (void)policy_of(w);
    must(tokex_issuer_keys_renew(&changed, (void *)w->issuer_keys, partner(w), w->pool), w->pool);
    assert_false(changed);
    assert_int_equal(calls, 0);
    with_source(w, 0);
    must(tokex_issuer_keys_renew(&changed, (void *)w->issuer_keys, partner(w), w->pool), w->pool);
    assert_true(changed);
    assert_int_equal(calls, 1);
    w->renewer = NULL;
    compile_again(w);
    (void)policy_of(w);
    must(tokex_issuer_keys_renew(&changed, (void *)w->issuer_keys, partner(w), w->pool), w->pool);
    assert_false(changed);
}

/* ---- Threads */

#define THREADS 8
#define ROUNDS 40

typedef struct racer_t {
    world_t *w;
    const tokex_issuer_keys_t *keys;
    const tokex_key_t *key;
} racer_t;

static void *APR_THREAD_FUNC race(apr_thread_t *thread, void *data)
{
    racer_t *racer = data;
    apr_pool_t *pool;
    (void)thread;
    /* Not under the world's pool: its allocator is its thread's. */
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS)
        return NULL;
    (void)tokex_issuer_keys_find(&racer->key, (void *)racer->keys, partner(racer->w), NULL,
                                 TOKEX_ALG_ES256, NOW, pool);
    apr_pool_destroy(pool);
    return NULL;
}

static void test_threads_that_need_a_key_at_once_get_the_same_one(void **state)
{
    world_t *w = *state;
    (void)policy_of(w);
    for (int round = 0; round < ROUNDS; round++) {
        apr_thread_t *threads[THREADS];
        racer_t racers[THREADS];
        const tokex_issuer_keys_t *keys;
        apr_status_t rv;
        must(tokex_issuer_keys_create(&keys, w->engine.policy, NULL, NULL, w->keys->crypt, w->pool),
             w->pool);
        for (int i = 0; i < THREADS; i++) {
            racers[i] = (racer_t){w, keys, NULL};
            assert_int_equal(apr_thread_create(&threads[i], NULL, race, &racers[i], w->pool), 0);
        }
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(apr_thread_join(&rv, threads[i]), 0);
        assert_non_null(racers[0].key);
        for (int i = 1; i < THREADS; i++)
            assert_ptr_equal(racers[i].key, racers[0].key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_key_is_found_by_kid_and_without),
        WITH_WORLD(test_key_of_another_kid_or_algorithm_is_not_found),
        WITH_WORLD(test_issuer_without_keys_has_none),
        WITH_WORLD(test_HDR_027_several_keys_fit_a_token_without_kid),
        WITH_WORLD(test_configured_keys_are_read_once),
        WITH_WORLD(test_a_configured_key_that_cannot_be_read_refuses_its_issuer_alone),
        WITH_WORLD(test_our_own_tokens_are_verified_with_our_own_keys),
        WITH_WORLD(test_configured_and_fetched_keys_count_alike),
        WITH_WORLD(test_all_sources_of_an_issuer_count),
        WITH_WORLD(test_a_key_that_stands_in_several_places_is_one_key),
        WITH_WORLD(test_fetched_keys_of_another_issuer_do_not_count),
        WITH_WORLD(test_a_source_that_the_configuration_no_longer_names_does_not_count),
        WITH_WORLD(test_fetched_keys_count_until_they_are_too_old),
        WITH_WORLD(test_nobody_can_tell_while_a_source_has_given_nothing),
        WITH_WORLD(test_nobody_can_tell_after_a_source_failed_and_old_keys_count_on),
        WITH_WORLD(test_JWK_009_after_a_withdrawal_no_key_is_left),
        WITH_WORLD(test_only_issuers_with_sources_are_renewed),
        WITH_WORLD(test_threads_that_need_a_key_at_once_get_the_same_one),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
