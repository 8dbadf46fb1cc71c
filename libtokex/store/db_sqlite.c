#include "store/db_private.h"

#include <limits.h>
#include <string.h>

#include <apr_strings.h>
#include <sqlite3.h>

/* Long enough for any save of ours, short enough for a person who waits. */
#define BUSY_MILLISECONDS 5000

typedef struct slot_t {
    sqlite3_stmt *stmt;
    unsigned char index[TOKEX_SQL_PARAMS_MAX];
    const char **columns; /* names, of those that it gives */
    int column_count;
    int asked;    /* the column behind the one that was asked for last */
    unsigned use; /* grows with every use, so that rows of an earlier one are told apart */
} slot_t;

struct tokex_db_t {
    apr_pool_t *pool;
    sqlite3 *handle;
    const char *path;
    tokex_db_kind_t kind;
    apr_pool_t *transaction_pool;   /* NULL: no transaction */
    slot_t *slots[TOKEX_SQL_COUNT]; /* NULL: not asked for so far */
};

/* A text of a row, in the pool of the rows. */
typedef struct cell_t {
    const char *text;
    int len;
} cell_t;

struct tokex_rows_t {
    tokex_db_t *db;
    tokex_sql_t statement;
    unsigned use;
    apr_pool_t *pool;
    cell_t *last;        /* what each column gave last: what many rows say is kept once */
    const char *damaged; /* a column whose text is none */
};

/* ---- Errors */

typedef struct failure_t {
    tokex_code_t code;
    const char *text; /* NULL: SQLite's own */
} failure_t;

static failure_t failure_of(int rc)
{
    if (rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_READONLY_RECOVERY)
        return (failure_t){TOKEX_E_DB_OPEN, "an interrupted change has to be undone first, which a "
                                            "reader may not: run `tokexctl migrate`"};
    /* The second: the memory that users of a WAL share is a file, and did not find room. */
    if (rc == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE)
        return (failure_t){TOKEX_E_DB_QUERY, "the disk is full: make room"};
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return (failure_t){TOKEX_E_DB_BUSY, "another process holds the lock"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return (failure_t){TOKEX_E_DB_CORRUPT, NULL};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return (failure_t){TOKEX_E_DB_OPEN, NULL};
    case SQLITE_READONLY:
        return (failure_t){TOKEX_E_DB_OPEN, "this user may not write it"};
    case SQLITE_NOMEM:
        return (failure_t){TOKEX_E_MEMORY, NULL};
    default:
        return (failure_t){TOKEX_E_DB_QUERY, NULL};
    }
}

static const tokex_err_t *fail(tokex_db_t *db, const char *doing, apr_pool_t *pool)
{
    failure_t failure = failure_of(sqlite3_extended_errcode(db->handle));

    return tokex_err_create(pool, failure.code, NULL, "%s: %s: %s", db->path, doing,
                            failure.text ? failure.text : sqlite3_errmsg(db->handle));
}

static const tokex_err_t *misused(tokex_db_t *db, tokex_sql_t statement, const char *how,
                                  const char *what, apr_pool_t *pool)
{
    return tokex_err_create(pool, TOKEX_E_DB_QUERY, NULL, "%s: %s: %s%s", db->path,
                            tokex_sql_text_statements[statement].name, how, what);
}

/* ---- The handle */

static apr_status_t close_handle(void *data)
{
    tokex_db_t *db = data;
    int i;

    for (i = 0; i < TOKEX_SQL_COUNT; i++)
        if (db->slots[i])
            sqlite3_finalize(db->slots[i]->stmt);
    sqlite3_close_v2(db->handle);
    return APR_SUCCESS;
}

/* Nothing that stands in a file may make us run code or write where we did not mean to. */
static bool restrict_handle(sqlite3 *handle)
{
    static const struct {
        int option;
        int value;
    } options[] = {
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},    {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    };
    size_t i;

    for (i = 0; i < sizeof options / sizeof options[0]; i++) {
        int now = -1;

        if (sqlite3_db_config(handle, options[i].option, options[i].value, &now) != SQLITE_OK ||
            now != options[i].value)
            return false;
    }
    return true;
}

const tokex_err_t *tokex_db_handle_open(tokex_db_t **out, const char *path, tokex_db_kind_t kind,
                                        bool write, apr_pool_t *pool)
{
    tokex_db_t *db = apr_pcalloc(pool, sizeof *db);
    int flags = (write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
    int rc;

    /* A relative path that begins like a URI would be taken for one. */
    db->path = path[0] == '/' ? apr_pstrdup(pool, path) : apr_pstrcat(pool, "./", path, NULL);
    db->kind = kind;
    db->pool = pool;
    rc = sqlite3_open_v2(db->path, &db->handle, flags, NULL);
    apr_pool_cleanup_register(pool, db, close_handle, apr_pool_cleanup_null);
    *out = db;
    if (!db->handle)
        return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "%s", path);
    sqlite3_extended_result_codes(db->handle, 1);
    if (rc != SQLITE_OK)
        return fail(db, "open", pool);
    /* Handles stay open in every process for a look now and then: speed is nothing to them. */
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
    /* SQLite falls back to reading when it may not write. */
    if (write && sqlite3_db_readonly(db->handle, "main") == 1)
        return tokex_err_create(pool, TOKEX_E_DB_OPEN, NULL, "%s: this user may not write it",
                                path);
    if (!restrict_handle(db->handle))
        return tokex_err_create(pool, TOKEX_E_DB_OPEN, NULL,
                                "%s: this SQLite was built without a protection that we need",
                                path);
    sqlite3_busy_timeout(db->handle, BUSY_MILLISECONDS);
    return NULL;
}

void tokex_db_handle_patience(tokex_db_t *db, int milliseconds)
{
    sqlite3_busy_timeout(db->handle, milliseconds);
}

void tokex_db_handle_close(tokex_db_t *db)
{
    apr_pool_cleanup_run(db->pool, db, close_handle);
}

tokex_db_kind_t tokex_db_handle_kind(const tokex_db_t *db)
{
    return db->kind;
}

const char *tokex_db_handle_path(const tokex_db_t *db)
{
    return db->path;
}

/* ---- Statements */

/* Nothing is kept for the next look, which comes in a second or in a week. */
static void finish(tokex_db_t *db, slot_t *slot)
{
    sqlite3_reset(slot->stmt);
    if (sqlite3_get_autocommit(db->handle))
        sqlite3_db_release_memory(db->handle);
}

/* Copies: those of SQLite go when it prepares the statement anew. */
static void read_columns(tokex_db_t *db, slot_t *slot)
{
    int i;

    slot->column_count = sqlite3_column_count(slot->stmt);
    slot->columns =
        apr_palloc(db->pool, sizeof *slot->columns * ((apr_size_t)slot->column_count + 1));
    for (i = 0; i < slot->column_count; i++)
        slot->columns[i] = apr_pstrdup(db->pool, sqlite3_column_name(slot->stmt, i));
}

static const tokex_err_t *make_slot(tokex_db_t *db, tokex_sql_t statement, apr_pool_t *pool)
{
    const tokex_sql_text_t *sql = &tokex_sql_text_statements[statement];
    sqlite3_stmt *stmt;
    slot_t *slot;
    int i;

    if (sqlite3_prepare_v3(db->handle, sql->text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
        SQLITE_OK)
        return fail(db, sql->name, pool);
    slot = apr_pcalloc(db->pool, sizeof *slot);
    slot->stmt = stmt;
    for (i = 0; i < sql->param_count; i++) {
        char parameter[16];

        apr_snprintf(parameter, sizeof parameter, "$%d", i + 1);
        slot->index[i] = (unsigned char)sqlite3_bind_parameter_index(stmt, parameter);
    }
    read_columns(db, slot);
    db->slots[statement] = slot;
    return NULL;
}

static const tokex_err_t *prepare(slot_t **out, tokex_db_t *db, tokex_sql_t statement,
                                  apr_pool_t *pool)
{
    slot_t *slot;

    if (!db->slots[statement])
        TOKEX_RETURN_ERR(make_slot(db, statement, pool));
    slot = db->slots[statement];
    slot->use++;
    sqlite3_reset(slot->stmt);
    sqlite3_clear_bindings(slot->stmt);
    *out = slot;
    return NULL;
}

static int bind_value(slot_t *slot, int param, const tokex_bind_t *bind)
{
    int index = slot->index[param];

    if (bind->kind == TOKEX_BIND_INTEGER)
        return sqlite3_bind_int64(slot->stmt, index, bind->integer);
    if (!bind->text)
        return sqlite3_bind_null(slot->stmt, index);
    return sqlite3_bind_text(slot->stmt, index, bind->text, -1, SQLITE_TRANSIENT);
}

/* Values mostly come in the order of the parameters. */
static int find_param(const tokex_sql_text_t *sql, const char *name, int first)
{
    int i;

    for (i = 0; i < sql->param_count; i++) {
        int param = (first + i) % sql->param_count;

        if (strcmp(sql->params[param], name) == 0)
            return param;
    }
    return -1;
}

static const tokex_err_t *bind_all(slot_t *slot, tokex_db_t *db, tokex_sql_t statement,
                                   const tokex_bind_t *binds, int count, apr_pool_t *pool)
{
    const tokex_sql_text_t *sql = &tokex_sql_text_statements[statement];
    bool bound[TOKEX_SQL_PARAMS_MAX] = {false};
    int i;

    for (i = 0; i < count; i++) {
        int param = find_param(sql, binds[i].name, i);

        if (param < 0 || bound[param])
            return misused(db, statement,
                           param < 0 ? "no parameter " : "bound twice: ", binds[i].name, pool);
        bound[param] = true;
        if (bind_value(slot, param, &binds[i]) != SQLITE_OK)
            return fail(db, sql->name, pool);
    }
    for (i = 0; i < sql->param_count; i++)
        if (!bound[i])
            return misused(db, statement, "not bound: ", sql->params[i], pool);
    return NULL;
}

static const tokex_err_t *start(slot_t **out, tokex_db_t *db, tokex_sql_t statement,
                                const tokex_bind_t *binds, int count, apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(prepare(out, db, statement, pool));
    return bind_all(*out, db, statement, binds, count, pool);
}

const tokex_err_t *tokex_db_run(tokex_db_t *db, tokex_sql_t statement, const tokex_bind_t *binds,
                                int bind_count, int *changed, apr_pool_t *pool)
{
    const tokex_err_t *err = NULL;
    slot_t *slot;
    int rc;

    TOKEX_RETURN_ERR(start(&slot, db, statement, binds, bind_count, pool));
    rc = sqlite3_step(slot->stmt);
    if (rc == SQLITE_ROW)
        err = misused(db, statement, "gives rows", "", pool);
    else if (rc != SQLITE_DONE)
        err = fail(db, tokex_sql_text_statements[statement].name, pool);
    else if (changed)
        *changed = sqlite3_changes(db->handle);
    finish(db, slot);
    return err;
}

/* ---- Rows */

static slot_t *slot_of(tokex_rows_t *rows)
{
    slot_t *slot = rows->db->slots[rows->statement];

    return slot->use == rows->use ? slot : NULL;
}

static apr_status_t free_statement(void *data)
{
    slot_t *slot = slot_of(data);

    if (slot)
        sqlite3_reset(slot->stmt);
    return APR_SUCCESS;
}

const tokex_err_t *tokex_db_select(tokex_rows_t **out, tokex_db_t *db, tokex_sql_t statement,
                                   const tokex_bind_t *binds, int bind_count, apr_pool_t *pool)
{
    tokex_rows_t *rows = apr_pcalloc(pool, sizeof *rows);
    slot_t *slot;

    TOKEX_RETURN_ERR(start(&slot, db, statement, binds, bind_count, pool));
    rows->db = db;
    rows->statement = statement;
    rows->use = slot->use;
    rows->pool = pool;
    rows->last = apr_pcalloc(pool, sizeof *rows->last * ((apr_size_t)slot->column_count + 1));
    /* Before the pool's children go: the handle may live in one of them. */
    apr_pool_pre_cleanup_register(pool, rows, free_statement);
    *out = rows;
    return NULL;
}

const tokex_err_t *tokex_db_next(bool *more, tokex_rows_t *rows)
{
    slot_t *slot = slot_of(rows);
    const tokex_err_t *err = NULL;
    int rc;

    *more = false;
    if (!slot)
        return misused(rows->db, rows->statement, "began again before its rows were read", "",
                       rows->pool);
    if (rows->damaged)
        return tokex_err_create(rows->pool, TOKEX_E_DB_CORRUPT, NULL,
                                "%s: %s: the column %s holds a NUL", rows->db->path,
                                tokex_sql_text_statements[rows->statement].name, rows->damaged);
    rc = sqlite3_step(slot->stmt);
    *more = rc == SQLITE_ROW;
    if (*more)
        return NULL;
    if (rc != SQLITE_DONE)
        err = fail(rows->db, tokex_sql_text_statements[rows->statement].name, rows->pool);
    finish(rows->db, slot);
    slot->use++;
    apr_pool_cleanup_kill(rows->pool, rows, free_statement);
    return err;
}

/* Columns are mostly asked for in their order. */
static int find_column(slot_t *slot, const char *column)
{
    int i;

    for (i = 0; i < slot->column_count; i++) {
        int place = (slot->asked + i) % slot->column_count;

        if (strcmp(slot->columns[place], column) == 0) {
            slot->asked = place + 1;
            return place;
        }
    }
    return -1;
}

/* The text as SQLite has it until the next step, of `*len` octets, and which column it is of. */
static const char *read_text(int *len, int *place, tokex_rows_t *rows, const char *column)
{
    slot_t *slot = slot_of(rows);
    int i = slot ? find_column(slot, column) : -1;
    const char *text = i < 0 ? NULL : (const char *)sqlite3_column_text(slot->stmt, i);

    if (!text)
        return NULL;
    *len = sqlite3_column_bytes(slot->stmt, i);
    *place = i;
    /* A text that is cut would be another text: a name could pass for a shorter one. */
    if (memchr(text, '\0', (size_t)*len))
        rows->damaged = column;
    return text;
}

const char *tokex_db_peek(tokex_rows_t *rows, const char *column)
{
    int len, place;

    return read_text(&len, &place, rows, column);
}

const char *tokex_db_text(tokex_rows_t *rows, const char *column)
{
    int len, place;
    const char *text = read_text(&len, &place, rows, column);
    cell_t *last;

    if (!text)
        return NULL;
    last = &rows->last[place];
    if (!last->text || last->len != len || memcmp(last->text, text, (size_t)len) != 0)
        *last = (cell_t){apr_pstrmemdup(rows->pool, text, (apr_size_t)len), len};
    return last->text;
}

int64_t tokex_db_integer(tokex_rows_t *rows, const char *column)
{
    slot_t *slot = slot_of(rows);
    int i = slot ? find_column(slot, column) : -1;

    return i < 0 ? 0 : sqlite3_column_int64(slot->stmt, i);
}

const tokex_err_t *tokex_db_value(const char **out, tokex_db_t *db, tokex_sql_t statement,
                                  apr_pool_t *pool)
{
    const tokex_err_t *err = NULL;
    slot_t *slot;
    int rc;

    *out = NULL;
    TOKEX_RETURN_ERR(start(&slot, db, statement, NULL, 0, pool));
    rc = sqlite3_step(slot->stmt);
    if (rc == SQLITE_ROW)
        *out = apr_pstrdup(pool, (const char *)sqlite3_column_text(slot->stmt, 0));
    else if (rc != SQLITE_DONE)
        err = fail(db, tokex_sql_text_statements[statement].name, pool);
    finish(db, slot);
    return err;
}

const tokex_err_t *tokex_db_script(tokex_db_t *db, const char *script, apr_pool_t *pool)
{
    if (sqlite3_exec(db->handle, script, NULL, NULL, NULL) != SQLITE_OK)
        return fail(db, "migration", pool);
    return NULL;
}

const tokex_err_t *tokex_db_copy(tokex_db_t *from, tokex_db_t *to, apr_pool_t *pool)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->handle, "main", from->handle, "main");
    int rc;

    if (!backup)
        return fail(to, "copy", pool);
    /* The result of a step is repeated by the finish, unless it is one that may be tried again. */
    rc = sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK)
        return fail(to, "copy", pool);
    return rc == SQLITE_DONE ? NULL
                             : tokex_err_create(pool, failure_of(rc).code, NULL, "%s: copy: %s",
                                                from->path, sqlite3_errstr(rc));
}

/* ---- Transactions */

static apr_status_t roll_back(void *data)
{
    tokex_db_rollback(data);
    return APR_SUCCESS;
}

const tokex_err_t *tokex_db_begin(tokex_db_t *db, bool write, apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(
        tokex_db_run(db, write ? TOKEX_SQL_SQLITE_BEGIN_WRITE : TOKEX_SQL_TRANSACTION_BEGIN, NULL,
                     0, NULL, pool));
    db->transaction_pool = pool;
    apr_pool_pre_cleanup_register(pool, db, roll_back);
    return NULL;
}

static void end_transaction(tokex_db_t *db)
{
    if (db->transaction_pool)
        apr_pool_cleanup_kill(db->transaction_pool, db, roll_back);
    db->transaction_pool = NULL;
}

const tokex_err_t *tokex_db_commit(tokex_db_t *db, apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_TRANSACTION_COMMIT, NULL, 0, NULL, pool));
    end_transaction(db);
    return NULL;
}

void tokex_db_rollback(tokex_db_t *db)
{
    slot_t *slot;

    /* Some failures (a full disk) have rolled back already; then there is nothing to undo. */
    if (!sqlite3_get_autocommit(db->handle) && db->transaction_pool &&
        !prepare(&slot, db, TOKEX_SQL_TRANSACTION_ROLLBACK, db->transaction_pool)) {
        sqlite3_step(slot->stmt);
        sqlite3_reset(slot->stmt);
    }
    end_transaction(db);
}
