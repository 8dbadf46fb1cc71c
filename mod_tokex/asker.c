#include "asker.h"

#include <string.h>

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_log.h>

#include "asker_cache.h"
#include "counters.h"
#include "directives.h"
#include "fetching.h"
#include "keys/token_ask.h"
#include "messages.h"
#include "monotonic.h"
#include "pools.h"

APLOG_USE_MODULE(tokex);

/* How often a request looks whether the one that asks has ended. */
#define JOIN_TIME apr_time_from_msec(5)
/* How long it does so; more than the other one takes. */
#define WAIT_TIME apr_time_from_msec(TOKEX_TOKEN_ASK_MS + 500)
/* An issuer that did not even answer is left alone for so long. */
#define COOL_TIME apr_time_from_sec(1)

/* What fetches, kept with its connections for the next request. In a pool of its own: httpd may
 * undo a request's in the middle of libcurl (prefork). */
typedef struct line_t line_t;
struct line_t {
    apr_pool_t *pool;
    tokex_fetcher_t *fetcher;
    line_t *next;
};

/* An issuer; stays. */
typedef struct issuer_t {
    int busy; /* requests that ask it, or wait for one that does */
    bool failing;
    apr_time_t cool_until; /* by the monotonic clock; 0: it is not */
} issuer_t;

/* A token that an issuer is being asked about. */
typedef struct flight_t flight_t;
struct flight_t {
    unsigned char key[TOKEX_ASKER_KEY_LEN];
    apr_pool_t *pool;
    int users; /* the one that asks and those that wait; the last one ends it */
    bool landed;
    const tokex_err_t *err;
    tokex_asker_answer_t answer;
    flight_t *next;
};

struct tokex_asker_t {
    server_rec *s;
    tokex_sealer_t sealer;
    volatile apr_uint32_t *stop;
    tokex_fetch_settings_t *settings;
    int room;        /* for requests that ask or wait, */
    int room_of_one; /* and of these for those of one issuer */

    apr_thread_mutex_t *lock; /* of what follows */
    apr_pool_t *pool;
    apr_hash_t *issuers; /* issuer_t by its id */
    flight_t *flights;
    line_t *lines; /* nobody's just now */
    int busy;
    tokex_asker_cache_t *cache;
};

/* One request with its question. */
typedef struct question_t {
    tokex_asker_t *asker;
    tokex_token_ask_t ask;
    unsigned char key[TOKEX_ASKER_KEY_LEN];
    int64_t now;
    apr_pool_t *pool;
} question_t;

static const tokex_err_t *unavailable(const question_t *q, const char *why)
{
    return tokex_err_create(q->pool, TOKEX_E_ISSUER_UNAVAILABLE, NULL, "issuer \"%s\": %s",
                            q->ask.issuer->id, why);
}

/* Another issuer, address or client makes another question. */
static const tokex_err_t *make_key(question_t *q)
{
    const char *client = q->ask.issuer->introspection_client_id;
    const char *text =
        apr_pstrcat(q->pool, q->ask.kind == TOKEX_ASK_USERINFO ? "userinfo" : "introspection", "\n",
                    q->ask.issuer->id, "\n", tokex_token_ask_url(&q->ask), "\n",
                    client ? client : "", "\n", q->ask.token, NULL);

    return tokex_crypt_sha256(q->asker->sealer.crypt, q->key, text, strlen(text), q->pool);
}

/* ---- Fetching */

static const tokex_err_t *make_line(line_t **out, const tokex_asker_t *asker, apr_pool_t *pool)
{
    apr_pool_t *own;
    const tokex_err_t *err;

    if (tokex_pools_create(&own) != APR_SUCCESS)
        return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "no memory to ask with");
    *out = apr_pcalloc(own, sizeof(**out));
    (*out)->pool = own;
    err = tokex_fetching_fetcher(&(*out)->fetcher, asker->settings, own);
    if (!err)
        return NULL;
    err = tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool));
    apr_pool_destroy(own);
    return err;
}

static const tokex_err_t *take_line(line_t **out, tokex_asker_t *asker, apr_pool_t *pool)
{
    apr_thread_mutex_lock(asker->lock);
    *out = asker->lines;
    if (*out)
        asker->lines = (*out)->next;
    apr_thread_mutex_unlock(asker->lock);
    return *out ? NULL : make_line(out, asker, pool);
}

static void give_line(line_t *line, tokex_asker_t *asker)
{
    apr_thread_mutex_lock(asker->lock);
    line->next = asker->lines;
    asker->lines = line;
    apr_thread_mutex_unlock(asker->lock);
}

/* What came, into the flight; `*heard`: there was an answer, good or not. `scratch` goes at once,
 * and with it the token and our secret. */
static const tokex_err_t *fetch(flight_t *flight, bool *heard, const question_t *q,
                                apr_pool_t *scratch)
{
    tokex_asker_t *asker = q->asker;
    const tokex_json_t *claims = NULL;
    const tokex_err_t *err;
    tokex_fetch_t fetch;
    line_t *line;

    *heard = true;
    TOKEX_RETURN_ERR(tokex_token_ask_prepare(&fetch, &q->ask, &asker->sealer, scratch));
    TOKEX_RETURN_ERR(take_line(&line, asker, scratch));
    tokex_fetch_run(line->fetcher, &fetch, 1, asker->stop, scratch);
    give_line(line, asker);
    *heard = fetch.status > 0;
    err = tokex_token_ask_judge(&claims, &fetch, &q->ask, scratch);
    if (err && err->code != TOKEX_E_TOKEN_INACTIVE)
        return err;
    if (!err) {
        flight->answer.body = apr_pstrmemdup(flight->pool, fetch.body, fetch.len);
        flight->answer.len = fetch.len;
    }
    flight->answer.until = tokex_token_ask_until(claims, &q->ask, q->now);
    return NULL;
}

/* Once, until it goes well again: an issuer that is down is asked often. */
static void say(const question_t *q, bool was_failing, const tokex_err_t *err)
{
    if (err && !was_failing)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, q->asker->s,
                     TX_ASK_FAILED "issuer \"%s\" could not be asked about a token, so requests "
                                   "with its tokens get 503: %s",
                     q->ask.issuer->id, tokex_err_text(err, q->pool));
    if (!err && was_failing)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, q->asker->s,
                     TX_ASK_AGAIN "issuer \"%s\" says of its tokens again what they are",
                     q->ask.issuer->id);
}

static const tokex_err_t *keep(const tokex_err_t *err, apr_pool_t *pool)
{
    return err ? tokex_err_create(pool, TOKEX_E_ISSUER_UNAVAILABLE, NULL, "%s",
                                  tokex_err_text(err, pool))
               : NULL;
}

/* Without the lock. */
static void fly(flight_t *flight, issuer_t *issuer, const question_t *q)
{
    tokex_asker_t *asker = q->asker;
    const tokex_err_t *err = NULL;
    apr_pool_t *scratch;
    bool heard = true, was_failing;

    if (tokex_pools_create(&scratch) == APR_SUCCESS) {
        err = keep(fetch(flight, &heard, q, scratch), flight->pool);
        apr_pool_destroy(scratch);
    } else {
        err = unavailable(q, "there is no memory to ask it with");
    }
    apr_thread_mutex_lock(asker->lock);
    was_failing = issuer->failing;
    issuer->failing = err != NULL;
    issuer->cool_until = err && !heard ? tokex_monotonic_now() + COOL_TIME : 0;
    flight->err = err;
    flight->landed = true;
    if (!err)
        tokex_asker_cache_put(asker->cache, q->key, &flight->answer, q->now);
    apr_thread_mutex_unlock(asker->lock);
    tokex_counters_add(err ? TOKEX_COUNT_ASKS_FAILED : TOKEX_COUNT_ASKS_GOOD);
    /* What was broken off says nothing about the issuer. */
    if (!apr_atomic_read32(asker->stop))
        say(q, was_failing, err);
}

/* ---- One flight a token; all of this under the lock, but where it waits */

static issuer_t *issuer_of(tokex_asker_t *asker, const char *id)
{
    issuer_t *issuer = apr_hash_get(asker->issuers, id, APR_HASH_KEY_STRING);

    if (!issuer) {
        issuer = apr_pcalloc(asker->pool, sizeof(*issuer));
        apr_hash_set(asker->issuers, apr_pstrdup(asker->pool, id), APR_HASH_KEY_STRING, issuer);
    }
    return issuer;
}

static flight_t *find_flight(const tokex_asker_t *asker, const unsigned char *key)
{
    flight_t *flight = asker->flights;

    while (flight && (flight->landed || memcmp(flight->key, key, TOKEX_ASKER_KEY_LEN) != 0))
        flight = flight->next;
    return flight;
}

static flight_t *begin_flight(const question_t *q)
{
    tokex_asker_t *asker = q->asker;
    apr_pool_t *pool;
    flight_t *flight;

    if (tokex_pools_create(&pool) != APR_SUCCESS)
        return NULL;
    flight = apr_pcalloc(pool, sizeof(*flight));
    memcpy(flight->key, q->key, TOKEX_ASKER_KEY_LEN);
    flight->pool = pool;
    flight->next = asker->flights;
    asker->flights = flight;
    return flight;
}

static void leave_flight(tokex_asker_t *asker, flight_t *flight)
{
    flight_t **at = &asker->flights;

    if (--flight->users > 0)
        return;
    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
    apr_pool_destroy(flight->pool);
}

static void wait_for(tokex_asker_t *asker, const flight_t *flight)
{
    apr_time_t until = tokex_monotonic_now() + WAIT_TIME;

    while (!flight->landed && !apr_atomic_read32(asker->stop) && tokex_monotonic_now() < until) {
        apr_thread_mutex_unlock(asker->lock);
        apr_sleep(JOIN_TIME);
        apr_thread_mutex_lock(asker->lock);
    }
}

static const tokex_err_t *take(tokex_asker_answer_t *out, const flight_t *flight,
                               const question_t *q)
{
    if (!flight->landed)
        return unavailable(q, "another request asks it about this token, and it takes too long");
    if (flight->err)
        return tokex_err_create(q->pool, flight->err->code, NULL, "%s",
                                tokex_err_text(flight->err, q->pool));
    *out = flight->answer;
    if (out->body)
        out->body = apr_pstrmemdup(q->pool, out->body, out->len);
    return NULL;
}

static const char *check_room(const tokex_asker_t *asker, const issuer_t *issuer)
{
    if (issuer->cool_until > tokex_monotonic_now())
        return "it did not answer just now";
    if (asker->busy >= asker->room || issuer->busy >= asker->room_of_one)
        return "too many requests wait for what it says";
    return NULL;
}

static const tokex_err_t *fly_or_join(tokex_asker_answer_t *out, issuer_t *issuer,
                                      const question_t *q)
{
    tokex_asker_t *asker = q->asker;
    flight_t *flight = find_flight(asker, q->key);
    bool asks = !flight;
    const tokex_err_t *err;

    if (asks)
        flight = begin_flight(q);
    if (!flight)
        return unavailable(q, "there is no memory to ask it with");
    flight->users++;
    if (asks) {
        apr_thread_mutex_unlock(asker->lock);
        fly(flight, issuer, q);
        apr_thread_mutex_lock(asker->lock);
    } else {
        wait_for(asker, flight);
        tokex_counters_add(TOKEX_COUNT_ASKS_SPARED);
    }
    err = take(out, flight, q);
    leave_flight(asker, flight);
    return err;
}

static const tokex_err_t *find(tokex_asker_answer_t *out, const question_t *q)
{
    tokex_asker_t *asker = q->asker;
    issuer_t *issuer;
    const tokex_err_t *err;
    const char *why;

    apr_thread_mutex_lock(asker->lock);
    if (tokex_asker_cache_get(out, asker->cache, q->key, q->now, q->pool)) {
        apr_thread_mutex_unlock(asker->lock);
        tokex_counters_add(TOKEX_COUNT_ASKS_SPARED);
        return NULL;
    }
    issuer = issuer_of(asker, q->ask.issuer->id);
    why = check_room(asker, issuer);
    if (why) {
        err = unavailable(q, why);
    } else {
        asker->busy++;
        issuer->busy++;
        err = fly_or_join(out, issuer, q);
        issuer->busy--;
        asker->busy--;
    }
    apr_thread_mutex_unlock(asker->lock);
    return err;
}

/* ---- The whole */

static const tokex_err_t *ask(tokex_said_t *out, const question_t *question)
{
    question_t q = *question;
    tokex_asker_answer_t answer = {NULL, 0, 0};

    TOKEX_RETURN_ERR(make_key(&q));
    TOKEX_RETURN_ERR(find(&answer, &q));
    if (!answer.body)
        return tokex_err_create(q.pool, TOKEX_E_TOKEN_INACTIVE, NULL,
                                "UserInfo of issuer \"%s\" does not take the token",
                                q.ask.issuer->id);
    out->until = answer.until;
    return tokex_json_parse_object(&out->claims, answer.body, answer.len, q.pool);
}

const tokex_err_t *tokex_asker_introspect(tokex_said_t *out, void *ctx,
                                          const tokex_policy_issuer_t *issuer, const char *token,
                                          int64_t now, apr_pool_t *pool)
{
    const question_t q = {.asker = ctx,
                          .ask = {TOKEX_ASK_INTROSPECTION, issuer->config, token},
                          .now = now,
                          .pool = pool};

    return ask(out, &q);
}

const tokex_err_t *tokex_asker_userinfo(tokex_said_t *out, void *ctx,
                                        const tokex_policy_issuer_t *issuer, const char *token,
                                        int64_t now, apr_pool_t *pool)
{
    const question_t q = {
        .asker = ctx, .ask = {TOKEX_ASK_USERINFO, issuer->config, token}, .now = now, .pool = pool};

    return ask(out, &q);
}

/* Some threads stay for what nobody has to be asked about, and of the others some for the tokens of
 * other issuers. */
static void make_room(tokex_asker_t *asker)
{
    int threads = 1;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS || threads < 2)
        threads = 1;
    asker->room = threads < 3 ? 1 : threads * 2 / 3;
    asker->room_of_one = threads < 3 ? 1 : threads / 3;
}

tokex_asker_t *tokex_asker_create(server_rec *s, const tokex_crypt_t *crypt,
                                  volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    const tokex_conf_t *conf = tokex_directives_of(s);
    tokex_asker_t *asker = apr_pcalloc(pool, sizeof(*asker));

    asker->s = s;
    asker->sealer.master = conf->master;
    asker->sealer.crypt = crypt;
    asker->stop = stop;
    make_room(asker);
    /* Used under the lock; others go on with their own. */
    apr_pool_create(&asker->pool, pool);
    asker->settings =
        apr_pmemdup(asker->pool, tokex_fetching_settings(conf, TOKEX_TOKEN_ASK_MS, asker->pool),
                    sizeof(*asker->settings));
    asker->settings->connect_ms = TOKEX_TOKEN_ASK_CONNECT_MS;
    asker->settings->octets = TOKEX_LIMIT_TOKEN_ANSWER;
    asker->issuers = apr_hash_make(asker->pool);
    asker->cache = tokex_asker_cache_create(asker->pool);
    if (apr_thread_mutex_create(&asker->lock, APR_THREAD_MUTEX_DEFAULT, pool) == APR_SUCCESS)
        return asker;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 TX_ASK_NONE "there is no memory to ask issuers about tokens with");
    return NULL;
}
