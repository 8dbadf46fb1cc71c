#include "cache_local.h"

#include <apr_strings.h>

#include "cache_lock.h"

/* Made by the parent, inherited. */
static tokex_cache_store_t store;
static server_rec *server;

/* What is found is copied here, under the lock, because its length is not known before. */
static unsigned char found[TOKEX_CACHE_VALUE_MAX];

static apr_status_t forget(void *unused)
{
    (void)unused;
    store.instance = NULL;
    return APR_SUCCESS;
}

void tokex_cache_local_start(const tokex_cache_store_t *made, apr_pool_t *pconf, server_rec *main)
{
    store = *made;
    server = main;
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
}

bool tokex_cache_local_is_there(void)
{
    return store.instance != NULL;
}

bool tokex_cache_local_get(tokex_cache_value_t *out, const unsigned char key[TOKEX_CACHE_KEY_LEN],
                           apr_pool_t *pool)
{
    unsigned int len = sizeof(found);
    apr_status_t rv;

    if (!store.instance || !tokex_cache_lock())
        return false;
    rv = store.provider->retrieve(store.instance, server, key, TOKEX_CACHE_KEY_LEN, found, &len,
                                  pool);
    if (rv == APR_SUCCESS) {
        out->octets = apr_pmemdup(pool, found, len);
        out->len = len;
    }
    tokex_cache_unlock();
    return rv == APR_SUCCESS;
}

tokex_cache_put_t tokex_cache_local_put(const unsigned char key[TOKEX_CACHE_KEY_LEN],
                                        const tokex_cache_value_t *value, int64_t until,
                                        apr_pool_t *pool)
{
    apr_status_t rv;

    if (!store.instance)
        return TOKEX_CACHE_NOWHERE;
    if (value->len > TOKEX_CACHE_VALUE_MAX)
        return TOKEX_CACHE_UNFIT;
    if (!tokex_cache_lock())
        return TOKEX_CACHE_NOWHERE;
    rv = store.provider->store(store.instance, server, key, TOKEX_CACHE_KEY_LEN,
                               apr_time_from_sec(until), (unsigned char *)value->octets,
                               (unsigned int)value->len, pool);
    tokex_cache_unlock();
    return rv == APR_SUCCESS ? TOKEX_CACHE_STORED : TOKEX_CACHE_UNFIT;
}

void tokex_cache_local_drop(const unsigned char key[TOKEX_CACHE_KEY_LEN], apr_pool_t *pool)
{
    if (!store.instance || !tokex_cache_lock())
        return;
    (void)store.provider->remove(store.instance, server, key, TOKEX_CACHE_KEY_LEN, pool);
    tokex_cache_unlock();
}
