#include "unit.h"

#include "../../mod_tokex/account_row.h"

#define MOST 70

/* A row that is being made. */
typedef struct row_t {
    tokex_account_column_t columns[MOST];
    tokex_account_found_t found;
    apr_pool_t *pool;
} row_t;

/* Values are separated by |; NULL: none. One that is there gets others. */
static void set(row_t *row, const char *name, const char *values)
{
    const char **list = apr_pcalloc(row->pool, 8 * sizeof(*list));
    tokex_account_column_t *column = NULL;
    int i;
    for (i = 0; i < row->found.column_count && !column; i++)
        if (strcmp(row->columns[i].name, name) == 0)
            column = &row->columns[i];
    if (!column)
        column = &row->columns[row->found.column_count++];
    *column = (tokex_account_column_t){name, list, 0};
    if (values) {
        char *state, *text = apr_pstrdup(row->pool, values);
        for (text = apr_strtok(text, "|", &state); text; text = apr_strtok(NULL, "|", &state))
            list[column->count++] = text;
    }
}

static row_t *make_row(apr_pool_t *pool)
{
    row_t *row = apr_pcalloc(pool, sizeof(*row));
    row->pool = pool;
    row->found.columns = row->columns;
    row->found.count = 1;
    set(row, "id", "17");
    set(row, "username", "mira");
    set(row, "email", "mira@home.example");
    set(row, "active", "t");
    return row;
}

static const tokex_err_t *read_by(const tokex_account_t **out, const row_t *row, const char *name,
                                  const char *value)
{
    const tokex_account_key_t key = {name, value};
    return tokex_account_row_read(out, &row->found, TOKEX_ACCOUNT_SQL, &key, row->pool);
}

static const tokex_account_t *account(const row_t *row)
{
    const tokex_account_t *out = NULL;
    assert_null(read_by(&out, row, "id", "17"));
    assert_non_null(out);
    return out;
}

static void refuse(const row_t *row, const char *why)
{
    const tokex_account_t *out;
    const tokex_err_t *err = read_by(&out, row, "id", "17");
    assert_non_null(err);
    assert_int_equal(err->code, TOKEX_E_DB_QUERY);
    assert_non_null(strstr(tokex_err_text(err, row->pool), why));
    assert_null(out);
}

static void test_a_row_is_an_account(void **state)
{
    row_t *row = make_row(*state);
    const tokex_account_t *out;
    set(row, "mobile", "+4912");
    set(row, "roles", "clerk|auditor");
    set(row, "privileged", "no");
    set(row, "badge", "78|77");
    set(row, "nothing", NULL);
    out = account(row);
    assert_string_equal(out->id, "tokex-account:sql:17");
    assert_string_equal(out->username, "mira");
    assert_string_equal(out->mobile, "+4912");
    assert_true(out->active && !out->privileged && !out->locked_until);
    assert_int_equal(out->roles.count, 2);
    assert_string_equal(out->roles.items[0], "clerk");
    assert_int_equal(out->attribute_count, 1);
    assert_string_equal(out->attributes[0].name, "badge");
    assert_string_equal(out->attributes[0].value, "77");
}

static void test_LNK_003_only_who_has_the_value_octet_by_octet_was_found(void **state)
{
    static const char *const others[] = {"Mira@home.example", "mira@home.example ", "mira@home",
                                         "m\xc3\xacra@home.example"};
    row_t *row = make_row(*state);
    const tokex_account_t *out;
    assert_null(read_by(&out, row, "email", "mira@home.example"));
    assert_non_null(out);
    for (int i = 0; i < COUNT(others); i++) {
        assert_null(read_by(&out, row, "email", others[i]));
        assert_null(out);
    }
    assert_null(read_by(&out, row, "id", "017"));
    assert_null(out);
    set(row, "email", "a@home.example|mira@home.example");
    assert_null(read_by(&out, row, "email", "mira@home.example"));
    assert_string_equal(out->email, "a@home.example");
    /* A statement that does not say what it was asked by could find anybody. */
    assert_non_null(read_by(&out, row, "mobile", "+4912"));
}

static void test_what_is_neither_yes_nor_no_lets_nobody_in(void **state)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "y", "yes", "on"};
    static const char *const no[] = {"0", "f", "false", "", "2", "-1", "ja", "true ", "t|t", NULL};
    row_t *row = make_row(*state);
    int i;
    for (i = 0; i < COUNT(yes); i++) {
        set(row, "active", yes[i]);
        assert_true(account(row)->active);
    }
    for (i = 0; i < COUNT(no); i++) {
        set(row, "active", no[i]);
        assert_false(account(row)->active);
    }
}

static void test_what_is_neither_yes_nor_no_is_privileged(void **state)
{
    static const char *const no[] = {"0", "f", "false", "N", "no", "off"};
    static const char *const yes[] = {"1", "t", "", "never", "f|f", NULL};
    row_t *row = make_row(*state);
    int i;
    assert_false(account(row)->privileged);
    for (i = 0; i < COUNT(no); i++) {
        set(row, "privileged", no[i]);
        assert_false(account(row)->privileged);
    }
    for (i = 0; i < COUNT(yes); i++) {
        set(row, "privileged", yes[i]);
        assert_true(account(row)->privileged);
    }
}

static void test_what_is_no_number_locks(void **state)
{
    static const struct {
        const char *text;
        int64_t until;
    } cases[] = {{"0", 0},
                 {NULL, 0},
                 {"1700000000", 1700000000},
                 {"1700000000.25", 1700000001},
                 {"-1", INT64_MAX},
                 {"2026-11-23 10:00:00", INT64_MAX},
                 {"1700000000x", INT64_MAX},
                 {"1700000000.x", INT64_MAX},
                 {" 1", INT64_MAX},
                 {"+1", INT64_MAX},
                 {"1|1700000000", INT64_MAX},
                 {"99999999999999999999", INT64_MAX}};
    row_t *row = make_row(*state);
    for (int i = 0; i < COUNT(cases); i++) {
        set(row, "locked_until", cases[i].text);
        assert_int_equal(account(row)->locked_until, cases[i].until);
    }
}

static void test_what_must_be_there_is(void **state)
{
    static const char *const names[] = {"id", "username"};
    for (int i = 0; i < COUNT(names); i++) {
        row_t *row = make_row(*state);
        set(row, names[i], NULL);
        refuse(row, "is missing or empty");
        set(row, names[i], "");
        refuse(row, "is missing or empty");
    }
    row_t *row = make_row(*state);
    row->found.column_count--;
    refuse(row, "\"active\" is missing");
}

static void test_what_cannot_be_an_account_is_none(void **state)
{
    apr_pool_t *pool = *state;
    char *long_text = apr_pcalloc(pool, TOKEX_ACCOUNT_OCTETS_MAX + 1);
    row_t *row = make_row(pool);
    set(row, "badge", "\xff");
    refuse(row, "is not UTF-8");
    set(row, "badge", "two\nlines");
    (void)account(row);
    set(row, "email", "two\nlines");
    refuse(row, "has control characters");
    row = make_row(pool);
    memset(long_text, 'x', TOKEX_ACCOUNT_OCTETS_MAX);
    set(row, "badge", long_text);
    refuse(row, "makes it larger");
    row = make_row(pool);
    long_text[TOKEX_ACCOUNT_OWN_ID_MAX + 1] = '\0';
    set(row, "id", long_text);
    refuse(row, "is longer than an id may be");
    row = make_row(pool);
    row->columns[row->found.column_count++] = row->columns[3];
    refuse(row, "stands there twice");
    row = make_row(pool);
    for (int i = 0; row->found.column_count <= TOKEX_ACCOUNT_COLUMNS_MAX; i++)
        set(row, apr_psprintf(pool, "c%d", i), "x");
    refuse(row, "one column too many");
}

static void test_an_account_is_kept_as_it_is(void **state)
{
    apr_pool_t *pool = *state;
    row_t *row = make_row(pool);
    const tokex_account_t *out;
    const char *text;
    apr_size_t len;
    set(row, "locked_until", "never");
    set(row, "roles", "b|a,c");
    set(row, "badge", "\"7\"\n");
    text = tokex_account_row_write(account(row), &len, pool);
    out = tokex_account_row_restore(text, len, pool);
    assert_string_equal(out->id, "tokex-account:sql:17");
    assert_string_equal(out->email, "mira@home.example");
    assert_null(out->mobile);
    assert_true(out->active && !out->privileged);
    assert_int_equal(out->locked_until, INT64_MAX);
    assert_int_equal(out->roles.count, 2);
    assert_string_equal(out->roles.items[1], "a,c");
    assert_string_equal(out->attributes[0].value, "\"7\"\n");
    assert_null(tokex_account_row_restore("{}", 2, pool));
    assert_null(tokex_account_row_restore(text, len - 1, pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_a_row_is_an_account),
        WITH_POOL(test_LNK_003_only_who_has_the_value_octet_by_octet_was_found),
        WITH_POOL(test_what_is_neither_yes_nor_no_lets_nobody_in),
        WITH_POOL(test_what_is_neither_yes_nor_no_is_privileged),
        WITH_POOL(test_what_is_no_number_locks),
        WITH_POOL(test_what_must_be_there_is),
        WITH_POOL(test_what_cannot_be_an_account_is_none),
        WITH_POOL(test_an_account_is_kept_as_it_is),
    };
    return cmocka_run_group_tests_name("account_row", tests, start, stop);
}
