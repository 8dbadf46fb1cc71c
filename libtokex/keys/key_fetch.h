/* From a source of keys to keys that may be believed: metadata, JWK Set, and what is wrong with
 * them. */
#ifndef TOKEX_KEYS_KEY_FETCH_H
#define TOKEX_KEYS_KEY_FETCH_H

#include "adapter/fetch_curl.h"
#include "policy/policy.h"
#include "store/key_store.h"

/* Time until connected, and for one document; a source that is metadata has two of them. */
#define TOKEX_KEY_FETCH_CONNECT_MS 2000
#define TOKEX_KEY_FETCH_MS 5000

/* One source to ask. */
typedef struct tokex_key_fetch_t {
    const tokex_policy_issuer_t *issuer;
    const char *url;
    bool is_metadata;             /* `url` is metadata, whose jwks_uri is asked next */
    const tokex_fetched_t *known; /* what is known of it; NULL: nothing */

    tokex_fetched_t row; /* out: to be saved and served from now on */
    bool changed;        /* out: other keys than before */
    bool withdrawn;      /* out: the issuer answered with no key where it had some */
    const char *moved;   /* out: jwks_uri when it is on another host than the metadata; or NULL */
    const char *const *warnings; /* out: keys that were left out, for the log */
    int warning_count;
} tokex_key_fetch_t;

/* What it takes; tests put a function of their own in the place of tokex_fetch_run(). */
typedef struct tokex_key_fetcher_t {
    tokex_fetcher_t *fetcher;
    void (*run)(tokex_fetcher_t *fetcher, tokex_fetch_t *fetches, int count,
                volatile apr_uint32_t *stop, apr_pool_t *pool);
    volatile apr_uint32_t *stop; /* NULL: nobody stops it */
    const tokex_crypt_t *crypt;
} tokex_key_fetcher_t;

/*
 * The sources of `issuer`: its jwks_urls, then its metadata_url. `known` of each is left NULL.
 */
void tokex_key_fetch_sources(tokex_key_fetch_t **out, int *count,
                             const tokex_policy_issuer_t *issuer, apr_pool_t *pool);

/*
 * Asks `count` sources at the same time: first all documents, then the JWK Sets that metadata
 * named. Metadata must have `issuer` equal to the issuer's, octet by octet (RFC 8414 section 3.3,
 * OpenID Connect Discovery section 4.3), and jwks_uri must be https, or http where the metadata's
 * own URL is. A set must be one that tokex_jwk_read() reads. An answer without keys is a
 * withdrawal: it replaces what was there. After a failure the row keeps the keys that were there,
 * and its `fresh_until` moves on by a time that doubles with the age of the failure, from 60 s to
 * the refresh time of the issuer. After a success it is max-age of the answer, or keys_refresh
 * where the answer says nothing, within 60 s and 24 h, and half of keys_stale where that is less.
 * `now`: seconds. Nothing is stored.
 */
void tokex_key_fetch_run(const tokex_key_fetcher_t *fetcher, tokex_key_fetch_t *fetches, int count,
                         int64_t now, apr_pool_t *result_pool, apr_pool_t *scratch_pool);

#endif
