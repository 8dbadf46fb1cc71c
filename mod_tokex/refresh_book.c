#include "refresh_book.h"

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "directives.h"
#include "pools.h"
#include "state_db.h"
#include "store/refresh_store.h"

struct tokex_refresh_book_t {
    tokex_revocation_follow_t *revocations;
    apr_thread_mutex_t *lock; /* of what follows */
    tokex_state_db_t *state;
    apr_pool_t *scratch;
};

tokex_refresh_book_t *tokex_refresh_book_create(server_rec *s,
                                                tokex_revocation_follow_t *revocations)
{
    tokex_refresh_book_t *book;
    apr_pool_t *pool;

    if (tokex_pools_create(&pool) != APR_SUCCESS)
        return NULL;
    book = apr_pcalloc(pool, sizeof(*book));
    book->revocations = revocations;
    book->state = tokex_state_db_create(tokex_directives_state_db(tokex_directives_of(s), pool),
                                        TOKEX_DB_TOUCH, pool);
    apr_pool_create(&book->scratch, pool);
    return apr_thread_mutex_create(&book->lock, APR_THREAD_MUTEX_DEFAULT, pool) == APR_SUCCESS
               ? book
               : NULL;
}

/* What one thread does with the database while it has the lock. */
typedef struct task_t {
    const tokex_err_t *(*run)(struct task_t *task, tokex_db_t *db, apr_pool_t *scratch);
    const char *id;
    const tokex_refresh_t *row;
    const char *replaced;
    const tokex_refresh_gate_t *gate;
    const tokex_refresh_t *found; /* in `pool` */
    bool good;                    /* the gate says so */
    bool done;
    apr_pool_t *pool;
    tokex_refresh_book_t *book;
} task_t;

static const tokex_err_t *run(tokex_refresh_book_t *book, task_t *task)
{
    const tokex_err_t *err;
    tokex_db_t *db;
    bool other;

    apr_thread_mutex_lock(book->lock);
    err = tokex_state_db_get(&db, &other, book->state, book->scratch);
    if (!err)
        err = task->run(task, db, book->scratch);
    if (err && err->code != TOKEX_E_DB_BUSY)
        tokex_state_db_close(book->state);
    if (err)
        err = tokex_err_create(task->pool, TOKEX_E_REFRESH_STORE, NULL, "%s",
                               tokex_err_text(err, book->scratch));
    apr_pool_clear(book->scratch);
    apr_thread_mutex_unlock(book->lock);
    return err;
}

static const tokex_err_t *find_row(task_t *task, tokex_db_t *db, apr_pool_t *scratch)
{
    (void)scratch;
    return tokex_refresh_store_find(&task->found, db, task->id, task->pool);
}

static const tokex_err_t *find(const tokex_refresh_t **out, void *book, const char *id,
                               apr_pool_t *pool)
{
    task_t task = {.run = find_row, .id = id, .pool = pool};

    TOKEX_RETURN_ERR(run(book, &task));
    *out = task.found;
    return NULL;
}

static const tokex_err_t *put_row(task_t *task, tokex_db_t *db, apr_pool_t *scratch)
{
    task->done = true;
    if (!task->replaced)
        return tokex_refresh_store_insert(db, task->row, scratch);
    return tokex_refresh_store_replace(&task->done, db, task->row, task->replaced,
                                       apr_time_sec(apr_time_now()), scratch);
}

/* Once this one writes, whoever takes something back waits, and then finds the row. What was taken
 * back before can be read. */
static const tokex_err_t *judge_and_put(task_t *task, tokex_db_t *db, apr_pool_t *scratch)
{
    TOKEX_RETURN_ERR(tokex_db_begin(db, true, scratch));
    TOKEX_RETURN_ERR(tokex_revocation_follow_read(task->book->revocations, scratch));
    task->good = task->gate->is_good(task->gate->ctx);
    if (!task->good)
        return NULL;
    TOKEX_RETURN_ERR(put_row(task, db, scratch));
    return task->done ? tokex_db_commit(db, scratch) : NULL;
}

static const tokex_err_t *keep_row(task_t *task, tokex_db_t *db, apr_pool_t *scratch)
{
    const tokex_err_t *err = judge_and_put(task, db, scratch);

    if (err || !task->good || !task->done)
        tokex_db_rollback(db);
    return err;
}

static const tokex_err_t *keep(void *book, const tokex_refresh_t *row, const char *replaced,
                               const tokex_refresh_gate_t *gate, apr_pool_t *pool)
{
    task_t task = {.run = keep_row,
                   .row = row,
                   .replaced = replaced,
                   .gate = gate,
                   .pool = pool,
                   .book = book};

    TOKEX_RETURN_ERR(run(book, &task));
    if (!task.good)
        return tokex_err_create(pool, TOKEX_E_TOKEN_REVOKED, NULL,
                                "what it would be kept of was taken back");
    return task.done ? NULL
                     : tokex_err_create(pool, TOKEX_E_REFRESH_REUSED, NULL,
                                        "another request has used it meanwhile");
}

static const tokex_err_t *delete_row(task_t *task, tokex_db_t *db, apr_pool_t *scratch)
{
    return tokex_refresh_store_delete(db, task->id, scratch);
}

/* First what came of it, so that nothing of it is left good when the row is gone. */
static const tokex_err_t *end(void *book, const tokex_refresh_t *row, int64_t now, apr_pool_t *pool)
{
    tokex_refresh_book_t *self = book;
    tokex_revocation_t revocation = {
        .kind = TOKEX_REVOCATION_TOKEN,
        .issuer = "",
        .value = row->id,
        .ends = row->ends + TOKEX_REVOCATION_TAIL,
        .created = now,
        .who = apr_pstrcat(pool, "client ", row->client, NULL),
        .reason = "a refresh token was used twice",
    };
    task_t task = {.run = delete_row, .id = row->id, .pool = pool};

    TOKEX_RETURN_ERR(tokex_revocation_follow_add(self->revocations, &revocation, pool));
    return run(self, &task);
}

void tokex_refresh_book_serve(tokex_host_t *host, tokex_refresh_book_t *book)
{
    if (!book)
        return;
    host->refresh_find = find;
    host->refresh_keep = keep;
    host->refresh_end = end;
    host->refreshes = book;
}
