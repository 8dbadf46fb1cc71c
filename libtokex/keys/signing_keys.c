#include "keys/signing_keys.h"

#include <string.h>

#define STATE_ACTIVE "active"
#define ISSUED_TYP "at+jwt"
/* One JWK of RSA takes about 700 octets. */
#define JWK_HINT 1024

static const tokex_err_t *refuse(apr_pool_t *pool, tokex_code_t code, const tokex_err_t *cause,
                                 const tokex_signing_key_t *key, const char *what)
{
    return tokex_err_create(pool, code, cause, "signing key \"%s\": %s",
                            tokex_err_shown(pool, key->kid, strlen(key->kid)), what);
}

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

static const tokex_err_t *open_private(tokex_signing_keys_t *out, const tokex_signing_key_t *key,
                                       const tokex_key_t *published,
                                       const tokex_master_key_t *master, const tokex_crypt_t *crypt,
                                       apr_pool_t *pool)
{
    const unsigned char *der = NULL;
    const tokex_key_t *private_key = NULL;
    apr_size_t len = 0;
    const tokex_err_t *err;
    if (!key->sealed)
        return refuse(pool, TOKEX_E_SEAL, NULL, key, "there is no sealed private key");
    err = tokex_seal_open(&der, &len, master, key->kid, key->sealed, crypt, pool);
    if (err)
        return refuse(pool, err->code, err, key, "the sealed private key does not open");
    err = tokex_jwk_private_from_der(&private_key, der, len, key->kid, crypt, pool);
    if (err)
        return refuse(pool, TOKEX_E_SEAL, err, key, "what was sealed is no private key");
    /* Otherwise nobody could verify what we sign. */
    if (strcmp(tokex_jwk_thumbprint(private_key), tokex_jwk_thumbprint(published)) != 0)
        return refuse(pool, TOKEX_E_SEAL, NULL, key,
                      "the sealed private key is not the one of public_jwk");
    out->alg = tokex_jwk_alg(key->algorithm);
    out->kid = key->kid;
    err = tokex_jws_signer_create(&out->signer, private_key, out->alg, ISSUED_TYP, pool);
    return err ? refuse(pool, err->code, err, key, "cannot sign") : NULL;
}

const tokex_err_t *tokex_signing_keys_open(const tokex_signing_keys_t **out,
                                           const tokex_config_t *config,
                                           const tokex_master_key_t *master,
                                           const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    tokex_signing_keys_t *keys = apr_pcalloc(pool, sizeof(*keys));
    tokex_jsonw_t *w = tokex_jsonw_create(pool, JWK_HINT);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_name(w, "keys");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < config->signing_key_count; i++) {
        const tokex_signing_key_t *key = &config->signing_keys[i];
        const tokex_key_t *published = NULL;
        TOKEX_RETURN_ERR(read_public(&published, key, crypt, pool));
        tokex_jwk_write_public(w, published, tokex_jwk_alg(key->algorithm));
        if (!keys->signer && strcmp(key->state, STATE_ACTIVE) == 0)
            TOKEX_RETURN_ERR(open_private(keys, key, published, master, crypt, pool));
    }
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    keys->jwks = tokex_jsonw_text(w, &keys->jwks_len);
    *out = keys;
    if (!keys->signer)
        return tokex_err_create(pool, TOKEX_E_SIGNING_KEY_NONE, NULL,
                                "none of %d signing keys is active", config->signing_key_count);
    return NULL;
}

const tokex_err_t *tokex_signing_keys_make(tokex_signing_key_t *out, const char *alg, int64_t now,
                                           const tokex_master_key_t *master,
                                           const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    tokex_alg_t number = tokex_jwk_alg(alg);
    const tokex_key_t *key = NULL;
    const unsigned char *der = NULL;
    apr_size_t len = 0;
    tokex_jsonw_t *w;
    if (number == TOKEX_ALG_NONE)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "\"%s\" is no algorithm for signing keys",
                                tokex_err_shown(pool, alg, alg ? strlen(alg) : 0));
    TOKEX_RETURN_ERR(tokex_jwk_generate(&key, number, crypt, pool));
    TOKEX_RETURN_ERR(tokex_jwk_private_to_der(&der, &len, key, pool));
    w = tokex_jsonw_create(pool, JWK_HINT);
    tokex_jwk_write_public(w, key, number);
    out->kid = tokex_jwk_kid(key);
    out->algorithm = tokex_jwk_alg_name(number);
    out->state = STATE_ACTIVE;
    out->created = now;
    out->public_jwk = tokex_jsonw_text(w, NULL);
    return tokex_seal_close(&out->sealed, master, out->kid, der, len, crypt, pool);
}
