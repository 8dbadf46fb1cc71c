#include "edit/edit_private.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "config/canonical.h"
#include "crypt/random.h"
#include "policy/normalise.h"

#define SECRET_OCTETS 32
/* Stand in for what is missing and was told to be, so that it is not told again: a digest, which no
 * other secret of the client has, and (TOKEX_EDIT_NO_SEALED) a sealed key. */
#define NO_DIGEST "%064d"

typedef struct resolve_t {
    const tokex_edit_run_t *run;
    const tokex_config_t *present;
    apr_hash_t *present_clients; /* id -> tokex_client_t */
    tokex_faults_t *faults;
    apr_pool_t *pool;
} resolve_t;

/* ---- Secrets */

static const char *hex(const unsigned char *octets, apr_size_t len, apr_pool_t *pool)
{
    static const char digits[] = "0123456789abcdef";
    char *text = apr_palloc(pool, len * 2 + 1);
    apr_size_t i;

    for (i = 0; i < len; i++) {
        text[i * 2] = digits[octets[i] >> 4];
        text[i * 2 + 1] = digits[octets[i] & 15];
    }
    text[len * 2] = '\0';
    return text;
}

static const tokex_err_t *make_secret(const resolve_t *r, const char *client,
                                      tokex_secret_t *secret)
{
    apr_pool_t *pool = r->pool;
    unsigned char digest[TOKEX_SHA256_LEN];
    const char *value;

    TOKEX_RETURN_ERR(tokex_random_text(&value, SECRET_OCTETS, pool));
    TOKEX_RETURN_ERR(tokex_crypt_sha256(r->run->crypt, digest, value, strlen(value), pool));
    secret->sha256 = hex(digest, sizeof digest, pool);
    secret->generate = false;
    secret->created = r->run->author->now;
    APR_ARRAY_PUSH(r->run->way->made, tokex_edit_secret_t) =
        (tokex_edit_secret_t){client, secret->id, value};
    return NULL;
}

static const tokex_secret_t *find_secret(const resolve_t *r, const char *client, const char *id)
{
    const tokex_client_t *present =
        client ? apr_hash_get(r->present_clients, client, APR_HASH_KEY_STRING) : NULL;
    int i;

    for (i = 0; present && id && i < present->secret_count; i++)
        if (strcmp(present->secrets[i].id, id) == 0)
            return &present->secrets[i];
    return NULL;
}

/* How an object without an id is called in faults. */
static const char *name_of(const resolve_t *r, const char *id, int index)
{
    return id && *id ? id : apr_psprintf(r->pool, "#%d", index + 1);
}

/* `at` is the secret. */
static const tokex_err_t *resolve_secret(const resolve_t *r, const char *client,
                                         tokex_secret_t *secret, tokex_place_t at, int index)
{
    const tokex_secret_t *present;

    at.field = "generate";
    if (secret->generate && secret->sha256) {
        tokex_faults_error(r->faults, &at, "Leave one of the two out.",
                           "a secret that is to be made cannot have a digest already");
        return NULL;
    }
    if (secret->generate && !r->run->way->made) {
        tokex_faults_error(r->faults, &at, "Make it with `tokexctl import`, or give its sha256.",
                           "a secret that is made here could be shown to nobody");
        return NULL;
    }
    if (secret->generate)
        return make_secret(r, client, secret);
    if (secret->sha256)
        return NULL;
    present = find_secret(r, client, secret->id);
    if (!present) {
        /* Somebody who wrote `generate` in a wrong way did not mean to keep one. */
        if (!tokex_faults_is_settled(r->faults, &at)) {
            at.field = "sha256";
            tokex_faults_error(r->faults, &at,
                               "Add \"generate\": true to have one made, or give its sha256.",
                               "there is no such secret here to keep");
        }
        secret->sha256 = apr_psprintf(r->pool, NO_DIGEST, index);
        return NULL;
    }
    secret->sha256 = present->sha256;
    /* A document that a person wrote need not repeat when the secret was made. */
    if (!secret->created)
        secret->created = present->created;
    return NULL;
}

static const tokex_err_t *resolve_client(const resolve_t *r, tokex_client_t *client, int index)
{
    const char *name = name_of(r, client->id, index);
    tokex_place_t at = {.object = "secret"};
    tokex_secret_t *secrets;
    int i;

    if (!client->secret_count)
        return NULL;
    secrets =
        apr_pmemdup(r->pool, client->secrets, sizeof *secrets * (apr_size_t)client->secret_count);
    for (i = 0; i < client->secret_count; i++) {
        at.id = apr_pstrcat(r->pool, name, "/", name_of(r, secrets[i].id, i), NULL);
        TOKEX_RETURN_ERR(resolve_secret(r, client->id, &secrets[i], at, i));
    }
    client->secrets = secrets;
    return NULL;
}

static const tokex_err_t *resolve_clients(const resolve_t *r, tokex_config_t *config)
{
    tokex_client_t *clients;
    int i;

    if (!config->client_count)
        return NULL;
    clients =
        apr_pmemdup(r->pool, config->clients, sizeof *clients * (apr_size_t)config->client_count);
    for (i = 0; i < config->client_count; i++)
        TOKEX_RETURN_ERR(resolve_client(r, &clients[i], i));
    config->clients = clients;
    return NULL;
}

/* ---- Signing keys */

static const tokex_signing_key_t *find_key(const tokex_config_t *config, const char *kid)
{
    int i;

    for (i = 0; kid && i < config->signing_key_count; i++)
        if (config->signing_keys[i].kid && strcmp(config->signing_keys[i].kid, kid) == 0)
            return &config->signing_keys[i];
    return NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool same_json(const char *a, const char *b, apr_pool_t *pool)
{
    const tokex_json_t *one, *other;

    return a && b && !tokex_json_parse(&one, a, strlen(a), pool) &&
           !tokex_json_parse(&other, b, strlen(b), pool) &&
           strcmp(tokex_canonical_text(one, pool, pool), tokex_canonical_text(other, pool, pool)) ==
               0;
}

static void take_sealed(const resolve_t *r, tokex_signing_key_t *key, int index)
{
    const tokex_signing_key_t *present = find_key(r->present, key->kid);
    const tokex_place_t at = {.object = "signing_key",
                              .id = name_of(r, key->kid, index),
                              .field = present ? "public_jwk" : "sealed"};

    key->sealed = present ? present->sealed : TOKEX_EDIT_NO_SEALED;
    if (!present)
        tokex_faults_error(r->faults, &at,
                           "Take the key from an export with --with-secrets, or make one with "
                           "`tokexctl key rotate`.",
                           "there is no such key here to keep");
    else if (!same_text(present->algorithm, key->algorithm) ||
             !same_json(present->public_jwk, key->public_jwk, r->pool))
        tokex_faults_error(r->faults, &at, "Leave key and algorithm as they were exported.",
                           "is not the one of the private key that is here");
}

/* A member that is missing had its fault. */
static bool is_whole(const tokex_signing_key_t *key)
{
    return key->kid && key->algorithm && key->public_jwk;
}

/* Has it been opened here before? */
static bool is_known(const resolve_t *r, const tokex_signing_key_t *key)
{
    const tokex_signing_key_t *present = find_key(r->present, key->kid);

    return present && same_text(present->sealed, key->sealed) &&
           same_text(present->algorithm, key->algorithm) &&
           same_json(present->public_jwk, key->public_jwk, r->pool);
}

/* A key that is brought in must open here: it would be found out at the next restart. */
static const tokex_err_t *try_to_open(const resolve_t *r, const tokex_signing_key_t *key)
{
    const tokex_edit_way_t *way = r->run->way;

    if (!way->prove || is_known(r, key))
        return NULL;
    return way->prove(way->prove_ctx, key, r->faults, r->pool);
}

static const tokex_err_t *resolve_keys(const resolve_t *r, tokex_config_t *config)
{
    tokex_signing_key_t *keys;
    int i;

    if (!config->signing_key_count)
        return NULL;
    keys = apr_pmemdup(r->pool, config->signing_keys,
                       sizeof *keys * (apr_size_t)config->signing_key_count);
    for (i = 0; i < config->signing_key_count; i++) {
        if (!keys[i].sealed)
            take_sealed(r, &keys[i], i);
        else if (is_whole(&keys[i]))
            TOKEX_RETURN_ERR(try_to_open(r, &keys[i]));
    }
    config->signing_keys = keys;
    return NULL;
}

/* ---- What issuers are asked with */

static const tokex_issuer_t *find_issuer(const tokex_config_t *config, const char *id)
{
    int i;

    for (i = 0; id && i < config->issuer_count; i++)
        if (same_text(config->issuers[i].id, id))
            return &config->issuers[i];
    return NULL;
}

static const tokex_err_t *resolve_issuers(const resolve_t *r, tokex_config_t *config)
{
    tokex_issuer_t *issuers;
    int i;

    if (!config->issuer_count)
        return NULL;
    issuers =
        apr_pmemdup(r->pool, config->issuers, sizeof *issuers * (apr_size_t)config->issuer_count);
    for (i = 0; i < config->issuer_count; i++)
        TOKEX_RETURN_ERR(
            tokex_edit_resolve_issuer(r->run, &issuers[i], find_issuer(r->present, issuers[i].id)));
    config->issuers = issuers;
    return NULL;
}

const tokex_err_t *tokex_edit_resolve(const tokex_config_t **out, const tokex_edit_run_t *run,
                                      const tokex_config_t *asked, const tokex_config_t *present)
{
    const resolve_t r = {run, present, apr_hash_make(run->pool), run->faults, run->pool};
    tokex_config_t *config = apr_pmemdup(run->pool, asked, sizeof *asked);
    int i;

    for (i = 0; i < present->client_count; i++)
        apr_hash_set(r.present_clients, present->clients[i].id, APR_HASH_KEY_STRING,
                     &present->clients[i]);
    TOKEX_RETURN_ERR(resolve_clients(&r, config));
    TOKEX_RETURN_ERR(resolve_keys(&r, config));
    TOKEX_RETURN_ERR(resolve_issuers(&r, config));
    *out = tokex_normalise_config(config, run->author->now, run->crypt, run->faults, run->pool,
                                  run->pool);
    return NULL;
}
