#include "crypt/jwk.h"

#include <stdarg.h>
#include <string.h>

#include <openssl/err.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "crypt/jwk_private.h"

static const char *const alg_names[TOKEX_ALG_COUNT] = {
    [TOKEX_ALG_NONE] = "none",   [TOKEX_ALG_RS256] = "RS256", [TOKEX_ALG_RS384] = "RS384",
    [TOKEX_ALG_RS512] = "RS512", [TOKEX_ALG_PS256] = "PS256", [TOKEX_ALG_PS384] = "PS384",
    [TOKEX_ALG_PS512] = "PS512", [TOKEX_ALG_ES256] = "ES256", [TOKEX_ALG_ES384] = "ES384",
    [TOKEX_ALG_ES512] = "ES512", [TOKEX_ALG_EDDSA] = "EdDSA",
};

tokex_alg_t tokex_jwk_alg(const char *name)
{
    if (!name)
        return TOKEX_ALG_NONE;
    /* Starts behind "none", which names no algorithm that verifies. */
    for (int alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++) {
        if (strcmp(alg_names[alg], name) == 0)
            return (tokex_alg_t)alg;
    }
    return TOKEX_ALG_NONE;
}

const char *tokex_jwk_alg_name(tokex_alg_t alg)
{
    return alg_names[alg > TOKEX_ALG_NONE && alg < TOKEX_ALG_COUNT ? alg : TOKEX_ALG_NONE];
}

const char *tokex_jwk_kid(const tokex_key_t *key)
{
    return key->kid;
}

unsigned tokex_jwk_algs(const tokex_key_t *key)
{
    return key->algs;
}

const char *tokex_jwk_thumbprint(const tokex_key_t *key)
{
    return key->thumbprint;
}

const char *tokex_jwk_kty(const tokex_key_t *key, int *bits)
{
    if (bits)
        *bits = key->bits;
    return key->kind->kty;
}

typedef struct matches_t {
    const tokex_key_t *key;
    int count;
} matches_t;

static void note(matches_t *matches, const tokex_key_t *key)
{
    matches->key = key;
    matches->count++;
}

static const tokex_err_t *take(const tokex_key_t **out, const matches_t *matches, tokex_alg_t alg,
                               apr_pool_t *pool)
{
    if (matches->count > 1)
        return tokex_err_create(pool, TOKEX_E_KEY_AMBIGUOUS, NULL,
                                "%d keys that no kid tells apart allow %s", matches->count,
                                tokex_jwk_alg_name(alg));
    *out = matches->key;
    return NULL;
}

const tokex_err_t *tokex_jwk_find(const tokex_key_t **out, const tokex_keyset_t *set,
                                  const char *kid, tokex_alg_t alg, apr_pool_t *pool)
{
    matches_t all = {NULL, 0};
    matches_t same_kid = {NULL, 0};
    matches_t no_kid = {NULL, 0};
    bool kid_known = false;

    for (int i = 0; i < set->count; i++) {
        const tokex_key_t *key = set->keys[i];
        bool same = kid && key->kid && strcmp(kid, key->kid) == 0;

        kid_known = kid_known || same;
        if (alg == TOKEX_ALG_NONE || !(key->algs & TOKEX_ALG_BIT(alg)))
            continue;
        note(&all, key);
        if (same)
            note(&same_kid, key);
        if (!key->kid)
            note(&no_kid, key);
    }
    if (!kid && all.count)
        return take(out, &all, alg, pool);
    if (kid && same_kid.count)
        return take(out, &same_kid, alg, pool);
    if (kid && !kid_known && no_kid.count)
        return take(out, &no_kid, alg, pool);
    if (!kid)
        return tokex_err_create(pool, TOKEX_E_KEY_UNKNOWN, NULL,
                                "the token has no kid and none of the %d keys allows %s",
                                set->count, tokex_jwk_alg_name(alg));
    return tokex_err_create(pool, TOKEX_E_KEY_UNKNOWN, NULL,
                            kid_known ? "the key of kid \"%s\" does not allow %s (%d keys)"
                                      : "no key has the kid \"%s\" and allows %s (%d keys)",
                            tokex_err_shown(pool, kid, strlen(kid)), tokex_jwk_alg_name(alg),
                            set->count);
}

void tokex_jwk_warn(tokex_jwk_reader_t *r, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    APR_ARRAY_PUSH(r->warnings, const char *) = apr_pvsprintf(r->result_pool, fmt, args);
    va_end(args);
}

/* A file's name says nothing (.cer, .crt and .pem hold either form), so the content is asked. */
static const tokex_err_t *read_any(tokex_jwk_reader_t *r, const char *material, apr_size_t len)
{
    apr_size_t blanks = 0;

    while (blanks < len && strchr(" \t\r\n", material[blanks]) && material[blanks])
        blanks++;
    if (blanks < len && material[blanks] == '{')
        return tokex_jwk_read_json(r, material, len);
    if (len && (unsigned char)material[0] == 0x30)
        return tokex_jwk_read_der(r, (const unsigned char *)material, len);
    return tokex_jwk_read_pem(r, material, len);
}

const tokex_err_t *tokex_jwk_read(const tokex_keyset_t **out, const char *material, apr_size_t len,
                                  int64_t now, const tokex_crypt_t *crypt, apr_pool_t *result_pool,
                                  apr_pool_t *scratch_pool)
{
    tokex_jwk_reader_t r = {
        .crypt = crypt, .now = now, .result_pool = result_pool, .scratch_pool = scratch_pool};
    tokex_keyset_t *set;
    const tokex_err_t *err;

    if (len > TOKEX_LIMIT_KEY_DOCUMENT)
        return tokex_err_create(result_pool, TOKEX_E_KEY_SYNTAX, NULL,
                                "the key document has %" APR_SIZE_T_FMT " octets; at most %d are "
                                "read",
                                len, TOKEX_LIMIT_KEY_DOCUMENT);
    r.keys = apr_array_make(result_pool, 2, sizeof(const tokex_key_t *));
    r.warnings = apr_array_make(result_pool, 2, sizeof(const char *));
    err = read_any(&r, material, len);
    ERR_clear_error();
    if (err)
        return err;
    set = apr_palloc(result_pool, sizeof(*set));
    set->keys = (const tokex_key_t *const *)r.keys->elts;
    set->count = r.keys->nelts;
    set->warnings = (const char *const *)r.warnings->elts;
    set->warning_count = r.warnings->nelts;
    *out = set;
    return NULL;
}

bool tokex_jwk_is_valid_at(const tokex_key_t *key, int64_t now)
{
    if (!key->validities)
        return true;
    for (int i = 0; i < key->validities->nelts; i++) {
        const tokex_jwk_validity_t *validity =
            &APR_ARRAY_IDX(key->validities, i, tokex_jwk_validity_t);

        if (now >= validity->not_before && now <= validity->not_after)
            return true;
    }
    return false;
}
