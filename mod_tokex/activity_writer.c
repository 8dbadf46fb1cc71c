#include "activity_writer.h"

#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <http_log.h>

#include "activity_record.h"
#include "activity_ring.h"
#include "counters.h"
#include "ending.h"
#include "messages.h"
#include "monotonic.h"
#include "pools.h"
#include "state_db.h"
#include "threads.h"

APLOG_USE_MODULE(tokex);

/* What was decided is to be found within a second. */
#define INTERVAL_MILLISECONDS 125
/* How long the end of a child waits for what is written last, */
#define END_MILLISECONDS 2500
/* and when that begins nothing more by itself. */
#define END_TIME apr_time_from_msec(1500)

/* One state.db. */
typedef struct book_t {
    server_rec *s;
    const char *path;
    tokex_state_db_t *state;
    volatile apr_uint64_t dropped; /* records that found no room, ever */
    apr_uint64_t told;             /* how many of them the database knows */
    bool written;                  /* what the tray has for it */
    bool failing;
    apr_uint64_t failed_at; /* `told` when that began */
} book_t;

struct tokex_activity_writer_t {
    apr_pool_t *pool; /* no other thread's, and none of httpd's */
    server_rec *main;
    apr_array_header_t *books; /* book_t * */
    tokex_activity_ring_t *ring;
    const tokex_activity_tray_t *tray; /* that is not all written; NULL: none */
    apr_thread_t *thread;              /* NULL: none */
    tokex_ending_t ending;
};

static book_t *book_of(const tokex_activity_writer_t *writer, apr_uint32_t i)
{
    return APR_ARRAY_IDX(writer->books, i, book_t *);
}

/* ---- Writing a tray */

/* The records of one book in a tray. */
typedef struct reader_t {
    const tokex_activity_tray_t *tray;
    apr_uint32_t book;
    apr_size_t at;
} reader_t;

static const unsigned char *next_record(reader_t *reader)
{
    tokex_activity_mark_t mark;
    const unsigned char *record;

    do {
        record = reader->tray ? tokex_activity_tray_next(reader->tray, &reader->at, &mark) : NULL;
    } while (record && mark.tag != reader->book);
    return record;
}

static bool next_row(tokex_activity_row_t *row, void *ctx, apr_pool_t *pool)
{
    const unsigned char *record = next_record(ctx);

    if (record)
        tokex_activity_record_read(row, record, pool);
    return record != NULL;
}

static bool has_any(const tokex_activity_writer_t *writer, apr_uint32_t book)
{
    reader_t reader = {writer->tray, book, 0};

    return next_record(&reader) != NULL;
}

static const tokex_err_t *write_rows(const tokex_activity_writer_t *writer, apr_uint32_t i,
                                     apr_uint64_t dropped, apr_pool_t *scratch)
{
    book_t *book = book_of(writer, i);
    reader_t reader = {writer->tray, i, 0};
    const tokex_activity_batch_t batch = {next_row, &reader, (int64_t)(dropped - book->told),
                                          apr_time_sec(apr_time_now())};
    tokex_db_t *db;
    bool other;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, book->state, scratch));
    if (other)
        TOKEX_RETURN_ERR(tokex_db_hurry(db, scratch));
    return tokex_activity_store_add(db, &batch, scratch);
}

/* A lock that goes before there is no more room is no failure. */
static bool is_failure(book_t *book, const tokex_err_t *err)
{
    return err->code != TOKEX_E_DB_BUSY || apr_atomic_read64(&book->dropped) != book->told;
}

static void say(book_t *book, const tokex_err_t *err, apr_pool_t *pool)
{
    if (err && !book->failing && is_failure(book, err)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, book->s,
                     TX_ACTIVITY "what is decided cannot be recorded: %s. %s",
                     tokex_err_text(err, pool), tokex_err_info(err->code)->remedy);
        book->failing = true;
        book->failed_at = book->told;
    } else if (!err && book->failing) {
        book->failing = false;
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, book->s,
                     TX_ACTIVITY "what is decided is recorded again; %" APR_UINT64_T_FMT
                                 " decisions are not in %s",
                     book->told - book->failed_at, book->path);
    }
}

/* True: there is nothing left to write for this book. */
static bool write_book(tokex_activity_writer_t *writer, apr_uint32_t i)
{
    book_t *book = book_of(writer, i);
    apr_uint64_t dropped = apr_atomic_read64(&book->dropped);
    bool any = !book->written && has_any(writer, i);
    const tokex_err_t *err;
    apr_pool_t *scratch;

    book->written = book->written || !any;
    if (!any && dropped == book->told)
        return true;
    apr_pool_create(&scratch, writer->pool);
    err = write_rows(writer, i, dropped, scratch);
    if (!err) {
        book->told = dropped;
        book->written = true;
    }
    say(book, err, scratch);
    apr_pool_destroy(scratch);
    if (err && err->code != TOKEX_E_DB_BUSY)
        tokex_state_db_close(book->state);
    return book->written;
}

static void write_tray(tokex_activity_writer_t *writer)
{
    bool all = true;
    int i;

    for (i = 0; i < writer->books->nelts; i++)
        all = write_book(writer, (apr_uint32_t)i) && all;
    if (!all)
        return;
    writer->tray = NULL;
    tokex_activity_ring_done(writer->ring);
}

static void take(tokex_activity_writer_t *writer, bool close)
{
    int i;

    writer->tray = tokex_activity_ring_take(writer->ring, close);
    for (i = 0; i < writer->books->nelts; i++)
        book_of(writer, (apr_uint32_t)i)->written = false;
}

/* ---- The thread */

/* What will never be written. */
static void count_rest(const tokex_activity_writer_t *writer)
{
    int i;

    for (i = 0; writer->tray && i < writer->books->nelts; i++) {
        reader_t reader = {writer->tray, (apr_uint32_t)i, 0};

        while (!book_of(writer, (apr_uint32_t)i)->written && next_record(&reader))
            tokex_counters_add(TOKEX_COUNT_ACTIVITY_DROPPED);
    }
}

static void write_last(tokex_activity_writer_t *writer)
{
    apr_time_t until = tokex_monotonic_now() + END_TIME;

    if (writer->tray)
        write_tray(writer);
    count_rest(writer);
    take(writer, true);
    if (tokex_monotonic_now() < until)
        write_tray(writer);
    count_rest(writer);
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *data)
{
    tokex_activity_writer_t *writer = data;

    (void)thread;
    while (!tokex_ending_is_near(&writer->ending, INTERVAL_MILLISECONDS)) {
        if (!writer->tray)
            take(writer, false);
        write_tray(writer);
    }
    write_last(writer);
    tokex_ending_done(&writer->ending);
    return NULL;
}

static apr_status_t end(void *data)
{
    tokex_activity_writer_t *writer = data;

    return writer->thread ? tokex_ending_wait(&writer->ending, writer->thread, END_MILLISECONDS)
                          : APR_SUCCESS;
}

tokex_activity_writer_t *tokex_activity_writer_create(server_rec *main, apr_pool_t *pchild)
{
    tokex_activity_writer_t *writer;
    apr_pool_t *pool;
    apr_status_t rv = tokex_pools_create(&pool);

    if (rv == APR_SUCCESS) {
        writer = apr_pcalloc(pool, sizeof(*writer));
        writer->pool = pool;
        writer->main = main;
        writer->books = apr_array_make(pool, 1, sizeof(book_t *));
        writer->ring = tokex_activity_ring_create(pool);
        rv = writer->ring ? tokex_ending_make(&writer->ending) : APR_ENOMEM;
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, main,
                     TX_ACTIVITY "there is no memory, or no descriptor, to record what is decided");
        return NULL;
    }
    /* Before subpools go. The writer itself stays until the process has ended: the event MPM keeps
     * requests in pools that outlive the child's. */
    apr_pool_pre_cleanup_register(pchild, writer, end);
    return writer;
}

apr_uint32_t tokex_activity_writer_book(tokex_activity_writer_t *writer, server_rec *s,
                                        const char *path)
{
    book_t *book;
    int i;

    for (i = 0; i < writer->books->nelts; i++) {
        if (strcmp(book_of(writer, (apr_uint32_t)i)->path, path) == 0)
            return (apr_uint32_t)i;
    }
    book = apr_pcalloc(writer->pool, sizeof(*book));
    book->s = s;
    book->path = apr_pstrdup(writer->pool, path);
    book->state = tokex_state_db_create(path, TOKEX_DB_TOUCH, writer->pool);
    APR_ARRAY_PUSH(writer->books, book_t *) = book;
    return (apr_uint32_t)i;
}

void tokex_activity_writer_start(tokex_activity_writer_t *writer)
{
    apr_status_t rv = tokex_threads_create(&writer->thread, run, writer, writer->pool);

    if (rv == APR_SUCCESS)
        return;
    writer->thread = NULL;
    (void)tokex_activity_ring_take(writer->ring, true);
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, writer->main,
                 TX_ACTIVITY "no thread could be made, so what this process decides is not "
                             "recorded. Raise the limit of threads.");
}

bool tokex_activity_writer_give(tokex_activity_writer_t *writer, apr_uint32_t book,
                                const unsigned char *record, apr_size_t len, bool refusal)
{
    const tokex_activity_mark_t mark = {(apr_uint32_t)len, book};

    if (tokex_activity_ring_put(writer->ring, &mark, record, refusal))
        return true;
    apr_atomic_inc64(&book_of(writer, book)->dropped);
    return false;
}
