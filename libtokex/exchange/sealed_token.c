#include "exchange/sealed_token.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "crypt/random.h"
#include "crypt/seal.h"

#define PREFIX TOKEX_SEALED_TOKEN_PREFIX
#define PREFIX_LEN (sizeof(PREFIX) - 1)
/* Octets, and the characters that they are. */
#define SALT_OCTETS 16
#define SALT_LEN 22
#define PURPOSE "mod_tokex opaque token 1"

/* All of its parts have one length each, so no two inputs look the same. */
typedef struct input_t {
    char purpose[sizeof(PURPOSE)];
    unsigned char key[TOKEX_SEAL_KEY_LEN];
    char salt[SALT_LEN]; /* zeros: for the key that the others are made of */
} input_t;

static const tokex_err_t *derive(tokex_master_key_t *out, const tokex_master_key_t *from,
                                 const char *salt, const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    input_t input = {.purpose = PURPOSE};
    const tokex_err_t *err;
    memcpy(input.key, from->octets, sizeof(input.key));
    if (salt)
        memcpy(input.salt, salt, sizeof(input.salt));
    err = tokex_crypt_sha256(crypt, out->octets, &input, sizeof(input), pool);
    tokex_crypt_wipe(&input, sizeof(input));
    return err;
}

static apr_status_t wipe(void *key)
{
    tokex_crypt_wipe(key, sizeof(tokex_master_key_t));
    return APR_SUCCESS;
}

const tokex_err_t *tokex_sealed_token_key(const tokex_master_key_t **out,
                                          const tokex_master_key_t *master,
                                          const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    tokex_master_key_t *key = apr_pcalloc(pool, sizeof(*key));
    apr_pool_cleanup_register(pool, key, wipe, apr_pool_cleanup_null);
    *out = key;
    return derive(key, master, NULL, crypt, pool);
}

/* Another server under the same master key opens none of ours. */
static const char *name_of(const tokex_engine_t *engine, apr_pool_t *pool)
{
    return apr_pstrcat(pool, PURPOSE " ", engine->server->issuer, NULL);
}

const tokex_err_t *tokex_sealed_token_close(const char **out, const tokex_engine_t *engine,
                                            const char *jwt, apr_pool_t *pool)
{
    const char *salt = NULL, *sealed = NULL;
    tokex_master_key_t key;
    const tokex_err_t *err;
    if (!engine->opaque_key)
        return tokex_err_create(pool, TOKEX_E_INTERNAL, NULL, "there is no key for opaque tokens");
    TOKEX_RETURN_ERR(tokex_random_text(&salt, SALT_OCTETS, pool));
    TOKEX_RETURN_ERR(derive(&key, engine->opaque_key, salt, engine->crypt, pool));
    err = tokex_seal_close(&sealed, &key, name_of(engine, pool), (const unsigned char *)jwt,
                           strlen(jwt), engine->crypt, pool);
    tokex_crypt_wipe(&key, sizeof(key));
    if (err)
        return err;
    *out = apr_pstrcat(pool, PREFIX, salt, sealed, NULL);
    if (strlen(*out) > TOKEX_LIMIT_TOKEN)
        return tokex_err_create(pool, TOKEX_E_CLAIMS_SIZE, NULL,
                                "the opaque token would have %" APR_SIZE_T_FMT " octets, at most "
                                "%d are taken anywhere",
                                strlen(*out), TOKEX_LIMIT_TOKEN);
    return NULL;
}

bool tokex_sealed_token_is_likely(tokex_token_text_t token)
{
    return token.len > PREFIX_LEN + SALT_LEN && memcmp(token.text, PREFIX, PREFIX_LEN) == 0;
}

const tokex_err_t *tokex_sealed_token_open(tokex_token_text_t *out, const tokex_engine_t *engine,
                                           tokex_token_text_t token, apr_pool_t *pool)
{
    const unsigned char *octets = NULL;
    const tokex_err_t *err;
    tokex_master_key_t key;
    const char *text;
    *out = (tokex_token_text_t){NULL, 0};
    if (!tokex_sealed_token_is_likely(token) || token.len > TOKEX_LIMIT_TOKEN ||
        !engine->opaque_key)
        return NULL;
    text = apr_pstrmemdup(pool, token.text, token.len);
    if (strlen(text) != token.len)
        return NULL;
    TOKEX_RETURN_ERR(derive(&key, engine->opaque_key, text + PREFIX_LEN, engine->crypt, pool));
    err = tokex_seal_open(&octets, &out->len, &key, name_of(engine, pool),
                          text + PREFIX_LEN + SALT_LEN, engine->crypt, pool);
    tokex_crypt_wipe(&key, sizeof(key));
    if (err)
        return err->code == TOKEX_E_SEAL ? NULL : err;
    out->text = (const char *)octets;
    return NULL;
}
