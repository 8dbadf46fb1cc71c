#include "store/db_private.h"

#include <stdlib.h>
#include <string.h>

int tokex_db_schema_known(tokex_db_kind_t kind)
{
    const char *database = tokex_db_kind_name(kind);
    int i, known = 0;

    for (i = 0; i < TOKEX_SQL_MIGRATION_COUNT; i++)
        if (strcmp(tokex_sql_text_migrations[i].database, database) == 0)
            known = tokex_sql_text_migrations[i].version;
    return known;
}

const tokex_err_t *tokex_db_schema_version(int *out, tokex_db_t *db, apr_pool_t *pool)
{
    const char *value;

    *out = 0;
    TOKEX_RETURN_ERR(tokex_db_value(&value, db, TOKEX_SQL_SQLITE_HAS_SCHEMA_VERSION, pool));
    if (!value || strcmp(value, "1") != 0)
        return NULL;
    TOKEX_RETURN_ERR(tokex_db_value(&value, db, TOKEX_SQL_SCHEMA_VERSION, pool));
    if (value)
        *out = (int)strtol(value, NULL, 10);
    return NULL;
}

static const tokex_sql_migration_t *find_migration(tokex_db_kind_t kind, int version)
{
    const char *database = tokex_db_kind_name(kind);
    int i;

    for (i = 0; i < TOKEX_SQL_MIGRATION_COUNT; i++) {
        const tokex_sql_migration_t *migration = &tokex_sql_text_migrations[i];

        if (strcmp(migration->database, database) == 0 && migration->version == version)
            return migration;
    }
    return NULL;
}

static const tokex_err_t *apply_next(bool *applied, tokex_db_t *db, int64_t now, apr_pool_t *pool)
{
    tokex_db_kind_t kind = tokex_db_handle_kind(db);
    const tokex_sql_migration_t *migration;
    int version;

    /* The version is read under the write lock: two that migrate at once must not both apply. */
    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(tokex_db_schema_version(&version, db, pool));
    if (version > tokex_db_schema_known(kind))
        return tokex_err_create(pool, TOKEX_E_DB_SCHEMA, NULL,
                                "%s: has schema version %d, this build knows only %d: install the "
                                "build that made it",
                                tokex_db_handle_path(db), version, tokex_db_schema_known(kind));
    migration = find_migration(kind, version + 1);
    *applied = migration != NULL;
    if (!migration)
        return NULL;
    TOKEX_RETURN_ERR(tokex_db_script(db, migration->text, pool));
    {
        const tokex_bind_t binds[] = {TOKEX_BIND_I("version", migration->version),
                                      TOKEX_BIND_I("applied", now)};

        TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_SCHEMA_VERSION_INSERT, binds, 2, NULL, pool));
    }
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_db_migrate(int *applied, tokex_db_t *db, int64_t now, apr_pool_t *pool)
{
    const tokex_err_t *err;
    bool more = true;

    *applied = 0;
    while (more) {
        err = apply_next(&more, db, now, pool);
        tokex_db_rollback(db);
        if (err)
            return err;
        *applied += more;
    }
    return NULL;
}

static const tokex_err_t *check_all(tokex_db_t *db, apr_pool_t *pool)
{
    const char *verdict;

    TOKEX_RETURN_ERR(tokex_db_value(&verdict, db, TOKEX_SQL_SQLITE_CACHE_MORE, pool));
    TOKEX_RETURN_ERR(tokex_db_begin(db, false, pool));
    TOKEX_RETURN_ERR(tokex_db_value(&verdict, db, TOKEX_SQL_SQLITE_INTEGRITY_CHECK, pool));
    if (!verdict || strcmp(verdict, "ok") != 0)
        return tokex_err_create(pool, TOKEX_E_DB_CORRUPT, NULL, "%s: %s", tokex_db_handle_path(db),
                                verdict ? tokex_err_shown(pool, verdict, strlen(verdict))
                                        : "damaged");
    TOKEX_RETURN_ERR(tokex_db_value(&verdict, db, TOKEX_SQL_SQLITE_FOREIGN_KEY_CHECK, pool));
    if (verdict)
        return tokex_err_create(pool, TOKEX_E_DB_CORRUPT, NULL,
                                "%s: the table %s refers to something that is not there",
                                tokex_db_handle_path(db),
                                tokex_err_shown(pool, verdict, strlen(verdict)));
    return tokex_db_commit(db, pool);
}

/* In a transaction, so that the pages stay from one check to the next. */
const tokex_err_t *tokex_db_check(tokex_db_t *db, apr_pool_t *pool)
{
    const tokex_err_t *err = check_all(db, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}
