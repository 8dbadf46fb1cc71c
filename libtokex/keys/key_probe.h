/*
 * Why the keys of an issuer do or do not come: asks its sources as key_fetch.c does, with the same
 * fetcher and the same judgement, and says of each step what was found and what to do. For people.
 * Nothing is stored, and nothing is believed that key_fetch.c would not believe.
 */
#ifndef TOKEX_KEYS_KEY_PROBE_H
#define TOKEX_KEYS_KEY_PROBE_H

#include <apr_time.h>

#include "adapter/fetch_curl.h"
#include "config/config.h"
#include "crypt/jwk.h"

/* What it takes; tests put functions of their own in the place of the network and the clock. */
typedef struct tokex_probe_way_t {
    tokex_fetcher_t *fetcher;
    const tokex_fetch_settings_t *settings;
    void (*run)(tokex_fetcher_t *fetcher, tokex_fetch_t *fetches, int count,
                volatile apr_uint32_t *stop, apr_pool_t *pool); /* tokex_fetch_run() */
    const char *(*look_up)(const tokex_fetch_address_t **out, int *count,
                           const tokex_fetch_settings_t *settings, const char *host,
                           apr_pool_t *pool); /* tokex_fetch_look_up() */
    apr_time_t (*clock)(void);                /* apr_time_now() */
    const tokex_crypt_t *crypt;
} tokex_probe_way_t;

typedef enum tokex_probe_state_t {
    TOKEX_PROBE_OK,
    TOKEX_PROBE_FAILED, /* tokens are refused because of it, or soon will be */
    TOKEX_PROBE_SKIPPED /* there was nothing to find out, or something before it failed */
} tokex_probe_state_t;

/* A key that was found. */
typedef struct tokex_probe_key_t {
    const char *kid; /* NULL: none */
    const char *kty;
    int bits;
    const char *algorithms; /* that it can be used with, joined by blanks */
    const char *problem;    /* why tokens are not verified with it; NULL: they are */
} tokex_probe_key_t;

/* One step, in the order in which they were gone. */
typedef struct tokex_probe_step_t {
    const char *source; /* the place that it belongs to: a URL, or "configuration" */
    const char *name;   /* dns, connect, tls, metadata, issuer, jwks_uri, jwks, keys, clock;
                           introspection, userinfo (keys/token_probe.h) */
    const char *url;    /* what was asked; NULL: nothing */
    tokex_probe_state_t state;
    int ms;             /* -1: it took no time of its own */
    const char *found;  /* a sentence without its full stop */
    const char *advice; /* what to do, sentences; NULL: nothing */
    const char *error;  /* what the fetcher said of a failure; NULL: nothing */
    const char *said;   /* of issuer and jwks_uri: what the metadata says there, as it is; NULL:
                           nothing */

    const tokex_fetch_address_t *addresses; /* of dns */
    int address_count;
    const char *protocol;                          /* of tls; NULL: unknown */
    const tokex_fetch_certificate_t *certificates; /* of tls, the server's own first */
    int certificate_count;
    const tokex_probe_key_t *keys; /* of keys */
    int key_count;
    const char *const *left_out; /* of keys: sentences about those that cannot be used */
    int left_out_count;
} tokex_probe_step_t;

typedef struct tokex_probe_t {
    const tokex_probe_step_t *steps;
    int count;
    int failed; /* how many have */
} tokex_probe_t;

/*
 * Goes through all sources of `issuer`: jwks_urls, metadata_url, the configured keys. Its members
 * issuer, algorithms (none: all that we know), leeway, jwks_urls, metadata_url and keys are looked
 * at. Takes as long as the fetcher's settings allow for each document, and the resolver.
 */
void tokex_key_probe_run(tokex_probe_t *out, const tokex_probe_way_t *way,
                         const tokex_issuer_t *issuer, apr_pool_t *pool);

/*
 * The same for an issuer of which only `url` is known: its metadata is looked for where OpenID
 * Connect Discovery has it and, when there is none, where RFC 8414 has it. `*issuer`: as it was
 * asked, with the metadata_url that answered, or the first.
 */
void tokex_key_probe_discover(tokex_probe_t *out, tokex_issuer_t **issuer,
                              const tokex_probe_way_t *way, const char *url, apr_pool_t *pool);

/* The first step of that name; NULL: there is none. */
const tokex_probe_step_t *tokex_key_probe_step(const tokex_probe_t *probe, const char *name);

/* "ok", "failed", "skipped". */
const char *tokex_key_probe_state_name(tokex_probe_state_t state);

#endif
