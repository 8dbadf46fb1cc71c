#include "keys/issuer_keys.h"

#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "policy/normalise.h"

/* The configured keys of one issuer, in a pool of their own. */
typedef struct parsed_t {
    apr_pool_t *pool;
    tokex_keyset_t set;
    const tokex_err_t *err; /* one of them cannot be read */
} parsed_t;

struct tokex_issuer_keys_t {
    volatile void **parsed; /* a parsed_t by the issuer's number; NULL: nobody needed it so far */
    tokex_fetched_keys_t *fetched;
    const tokex_renewer_t *renewer;
    const tokex_crypt_t *crypt;
    apr_pool_t *pool;
};

const tokex_err_t *tokex_issuer_keys_create(const tokex_issuer_keys_t **out,
                                            const tokex_policy_t *policy,
                                            tokex_fetched_keys_t *fetched,
                                            const tokex_renewer_t *renewer,
                                            const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    tokex_issuer_keys_t *keys = apr_pcalloc(pool, sizeof(*keys));
    int count;
    (void)tokex_policy_issuers(policy, &count);
    keys->parsed = apr_pcalloc(pool, ((apr_size_t)count + 1) * sizeof(*keys->parsed));
    keys->fetched = fetched;
    keys->renewer = renewer;
    keys->crypt = crypt;
    keys->pool = pool;
    *out = keys;
    return NULL;
}

/* ---- Configured keys */

static const tokex_err_t *read_key(apr_array_header_t *found, const tokex_issuer_key_t *key,
                                   int64_t now, const tokex_crypt_t *crypt, apr_pool_t *pool,
                                   apr_pool_t *scratch)
{
    const tokex_keyset_t *set;
    const char *material;
    apr_size_t len;
    if (!tokex_key_material(&material, &len, key, scratch))
        return tokex_err_create(pool, TOKEX_E_KEY_SYNTAX, NULL, "it is neither a jwk nor a pem");
    TOKEX_RETURN_ERR(tokex_jwk_read(&set, material, len, now, crypt, pool, scratch));
    for (int i = 0; i < set->count; i++)
        APR_ARRAY_PUSH(found, const tokex_key_t *) = set->keys[i];
    return NULL;
}

static parsed_t *parse(const tokex_issuer_keys_t *keys, const tokex_issuer_t *issuer, int64_t now,
                       apr_pool_t *scratch)
{
    apr_array_header_t *found;
    apr_pool_t *pool;
    parsed_t *parsed;
    if (apr_pool_create(&pool, keys->pool) != APR_SUCCESS)
        return NULL;
    parsed = apr_pcalloc(pool, sizeof(*parsed));
    parsed->pool = pool;
    found = apr_array_make(pool, issuer->key_count, sizeof(const tokex_key_t *));
    for (int i = 0; i < issuer->key_count && !parsed->err; i++) {
        const tokex_err_t *err = read_key(found, &issuer->keys[i], now, keys->crypt, pool, scratch);
        if (err)
            parsed->err =
                tokex_err_create(pool, err->code, err, "key %d of its configuration", i + 1);
    }
    parsed->set.keys = (const tokex_key_t *const *)found->elts;
    parsed->set.count = found->nelts;
    return parsed;
}

/* Two threads may find them unparsed; then the second one's go again. NULL: there is no memory. */
static const parsed_t *configured(const tokex_issuer_keys_t *keys,
                                  const tokex_policy_issuer_t *issuer, int64_t now,
                                  apr_pool_t *scratch)
{
    volatile void **place = &keys->parsed[issuer->number];
    parsed_t *parsed = apr_atomic_casptr(place, NULL, NULL);
    parsed_t *first;
    if (parsed)
        return parsed;
    parsed = parse(keys, issuer->config, now, scratch);
    if (!parsed)
        return NULL;
    first = apr_atomic_casptr(place, parsed, NULL);
    if (!first)
        return parsed;
    apr_pool_destroy(parsed->pool);
    return first;
}

/* ---- All keys of an issuer */

/* What its keys are looked for in, and why a key that is not in it may still be one of them. */
typedef struct ring_t {
    const tokex_issuer_keys_t *keys;
    const tokex_policy_issuer_t *issuer;
    int64_t now;
    apr_pool_t *pool;
    const tokex_keyset_t *all;
    const char *doubt;  /* NULL: all is known */
    const char *source; /* the URL that it is about */
} ring_t;

static bool is_same(const tokex_key_t *a, const tokex_key_t *b)
{
    const char *a_kid = tokex_jwk_kid(a), *b_kid = tokex_jwk_kid(b);
    return strcmp(tokex_jwk_thumbprint(a), tokex_jwk_thumbprint(b)) == 0 &&
           (a_kid && b_kid ? strcmp(a_kid, b_kid) == 0 : a_kid == b_kid);
}

/* An issuer may say one key in several places, and no token could tell it from itself. */
static tokex_keyset_t *join(const tokex_keyset_t *a, const tokex_keyset_t *b, apr_pool_t *pool)
{
    const tokex_key_t **keys = apr_palloc(pool, (apr_size_t)(a->count + b->count) * sizeof(*keys));
    tokex_keyset_t *set = apr_pcalloc(pool, sizeof(*set));
    memcpy(keys, a->keys, (apr_size_t)a->count * sizeof(*keys));
    set->keys = keys;
    set->count = a->count;
    for (int i = 0; i < b->count; i++) {
        int n = 0;
        while (n < a->count && !is_same(a->keys[n], b->keys[i]))
            n++;
        if (n == a->count)
            keys[set->count++] = b->keys[i];
    }
    return set;
}

static void add_set(ring_t *ring, const tokex_keyset_t *set)
{
    if (!ring->all->count)
        ring->all = set;
    else if (set->count)
        ring->all = join(ring->all, set, ring->pool);
}

static void add_source(ring_t *ring, const char *url)
{
    const tokex_issuer_t *config = ring->issuer->config;
    tokex_fetched_view_t view;
    const char *doubt = NULL;
    if (!ring->keys->fetched ||
        !tokex_fetched_keys_view(&view, ring->keys->fetched, config->id, url, ring->now,
                                 ring->pool) ||
        !view.set)
        doubt = "no keys have come from it";
    else if (ring->now - view.fetched > config->keys_stale)
        doubt = "the keys that came from it are too old";
    else
        add_set(ring, view.set);
    if (!doubt && view.failed)
        doubt = "it could not be asked the last time";
    if (doubt) {
        ring->doubt = doubt;
        ring->source = url;
    }
}

static const tokex_err_t *gather(ring_t *ring)
{
    static const tokex_keyset_t none = {NULL, 0, NULL, 0};
    const tokex_issuer_t *config = ring->issuer->config;
    ring->all = &none;
    if (ring->issuer->is_self) {
        ring->all = ring->issuer->keys;
        return NULL;
    }
    if (config->key_count) {
        const parsed_t *parsed = configured(ring->keys, ring->issuer, ring->now, ring->pool);
        if (!parsed)
            return tokex_err_create(ring->pool, TOKEX_E_MEMORY, NULL, "no memory for keys");
        /* To the caller it must look like any other token without a key. */
        if (parsed->err)
            return tokex_err_create(ring->pool, TOKEX_E_KEY_UNKNOWN, parsed->err, "issuer \"%s\"",
                                    config->id);
        add_set(ring, &parsed->set);
    }
    for (int i = 0; i < config->jwks_urls.count; i++)
        add_source(ring, config->jwks_urls.items[i]);
    if (config->metadata_url)
        add_source(ring, config->metadata_url);
    return NULL;
}

const tokex_err_t *tokex_issuer_keys_find(const tokex_key_t **out, void *ctx,
                                          const tokex_policy_issuer_t *issuer, const char *kid,
                                          tokex_alg_t alg, int64_t now, apr_pool_t *pool)
{
    ring_t ring = {.keys = ctx, .issuer = issuer, .now = now, .pool = pool};
    const char *id = issuer->config->id;
    const tokex_err_t *err;
    TOKEX_RETURN_ERR(gather(&ring));
    err = tokex_jwk_find(out, ring.all, kid, alg, pool);
    if (!err)
        return NULL;
    if (err->code == TOKEX_E_KEY_UNKNOWN && ring.doubt)
        return tokex_err_create(pool, TOKEX_E_KEYS_UNAVAILABLE, err, "issuer \"%s\": %s: %s", id,
                                tokex_err_shown(pool, ring.source, strlen(ring.source)),
                                ring.doubt);
    return tokex_err_create(pool, err->code, err, "issuer \"%s\"", id);
}

const tokex_err_t *tokex_issuer_keys_renew(bool *changed, void *ctx,
                                           const tokex_policy_issuer_t *issuer, apr_pool_t *pool)
{
    const tokex_issuer_keys_t *keys = ctx;
    *changed = false;
    if (!keys->renewer || !tokex_policy_has_key_sources(issuer->config))
        return NULL;
    return keys->renewer->renew(changed, keys->renewer->ctx, issuer, pool);
}
