#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

/* One key of the issuer's list, or several when a set was not taken apart. */
static void read_key(tokex_compile_t *c, const tokex_issuer_key_t *key, tokex_place_t *at,
                     apr_array_header_t *keys, apr_pool_t *scratch)
{
    const tokex_keyset_t *set;
    const tokex_err_t *err;
    const char *material;
    apr_size_t len;
    if (!tokex_key_material(&material, &len, key, scratch)) {
        tokex_faults_error(c->faults, at, "Write the key as jwk or pem.", "the key cannot be read");
        return;
    }
    err = tokex_jwk_read(&set, material, len, c->now, c->crypt, c->pool, scratch);
    if (err) {
        tokex_key_fault(c->faults, at, err, scratch);
        return;
    }
    for (int i = 0; i < set->warning_count; i++)
        tokex_faults_warning(c->faults, at, "Replace the key if it is not meant so.", "%s",
                             set->warnings[i]);
    for (int i = 0; i < set->count; i++)
        APR_ARRAY_PUSH(keys, const tokex_key_t *) = set->keys[i];
}

/* Two keys that a token cannot tell apart would make each of its tokens a refusal. */
static void check_key_names(tokex_compile_t *c, const tokex_place_t *at,
                            const tokex_policy_issuer_t *issuer)
{
    unsigned nameless = 0, doubled = 0;
    for (int i = 0; i < issuer->keys->count; i++) {
        const tokex_key_t *key = issuer->keys->keys[i];
        const char *kid = tokex_jwk_kid(key);
        if (!kid) {
            doubled |= nameless & tokex_jwk_algs(key);
            nameless |= tokex_jwk_algs(key);
            continue;
        }
        for (int n = 0; n < i; n++) {
            const tokex_key_t *other = issuer->keys->keys[n];
            tokex_place_t found = *at;
            found.value = kid;
            if (tokex_jwk_kid(other) && strcmp(tokex_jwk_kid(other), kid) == 0 &&
                strcmp(tokex_jwk_kty(other, NULL), tokex_jwk_kty(key, NULL)) == 0)
                tokex_faults_error(c->faults, &found, "Keep one of them.",
                                   "two keys of one kind have this kid");
        }
    }
    if (doubled & issuer->algs)
        tokex_faults_error(c->faults, at,
                           "Keep the one that signs tokens, or write them as JWK with a kid each.",
                           "several keys without a kid allow the same algorithm, so that no "
                           "token can tell which one is meant");
}

static void check_key_use(tokex_compile_t *c, const tokex_policy_issuer_t *issuer)
{
    tokex_place_t at = {.object = "issuer", .id = issuer->config->id, .field = "keys"};
    unsigned usable = 0;
    for (int i = 0; i < issuer->keys->count; i++)
        usable |= tokex_jwk_algs(issuer->keys->keys[i]) & issuer->algs;
    check_key_names(c, &at, issuer);
    if (tokex_compile_has_sources(issuer->config))
        return;
    if (!issuer->keys->count)
        tokex_faults_warning(c->faults, &at, "Add its public keys or its certificate.",
                             "the issuer has no key, so each of its tokens is refused");
    else if (!usable)
        tokex_faults_warning(c->faults, &at, "Add a key, or an algorithm that its keys allow.",
                             "no key of the issuer allows one of its algorithms, so each of its "
                             "tokens is refused");
}

void tokex_compile_issuer_keys(tokex_compile_t *c, tokex_policy_issuer_t *issuer,
                               apr_pool_t *scratch)
{
    const tokex_issuer_t *config = issuer->config;
    apr_array_header_t *keys = apr_array_make(c->pool, 2, sizeof(const tokex_key_t *));
    tokex_keyset_t *set = apr_pcalloc(c->pool, sizeof(*set));
    int errors = c->faults->error_count;
    for (int i = 0; i < config->key_count; i++) {
        tokex_place_t at = {.object = "key"};
        at.id = apr_psprintf(scratch, "%s/#%d", config->id ? config->id : "", i + 1);
        read_key(c, &config->keys[i], &at, keys, scratch);
    }
    set->keys = (const tokex_key_t *const *)keys->elts;
    set->count = keys->nelts;
    issuer->keys = set;
    if (c->faults->error_count == errors)
        check_key_use(c, issuer);
}
