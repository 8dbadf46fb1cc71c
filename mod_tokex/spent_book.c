#include "spent_book.h"

#include <apr_thread_mutex.h>

#include "base/limits.h"
#include "directives.h"
#include "pools.h"
#include "state_db.h"
#include "store/spent_store.h"

struct tokex_spent_book_t {
    apr_thread_mutex_t *lock; /* of what follows */
    tokex_state_db_t *state;
    apr_pool_t *scratch;
};

tokex_spent_book_t *tokex_spent_book_create(server_rec *s)
{
    tokex_spent_book_t *book;
    apr_pool_t *pool;

    if (tokex_pools_create(&pool) != APR_SUCCESS)
        return NULL;
    book = apr_pcalloc(pool, sizeof(*book));
    book->state = tokex_state_db_create(tokex_directives_state_db(tokex_directives_of(s), pool),
                                        TOKEX_DB_TOUCH, pool);
    apr_pool_create(&book->scratch, pool);
    return apr_thread_mutex_create(&book->lock, APR_THREAD_MUTEX_DEFAULT, pool) == APR_SUCCESS
               ? book
               : NULL;
}

static const tokex_err_t *put(tokex_spending_t *out, tokex_spent_book_t *book,
                              const tokex_spent_t *token, int64_t now)
{
    tokex_db_t *db;
    bool other;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, book->state, book->scratch));
    return tokex_spent_store_put(out, db, token, TOKEX_LIMIT_SPENT, now, book->scratch);
}

static const tokex_err_t *spend(tokex_spending_t *out, void *spent, const tokex_spent_t *token,
                                int64_t now, apr_pool_t *pool)
{
    tokex_spent_book_t *book = spent;
    const tokex_err_t *err;

    apr_thread_mutex_lock(book->lock);
    err = put(out, book, token, now);
    if (err && err->code != TOKEX_E_DB_BUSY)
        tokex_state_db_close(book->state);
    if (err)
        err = tokex_err_create(pool, TOKEX_E_SPENT_STORE, NULL, "%s",
                               tokex_err_text(err, book->scratch));
    apr_pool_clear(book->scratch);
    apr_thread_mutex_unlock(book->lock);
    return err;
}

void tokex_spent_book_serve(tokex_host_t *host, tokex_spent_book_t *book)
{
    if (!book)
        return;
    host->spend = spend;
    host->spent = book;
}
