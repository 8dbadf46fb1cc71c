#include "store_dir.h"

#include "store/refresh_store.h"
#include "store/revocation_store.h"

static tokex_refresh_t row_of(const char *id, const char *hash, int64_t ends)
{
    return (tokex_refresh_t){
        .id = id, .client = "shop", .hash = hash, .created = NOW, .ends = ends, .sealed = "s1"};
}

static void test_a_refresh_token_is_kept_and_replaced_once(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_refresh_t row = row_of("a", "h1", NOW + 10);
    const tokex_refresh_t *found = NULL;
    bool done = false;

    assert_success(tokex_refresh_store_find(&found, db, "a", place->pool));
    assert_null(found);
    assert_success(tokex_refresh_store_insert(db, &row, place->pool));
    row.hash = "h2";
    row.sealed = "s2";
    row.ends = NOW + 5;
    assert_success(tokex_refresh_store_replace(&done, db, &row, "h1", NOW + 1, place->pool));
    assert_true(done);
    assert_success(tokex_refresh_store_replace(&done, db, &row, "h1", NOW + 1, place->pool));
    assert_false(done);
    assert_success(tokex_refresh_store_find(&found, db, "a", place->pool));
    assert_string_equal(found->id, "a");
    assert_string_equal(found->client, "shop");
    assert_string_equal(found->hash, "h2");
    assert_string_equal(found->sealed, "s2");
    assert_int_equal(found->created, NOW);
    assert_int_equal(found->ends, NOW + 5);
    assert_success(tokex_refresh_store_delete(db, "a", place->pool));
    assert_success(tokex_refresh_store_delete(db, "a", place->pool));
    assert_success(tokex_refresh_store_find(&found, db, "a", place->pool));
    assert_null(found);
}

static void test_what_has_ended_is_forgotten(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_refresh_t *found = NULL;
    int gone = 0, i;

    for (i = 0; i < 5; i++) {
        tokex_refresh_t row = row_of(apr_psprintf(place->pool, "%d", i), "h", NOW + i);

        assert_success(tokex_refresh_store_insert(db, &row, place->pool));
    }
    assert_success(tokex_refresh_store_prune(&gone, db, NOW + 2, 2, place->pool));
    assert_int_equal(gone, 2);
    assert_success(tokex_refresh_store_prune(&gone, db, NOW + 2, 2, place->pool));
    assert_int_equal(gone, 1);
    assert_success(tokex_refresh_store_find(&found, db, "2", place->pool));
    assert_null(found);
    assert_success(tokex_refresh_store_find(&found, db, "3", place->pool));
    assert_non_null(found);
}

static void test_what_is_taken_back_outlasts_what_may_have_come_of_it(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_refresh_t row = row_of("a", "h", NOW + 1000);
    tokex_revocation_t revocation = {.kind = TOKEX_REVOCATION_TOKEN,
                                     .issuer = "",
                                     .value = "jti",
                                     .ends = NOW + 10,
                                     .who = "",
                                     .reason = ""};

    assert_success(tokex_revocation_store_put(db, &revocation, place->pool));
    assert_int_equal(revocation.ends, NOW + 10);
    assert_success(tokex_refresh_store_insert(db, &row, place->pool));
    assert_success(tokex_revocation_store_put(db, &revocation, place->pool));
    assert_true(revocation.ends >= NOW + 1000);
    revocation.ends = 0;
    assert_success(tokex_revocation_store_put(db, &revocation, place->pool));
    assert_int_equal(revocation.ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_a_refresh_token_is_kept_and_replaced_once),
        WITH_PLACE(test_what_has_ended_is_forgotten),
        WITH_PLACE(test_what_is_taken_back_outlasts_what_may_have_come_of_it),
    };
    return cmocka_run_group_tests_name("store/refresh", tests, start, stop);
}
