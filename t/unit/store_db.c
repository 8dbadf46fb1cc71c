#include "store_dir.h"

#include <sys/wait.h>
#include <time.h>

#include "store/db_private.h"

/* ---- Helpers */

typedef struct octets_t {
    unsigned char *data;
    size_t len;
} octets_t;

static octets_t read_file(const char *path, apr_pool_t *pool)
{
    octets_t file = {NULL, 0};
    struct stat info;
    FILE *in = fopen(path, "rb");

    assert_non_null(in);
    assert_int_equal(fstat(fileno(in), &info), 0);
    file.len = (size_t)info.st_size;
    file.data = apr_palloc(pool, file.len + 1);
    assert_int_equal(fread(file.data, 1, file.len, in), file.len);
    fclose(in);
    return file;
}

static void write_file(const char *path, const void *data, size_t len)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

static mode_t mode_of(const char *path)
{
    struct stat info;

    if (stat(path, &info))
        fail_msg("%s is missing", path);
    return info.st_mode & 07777;
}

static const tokex_err_t *insert_setting(tokex_db_t *db, const char *name, const char *value,
                                         apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("server", "a"), TOKEX_BIND_T("name", name),
                                  TOKEX_BIND_T("value", value), TOKEX_BIND_I("written", NOW),
                                  TOKEX_BIND_I("is_default", 0)};

    return tokex_db_run(db, TOKEX_SQL_STATE_SETTING_INSERT, binds, 5, NULL, pool);
}

static const tokex_err_t *count_settings(int *count, tokex_db_t *db, apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more;

    *count = 0;
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_SETTING_LIST, NULL, 0, pool));
    for (;; ++*count) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
    }
}

static void insert_scope(tokex_db_t *db, const char *id, const char *description, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("id", id), TOKEX_BIND_T("description", description),
                                  TOKEX_BIND_I("sensitive", 0), TOKEX_BIND_T("roles", "")};

    assert_success(tokex_db_run(db, TOKEX_SQL_CONFIG_SCOPE_PUT, binds, 4, NULL, pool));
}

/* A config.db of several pages with a row that refers to another. */
static void fill_config(const place_t *place)
{
    apr_pool_t *pool = new_pool(place->pool);
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    int i;

    assert_success(tokex_db_begin(db, true, pool));
    for (i = 0; i < 400; i++)
        insert_scope(db, apr_psprintf(pool, "scope.%d", i),
                     "some words, so that the rows need a few pages", pool);
    {
        const tokex_bind_t client[] = {
            TOKEX_BIND_T("id", "clientx"),       TOKEX_BIND_T("name", "n"),
            TOKEX_BIND_I("enabled", 1),          TOKEX_BIND_T("grant_types", ""),
            TOKEX_BIND_T("opaque_issuer", NULL), TOKEX_BIND_I("local_attributes", 0),
            TOKEX_BIND_I("mandate_account", 0),  TOKEX_BIND_T("token_format", "jwt"),
            TOKEX_BIND_T("procedure", NULL),     TOKEX_BIND_T("description", NULL),
            TOKEX_BIND_T("contacts", "")};
        const tokex_bind_t scope[] = {TOKEX_BIND_T("client", "clientx"),
                                      TOKEX_BIND_I("position", 0),
                                      TOKEX_BIND_T("scope", "scope.77")};

        assert_success(
            tokex_db_run(db, TOKEX_SQL_CONFIG_CLIENT_PUT, client, COUNT(client), NULL, pool));
        assert_success(
            tokex_db_run(db, TOKEX_SQL_CONFIG_CLIENT_SCOPE_INSERT, scope, 3, NULL, pool));
    }
    assert_success(tokex_db_commit(db, pool));
    apr_pool_destroy(pool);
}

static const tokex_err_t *try_config(const place_t *place, apr_pool_t *pool)
{
    tokex_db_t *db;

    return tokex_db_open(&db, place->config, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, pool);
}

/* Every scope, one after the other: what the file says. */
static const tokex_err_t *contents(const char **out, const place_t *place, apr_pool_t *pool)
{
    tokex_db_t *db;
    tokex_rows_t *rows;
    const char *text = "";
    bool more;

    TOKEX_RETURN_ERR(
        tokex_db_open(&db, place->config, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, pool));
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_CONFIG_SCOPE_LIST, NULL, 0, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        text = apr_pstrcat(pool, text, " ", tokex_db_text(rows, "id"), NULL);
    }
    *out = text;
    return NULL;
}

/* ---- Opening */

static void test_open_of_a_missing_file_is_refused_and_makes_none(void **state)
{
    place_t *place = *state;
    tokex_db_t *db;

    assert_code(
        tokex_db_open(&db, place->config, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, place->pool),
        TOKEX_E_DB_OPEN);
    assert_code(
        tokex_db_open(&db, place->state, TOKEX_DB_STATE, TOKEX_DB_WRITE, false, place->pool),
        TOKEX_E_DB_OPEN);
    assert_int_not_equal(access(place->config, F_OK), 0);
    assert_int_not_equal(access(place->state, F_OK), 0);
}

static void test_create_refuses_what_exists(void **state)
{
    place_t *place = *state;
    tokex_db_t *db;

    make_db(place, TOKEX_DB_CONFIG, place->pool);
    assert_code(
        tokex_db_open(&db, place->config, TOKEX_DB_CONFIG, TOKEX_DB_CREATE, false, place->pool),
        TOKEX_E_DB_OPEN);
}

static void test_CGI_013_modes_are_exact_under_every_umask(void **state)
{
    static const mode_t masks[] = {000, 022, 077};
    place_t *place = *state;
    size_t i;

    for (i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        apr_pool_t *pool = new_pool(place->pool);
        mode_t before = umask(masks[i]);
        tokex_db_t *config = make_db(place, TOKEX_DB_CONFIG, pool);
        tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);

        assert_success(insert_setting(db, "n", "v", pool));
        assert_success(tokex_db_begin(config, true, pool));
        insert_scope(config, "s", "d", pool);
        umask(before);
        assert_int_equal(mode_of(place->config), 0640);
        assert_int_equal(mode_of(apr_pstrcat(pool, place->config, "-journal", NULL)), 0640);
        assert_int_equal(mode_of(place->state), 0660);
        assert_int_equal(mode_of(apr_pstrcat(pool, place->state, "-wal", NULL)), 0660);
        assert_int_equal(mode_of(apr_pstrcat(pool, place->state, "-shm", NULL)), 0660);
        apr_pool_destroy(pool);
        unlink(place->config);
        unlink(place->state);
    }
}

static void test_a_database_of_the_other_kind_is_refused(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = new_pool(place->pool);
    octets_t file;

    make_db(place, TOKEX_DB_STATE, pool);
    apr_pool_destroy(pool);
    file = read_file(place->state, place->pool);
    write_file(place->config, file.data, file.len);
    assert_code(try_config(place, place->pool), TOKEX_E_DB_CORRUPT);
}

static void test_a_reader_cannot_write(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = new_pool(place->pool);
    tokex_db_t *db;

    make_db(place, TOKEX_DB_STATE, pool);
    apr_pool_destroy(pool);
    db = open_db(place, TOKEX_DB_STATE, TOKEX_DB_READ, place->pool);
    assert_code(insert_setting(db, "n", "v", place->pool), TOKEX_E_DB_OPEN);
}

static void test_DBS_006_network_file_systems_are_known(void **state)
{
    (void)state;
    assert_true(tokex_db_open_is_network(0x6969));
    assert_true(tokex_db_open_is_network((long)0xff534d42));
    assert_false(tokex_db_open_is_network(0xef53));     /* ext4 */
    assert_false(tokex_db_open_is_network(0x01021994)); /* tmpfs */
}

/* ---- Damage */

static void test_DBS_009_an_empty_file_is_refused(void **state)
{
    place_t *place = *state;

    write_file(place->config, "", 0);
    assert_code(try_config(place, place->pool), TOKEX_E_DB_CORRUPT);
}

static void test_DBS_009_zeros_are_refused(void **state)
{
    place_t *place = *state;

    write_file(place->config, apr_pcalloc(place->pool, 1 << 20), 1 << 20);
    assert_code(try_config(place, place->pool), TOKEX_E_DB_CORRUPT);
}

static void test_DBS_009_a_file_cut_anywhere_is_refused(void **state)
{
    place_t *place = *state;
    octets_t file;
    size_t len;

    fill_config(place);
    file = read_file(place->config, place->pool);
    assert_true(file.len > 8 * 4096);
    for (len = 4096; len < file.len; len += 4096) {
        apr_pool_t *pool = new_pool(place->pool);

        write_file(place->config, file.data, len);
        assert_code(try_config(place, pool), TOKEX_E_DB_CORRUPT);
        write_file(place->config, file.data, len - 1000);
        assert_code(try_config(place, pool), TOKEX_E_DB_CORRUPT);
        apr_pool_destroy(pool);
    }
}

static void test_DBS_009_a_flipped_header_bit_is_refused_or_harmless(void **state)
{
    place_t *place = *state;
    const char *whole, *found;
    octets_t file;
    int bit, refused = 0;

    fill_config(place);
    assert_success(contents(&whole, place, place->pool));
    file = read_file(place->config, place->pool);
    for (bit = 0; bit < 100 * 8; bit++) {
        apr_pool_t *pool = new_pool(place->pool);
        const tokex_err_t *err;

        file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        write_file(place->config, file.data, file.len);
        file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        err = contents(&found, place, pool);
        if (!err)
            assert_string_equal(found, whole);
        refused += err != NULL;
        apr_pool_destroy(pool);
    }
    /* At least the magic, the page size and the numbers that say whose file this is. */
    assert_in_range(refused, 22 * 8, 800);
}

static void test_DBS_009_a_flipped_page_is_refused(void **state)
{
    place_t *place = *state;
    octets_t file;
    size_t page, i;

    fill_config(place);
    file = read_file(place->config, place->pool);
    for (page = 0; page < file.len; page += 4096) {
        apr_pool_t *pool = new_pool(place->pool);

        for (i = page; i < page + 4096; i++)
            file.data[i] ^= 0xff;
        write_file(place->config, file.data, file.len);
        for (i = page; i < page + 4096; i++)
            file.data[i] ^= 0xff;
        assert_code(try_config(place, pool), TOKEX_E_DB_CORRUPT);
        apr_pool_destroy(pool);
    }
}

/* Replaces `from` by `to` at most `times` times in the closed file. */
static int patch(const char *path, const char *from, const char *to, int times, apr_pool_t *pool)
{
    octets_t file = read_file(path, pool);
    size_t len = strlen(from), i;
    int done = 0;

    for (i = 0; i + len <= file.len && done < times; i++)
        if (memcmp(file.data + i, from, len) == 0) {
            memcpy(file.data + i, to, len);
            done++;
        }
    write_file(path, file.data, file.len);
    return done;
}

static void test_check_finds_an_index_that_disagrees(void **state)
{
    place_t *place = *state;

    fill_config(place);
    assert_success(
        tokex_db_check(open_db(place, TOKEX_DB_CONFIG, TOKEX_DB_READ, place->pool), place->pool));
    assert_int_equal(patch(place->config, "clientxscope.77", "clientxscope.78", 1, place->pool), 1);
    assert_code(
        tokex_db_check(open_db(place, TOKEX_DB_CONFIG, TOKEX_DB_READ, place->pool), place->pool),
        TOKEX_E_DB_CORRUPT);
}

static void test_check_finds_a_row_that_refers_to_nothing(void **state)
{
    place_t *place = *state;
    const tokex_err_t *err;

    fill_config(place);
    assert_int_equal(patch(place->config, "clientxscope.77", "clientxscope.7x", 9, place->pool), 2);
    err = tokex_db_check(open_db(place, TOKEX_DB_CONFIG, TOKEX_DB_READ, place->pool), place->pool);
    assert_code(err, TOKEX_E_DB_CORRUPT);
    assert_non_null(strstr(err->log_text, "client_scope"));
}

static void test_a_text_with_a_nul_is_refused(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = new_pool(place->pool);
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_rows_t *rows;
    bool more;

    assert_success(insert_setting(db, "n", "https://here.example", pool));
    apr_pool_destroy(pool);
    assert_int_equal(patch(place->state, "here.example", "here\0example", 1, place->pool), 1);
    db = open_db(place, TOKEX_DB_STATE, TOKEX_DB_READ, place->pool);
    assert_success(tokex_db_select(&rows, db, TOKEX_SQL_STATE_SETTING_LIST, NULL, 0, place->pool));
    assert_success(tokex_db_next(&more, rows));
    assert_true(more);
    tokex_db_text(rows, "value");
    assert_code(tokex_db_next(&more, rows), TOKEX_E_DB_CORRUPT);
}

/* ---- Versions */

static void test_an_older_schema_is_refused_and_names_the_command(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = new_pool(place->pool);
    const tokex_err_t *err;
    tokex_db_t *db;
    int version, applied;

    assert_success(tokex_db_open(&db, place->state, TOKEX_DB_STATE, TOKEX_DB_CREATE, false, pool));
    apr_pool_clear(pool);
    err = tokex_db_open(&db, place->state, TOKEX_DB_STATE, TOKEX_DB_READ, false, pool);
    assert_code(err, TOKEX_E_DB_SCHEMA);
    assert_non_null(strstr(err->log_text, "tokexctl migrate"));
    assert_success(tokex_db_open(&db, place->state, TOKEX_DB_STATE, TOKEX_DB_WRITE, true, pool));
    assert_success(tokex_db_schema_version(&version, db, pool));
    assert_int_equal(version, 0);
    assert_success(tokex_db_migrate(&applied, db, NOW, pool));
    assert_int_equal(applied, tokex_db_schema_known(TOKEX_DB_STATE));
    assert_success(tokex_db_migrate(&applied, db, NOW, pool));
    assert_int_equal(applied, 0);
}

static void test_a_newer_schema_is_refused(void **state)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_I("version", 99), TOKEX_BIND_I("applied", NOW)};
    place_t *place = *state;
    apr_pool_t *pool = new_pool(place->pool);
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    const tokex_err_t *err;
    int applied;

    assert_success(tokex_db_run(db, TOKEX_SQL_SCHEMA_VERSION_INSERT, binds, 2, NULL, pool));
    assert_code(tokex_db_migrate(&applied, db, NOW, pool), TOKEX_E_DB_SCHEMA);
    apr_pool_destroy(pool);
    err = try_config(place, place->pool);
    assert_code(err, TOKEX_E_DB_SCHEMA);
    assert_non_null(strstr(err->log_text, "99"));
}

/* ---- Statements */

static void test_every_statement_prepares(void **state)
{
    place_t *place = *state;
    tokex_db_t *config = make_db(place, TOKEX_DB_CONFIG, place->pool);
    tokex_db_t *other = make_db(place, TOKEX_DB_STATE, place->pool);
    int i;

    for (i = 0; i < TOKEX_SQL_COUNT; i++) {
        const tokex_sql_text_t *sql = &tokex_sql_text_statements[i];
        tokex_bind_t binds[TOKEX_SQL_PARAMS_MAX];
        tokex_rows_t *rows;
        int n;

        for (n = 0; n < sql->param_count; n++)
            binds[n] = (tokex_bind_t)TOKEX_BIND_T(sql->params[n], NULL);
        assert_success(tokex_db_select(&rows, strncmp(sql->name, "state_", 6) == 0 ? other : config,
                                       (tokex_sql_t)i, binds, sql->param_count, place->pool));
    }
}

static void test_a_bind_that_is_missing_unknown_or_twice_is_refused(void **state)
{
    const tokex_bind_t missing[] = {TOKEX_BIND_T("id", "s")};
    const tokex_bind_t unknown[] = {TOKEX_BIND_T("id", "s"), TOKEX_BIND_T("nam", "d")};
    const tokex_bind_t twice[] = {TOKEX_BIND_T("id", "s"), TOKEX_BIND_T("id", "d")};
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, place->pool);
    tokex_sql_t sql = TOKEX_SQL_CONFIG_MAPPING_PUT;

    assert_code(tokex_db_run(db, sql, missing, 1, NULL, place->pool), TOKEX_E_DB_QUERY);
    assert_code(tokex_db_run(db, sql, unknown, 2, NULL, place->pool), TOKEX_E_DB_QUERY);
    assert_code(tokex_db_run(db, sql, twice, 2, NULL, place->pool), TOKEX_E_DB_QUERY);
    assert_code(tokex_db_run(db, TOKEX_SQL_CONFIG_GENERATION, NULL, 0, NULL, place->pool),
                TOKEX_E_DB_QUERY);
}

static void test_rows_of_a_statement_begun_again_are_refused(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, place->pool);
    tokex_rows_t *first, *second;
    bool more;

    assert_success(tokex_db_select(&first, db, TOKEX_SQL_CONFIG_GENERATION, NULL, 0, place->pool));
    assert_success(tokex_db_select(&second, db, TOKEX_SQL_CONFIG_GENERATION, NULL, 0, place->pool));
    assert_code(tokex_db_next(&more, first), TOKEX_E_DB_QUERY);
    assert_success(tokex_db_next(&more, second));
    assert_true(more);
    assert_int_equal(tokex_db_integer(second, "number"), 0);
    assert_null(tokex_db_text(second, "no such column"));
}

static void test_foreign_keys_are_enforced(void **state)
{
    const tokex_bind_t scope[] = {TOKEX_BIND_T("client", "nobody"), TOKEX_BIND_I("position", 0),
                                  TOKEX_BIND_T("scope", "nothing")};
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, place->pool);

    assert_code(tokex_db_run(db, TOKEX_SQL_CONFIG_CLIENT_SCOPE_INSERT, scope, 3, NULL, place->pool),
                TOKEX_E_DB_QUERY);
}

/* ---- Transactions */

static void test_a_pool_that_goes_rolls_back(void **state)
{
    place_t *place = *state;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, place->pool);
    apr_pool_t *pool = new_pool(place->pool);
    int count;

    assert_success(tokex_db_begin(db, true, pool));
    assert_success(insert_setting(db, "a", "1", pool));
    apr_pool_destroy(pool);
    assert_success(count_settings(&count, db, place->pool));
    assert_int_equal(count, 0);

    pool = new_pool(place->pool);
    assert_success(tokex_db_begin(db, true, pool));
    assert_success(insert_setting(db, "a", "1", pool));
    assert_success(tokex_db_commit(db, pool));
    apr_pool_destroy(pool);
    assert_success(count_settings(&count, db, place->pool));
    assert_int_equal(count, 1);
}

static void test_FLT_005_a_writer_waits_five_seconds_and_readers_not(void **state)
{
    place_t *place = *state;
    tokex_db_t *holder = make_db(place, TOKEX_DB_STATE, place->pool);
    tokex_db_t *other = open_db(place, TOKEX_DB_STATE, TOKEX_DB_WRITE, place->pool);
    struct timespec before, after;
    int count;

    assert_success(tokex_db_begin(holder, true, place->pool));
    assert_success(insert_setting(holder, "a", "1", place->pool));
    assert_success(count_settings(&count, other, place->pool));
    assert_int_equal(count, 0);
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_code(tokex_db_begin(other, true, place->pool), TOKEX_E_DB_BUSY);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_in_range(after.tv_sec - before.tv_sec, 4, 8);
    assert_success(tokex_db_commit(holder, place->pool));
    assert_success(tokex_db_begin(other, true, place->pool));
}

/* Changes more than SQLite's cache holds, so that the file itself is written before the end, and
 * ends without one. */
static void die_in_a_change(const place_t *place, apr_pool_t *pool)
{
    tokex_db_t *db = open_db(place, TOKEX_DB_CONFIG, TOKEX_DB_WRITE, pool);
    char *long_text = apr_pcalloc(pool, 4001);
    int i;

    memset(long_text, 'x', 4000);
    assert_success(tokex_db_begin(db, true, pool));
    for (i = 0; i < 2000; i++)
        insert_scope(db, apr_psprintf(pool, "new.%d", i), long_text, pool);
    _exit(0);
}

static void test_CGI_010_a_writer_killed_in_a_change_leaves_the_database_whole(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = new_pool(place->pool);
    const char *before, *after;
    const tokex_err_t *err;
    octets_t file;
    pid_t child;
    int status;

    fill_config(place);
    assert_success(contents(&before, place, place->pool));
    file = read_file(place->config, place->pool);
    child = fork();
    if (child == 0)
        die_in_a_change(place, pool);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_not_equal(read_file(place->config, place->pool).len, file.len);
    err = try_config(place, pool);
    assert_code(err, TOKEX_E_DB_OPEN);
    assert_non_null(strstr(err->log_text, "tokexctl migrate"));
    open_db(place, TOKEX_DB_CONFIG, TOKEX_DB_WRITE, pool);
    apr_pool_destroy(pool);
    assert_success(contents(&after, place, place->pool));
    assert_string_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_open_of_a_missing_file_is_refused_and_makes_none),
        WITH_PLACE(test_create_refuses_what_exists),
        WITH_PLACE(test_CGI_013_modes_are_exact_under_every_umask),
        WITH_PLACE(test_a_database_of_the_other_kind_is_refused),
        WITH_PLACE(test_a_reader_cannot_write),
        cmocka_unit_test(test_DBS_006_network_file_systems_are_known),
        WITH_PLACE(test_DBS_009_an_empty_file_is_refused),
        WITH_PLACE(test_DBS_009_zeros_are_refused),
        WITH_PLACE(test_DBS_009_a_file_cut_anywhere_is_refused),
        WITH_PLACE(test_DBS_009_a_flipped_header_bit_is_refused_or_harmless),
        WITH_PLACE(test_DBS_009_a_flipped_page_is_refused),
        WITH_PLACE(test_check_finds_an_index_that_disagrees),
        WITH_PLACE(test_check_finds_a_row_that_refers_to_nothing),
        WITH_PLACE(test_a_text_with_a_nul_is_refused),
        WITH_PLACE(test_an_older_schema_is_refused_and_names_the_command),
        WITH_PLACE(test_a_newer_schema_is_refused),
        WITH_PLACE(test_every_statement_prepares),
        WITH_PLACE(test_a_bind_that_is_missing_unknown_or_twice_is_refused),
        WITH_PLACE(test_rows_of_a_statement_begun_again_are_refused),
        WITH_PLACE(test_foreign_keys_are_enforced),
        WITH_PLACE(test_a_pool_that_goes_rolls_back),
        WITH_PLACE(test_FLT_005_a_writer_waits_five_seconds_and_readers_not),
        WITH_PLACE(test_CGI_010_a_writer_killed_in_a_change_leaves_the_database_whole),
    };
    return cmocka_run_group_tests_name("store/db", tests, start, stop);
}
