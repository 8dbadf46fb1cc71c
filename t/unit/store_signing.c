/* Signing keys in state.db. */
#include "store_dir.h"

#include "store/signing_store.h"

static const tokex_signing_key_t one = {"kid-1", "ES256", NOW, NOW + 5, 0, NULL, "1.abc"};
static const tokex_signing_key_t two = {"kid-2", "RS256", NOW + 1, NOW + 2, NOW + 3, NULL, "1.def"};

static void insert(tokex_db_t *db, const tokex_signing_key_t *key, apr_pool_t *pool)
{
    assert_success(tokex_db_begin(db, true, pool));
    assert_success(tokex_signing_store_insert(db, key, pool));
    assert_success(tokex_db_commit(db, pool));
}

static tokex_signing_rows_t rows_of(tokex_db_t *db, apr_pool_t *pool)
{
    tokex_signing_rows_t rows = {NULL, -1, -1};

    assert_success(tokex_signing_store_load(&rows, db, pool, pool));
    return rows;
}

static void test_keys_come_back_by_the_time_at_which_they_sign(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_signing_rows_t rows = rows_of(db, pool);

    assert_int_equal(rows.count, 0);
    insert(db, &one, pool);
    insert(db, &two, pool);
    rows = rows_of(db, pool);
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.keys[0].kid, "kid-2");
    assert_string_equal(rows.keys[0].algorithm, "RS256");
    assert_int_equal(rows.keys[0].created, NOW + 1);
    assert_int_equal(rows.keys[0].activates, NOW + 2);
    assert_int_equal(rows.keys[0].retired, NOW + 3);
    assert_string_equal(rows.keys[0].sealed, "1.def");
    assert_null(rows.keys[0].public_jwk);
    assert_string_equal(rows.keys[1].kid, "kid-1");
}

static void test_each_change_of_a_key_has_a_number_and_nothing_else_has(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    int64_t number;
    bool found;

    insert(db, &one, pool);
    insert(db, &two, pool);
    assert_int_equal(rows_of(db, pool).number, 2);
    assert_success(tokex_signing_store_retire(&found, db, "kid-1", NOW + 9, pool));
    assert_true(found);
    assert_int_equal(rows_of(db, pool).keys[1].retired, NOW + 9);
    assert_success(tokex_signing_store_remove(&found, db, "kid-2", pool));
    assert_true(found);
    assert_int_equal(rows_of(db, pool).count, 1);
    assert_success(tokex_signing_store_number(&number, db, pool));
    assert_int_equal(number, 4);
    assert_success(tokex_signing_store_remove(&found, db, "kid-2", pool));
    assert_false(found);
    assert_success(tokex_signing_store_retire(&found, db, "kid-2", NOW, pool));
    assert_false(found);
    assert_int_equal(rows_of(db, pool).number, 4);
}

static void test_a_kid_stands_there_once(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);

    insert(db, &one, pool);
    assert_code(tokex_signing_store_insert(db, &one, pool), TOKEX_E_DB_QUERY);
    assert_int_equal(rows_of(db, pool).count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_keys_come_back_by_the_time_at_which_they_sign),
        WITH_PLACE(test_each_change_of_a_key_has_a_number_and_nothing_else_has),
        WITH_PLACE(test_a_kid_stands_there_once),
    };
    return cmocka_run_group_tests_name("store/signing", tests, start, stop);
}
