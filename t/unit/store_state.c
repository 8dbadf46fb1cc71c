#include "store_dir.h"

#include "store/state_store.h"

static const tokex_setting_t first[] = {
    {"b.example:443", "TokexIssuer", "https://b.example", NOW},
    {"a.example:443", "TokexTenant", "default", NOW},
    {"a.example:443", "TokexIssuer", "https://a.example/sts", NOW + 1},
};

static void test_settings_come_back_by_server_and_name(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_setting_t *found;
    int count;

    assert_success(tokex_state_store_settings_save(db, first, 3, place->pool));
    assert_success(tokex_state_store_settings(&found, &count, db, place->pool, place->pool));
    assert_int_equal(count, 3);
    assert_string_equal(found[0].server, "a.example:443");
    assert_string_equal(found[0].name, "TokexIssuer");
    assert_string_equal(found[0].value, "https://a.example/sts");
    assert_int_equal(found[0].written, NOW + 1);
    assert_string_equal(found[1].name, "TokexTenant");
    assert_string_equal(found[2].server, "b.example:443");
}

static void test_settings_replace_all_that_were_there(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_setting_t *found;
    int count;

    assert_success(tokex_state_store_settings_save(db, first, 3, place->pool));
    assert_success(tokex_state_store_settings_save(db, first, 1, place->pool));
    assert_success(tokex_state_store_settings(&found, &count, db, place->pool, place->pool));
    assert_int_equal(count, 1);
    assert_string_equal(found[0].server, "b.example:443");
    assert_success(tokex_state_store_settings_save(db, NULL, 0, place->pool));
    assert_success(tokex_state_store_settings(&found, &count, db, place->pool, place->pool));
    assert_int_equal(count, 0);
}

static void test_settings_that_cannot_be_kept_change_nothing(void **state)
{
    const tokex_setting_t same[] = {{"c", "TokexIssuer", "1", NOW}, {"c", "TokexIssuer", "2", NOW}};
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_setting_t *found;
    int count;

    assert_success(tokex_state_store_settings_save(db, first, 3, place->pool));
    assert_code(tokex_state_store_settings_save(db, same, 2, place->pool), TOKEX_E_DB_QUERY);
    assert_success(tokex_state_store_settings(&found, &count, db, place->pool, place->pool));
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_settings_come_back_by_server_and_name),
        WITH_PLACE(test_settings_replace_all_that_were_there),
        WITH_PLACE(test_settings_that_cannot_be_kept_change_nothing),
    };
    return cmocka_run_group_tests_name("store/state", tests, start, stop);
}
