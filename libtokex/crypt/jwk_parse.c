/* Keys from JSON: a JWK or a JWK Set (RFC 7517). */
#include <string.h>

#include <apr_strings.h>

#include "base/b64url.h"
#include "base/limits.h"
#include "crypt/jwk_private.h"

static const char *const private_members[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};

static const tokex_err_t *refuse(apr_pool_t *pool, const char *what)
{
    return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL, "%s", what);
}

static const char *shown(apr_pool_t *pool, const char *value)
{
    return tokex_err_shown(pool, value, value ? strlen(value) : 0);
}

static bool has_private_member(const tokex_json_t *jwk)
{
    for (size_t i = 0; i < sizeof(private_members) / sizeof(private_members[0]); i++) {
        if (tokex_json_get(jwk, private_members[i]))
            return true;
    }
    return false;
}

/* A member that may be absent, but is a string when it is there. */
static bool optional_string(const tokex_json_t *jwk, const char *name, const char **out)
{
    const tokex_json_t *node = tokex_json_get(jwk, name);

    *out = tokex_json_string(node);
    return !node || *out;
}

/* RFC 7517 section 4.3: an array of strings, none twice. */
static const tokex_err_t *check_key_ops(const tokex_json_t *ops, apr_pool_t *pool)
{
    bool verify = false;
    const tokex_json_t *op;
    const tokex_json_t *earlier;

    if (tokex_json_type(ops) != TOKEX_JSON_ARRAY || tokex_json_count(ops) > TOKEX_LIMIT_JWKS_KEYS)
        return refuse(pool, "its key_ops is not an array of operations");
    for (op = tokex_json_first(ops); op; op = tokex_json_next(op)) {
        const char *text = tokex_json_string(op);

        if (!text)
            return refuse(pool, "its key_ops holds something that is no string");
        for (earlier = tokex_json_first(ops); earlier != op; earlier = tokex_json_next(earlier)) {
            if (strcmp(tokex_json_string(earlier), text) == 0)
                return refuse(pool, "its key_ops names an operation twice");
        }
        verify = verify || strcmp(text, "verify") == 0;
    }
    return verify ? NULL : refuse(pool, "its key_ops does not hold \"verify\"");
}

static const tokex_err_t *check_purpose(const tokex_json_t *jwk, apr_pool_t *pool)
{
    const tokex_json_t *ops = tokex_json_get(jwk, "key_ops");
    const char *use;

    if (!optional_string(jwk, "use", &use))
        return refuse(pool, "its use is no string");
    if (use && strcmp(use, "sig") != 0)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL, "its use is \"%s\", not \"sig\"",
                                shown(pool, use));
    return ops ? check_key_ops(ops, pool) : NULL;
}

/* NULL, with the reason in *err, for a kty and crv that are not supported. */
static const tokex_jwk_kind_t *find_kind(const tokex_err_t **err, const tokex_json_t *jwk,
                                         apr_pool_t *pool)
{
    const char *kty = tokex_json_string(tokex_json_get(jwk, "kty"));
    const char *crv = tokex_json_string(tokex_json_get(jwk, "crv"));
    const tokex_jwk_kind_t *kind = kty ? tokex_jwk_kind(kty, crv) : NULL;

    if (kind)
        return kind;
    if (!kty)
        *err = refuse(pool, "its kty is missing or no string");
    else if (strcmp(kty, "oct") == 0)
        *err = refuse(pool, "it is a symmetric key (kty oct), which is never accepted");
    else
        *err = tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "kty \"%s\" with crv \"%s\" is not supported", shown(pool, kty),
                                shown(pool, crv));
    return NULL;
}

/* An alg narrows a key to that one algorithm (RFC 8725 section 3.1). */
static const tokex_err_t *allowed_algs(unsigned *out, const tokex_json_t *jwk,
                                       const tokex_jwk_kind_t *kind, apr_pool_t *pool)
{
    const char *name;

    *out = kind->algs;
    if (!optional_string(jwk, "alg", &name))
        return refuse(pool, "its alg is no string");
    if (!name)
        return NULL;
    *out = TOKEX_ALG_BIT(tokex_jwk_alg(name)) & kind->algs;
    if (!*out)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "its alg \"%s\" is unknown or does not fit its kty and crv",
                                shown(pool, name));
    return NULL;
}

static const tokex_err_t *take_member(tokex_jwk_octets_t *out, const tokex_json_t *jwk,
                                      const char *name, apr_pool_t *result_pool,
                                      apr_pool_t *scratch_pool)
{
    const char *text = tokex_json_string(tokex_json_get(jwk, name));
    unsigned char *octets;

    if (!text)
        return tokex_err_create(result_pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "its member %s is missing or no string", name);
    if (tokex_b64url_decode(&octets, &out->len, text, strlen(text), scratch_pool))
        return tokex_err_create(result_pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "its member %s is not canonical base64url without padding", name);
    out->data = octets;
    return NULL;
}

static const tokex_err_t *take_members(tokex_jwk_public_t *pub, const tokex_json_t *jwk,
                                       apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    bool rsa = !pub->kind->crv;
    bool okp = strcmp(pub->kind->kty, "OKP") == 0;

    TOKEX_RETURN_ERR(take_member(&pub->first, jwk, rsa ? "n" : "x", result_pool, scratch_pool));
    if (okp)
        return NULL;
    return take_member(&pub->second, jwk, rsa ? "e" : "y", result_pool, scratch_pool);
}

static const tokex_err_t *take_kid(const char **out, const tokex_json_t *jwk, apr_pool_t *pool)
{
    if (!optional_string(jwk, "kid", out) || (*out && strlen(*out) > TOKEX_LIMIT_KID))
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "its kid is no string of at most %d octets", TOKEX_LIMIT_KID);
    return NULL;
}

/* x5c, x5t and x5u are left alone: the key is trusted for where the set came from, not for a
 * chain that came along with it. */
static const tokex_err_t *read_jwk(tokex_jwk_reader_t *r, const tokex_json_t *jwk)
{
    apr_pool_t *pool = r->result_pool;
    tokex_jwk_source_t source = {.pkey = NULL};
    tokex_key_t *key;
    const tokex_err_t *err;

    if (tokex_json_type(jwk) != TOKEX_JSON_OBJECT)
        return refuse(pool, "it is no object");
    source.pub.kind = find_kind(&err, jwk, pool);
    if (!source.pub.kind)
        return err;
    TOKEX_RETURN_ERR(check_purpose(jwk, pool));
    TOKEX_RETURN_ERR(allowed_algs(&source.algs, jwk, source.pub.kind, pool));
    TOKEX_RETURN_ERR(take_kid(&source.kid, jwk, pool));
    TOKEX_RETURN_ERR(take_members(&source.pub, jwk, pool, r->scratch_pool));
    TOKEX_RETURN_ERR(tokex_jwk_key_create(&key, &source, r->crypt, pool));
    APR_ARRAY_PUSH(r->keys, tokex_key_t *) = key;
    return NULL;
}

/* How a warning calls a key. */
static const char *label(tokex_jwk_reader_t *r, const tokex_json_t *jwk, int number)
{
    const char *kid = tokex_json_string(tokex_json_get(jwk, "kid"));

    if (!kid)
        return apr_psprintf(r->scratch_pool, "Key %d (no kid)", number);
    return apr_psprintf(r->scratch_pool, "Key %d (kid \"%s\")", number,
                        shown(r->scratch_pool, kid));
}

static const tokex_err_t *read_member_of_set(tokex_jwk_reader_t *r, const tokex_json_t *jwk,
                                             int number)
{
    const tokex_err_t *err = read_jwk(r, jwk);

    if (err && err->code != TOKEX_E_KEY_UNUSABLE)
        return err;
    if (err)
        tokex_jwk_warn(r, "%s is left out: %s.", label(r, jwk, number), err->log_text);
    else if (has_private_member(jwk))
        tokex_jwk_warn(r,
                       "%s came with private members. They are discarded, but the key must be "
                       "treated as exposed.",
                       label(r, jwk, number));
    return NULL;
}

/* Are two keys of one kty called the same? Keys that are left out count too: a set that uses a name
 * twice says nothing reliable about which key is meant. */
static const tokex_err_t *check_kids(const tokex_json_t *keys, apr_pool_t *pool)
{
    const tokex_json_t *seen[TOKEX_LIMIT_JWKS_KEYS];
    int count = 0;
    const tokex_json_t *jwk;

    for (jwk = tokex_json_first(keys); jwk && count < TOKEX_LIMIT_JWKS_KEYS;
         jwk = tokex_json_next(jwk)) {
        const char *kid = tokex_json_string(tokex_json_get(jwk, "kid"));
        const char *kty = tokex_json_string(tokex_json_get(jwk, "kty"));

        if (!kid || !kty)
            continue;
        for (int i = 0; i < count; i++) {
            if (strcmp(kid, tokex_json_string(tokex_json_get(seen[i], "kid"))) == 0 &&
                strcmp(kty, tokex_json_string(tokex_json_get(seen[i], "kty"))) == 0)
                return tokex_err_create(pool, TOKEX_E_KEY_DUPLICATE, NULL,
                                        "two keys of kty \"%s\" have the kid \"%s\"",
                                        shown(pool, kty), shown(pool, kid));
        }
        seen[count++] = jwk;
    }
    return NULL;
}

static const tokex_err_t *read_set(tokex_jwk_reader_t *r, const tokex_json_t *keys)
{
    const tokex_json_t *jwk;
    int number = 0;

    if (tokex_json_type(keys) != TOKEX_JSON_ARRAY)
        return tokex_err_create(r->result_pool, TOKEX_E_KEY_SYNTAX, NULL,
                                "the JWK Set's member keys is no array");
    TOKEX_RETURN_ERR(check_kids(keys, r->result_pool));
    for (jwk = tokex_json_first(keys); jwk; jwk = tokex_json_next(jwk)) {
        if (number == TOKEX_LIMIT_JWKS_KEYS) {
            tokex_jwk_warn(r,
                           "The JWK Set has %" APR_SIZE_T_FMT " keys; only the first %d are "
                           "read.",
                           tokex_json_count(keys), TOKEX_LIMIT_JWKS_KEYS);
            break;
        }
        TOKEX_RETURN_ERR(read_member_of_set(r, jwk, ++number));
    }
    return NULL;
}

const tokex_err_t *tokex_jwk_read_json(tokex_jwk_reader_t *r, const char *text, apr_size_t len)
{
    const tokex_json_t *document;
    const tokex_json_t *keys;
    const tokex_err_t *err = tokex_json_parse_object(&document, text, len, r->scratch_pool);

    if (err)
        return tokex_err_create(r->result_pool, TOKEX_E_KEY_SYNTAX, NULL, "%s",
                                tokex_err_text(err, r->scratch_pool));
    keys = tokex_json_get(document, "keys");
    if (keys)
        return read_set(r, keys);
    if (!tokex_json_get(document, "kty"))
        return tokex_err_create(r->result_pool, TOKEX_E_KEY_SYNTAX, NULL,
                                "the JSON object is neither a JWK Set (no keys) nor a JWK (no "
                                "kty)");
    if (has_private_member(document))
        return tokex_err_create(r->result_pool, TOKEX_E_KEY_PRIVATE, NULL,
                                "the JWK has private members");
    return read_jwk(r, document);
}
