/* Tokens: taken apart, their key chosen, their signature verified, under keys whose private halves
 * nobody has. Some tokens of the corpus were signed with them. */
#include "fuzz.h"

#include <apr_strings.h>

#include "base/b64url.h"
#include "base/limits.h"
#include "crypt/jws.h"

static const char keys[] =
    "{\"keys\":["
    "{\"kty\":\"RSA\",\"kid\":\"rsa\",\"use\":\"sig\",\"n\":\"9mzC0ZhYOKp6ZTxbU-R8YR_JRgnAL"
    "UphITScuI1EqLTdTrfKLNhc-XtN_-NqlWMe9pKSFO__fGBLoBZD7j3BUBwCv4ktTCVAZ3zTZHpALEl7lNyQS0H"
    "xEU0Od0YZoGx_-CL1IsP5mkrcuG3BBX1-dNge9T7W1hESZghXUF7WZmWNTmfQA3WiL-EQZNLZoAJKirfFNdLpj"
    "5XtAQ5TZ2Hl-fhTGM12b1q2mZ2gml4ADprERU3qFpxN7fL8tdXwLtDcNuitufjuS2Fv8aVbwVUmRSYvw77z9Xi"
    "YH_1u1AFEGMsYgGI3CMUXo4zR23F5c1MvwwwPfsBXaMBEC9DeowN62Q\",\"e\":\"AQAB\"}"
    ","
    "{\"kty\":\"EC\",\"kid\":\"ec\",\"use\":\"sig\",\"crv\":\"P-256\",\"x\":\"62-giPQQ5-B8K"
    "dlnrz1e59U9QTdlRxQVmpSYK6X5VmE\",\"y\":\"vd6Aj5jJIxOtfd7yGGv-dpStohBEpbirMa18qdTKqGo\""
    "}"
    ","
    "{\"kty\":\"EC\",\"kid\":\"ec5\",\"use\":\"sig\",\"crv\":\"P-521\",\"x\":\"AF-lTKApI8sn"
    "IrOzY8YlymTMczagfyWYaC1AMqcbwZ90G0tTfREGhYCjUdxGv-W_tef-hiE3U4VnoZmlkEWPlYIm\",\"y\":"
    "\"AMnxI2X2H-hpkv8vV1CJsn05erZjE7A6YUcQsl5mHRB-7XzNMfSfrsYirSCbIhM8HFE4qt_fMaxIqNIcFXvP"
    "H6BS\"}"
    ","
    "{\"kty\":\"OKP\",\"kid\":\"ed\",\"use\":\"sig\",\"crv\":\"Ed25519\",\"x\":\"wpebLRpKQ9"
    "JhHtNKdG4gbTxS1CqEk2iS7lwbFRt3qSw\"}"
    "]}";

static const tokex_keyset_t *read_keys(apr_pool_t *pool)
{
    tokex_crypt_t *crypt;
    const tokex_keyset_t *set;

    HOLDS(!tokex_crypt_create(&crypt, pool));
    HOLDS(!tokex_jwk_read(&set, keys, sizeof(keys) - 1, 0, crypt, pool, pool));
    HOLDS(set->count == 4);
    return set;
}

static void check_error(const tokex_err_t *err, apr_pool_t *pool)
{
    const char *text = tokex_err_text(err, pool);

    HOLDS(err->code >= TOKEX_E_TOKEN_SIZE && err->code <= TOKEX_E_TOKEN_CLAIMS);
    HOLDS(err->code != TOKEX_E_TOKEN_TYP);
    HOLDS(strlen(text) < 1024);
    for (; *text; text++)
        HOLDS((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_parts(const tokex_jws_t *jws, const char *token, size_t size, apr_pool_t *pool)
{
    const char *last = token + jws->signing_input_len;

    HOLDS(size <= TOKEX_LIMIT_TOKEN);
    HOLDS(jws->alg > TOKEX_ALG_NONE && jws->alg < TOKEX_ALG_COUNT);
    HOLDS(!jws->kid || strlen(jws->kid) <= TOKEX_LIMIT_KID);
    HOLDS(tokex_json_type(jws->header) == TOKEX_JSON_OBJECT);
    HOLDS(tokex_json_type(jws->claims) == TOKEX_JSON_OBJECT);
    HOLDS(!tokex_json_get(jws->header, "crit") && !tokex_json_get(jws->header, "b64"));
    HOLDS(jws->signing_input == token && jws->signing_input_len + 2 < size && *last == '.');
    /* One signature has one spelling. */
    HOLDS(TOKEX_B64URL_ENCODED(jws->signature_len) == size - jws->signing_input_len - 1);
    HOLDS(memcmp(tokex_b64url_string(pool, jws->signature, jws->signature_len), last + 1,
                 size - jws->signing_input_len - 1) == 0);
}

/* What verifies no longer does after one bit of it was changed, and verifies again as it was. */
static void check_verified(const tokex_jws_t *jws, const tokex_key_t *key, size_t size,
                           apr_pool_t *pool)
{
    unsigned char *sig = apr_pmemdup(pool, jws->signature, jws->signature_len);

    HOLDS(tokex_jwk_algs(key) & TOKEX_ALG_BIT(jws->alg));
    sig[size % jws->signature_len] ^= (unsigned char)(1u << (size % 8));
    HOLDS(tokex_jws_verify_octets(key, jws->alg, jws->signing_input, jws->signing_input_len, sig,
                                  jws->signature_len, pool));
    HOLDS(!tokex_jws_verify(jws, key, pool));
}

static void check_token(const tokex_jws_t *jws, size_t size, apr_pool_t *pool)
{
    const tokex_keyset_t *set = read_keys(pool);
    const tokex_key_t *key = NULL;
    const tokex_err_t *err = tokex_jwk_find(&key, set, jws->kid, jws->alg, pool);

    HOLDS((err == NULL) == (key != NULL));
    HOLDS(!err || err->code == TOKEX_E_KEY_UNKNOWN || err->code == TOKEX_E_KEY_AMBIGUOUS);
    if (key && !tokex_jws_verify(jws, key, pool))
        check_verified(jws, key, size, pool);
    /* Whatever the kid says: a key never verifies what it does not allow. */
    for (int i = 0; i < set->count; i++) {
        if (!(tokex_jwk_algs(set->keys[i]) & TOKEX_ALG_BIT(jws->alg)))
            HOLDS(tokex_jws_verify(jws, set->keys[i], pool));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *token = (const char *)data;
    const tokex_jws_t *jws = NULL;
    const tokex_err_t *err;
    apr_pool_t *pool = new_pool();

    err = tokex_jws_parse(&jws, token, size, pool);
    HOLDS((err == NULL) == (jws != NULL));
    if (err)
        check_error(err, pool);
    if (jws) {
        check_parts(jws, token, size, pool);
        check_token(jws, size, pool);
    }
    HOLDS(tokex_crypt_error_queue_length() == 0);
    apr_pool_destroy(pool);
    return 0;
}
