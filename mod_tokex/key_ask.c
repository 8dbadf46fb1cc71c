#include "key_ask.h"

#include <apr_atomic.h>
#include <apr_thread_mutex.h>
#include <http_log.h>

#include "counters.h"
#include "directives.h"
#include "messages.h"
#include "state_db.h"

APLOG_USE_MODULE(tokex);

struct tokex_key_ask_t {
    server_rec *s;
    const char *directory;
    tokex_key_follow_t *follow;
    const tokex_crypt_t *crypt;

    apr_thread_mutex_t *lock; /* of what follows */
    tokex_state_db_t *state;
    bool failing;
};

tokex_key_ask_t *tokex_key_ask_create(server_rec *s, tokex_key_follow_t *follow,
                                      const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    const tokex_conf_t *conf = tokex_directives_of(s);
    tokex_key_ask_t *ask = apr_pcalloc(pool, sizeof(*ask));
    apr_status_t rv = apr_thread_mutex_create(&ask->lock, APR_THREAD_MUTEX_DEFAULT, pool);

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                     TX_KEYS_SAVE "no keys of issuers are fetched here");
        return NULL;
    }
    ask->s = s;
    ask->directory = tokex_directives_directory(conf);
    ask->follow = follow;
    ask->crypt = crypt;
    ask->state = tokex_state_db_create(tokex_directives_state_db(conf, pool), TOKEX_DB_TOUCH, pool);
    return ask;
}

tokex_key_source_t tokex_key_ask_source(const tokex_key_ask_t *ask, const tokex_key_fetch_t *fetch)
{
    tokex_key_source_t source = {ask->directory, fetch->issuer->config->id, fetch->url};

    return source;
}

bool tokex_key_ask_known(tokex_fetched_t *out, const tokex_key_ask_t *ask, const char *issuer,
                         const char *url, apr_pool_t *pool)
{
    return tokex_fetched_keys_row(out, tokex_key_follow_keys(ask->follow), issuer, url, pool);
}

apr_time_t tokex_key_ask_changed(const tokex_key_ask_t *ask)
{
    return tokex_key_follow_changed(ask->follow);
}

/* ---- What is said of one */

static void say_failure(const tokex_key_ask_t *ask, const tokex_key_fetch_t *fetch)
{
    const char *id = fetch->issuer->config->id;
    bool has_keys = fetch->row.jwks != NULL;

    /* Once, until it goes well again: an issuer that is down stays so for many attempts. */
    if (fetch->known && fetch->known->failure)
        return;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, ask->s,
                 TX_KEYS_FAILED "the keys of issuer \"%s\" could not be fetched: %s. %s", id,
                 fetch->row.failure,
                 has_keys ? "Those that came before go on being used until they are too old"
                          : "None came before, so its tokens are refused until they come");
}

static void say_success(const tokex_key_ask_t *ask, const tokex_key_fetch_t *fetch)
{
    const char *id = fetch->issuer->config->id;
    bool again = fetch->known && fetch->known->failure;
    int i;

    if (fetch->withdrawn)
        ap_log_error(APLOG_MARK, APLOG_ALERT, 0, ask->s,
                     TX_KEYS_WITHDRAWN
                     "issuer \"%s\" has withdrawn its keys: %s answers with none. "
                     "Its tokens are refused from now on; ask the issuer why",
                     id, fetch->url);
    else if (fetch->changed || again)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ask->s,
                     TX_KEYS_FETCHED "%s keys of issuer \"%s\" came from %s",
                     fetch->changed ? "new" : "again the", id, fetch->url);
    if (!fetch->changed)
        return;
    if (fetch->moved)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ask->s,
                     TX_KEYS_MOVED "the metadata of issuer \"%s\", %s, names keys on another host: "
                                   "%s",
                     id, fetch->url, fetch->moved);
    for (i = 0; i < fetch->warning_count; i++)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ask->s,
                     TX_KEYS_LEFT_OUT "a key of issuer \"%s\" from %s is left out: %s", id,
                     fetch->url, fetch->warnings[i]);
}

/* ---- Asking */

static void take(tokex_key_ask_t *ask, const tokex_key_fetch_t *fetch)
{
    bool failed = fetch->row.failure != NULL;
    const tokex_err_t *err =
        tokex_fetched_keys_put(tokex_key_follow_keys(ask->follow), &fetch->row);

    if (err)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, ask->s, TX_KEYS_FAILED "issuer \"%s\": %s",
                     fetch->issuer->config->id, tokex_err_info(err->code)->cause);
    tokex_counters_add(failed ? TOKEX_COUNT_FETCHES_FAILED : TOKEX_COUNT_FETCHES_GOOD);
    if (failed)
        say_failure(ask, fetch);
    else
        say_success(ask, fetch);
}

void tokex_key_ask_run(tokex_key_ask_t *ask, tokex_fetcher_t *fetcher, tokex_key_fetch_t *fetches,
                       int count, volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    tokex_key_fetcher_t way = {fetcher, tokex_fetch_run, stop, ask->crypt};
    int i;

    for (i = 0; i < count; i++) {
        tokex_fetched_t *known = apr_palloc(pool, sizeof(*known));

        fetches[i].known =
            tokex_key_ask_known(known, ask, fetches[i].issuer->config->id, fetches[i].url, pool)
                ? known
                : NULL;
    }
    tokex_key_fetch_run(&way, fetches, count, apr_time_sec(apr_time_now()), pool, pool);
    /* What was broken off says nothing about the issuer. */
    if (stop && apr_atomic_read32(stop))
        return;
    tokex_key_follow_note(ask->follow);
    for (i = 0; i < count; i++)
        take(ask, &fetches[i]);
}

/* ---- state.db */

static const tokex_err_t *save(tokex_key_ask_t *ask, tokex_fetched_t *rows, int count,
                               apr_pool_t *pool)
{
    tokex_db_t *db;
    bool other;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, ask->state, pool));
    return tokex_key_store_save(db, rows, count, pool);
}

static void say_saved(tokex_key_ask_t *ask, const tokex_err_t *err, apr_pool_t *pool)
{
    if (err && !ask->failing)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, ask->s,
                     TX_KEYS_SAVE "fetched keys of issuers are served by this process alone, and "
                                  "lost when it ends: %s. %s",
                     tokex_err_text(err, pool), tokex_err_info(err->code)->remedy);
    if (!err && ask->failing)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ask->s,
                     TX_KEYS_SAVE "fetched keys of issuers are kept again");
    ask->failing = err != NULL;
}

bool tokex_key_ask_save(tokex_key_ask_t *ask, tokex_fetched_t *rows, int count, apr_pool_t *pool)
{
    const tokex_err_t *err;

    apr_thread_mutex_lock(ask->lock);
    err = save(ask, rows, count, pool);
    say_saved(ask, err, pool);
    if (err && err->code != TOKEX_E_DB_BUSY)
        tokex_state_db_close(ask->state);
    apr_thread_mutex_unlock(ask->lock);
    return !err;
}

static const tokex_err_t *prune(tokex_key_ask_t *ask,
                                bool (*is_named)(void *ctx, const tokex_fetched_t *), void *ctx,
                                apr_pool_t *pool)
{
    const tokex_fetched_t *rows;
    tokex_db_t *db;
    int count, i;
    bool other;

    TOKEX_RETURN_ERR(tokex_state_db_get(&db, &other, ask->state, pool));
    TOKEX_RETURN_ERR(tokex_key_store_changed(&rows, &count, db, 0, pool, pool));
    for (i = 0; i < count; i++) {
        if (is_named(ctx, &rows[i]))
            continue;
        TOKEX_RETURN_ERR(tokex_key_store_remove(db, rows[i].issuer, rows[i].url, pool));
        tokex_fetched_keys_remove(tokex_key_follow_keys(ask->follow), rows[i].issuer, rows[i].url);
    }
    return NULL;
}

bool tokex_key_ask_prune(tokex_key_ask_t *ask, bool (*is_named)(void *ctx, const tokex_fetched_t *),
                         void *ctx, apr_pool_t *pool)
{
    const tokex_err_t *err;

    apr_thread_mutex_lock(ask->lock);
    err = prune(ask, is_named, ctx, pool);
    say_saved(ask, err, pool);
    if (err && err->code != TOKEX_E_DB_BUSY)
        tokex_state_db_close(ask->state);
    apr_thread_mutex_unlock(ask->lock);
    return !err;
}
