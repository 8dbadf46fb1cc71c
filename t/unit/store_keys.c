#include "store_dir.h"

#include "store/db_private.h"
#include "store/key_store.h"

#define A "https://a.example/jwks"
#define B "https://b.example/jwks"
#define SET "{\"keys\":[]}"

static const tokex_fetched_t good = {"one", A, SET, NOW, NOW + 60, NOW, NULL, 0};
static const tokex_fetched_t failed = {"two", B, NULL, 0, NOW + 5, NOW, "no answer: \xc3\xa4", 0};

static void save(tokex_db_t *db, tokex_fetched_t row, apr_pool_t *pool)
{
    assert_success(tokex_key_store_save(db, &row, 1, pool));
}

static const tokex_fetched_t *changed(int *count, tokex_db_t *db, int64_t number, apr_pool_t *pool)
{
    const tokex_fetched_t *rows = NULL;
    apr_pool_t *scratch = new_pool(pool);
    int i;

    assert_success(tokex_key_store_changed(&rows, count, db, number, pool, scratch));
    /* Nothing of the result lives there: its memory is used for something else. */
    apr_pool_destroy(scratch);
    scratch = new_pool(pool);
    for (i = 0; i < 16; i++)
        memset(apr_palloc(scratch, 4000), 'x', 4000);
    apr_pool_destroy(scratch);
    return rows;
}

static const tokex_fetched_t *find(tokex_db_t *db, const char *issuer, const char *url,
                                   apr_pool_t *pool)
{
    const tokex_fetched_t *row = NULL;

    assert_success(tokex_key_store_find(&row, db, issuer, url, pool));
    return row;
}

static void assert_same_text(const char *got, const char *wanted)
{
    assert_int_equal(got == NULL, wanted == NULL);
    if (wanted)
        assert_string_equal(got, wanted);
}

static void assert_same(const tokex_fetched_t *got, const tokex_fetched_t *wanted)
{
    assert_non_null(got);
    assert_string_equal(got->issuer, wanted->issuer);
    assert_string_equal(got->url, wanted->url);
    assert_same_text(got->jwks, wanted->jwks);
    assert_int_equal(got->fetched, wanted->fetched);
    assert_int_equal(got->fresh_until, wanted->fresh_until);
    assert_int_equal(got->tried, wanted->tried);
    assert_same_text(got->failure, wanted->failure);
    assert_int_equal(got->number, wanted->number);
}

static void test_rows_come_back_as_they_were_saved(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_fetched_t rows[] = {good, failed};
    const tokex_fetched_t *found;
    int count;

    changed(&count, db, 0, pool);
    assert_int_equal(count, 0);
    assert_success(tokex_key_store_save(db, rows, 2, pool));
    assert_int_equal(rows[0].number, 1);
    assert_int_equal(rows[1].number, 2);
    found = changed(&count, db, 0, pool);
    assert_int_equal(count, 2);
    assert_same(&found[0], &rows[0]);
    assert_same(&found[1], &rows[1]);
    assert_same(find(db, "two", B, pool), &rows[1]);
    assert_null(find(db, "one", B, pool));
    assert_null(find(db, "two", A, pool));
    assert_success(tokex_db_check(db, pool));
}

static void test_a_row_replaces_the_one_with_its_issuer_and_url(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_fetched_t other = {"one", B, SET, 1, 2, 3, NULL, 0}, newer = failed;
    int count;

    save(db, good, pool);
    save(db, other, pool);
    newer.issuer = "one";
    newer.url = A;
    newer.number = 1;
    assert_success(tokex_key_store_save(db, &newer, 1, pool));
    assert_int_equal(newer.number, 3);
    assert_same(find(db, "one", A, pool), &newer);
    other.number = 2;
    assert_same(find(db, "one", B, pool), &other);
    changed(&count, db, 0, pool);
    assert_int_equal(count, 2);
}

static void test_one_url_of_two_issuers_is_two_rows(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_fetched_t other = failed;

    other.url = A;
    save(db, good, pool);
    save(db, other, pool);
    assert_same_text(find(db, "one", A, pool)->jwks, SET);
    assert_null(find(db, "two", A, pool)->jwks);
}

static void test_only_what_changed_since_a_number_is_given_by_number(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_fetched_t rows[] = {failed, good};
    const tokex_fetched_t *found;
    int count;

    assert_success(tokex_key_store_save(db, rows, 2, pool));
    found = changed(&count, db, 0, pool);
    assert_int_equal(count, 2);
    assert_string_equal(found[0].issuer, "two");
    found = changed(&count, db, 1, pool);
    assert_int_equal(count, 1);
    assert_string_equal(found[0].issuer, "one");
    changed(&count, db, 2, pool);
    assert_int_equal(count, 0);
    /* The first again: it is the last now. */
    save(db, failed, pool);
    found = changed(&count, db, 0, pool);
    assert_int_equal(count, 2);
    assert_string_equal(found[0].issuer, "one");
    assert_string_equal(found[1].issuer, "two");
    assert_int_equal(found[1].number, 3);
}

static void test_a_removed_row_is_gone_and_its_number_is_not_given_again(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    int count;

    save(db, good, pool);
    save(db, failed, pool);
    assert_success(tokex_key_store_remove(db, "two", A, pool));
    assert_non_null(find(db, "two", B, pool));
    assert_success(tokex_key_store_remove(db, "two", B, pool));
    assert_null(find(db, "two", B, pool));
    assert_non_null(find(db, "one", A, pool));
    /* Who had seen number 2 must see this one. */
    save(db, failed, pool);
    changed(&count, db, 2, pool);
    assert_int_equal(count, 1);
}

static void test_rows_that_cannot_be_kept_change_nothing(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_fetched_t rows[] = {good, failed};
    int count;

    rows[1].tried = -1;
    assert_code(tokex_key_store_save(db, rows, 2, pool), TOKEX_E_DB_QUERY);
    assert_int_equal(rows[0].number, 0);
    changed(&count, db, 0, pool);
    assert_int_equal(count, 0);
    /* And the handle is not left in a transaction. */
    assert_success(tokex_key_store_save(db, rows, 1, pool));
    assert_int_equal(rows[0].number, 1);
}

static void test_rows_of_several_writers_have_numbers_of_their_own(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *first = make_db(place, TOKEX_DB_STATE, pool);
    tokex_db_t *second = open_db(place, TOKEX_DB_STATE, TOKEX_DB_WRITE, pool);
    tokex_db_t *reader = open_db(place, TOKEX_DB_STATE, TOKEX_DB_PEEK, pool);
    const tokex_fetched_t *found;
    int64_t before, after;
    int count;

    assert_success(tokex_db_data_version(&before, reader, pool));
    save(first, good, pool);
    save(second, failed, pool);
    assert_success(tokex_db_data_version(&after, reader, pool));
    assert_int_not_equal(before, after);
    found = changed(&count, reader, 0, pool);
    assert_int_equal(count, 2);
    assert_int_equal(found[0].number, 1);
    assert_int_equal(found[1].number, 2);
}

static void test_no_rows_wait_for_nobody(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *holder = make_db(place, TOKEX_DB_STATE, pool);
    tokex_db_t *db = open_db(place, TOKEX_DB_STATE, TOKEX_DB_WRITE, pool);

    assert_success(tokex_db_begin(holder, true, pool));
    assert_success(tokex_key_store_save(db, NULL, 0, pool));
}

/* Reading leaves no statement open that would keep a writer's changes from being seen. */
static void test_a_row_found_is_read_to_its_end(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *writer = make_db(place, TOKEX_DB_STATE, pool);
    tokex_db_t *reader = open_db(place, TOKEX_DB_STATE, TOKEX_DB_READ, pool);
    tokex_fetched_t newer = good;
    int count;

    save(writer, good, pool);
    assert_int_equal(find(reader, "one", A, pool)->tried, NOW);
    newer.tried = NOW + 1;
    save(writer, newer, pool);
    changed(&count, reader, 1, pool);
    assert_int_equal(count, 1);
}

static void test_a_counter_that_is_lost_is_damage(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_fetched_t row = good;

    assert_success(tokex_db_script(db, "DELETE FROM issuer_key_change;", pool));
    assert_code(tokex_key_store_save(db, &row, 1, pool), TOKEX_E_DB_CORRUPT);
    assert_null(find(db, "one", A, pool));
}

/* state.db as version 1 left it. */
static void test_a_database_of_version_1_keeps_its_settings_and_takes_keys(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = NULL;
    int i, applied;

    assert_success(tokex_db_open(&db, place->state, TOKEX_DB_STATE, TOKEX_DB_CREATE, true, pool));
    for (i = 0; strcmp(tokex_sql_text_migrations[i].database, "state") != 0; i++)
        ;
    assert_int_equal(tokex_sql_text_migrations[i].version, 1);
    assert_success(tokex_db_script(db, tokex_sql_text_migrations[i].text, pool));
    assert_success(tokex_db_script(db,
                                   "INSERT INTO schema_version (version, applied) VALUES (1, 1);"
                                   "INSERT INTO setting (server, name, value, written)"
                                   " VALUES ('a:443', 'TokexIssuer', 'https://a.example', 1);",
                                   pool));
    assert_success(tokex_db_migrate(&applied, db, NOW, pool));
    assert_int_equal(applied, tokex_db_schema_known(TOKEX_DB_STATE) - 1);
    save(db, good, pool);
    assert_non_null(find(db, "one", A, pool));
    assert_success(tokex_db_check(db, pool));
}

/* Only when it is asked again, and that others see it: nothing of what came is lost, even when
 * newer keys were saved after the caller had looked. */
static void test_a_row_that_is_made_due_keeps_all_that_came(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_fetched_t wanted = good;
    const tokex_fetched_t *row;
    int count;

    save(db, good, pool);
    save(db, failed, pool);
    assert_success(tokex_key_store_make_due(&row, db, "one", A, NOW + 7, pool));
    wanted.fresh_until = NOW + 7;
    wanted.number = 3;
    assert_same(row, &wanted);
    assert_same(changed(&count, db, 2, pool), &wanted);
    assert_int_equal(count, 1);
    assert_int_equal(find(db, "two", B, pool)->fresh_until, failed.fresh_until);
    assert_success(tokex_key_store_make_due(&row, db, "one", B, NOW, pool));
    assert_null(row);
    assert_null(find(db, "one", B, pool));
}

static void test_the_last_times_that_a_place_was_asked_stay_beside_it(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    const tokex_key_try_t *tries;
    tokex_fetched_t row = good;
    int count, i;

    save(db, failed, place->pool);
    for (i = 1; i <= 30; i++) {
        row.tried = NOW + i;
        row.failure = i == 30 ? "no answer" : NULL;
        save(db, row, place->pool);
    }
    /* It is never asked; somebody only wrote it down. */
    row.tried = 0;
    save(db, row, place->pool);
    assert_success(tokex_key_store_tries(&tries, &count, db, "one", 50, place->pool));
    assert_int_equal(count, 12);
    assert_true(tries[0].time == NOW + 30 && tries[11].time == NOW + 19);
    assert_string_equal(tries[0].failure, "no answer");
    assert_null(tries[1].failure);
    assert_string_equal(tries[1].url, A);
    assert_success(tokex_key_store_tries(&tries, &count, db, "one", 5, place->pool));
    assert_int_equal(count, 5);
    assert_success(tokex_key_store_tries(&tries, &count, db, "two", 50, place->pool));
    assert_int_equal(count, 1);
    assert_success(tokex_key_store_remove(db, "one", A, place->pool));
    assert_success(tokex_key_store_tries(&tries, &count, db, "one", 50, place->pool));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_rows_come_back_as_they_were_saved),
        WITH_PLACE(test_a_row_replaces_the_one_with_its_issuer_and_url),
        WITH_PLACE(test_one_url_of_two_issuers_is_two_rows),
        WITH_PLACE(test_only_what_changed_since_a_number_is_given_by_number),
        WITH_PLACE(test_a_row_that_is_made_due_keeps_all_that_came),
        WITH_PLACE(test_a_removed_row_is_gone_and_its_number_is_not_given_again),
        WITH_PLACE(test_rows_that_cannot_be_kept_change_nothing),
        WITH_PLACE(test_rows_of_several_writers_have_numbers_of_their_own),
        WITH_PLACE(test_no_rows_wait_for_nobody),
        WITH_PLACE(test_the_last_times_that_a_place_was_asked_stay_beside_it),
        WITH_PLACE(test_a_row_found_is_read_to_its_end),
        WITH_PLACE(test_a_counter_that_is_lost_is_damage),
        WITH_PLACE(test_a_database_of_version_1_keeps_its_settings_and_takes_keys),
    };
    return cmocka_run_group_tests_name("store/keys", tests, start, stop);
}
