#include "keys/key_fetch.h"

#include <string.h>

#include <apr_strings.h>

#include "keys/key_answer.h"

/* Seconds between two questions to a source, at least and at most. */
#define FRESH_MIN 60
#define FRESH_MAX (24 * 3600)

/* One run over all sources. */
typedef struct work_t {
    const tokex_key_fetcher_t *fetcher;
    int64_t now;
    apr_pool_t *result;
    apr_pool_t *scratch;
} work_t;

void tokex_key_fetch_sources(tokex_key_fetch_t **out, int *count,
                             const tokex_policy_issuer_t *issuer, apr_pool_t *pool)
{
    const tokex_issuer_t *config = issuer->config;
    tokex_key_fetch_t *fetches =
        apr_pcalloc(pool, ((apr_size_t)config->jwks_urls.count + 1) * sizeof(*fetches));
    int n = 0;
    for (int i = 0; i < config->jwks_urls.count; i++)
        fetches[n++] = (tokex_key_fetch_t){.issuer = issuer, .url = config->jwks_urls.items[i]};
    if (config->metadata_url)
        fetches[n++] =
            (tokex_key_fetch_t){.issuer = issuer, .url = config->metadata_url, .is_metadata = true};
    *out = fetches;
    *count = n;
}

/* ---- What a run comes to */

/* A time that has not yet come stays: tokens that make us ask earlier do not count. */
static int64_t retry_at(const tokex_fetched_t *known, int64_t now, int64_t refresh)
{
    int64_t delay = FRESH_MIN;
    if (known && known->failure) {
        if (known->fresh_until > now && known->fresh_until <= now + refresh)
            return known->fresh_until;
        delay = 2 * (known->fresh_until - known->tried);
    }
    if (delay > refresh)
        delay = refresh;
    return now + (delay < FRESH_MIN ? FRESH_MIN : delay);
}

static void fail(tokex_key_fetch_t *fetch, const work_t *work, const char *failure)
{
    const tokex_fetched_t *known = fetch->known;
    if (known) {
        fetch->row.jwks = apr_pstrdup(work->result, known->jwks);
        fetch->row.fetched = known->fetched;
    }
    fetch->row.fresh_until = retry_at(known, work->now, fetch->issuer->config->keys_refresh);
    fetch->row.failure = apr_pstrdup(work->result, failure);
}

/* Asked again when half of the time is over for which the keys may be used: an issuer that is down
 * just then has the other half to come back. */
static int64_t fresh_for(int64_t max_age, const tokex_issuer_t *issuer)
{
    int64_t seconds = max_age >= 0 ? max_age : issuer->keys_refresh;
    if (issuer->keys_stale && seconds > issuer->keys_stale / 2)
        seconds = issuer->keys_stale / 2;
    if (seconds < FRESH_MIN)
        return FRESH_MIN;
    return seconds < FRESH_MAX ? seconds : FRESH_MAX;
}

static bool has_keys(const char *jwks, const work_t *work)
{
    const tokex_keyset_t *set;
    return jwks &&
           !tokex_jwk_read(&set, jwks, strlen(jwks), work->now, work->fetcher->crypt, work->scratch,
                           work->scratch) &&
           set->count > 0;
}

static void succeed(tokex_key_fetch_t *fetch, const work_t *work, const tokex_fetch_t *answer,
                    const tokex_keyset_t *set)
{
    const char *before = fetch->known ? fetch->known->jwks : NULL;
    const char **warnings =
        apr_palloc(work->result, ((apr_size_t)set->warning_count + 1) * sizeof(*warnings));
    for (int i = 0; i < set->warning_count; i++)
        warnings[i] = apr_pstrdup(work->result, set->warnings[i]);
    fetch->warnings = warnings;
    fetch->warning_count = set->warning_count;
    fetch->row.jwks = apr_pstrmemdup(work->result, answer->body, answer->len);
    fetch->row.fetched = work->now;
    fetch->row.fresh_until = work->now + fresh_for(answer->max_age, fetch->issuer->config);
    fetch->changed = !before || strcmp(before, fetch->row.jwks) != 0;
    fetch->withdrawn = !set->count && has_keys(before, work);
}

/* ---- Answers */

/* `via`: the jwks_uri that the answer came from; NULL: from the source itself. */
static void take_set(tokex_key_fetch_t *fetch, const work_t *work, const tokex_fetch_t *answer,
                     const char *via)
{
    const tokex_keyset_t *set;
    const char *failure = answer->err ? tokex_err_text(answer->err, work->scratch)
                                      : tokex_key_answer_set(&set, answer, work->now,
                                                             work->fetcher->crypt, work->scratch);
    if (!failure)
        succeed(fetch, work, answer, set);
    else if (via)
        fail(fetch, work, apr_psprintf(work->scratch, "jwks_uri %s: %s", via, failure));
    else
        fail(fetch, work, failure);
}

static const char *read_metadata(const char **uri, const tokex_key_fetch_t *fetch,
                                 const tokex_fetch_t *answer, apr_pool_t *pool)
{
    const tokex_json_t *metadata;
    const char *failure = tokex_key_answer_object(&metadata, answer, "metadata", pool);
    if (!failure)
        failure = tokex_key_answer_issuer(metadata, fetch->issuer->config->issuer, pool);
    return failure ? failure : tokex_key_answer_jwks_uri(uri, metadata, fetch->url, pool);
}

/* The jwks_uri to be asked next; NULL: there is none, and the fetch has failed. */
static const char *take_metadata(tokex_key_fetch_t *fetch, const work_t *work,
                                 const tokex_fetch_t *answer)
{
    const char *uri = NULL;
    const char *failure = NULL;
    if (answer->err)
        failure = tokex_err_text(answer->err, work->scratch);
    else
        failure = read_metadata(&uri, fetch, answer, work->scratch);
    if (failure || !uri) {
        fail(fetch, work, failure);
        return NULL;
    }
    if (!tokex_key_answer_same_host(fetch->url, uri))
        fetch->moved = apr_pstrdup(work->result, uri);
    return uri;
}

/* ---- The whole */

static void ask(const work_t *work, tokex_fetch_t *answers, int count)
{
    if (count)
        work->fetcher->run(work->fetcher->fetcher, answers, count, work->fetcher->stop,
                           work->scratch);
}

static tokex_fetch_t question(const char *url, const char *accept)
{
    return (tokex_fetch_t){.url = url, .accept = accept, .max_age = -1};
}

static void prepare(tokex_key_fetch_t *fetch, const work_t *work)
{
    fetch->row = (tokex_fetched_t){.issuer = apr_pstrdup(work->result, fetch->issuer->config->id),
                                   .url = apr_pstrdup(work->result, fetch->url),
                                   .tried = work->now};
    fetch->changed = fetch->withdrawn = false;
    fetch->moved = NULL;
    fetch->warnings = NULL;
    fetch->warning_count = 0;
}

void tokex_key_fetch_run(const tokex_key_fetcher_t *fetcher, tokex_key_fetch_t *fetches, int count,
                         int64_t now, apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    const work_t work = {fetcher, now, result_pool, scratch_pool};
    apr_size_t space = ((apr_size_t)count + 1) * sizeof(tokex_fetch_t);
    tokex_fetch_t *answers = apr_pcalloc(scratch_pool, space);
    tokex_fetch_t *sets = apr_pcalloc(scratch_pool, space);
    int *owners = apr_pcalloc(scratch_pool, ((apr_size_t)count + 1) * sizeof(*owners));
    int named = 0;
    for (int i = 0; i < count; i++) {
        prepare(&fetches[i], &work);
        answers[i] = question(fetches[i].url, fetches[i].is_metadata ? TOKEX_KEY_ACCEPT_METADATA
                                                                     : TOKEX_KEY_ACCEPT_SET);
    }
    ask(&work, answers, count);
    for (int i = 0; i < count; i++) {
        const char *uri;
        if (!fetches[i].is_metadata) {
            take_set(&fetches[i], &work, &answers[i], NULL);
        } else if ((uri = take_metadata(&fetches[i], &work, &answers[i]))) {
            sets[named] = question(uri, TOKEX_KEY_ACCEPT_SET);
            owners[named++] = i;
        }
    }
    ask(&work, sets, named);
    for (int i = 0; i < named; i++)
        take_set(&fetches[owners[i]], &work, &sets[i], sets[i].url);
}
