#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

static unsigned type_bits(const tokex_texts_t *types)
{
    unsigned bits = 0;
    for (int i = 0; i < types->count; i++) {
        const char *type = types->items[i] ? types->items[i] : "";
        if (strcmp(type, "access_token") == 0)
            bits |= TOKEX_TYPE_ACCESS_TOKEN;
        else if (strcmp(type, "jwt") == 0)
            bits |= TOKEX_TYPE_JWT;
        else if (strcmp(type, "id_token") == 0)
            bits |= TOKEX_TYPE_ID_TOKEN;
    }
    return bits;
}

static unsigned alg_bits(const tokex_texts_t *names)
{
    unsigned bits = 0;
    for (int i = 0; i < names->count; i++) {
        tokex_alg_t alg = tokex_jwk_alg(names->items[i]);
        if (alg != TOKEX_ALG_NONE)
            bits |= TOKEX_ALG_BIT(alg);
    }
    return bits;
}

/* An unknown text had its fault; the strictest value stands in for it. */
static tokex_typ_t typ_of(const char *text)
{
    if (text && strcmp(text, "any") == 0)
        return TOKEX_TYP_ANY;
    return text && strcmp(text, "jwt") == 0 ? TOKEX_TYP_JWT : TOKEX_TYP_AT_JWT;
}

static void add_iss(tokex_compile_t *c, const tokex_policy_issuer_t *issuer)
{
    const tokex_issuer_t *config = issuer->config;
    tokex_place_t at = {
        .object = "issuer", .id = config->id, .field = "issuer", .value = config->issuer};
    const tokex_policy_issuer_t *other =
        apr_hash_get(c->policy->issuers, config->issuer, APR_HASH_KEY_STRING);
    if (other)
        tokex_faults_error(c->faults, &at, "Keep one of the two.",
                           "the issuer \"%s\" has this URL already",
                           other->config->id ? other->config->id : "");
    else
        apr_hash_set(c->policy->issuers, config->issuer, APR_HASH_KEY_STRING, issuer);
    if (c->server && c->server->issuer && strcmp(c->server->issuer, config->issuer) == 0)
        tokex_faults_error(c->faults, &at, "Take it out, or correct the directive TokexIssuer.",
                           "this is our own issuer URL, whose tokens are not exchanged");
    tokex_issuer_url_check(c->faults, &at, config->issuer);
}

/* Tokens are matched octet by octet, and people lose slashes. */
static void warn_of_twins(tokex_compile_t *c, const tokex_issuer_t *config)
{
    tokex_place_t at = {
        .object = "issuer", .id = config->id, .field = "issuer", .value = config->issuer};
    apr_size_t len = strlen(config->issuer);
    const tokex_policy_issuer_t *other;
    if (len == 0 || config->issuer[len - 1] != '/')
        return;
    other = apr_hash_get(c->policy->issuers, config->issuer, (apr_ssize_t)len - 1);
    if (other)
        tokex_faults_warning(c->faults, &at,
                             "Compare with `iss` in a token, and keep the one that is the same.",
                             "the URL of the issuer \"%s\" differs by the last slash only",
                             other->config->id ? other->config->id : "");
}

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
    if (!issuer->keys->count)
        tokex_faults_warning(c->faults, &at, "Add its public keys or its certificate.",
                             "the issuer has no key, so each of its tokens is refused");
    else if (!usable)
        tokex_faults_warning(c->faults, &at, "Add a key, or an algorithm that its keys allow.",
                             "no key of the issuer allows one of its algorithms, so each of its "
                             "tokens is refused");
}

static void compile_keys(tokex_compile_t *c, tokex_policy_issuer_t *issuer, apr_pool_t *scratch)
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

static void compile_issuer(tokex_compile_t *c, tokex_policy_issuer_t *issuer, apr_pool_t *scratch)
{
    const tokex_issuer_t *config = issuer->config;
    issuer->token_types = type_bits(&config->token_types);
    issuer->algs = alg_bits(&config->algorithms);
    issuer->typ = typ_of(config->typ);
    if (config->issuer)
        add_iss(c, issuer);
    if (config->mapping) {
        tokex_place_t at = {
            .object = "issuer", .id = config->id, .field = "mapping", .value = config->mapping};
        issuer->mapping = apr_hash_get(c->mappings, config->mapping, APR_HASH_KEY_STRING);
        if (!issuer->mapping)
            tokex_faults_error(c->faults, &at, "Add it to `mappings`, or take it out here.",
                               "there is no such mapping");
    }
    compile_keys(c, issuer, scratch);
    if (config->id)
        apr_hash_set(c->issuers, config->id, APR_HASH_KEY_STRING, issuer);
}

void tokex_compile_issuers(tokex_compile_t *c)
{
    apr_hash_t *names = apr_hash_make(c->scratch);
    int count = c->config->issuer_count;
    tokex_policy_issuer_t *issuers =
        apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*issuers));
    apr_pool_t *scratch;
    apr_pool_create(&scratch, c->scratch);
    c->policy->issuers = apr_hash_make(c->pool);
    for (int i = 0; i < count; i++) {
        issuers[i].config = &c->config->issuers[i];
        tokex_compile_unique_name(c, names, "issuer", issuers[i].config->id,
                                  issuers[i].config->name);
        compile_issuer(c, &issuers[i], scratch);
        apr_pool_clear(scratch);
    }
    for (int i = 0; i < count; i++)
        if (issuers[i].config->issuer)
            warn_of_twins(c, issuers[i].config);
    apr_pool_destroy(scratch);
}
