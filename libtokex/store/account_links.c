#include "store/account_links.h"

#include <string.h>

#include <apr_tables.h>

#include "store/account_edit.h"
#include "store/account_store.h"

#define T TOKEX_BIND_T
#define I TOKEX_BIND_I
#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

static const tokex_err_t *select_links(const tokex_account_link_t **out, int *count, tokex_db_t *db,
                                       tokex_sql_t statement, const tokex_bind_t *binds,
                                       int bind_count, apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_make(pool, 4, sizeof(tokex_account_link_t));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, statement, binds, bind_count, pool));
    for (;;) {
        tokex_account_link_t *link;

        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        link = apr_array_push(all);
        link->issuer = tokex_db_text(rows, "issuer");
        link->sub = tokex_db_text(rows, "sub");
        link->account = tokex_db_text(rows, "account");
        link->username = tokex_db_text(rows, "username");
        link->made = tokex_db_integer(rows, "made");
        link->how = tokex_db_text(rows, "how");
        link->who = tokex_db_text(rows, "who");
    }
    *out = (const tokex_account_link_t *)all->elts;
    *count = all->nelts;
    return NULL;
}

static const tokex_err_t *find(const tokex_account_link_t **out, tokex_db_t *db, const char *issuer,
                               const char *sub, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("issuer", issuer), T("sub", sub)};
    int count;

    TOKEX_RETURN_ERR(select_links(out, &count, db, TOKEX_SQL_STATE_ACCOUNT_LINK_FIND, binds,
                                  COUNT(binds), pool));
    if (count == 0)
        *out = NULL;
    return NULL;
}

static const tokex_err_t *insert(bool *made, tokex_db_t *db, tokex_sql_t statement,
                                 const tokex_account_link_t *link, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("issuer", link->issuer),   T("sub", link->sub),
                                  T("account", link->account), I("made", link->made),
                                  T("how", link->how),         T("who", link->who)};
    int changed = 0;

    TOKEX_RETURN_ERR(tokex_db_run(db, statement, binds, COUNT(binds), &changed, pool));
    *made = changed > 0;
    return NULL;
}

/* Of an account that the site keeps nobody knows here whether it is there. */
static const tokex_err_t *insert_link(bool *made, tokex_db_t *db, const tokex_account_link_t *link,
                                      apr_pool_t *pool)
{
    const tokex_account_t *wanted;
    if (tokex_account_is_site(link->account))
        return insert(made, db, TOKEX_SQL_STATE_ACCOUNT_SITE_LINK_INSERT, link, pool);
    TOKEX_RETURN_ERR(tokex_account_store_by_id(&wanted, db, link->account, pool));
    return wanted ? insert(made, db, TOKEX_SQL_STATE_ACCOUNT_LINK_INSERT, link, pool) : NULL;
}

/* A link that a token makes by itself changes nothing that was decided of that token. */
static const tokex_err_t *make(const char **account, tokex_db_t *db,
                               const tokex_account_link_t *link, apr_pool_t *pool)
{
    const tokex_account_link_t *found;
    bool made = false;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    /* No key spans both tables. */
    TOKEX_RETURN_ERR(find(&found, db, link->issuer, link->sub, pool));
    if (!found)
        TOKEX_RETURN_ERR(insert_link(&made, db, link, pool));
    if (made && strcmp(link->how, "implicit") != 0)
        TOKEX_RETURN_ERR(tokex_account_edit_changed(db, pool));
    if (made)
        TOKEX_RETURN_ERR(find(&found, db, link->issuer, link->sub, pool));
    *account = found ? found->account : NULL;
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_account_links_make(const char **account, tokex_db_t *db,
                                            const tokex_account_link_t *link, apr_pool_t *pool)
{
    const tokex_err_t *err = make(account, db, link, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

const tokex_err_t *tokex_account_links_of(const tokex_account_link_t **out, int *count,
                                          tokex_db_t *db, const char *account, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("account", account)};

    return select_links(out, count, db, TOKEX_SQL_STATE_ACCOUNT_LINK_OF, binds, COUNT(binds), pool);
}

const tokex_err_t *tokex_account_links_list(const tokex_account_link_t **out, int *count,
                                            tokex_db_t *db, const tokex_account_link_t *after,
                                            int most, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("issuer", after->issuer), T("sub", after->sub),
                                  I("most", most)};

    return select_links(out, count, db, TOKEX_SQL_STATE_ACCOUNT_LINK_LIST, binds, COUNT(binds),
                        pool);
}

static const tokex_err_t *note(tokex_db_t *db, const tokex_account_unlink_t *unlink,
                               const char *account, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("issuer", unlink->issuer), T("sub", unlink->sub),
                                  T("account", account),       I("removed", unlink->removed),
                                  T("how", unlink->how),       T("who", unlink->who),
                                  T("reason", unlink->reason)};

    return tokex_db_run(db, TOKEX_SQL_STATE_ACCOUNT_UNLINK_INSERT, binds, COUNT(binds), NULL, pool);
}

static const tokex_err_t *drop(tokex_db_t *db, const tokex_account_unlink_t *unlink,
                               const char *account, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {T("issuer", unlink->issuer), T("sub", unlink->sub)};

    TOKEX_RETURN_ERR(
        tokex_db_run(db, TOKEX_SQL_STATE_ACCOUNT_LINK_REMOVE, binds, COUNT(binds), NULL, pool));
    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_ACCOUNT_SITE_LINK_REMOVE, binds, COUNT(binds),
                                  NULL, pool));
    TOKEX_RETURN_ERR(note(db, unlink, account, pool));
    return tokex_account_edit_changed(db, pool);
}

static const tokex_err_t *remove_link(bool *found, tokex_db_t *db,
                                      const tokex_account_unlink_t *unlink, apr_pool_t *pool)
{
    const tokex_account_link_t *link;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(find(&link, db, unlink->issuer, unlink->sub, pool));
    *found = link && (!unlink->account || strcmp(link->account, unlink->account) == 0);
    if (*found)
        TOKEX_RETURN_ERR(drop(db, unlink, link->account, pool));
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_account_links_remove(bool *found, tokex_db_t *db,
                                              const tokex_account_unlink_t *unlink,
                                              apr_pool_t *pool)
{
    const tokex_err_t *err = remove_link(found, db, unlink, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

const tokex_err_t *tokex_account_links_removed(const tokex_account_unlink_t **out, int *count,
                                               tokex_db_t *db, apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_make(pool, 4, sizeof(tokex_account_unlink_t));
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_ACCOUNT_UNLINK_LIST, NULL, 0, pool));
    for (;;) {
        tokex_account_unlink_t *unlink;

        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        unlink = apr_array_push(all);
        unlink->issuer = tokex_db_text(rows, "issuer");
        unlink->sub = tokex_db_text(rows, "sub");
        unlink->account = tokex_db_text(rows, "account");
        unlink->removed = tokex_db_integer(rows, "removed");
        unlink->how = tokex_db_text(rows, "how");
        unlink->who = tokex_db_text(rows, "who");
        unlink->reason = tokex_db_text(rows, "reason");
    }
    *out = (const tokex_account_unlink_t *)all->elts;
    *count = all->nelts;
    return NULL;
}

const tokex_err_t *tokex_account_links_find(const char **account, tokex_db_t *db,
                                            const char *issuer, const char *sub, apr_pool_t *pool)
{
    const tokex_account_link_t *link;

    TOKEX_RETURN_ERR(find(&link, db, issuer, sub, pool));
    *account = link ? link->account : NULL;
    return NULL;
}
