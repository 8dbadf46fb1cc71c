#include "store/account_edit.h"

#include <stdlib.h>
#include <string.h>

#include "store/account_store.h"
#include "store/db_private.h"

#define T TOKEX_BIND_T
#define I TOKEX_BIND_I
#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

static const tokex_err_t *insert_roles(tokex_db_t *db, const tokex_account_t *account,
                                       apr_pool_t *pool)
{
    int i;

    for (i = 0; i < account->roles.count; i++) {
        const tokex_bind_t binds[] = {T("account", account->id),
                                      T("role", account->roles.items[i])};

        TOKEX_RETURN_ERR(
            tokex_db_run(db, TOKEX_SQL_STATE_ACCOUNT_ROLE_INSERT, binds, COUNT(binds), NULL, pool));
    }
    return NULL;
}

static const tokex_err_t *insert_attributes(const char **taken, tokex_db_t *db,
                                            const tokex_account_t *account, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < account->attribute_count; i++) {
        const tokex_account_attribute_t *attribute = &account->attributes[i];
        const tokex_bind_t binds[] = {T("account", account->id), T("name", attribute->name),
                                      T("value", attribute->value),
                                      I("is_unique", attribute->unique)};
        int changed = 0;

        TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_ACCOUNT_ATTRIBUTE_INSERT, binds,
                                      COUNT(binds), &changed, pool));
        if (!changed) {
            *taken = attribute->name;
            return NULL;
        }
    }
    return NULL;
}

/* Writes its own row; when it was made is written once. */
static const tokex_err_t *write_row(int *changed, tokex_db_t *db, const tokex_account_t *account,
                                    bool is_new, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("id", account->id),
                                  T("username", account->username),
                                  T("email", account->email),
                                  T("mobile", account->mobile),
                                  I("active", account->active),
                                  I("locked_until", account->locked_until),
                                  I("privileged", account->privileged),
                                  I("created", account->created)};

    return tokex_db_run(db,
                        is_new ? TOKEX_SQL_STATE_ACCOUNT_INSERT : TOKEX_SQL_STATE_ACCOUNT_UPDATE,
                        binds, is_new ? COUNT(binds) : COUNT(binds) - 1, changed, pool);
}

const tokex_err_t *tokex_account_edit_add(const char **taken, tokex_db_t *db,
                                          const tokex_account_t *account, apr_pool_t *pool)
{
    int changed = 0;

    *taken = NULL;
    TOKEX_RETURN_ERR(write_row(&changed, db, account, true, pool));
    if (!changed) {
        *taken = TOKEX_ACCOUNT_USERNAME;
        return NULL;
    }
    TOKEX_RETURN_ERR(insert_roles(db, account, pool));
    return insert_attributes(taken, db, account, pool);
}

static const tokex_err_t *clear(tokex_db_t *db, const char *id, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("account", id)};

    TOKEX_RETURN_ERR(
        tokex_db_run(db, TOKEX_SQL_STATE_ACCOUNT_ROLE_CLEAR, binds, COUNT(binds), NULL, pool));
    return tokex_db_run(db, TOKEX_SQL_STATE_ACCOUNT_ATTRIBUTE_CLEAR, binds, COUNT(binds), NULL,
                        pool);
}

const tokex_err_t *tokex_account_edit_put(const char **taken, tokex_db_t *db,
                                          const tokex_account_t *account, apr_pool_t *pool)
{
    const tokex_account_t *other;

    *taken = NULL;
    TOKEX_RETURN_ERR(tokex_account_store_by_name(&other, db, account->username, pool));
    if (other && strcmp(other->id, account->id) != 0) {
        *taken = TOKEX_ACCOUNT_USERNAME;
        return NULL;
    }
    TOKEX_RETURN_ERR(write_row(NULL, db, account, false, pool));
    TOKEX_RETURN_ERR(clear(db, account->id, pool));
    TOKEX_RETURN_ERR(insert_roles(db, account, pool));
    return insert_attributes(taken, db, account, pool);
}

const tokex_err_t *tokex_account_edit_remove(bool *found, tokex_db_t *db, const char *id,
                                             apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("id", id)};
    int changed = 0;

    TOKEX_RETURN_ERR(
        tokex_db_run(db, TOKEX_SQL_STATE_ACCOUNT_REMOVE, binds, COUNT(binds), &changed, pool));
    *found = changed > 0;
    return NULL;
}

const tokex_err_t *tokex_account_edit_changed(tokex_db_t *db, apr_pool_t *pool)
{
    const char *random;

    /* Not the next one: what was decided may be remembered for several hosts, each of which has
     * accounts of its own. */
    TOKEX_RETURN_ERR(tokex_db_value(&random, db, TOKEX_SQL_SQLITE_RANDOM, pool));
    {
        const tokex_bind_t binds[] = {I("number", random ? strtoll(random, NULL, 10) : 0)};

        return tokex_db_run(db, TOKEX_SQL_STATE_ACCOUNT_CHANGED, binds, COUNT(binds), NULL, pool);
    }
}

static const tokex_err_t *finish(tokex_db_t *db, apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(tokex_account_edit_changed(db, pool));
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_account_edit_save(const char **taken, tokex_db_t *db,
                                           const tokex_account_t *account, bool is_new,
                                           apr_pool_t *pool)
{
    if (is_new)
        TOKEX_RETURN_ERR(tokex_account_edit_add(taken, db, account, pool));
    else
        TOKEX_RETURN_ERR(tokex_account_edit_put(taken, db, account, pool));
    if (!*taken)
        return finish(db, pool);
    tokex_db_rollback(db);
    return NULL;
}

const tokex_err_t *tokex_account_edit_drop(tokex_db_t *db, const char *id, apr_pool_t *pool)
{
    bool found;

    TOKEX_RETURN_ERR(tokex_account_edit_remove(&found, db, id, pool));
    return finish(db, pool);
}
