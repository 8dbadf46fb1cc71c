#include "store_dir.h"

#include "store/revocation_store.h"

static tokex_revocation_t row_of(tokex_revocation_kind_t kind, const char *issuer,
                                 const char *value)
{
    const tokex_revocation_t row = {.kind = kind,
                                    .issuer = issuer,
                                    .value = value,
                                    .created = NOW,
                                    .who = "alice",
                                    .reason = ""};
    return row;
}

typedef struct taken_t {
    apr_pool_t *pool;
    int count;
    const char *values;
    int64_t last;
} taken_t;

static const tokex_err_t *take(void *ctx, const tokex_revocation_t *row)
{
    taken_t *taken = ctx;

    taken->count++;
    if (taken->count < 10)
        taken->values = apr_pstrcat(taken->pool, taken->values, row->value, " ", NULL);
    taken->last = row->number;
    return NULL;
}

static taken_t follow(tokex_db_t *db, int64_t *number, apr_pool_t *pool)
{
    taken_t taken = {pool, 0, "", 0};

    assert_success(tokex_revocation_store_follow(db, number, take, &taken, pool));
    return taken;
}

static void test_a_revocation_is_kept_and_followed(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_revocation_t row = row_of(TOKEX_REVOCATION_SUBJECT, "partner", "mira");
    const tokex_revocation_t *found = NULL;
    int64_t number = 0;

    row.before = NOW;
    row.ends = NOW + 10;
    row.reason = "laptop lost";
    assert_success(tokex_revocation_store_put(db, &row, place->pool));
    assert_true(row.number > 0);
    assert_success(tokex_revocation_store_find(&found, db, row.number, place->pool));
    assert_int_equal(found->kind, TOKEX_REVOCATION_SUBJECT);
    assert_string_equal(found->issuer, "partner");
    assert_string_equal(found->value, "mira");
    assert_int_equal(found->before, NOW);
    assert_int_equal(found->ends, NOW + 10);
    assert_int_equal(found->created, NOW);
    assert_string_equal(found->who, "alice");
    assert_string_equal(found->reason, "laptop lost");
    assert_string_equal(follow(db, &number, place->pool).values, "mira ");
    assert_int_equal(number, row.number);
    assert_int_equal(follow(db, &number, place->pool).count, 0);
    row = row_of(TOKEX_REVOCATION_TOKEN, "", "abc");
    assert_success(tokex_revocation_store_put(db, &row, place->pool));
    assert_string_equal(follow(db, &number, place->pool).values, "abc ");
    assert_success(tokex_revocation_store_find(&found, db, 99, place->pool));
    assert_null(found);
}

static void put_cut_off(const place_t *place, tokex_db_t *db, int64_t before, int64_t ends)
{
    tokex_revocation_t row = row_of(TOKEX_REVOCATION_CLIENT, "", "shop");

    row.before = before;
    row.ends = ends;
    assert_success(tokex_revocation_store_put(db, &row, place->pool));
}

static void assert_cut_off(const place_t *place, tokex_db_t *db, int64_t before, int64_t ends)
{
    const tokex_revocation_t *found = NULL;
    int64_t number = 0;
    taken_t taken = follow(db, &number, place->pool);

    assert_int_equal(taken.count, 1);
    assert_success(tokex_revocation_store_find(&found, db, taken.last, place->pool));
    assert_int_equal(found->before, before);
    assert_int_equal(found->ends, ends);
}

static void test_INT_012_the_later_cut_off_and_the_longer_end_stay(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);

    put_cut_off(place, db, NOW, NOW + 10);
    put_cut_off(place, db, NOW - 5, NOW + 5);
    assert_cut_off(place, db, NOW, NOW + 10);
    put_cut_off(place, db, NOW + 5, NOW + 20);
    assert_cut_off(place, db, NOW + 5, NOW + 20);
    put_cut_off(place, db, NOW, 0);
    assert_cut_off(place, db, NOW + 5, 0);
    put_cut_off(place, db, NOW, NOW + 30);
    assert_cut_off(place, db, NOW + 5, 0);
}

static void test_what_has_ended_is_forgotten(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    int64_t number = 0;
    int gone = 0, i;

    for (i = 0; i < 5; i++) {
        tokex_revocation_t row =
            row_of(TOKEX_REVOCATION_TOKEN, "", apr_psprintf(place->pool, "t%d", i));

        row.ends = i == 4 ? 0 : NOW + i;
        assert_success(tokex_revocation_store_put(db, &row, place->pool));
    }
    assert_success(tokex_revocation_store_prune(&gone, db, NOW + 2, 2, place->pool));
    assert_int_equal(gone, 2);
    assert_success(tokex_revocation_store_prune(&gone, db, NOW + 2, 2, place->pool));
    assert_int_equal(gone, 1);
    assert_string_equal(follow(db, &number, place->pool).values, "t3 t4 ");
    /* A number is not given twice, whatever went. */
    {
        tokex_revocation_t row = row_of(TOKEX_REVOCATION_TOKEN, "", "new");

        assert_success(tokex_revocation_store_put(db, &row, place->pool));
        assert_int_equal(row.number, 6);
    }
}

static void test_many_are_read_in_pieces(void **state)
{
    const place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    int64_t number = 0;
    taken_t taken;
    int i;

    assert_success(tokex_db_hurry(db, place->pool));
    for (i = 0; i < 2001; i++) {
        tokex_revocation_t row =
            row_of(TOKEX_REVOCATION_TOKEN, "", apr_psprintf(place->pool, "t%d", i));

        assert_success(tokex_revocation_store_put(db, &row, place->pool));
    }
    taken = follow(db, &number, place->pool);
    assert_int_equal(taken.count, 2001);
    assert_int_equal(number, 2001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_a_revocation_is_kept_and_followed),
        WITH_PLACE(test_INT_012_the_later_cut_off_and_the_longer_end_stay),
        WITH_PLACE(test_what_has_ended_is_forgotten),
        WITH_PLACE(test_many_are_read_in_pieces),
    };
    return cmocka_run_group_tests_name("store/revocation", tests, start, stop);
}
