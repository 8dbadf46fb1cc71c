#include "keys/signing_keys.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "config/faults.h"

#define ISSUED_TYP "at+jwt"
/* One JWK of RSA takes about 700 octets. */
#define JWK_HINT 1024

/* What opening takes. */
typedef struct open_t {
    const tokex_config_t *config;
    const tokex_sealer_t *sealer;
    apr_pool_t *pool;
    int64_t now;
    const tokex_key_t **published;  /* by place; NULL: dead */
    const tokex_signer_t **signers; /* by place; NULL: not opened so far */
} open_t;

static const tokex_err_t *refuse(apr_pool_t *pool, tokex_code_t code, const tokex_err_t *cause,
                                 const tokex_signing_key_t *key, const char *what)
{
    return tokex_err_create(pool, code, cause, "signing key \"%s\": %s",
                            tokex_err_shown(pool, key->kid, strlen(key->kid)), what);
}

/* ---- One key */

/* The one key that `public_jwk` holds, under the kid that the configuration gives it. */
static const tokex_err_t *read_public(const tokex_key_t **out, const tokex_signing_key_t *key,
                                      const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    const tokex_keyset_t *set = NULL;
    /* The time matters to certificates only, and this is none. */
    const tokex_err_t *err =
        tokex_jwk_read(&set, key->public_jwk, strlen(key->public_jwk), 0, crypt, pool, pool);
    if (err)
        return refuse(pool, err->code, err, key, "public_jwk cannot be read");
    if (set->count != 1)
        return refuse(pool, TOKEX_E_KEY_SYNTAX, NULL, key, "public_jwk is not one key");
    if (!tokex_jwk_kid(set->keys[0]) || strcmp(tokex_jwk_kid(set->keys[0]), key->kid) != 0)
        return refuse(pool, TOKEX_E_KEY_SYNTAX, NULL, key, "public_jwk has another kid");
    if (!(tokex_jwk_algs(set->keys[0]) & TOKEX_ALG_BIT(tokex_jwk_alg(key->algorithm))))
        return refuse(pool, TOKEX_E_KEY_UNUSABLE, NULL, key,
                      "public_jwk does not fit the key's algorithm");
    *out = set->keys[0];
    return NULL;
}

static const tokex_err_t *unseal(const tokex_key_t **out, const tokex_signing_key_t *key,
                                 const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    const unsigned char *der = NULL;
    apr_size_t len = 0;
    const tokex_err_t *err;
    if (!key->sealed)
        return refuse(pool, TOKEX_E_SEAL, NULL, key, "there is no sealed private key");
    err = tokex_seal_open(&der, &len, sealer->master, key->kid, key->sealed, sealer->crypt, pool);
    if (err)
        return refuse(pool, err->code, err, key, "the sealed private key does not open");
    err = tokex_jwk_private_from_der(out, der, len, key->kid, sealer->crypt, pool);
    return err ? refuse(pool, TOKEX_E_SEAL, err, key, "what was sealed is no private key") : NULL;
}

static const tokex_err_t *open_private(const tokex_key_t **out, const tokex_signing_key_t *key,
                                       const tokex_key_t *published, const tokex_sealer_t *sealer,
                                       apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(unseal(out, key, sealer, pool));
    /* Otherwise nobody could verify what we sign. */
    if (strcmp(tokex_jwk_thumbprint(*out), tokex_jwk_thumbprint(published)) != 0)
        return refuse(pool, TOKEX_E_SEAL, NULL, key,
                      "the sealed private key is not the one of public_jwk");
    return NULL;
}

const tokex_err_t *tokex_signing_keys_prove(const tokex_signing_key_t *key,
                                            const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    const tokex_key_t *published = NULL;
    const tokex_key_t *private_key = NULL;
    TOKEX_RETURN_ERR(read_public(&published, key, sealer->crypt, pool));
    return open_private(&private_key, key, published, sealer, pool);
}

/* ---- All of them */

static const tokex_err_t *publish(tokex_signing_keys_t *keys, open_t *o)
{
    const tokex_key_life_t *lives = tokex_key_life(o->config, o->now, o->pool);
    tokex_jsonw_t *w = tokex_jsonw_create(o->pool, JWK_HINT);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_name(w, "keys");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < o->config->signing_key_count; i++) {
        const tokex_signing_key_t *key = &o->config->signing_keys[i];
        int64_t until = lives[i].published_until;
        if (lives[i].state == TOKEX_KEY_DEAD)
            continue;
        TOKEX_RETURN_ERR(read_public(&o->published[i], key, o->sealer->crypt, o->pool));
        tokex_jwk_write_public(w, o->published[i], tokex_jwk_alg(key->algorithm));
        if (until && (!keys->render_at || until < keys->render_at))
            keys->render_at = until;
    }
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    keys->jwks = tokex_jsonw_text(w, &keys->jwks_len);
    return NULL;
}

/* A key may have two turns. */
static const tokex_err_t *open_signer(const tokex_signer_t **out, open_t *o, int place)
{
    const tokex_signing_key_t *key = &o->config->signing_keys[place];
    const tokex_key_t *private_key = NULL;
    const tokex_err_t *err;
    if (!o->signers[place]) {
        TOKEX_RETURN_ERR(open_private(&private_key, key, o->published[place], o->sealer, o->pool));
        err = tokex_jws_signer_create(&o->signers[place], private_key,
                                      tokex_jwk_alg(key->algorithm), ISSUED_TYP, o->pool);
        if (err)
            return refuse(o->pool, err->code, err, key, "cannot sign");
    }
    *out = o->signers[place];
    return NULL;
}

/* Who signs with `alg`; steps that are over are left out. */
static const tokex_err_t *line_up(tokex_signers_t *signers, open_t *o, tokex_alg_t alg)
{
    const tokex_key_step_t *steps;
    tokex_signer_step_t *line;
    int count;
    int begin = 0;
    tokex_key_life_steps(&steps, &count, o->config, tokex_jwk_alg_name(alg), o->pool);
    while (begin + 1 < count && steps[begin + 1].from <= o->now)
        begin++;
    line = apr_pcalloc(o->pool, ((apr_size_t)(count - begin) + 1) * sizeof(*line));
    for (int i = begin; i < count; i++) {
        line[i - begin].from = steps[i].from;
        if (steps[i].key >= 0)
            TOKEX_RETURN_ERR(open_signer(&line[i - begin].signer, o, steps[i].key));
    }
    signers->lines[alg].steps = line;
    signers->lines[alg].count = count - begin;
    return NULL;
}

static tokex_alg_t preferred_of(const tokex_config_t *config)
{
    for (int i = 0; i < config->signing_count; i++)
        if (config->signing[i].preferred)
            return tokex_jwk_alg(config->signing[i].algorithm);
    return TOKEX_ALG_NONE;
}

const tokex_err_t *tokex_signing_keys_open(const tokex_signing_keys_t **out,
                                           const tokex_config_t *config, int64_t now,
                                           const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    apr_size_t count = (apr_size_t)config->signing_key_count + 1;
    open_t o = {config,
                sealer,
                pool,
                now,
                apr_pcalloc(pool, count * sizeof(*o.published)),
                apr_pcalloc(pool, count * sizeof(*o.signers))};
    tokex_signing_keys_t *keys = apr_pcalloc(pool, sizeof(*keys));
    tokex_signers_t *signers = apr_pcalloc(pool, sizeof(*signers));
    bool signs = false;
    TOKEX_RETURN_ERR(publish(keys, &o));
    for (tokex_alg_t alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++) {
        TOKEX_RETURN_ERR(line_up(signers, &o, alg));
        signs = signs || tokex_signers_at(signers, alg, now);
    }
    signers->preferred = preferred_of(config);
    keys->signers = signers;
    *out = keys;
    if (!signs)
        return tokex_err_create(pool, TOKEX_E_SIGNING_KEY_NONE, NULL,
                                "none of %d signing keys is active", config->signing_key_count);
    return NULL;
}

/* ---- Keys of state.db */

static bool is_time(int64_t value)
{
    return value >= 0 && value <= TOKEX_LIMIT_NUMERIC_DATE;
}

static const char *public_text(const tokex_key_t *key, tokex_alg_t alg, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, JWK_HINT);
    tokex_jwk_write_public(w, key, alg);
    return tokex_jsonw_text(w, NULL);
}

/* `key` is a row, and gets what it proves. */
static const tokex_err_t *believe(tokex_signing_key_t *key, const tokex_sealer_t *sealer,
                                  apr_pool_t *pool)
{
    tokex_alg_t alg = tokex_jwk_alg(key->algorithm);
    const tokex_key_t *private_key = NULL;
    if (!is_time(key->created) || !is_time(key->activates) || !is_time(key->retired))
        return refuse(pool, TOKEX_E_SEAL, NULL, key, "a time of it is none");
    TOKEX_RETURN_ERR(unseal(&private_key, key, sealer, pool));
    if (strcmp(tokex_jwk_thumbprint(private_key), key->kid) != 0)
        return refuse(pool, TOKEX_E_SEAL, NULL, key, "its kid is not the key's thumbprint");
    if (alg == TOKEX_ALG_NONE || !(tokex_jwk_algs(private_key) & TOKEX_ALG_BIT(alg)))
        return refuse(pool, TOKEX_E_SEAL, NULL, key, "the key is of another algorithm");
    key->algorithm = tokex_jwk_alg_name(alg);
    key->public_jwk = public_text(private_key, alg, pool);
    return NULL;
}

static bool holds(const tokex_signing_key_t *keys, int count, const char *kid)
{
    for (int i = 0; i < count; i++)
        if (keys[i].kid && strcmp(keys[i].kid, kid) == 0)
            return true;
    return false;
}

static void leave_out(const tokex_signing_key_t *key, const char *why, tokex_faults_t *faults)
{
    const tokex_place_t at = {.object = "signing_key", .id = key->kid};
    tokex_faults_warning(faults, &at, "Remove it with `tokexctl key remove`.",
                         "is in state.db and is not used: %s", why);
}

const tokex_err_t *tokex_signing_keys_join(const tokex_config_t **out, const tokex_config_t *config,
                                           const tokex_signing_rows_t *rows,
                                           const tokex_sealer_t *sealer, tokex_faults_t *faults,
                                           apr_pool_t *pool)
{
    tokex_config_t *joined = apr_pmemdup(pool, config, sizeof(*config));
    int count = config->signing_key_count;
    tokex_signing_key_t *keys =
        apr_pcalloc(pool, ((apr_size_t)count + (apr_size_t)rows->count + 1) * sizeof(*keys));
    for (int i = 0; i < count; i++)
        keys[i] = config->signing_keys[i];
    for (int i = 0; i < rows->count; i++) {
        tokex_signing_key_t key = rows->keys[i];
        const tokex_err_t *err;
        if (!key.kid || holds(keys, count, key.kid))
            continue;
        err = believe(&key, sealer, pool);
        /* Ours to solve, not the row's. */
        if (err && (err->code == TOKEX_E_CRYPTO || err->code == TOKEX_E_MEMORY))
            return err;
        if (err)
            leave_out(&key, tokex_err_text(err, pool), faults);
        else if (count >= TOKEX_LIMIT_JWKS_KEYS)
            leave_out(&key, "there are as many keys as a JWK Set may hold", faults);
        else
            keys[count++] = key;
    }
    joined->signing_keys = keys;
    joined->signing_key_count = count;
    *out = joined;
    return NULL;
}

/* ---- New ones */

const tokex_err_t *tokex_signing_keys_make(tokex_signing_key_t *out, const char *alg, int64_t now,
                                           int64_t activates, const tokex_sealer_t *sealer,
                                           apr_pool_t *pool)
{
    tokex_alg_t number = tokex_jwk_alg(alg);
    const tokex_key_t *key = NULL;
    const unsigned char *der = NULL;
    apr_size_t len = 0;
    if (number == TOKEX_ALG_NONE)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "\"%s\" is no algorithm for signing keys",
                                tokex_err_shown(pool, alg, alg ? strlen(alg) : 0));
    TOKEX_RETURN_ERR(tokex_jwk_generate(&key, number, sealer->crypt, pool));
    TOKEX_RETURN_ERR(tokex_jwk_private_to_der(&der, &len, key, pool));
    out->kid = tokex_jwk_kid(key);
    out->algorithm = tokex_jwk_alg_name(number);
    out->created = now;
    out->activates = activates;
    out->retired = 0;
    out->public_jwk = public_text(key, number, pool);
    return tokex_seal_close(&out->sealed, sealer->master, out->kid, der, len, sealer->crypt, pool);
}
