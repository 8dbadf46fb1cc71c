#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "policy/normalise.h"

typedef struct judge_t {
    int64_t now;
    const tokex_crypt_t *crypt;
    tokex_faults_t *faults;
    apr_pool_t *pool; /* of one issuer */
} judge_t;

/* The keys of one issuer. */
typedef struct found_t {
    const tokex_issuer_t *issuer;
    unsigned algs; /* of the issuer, as TOKEX_ALG_BIT()s */
    apr_array_header_t *keys;
} found_t;

static const tokex_key_t *key_of(const found_t *found, int i)
{
    return APR_ARRAY_IDX(found->keys, i, const tokex_key_t *);
}

/* One key of the issuer's list, or several when a set was not taken apart. */
static void read_key(const judge_t *judge, const tokex_issuer_key_t *key, tokex_place_t *at,
                     apr_array_header_t *keys)
{
    const tokex_keyset_t *set;
    const tokex_err_t *err;
    const char *material;
    apr_size_t len;
    if (!tokex_key_material(&material, &len, key, judge->pool)) {
        tokex_faults_error(judge->faults, at, "Write the key as jwk or pem.",
                           "the key cannot be read");
        return;
    }
    err = tokex_jwk_read(&set, material, len, judge->now, judge->crypt, judge->pool, judge->pool);
    if (err) {
        tokex_key_fault(judge->faults, at, err, judge->pool);
        return;
    }
    for (int i = 0; i < set->warning_count; i++)
        tokex_faults_warning(judge->faults, at, "Replace the key if it is not meant so.", "%s",
                             set->warnings[i]);
    for (int i = 0; i < set->count; i++)
        APR_ARRAY_PUSH(keys, const tokex_key_t *) = set->keys[i];
}

static void check_kid(const judge_t *judge, const tokex_place_t *at, const found_t *found, int i)
{
    const tokex_key_t *key = key_of(found, i);
    tokex_place_t there = *at;
    there.value = tokex_jwk_kid(key);
    for (int n = 0; n < i; n++) {
        const tokex_key_t *other = key_of(found, n);
        if (tokex_jwk_kid(other) && strcmp(tokex_jwk_kid(other), tokex_jwk_kid(key)) == 0 &&
            strcmp(tokex_jwk_kty(other, NULL), tokex_jwk_kty(key, NULL)) == 0)
            tokex_faults_error(judge->faults, &there, "Keep one of them.",
                               "two keys of one kind have this kid");
    }
}

/* Two keys that a token cannot tell apart would make each of its tokens a refusal. */
static void check_names(const judge_t *judge, const tokex_place_t *at, const found_t *found)
{
    unsigned nameless = 0, doubled = 0;
    for (int i = 0; i < found->keys->nelts; i++) {
        unsigned algs = tokex_jwk_algs(key_of(found, i));
        if (tokex_jwk_kid(key_of(found, i))) {
            check_kid(judge, at, found, i);
            continue;
        }
        doubled |= nameless & algs;
        nameless |= algs;
    }
    if (doubled & found->algs)
        tokex_faults_error(judge->faults, at,
                           "Keep the one that signs tokens, or write them as JWK with a kid each.",
                           "several keys without a kid allow the same algorithm, so that no "
                           "token can tell which one is meant");
}

static void check_use(const judge_t *judge, const found_t *found)
{
    tokex_place_t at = {.object = "issuer", .id = found->issuer->id, .field = "keys"};
    unsigned usable = 0;
    for (int i = 0; i < found->keys->nelts; i++)
        usable |= tokex_jwk_algs(key_of(found, i)) & found->algs;
    check_names(judge, &at, found);
    if (usable || tokex_policy_has_key_sources(found->issuer) ||
        tokex_policy_takes_opaque(found->issuer))
        return;
    if (!found->keys->nelts)
        tokex_faults_warning(judge->faults, &at,
                             "Add its public keys or its certificate, or a URL of its keys.",
                             "the issuer has no key, so each of its tokens is refused");
    else
        tokex_faults_warning(judge->faults, &at, "Add a key, or an algorithm that its keys allow.",
                             "no key of the issuer allows one of its algorithms, so each of its "
                             "tokens is refused");
}

static void judge_issuer(const judge_t *judge, const tokex_issuer_t *issuer)
{
    found_t found = {.issuer = issuer,
                     .algs = tokex_compile_algs(&issuer->algorithms),
                     .keys = apr_array_make(judge->pool, 2, sizeof(const tokex_key_t *))};
    int errors = judge->faults->error_count;
    for (int i = 0; i < issuer->key_count; i++) {
        tokex_place_t at = {.object = "key"};
        at.id = apr_psprintf(judge->pool, "%s/#%d", issuer->id ? issuer->id : "", i + 1);
        read_key(judge, &issuer->keys[i], &at, found.keys);
    }
    if (judge->faults->error_count == errors)
        check_use(judge, &found);
}

void tokex_policy_judge_keys(const tokex_config_t *config, int64_t now, const tokex_crypt_t *crypt,
                             tokex_faults_t *faults, apr_pool_t *scratch_pool)
{
    judge_t judge = {now, crypt, faults, NULL};
    apr_pool_create(&judge.pool, scratch_pool);
    for (int i = 0; i < config->issuer_count; i++) {
        judge_issuer(&judge, &config->issuers[i]);
        apr_pool_clear(judge.pool);
    }
    apr_pool_destroy(judge.pool);
}
