#include "store/account_store.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "store/account_links.h"

#define T TOKEX_BIND_T
#define I TOKEX_BIND_I
#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

/* What is selected of an account, as it stands in its own row. */
static void read_account(tokex_account_t *account, tokex_rows_t *rows)
{
    account->id = tokex_db_text(rows, "id");
    account->username = tokex_db_text(rows, "username");
    account->email = tokex_db_text(rows, "email");
    account->mobile = tokex_db_text(rows, "mobile");
    /* What is neither yes nor no is the one that lets nobody in. */
    account->active = tokex_db_integer(rows, "active") == 1;
    account->locked_until = tokex_db_integer(rows, "locked_until");
    account->privileged = tokex_db_integer(rows, "privileged") != 0;
    account->created = tokex_db_integer(rows, "created");
}

static const tokex_err_t *read_roles(tokex_account_t *account, tokex_db_t *db, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("account", account->id)};
    apr_array_header_t *roles = apr_array_make(pool, 4, sizeof(const char *));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACCOUNT_ROLES, binds, COUNT(binds), pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        APR_ARRAY_PUSH(roles, const char *) = tokex_db_text(rows, "role");
    }
    account->roles.items = (const char *const *)roles->elts;
    account->roles.count = roles->nelts;
    return NULL;
}

static const tokex_err_t *read_attributes(tokex_account_t *account, tokex_db_t *db,
                                          apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("account", account->id)};
    apr_array_header_t *all = apr_array_make(pool, 4, sizeof(tokex_account_attribute_t));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACCOUNT_ATTRIBUTES, binds, COUNT(binds), pool));
    for (;;) {
        tokex_account_attribute_t *attribute;

        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        attribute = apr_array_push(all);
        attribute->name = tokex_db_text(rows, "name");
        attribute->value = tokex_db_text(rows, "value");
        attribute->unique = tokex_db_integer(rows, "is_unique") == 1;
    }
    account->attributes = (const tokex_account_attribute_t *)all->elts;
    account->attribute_count = all->nelts;
    return NULL;
}

/* The accounts of a statement, without their lists. */
static const tokex_err_t *select_accounts(apr_array_header_t **out, tokex_db_t *db,
                                          tokex_sql_t statement, const tokex_bind_t *binds,
                                          int bind_count, apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_make(pool, 2, sizeof(tokex_account_t));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, statement, binds, bind_count, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        read_account(apr_array_push(all), rows);
    }
    *out = all;
    return NULL;
}

static const tokex_err_t *read_lists(apr_array_header_t *accounts, tokex_db_t *db, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < accounts->nelts; i++) {
        tokex_account_t *account = &APR_ARRAY_IDX(accounts, i, tokex_account_t);

        TOKEX_RETURN_ERR(read_roles(account, db, pool));
        TOKEX_RETURN_ERR(read_attributes(account, db, pool));
    }
    return NULL;
}

/* The one account of a statement, with its lists; NULL where there is none, `*several` where there
 * are more. */
static const tokex_err_t *select_one(const tokex_account_t **out, bool *several, tokex_db_t *db,
                                     tokex_sql_t statement, const tokex_bind_t *binds,
                                     int bind_count, apr_pool_t *pool)
{
    apr_array_header_t *all;

    *out = NULL;
    TOKEX_RETURN_ERR(select_accounts(&all, db, statement, binds, bind_count, pool));
    *several = all->nelts > 1;
    if (all->nelts != 1)
        return NULL;
    TOKEX_RETURN_ERR(read_lists(all, db, pool));
    *out = &APR_ARRAY_IDX(all, 0, tokex_account_t);
    return NULL;
}

const tokex_err_t *tokex_account_store_by_id(const tokex_account_t **out, tokex_db_t *db,
                                             const char *id, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("id", id)};
    bool several;

    return select_one(out, &several, db, TOKEX_SQL_STATE_ACCOUNT_BY_ID, binds, COUNT(binds), pool);
}

const tokex_err_t *tokex_account_store_by_name(const tokex_account_t **out, tokex_db_t *db,
                                               const char *username, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("value", username)};
    bool several;

    return select_one(out, &several, db, TOKEX_SQL_STATE_ACCOUNT_BY_USERNAME, binds, COUNT(binds),
                      pool);
}

const tokex_err_t *tokex_account_store_named(const tokex_account_t **out, tokex_db_t *db,
                                             const char *name, apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(tokex_account_store_by_name(out, db, name, pool));
    return *out ? NULL : tokex_account_store_by_id(out, db, name, pool);
}

const tokex_err_t *tokex_account_store_list(const tokex_account_t **out, int *count, tokex_db_t *db,
                                            const char *after, int most, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("after", after), I("most", most)};
    apr_array_header_t *all;

    TOKEX_RETURN_ERR(
        select_accounts(&all, db, TOKEX_SQL_STATE_ACCOUNT_LIST, binds, COUNT(binds), pool));
    TOKEX_RETURN_ERR(read_lists(all, db, pool));
    *out = (const tokex_account_t *)all->elts;
    *count = all->nelts;
    return NULL;
}

static const tokex_err_t *by_link(const tokex_account_t **out, tokex_db_t *db,
                                  const tokex_account_question_t *question, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("issuer", question->issuer), T("sub", question->sub)};
    bool several;

    return select_one(out, &several, db, TOKEX_SQL_STATE_ACCOUNT_BY_LINK, binds, COUNT(binds),
                      pool);
}

static const tokex_err_t *by_key(const tokex_account_t **out, bool *several, tokex_db_t *db,
                                 const tokex_account_key_t *key, apr_pool_t *pool)
{
    static const struct {
        const char *attribute;
        tokex_sql_t statement;
    } columns[] = {{TOKEX_ACCOUNT_USERNAME, TOKEX_SQL_STATE_ACCOUNT_BY_USERNAME},
                   {TOKEX_ACCOUNT_EMAIL, TOKEX_SQL_STATE_ACCOUNT_BY_EMAIL},
                   {TOKEX_ACCOUNT_MOBILE, TOKEX_SQL_STATE_ACCOUNT_BY_MOBILE}};
    const tokex_bind_t binds[] = {T("value", key->value), T("name", key->attribute)};
    int i;

    for (i = 0; i < COUNT(columns); i++)
        if (strcmp(columns[i].attribute, key->attribute) == 0)
            return select_one(out, several, db, columns[i].statement, binds, 1, pool);
    return select_one(out, several, db, TOKEX_SQL_STATE_ACCOUNT_BY_ATTRIBUTE, binds, COUNT(binds),
                      pool);
}

/* The first key that finds anybody decides, also when it finds too many. */
static const tokex_err_t *look_up(tokex_account_answer_t *out, tokex_db_t *db,
                                  const tokex_account_question_t *question, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < question->key_count; i++) {
        const tokex_account_key_t *key = &question->keys[i];
        bool several = false;

        TOKEX_RETURN_ERR(by_key(&out->account, &several, db, key, pool));
        if (!out->account && !several)
            continue;
        out->match = several ? TOKEX_ACCOUNT_AMBIGUOUS : TOKEX_ACCOUNT_FOUND;
        out->attribute = key->attribute;
        return NULL;
    }
    return NULL;
}

/* Who is linked to an account that the site keeps is nobody else meanwhile. */
static const tokex_err_t *by_site_link(tokex_account_answer_t *out, tokex_db_t *db,
                                       const tokex_account_question_t *question, apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(
        tokex_account_links_find(&out->gone, db, question->issuer, question->sub, pool));
    if (out->gone)
        out->match = TOKEX_ACCOUNT_GONE;
    return NULL;
}

static const tokex_err_t *answer(tokex_account_answer_t *out, tokex_db_t *db,
                                 const tokex_account_question_t *question, apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(tokex_db_begin(db, false, pool));
    if (question->id)
        TOKEX_RETURN_ERR(tokex_account_store_by_id(&out->account, db, question->id, pool));
    else
        TOKEX_RETURN_ERR(by_link(&out->account, db, question, pool));
    if (out->account)
        out->match = TOKEX_ACCOUNT_LINKED;
    else if (!question->id)
        TOKEX_RETURN_ERR(by_site_link(out, db, question, pool));
    if (out->match == TOKEX_ACCOUNT_NONE)
        TOKEX_RETURN_ERR(look_up(out, db, question, pool));
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_account_store_answer(tokex_account_answer_t *out, tokex_db_t *db,
                                              const tokex_account_question_t *question,
                                              apr_pool_t *pool)
{
    const tokex_err_t *err;

    *out = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_NONE};
    err = answer(out, db, question, pool);
    if (err)
        tokex_db_rollback(db);
    return err;
}

const tokex_err_t *tokex_account_store_state(tokex_account_state_t *out, tokex_db_t *db,
                                             apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more;

    *out = (tokex_account_state_t){0, false};
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACCOUNT_CHANGE, NULL, 0, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        out->number = tokex_db_integer(rows, "number");
        out->has_links = tokex_db_integer(rows, "links") > 0;
    }
}
