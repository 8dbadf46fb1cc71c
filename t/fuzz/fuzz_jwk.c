/* Key material of any notation: what is accepted is written as a public JWK and read again. */
#include "fuzz.h"

#include "base/limits.h"
#include "crypt/jwk.h"

#define NOW 1700000000

static void check_printable(const char *text)
{
    for (; *text; text++)
        HOLDS((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_error(const tokex_err_t *err, apr_pool_t *pool)
{
    HOLDS(err->code == TOKEX_E_KEY_SYNTAX || err->code == TOKEX_E_KEY_PRIVATE ||
          err->code == TOKEX_E_KEY_UNUSABLE || err->code == TOKEX_E_KEY_DUPLICATE);
    check_printable(tokex_err_text(err, pool));
}

/* The public members and no other, whatever came in. */
static void check_members(const char *text, apr_size_t len, apr_pool_t *pool)
{
    static const char *const allowed[] = {"kty", "kid", "use", "alg", "crv", "n", "e", "x", "y"};
    const tokex_json_t *jwk;

    HOLDS(!tokex_json_parse_object(&jwk, text, len, pool));
    for (jwk = tokex_json_first(jwk); jwk; jwk = tokex_json_next(jwk)) {
        size_t i = 0;

        while (i < 9 && strcmp(allowed[i], tokex_json_name(jwk)) != 0)
            i++;
        HOLDS(i < 9);
    }
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static tokex_alg_t only_alg(unsigned algs)
{
    for (int alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++) {
        if (algs == TOKEX_ALG_BIT(alg))
            return (tokex_alg_t)alg;
    }
    return TOKEX_ALG_NONE;
}

static void check_key(const tokex_key_t *key, const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);
    const tokex_keyset_t *again = NULL;
    const char *text;
    apr_size_t len;
    int bits = 0;
    int bits_again = 0;

    HOLDS(tokex_jwk_algs(key) && !(tokex_jwk_algs(key) & TOKEX_ALG_BIT(TOKEX_ALG_NONE)));
    HOLDS(tokex_jwk_algs(key) < TOKEX_ALG_BIT(TOKEX_ALG_COUNT));
    HOLDS(!tokex_jwk_kid(key) || strlen(tokex_jwk_kid(key)) <= TOKEX_LIMIT_KID);
    HOLDS(strlen(tokex_jwk_thumbprint(key)) == 43);
    if (strcmp(tokex_jwk_kty(key, &bits), "RSA") == 0)
        HOLDS(bits >= TOKEX_LIMIT_RSA_BITS_MIN && bits <= TOKEX_LIMIT_RSA_BITS_MAX);
    tokex_jwk_write_public(w, key, only_alg(tokex_jwk_algs(key)));
    text = tokex_jsonw_text(w, &len);
    check_members(text, len, pool);
    HOLDS(!tokex_jwk_read(&again, text, len, NOW, crypt, pool, pool));
    HOLDS(again->count == 1 && again->warning_count == 0);
    HOLDS(same_text(tokex_jwk_thumbprint(again->keys[0]), tokex_jwk_thumbprint(key)));
    HOLDS(same_text(tokex_jwk_kid(again->keys[0]), tokex_jwk_kid(key)));
    HOLDS(same_text(tokex_jwk_kty(again->keys[0], &bits_again), tokex_jwk_kty(key, NULL)));
    HOLDS(bits == bits_again && tokex_jwk_algs(again->keys[0]) == tokex_jwk_algs(key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tokex_keyset_t *set = NULL;
    const tokex_err_t *err;
    apr_pool_t *pool = new_pool();
    tokex_crypt_t *crypt;

    HOLDS(!tokex_crypt_create(&crypt, pool));
    err = tokex_jwk_read(&set, (const char *)data, size, NOW, crypt, pool, pool);
    HOLDS((err == NULL) == (set != NULL));
    HOLDS(tokex_crypt_error_queue_length() == 0);
    if (err)
        check_error(err, pool);
    if (set) {
        HOLDS(set->count <= TOKEX_LIMIT_JWKS_KEYS);
        for (int i = 0; i < set->warning_count; i++)
            check_printable(set->warnings[i]);
        for (int i = 0; i < set->count; i++)
            check_key(set->keys[i], crypt, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}
