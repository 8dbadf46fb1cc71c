#include "store_dir.h"

#include "store/serving_store.h"
#include "store/state_store.h"

static const tokex_setting_t first[] = {
    {"b.example:443", "TokexIssuer", "https://b.example", NOW, false},
    {"a.example:443", "TokexTenant", "default", NOW, true},
    {"a.example:443", "TokexIssuer", "https://a.example/sts", NOW + 1, false},
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
    assert_true(found[1].is_default);
    assert_false(found[0].is_default);
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
    const tokex_setting_t same[] = {{"c", "TokexIssuer", "1", NOW, false},
                                    {"c", "TokexIssuer", "2", NOW, false}};
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_setting_t *found;
    int count;

    assert_success(tokex_state_store_settings_save(db, first, 3, place->pool));
    assert_code(tokex_state_store_settings_save(db, same, 2, place->pool), TOKEX_E_DB_QUERY);
    assert_success(tokex_state_store_settings(&found, &count, db, place->pool, place->pool));
    assert_int_equal(count, 3);
}

static void test_what_is_served_replaces_what_was_told(void **state)
{
    static const tokex_serving_t before[] = {{7, TOKEX_SERVING_KEPT, 1, NOW},
                                             {8, TOKEX_SERVING_CURRENT, 3, NOW + 2},
                                             {0, TOKEX_SERVING_NONE, 2, NOW + 1}},
                                 after[] = {{9, TOKEX_SERVING_CURRENT, 6, NOW + 3}};
    static const tokex_server_count_t counts[] = {{TOKEX_SERVER_TOLD, NOW}, {"other", 5}},
                                      later[] = {{TOKEX_SERVER_TOLD, NOW + 9}};
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_serving_report_t first_told = {before, 3, counts, 2},
                                 then_told = {after, 1, later, 1};
    tokex_serving_report_t found;

    assert_success(tokex_serving_store_read(&found, db, place->pool));
    assert_int_equal(found.serving_count + found.count_count, 0);
    assert_success(tokex_serving_store_save(db, &first_told, place->pool));
    assert_success(tokex_serving_store_read(&found, db, place->pool));
    assert_int_equal(found.serving_count, 3);
    assert_int_equal(found.servings[0].generation, 8);
    assert_int_equal(found.servings[0].state, TOKEX_SERVING_CURRENT);
    assert_int_equal(found.servings[0].processes, 3);
    assert_int_equal(found.servings[0].since, NOW + 2);
    assert_int_equal(found.servings[1].state, TOKEX_SERVING_KEPT);
    assert_int_equal(found.servings[2].state, TOKEX_SERVING_NONE);
    assert_success(tokex_serving_store_save(db, &then_told, place->pool));
    assert_success(tokex_serving_store_read(&found, db, place->pool));
    assert_int_equal(found.serving_count, 1);
    assert_int_equal(found.servings[0].generation, 9);
    assert_int_equal(tokex_serving_count(&found, TOKEX_SERVER_TOLD), NOW + 9);
    assert_int_equal(tokex_serving_count(&found, "other"), 5);
    assert_int_equal(tokex_serving_count(&found, "none"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_settings_come_back_by_server_and_name),
        WITH_PLACE(test_settings_replace_all_that_were_there),
        WITH_PLACE(test_settings_that_cannot_be_kept_change_nothing),
        WITH_PLACE(test_what_is_served_replaces_what_was_told),
    };
    return cmocka_run_group_tests_name("store/state", tests, start, stop);
}
