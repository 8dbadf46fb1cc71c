/* The schedule of signing keys, on a state.db of its own. */
#include "store_dir.h"

#include "base/limits.h"
#include "keys/key_schedule.h"

#define DAY 86400

static const tokex_master_key_t master = {{1, 2, 3}};

typedef struct scene_t {
    apr_pool_t *pool;
    tokex_db_t *db;
    tokex_sealer_t sealer;
    tokex_signing_key_t own[1];
    tokex_signing_t signing[1];
    tokex_config_t config;
} scene_t;

/* One key that signs since NOW, replaced every ten days, the next one published two days ahead. */
static scene_t *scene_in(const place_t *place)
{
    scene_t *s = apr_pcalloc(place->pool, sizeof *s);
    tokex_crypt_t *crypt = NULL;

    s->pool = place->pool;
    s->db = make_db(place, TOKEX_DB_STATE, s->pool);
    assert_success(tokex_crypt_create(&crypt, s->pool));
    s->sealer = (tokex_sealer_t){&master, crypt};
    assert_success(tokex_signing_keys_make(&s->own[0], "ES256", NOW, NOW, &s->sealer, s->pool));
    s->signing[0] = (tokex_signing_t){"ES256", false, 10 * DAY, 2 * DAY};
    s->config = (tokex_config_t){
        .signing = s->signing, .signing_count = 1, .signing_keys = s->own, .signing_key_count = 1};
    return s;
}

static const tokex_config_t *joined(scene_t *s)
{
    tokex_faults_t *faults = tokex_config_faults_create(s->pool);
    const tokex_config_t *config = NULL;
    tokex_signing_rows_t rows;

    assert_success(tokex_signing_store_load(&rows, s->db, s->pool, s->pool));
    assert_success(
        tokex_signing_keys_join(&config, &s->config, &rows, &s->sealer, faults, s->pool));
    assert_int_equal(faults->count, 0);
    return config;
}

static tokex_key_schedule_done_t run(scene_t *s, int64_t now)
{
    tokex_key_schedule_done_t done = {NULL, -1, NULL, -1};
    bool due = tokex_key_schedule_is_due(joined(s), 1, now, s->pool);

    assert_success(tokex_key_schedule_run(&done, s->db, &s->config, now, &s->sealer, s->pool));
    assert_int_equal(due, done.made_count + done.removed_count > 0);
    assert_false(tokex_key_schedule_is_due(joined(s), 1, now, s->pool));
    return done;
}

static void test_the_next_key_is_made_ahead_of_its_time_and_once(void **state)
{
    scene_t *s = scene_in(*state);
    tokex_key_schedule_done_t done = run(s, NOW + 8 * DAY - 1);

    assert_int_equal(done.made_count, 0);
    done = run(s, NOW + 8 * DAY);
    assert_int_equal(done.made_count, 1);
    assert_int_equal(done.made[0].activates, NOW + 10 * DAY);
    assert_int_equal(done.made[0].created, NOW + 8 * DAY);
    assert_null(done.made[0].sealed);
    assert_int_equal(joined(s)->signing_key_count, 2);
    assert_string_equal(joined(s)->signing_keys[1].kid, done.made[0].kid);
    /* Another process comes later with what it knew before. */
    assert_success(
        tokex_key_schedule_run(&done, s->db, &s->config, NOW + 8 * DAY, &s->sealer, s->pool));
    assert_int_equal(done.made_count, 0);
    assert_int_equal(joined(s)->signing_key_count, 2);
}

static void test_the_key_it_made_signs_and_has_a_successor_in_its_turn(void **state)
{
    scene_t *s = scene_in(*state);
    const tokex_signing_keys_t *keys = NULL;

    run(s, NOW + 8 * DAY);
    assert_success(tokex_signing_keys_open(&keys, joined(s), NOW + 8 * DAY, &s->sealer, s->pool));
    assert_ptr_not_equal(tokex_signers_at(keys->signers, TOKEX_ALG_ES256, NOW + 10 * DAY - 1),
                         tokex_signers_at(keys->signers, TOKEX_ALG_ES256, NOW + 10 * DAY));
    assert_int_equal(run(s, NOW + 18 * DAY).made_count, 1);
    assert_int_equal(joined(s)->signing_key_count, 3);
}

static void test_dead_keys_of_state_db_go_and_those_of_config_db_stay(void **state)
{
    scene_t *s = scene_in(*state);
    tokex_key_schedule_done_t done;
    const char *first;

    first = run(s, NOW + 8 * DAY).made[0].kid;
    run(s, NOW + 18 * DAY);
    /* The first of config.db is dead, the first of state.db dies at the second after this one. */
    done = run(s, NOW + 21 * DAY - 1);
    assert_int_equal(done.removed_count, 0);
    assert_int_equal(tokex_key_life(joined(s), NOW + 21 * DAY - 1, s->pool)[0].state,
                     TOKEX_KEY_DEAD);
    done = run(s, NOW + 21 * DAY);
    assert_int_equal(done.removed_count, 1);
    assert_string_equal(done.removed[0], first);
    assert_int_equal(joined(s)->signing_key_count, 2);
    assert_int_equal(tokex_key_life(joined(s), NOW + 21 * DAY, s->pool)[0].state, TOKEX_KEY_DEAD);
}

static void test_what_fails_leaves_everything_as_it_was(void **state)
{
    scene_t *s = scene_in(*state);
    tokex_key_schedule_done_t done;
    tokex_db_t *reader = open_db(*state, TOKEX_DB_STATE, TOKEX_DB_READ, s->pool);
    const tokex_err_t *err =
        tokex_key_schedule_run(&done, reader, &s->config, NOW + 8 * DAY, &s->sealer, s->pool);

    assert_non_null(err);
    assert_int_equal(joined(s)->signing_key_count, 1);
    assert_int_equal(run(s, NOW + 8 * DAY).made_count, 1);
}

/* Whoever can write state.db, but has not the master key, can add nothing. */
static void test_of_a_row_only_what_its_sealed_half_proves_is_believed(void **state)
{
    static const tokex_master_key_t another = {{9}};
    scene_t *s = scene_in(*state);
    const tokex_sealer_t stranger = {&another, s->sealer.crypt};
    tokex_faults_t *faults = tokex_config_faults_create(s->pool);
    const tokex_config_t *config = NULL;
    tokex_signing_key_t keys[10];
    tokex_signing_rows_t rows = {keys, COUNT(keys), 1};
    int i;

    for (i = 0; i < COUNT(keys); i++)
        assert_success(tokex_signing_keys_make(&keys[i], i == 8 ? "RS256" : "ES256", NOW, NOW,
                                               i == 0 ? &stranger : &s->sealer, s->pool));
    keys[1].sealed = NULL;
    keys[2].kid = "mine";
    keys[3].sealed = keys[4].sealed;
    keys[4].algorithm = "RS256";
    keys[5].algorithm = "HS256";
    keys[6].activates = -1;
    keys[7].retired = INT64_MAX;
    keys[8].algorithm = "PS256";
    keys[9].public_jwk = NULL;
    assert_success(
        tokex_signing_keys_join(&config, &s->config, &rows, &s->sealer, faults, s->pool));
    /* An RSA key does for both; its kid says nothing else. */
    assert_int_equal(config->signing_key_count, 1 + 2);
    assert_string_equal(config->signing_keys[1].algorithm, "PS256");
    assert_string_equal(config->signing_keys[2].kid, keys[9].kid);
    assert_non_null(strstr(config->signing_keys[2].public_jwk, keys[9].kid));
    assert_null(strstr(config->signing_keys[2].public_jwk, "\"d\""));
    assert_int_equal(faults->count, 8);
    assert_int_equal(faults->error_count, 0);
    /* Sealed under its own kid, but the kid is a name that somebody chose. */
    assert_success(tokex_seal_close(&keys[2].sealed, &master, "mine",
                                    (const unsigned char *)"no key", 6, s->sealer.crypt, s->pool));
    rows.keys = &keys[2];
    rows.count = 1;
    assert_success(
        tokex_signing_keys_join(&config, &s->config, &rows, &s->sealer, faults, s->pool));
    assert_int_equal(config->signing_key_count, 1);
}

static void test_a_private_key_under_another_name_is_not_believed(void **state)
{
    scene_t *s = scene_in(*state);
    tokex_faults_t *faults = tokex_config_faults_create(s->pool);
    const tokex_config_t *config = NULL;
    tokex_signing_key_t key;
    tokex_signing_rows_t rows = {&key, 1, 1};
    const unsigned char *der = NULL;
    apr_size_t len = 0;

    assert_success(tokex_signing_keys_make(&key, "ES256", NOW, NOW, &s->sealer, s->pool));
    assert_success(
        tokex_seal_open(&der, &len, &master, key.kid, key.sealed, s->sealer.crypt, s->pool));
    key.kid = "mine";
    assert_success(
        tokex_seal_close(&key.sealed, &master, "mine", der, len, s->sealer.crypt, s->pool));
    assert_success(
        tokex_signing_keys_join(&config, &s->config, &rows, &s->sealer, faults, s->pool));
    assert_int_equal(config->signing_key_count, 1);
    assert_non_null(strstr(tokex_config_fault_text(&faults->items[0], s->pool), "thumbprint"));
}

static void test_a_kid_in_both_databases_is_the_one_of_config_db(void **state)
{
    scene_t *s = scene_in(*state);
    tokex_faults_t *faults = tokex_config_faults_create(s->pool);
    const tokex_config_t *config = NULL;
    tokex_signing_key_t key = s->own[0];
    tokex_signing_rows_t rows = {&key, 1, 1};

    key.retired = NOW + 1;
    assert_success(
        tokex_signing_keys_join(&config, &s->config, &rows, &s->sealer, faults, s->pool));
    assert_int_equal(config->signing_key_count, 1);
    assert_int_equal(config->signing_keys[0].retired, 0);
    assert_int_equal(faults->count, 0);
}

static void test_no_more_keys_than_a_JWK_Set_may_hold(void **state)
{
    scene_t *s = scene_in(*state);
    tokex_faults_t *faults = tokex_config_faults_create(s->pool);
    const tokex_config_t *config = NULL;
    tokex_signing_key_t *keys = apr_pcalloc(s->pool, sizeof *keys * TOKEX_LIMIT_JWKS_KEYS);
    tokex_signing_rows_t rows = {keys, TOKEX_LIMIT_JWKS_KEYS, 1};
    int i;

    for (i = 0; i < rows.count; i++)
        assert_success(tokex_signing_keys_make(&keys[i], "ES256", NOW, NOW, &s->sealer, s->pool));
    assert_success(
        tokex_signing_keys_join(&config, &s->config, &rows, &s->sealer, faults, s->pool));
    assert_int_equal(config->signing_key_count, TOKEX_LIMIT_JWKS_KEYS);
    assert_int_equal(faults->count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_the_next_key_is_made_ahead_of_its_time_and_once),
        WITH_PLACE(test_the_key_it_made_signs_and_has_a_successor_in_its_turn),
        WITH_PLACE(test_dead_keys_of_state_db_go_and_those_of_config_db_stay),
        WITH_PLACE(test_what_fails_leaves_everything_as_it_was),
        WITH_PLACE(test_of_a_row_only_what_its_sealed_half_proves_is_believed),
        WITH_PLACE(test_a_private_key_under_another_name_is_not_believed),
        WITH_PLACE(test_a_kid_in_both_databases_is_the_one_of_config_db),
        WITH_PLACE(test_no_more_keys_than_a_JWK_Set_may_hold),
    };
    return cmocka_run_group_tests_name("keys/schedule", tests, start, stop);
}
