#include "store_dir.h"

#include "store/spent_store.h"

#define MOST 4

static tokex_spending_t put_in(const place_t *place, tokex_db_t *db, const tokex_spent_t *row,
                               int most, int64_t now)
{
    tokex_spending_t looked, out;

    assert_success(tokex_spent_store_look(&looked, db, row, most, now, place->pool));
    assert_success(tokex_spent_store_put(&out, db, row, most, now, place->pool));
    assert_int_equal(looked, out);
    return out;
}

static tokex_spending_t put(const place_t *place, tokex_db_t *db, const char *id, int64_t ends,
                            int64_t now)
{
    const tokex_spent_t row = {id, "partner", ends};

    return put_in(place, db, &row, MOST, now);
}

static void test_CI_7_a_token_is_spent_once(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_db_t *other = open_db(place, TOKEX_DB_STATE, TOKEX_DB_WRITE, place->pool);

    assert_int_equal(put(place, db, "a", NOW + 10, NOW), TOKEX_SPENDING_DONE);
    assert_int_equal(put(place, db, "a", NOW + 10, NOW), TOKEX_SPENDING_BEFORE);
    assert_int_equal(put(place, other, "a", NOW + 99, NOW + 9), TOKEX_SPENDING_BEFORE);
    assert_int_equal(put(place, other, "b", NOW + 10, NOW), TOKEX_SPENDING_DONE);
}

/* Whether it was taken away meanwhile makes no difference. */
static void test_until_it_has_ended(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);

    assert_int_equal(put(place, db, "a", NOW + 10, NOW), TOKEX_SPENDING_DONE);
    assert_int_equal(put(place, db, "a", NOW + 30, NOW + 9), TOKEX_SPENDING_BEFORE);
    assert_int_equal(put(place, db, "a", NOW + 30, NOW + 10), TOKEX_SPENDING_DONE);
    assert_int_equal(put(place, db, "a", NOW + 50, NOW + 29), TOKEX_SPENDING_BEFORE);
}

/* More have ended than are taken away to make room. */
static void test_however_many_have_ended(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_spent_t row = {"a", "partner", NOW + 2};
    int i;

    assert_success(tokex_db_begin(db, true, place->pool));
    for (i = 0; i < 600; i++) {
        const tokex_spent_t other = {apr_psprintf(place->pool, "%d", i), "partner", NOW + 1};

        assert_int_equal(put_in(place, db, &other, 1000, NOW), TOKEX_SPENDING_DONE);
    }
    assert_success(tokex_db_commit(db, place->pool));
    assert_int_equal(put_in(place, db, &row, 1000, NOW), TOKEX_SPENDING_DONE);
    row.ends = NOW + 9;
    assert_int_equal(put_in(place, db, &row, 1000, NOW + 2), TOKEX_SPENDING_DONE);
    assert_int_equal(put_in(place, db, &row, 1000, NOW + 2), TOKEX_SPENDING_BEFORE);
}

static void test_CI_7_no_more_than_there_is_room_for(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    int i;

    for (i = 0; i < MOST; i++)
        assert_int_equal(put(place, db, apr_psprintf(place->pool, "%d", i), NOW + 10 + i, NOW),
                         TOKEX_SPENDING_DONE);
    assert_int_equal(put(place, db, "a", NOW + 99, NOW + 9), TOKEX_SPENDING_FULL);
    assert_int_equal(put(place, db, "1", NOW + 99, NOW + 9), TOKEX_SPENDING_BEFORE);
    assert_int_equal(put(place, db, "a", NOW + 99, NOW + 10), TOKEX_SPENDING_DONE);
    assert_int_equal(put(place, db, "b", NOW + 99, NOW + 10), TOKEX_SPENDING_FULL);
    assert_int_equal(put(place, db, "1", NOW + 99, NOW + 10), TOKEX_SPENDING_BEFORE);
}

static void test_what_has_ended_is_forgotten(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    int gone = 0, i;

    for (i = 0; i < MOST; i++)
        assert_int_equal(put(place, db, apr_psprintf(place->pool, "%d", i), NOW + i + 1, NOW),
                         TOKEX_SPENDING_DONE);
    assert_success(tokex_spent_store_prune(&gone, db, NOW + 3, 2, place->pool));
    assert_int_equal(gone, 2);
    assert_success(tokex_spent_store_prune(&gone, db, NOW + 3, 2, place->pool));
    assert_int_equal(gone, 1);
    assert_int_equal(put(place, db, "3", NOW + 99, NOW), TOKEX_SPENDING_BEFORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_CI_7_a_token_is_spent_once),
        WITH_PLACE(test_until_it_has_ended),
        WITH_PLACE(test_however_many_have_ended),
        WITH_PLACE(test_CI_7_no_more_than_there_is_room_for),
        WITH_PLACE(test_what_has_ended_is_forgotten),
    };
    return cmocka_run_group_tests_name("store/spent", tests, start, stop);
}
