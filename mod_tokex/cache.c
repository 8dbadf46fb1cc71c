#include "cache.h"

#include <http_core.h>

#include "cache_claims.h"
#include "cache_config.h"
#include "cache_life.h"
#include "cache_local.h"
#include "cache_lock.h"
#include "cache_remote.h"
#include "counters.h"

int tokex_cache_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    tokex_cache_store_t local = {NULL, NULL}, remote = {NULL, NULL};
    int status;

    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    status = tokex_cache_config_start(&local, &remote, pconf, main);
    if (status != OK || (!local.instance && !remote.instance))
        return status;
    if (!tokex_cache_lock_create(pconf, main))
        return HTTP_INTERNAL_SERVER_ERROR;
    tokex_cache_local_start(&local, pconf, main);
    tokex_cache_remote_start(&remote, pconf, main);
    tokex_cache_claims_start(pconf, main);
    return OK;
}

void tokex_cache_child(apr_pool_t *pchild, server_rec *main)
{
    if (!tokex_cache_is_on())
        return;
    tokex_cache_lock_child(pchild, main);
    tokex_cache_remote_child(pchild, main);
}

bool tokex_cache_is_on(void)
{
    return tokex_cache_local_is_there() || tokex_cache_remote_is_there();
}

static const tokex_result_t *read_value(request_rec *r, const tokex_cache_entry_t *entry,
                                        const tokex_cache_value_t *value)
{
    tokex_result_t *result;

    if (!tokex_result_read(&result, value->octets, value->len, r->pool) ||
        !tokex_cache_life_holds(result, entry->ttl, apr_time_sec(apr_time_now())))
        return NULL;
    return result;
}

const tokex_result_t *tokex_cache_get(request_rec *r, const tokex_cache_entry_t *entry,
                                      tokex_cache_reach_t reach)
{
    const tokex_result_t *result = NULL;
    tokex_cache_value_t value;

    if (tokex_cache_local_get(&value, entry->key, r->pool))
        result = read_value(r, entry, &value);
    if (result || reach == TOKEX_CACHE_NEAR || !tokex_cache_remote_get(&value, entry, r))
        return result;
    result = read_value(r, entry, &value);
    if (result)
        (void)tokex_cache_local_put(entry->key, &value, result->until, r->pool);
    return result;
}

void tokex_cache_put(request_rec *r, const tokex_cache_entry_t *entry, const tokex_result_t *result)
{
    tokex_result_t kept = *result;
    tokex_cache_value_t value;
    tokex_cache_put_t local;

    kept.until = tokex_cache_life(result, entry->ttl, apr_time_sec(apr_time_now()));
    if (kept.until == 0)
        return;
    tokex_result_part(&kept, r->pool);
    value.octets = tokex_result_write(&kept, &value.len, r->pool);
    if (value.len > TOKEX_CACHE_VALUE_MAX)
        local = TOKEX_CACHE_UNFIT;
    else
        local = tokex_cache_local_put(entry->key, &value, kept.until, r->pool);
    if (local == TOKEX_CACHE_UNFIT)
        tokex_counters_one(r, TOKEX_COUNT_CACHE_UNFIT);
    if (local == TOKEX_CACHE_STORED)
        tokex_counters_one(r, TOKEX_COUNT_CACHE_STORED);
    if (value.len <= TOKEX_CACHE_VALUE_MAX)
        tokex_cache_remote_put(entry, &value, kept.until, r);
}

void tokex_cache_drop(request_rec *r, const tokex_cache_entry_t *entry)
{
    tokex_cache_local_drop(entry->key, r->pool);
    tokex_cache_remote_drop(entry, r);
    tokex_counters_one(r, TOKEX_COUNT_CACHE_DROPPED);
}
