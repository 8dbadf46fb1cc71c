/* One key made of its public members, after every check. */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <apr_strings.h>

#include "base/b64url.h"
#include "base/limits.h"
#include "crypt/jwk_private.h"
#include "crypt/roca.h"

#define RSA_ALGS                                                                                   \
    (TOKEX_ALG_BIT(TOKEX_ALG_RS256) | TOKEX_ALG_BIT(TOKEX_ALG_RS384) |                             \
     TOKEX_ALG_BIT(TOKEX_ALG_RS512) | TOKEX_ALG_BIT(TOKEX_ALG_PS256) |                             \
     TOKEX_ALG_BIT(TOKEX_ALG_PS384) | TOKEX_ALG_BIT(TOKEX_ALG_PS512))

/* Octets of a modulus of the largest size and the leading zero that some writers put before it. */
#define MODULUS_OCTETS_MAX (TOKEX_LIMIT_RSA_BITS_MAX / 8 + 1)

static const tokex_jwk_kind_t kinds[] = {
    {"RSA", NULL, "RSA", 0, 0, RSA_ALGS},
    {"EC", "P-256", "prime256v1", 32, 256, TOKEX_ALG_BIT(TOKEX_ALG_ES256)},
    {"EC", "P-384", "secp384r1", 48, 384, TOKEX_ALG_BIT(TOKEX_ALG_ES384)},
    {"EC", "P-521", "secp521r1", 66, 521, TOKEX_ALG_BIT(TOKEX_ALG_ES512)},
    {"OKP", "Ed25519", "ED25519", 32, 255, TOKEX_ALG_BIT(TOKEX_ALG_EDDSA)},
    {"OKP", "Ed448", "ED448", 57, 448, TOKEX_ALG_BIT(TOKEX_ALG_EDDSA)},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

const tokex_jwk_kind_t *tokex_jwk_kind(const char *kty, const char *crv)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const tokex_jwk_kind_t *kind = &kinds[i];

        if (strcmp(kind->kty, kty) == 0 && (!kind->crv || (crv && strcmp(kind->crv, crv) == 0)))
            return kind;
    }
    return NULL;
}

static const tokex_jwk_kind_t *kind_of_group(const char *kty, const char *group)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].kty, kty) == 0 && strcmp(kinds[i].group, group) == 0)
            return &kinds[i];
    }
    return NULL;
}

static const tokex_err_t *unusable(apr_pool_t *pool, const char *what)
{
    ERR_clear_error();
    return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL, "%s", what);
}

static const tokex_err_t *check_modulus(const BIGNUM *n, apr_pool_t *pool)
{
    int bits = BN_num_bits(n);

    if (bits < TOKEX_LIMIT_RSA_BITS_MIN || bits > TOKEX_LIMIT_RSA_BITS_MAX)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "its RSA modulus has %d bits; %d to %d are accepted", bits,
                                TOKEX_LIMIT_RSA_BITS_MIN, TOKEX_LIMIT_RSA_BITS_MAX);
    if (!BN_is_odd(n))
        return unusable(pool, "its RSA modulus is even");
    if (tokex_roca_is_weak(n))
        return unusable(pool, "its RSA modulus was made by a faulty generator (ROCA, "
                              "CVE-2017-15361) and can be factored");
    return NULL;
}

static const tokex_err_t *check_exponent(const BIGNUM *e, apr_pool_t *pool)
{
    if (!BN_is_odd(e) || BN_is_one(e))
        return unusable(pool, "its RSA exponent is not an odd number over 1");
    if (BN_num_bits(e) > TOKEX_LIMIT_RSA_E_BITS)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "its RSA exponent has %d bits; at most %d are accepted",
                                BN_num_bits(e), TOKEX_LIMIT_RSA_E_BITS);
    return NULL;
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static EVP_PKEY *rsa_from_numbers(const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;

    if (bld && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        params = OSSL_PARAM_BLD_to_param(bld);
    if (params)
        pkey = from_params("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    return pkey;
}

/* Shortest octets of a number: a thumbprint must not depend on how somebody padded it. */
static char *number_text(const BIGNUM *bn, apr_pool_t *pool)
{
    int len = BN_num_bytes(bn);
    unsigned char *octets = apr_palloc(pool, (apr_size_t)len + 1);

    (void)BN_bn2bin(bn, octets);
    return tokex_b64url_string(pool, octets, (apr_size_t)len);
}

static const tokex_err_t *make_rsa(tokex_key_t *key, const tokex_jwk_public_t *pub,
                                   apr_pool_t *pool)
{
    const tokex_err_t *err;
    BIGNUM *n;
    BIGNUM *e;

    /* Before a number is made of it: what arithmetic on it would cost is the sender's choice. */
    if (pub->first.len > MODULUS_OCTETS_MAX || pub->second.len > MODULUS_OCTETS_MAX)
        return unusable(pool, "its RSA modulus or exponent is too long");
    n = BN_bin2bn(pub->first.data, (int)pub->first.len, NULL);
    e = BN_bin2bn(pub->second.data, (int)pub->second.len, NULL);
    err = n && e ? check_modulus(n, pool) : unusable(pool, "its RSA modulus is not a number");
    if (!err)
        err = check_exponent(e, pool);
    if (!err) {
        key->bits = BN_num_bits(n);
        key->first = number_text(n, pool);
        key->second = number_text(e, pool);
        if (!key->pkey)
            key->pkey = rsa_from_numbers(n, e);
        if (!key->pkey)
            err = unusable(pool, "OpenSSL does not take its RSA modulus and exponent");
    }
    BN_free(n);
    BN_free(e);
    return err;
}

static EVP_PKEY *ec_from_point(const tokex_jwk_kind_t *kind, unsigned char *point, apr_size_t len)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)kind->group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, len),
        OSSL_PARAM_construct_end(),
    };

    return from_params("EC", params);
}

/* With cofactor 1, as all curves here have, a point on the curve that is not infinity is in the
 * right group; the multiplication by the order that a full check adds would tell nothing new. */
static bool is_on_curve(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool ok = ctx && EVP_PKEY_public_check_quick(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    return ok;
}

static const tokex_err_t *make_ec(tokex_key_t *key, const tokex_jwk_public_t *pub, apr_pool_t *pool)
{
    apr_size_t width = pub->kind->width;
    unsigned char *point;

    /* RFC 7518 section 6.2.1.2: the full size of a coordinate, leading zeros included. */
    if (pub->first.len != width || pub->second.len != width)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "x and y of %s must have %" APR_SIZE_T_FMT " octets each",
                                pub->kind->crv, width);
    key->bits = pub->kind->bits;
    key->first = tokex_b64url_string(pool, pub->first.data, width);
    key->second = tokex_b64url_string(pool, pub->second.data, width);
    if (key->pkey)
        return NULL;
    point = apr_palloc(pool, 1 + 2 * width);
    point[0] = 4; /* uncompressed, SEC 1 section 2.3.3 */
    memcpy(point + 1, pub->first.data, width);
    memcpy(point + 1 + width, pub->second.data, width);
    key->pkey = ec_from_point(pub->kind, point, 1 + 2 * width);
    if (!key->pkey || !is_on_curve(key->pkey))
        return unusable(pool, "its point is not on its curve");
    return NULL;
}

static const tokex_err_t *make_okp(tokex_key_t *key, const tokex_jwk_public_t *pub,
                                   apr_pool_t *pool)
{
    apr_size_t width = pub->kind->width;

    if (pub->first.len != width)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "x of %s must have %" APR_SIZE_T_FMT " octets", pub->kind->crv,
                                width);
    key->bits = pub->kind->bits;
    key->first = tokex_b64url_string(pool, pub->first.data, width);
    if (!key->pkey)
        key->pkey =
            EVP_PKEY_new_raw_public_key_ex(NULL, pub->kind->group, NULL, pub->first.data, width);
    if (!key->pkey)
        return unusable(pool, "OpenSSL does not take its public key");
    return NULL;
}

/*
 * A context costs memory for as long as the key lives. An RSA key that names no algorithm allows
 * six; it gets the one that nearly every issuer signs with, the others are set up when needed.
 */
static unsigned worth_keeping(const tokex_key_t *key)
{
    return key->algs == RSA_ALGS ? TOKEX_ALG_BIT(TOKEX_ALG_RS256) : key->algs;
}

static const tokex_err_t *prepare(tokex_key_t *key, apr_pool_t *pool)
{
    unsigned keep = worth_keeping(key) & ~TOKEX_ALG_BIT(TOKEX_ALG_EDDSA);

    for (int alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++) {
        if (!(keep & TOKEX_ALG_BIT(alg)))
            continue;
        key->verify[alg] =
            tokex_jws_context(key->pkey, (tokex_alg_t)alg, key->crypt, EVP_PKEY_verify_init);
        if (!key->verify[alg])
            return unusable(pool, "OpenSSL cannot verify with it");
    }
    return NULL;
}

static apr_status_t release(void *data)
{
    tokex_key_t *key = data;

    for (int alg = 0; alg < TOKEX_ALG_COUNT; alg++)
        EVP_PKEY_CTX_free(key->verify[alg]);
    EVP_PKEY_free(key->pkey);
    return APR_SUCCESS;
}

static const tokex_err_t *fill(tokex_key_t *key, const tokex_jwk_source_t *source, apr_pool_t *pool)
{
    const char *kty = key->kind->kty;

    if (strcmp(kty, "RSA") == 0)
        TOKEX_RETURN_ERR(make_rsa(key, &source->pub, pool));
    else if (strcmp(kty, "EC") == 0)
        TOKEX_RETURN_ERR(make_ec(key, &source->pub, pool));
    else
        TOKEX_RETURN_ERR(make_okp(key, &source->pub, pool));
    TOKEX_RETURN_ERR(prepare(key, pool));
    return tokex_jwk_set_thumbprint(key, pool);
}

const tokex_err_t *tokex_jwk_key_create(tokex_key_t **out, const tokex_jwk_source_t *source,
                                        const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    tokex_key_t *key = apr_pcalloc(pool, sizeof(*key));
    const tokex_err_t *err;

    key->pkey = source->pkey;
    apr_pool_cleanup_register(pool, key, release, apr_pool_cleanup_null);
    key->crypt = crypt;
    key->kind = source->pub.kind;
    key->is_private = source->pkey != NULL;
    key->kid = source->kid ? apr_pstrdup(pool, source->kid) : NULL;
    key->algs = source->algs & key->kind->algs;
    err = fill(key, source, pool);
    if (err) {
        /* A refused key of a set must not hold OpenSSL's memory for as long as the set lives. */
        (void)apr_pool_cleanup_run(pool, key, release);
        return err;
    }
    *out = key;
    return NULL;
}

static const tokex_err_t *take_number(tokex_jwk_octets_t *out, const EVP_PKEY *pkey,
                                      const char *name, apr_size_t width, apr_pool_t *pool)
{
    BIGNUM *bn = NULL;
    unsigned char *octets;
    apr_size_t len;

    if (EVP_PKEY_get_bn_param(pkey, name, &bn) != 1)
        return unusable(pool, "OpenSSL does not give out its public members");
    len = width ? width : (apr_size_t)BN_num_bytes(bn);
    octets = apr_pcalloc(pool, len + 1);
    if (len > MODULUS_OCTETS_MAX || BN_bn2binpad(bn, octets, (int)len) != (int)len) {
        BN_free(bn);
        return unusable(pool, "a public member is too long");
    }
    BN_free(bn);
    out->data = octets;
    out->len = len;
    return NULL;
}

static const tokex_err_t *rsa_public(tokex_jwk_public_t *out, const EVP_PKEY *pkey,
                                     apr_pool_t *pool)
{
    out->kind = tokex_jwk_kind("RSA", NULL);
    TOKEX_RETURN_ERR(take_number(&out->first, pkey, OSSL_PKEY_PARAM_RSA_N, 0, pool));
    return take_number(&out->second, pkey, OSSL_PKEY_PARAM_RSA_E, 0, pool);
}

static const tokex_err_t *ec_public(tokex_jwk_public_t *out, const EVP_PKEY *pkey, apr_pool_t *pool)
{
    char group[64];
    int spelled_out = 0;

    /* RFC 5480 section 2.1.1 forbids a curve that is spelled out by its parameters; taking the name
     * of the one that it resembles is how CVE-2020-0601 came about. */
    if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1 ||
        EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &spelled_out) != 1 ||
        spelled_out)
        return unusable(pool, "its curve is not given by name");
    out->kind = kind_of_group("EC", group);
    if (!out->kind)
        return tokex_err_create(pool, TOKEX_E_KEY_UNUSABLE, NULL,
                                "its curve is %s; P-256, P-384 and P-521 are accepted",
                                tokex_err_shown(pool, group, strlen(group)));
    TOKEX_RETURN_ERR(
        take_number(&out->first, pkey, OSSL_PKEY_PARAM_EC_PUB_X, out->kind->width, pool));
    return take_number(&out->second, pkey, OSSL_PKEY_PARAM_EC_PUB_Y, out->kind->width, pool);
}

static const tokex_err_t *okp_public(tokex_jwk_public_t *out, const EVP_PKEY *pkey,
                                     const char *group, apr_pool_t *pool)
{
    unsigned char *octets;

    out->kind = kind_of_group("OKP", group);
    octets = apr_palloc(pool, out->kind->width);
    out->first.len = out->kind->width;
    out->first.data = octets;
    if (EVP_PKEY_get_raw_public_key(pkey, octets, &out->first.len) != 1)
        return unusable(pool, "OpenSSL does not give out its public members");
    return NULL;
}

const tokex_err_t *tokex_jwk_public_of(tokex_jwk_public_t *out, const EVP_PKEY *pkey,
                                       apr_pool_t *pool)
{
    memset(out, 0, sizeof(*out));
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        return rsa_public(out, pkey, pool);
    case EVP_PKEY_EC:
        return ec_public(out, pkey, pool);
    case EVP_PKEY_ED25519:
        return okp_public(out, pkey, "ED25519", pool);
    case EVP_PKEY_ED448:
        return okp_public(out, pkey, "ED448", pool);
    default:
        return unusable(pool, "it is no RSA, EC, Ed25519 or Ed448 key");
    }
}
