#include "account_asker.h"

#include <string.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "asker_cache.h"
#include "monotonic.h"

/* Requests of a process that ask at once, as long as that is no more than half of its threads. */
#define PLACES_MOST 8
/* How long one waits for a place. */
#define PATIENCE apr_time_from_sec(1)
/* So long nobody tries after one was not answered. */
#define PAUSE apr_time_from_sec(1)
/* What is longer is no name, address or number; nobody is asked for it. */
#define VALUE_MAX 1024

/* Room for so many at once. */
typedef struct gate_t {
    int inside;
    int places;
    const char *full; /* why nobody gets in any more */
} gate_t;

struct tokex_account_asker_t {
    const tokex_account_source_t *source;
    const char *name;
    int ttl;
    tokex_accounts_t *links;
    const tokex_crypt_t *crypt;

    apr_thread_mutex_t *lock; /* of what follows */
    apr_thread_cond_t *left;
    gate_t asking;
    gate_t connecting; /* to a database */
    apr_time_t failed; /* when nobody answered, by the monotonic clock; 0: that was never so */
    tokex_asker_cache_t *memory;
};

/* What the host's functions are handed. */
typedef struct asking_t {
    tokex_account_asker_t *asker;
    request_rec *r;
} asking_t;

static int count_places(void)
{
    int threads;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS || threads < 4)
        return 1;
    return threads / 2 < PLACES_MOST ? threads / 2 : PLACES_MOST;
}

tokex_account_asker_t *tokex_account_asker_create(const tokex_account_source_t *source, int ttl,
                                                  tokex_accounts_t *links,
                                                  const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    tokex_account_asker_t *asker = apr_pcalloc(pool, sizeof(*asker));

    asker->source = source;
    asker->name = tokex_account_source_name(source);
    asker->ttl = ttl;
    asker->links = links;
    asker->crypt = crypt;
    asker->asking = (gate_t){0, count_places(), "all who may ask at once wait for an answer"};
    asker->connecting = (gate_t){0, 1, "somebody waits for a connection to the database"};
    asker->memory = tokex_asker_cache_create(pool);
    if (apr_thread_mutex_create(&asker->lock, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS ||
        apr_thread_cond_create(&asker->left, pool) != APR_SUCCESS)
        return NULL;
    return asker;
}

/* ---- Places */

/* Under the lock. */
static bool is_pausing(const tokex_account_asker_t *asker)
{
    return asker->failed && tokex_monotonic_now() - asker->failed < PAUSE;
}

/* TOKEX_E_DB_BUSY: nobody was asked. */
static const tokex_err_t *enter(tokex_account_asker_t *asker, gate_t *gate, apr_pool_t *pool)
{
    apr_time_t until = tokex_monotonic_now() + PATIENCE;
    const char *why = NULL;

    apr_thread_mutex_lock(asker->lock);
    while (gate->inside >= gate->places && !is_pausing(asker)) {
        apr_time_t rest = until - tokex_monotonic_now();

        if (rest <= 0)
            break;
        (void)apr_thread_cond_timedwait(asker->left, asker->lock, rest);
    }
    if (is_pausing(asker))
        why = "nobody answered a moment ago";
    else if (gate->inside >= gate->places)
        why = gate->full;
    else
        gate->inside++;
    apr_thread_mutex_unlock(asker->lock);
    return why ? tokex_err_create(pool, TOKEX_E_DB_BUSY, NULL,
                                  "the site is not asked for an account: %s", why)
               : NULL;
}

/* Only that nobody answers makes others not try: a bad question is who asks it's own. */
static void leave(tokex_account_asker_t *asker, gate_t *gate, const tokex_err_t *err)
{
    apr_thread_mutex_lock(asker->lock);
    gate->inside--;
    if (err && err->code == TOKEX_E_DB_OPEN)
        asker->failed = tokex_monotonic_now();
    apr_thread_cond_broadcast(asker->left);
    apr_thread_mutex_unlock(asker->lock);
}

/* ---- One key */

/* What was said of it. */
typedef struct answer_t {
    const tokex_account_t *account; /* NULL: nobody, or several */
    bool several;
    int64_t until;
} answer_t;

/* For each virtual host by itself: it has its own idea of what mod_dbd reaches. */
static const tokex_err_t *hash(unsigned char out[TOKEX_ASKER_KEY_LEN], const asking_t *asking,
                               const tokex_account_key_t *key, apr_pool_t *pool)
{
    const char *text =
        apr_psprintf(pool, "%pp\n%s\n%s", (void *)asking->r->server, key->attribute, key->value);

    return tokex_crypt_sha256(asking->asker->crypt, out, text, strlen(text), pool);
}

/* Several are kept as an object that is no account. */
#define SEVERAL "{}"

static bool recall(answer_t *out, tokex_account_asker_t *asker, const unsigned char *id,
                   int64_t now, apr_pool_t *pool)
{
    tokex_asker_answer_t kept;
    bool found;

    apr_thread_mutex_lock(asker->lock);
    found = tokex_asker_cache_get(&kept, asker->memory, id, now, pool);
    apr_thread_mutex_unlock(asker->lock);
    if (!found)
        return false;
    *out = (answer_t){NULL, false, kept.until};
    if (!kept.body)
        return true;
    out->several = strcmp(kept.body, SEVERAL) == 0;
    if (!out->several)
        out->account = tokex_account_row_restore(kept.body, kept.len, pool);
    return out->several || out->account;
}

static void keep(tokex_account_asker_t *asker, const unsigned char *id, const answer_t *answer,
                 int64_t now, apr_pool_t *pool)
{
    tokex_asker_answer_t kept = {NULL, 0, answer->until};

    if (answer->several) {
        kept.body = SEVERAL;
        kept.len = sizeof(SEVERAL) - 1;
    } else if (answer->account) {
        kept.body = tokex_account_row_write(answer->account, &kept.len, pool);
    }
    apr_thread_mutex_lock(asker->lock);
    tokex_asker_cache_put(asker->memory, id, &kept, now);
    apr_thread_mutex_unlock(asker->lock);
}

static const tokex_err_t *ask_database(tokex_account_found_t *found, const asking_t *asking,
                                       const tokex_account_query_t *query, const char *value,
                                       apr_pool_t *pool)
{
    tokex_account_asker_t *asker = asking->asker;
    tokex_account_line_t *line = NULL;
    const tokex_err_t *err;

    TOKEX_RETURN_ERR(enter(asker, &asker->connecting, pool));
    err = tokex_account_dbd_take(&line, asking->r->server, pool);
    leave(asker, &asker->connecting, err);
    TOKEX_RETURN_ERR(err);
    err = tokex_account_dbd_ask(found, line, query, value, pool);
    tokex_account_dbd_give_back(line);
    return err;
}

static const tokex_err_t *ask_source(tokex_account_found_t *found, const asking_t *asking,
                                     const tokex_account_key_t *key, apr_pool_t *pool)
{
    const tokex_account_source_t *source = asking->asker->source;
    const tokex_account_query_t *query;

    if (source->kind == TOKEX_ACCOUNTS_LDAP)
        return tokex_account_ldap_ask(found, &source->ldap, key, asking->r, pool);
    query = tokex_account_source_query(source, key->attribute);
    if (query)
        return ask_database(found, asking, query, key->value, pool);
    return tokex_err_create(pool, TOKEX_E_DB_QUERY, NULL,
                            "accounts are looked for by \"%s\", and there is no TokexAccountQuery "
                            "for that",
                            tokex_err_shown(pool, key->attribute, strlen(key->attribute)));
}

static const tokex_err_t *ask_site(answer_t *out, const asking_t *asking,
                                   const tokex_account_key_t *key, apr_pool_t *pool)
{
    tokex_account_asker_t *asker = asking->asker;
    tokex_account_found_t found = {0, NULL, 0};
    const tokex_err_t *err;

    TOKEX_RETURN_ERR(enter(asker, &asker->asking, pool));
    err = ask_source(&found, asking, key, pool);
    leave(asker, &asker->asking, err);
    TOKEX_RETURN_ERR(err);
    out->several = found.count > 1;
    if (found.count == 1)
        return tokex_account_row_read(&out->account, &found, asker->name, key, pool);
    return NULL;
}

static const tokex_err_t *find(answer_t *out, const asking_t *asking,
                               const tokex_account_key_t *key, apr_pool_t *pool)
{
    /* What is said holds from when it was asked for. */
    int64_t now = apr_time_sec(apr_time_now());
    tokex_account_asker_t *asker = asking->asker;
    unsigned char id[TOKEX_ASKER_KEY_LEN];

    *out = (answer_t){NULL, false, now + asker->ttl};
    if (strlen(key->value) > VALUE_MAX)
        return NULL;
    TOKEX_RETURN_ERR(hash(id, asking, key, pool));
    if (recall(out, asker, id, now, pool))
        return NULL;
    *out = (answer_t){NULL, false, now + asker->ttl};
    TOKEX_RETURN_ERR(ask_site(out, asking, key, pool));
    keep(asker, id, out, now, pool);
    return NULL;
}

/* ---- A question */

static void rests_until(tokex_account_answer_t *out, int64_t until)
{
    if (out->until == 0 || until < out->until)
        out->until = until;
}

/* The account with an id of ours; none where it is not of this source. */
static const tokex_err_t *find_by_id(tokex_account_answer_t *out, const asking_t *asking,
                                     const char *id, apr_pool_t *pool)
{
    const char *own = tokex_account_site_own(asking->asker->name, id, pool);
    const tokex_account_key_t key = {TOKEX_ACCOUNT_ID, own};
    answer_t answer;

    if (!own)
        return NULL;
    TOKEX_RETURN_ERR(find(&answer, asking, &key, pool));
    rests_until(out, answer.until);
    /* What the site calls by one name is one account, or its statement is wrong. */
    if (answer.several)
        return tokex_err_create(pool, TOKEX_E_DB_QUERY, NULL,
                                "the site has several accounts with one id");
    out->account = answer.account;
    return NULL;
}

static const tokex_err_t *find_linked(tokex_account_answer_t *out, const asking_t *asking,
                                      const char *id, apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(find_by_id(out, asking, id, pool));
    out->match = out->account ? TOKEX_ACCOUNT_LINKED : TOKEX_ACCOUNT_GONE;
    out->gone = out->account ? NULL : id;
    return NULL;
}

/* The first key that finds anybody decides, also when it finds too many. */
static const tokex_err_t *look_up(tokex_account_answer_t *out, const asking_t *asking,
                                  const tokex_account_question_t *question, apr_pool_t *pool)
{
    answer_t answer;
    int i;

    for (i = 0; i < question->key_count; i++) {
        TOKEX_RETURN_ERR(find(&answer, asking, &question->keys[i], pool));
        rests_until(out, answer.until);
        if (!answer.account && !answer.several)
            continue;
        out->match = answer.several ? TOKEX_ACCOUNT_AMBIGUOUS : TOKEX_ACCOUNT_FOUND;
        out->account = answer.account;
        out->attribute = question->keys[i].attribute;
        return NULL;
    }
    return NULL;
}

static const tokex_err_t *ask(tokex_account_answer_t *out, void *ctx,
                              const tokex_account_question_t *question, apr_pool_t *pool)
{
    const asking_t *asking = ctx;
    const char *linked;

    /* Who is nobody may be linked in a moment, and switched off in the next: of neither would what
     * was decided before be told. */
    *out = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_NONE,
                                    .until = apr_time_sec(apr_time_now()) + asking->asker->ttl};
    if (question->id) {
        TOKEX_RETURN_ERR(find_by_id(out, asking, question->id, pool));
        if (out->account)
            out->match = TOKEX_ACCOUNT_LINKED;
        return NULL;
    }
    TOKEX_RETURN_ERR(tokex_accounts_linked(&linked, asking->asker->links, question, pool));
    return linked ? find_linked(out, asking, linked, pool) : look_up(out, asking, question, pool);
}

static const tokex_err_t *make_link(const char **account, void *ctx,
                                    const tokex_account_link_t *wanted, apr_pool_t *pool)
{
    const asking_t *asking = ctx;

    return tokex_accounts_link(account, asking->asker->links, wanted, pool);
}

const tokex_engine_t *tokex_account_asker_engine(const tokex_engine_t *engine,
                                                 tokex_account_asker_t *asker, request_rec *r)
{
    tokex_engine_t *own;
    asking_t *asking;

    if (!asker)
        return engine;
    own = apr_pmemdup(r->pool, engine, sizeof(*own));
    asking = apr_palloc(r->pool, sizeof(*asking));
    *asking = (asking_t){asker, r};
    own->host.accounts = asking;
    own->host.account = ask;
    own->host.link = make_link;
    return own;
}
