#include "key_places.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <apr_strings.h>

#include "store/key_store.h"

static const char *when(int64_t seconds, apr_pool_t *pool)
{
    char text[64];
    time_t at = (time_t)seconds;
    struct tm parts;

    if (!gmtime_r(&at, &parts) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts))
        return apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)seconds);
    return apr_pstrdup(pool, text);
}

static const char *came(const ctl_t *ctl, const tokex_issuer_t *issuer, const tokex_fetched_t *row,
                        apr_pool_t *pool)
{
    bool old;

    if (!row->jwks)
        return "no keys came yet";
    old = ctl->now - row->fetched >= issuer->keys_stale;
    return apr_pstrcat(pool, "keys fetched ", when(row->fetched, pool),
                       old ? ", too old to be used" : "", NULL);
}

/* Who wrote a failure down was told by another host what to write. */
static const char *went_wrong(const tokex_fetched_t *row, apr_pool_t *pool)
{
    if (!row->failure)
        return "";
    return apr_pstrcat(pool, "; failed ", when(row->tried, pool), ": ",
                       tokex_err_shown(pool, row->failure, strlen(row->failure)), NULL);
}

static const tokex_err_t *print_place(const ctl_t *ctl, const tokex_issuer_t *issuer,
                                      const char *url, tokex_db_t *state, apr_pool_t *pool)
{
    const tokex_fetched_t *row;

    TOKEX_RETURN_ERR(tokex_key_store_find(&row, state, issuer->id, url, pool));
    if (row)
        printf("info  keys of issuer %s at %s: %s, asked again %s%s\n", issuer->id, url,
               came(ctl, issuer, row, pool), when(row->fresh_until, pool), went_wrong(row, pool));
    else
        printf("info  keys of issuer %s at %s: not asked for yet\n", issuer->id, url);
    return NULL;
}

static const tokex_err_t *print_places(const ctl_t *ctl, const tokex_issuer_t *issuer,
                                       tokex_db_t *state, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < issuer->jwks_urls.count; i++)
        TOKEX_RETURN_ERR(print_place(ctl, issuer, issuer->jwks_urls.items[i], state, pool));
    if (issuer->metadata_url)
        TOKEX_RETURN_ERR(print_place(ctl, issuer, issuer->metadata_url, state, pool));
    return NULL;
}

const tokex_err_t *key_places_print(const ctl_t *ctl, const tokex_config_t *config,
                                    tokex_db_t *state)
{
    int i;

    for (i = 0; i < config->issuer_count; i++)
        TOKEX_RETURN_ERR(print_places(ctl, &config->issuers[i], state, ctl->pool));
    return NULL;
}
