#include "resolve.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "config/canonical.h"
#include "config/faults.h"
#include "crypt/random.h"
#include "keys/signing_keys.h"

#define SECRET_OCTETS 32
/* Stand in for what is missing and was told to be, so that it is not told again: a digest, which no
 * other secret of the client has, and a sealed key. */
#define NO_DIGEST "%064d"
#define NO_SEALED "-"

typedef struct resolve_t {
    const ctl_t *ctl;
    const tokex_config_t *present;
    apr_hash_t *present_clients; /* id -> tokex_client_t */
    apr_array_header_t *made;
    tokex_faults_t *faults;
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
    apr_pool_t *pool = r->ctl->pool;
    unsigned char digest[TOKEX_SHA256_LEN];
    resolve_made_t *made;
    const char *value;

    TOKEX_RETURN_ERR(tokex_random_text(&value, SECRET_OCTETS, pool));
    TOKEX_RETURN_ERR(tokex_crypt_sha256(r->ctl->crypt, digest, value, strlen(value), pool));
    secret->sha256 = hex(digest, sizeof digest, pool);
    secret->generate = false;
    secret->created = r->ctl->now;
    made = apr_array_push(r->made);
    *made = (resolve_made_t){client, secret->id, value};
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
    return id && *id ? id : apr_psprintf(r->ctl->pool, "#%d", index + 1);
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
        secret->sha256 = apr_psprintf(r->ctl->pool, NO_DIGEST, index);
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
    secrets = apr_pmemdup(r->ctl->pool, client->secrets,
                          sizeof *secrets * (apr_size_t)client->secret_count);
    for (i = 0; i < client->secret_count; i++) {
        at.id = apr_pstrcat(r->ctl->pool, name, "/", name_of(r, secrets[i].id, i), NULL);
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
    clients = apr_pmemdup(r->ctl->pool, config->clients,
                          sizeof *clients * (apr_size_t)config->client_count);
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

    key->sealed = present ? present->sealed : NO_SEALED;
    if (!present)
        tokex_faults_error(r->faults, &at,
                           "Take the key from an export with --with-secrets, or make one with "
                           "`tokexctl key rotate`.",
                           "there is no such key here to keep");
    else if (!same_text(present->algorithm, key->algorithm) ||
             !same_json(present->public_jwk, key->public_jwk, r->ctl->pool))
        tokex_faults_error(r->faults, &at, "Leave key and algorithm as they were exported.",
                           "is not the one of the private key that is here");
}

/* A member that is missing had its fault. */
static bool is_whole(const tokex_signing_key_t *key)
{
    return key->kid && key->algorithm && key->public_jwk;
}

/* A key that the document brings must open here: it would be found out at the next restart. */
static const tokex_err_t *try_to_open(const resolve_t *r, const tokex_signing_key_t *key,
                                      const tokex_master_key_t **master)
{
    const ctl_t *ctl = r->ctl;
    const tokex_place_t at = {.object = "signing_key", .id = key->kid, .field = "sealed"};
    tokex_sealer_t sealer;
    const tokex_err_t *err;

    if (!*master)
        TOKEX_RETURN_ERR(tokex_seal_read_master_key(master, ctl->master_path, ctl->pool));
    sealer = (tokex_sealer_t){*master, ctl->crypt};
    err = tokex_signing_keys_prove(key, &sealer, ctl->pool);
    if (err && err->code == TOKEX_E_SEAL)
        tokex_faults_error(r->faults, &at,
                           "Name the master key under which it was sealed with -k, and leave "
                           "sealed and public_jwk as they were exported.",
                           "does not open with the master key %s to the key of public_jwk",
                           ctl->master_path);
    return NULL;
}

static const tokex_err_t *resolve_keys(const resolve_t *r, tokex_config_t *config)
{
    const tokex_master_key_t *master = NULL;
    tokex_signing_key_t *keys;
    int i;

    if (!config->signing_key_count)
        return NULL;
    keys = apr_pmemdup(r->ctl->pool, config->signing_keys,
                       sizeof *keys * (apr_size_t)config->signing_key_count);
    for (i = 0; i < config->signing_key_count; i++) {
        if (!keys[i].sealed)
            take_sealed(r, &keys[i], i);
        else if (is_whole(&keys[i]))
            TOKEX_RETURN_ERR(try_to_open(r, &keys[i], &master));
    }
    config->signing_keys = keys;
    return NULL;
}

/* What goes for good is said: the tokens that it signed stop verifying. */
static void warn_of_lost_keys(const resolve_t *r, const tokex_config_t *config)
{
    int i;

    for (i = 0; i < r->present->signing_key_count; i++) {
        const char *kid = r->present->signing_keys[i].kid;
        const tokex_place_t at = {.object = "signing_key", .id = kid};

        if (!find_key(config, kid))
            tokex_faults_warning(r->faults, &at,
                                 "Export again if that is not meant; without the member "
                                 "signing_keys all keys stay.",
                                 "is not in the document and goes, with its private key");
    }
}

const tokex_err_t *resolve_config(const tokex_config_t **out, const tokex_config_t *asked,
                                  const tokex_config_t *present,
                                  const tokex_document_given_t *given, apr_array_header_t *made,
                                  tokex_faults_t *faults, const ctl_t *ctl)
{
    const resolve_t r = {ctl, present, apr_hash_make(ctl->pool), made, faults};
    tokex_config_t *config = apr_pmemdup(ctl->pool, asked, sizeof *asked);
    int i;

    for (i = 0; i < present->client_count; i++)
        apr_hash_set(r.present_clients, present->clients[i].id, APR_HASH_KEY_STRING,
                     &present->clients[i]);
    TOKEX_RETURN_ERR(resolve_clients(&r, config));
    if (!given->signing) {
        config->signing = present->signing;
        config->signing_count = present->signing_count;
    }
    if (given->signing_keys) {
        TOKEX_RETURN_ERR(resolve_keys(&r, config));
        warn_of_lost_keys(&r, config);
    } else {
        config->signing_keys = present->signing_keys;
        config->signing_key_count = present->signing_key_count;
    }
    *out = config;
    return NULL;
}
