/*
 * SQLite, and nothing above this file knows it: open, run a named statement, read rows.
 *
 * A handle belongs to one thread at a time and to one process: open it after fork. Statements are
 * named by their place in the generated sql_text.h and prepared at first use. Rows and transactions
 * live in the handle's pool or in one that goes before it.
 */
#ifndef TOKEX_STORE_DB_SQLITE_H
#define TOKEX_STORE_DB_SQLITE_H

#include <stdbool.h>
#include <stdint.h>

#include <apr_pools.h>

#include "base/err.h"
#include "store/sql_text.h" /* generated from sql/: enum tokex_sql_t, the texts, the migrations */

typedef struct tokex_db_t tokex_db_t;
typedef struct tokex_rows_t tokex_rows_t;

typedef enum tokex_db_mode_t {
    TOKEX_DB_READ,  /* must exist; never written, never created */
    TOKEX_DB_LOOK,  /* as TOKEX_DB_READ, but nothing is read first of what is not asked for: for a
                       process that shows a page and decides nothing, or that tokex_db_check()s */
    TOKEX_DB_PEEK,  /* as TOKEX_DB_READ, but a lock is waited for no longer than 200 ms */
    TOKEX_DB_WRITE, /* must exist */
    TOKEX_DB_TOUCH, /* as TOKEX_DB_WRITE, but a lock is waited for no longer than 200 ms */
    TOKEX_DB_CREATE /* must not exist */
} tokex_db_mode_t;

/* Which of the two databases a file is; decides its migrations and its journal. */
typedef enum tokex_db_kind_t {
    TOKEX_DB_CONFIG, /* rollback journal: a reader needs no right to write the directory */
    TOKEX_DB_STATE   /* WAL */
} tokex_db_kind_t;

/*
 * Opens `path` with foreign keys on, synchronous FULL and a busy time-out of five seconds, and
 * closes it when `pool` goes. A new file gets exactly mode 0640 (config) or 0660 (state), whatever
 * the umask. Before any content is believed the file is checked, its structure by PRAGMA
 * quick_check (30 ms for 10,000 issuers and 10,000 clients; of state.db all but the table
 * `activity`, which may be large; not for TOKEX_DB_LOOK): TOKEX_E_DB_OPEN (missing, exists
 * already, no right, state.db on a network file system; for a reader also a config.db whose writer
 * was killed, which a writer must undo), TOKEX_E_DB_CORRUPT (no database of this kind, damaged, or
 * empty),
 * TOKEX_E_DB_SCHEMA (a version that this build does not know, or older: the text says which command
 * helps; not for `any_schema`), TOKEX_E_DB_BUSY.
 */
const tokex_err_t *tokex_db_open(tokex_db_t **out, const char *path, tokex_db_kind_t kind,
                                 tokex_db_mode_t mode, bool any_schema, apr_pool_t *pool);

/* From now on what this handle of a state.db commits does not wait for the disk: a power cut may
 * take the last of it, and leaves the file whole. Nor does it take more than 256 KiB for pages. */
const tokex_err_t *tokex_db_hurry(tokex_db_t *db, apr_pool_t *pool);

/* For a handle of TOKEX_DB_PEEK or TOKEX_DB_TOUCH that is asked at every request: it keeps more
 * than the few pages of one that is looked at now and then. */
const tokex_err_t *tokex_db_widen(tokex_db_t *db, apr_pool_t *pool);

/* The schema version that the file has, 0 before its first migration, and the one that this build
 * writes. */
const tokex_err_t *tokex_db_schema_version(int *out, tokex_db_t *db, apr_pool_t *pool);
int tokex_db_schema_known(tokex_db_kind_t kind);

/* Runs the migrations that are still due, each in one transaction; `*applied` counts them. `now`:
 * seconds. TOKEX_E_DB_SCHEMA when the file is newer than this build. */
const tokex_err_t *tokex_db_migrate(int *applied, tokex_db_t *db, int64_t now, apr_pool_t *pool);

/* PRAGMA integrity_check and foreign_key_check in full, with up to 32 MiB of pages in memory from
 * then on; TOKEX_E_DB_CORRUPT with the first words. */
const tokex_err_t *tokex_db_check(tokex_db_t *db, apr_pool_t *pool);

/*
 * Replaces all that is in `to` by all that is in `from`, as of one moment: that of the transaction
 * where `from` is in one. `to` must not be in one. TOKEX_E_DB_BUSY, TOKEX_E_DB_CORRUPT,
 * TOKEX_E_DB_QUERY (no room).
 */
const tokex_err_t *tokex_db_copy(tokex_db_t *from, tokex_db_t *to, apr_pool_t *pool);

/* A number that differs from an earlier one of the same handle when somebody else has changed the
 * file in between. */
const tokex_err_t *tokex_db_data_version(int64_t *out, tokex_db_t *db, apr_pool_t *pool);

/* Transactions. Write transactions begin IMMEDIATE. A pool that goes rolls back. */
const tokex_err_t *tokex_db_begin(tokex_db_t *db, bool write, apr_pool_t *pool);
const tokex_err_t *tokex_db_commit(tokex_db_t *db, apr_pool_t *pool);
void tokex_db_rollback(tokex_db_t *db);

/* A value bound to a parameter, by name without the `$`. */
typedef struct tokex_bind_t {
    const char *name;
    enum { TOKEX_BIND_TEXT, TOKEX_BIND_INTEGER } kind;
    const char *text; /* NULL binds NULL */
    int64_t integer;
} tokex_bind_t;
#define TOKEX_BIND_T(n, v)                                                                         \
    {                                                                                              \
        (n), TOKEX_BIND_TEXT, (v), 0                                                               \
    }
#define TOKEX_BIND_I(n, v)                                                                         \
    {                                                                                              \
        (n), TOKEX_BIND_INTEGER, NULL, (v)                                                         \
    }

/* Runs a statement that gives no rows. Every parameter must be bound and every bind must exist
 * (TOKEX_E_DB_QUERY otherwise). `*changed` (may be NULL): rows changed. */
const tokex_err_t *tokex_db_run(tokex_db_t *db, tokex_sql_t statement, const tokex_bind_t *binds,
                                int bind_count, int *changed, apr_pool_t *pool);

/*
 * Runs a statement that gives rows; tokex_db_next() steps through them, texts live in `pool`.
 * Columns are read by name.
 */
const tokex_err_t *tokex_db_select(tokex_rows_t **out, tokex_db_t *db, tokex_sql_t statement,
                                   const tokex_bind_t *binds, int bind_count, apr_pool_t *pool);
/* `*more` false: the end; the statement is free again. */
const tokex_err_t *tokex_db_next(bool *more, tokex_rows_t *rows);
/* NULL for NULL and for a column that the statement has not. A text that is the same as in the row
 * before is the same pointer. */
const char *tokex_db_text(tokex_rows_t *rows, const char *column);
/* The same, but it lasts only until the next step. */
const char *tokex_db_peek(tokex_rows_t *rows, const char *column);
int64_t tokex_db_integer(tokex_rows_t *rows, const char *column); /* 0 for NULL */

#endif
