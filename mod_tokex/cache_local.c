#include "cache_local.h"

#include <string.h>

#include <apr_strings.h>

#include "cache_lock.h"

/* Made by the parent, inherited. */
static tokex_cache_store_t store;
static server_rec *server;

/* What is found is copied here, under the lock, because its length is not known before. */
static unsigned char found[TOKEX_CACHE_VALUE_MAX];

/*
 * mod_socache_shmcb goes through the entries of a part of its memory one after the other and reads
 * the id of each that is as long as the one it looks for: some thirty reads, all over the memory.
 * With ids of 64 lengths it is one. What makes an id longer than the key is zeros.
 */
#define LENGTHS 64

typedef struct entry_id_t {
    unsigned char octets[TOKEX_CACHE_KEY_LEN + LENGTHS - 1];
    unsigned int len;
} entry_id_t;

static void set_id(entry_id_t *id, const unsigned char key[TOKEX_CACHE_KEY_LEN])
{
    memset(id->octets, 0, sizeof(id->octets));
    memcpy(id->octets, key, TOKEX_CACHE_KEY_LEN);
    id->len = TOKEX_CACHE_KEY_LEN + (unsigned int)key[TOKEX_CACHE_KEY_LEN - 1] % LENGTHS;
}

void tokex_cache_local_start(const tokex_cache_store_t *made, apr_pool_t *pconf, server_rec *main)
{
    tokex_cache_store_keep(&store, made, pconf);
    server = main;
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
    entry_id_t id;

    set_id(&id, key);
    if (!store.instance || !tokex_cache_lock())
        return false;
    rv = store.provider->retrieve(store.instance, server, id.octets, id.len, found, &len, pool);
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
    entry_id_t id;

    if (!store.instance)
        return TOKEX_CACHE_NOWHERE;
    if (value->len > TOKEX_CACHE_VALUE_MAX)
        return TOKEX_CACHE_UNFIT;
    set_id(&id, key);
    if (!tokex_cache_lock())
        return TOKEX_CACHE_NOWHERE;
    rv = store.provider->store(store.instance, server, id.octets, id.len, apr_time_from_sec(until),
                               (unsigned char *)value->octets, (unsigned int)value->len, pool);
    tokex_cache_unlock();
    return rv == APR_SUCCESS ? TOKEX_CACHE_STORED : TOKEX_CACHE_UNFIT;
}

void tokex_cache_local_drop(const unsigned char key[TOKEX_CACHE_KEY_LEN], apr_pool_t *pool)
{
    entry_id_t id;

    set_id(&id, key);
    if (!store.instance || !tokex_cache_lock())
        return;
    (void)store.provider->remove(store.instance, server, id.octets, id.len, pool);
    tokex_cache_unlock();
}

void tokex_cache_local_write_status(request_rec *r)
{
    if (!store.instance || !tokex_cache_lock())
        return;
    store.provider->status(store.instance, r, 0);
    tokex_cache_unlock();
}
