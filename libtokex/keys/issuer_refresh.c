#include "keys/issuer_refresh.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "crypt/jwk.h"
#include "keys/issuer_keys.h"
#include "keys/key_fetch.h"

#define LOOK_EVERY apr_time_from_msec(100)

void tokex_issuer_refresh_sources(tokex_issuer_refresh_t *out, const tokex_issuer_t *issuer,
                                  apr_pool_t *pool)
{
    const tokex_policy_issuer_t policy = {.config = issuer};
    tokex_key_fetch_t *fetches;
    int i;

    *out = (tokex_issuer_refresh_t){.issuer = issuer};
    tokex_key_fetch_sources(&fetches, &out->count, &policy, pool);
    out->sources = apr_pcalloc(pool, (apr_size_t)out->count * sizeof(*out->sources));
    for (i = 0; i < out->count; i++)
        out->sources[i].url = fetches[i].url;
}

const tokex_err_t *tokex_issuer_refresh_begin(tokex_issuer_refresh_t *refresh, tokex_db_t *state,
                                              int64_t now, apr_pool_t *pool)
{
    int i;

    refresh->state = state;
    refresh->now = now;
    for (i = 0; i < refresh->count; i++) {
        tokex_refresh_source_t *source = &refresh->sources[i];
        const tokex_fetched_t *row;

        TOKEX_RETURN_ERR(
            tokex_key_store_make_due(&row, state, refresh->issuer->id, source->url, now, pool));
        source->was_known = row != NULL;
        if (row)
            source->before = *row;
    }
    return NULL;
}

static const tokex_err_t *look(bool *all, tokex_issuer_refresh_t *refresh, apr_pool_t *pool)
{
    const tokex_fetched_t *row;
    int i;

    *all = true;
    for (i = 0; i < refresh->count; i++) {
        tokex_refresh_source_t *source = &refresh->sources[i];

        if (source->after)
            continue;
        TOKEX_RETURN_ERR(
            tokex_key_store_find(&row, refresh->state, refresh->issuer->id, source->url, pool));
        if (row && (!source->was_known || row->tried != source->before.tried))
            source->after = row;
        else
            *all = false;
    }
    return NULL;
}

const tokex_err_t *tokex_issuer_refresh_wait(tokex_issuer_refresh_t *refresh, int64_t seconds,
                                             apr_pool_t *pool)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(seconds);
    bool all;

    refresh->wait = seconds;
    for (;;) {
        TOKEX_RETURN_ERR(look(&all, refresh, pool));
        if (all || apr_time_now() >= until)
            return NULL;
        apr_sleep(LOOK_EVERY);
    }
}

/* ---- What came of it */

static int count_keys(const char *jwks, int64_t now, const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    const tokex_keyset_t *set;

    if (!jwks || tokex_jwk_read(&set, jwks, strlen(jwks), now, crypt, pool, pool))
        return 0;
    return set->count;
}

/* No source is asked twice within that time, whoever wants it. */
static const char *silence(const tokex_issuer_refresh_t *refresh,
                           const tokex_refresh_source_t *source, apr_pool_t *pool)
{
    int64_t since = refresh->now - source->before.tried;
    const char *first =
        apr_psprintf(pool, "no running server has asked within %" APR_INT64_T_FMT " seconds. ",
                     (apr_int64_t)refresh->wait);

    if (source->was_known && since >= 0 && since < TOKEX_KEYS_COOLDOWN)
        return apr_psprintf(pool,
                            "%sIt was asked %" APR_INT64_T_FMT " second%s ago, and is not asked "
                            "again within %d: one that runs will ask then",
                            first, (apr_int64_t)since, since == 1 ? "" : "s", TOKEX_KEYS_COOLDOWN);
    return apr_pstrcat(pool, first,
                       "It will be asked when httpd starts with this installation; `tokexctl "
                       "issuer test` asks without a server",
                       NULL);
}

const char *tokex_issuer_refresh_said(bool *good, const tokex_issuer_refresh_t *refresh,
                                      const tokex_refresh_source_t *source,
                                      const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    const tokex_fetched_t *row = source->after;
    bool same;
    int keys;

    *good = false;
    if (!row)
        return silence(refresh, source, pool);
    if (row->failure)
        return apr_pstrcat(pool, row->failure,
                           row->jwks ? ". The keys that came before go on being used" : "", NULL);
    keys = count_keys(row->jwks, refresh->now, crypt, pool);
    if (!keys)
        return apr_psprintf(pool,
                            "it answered with no key that can be used; run `tokexctl issuer test "
                            "%s`",
                            refresh->issuer->id);
    *good = true;
    same = source->was_known && source->before.jwks && strcmp(source->before.jwks, row->jwks) == 0;
    return apr_psprintf(pool, "%d key%s, %s", keys, keys == 1 ? "" : "s",
                        same ? "the same as before" : "other than before");
}
