#include "store_rows.h"

#include "store/use_store.h"

#define HOUR 3600

static void add(tokex_db_t *db, const tokex_activity_row_t *rows, int count, apr_pool_t *pool)
{
    assert_success(add_rows(db, rows, count, 0, pool));
}

static tokex_use_t use_of(tokex_db_t *db, const char *noun, const char *id, int64_t now,
                          apr_pool_t *pool)
{
    tokex_use_t use;

    assert_success(tokex_use_store_find(&use, db, noun, id, now, pool));
    return use;
}

static int64_t last_of(tokex_db_t *db, const char *noun, const char *id, apr_pool_t *pool)
{
    const int64_t *last;
    apr_hash_t *lasts;

    assert_success(tokex_use_store_lasts(&lasts, db, noun, pool));
    last = apr_hash_get(lasts, id, APR_HASH_KEY_STRING);
    return last ? *last : 0;
}

static void test_decisions_count_for_their_client_and_issuer_by_the_hour(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t rows[4] = {plain, plain, plain, plain};
    tokex_use_t use;

    rows[0].time = NOW - 2 * HOUR;
    rows[1].outcome = "refused";
    rows[3].client = "shop";
    add(db, rows, 4, place->pool);
    add(db, &plain, 1, place->pool);
    use = use_of(db, "client", "orders", NOW, place->pool);
    assert_true(use.number == 4 && use.last == NOW);
    assert_true(use.hours[TOKEX_USE_HOURS - 1] == 3 && use.hours[TOKEX_USE_HOURS - 3] == 1);
    use = use_of(db, "client", "shop", NOW, place->pool);
    assert_true(use.number == 1);
    use = use_of(db, "issuer", "partner", NOW, place->pool);
    assert_true(use.number == 5);
    assert_true(use_of(db, "issuer", "orders", NOW, place->pool).number == 0);
    assert_true(last_of(db, "client", "orders", place->pool) == NOW);
    assert_true(last_of(db, "client", "partner", place->pool) == 0);
    /* A day later the hours are over, and when it was last is still known. */
    use = use_of(db, "client", "orders", NOW + 25 * HOUR, place->pool);
    assert_true(use.number == 0 && use.last == NOW);
}

/* There would be a row for every name that somebody makes up. */
static void test_who_has_not_proven_who_he_is_does_not_count(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t rows[2] = {plain, plain};

    rows[0].client = "made up";
    rows[0].issuer = "";
    rows[0].outcome = "refused";
    rows[1].client = "";
    rows[1].issuer = "";
    add(db, rows, 2, place->pool);
    assert_true(use_of(db, "client", "made up", NOW, place->pool).last == 0);
    assert_true(use_of(db, "client", "", NOW, place->pool).last == 0);
    assert_true(use_of(db, "issuer", "", NOW, place->pool).last == 0);
}

static void test_what_is_refused_whole_does_not_count(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t rows[2] = {plain, plain};

    rows[1].steps = NULL;
    assert_code(add_rows(db, rows, 2, 0, place->pool), TOKEX_E_DB_QUERY);
    assert_true(use_of(db, "client", "orders", NOW, place->pool).last == 0);
}

static void test_sums_go_when_nobody_asks_for_them(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t rows[3] = {plain, plain, plain};
    tokex_use_t use;

    rows[0].client = "old";
    rows[0].time = NOW - 100 * HOUR;
    /* Dated ahead by a wrong clock. */
    rows[1].client = "ahead";
    rows[1].time = NOW + 100 * HOUR;
    add(db, rows, 3, place->pool);
    assert_success(tokex_use_store_prune(db, NOW - 50 * HOUR, NOW, place->pool));
    assert_true(use_of(db, "client", "old", NOW, place->pool).last == 0);
    use = use_of(db, "client", "orders", NOW, place->pool);
    assert_true(use.number == 1 && use.last == NOW);
    use = use_of(db, "client", "ahead", NOW + 100 * HOUR, place->pool);
    assert_true(use.number == 0);
}

static int64_t presented(tokex_db_t *db, const char *client, const char *id, apr_pool_t *pool)
{
    const int64_t *last;
    apr_hash_t *lasts;

    assert_success(tokex_use_store_secrets(&lasts, db, client, pool));
    last = apr_hash_get(lasts, id, APR_HASH_KEY_STRING);
    return last ? *last : 0;
}

static void test_each_secret_has_the_time_when_it_was_presented_last(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t rows[5] = {plain, plain, plain, plain, plain};

    rows[0].secret = "s1";
    rows[1].secret = "s1";
    rows[1].time = NOW - HOUR;
    rows[2].secret = "s2";
    rows[2].time = NOW - 60 * HOUR;
    /* Refused for what else was wrong. */
    rows[2].outcome = "refused";
    rows[2].issuer = "";
    rows[3].client = "shop";
    rows[3].secret = "s1";
    rows[3].time = NOW - 2 * HOUR;
    rows[4].client = "located";
    rows[4].secret = "";
    add(db, rows, 5, place->pool);
    assert_true(presented(db, "orders", "s1", place->pool) == NOW);
    assert_true(presented(db, "orders", "s2", place->pool) == NOW - 60 * HOUR);
    assert_true(presented(db, "shop", "s1", place->pool) == NOW - 2 * HOUR);
    assert_true(presented(db, "located", "", place->pool) == 0);
    assert_success(tokex_use_store_prune(db, NOW - 50 * HOUR, NOW, place->pool));
    assert_true(presented(db, "orders", "s1", place->pool) == NOW);
    assert_true(presented(db, "orders", "s2", place->pool) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_decisions_count_for_their_client_and_issuer_by_the_hour),
        WITH_PLACE(test_who_has_not_proven_who_he_is_does_not_count),
        WITH_PLACE(test_what_is_refused_whole_does_not_count),
        WITH_PLACE(test_each_secret_has_the_time_when_it_was_presented_last),
        WITH_PLACE(test_sums_go_when_nobody_asks_for_them),
    };
    return cmocka_run_group_tests_name("store/use", tests, start, stop);
}
