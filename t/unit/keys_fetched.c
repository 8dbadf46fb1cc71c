#include "exchange_world.h"

#include <apr_thread_proc.h>

#define URL "https://a.example/keys"

/* A table in a pool of its own, as its header asks for. */
typedef struct table_t {
    apr_pool_t *pool;
    tokex_fetched_keys_t *keys;
    const char *foreign; /* sets of one key */
    const char *ours;
} table_t;

static int make_table(void **state)
{
    apr_pool_t *pool;
    table_t *table;
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS)
        return -1;
    table = apr_pcalloc(pool, sizeof(*table));
    table->pool = pool;
    table->foreign = jwks_text(&world_keys.foreign, 1, pool);
    table->ours = jwks_text(&world_keys.ours, 1, pool);
    assert_success(tokex_fetched_keys_create(&table->keys, world_keys.crypt, pool));
    *state = table;
    return 0;
}

static int drop_table(void **state)
{
    apr_pool_destroy(((table_t *)*state)->pool);
    return 0;
}

#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, make_table, drop_table)

static tokex_fetched_t row_of(const char *jwks, int64_t tried, int64_t number)
{
    return (tokex_fetched_t){.issuer = "a",
                             .url = URL,
                             .jwks = jwks,
                             .fetched = tried,
                             .fresh_until = tried + 60,
                             .tried = tried,
                             .number = number};
}

static void put(table_t *table, tokex_fetched_t row)
{
    assert_success(tokex_fetched_keys_put(table->keys, &row));
}

static bool view_in(table_t *table, tokex_fetched_view_t *view, apr_pool_t *pool)
{
    return tokex_fetched_keys_view(view, table->keys, "a", URL, NOW, pool);
}

static const char *kid_in(table_t *table)
{
    tokex_fetched_view_t view;
    assert_true(view_in(table, &view, table->pool));
    assert_int_equal(view.set->count, 1);
    return tokex_jwk_kid(view.set->keys[0]);
}

static void test_what_was_put_is_seen(void **state)
{
    table_t *table = *state;
    tokex_fetched_view_t view;
    tokex_fetched_t row = row_of(table->foreign, NOW, 1);
    assert_false(view_in(table, &view, table->pool));
    row.failure = "down";
    row.fetched = NOW - 5;
    put(table, row);
    assert_true(view_in(table, &view, table->pool));
    assert_string_equal(tokex_jwk_kid(view.set->keys[0]), tokex_jwk_kid(world_keys.foreign));
    assert_int_equal(view.fetched, NOW - 5);
    assert_int_equal(view.fresh_until, NOW + 60);
    assert_int_equal(view.tried, NOW);
    assert_true(view.failed);
    assert_false(tokex_fetched_keys_view(&view, table->keys, "b", URL, NOW, table->pool));
    assert_false(tokex_fetched_keys_view(&view, table->keys, "a", URL "/", NOW, table->pool));
}

static void test_texts_of_a_row_are_copied(void **state)
{
    table_t *table = *state;
    apr_pool_t *pool;
    tokex_fetched_t row = row_of(NULL, NOW, 1);
    assert_int_equal(apr_pool_create(&pool, table->pool), APR_SUCCESS);
    row.issuer = apr_pstrdup(pool, "a");
    row.url = apr_pstrdup(pool, URL);
    row.jwks = apr_pstrdup(pool, table->foreign);
    put(table, row);
    memset((char *)row.jwks, 'x', strlen(row.jwks));
    memset((char *)row.url, 'x', strlen(row.url));
    apr_pool_destroy(pool);
    assert_string_equal(kid_in(table), tokex_jwk_kid(world_keys.foreign));
}

static void test_a_set_is_parsed_once(void **state)
{
    table_t *table = *state;
    tokex_fetched_view_t first, second;
    put(table, row_of(table->foreign, NOW, 1));
    assert_true(view_in(table, &first, table->pool));
    assert_true(view_in(table, &second, table->pool));
    assert_ptr_equal(first.set, second.set);
}

static void test_a_source_without_keys_or_with_unreadable_ones_has_no_set(void **state)
{
    table_t *table = *state;
    tokex_fetched_view_t view;
    put(table, row_of(NULL, NOW, 1));
    assert_true(view_in(table, &view, table->pool));
    assert_null(view.set);
    assert_false(view.failed);
    put(table, row_of("{\"keys\":{}}", NOW, 2));
    assert_true(view_in(table, &view, table->pool));
    assert_null(view.set);
    put(table, row_of("{\"keys\":[]}", NOW, 3));
    assert_true(view_in(table, &view, table->pool));
    assert_int_equal(view.set->count, 0);
}

static void test_only_newer_rows_replace(void **state)
{
    table_t *table = *state;
    const char *foreign = tokex_jwk_kid(world_keys.foreign);
    const char *ours = tokex_jwk_kid(world_keys.ours);
    put(table, row_of(table->foreign, NOW, 5));
    put(table, row_of(table->ours, NOW - 1, 9));
    assert_string_equal(kid_in(table), foreign);
    put(table, row_of(table->ours, NOW, 4));
    assert_string_equal(kid_in(table), foreign);
    put(table, row_of(table->ours, NOW, 6));
    assert_string_equal(kid_in(table), ours);
    /* A state.db that was made anew counts from 1. */
    put(table, row_of(table->foreign, NOW + 1, 1));
    assert_string_equal(kid_in(table), foreign);
}

static void test_what_is_held_outlives_its_replacement(void **state)
{
    table_t *table = *state;
    tokex_fetched_view_t before, after;
    apr_pool_t *request;
    assert_int_equal(apr_pool_create(&request, table->pool), APR_SUCCESS);
    put(table, row_of(table->foreign, NOW, 1));
    assert_true(view_in(table, &before, request));
    put(table, row_of(table->ours, NOW, 2));
    assert_true(view_in(table, &after, request));
    assert_string_equal(tokex_jwk_kid(before.set->keys[0]), tokex_jwk_kid(world_keys.foreign));
    assert_string_equal(tokex_jwk_kid(after.set->keys[0]), tokex_jwk_kid(world_keys.ours));
    tokex_fetched_keys_remove(table->keys, "a", URL);
    assert_string_equal(tokex_jwk_kid(after.set->keys[0]), tokex_jwk_kid(world_keys.ours));
    apr_pool_destroy(request);
}

static void test_a_row_is_known_as_it_was_put(void **state)
{
    table_t *table = *state;
    tokex_fetched_t row = row_of(table->foreign, NOW, 7), known;
    apr_pool_t *pool;
    assert_false(tokex_fetched_keys_row(&known, table->keys, "a", URL, table->pool));
    row.failure = "nobody is there";
    put(table, row);
    assert_int_equal(apr_pool_create(&pool, table->pool), APR_SUCCESS);
    assert_true(tokex_fetched_keys_row(&known, table->keys, "a", URL, pool));
    assert_string_equal(known.jwks, table->foreign);
    assert_string_equal(known.failure, "");
    assert_int_equal(known.fetched, NOW);
    assert_int_equal(known.fresh_until, NOW + 60);
    assert_int_equal(known.tried, NOW);
    assert_int_equal(known.number, 7);
    /* Its text stays, whatever comes. */
    put(table, row_of(table->ours, NOW + 1, 8));
    tokex_fetched_keys_remove(table->keys, "a", URL);
    assert_string_equal(known.jwks, table->foreign);
    apr_pool_destroy(pool);
    assert_false(tokex_fetched_keys_row(&known, table->keys, "a", URL, table->pool));
}

static void test_what_was_removed_is_gone(void **state)
{
    table_t *table = *state;
    tokex_fetched_view_t view;
    tokex_fetched_keys_remove(table->keys, "a", URL);
    put(table, row_of(table->foreign, NOW, 7));
    tokex_fetched_keys_remove(table->keys, "b", URL);
    assert_true(view_in(table, &view, table->pool));
    tokex_fetched_keys_remove(table->keys, "a", URL);
    assert_false(view_in(table, &view, table->pool));
    put(table, row_of(table->foreign, NOW - 9, 1));
    assert_true(view_in(table, &view, table->pool));
}

static void test_the_mark_tells_whether_any_source_has_other_keys(void **state)
{
    table_t *table = *state;
    tokex_fetched_t second = row_of(table->foreign, NOW, 1);
    apr_uint64_t one, both;
    second.issuer = "b";
    assert_true(tokex_fetched_keys_mark(table->keys) == 0);
    put(table, row_of(NULL, NOW, 1));
    assert_true(tokex_fetched_keys_mark(table->keys) == 0);
    put(table, row_of(table->foreign, NOW, 2));
    one = tokex_fetched_keys_mark(table->keys);
    assert_true(one != 0);
    put(table, row_of(table->foreign, NOW + 9, 3));
    assert_true(tokex_fetched_keys_mark(table->keys) == one);
    put(table, row_of(table->ours, NOW + 8, 2));
    assert_true(tokex_fetched_keys_mark(table->keys) == one);
    put(table, second);
    both = tokex_fetched_keys_mark(table->keys);
    assert_true(both != one && both != 0);
    put(table, row_of(table->ours, NOW + 10, 4));
    assert_true(tokex_fetched_keys_mark(table->keys) != both);
    put(table, row_of(table->foreign, NOW + 11, 5));
    assert_true(tokex_fetched_keys_mark(table->keys) == both);
    tokex_fetched_keys_remove(table->keys, "b", URL);
    assert_true(tokex_fetched_keys_mark(table->keys) == one);
    tokex_fetched_keys_remove(table->keys, "a", URL);
    assert_true(tokex_fetched_keys_mark(table->keys) == 0);
}

/* ---- Threads */

#define READERS 6
#define LOOKS 1500
#define WRITES 400

typedef struct worker_t {
    table_t *table;
    int seen;
    int wrong;
} worker_t;

static bool is_whole(const tokex_fetched_view_t *view)
{
    const char *kid = view->set && view->set->count == 1 ? tokex_jwk_kid(view->set->keys[0]) : NULL;
    return kid && (strcmp(kid, tokex_jwk_kid(world_keys.foreign)) == 0 ||
                   strcmp(kid, tokex_jwk_kid(world_keys.ours)) == 0);
}

static void *APR_THREAD_FUNC read_all_the_time(apr_thread_t *thread, void *data)
{
    worker_t *worker = data;
    (void)thread;
    for (int i = 0; i < LOOKS; i++) {
        tokex_fetched_view_t first, second;
        apr_pool_t *pool;
        if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS)
            break;
        if (view_in(worker->table, &first, pool) && view_in(worker->table, &second, pool)) {
            worker->seen++;
            worker->wrong += !is_whole(&first) || !is_whole(&second);
        }
        apr_pool_destroy(pool);
    }
    return NULL;
}

static void *APR_THREAD_FUNC write_all_the_time(apr_thread_t *thread, void *data)
{
    worker_t *worker = data;
    table_t *table = worker->table;
    (void)thread;
    for (int i = 0; i < WRITES; i++) {
        tokex_fetched_t row = row_of(i % 2 ? table->foreign : table->ours, NOW + i, i);
        worker->wrong += tokex_fetched_keys_put(table->keys, &row) != NULL;
        if (i % 50 == 49)
            tokex_fetched_keys_remove(table->keys, "a", URL);
        apr_thread_yield();
    }
    return NULL;
}

static void test_threads_that_read_see_whole_sets_while_they_are_replaced(void **state)
{
    table_t *table = *state;
    apr_thread_t *threads[READERS + 2];
    worker_t workers[READERS + 2];
    apr_status_t rv;
    int seen = 0;
    put(table, row_of(table->foreign, NOW, 0));
    for (int i = 0; i < READERS + 2; i++) {
        workers[i] = (worker_t){table, 0, 0};
        assert_int_equal(apr_thread_create(&threads[i], NULL,
                                           i < READERS ? read_all_the_time : write_all_the_time,
                                           &workers[i], table->pool),
                         APR_SUCCESS);
    }
    for (int i = 0; i < READERS + 2; i++) {
        assert_int_equal(apr_thread_join(&rv, threads[i]), APR_SUCCESS);
        assert_int_equal(workers[i].wrong, 0);
        seen += workers[i].seen;
    }
    assert_true(seen > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TABLE(test_what_was_put_is_seen),
        WITH_TABLE(test_texts_of_a_row_are_copied),
        WITH_TABLE(test_a_set_is_parsed_once),
        WITH_TABLE(test_a_source_without_keys_or_with_unreadable_ones_has_no_set),
        WITH_TABLE(test_only_newer_rows_replace),
        WITH_TABLE(test_what_is_held_outlives_its_replacement),
        WITH_TABLE(test_a_row_is_known_as_it_was_put),
        WITH_TABLE(test_what_was_removed_is_gone),
        WITH_TABLE(test_the_mark_tells_whether_any_source_has_other_keys),
        WITH_TABLE(test_threads_that_read_see_whole_sets_while_they_are_replaced),
    };
    return cmocka_run_group_tests_name("keys/fetched_keys", tests, make_keys, drop_keys);
}
