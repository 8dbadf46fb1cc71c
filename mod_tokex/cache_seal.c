#include "cache_seal.h"

#include <string.h>

#include <apr_strings.h>

#define PURPOSE "mod_tokex cache 1"

/* All of its parts have one length each, so no two inputs look the same. */
typedef struct input_t {
    char purpose[sizeof(PURPOSE)];
    unsigned char master[TOKEX_SEAL_KEY_LEN];
    unsigned char key[TOKEX_CACHE_KEY_LEN];
} input_t;

static const tokex_err_t *derive(tokex_master_key_t *out, const tokex_cache_sealer_t *sealer,
                                 apr_pool_t *pool)
{
    const tokex_err_t *err;
    input_t input;

    memcpy(input.purpose, PURPOSE, sizeof(input.purpose));
    memcpy(input.master, sealer->master->octets, sizeof(input.master));
    memcpy(input.key, sealer->key, sizeof(input.key));
    err = tokex_crypt_sha256(sealer->crypt, out->octets, &input, sizeof(input), pool);
    tokex_crypt_wipe(&input, sizeof(input));
    return err;
}

const tokex_err_t *tokex_cache_seal(tokex_cache_value_t *out, const tokex_cache_sealer_t *sealer,
                                    const tokex_cache_value_t *value, apr_pool_t *pool)
{
    tokex_master_key_t key;
    const tokex_err_t *err;
    const char *text = NULL;

    TOKEX_RETURN_ERR(derive(&key, sealer, pool));
    err = tokex_seal_close(&text, &key, PURPOSE, value->octets, value->len, sealer->crypt, pool);
    tokex_crypt_wipe(&key, sizeof(key));
    if (err)
        return err;
    out->octets = (const unsigned char *)text;
    out->len = strlen(text);
    return NULL;
}

const tokex_err_t *tokex_cache_unseal(tokex_cache_value_t *out, const tokex_cache_sealer_t *sealer,
                                      const tokex_cache_value_t *sealed, apr_pool_t *pool)
{
    const char *text = apr_pstrmemdup(pool, (const char *)sealed->octets, sealed->len);
    tokex_master_key_t key;
    const tokex_err_t *err;

    TOKEX_RETURN_ERR(derive(&key, sealer, pool));
    err = tokex_seal_open(&out->octets, &out->len, &key, PURPOSE, text, sealer->crypt, pool);
    tokex_crypt_wipe(&key, sizeof(key));
    return err;
}
