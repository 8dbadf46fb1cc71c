#include "store/db_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* SQLite gives journal, WAL and shared memory the mode of the database. */
#define CONFIG_MODE 0640
#define STATE_MODE 0660

/* For those who look again soon, and must end at once when they are told to. */
#define PEEK_MILLISECONDS 200

/* linux/magic.h has no name for all of these. */
#define NFS_MAGIC 0x6969
#define SMB_MAGIC 0x517b
#define SMB2_MAGIC 0xfe534d42
#define CIFS_MAGIC 0xff534d42
#define CEPH_MAGIC 0x00c36400
#define AFS_MAGIC 0x5346414f
#define V9FS_MAGIC 0x01021997

const char *tokex_db_kind_name(tokex_db_kind_t kind)
{
    return kind == TOKEX_DB_CONFIG ? "config" : "state";
}

bool tokex_db_open_is_network(long type)
{
    switch ((unsigned long)type & 0xffffffff) {
    case NFS_MAGIC:
    case SMB_MAGIC:
    case SMB2_MAGIC:
    case CIFS_MAGIC:
    case CEPH_MAGIC:
    case AFS_MAGIC:
    case V9FS_MAGIC:
        return true;
    default:
        return false;
    }
}

static const tokex_err_t *file_error(const char *path, const char *text, apr_pool_t *pool)
{
    return tokex_err_create(pool, TOKEX_E_DB_OPEN, NULL, "%s: %s", path, text);
}

/* The mode is set on the open file, so that no umask widens or narrows it. */
static const tokex_err_t *create_file(const char *path, tokex_db_kind_t kind, apr_pool_t *pool)
{
    mode_t mode = kind == TOKEX_DB_CONFIG ? CONFIG_MODE : STATE_MODE;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int failed;

    if (fd < 0)
        return file_error(path, errno == EEXIST ? "exists already" : strerror(errno), pool);
    failed = fchmod(fd, mode) ? errno : 0;
    if (close(fd) && !failed)
        failed = errno;
    return failed ? file_error(path, strerror(failed), pool) : NULL;
}

static const tokex_err_t *check_file(const char *path, tokex_db_kind_t kind, apr_pool_t *pool)
{
    struct stat info;
    struct statfs where;

    if (stat(path, &info))
        return file_error(path, strerror(errno), pool);
    if (!S_ISREG(info.st_mode))
        return file_error(path, "is no file", pool);
    if (kind == TOKEX_DB_STATE && !statfs(path, &where) && tokex_db_open_is_network(where.f_type))
        return file_error(path, "lies on a network file system; put it on a local one", pool);
    return NULL;
}

static const tokex_err_t *damaged(tokex_db_t *db, const char *text, apr_pool_t *pool)
{
    return tokex_err_create(pool, TOKEX_E_DB_CORRUPT, NULL, "%s: %s", tokex_db_handle_path(db),
                            text);
}

static const tokex_err_t *check_kind(tokex_db_t *db, tokex_db_kind_t kind, apr_pool_t *pool)
{
    const char *found, *wanted;
    tokex_sql_t write = kind == TOKEX_DB_CONFIG ? TOKEX_SQL_SQLITE_APPLICATION_ID_CONFIG
                                                : TOKEX_SQL_SQLITE_APPLICATION_ID_STATE;

    TOKEX_RETURN_ERR(tokex_db_value(&found, db, TOKEX_SQL_SQLITE_APPLICATION_ID, pool));
    /* The number stands once, in sql/: behind the equals sign of the statement that writes it. */
    wanted = strchr(tokex_sql_text_statements[write].text, '=');
    if (!found || !wanted || strtol(found, NULL, 10) != strtol(wanted + 1, NULL, 10))
        return damaged(db,
                       kind == TOKEX_DB_CONFIG ? "is empty or not a config.db of ours"
                                               : "is empty or not a state.db of ours",
                       pool);
    return NULL;
}

static const tokex_err_t *check_structure(tokex_db_t *db, tokex_db_kind_t kind, apr_pool_t *pool)
{
    const char *verdict;

    TOKEX_RETURN_ERR(tokex_db_value(&verdict, db,
                                    kind == TOKEX_DB_STATE ? TOKEX_SQL_SQLITE_QUICK_CHECK_STATE
                                                           : TOKEX_SQL_SQLITE_QUICK_CHECK,
                                    pool));
    if (!verdict || strcmp(verdict, "ok") != 0)
        return damaged(db, verdict ? tokex_err_shown(pool, verdict, strlen(verdict)) : "damaged",
                       pool);
    return NULL;
}

const tokex_err_t *tokex_db_data_version(int64_t *out, tokex_db_t *db, apr_pool_t *pool)
{
    const char *text;

    TOKEX_RETURN_ERR(tokex_db_value(&text, db, TOKEX_SQL_SQLITE_DATA_VERSION, pool));
    *out = text ? strtoll(text, NULL, 10) : 0;
    return NULL;
}

const tokex_err_t *tokex_db_hurry(tokex_db_t *db, apr_pool_t *pool)
{
    const char *ignored;

    TOKEX_RETURN_ERR(tokex_db_value(&ignored, db, TOKEX_SQL_SQLITE_CACHE_LESS, pool));
    return tokex_db_value(&ignored, db, TOKEX_SQL_SQLITE_SYNCHRONOUS_LESS, pool);
}

const tokex_err_t *tokex_db_widen(tokex_db_t *db, apr_pool_t *pool)
{
    const char *ignored;

    return tokex_db_value(&ignored, db, TOKEX_SQL_SQLITE_CACHE_LESS, pool);
}

static const tokex_err_t *check_schema(tokex_db_t *db, tokex_db_kind_t kind, apr_pool_t *pool)
{
    int known = tokex_db_schema_known(kind), version;

    TOKEX_RETURN_ERR(tokex_db_schema_version(&version, db, pool));
    if (version == known)
        return NULL;
    return tokex_err_create(pool, TOKEX_E_DB_SCHEMA, NULL,
                            version < known
                                ? "%s: has schema version %d, this build needs %d: run "
                                  "`tokexctl migrate`"
                                : "%s: has schema version %d, this build knows only %d: install "
                                  "the build that made it",
                            tokex_db_handle_path(db), version, known);
}

static const tokex_err_t *set_journal(tokex_db_t *db, tokex_db_kind_t kind, apr_pool_t *pool)
{
    bool config = kind == TOKEX_DB_CONFIG;
    const char *mode;

    TOKEX_RETURN_ERR(tokex_db_value(
        &mode, db, config ? TOKEX_SQL_SQLITE_JOURNAL_CONFIG : TOKEX_SQL_SQLITE_JOURNAL_STATE,
        pool));
    if (!mode || strcmp(mode, config ? "delete" : "wal") != 0)
        return file_error(tokex_db_handle_path(db), "the journal mode cannot be set", pool);
    return NULL;
}

static const tokex_err_t *set_up(tokex_db_t *db, apr_pool_t *pool)
{
    static const tokex_sql_t pragmas[] = {TOKEX_SQL_SQLITE_CELL_SIZE_CHECK,
                                          TOKEX_SQL_SQLITE_MMAP_OFF, TOKEX_SQL_SQLITE_SYNCHRONOUS};
    const char *ignored;
    size_t i;

    for (i = 0; i < sizeof pragmas / sizeof pragmas[0]; i++)
        TOKEX_RETURN_ERR(tokex_db_value(&ignored, db, pragmas[i], pool));
    return NULL;
}

static const tokex_err_t *open_existing(tokex_db_t **out, const char *path, tokex_db_kind_t kind,
                                        tokex_db_mode_t mode, apr_pool_t *pool)
{
    bool write = mode == TOKEX_DB_WRITE || mode == TOKEX_DB_TOUCH || mode == TOKEX_DB_CREATE;

    TOKEX_RETURN_ERR(check_file(path, kind, pool));
    TOKEX_RETURN_ERR(tokex_db_handle_open(out, path, kind, write, pool));
    if (mode == TOKEX_DB_PEEK || mode == TOKEX_DB_TOUCH)
        tokex_db_handle_patience(*out, PEEK_MILLISECONDS);
    return set_up(*out, pool);
}

static const tokex_err_t *fill_new(tokex_db_t **out, const char *path, tokex_db_kind_t kind,
                                   apr_pool_t *pool)
{
    tokex_sql_t id = kind == TOKEX_DB_CONFIG ? TOKEX_SQL_SQLITE_APPLICATION_ID_CONFIG
                                             : TOKEX_SQL_SQLITE_APPLICATION_ID_STATE;

    TOKEX_RETURN_ERR(open_existing(out, path, kind, TOKEX_DB_CREATE, pool));
    TOKEX_RETURN_ERR(tokex_db_run(*out, id, NULL, 0, NULL, pool));
    return set_journal(*out, kind, pool);
}

static const tokex_err_t *open_new(tokex_db_t **out, const char *path, tokex_db_kind_t kind,
                                   apr_pool_t *pool)
{
    const tokex_err_t *err;

    TOKEX_RETURN_ERR(create_file(path, kind, pool));
    err = fill_new(out, path, kind, pool);
    if (err)
        unlink(path); /* half a database would stand in the way of the next try */
    return err;
}

static bool is_looked_at(tokex_db_kind_t kind, tokex_db_mode_t mode)
{
    return kind == TOKEX_DB_STATE && (mode == TOKEX_DB_PEEK || mode == TOKEX_DB_TOUCH);
}

/* The check has read every page, and a handle may stay open for as long as the process lives. */
static const tokex_err_t *forget_pages(tokex_db_t *db, bool looked_at, apr_pool_t *pool)
{
    const char *ignored;

    if (looked_at)
        TOKEX_RETURN_ERR(tokex_db_value(&ignored, db, TOKEX_SQL_SQLITE_CACHE_FEW, pool));
    return tokex_db_value(&ignored, db, TOKEX_SQL_SQLITE_SHRINK_MEMORY, pool);
}

static const tokex_err_t *open_and_check(tokex_db_t **out, const char *path, tokex_db_kind_t kind,
                                         tokex_db_mode_t mode, bool any_schema, apr_pool_t *pool)
{
    if (mode == TOKEX_DB_CREATE)
        return open_new(out, path, kind, pool);
    TOKEX_RETURN_ERR(open_existing(out, path, kind, mode, pool));
    TOKEX_RETURN_ERR(check_kind(*out, kind, pool));
    if (mode != TOKEX_DB_LOOK) {
        TOKEX_RETURN_ERR(check_structure(*out, kind, pool));
        TOKEX_RETURN_ERR(forget_pages(*out, is_looked_at(kind, mode), pool));
    }
    if (!any_schema)
        TOKEX_RETURN_ERR(check_schema(*out, kind, pool));
    return mode == TOKEX_DB_WRITE ? set_journal(*out, kind, pool) : NULL;
}

const tokex_err_t *tokex_db_open(tokex_db_t **out, const char *path, tokex_db_kind_t kind,
                                 tokex_db_mode_t mode, bool any_schema, apr_pool_t *pool)
{
    tokex_db_t *db = NULL;
    const tokex_err_t *err = open_and_check(&db, path, kind, mode, any_schema, pool);

    if (!err)
        *out = db;
    else if (db)
        tokex_db_handle_close(db); /* no file and no lock stays until the caller's pool goes */
    return err;
}
