#include "store_rows.h"

#include "store/activity_sums.h"

/* Octets, as SQLite makes them. */
#define PAGE 4096

/* `count` rows, a second apart, with receipts 0, 1, ... */
static void add_many(const place_t *place, tokex_db_t *db, int count)
{
    tokex_activity_row_t *rows = apr_palloc(place->pool, (apr_size_t)count * sizeof(*rows));
    int i;

    for (i = 0; i < count; i++) {
        rows[i] = plain;
        rows[i].time = NOW + i;
        rows[i].receipt = apr_itoa(place->pool, i);
    }
    assert_success(add_rows(db, rows, count, 0, place->pool));
}

static const tokex_activity_filter_t any = {
    .until = INT64_MAX,
    .outcome = "",
    .code = "",
    .client = "",
    .issuer = "",
    .target = "",
    .subject = "",
    .location = "",
    .most = 100,
};

/* The receipts that a filter lets through, joined. */
static const char *found(tokex_db_t *db, const tokex_activity_filter_t *filter, apr_pool_t *pool)
{
    const tokex_activity_row_t *rows;
    const char *text = "";
    int count, i;

    assert_success(tokex_activity_store_list(&rows, &count, db, filter, pool));
    for (i = 0; i < count; i++)
        text = apr_pstrcat(pool, text, i ? " " : "", rows[i].receipt, NULL);
    return text;
}

static void test_activity_comes_back_as_it_was(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t refused = plain;
    const tokex_activity_row_t *row;

    refused.receipt = "another-receipt-";
    refused.outcome = "refused";
    refused.code = "aud_wrong";
    refused.reason = "it is for somebody else";
    refused.location = "/orders";
    assert_success(tokex_db_hurry(db, place->pool));
    assert_success(add_rows(db, &plain, 1, 0, place->pool));
    assert_success(add_rows(db, &refused, 1, 0, place->pool));
    assert_success(tokex_activity_store_find(&row, db, plain.receipt, place->pool));
    assert_non_null(row);
    assert_true(row->number == 1 && row->time == NOW && row->latency_us == 87);
    assert_string_equal(row->server, "a.example:443");
    assert_string_equal(row->location, "");
    assert_string_equal(row->client, "orders");
    assert_string_equal(row->issuer, "partner");
    assert_string_equal(row->subject, "user-1");
    assert_string_equal(row->actor, "gateway");
    assert_string_equal(row->rule, "first");
    assert_string_equal(row->targets, "api billing");
    assert_string_equal(row->scope_asked, "a b");
    assert_string_equal(row->scope_granted, "a");
    assert_string_equal(row->outcome, "granted");
    assert_string_equal(row->steps, plain.steps);
    assert_false(row->remembered);
    assert_success(tokex_activity_store_find(&row, db, refused.receipt, place->pool));
    assert_non_null(row);
    assert_true(row->number == 2);
    assert_string_equal(row->code, "aud_wrong");
    assert_string_equal(row->reason, "it is for somebody else");
    assert_string_equal(row->location, "/orders");
    assert_success(tokex_activity_store_find(&row, db, "nobody's receipt", place->pool));
    assert_null(row);
}

static void test_activity_is_found_before_its_uses(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t rows[2] = {plain, plain};
    const tokex_activity_row_t *row;

    rows[0].remembered = true;
    assert_success(add_rows(db, rows, 2, 0, place->pool));
    assert_success(tokex_activity_store_find(&row, db, plain.receipt, place->pool));
    assert_non_null(row);
    assert_true(row->number == 2 && !row->remembered);
}

static void test_activity_is_filtered(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t rows[4] = {plain, plain, plain, plain};
    tokex_activity_filter_t filter;
    int i;

    for (i = 0; i < 4; i++) {
        rows[i].receipt = apr_itoa(place->pool, i);
        rows[i].time = NOW + i;
    }
    rows[1].outcome = "refused";
    rows[1].code = "expired";
    rows[1].client = "shop";
    rows[2].outcome = "accepted";
    rows[2].location = "/orders";
    rows[2].issuer = "other";
    rows[3].subject = "user-2";
    rows[3].targets = "api-2";
    assert_success(add_rows(db, rows, 4, 0, place->pool));
    assert_string_equal(found(db, &any, place->pool), "0 1 2 3");
#define FOUND(field, value, receipts)                                                              \
    do {                                                                                           \
        filter = any;                                                                              \
        filter.field = (value);                                                                    \
        assert_string_equal(found(db, &filter, place->pool), receipts);                            \
    } while (0)
    FOUND(most, 2, "2 3");
    FOUND(after, 1, "1 2 3");
    FOUND(since, NOW + 2, "2 3");
    FOUND(until, NOW + 1, "0 1");
    FOUND(outcome, "refused", "1");
    FOUND(outcome, "granted", "0 2 3");
    FOUND(outcome, "accepted", "2");
    FOUND(code, "expired", "1");
    FOUND(client, "shop", "1");
    FOUND(issuer, "other", "2");
    FOUND(location, "/orders", "2");
    FOUND(subject, "user-2", "3");
    FOUND(target, "billing", "0 1 2");
    FOUND(target, "api", "0 1 2");
    FOUND(target, "api-2", "3");
    FOUND(target, "api billin", "");
    FOUND(client, "%", "");
#undef FOUND
}

static void test_activity_that_is_missing_is_counted(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_count_t count;

    assert_success(tokex_activity_store_count(&count, db, place->pool));
    assert_true(count.number == 0 && count.dropped == 0 && count.dropped_last == 0);
    assert_success(add_rows(db, NULL, 0, 7, place->pool));
    assert_success(add_rows(db, &plain, 1, 3, place->pool));
    assert_success(add_rows(db, &plain, 1, 0, place->pool));
    assert_success(tokex_activity_store_count(&count, db, place->pool));
    assert_true(count.number == 2 && count.dropped == 10 && count.dropped_last == NOW + 3);
}

static void test_activity_is_written_whole_or_not(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t rows[2] = {plain, plain};
    tokex_activity_count_t count;

    rows[1].steps = NULL;
    assert_code(add_rows(db, rows, 2, 5, place->pool), TOKEX_E_DB_QUERY);
    assert_string_equal(found(db, &any, place->pool), "");
    assert_success(tokex_activity_store_count(&count, db, place->pool));
    assert_true(count.number == 0 && count.dropped == 0);
}

static void test_activity_numbers_rise_when_all_has_gone(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_activity_keep_t nothing = {0, INT64_MAX, 0, NOW};
    const tokex_activity_row_t *row;
    int gone;

    add_many(place, db, 3);
    assert_success(tokex_activity_store_prune(&gone, db, &nothing, 10, place->pool));
    assert_int_equal(gone, 3);
    assert_success(add_rows(db, &plain, 1, 0, place->pool));
    assert_success(tokex_activity_store_find(&row, db, plain.receipt, place->pool));
    assert_non_null(row);
    assert_true(row->number == 4);
}

static void test_activity_is_pruned_by_number_in_steps(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_activity_keep_t keep = {0, INT64_MAX, 3, NOW};
    int gone;

    add_many(place, db, 8);
    assert_success(tokex_activity_store_prune(&gone, db, &keep, 4, place->pool));
    assert_int_equal(gone, 4);
    assert_string_equal(found(db, &any, place->pool), "4 5 6 7");
    assert_success(tokex_activity_store_prune(&gone, db, &keep, 4, place->pool));
    assert_int_equal(gone, 1);
    assert_string_equal(found(db, &any, place->pool), "5 6 7");
    assert_success(tokex_activity_store_prune(&gone, db, &keep, 4, place->pool));
    assert_int_equal(gone, 0);
}

static void test_activity_is_pruned_by_age_in_steps(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_keep_t keep = {NOW + 5, INT64_MAX, 100, NOW};
    int gone;

    add_many(place, db, 8);
    assert_success(tokex_activity_store_prune(&gone, db, &keep, 4, place->pool));
    assert_int_equal(gone, 4);
    assert_string_equal(found(db, &any, place->pool), "4 5 6 7");
    assert_success(tokex_activity_store_prune(&gone, db, &keep, 4, place->pool));
    assert_int_equal(gone, 1);
    /* Dated ahead by a wrong clock. */
    keep.until = NOW + 6;
    assert_success(tokex_activity_store_prune(&gone, db, &keep, 4, place->pool));
    assert_int_equal(gone, 1);
    assert_string_equal(found(db, &any, place->pool), "5 6");
}

static void test_activity_adds_up_to_ways_and_a_pace(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_activity_row_t rows[20];
    const tokex_activity_way_t *ways;
    tokex_activity_pace_t pace;
    int count, i;

    assert_success(tokex_activity_sums_pace(&pace, db, 100, place->pool));
    assert_int_equal(pace.count, 0);
    for (i = 0; i < 20; i++) {
        rows[i] = plain;
        rows[i].time = NOW + i;
        rows[i].latency_us = 20 - i;
        rows[i].client = i < 15 ? "orders" : "shop";
    }
    rows[0].outcome = "refused";
    rows[1].outcome = "accepted";
    assert_success(add_rows(db, rows, 20, 0, place->pool));
    assert_success(tokex_activity_sums_pace(&pace, db, 100, place->pool));
    assert_true(pace.count == 20 && pace.last == NOW + 19 && pace.p50 == 10 && pace.p95 == 19);
    assert_success(tokex_activity_sums_pace(&pace, db, 1, place->pool));
    assert_true(pace.count == 1 && pace.p50 == 1 && pace.p95 == 1);
    assert_success(tokex_activity_sums_ways(&ways, &count, db, NOW, 5, place->pool));
    assert_int_equal(count, 2);
    assert_string_equal(ways[0].client, "orders");
    assert_string_equal(ways[0].targets, "api billing");
    assert_true(ways[0].number == 14 && ways[1].number == 5);
    assert_success(tokex_activity_sums_ways(&ways, &count, db, NOW + 16, 5, place->pool));
    assert_true(count == 1 && ways[0].number == 4);
}

/* A start must not take longer the more was decided; what else stands there is checked as ever. */
static void test_activity_that_is_damaged_does_not_keep_the_rest_from_opening(void **state)
{
    static const char steps[] = "zzzzzzzzzzzzzzzz";
    place_t *place = *state;
    apr_pool_t *pool = new_pool(place->pool);
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_activity_row_t row = plain;
    tokex_activity_count_t count;
    char *octets;
    long size, i;
    FILE *file;

    row.receipt = steps;
    assert_success(add_rows(db, &row, 1, 0, pool));
    apr_pool_destroy(pool);
    file = fopen(place->state, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    octets = apr_palloc(place->pool, (apr_size_t)size);
    rewind(file);
    assert_int_equal(fread(octets, 1, (size_t)size, file), size);
    for (i = 0; memcmp(octets + i, steps, sizeof steps - 1) != 0; i++)
        assert_true(i + (long)sizeof steps < size);
    /* What kind of page it is stands in its first octet. */
    assert_int_equal(fseek(file, i - i % PAGE, SEEK_SET), 0);
    assert_int_equal(fputc(0x55, file), 0x55);
    fclose(file);
    db = open_db(place, TOKEX_DB_STATE, TOKEX_DB_READ, place->pool);
    assert_success(tokex_activity_store_count(&count, db, place->pool));
    assert_true(count.number == 1);
    assert_code(tokex_db_check(db, place->pool), TOKEX_E_DB_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_activity_comes_back_as_it_was),
        WITH_PLACE(test_activity_is_found_before_its_uses),
        WITH_PLACE(test_activity_is_filtered),
        WITH_PLACE(test_activity_that_is_missing_is_counted),
        WITH_PLACE(test_activity_is_written_whole_or_not),
        WITH_PLACE(test_activity_numbers_rise_when_all_has_gone),
        WITH_PLACE(test_activity_is_pruned_by_number_in_steps),
        WITH_PLACE(test_activity_is_pruned_by_age_in_steps),
        WITH_PLACE(test_activity_adds_up_to_ways_and_a_pace),
        WITH_PLACE(test_activity_that_is_damaged_does_not_keep_the_rest_from_opening),
    };
    return cmocka_run_group_tests_name("store/activity", tests, start, stop);
}
