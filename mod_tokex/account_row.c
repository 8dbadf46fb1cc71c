#include "account_row.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/json.h"

typedef struct row_t {
    const tokex_account_found_t *found;
    const char *source;
    apr_pool_t *pool;
} row_t;

static const tokex_err_t *fault(const row_t *row, const char *name, const char *what)
{
    return tokex_err_create(row->pool, TOKEX_E_DB_QUERY, NULL,
                            "what the site says of an account: \"%s\" %s",
                            tokex_err_shown(row->pool, name, strlen(name)), what);
}

/* NULL: there is no such column. */
static const tokex_account_column_t *column_of(const row_t *row, const char *name)
{
    int i;

    for (i = 0; i < row->found->column_count; i++) {
        if (strcmp(row->found->columns[i].name, name) == 0)
            return &row->found->columns[i];
    }
    return NULL;
}

/* The least, as a directory has them in no order; NULL: none that says anything. */
static const char *value_in(const tokex_account_column_t *column)
{
    const char *least = NULL;
    int i;

    for (i = 0; column && i < column->count; i++) {
        const char *value = column->values[i];

        if (*value && (!least || strcmp(value, least) < 0))
            least = value;
    }
    return least;
}

static const char *value_of(const row_t *row, const char *name)
{
    return value_in(column_of(row, name));
}

/* ---- Whether it can be used at all */

static bool is_known(const char *name)
{
    static const char *const known[] = {TOKEX_ACCOUNT_ID,           TOKEX_ACCOUNT_USERNAME,
                                        TOKEX_ACCOUNT_EMAIL,        TOKEX_ACCOUNT_MOBILE,
                                        TOKEX_ACCOUNT_ROLES,        TOKEX_ACCOUNT_ACTIVE,
                                        TOKEX_ACCOUNT_LOCKED_UNTIL, TOKEX_ACCOUNT_PRIVILEGED};
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i], name) == 0)
            return true;
    }
    return false;
}

static bool has_control(const char *text)
{
    while (*text && !apr_iscntrl(*text))
        text++;
    return *text != '\0';
}

static const tokex_err_t *check_column(const row_t *row, const tokex_account_column_t *column,
                                       apr_size_t *octets)
{
    int i;

    for (i = 0; i < column->count; i++) {
        apr_size_t len = strlen(column->values[i]);

        *octets += len;
        if (*octets > TOKEX_ACCOUNT_OCTETS_MAX)
            return fault(row, column->name, "makes it larger than an account may be");
        if (!tokex_json_is_utf8(column->values[i], len))
            return fault(row, column->name, "is not UTF-8");
        if (is_known(column->name) && has_control(column->values[i]))
            return fault(row, column->name, "has control characters");
    }
    return NULL;
}

static const tokex_err_t *check(const row_t *row)
{
    static const char *const wanted[] = {TOKEX_ACCOUNT_ID, TOKEX_ACCOUNT_USERNAME};
    apr_size_t octets = 0;
    size_t n;
    int i;

    if (row->found->column_count > TOKEX_ACCOUNT_COLUMNS_MAX)
        return fault(row, row->found->columns[TOKEX_ACCOUNT_COLUMNS_MAX].name,
                     "is one column too many");
    for (i = 0; i < row->found->column_count; i++) {
        const tokex_account_column_t *column = &row->found->columns[i];

        if (column_of(row, column->name) != column)
            return fault(row, column->name, "stands there twice");
        TOKEX_RETURN_ERR(check_column(row, column, &octets));
    }
    for (n = 0; n < sizeof wanted / sizeof wanted[0]; n++) {
        if (!value_of(row, wanted[n]))
            return fault(row, wanted[n], "is missing or empty");
    }
    if (!column_of(row, TOKEX_ACCOUNT_ACTIVE))
        return fault(row, TOKEX_ACCOUNT_ACTIVE, "is missing");
    if (strlen(value_of(row, TOKEX_ACCOUNT_ID)) > TOKEX_ACCOUNT_OWN_ID_MAX)
        return fault(row, TOKEX_ACCOUNT_ID, "is longer than an id may be");
    return NULL;
}

/* Databases and directories compare as they are told to: without regard to capitals, accents,
 * blanks at the end. */
static const tokex_err_t *has_key(bool *has, const row_t *row, const tokex_account_key_t *key)
{
    const tokex_account_column_t *column = column_of(row, key->attribute);
    int i;

    *has = false;
    if (!column)
        return fault(row, key->attribute, "is missing, by which it was asked for");
    for (i = 0; i < column->count && !*has; i++)
        *has = strcmp(column->values[i], key->value) == 0;
    return NULL;
}

/* ---- What it says */

static bool is_one_of(const char *value, const char *const *words)
{
    for (; value && *words; words++) {
        if (strcasecmp(value, *words) == 0)
            return true;
    }
    return false;
}

static bool is_yes(const char *value)
{
    static const char *const words[] = {"1", "t", "true", "y", "yes", "on", NULL};

    return is_one_of(value, words);
}

static bool is_no(const char *value)
{
    static const char *const words[] = {"0", "f", "false", "n", "no", "off", NULL};

    return is_one_of(value, words);
}

/* Several values of one are neither yes nor no. */
static const char *only_value(const tokex_account_column_t *column)
{
    return column->count == 1 ? column->values[0] : NULL;
}

/* Seconds; a fraction counts as a whole one. */
static int64_t read_locked_until(const tokex_account_column_t *column)
{
    const char *value = value_in(column);
    apr_int64_t seconds;
    char *end;

    if (!value)
        return 0;
    if (column->count > 1)
        return INT64_MAX;
    seconds = apr_strtoi64(value, &end, 10);
    if (!apr_isdigit(*value) || seconds < 0)
        return INT64_MAX;
    if (*end == '.' && end[1 + strspn(end + 1, "0123456789")] == '\0')
        return seconds < INT64_MAX ? seconds + 1 : seconds;
    return *end ? INT64_MAX : seconds;
}

static tokex_texts_t read_roles(const tokex_account_column_t *column, apr_pool_t *pool)
{
    apr_array_header_t *roles = apr_array_make(pool, 4, sizeof(const char *));
    int i;

    for (i = 0; column && i < column->count; i++) {
        if (*column->values[i])
            APR_ARRAY_PUSH(roles, const char *) = apr_pstrdup(pool, column->values[i]);
    }
    return (tokex_texts_t){(const char *const *)roles->elts, roles->nelts};
}

static void read_attributes(tokex_account_t *account, const row_t *row)
{
    apr_array_header_t *all = apr_array_make(row->pool, 4, sizeof(tokex_account_attribute_t));
    int i;

    for (i = 0; i < row->found->column_count; i++) {
        const tokex_account_column_t *column = &row->found->columns[i];
        const char *value = value_in(column);

        if (!value || is_known(column->name))
            continue;
        *(tokex_account_attribute_t *)apr_array_push(all) = (tokex_account_attribute_t){
            apr_pstrdup(row->pool, column->name), apr_pstrdup(row->pool, value), false};
    }
    account->attributes = (const tokex_account_attribute_t *)all->elts;
    account->attribute_count = all->nelts;
}

static const tokex_account_t *make(const row_t *row)
{
    tokex_account_t *account = apr_pcalloc(row->pool, sizeof(*account));
    const tokex_account_column_t *privileged = column_of(row, TOKEX_ACCOUNT_PRIVILEGED);

    account->id = tokex_account_site_id(row->source, value_of(row, TOKEX_ACCOUNT_ID), row->pool);
    account->username = apr_pstrdup(row->pool, value_of(row, TOKEX_ACCOUNT_USERNAME));
    account->email = apr_pstrdup(row->pool, value_of(row, TOKEX_ACCOUNT_EMAIL));
    account->mobile = apr_pstrdup(row->pool, value_of(row, TOKEX_ACCOUNT_MOBILE));
    account->active = is_yes(only_value(column_of(row, TOKEX_ACCOUNT_ACTIVE)));
    account->privileged = privileged && !is_no(only_value(privileged));
    account->locked_until = read_locked_until(column_of(row, TOKEX_ACCOUNT_LOCKED_UNTIL));
    account->roles = read_roles(column_of(row, TOKEX_ACCOUNT_ROLES), row->pool);
    read_attributes(account, row);
    return account;
}

const tokex_err_t *tokex_account_row_read(const tokex_account_t **out,
                                          const tokex_account_found_t *found, const char *source,
                                          const tokex_account_key_t *key, apr_pool_t *pool)
{
    const row_t row = {found, source, pool};
    bool has;

    *out = NULL;
    TOKEX_RETURN_ERR(check(&row));
    TOKEX_RETURN_ERR(has_key(&has, &row, key));
    if (has)
        *out = make(&row);
    return NULL;
}

/* ---- Kept */

#define TEXT_HINT 512

static void write_attributes(tokex_jsonw_t *w, const tokex_account_t *account)
{
    int i;

    tokex_jsonw_name(w, "attributes");
    tokex_jsonw_object_begin(w);
    for (i = 0; i < account->attribute_count; i++)
        tokex_jsonw_member_string(w, account->attributes[i].name, account->attributes[i].value);
    tokex_jsonw_object_end(w);
}

const char *tokex_account_row_write(const tokex_account_t *account, apr_size_t *len,
                                    apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, TEXT_HINT);
    int i;

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, TOKEX_ACCOUNT_ID, account->id);
    tokex_jsonw_member_string(w, TOKEX_ACCOUNT_USERNAME, account->username);
    tokex_jsonw_member_string(w, TOKEX_ACCOUNT_EMAIL, account->email);
    tokex_jsonw_member_string(w, TOKEX_ACCOUNT_MOBILE, account->mobile);
    tokex_jsonw_member_bool(w, TOKEX_ACCOUNT_ACTIVE, account->active);
    tokex_jsonw_member_bool(w, TOKEX_ACCOUNT_PRIVILEGED, account->privileged);
    /* As text: JSON's numbers end sooner. */
    tokex_jsonw_member_string(w, TOKEX_ACCOUNT_LOCKED_UNTIL,
                              apr_psprintf(pool, "%" APR_INT64_T_FMT, account->locked_until));
    tokex_jsonw_name(w, TOKEX_ACCOUNT_ROLES);
    tokex_jsonw_array_begin(w);
    for (i = 0; i < account->roles.count; i++)
        tokex_jsonw_string(w, account->roles.items[i]);
    tokex_jsonw_array_end(w);
    write_attributes(w, account);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, len);
}

static const char *text_in(const tokex_json_t *node, const char *name, apr_pool_t *pool)
{
    return apr_pstrdup(pool, tokex_json_string(tokex_json_get(node, name)));
}

static void restore_lists(tokex_account_t *account, const tokex_json_t *node, apr_pool_t *pool)
{
    const tokex_json_t *roles = tokex_json_get(node, TOKEX_ACCOUNT_ROLES);
    const tokex_json_t *attributes = tokex_json_get(node, "attributes");
    apr_array_header_t *texts = apr_array_make(pool, 4, sizeof(const char *));
    apr_array_header_t *pairs = apr_array_make(pool, 4, sizeof(tokex_account_attribute_t));
    const tokex_json_t *item;

    for (item = tokex_json_first(roles); item; item = tokex_json_next(item))
        APR_ARRAY_PUSH(texts, const char *) = apr_pstrdup(pool, tokex_json_string(item));
    for (item = tokex_json_first(attributes); item; item = tokex_json_next(item))
        *(tokex_account_attribute_t *)apr_array_push(pairs) =
            (tokex_account_attribute_t){apr_pstrdup(pool, tokex_json_name(item)),
                                        apr_pstrdup(pool, tokex_json_string(item)), false};
    account->roles = (tokex_texts_t){(const char *const *)texts->elts, texts->nelts};
    account->attributes = (const tokex_account_attribute_t *)pairs->elts;
    account->attribute_count = pairs->nelts;
}

const tokex_account_t *tokex_account_row_restore(const char *text, apr_size_t len, apr_pool_t *pool)
{
    tokex_account_t *account = apr_pcalloc(pool, sizeof(*account));
    const tokex_json_t *node;
    const char *locked;

    if (tokex_json_parse_object(&node, text, len, pool))
        return NULL;
    account->id = text_in(node, TOKEX_ACCOUNT_ID, pool);
    account->username = text_in(node, TOKEX_ACCOUNT_USERNAME, pool);
    account->email = text_in(node, TOKEX_ACCOUNT_EMAIL, pool);
    account->mobile = text_in(node, TOKEX_ACCOUNT_MOBILE, pool);
    account->active = tokex_json_is_true(tokex_json_get(node, TOKEX_ACCOUNT_ACTIVE));
    account->privileged = tokex_json_is_true(tokex_json_get(node, TOKEX_ACCOUNT_PRIVILEGED));
    locked = text_in(node, TOKEX_ACCOUNT_LOCKED_UNTIL, pool);
    if (!account->id || !account->username || !locked)
        return NULL;
    account->locked_until = apr_strtoi64(locked, NULL, 10);
    restore_lists(account, node, pool);
    return account;
}
