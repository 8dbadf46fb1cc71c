#include "store_dir.h"

#include "store/location_store.h"

static const tokex_location_row_t rows[] = {
    {"b.example:443", "Location /b", "/etc/httpd.conf", 7, "tokex", "orders", "partner other",
     "api", "https://api.example/", "orders.read", "accept", "urn:x", true, true, "email", "both",
     "Require a\nRequire b"},
    {"a.example:443", "Location /z", "/etc/httpd.conf", 9, "", "", "", "", "", "", "refuse", "",
     false, false, "sub", "exchanged", ""},
    {"a.example:443", "Location /a", "/etc/httpd.conf", 12, "Basic", "orders", "", "", "", "",
     "exchange", "", false, true, "sub", "original", "Require valid-user"},
};

static void test_locations_come_back_by_server_in_their_order(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_location_row_t *found;
    int count;

    assert_success(tokex_location_store_save(db, rows, 3, place->pool));
    assert_success(tokex_location_store_read(&found, &count, db, place->pool));
    assert_int_equal(count, 3);
    assert_string_equal(found[0].section, "Location /z");
    assert_false(found[0].exchange);
    assert_string_equal(found[0].client, "");
    assert_string_equal(found[1].section, "Location /a");
    assert_string_equal(found[1].auth_type, "Basic");
    assert_string_equal(found[2].server, "b.example:443");
    assert_string_equal(found[2].file, "/etc/httpd.conf");
    assert_int_equal(found[2].line, 7);
    assert_string_equal(found[2].issuers, "partner other");
    assert_string_equal(found[2].audiences, "api");
    assert_string_equal(found[2].resources, "https://api.example/");
    assert_string_equal(found[2].scope, "orders.read");
    assert_string_equal(found[2].own_tokens, "accept");
    assert_string_equal(found[2].subject_type, "urn:x");
    assert_true(found[2].machine_tokens);
    assert_false(found[1].machine_tokens);
    assert_true(found[2].exchange);
    assert_string_equal(found[2].user_claim, "email");
    assert_string_equal(found[2].inject, "both");
    assert_string_equal(found[2].requirements, "Require a\nRequire b");
}

static void test_locations_replace_all_that_were_there(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_location_row_t *found;
    int count;

    assert_success(tokex_location_store_save(db, rows, 3, place->pool));
    assert_success(tokex_location_store_save(db, rows, 1, place->pool));
    assert_success(tokex_location_store_read(&found, &count, db, place->pool));
    assert_int_equal(count, 1);
    assert_string_equal(found[0].section, "Location /b");
    assert_success(tokex_location_store_save(db, NULL, 0, place->pool));
    assert_success(tokex_location_store_read(&found, &count, db, place->pool));
    assert_int_equal(count, 0);
}

static void test_locations_that_cannot_be_kept_change_nothing(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_location_row_t bad[2] = {rows[0], rows[1]};
    const tokex_location_row_t *found;
    int count;

    bad[1].section = NULL;
    assert_success(tokex_location_store_save(db, rows, 3, place->pool));
    assert_code(tokex_location_store_save(db, bad, 2, place->pool), TOKEX_E_DB_QUERY);
    assert_success(tokex_location_store_read(&found, &count, db, place->pool));
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_locations_come_back_by_server_in_their_order),
        WITH_PLACE(test_locations_replace_all_that_were_there),
        WITH_PLACE(test_locations_that_cannot_be_kept_change_nothing),
    };
    return cmocka_run_group_tests_name("store/locations", tests, start, stop);
}
