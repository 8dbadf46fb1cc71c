#include "accounts.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_log.h>

#include "messages.h"
#include "state_db.h"
#include "store/account_links.h"
#include "store/account_store.h"

APLOG_USE_MODULE(tokex);

/* So many requests of a process read at once; each takes some tens of microseconds. */
#define READERS 4

/* What is known of links. */
enum { UNKNOWN, NO_LINKS, LINKS };

/* A handle, and the lock of whoever uses it. */
typedef struct handle_t {
    apr_thread_mutex_t *lock;
    tokex_state_db_t *state;
    apr_pool_t *scratch; /* of one use */
} handle_t;

struct tokex_accounts_t {
    server_rec *s;
    handle_t readers[READERS];
    handle_t writer;
    volatile apr_uint32_t turn; /* of the reader that is waited for when all are busy */

    /* Of the thread that follows. */
    tokex_state_share_t *share;
    apr_pool_t *scratch; /* of one look */
    unsigned serial;     /* of `share`, when it was last looked at */
    int64_t version;     /* of the database, then */
    bool failed;         /* and it was said */

    volatile apr_uint32_t links;
    volatile apr_uint32_t blind; /* the last look failed */
    volatile apr_uint64_t number;
};

static bool make_handle(handle_t *handle, const char *path, tokex_db_mode_t mode, apr_pool_t *pool)
{
    if (apr_thread_mutex_create(&handle->lock, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS)
        return false;
    handle->state = tokex_state_db_create(path, mode, pool);
    return apr_pool_create(&handle->scratch, pool) == APR_SUCCESS;
}

static bool make_handles(tokex_accounts_t *accounts, const char *path, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < READERS; i++)
        if (!make_handle(&accounts->readers[i], path, TOKEX_DB_PEEK, pool))
            return false;
    return make_handle(&accounts->writer, path, TOKEX_DB_TOUCH, pool) &&
           apr_pool_create(&accounts->scratch, pool) == APR_SUCCESS;
}

tokex_accounts_t *tokex_accounts_create(server_rec *s, tokex_state_share_t *share, apr_pool_t *pool)
{
    tokex_accounts_t *accounts = apr_pcalloc(pool, sizeof(*accounts));

    accounts->s = s;
    accounts->share = share;
    if (make_handles(accounts, tokex_state_share_path(share), pool))
        return accounts;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 TX_ACCOUNTS "no local accounts are read here: no memory");
    return NULL;
}

/* ---- Handles */

static handle_t *take_reader(tokex_accounts_t *accounts)
{
    handle_t *handle;
    int i;

    for (i = 0; i < READERS; i++)
        if (apr_thread_mutex_trylock(accounts->readers[i].lock) == APR_SUCCESS)
            return &accounts->readers[i];
    handle = &accounts->readers[apr_atomic_inc32(&accounts->turn) % READERS];
    apr_thread_mutex_lock(handle->lock);
    return handle;
}

/* After an error, but for a lock that goes by itself, the database is opened anew. `err` stays in
 * `pool`. */
static const tokex_err_t *give_back(handle_t *handle, const tokex_err_t *err, apr_pool_t *pool)
{
    if (err)
        err = tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool));
    if (err && err->code != TOKEX_E_DB_BUSY)
        tokex_state_db_close(handle->state);
    apr_pool_clear(handle->scratch);
    apr_thread_mutex_unlock(handle->lock);
    return err;
}

/* ---- Asking */

static const tokex_err_t *answer(tokex_account_answer_t *out, handle_t *handle,
                                 const tokex_account_question_t *question, apr_pool_t *pool)
{
    tokex_db_t *db;
    bool other;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, handle->state, handle->scratch));
    if (other)
        TOKEX_RETURN_ERR(tokex_db_widen(db, handle->scratch));
    TOKEX_RETURN_ERR(tokex_account_store_answer(out, db, question, handle->scratch));
    if (out->account)
        out->account = tokex_account_copy(out->account, pool);
    out->gone = apr_pstrdup(pool, out->gone);
    return NULL;
}

typedef const tokex_err_t *answer_t(tokex_account_answer_t *out, handle_t *handle,
                                    const tokex_account_question_t *question, apr_pool_t *pool);

/* Where nobody is linked, who makes nothing of accounts needs no database. */
static bool is_plain(tokex_accounts_t *accounts, const tokex_account_question_t *question)
{
    return !question->needed && question->key_count == 0 &&
           apr_atomic_read32(&accounts->links) == NO_LINKS;
}

/* Fills `out` from a reader; an error is none where the question may go without an answer. */
static const tokex_err_t *read_answer(tokex_account_answer_t *out, tokex_accounts_t *accounts,
                                      const tokex_account_question_t *question, answer_t *read,
                                      apr_pool_t *pool)
{
    const tokex_err_t *err;
    handle_t *handle;

    *out = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_NONE};
    if (is_plain(accounts, question))
        return NULL;
    handle = take_reader(accounts);
    err = give_back(handle, read(out, handle, question, pool), pool);
    if (!err && out->match == TOKEX_ACCOUNT_LINKED)
        apr_atomic_set32(&accounts->links, LINKS);
    if (!err)
        return NULL;
    *out = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_NONE};
    return question->needed || apr_atomic_read32(&accounts->links) == LINKS ? err : NULL;
}

const tokex_err_t *tokex_accounts_ask(tokex_account_answer_t *out, void *ctx,
                                      const tokex_account_question_t *question, apr_pool_t *pool)
{
    return read_answer(out, ctx, question, answer, pool);
}

static const tokex_err_t *answer_link(tokex_account_answer_t *out, handle_t *handle,
                                      const tokex_account_question_t *question, apr_pool_t *pool)
{
    const char *account;
    tokex_db_t *db;
    bool other;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, handle->state, handle->scratch));
    TOKEX_RETURN_ERR(
        tokex_account_links_find(&account, db, question->issuer, question->sub, handle->scratch));
    if (account) {
        out->match = TOKEX_ACCOUNT_LINKED;
        out->gone = apr_pstrdup(pool, account);
    }
    return NULL;
}

const tokex_err_t *tokex_accounts_linked(const char **account, tokex_accounts_t *accounts,
                                         const tokex_account_question_t *question, apr_pool_t *pool)
{
    tokex_account_answer_t found;

    TOKEX_RETURN_ERR(read_answer(&found, accounts, question, answer_link, pool));
    *account = found.gone;
    return NULL;
}

static const tokex_err_t *make_link(const char **account, handle_t *handle,
                                    const tokex_account_link_t *link, apr_pool_t *pool)
{
    tokex_db_t *db;
    bool other;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, handle->state, handle->scratch));
    TOKEX_RETURN_ERR(tokex_account_links_make(account, db, link, handle->scratch));
    *account = apr_pstrdup(pool, *account);
    return NULL;
}

const tokex_err_t *tokex_accounts_link(const char **account, void *ctx,
                                       const tokex_account_link_t *link, apr_pool_t *pool)
{
    tokex_accounts_t *accounts = ctx;
    const tokex_err_t *err;

    apr_thread_mutex_lock(accounts->writer.lock);
    err = give_back(&accounts->writer, make_link(account, &accounts->writer, link, pool), pool);
    if (!err)
        apr_atomic_set32(&accounts->links, LINKS);
    return err;
}

/* ---- Following */

static const tokex_err_t *read_changes(tokex_accounts_t *accounts, tokex_db_t *db, unsigned serial)
{
    tokex_account_state_t state;
    int64_t version;

    TOKEX_RETURN_ERR(tokex_db_data_version(&version, db, accounts->scratch));
    if (serial == accounts->serial && version == accounts->version)
        return NULL;
    TOKEX_RETURN_ERR(tokex_account_store_state(&state, db, accounts->scratch));
    apr_atomic_set64(&accounts->number, (apr_uint64_t)state.number);
    apr_atomic_set32(&accounts->links, state.has_links ? LINKS : NO_LINKS);
    accounts->serial = serial;
    accounts->version = version;
    return NULL;
}

static const tokex_err_t *look(tokex_accounts_t *accounts)
{
    tokex_db_t *db;
    unsigned serial;
    const tokex_err_t *err =
        tokex_state_share_take(&db, &serial, accounts->share, accounts->scratch);

    if (!err)
        err = read_changes(accounts, db, serial);
    tokex_state_share_give(accounts->share, err);
    return err;
}

static void say(tokex_accounts_t *accounts, const tokex_err_t *err)
{
    if (err && !accounts->failed)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, accounts->s,
                     TX_ACCOUNTS "local accounts cannot be followed: %s. %s",
                     tokex_err_text(err, accounts->scratch), tokex_err_info(err->code)->remedy);
    if (!err && accounts->failed)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, accounts->s,
                     TX_ACCOUNTS "local accounts are followed again");
    accounts->failed = err != NULL;
}

void tokex_accounts_look(tokex_accounts_t *accounts)
{
    const tokex_err_t *err = look(accounts);

    /* Who writes for some moments is no failure. */
    if (!err || err->code != TOKEX_E_DB_BUSY) {
        say(accounts, err);
        apr_atomic_set32(&accounts->blind, err != NULL);
    }
    apr_pool_clear(accounts->scratch);
}

apr_uint64_t tokex_accounts_mark(tokex_accounts_t *accounts)
{
    if (apr_atomic_read32(&accounts->blind) && apr_atomic_read32(&accounts->links) == LINKS)
        return APR_UINT64_MAX - (apr_uint64_t)apr_time_sec(apr_time_now());
    return apr_atomic_read64(&accounts->number);
}
