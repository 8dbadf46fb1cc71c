#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

/* Retired keys too: tokens that they signed are ours until they end. */
static void take_public(tokex_compile_t *c, const tokex_signing_key_t *config,
                        const tokex_key_t *key)
{
    tokex_place_t at = {.object = "signing_key", .id = config->kid, .field = "public_jwk"};
    const char *kid = tokex_jwk_kid(key);
    tokex_alg_t alg = tokex_jwk_alg(config->algorithm);
    if (!kid || (config->kid && strcmp(kid, config->kid) != 0))
        tokex_faults_error(c->faults, &at, "Import a document that `tokexctl export` wrote.",
                           "the kid of the JWK is not the key's kid");
    at.field = "algorithm";
    at.value = config->algorithm;
    if (alg == TOKEX_ALG_NONE || !(tokex_jwk_algs(key) & TOKEX_ALG_BIT(alg)))
        tokex_faults_error(c->faults, &at, "Import a document that `tokexctl export` wrote.",
                           "the key does not allow this algorithm");
    APR_ARRAY_PUSH(c->own_keys, const tokex_key_t *) = key;
}

static void read_public(tokex_compile_t *c, const tokex_signing_key_t *config)
{
    tokex_place_t at = {.object = "signing_key", .id = config->kid, .field = "public_jwk"};
    const tokex_keyset_t *set;
    const tokex_err_t *err;
    if (!config->public_jwk)
        return;
    err = tokex_jwk_read(&set, config->public_jwk, strlen(config->public_jwk), c->now, c->crypt,
                         c->pool, c->scratch);
    if (err)
        tokex_key_fault(c->faults, &at, err, c->scratch);
    else if (set->count != 1)
        tokex_faults_error(c->faults, &at, "Import a document that `tokexctl export` wrote.",
                           "exactly one JWK belongs here");
    else
        take_public(c, config, set->keys[0]);
}

void tokex_compile_signing_keys(tokex_compile_t *c)
{
    tokex_place_t all = {.object = "document", .field = "signing_keys"};
    int active = 0;
    for (int i = 0; i < c->config->signing_key_count; i++) {
        const tokex_signing_key_t *key = &c->config->signing_keys[i];
        tokex_place_t at = {.object = "signing_key", .id = key->kid, .field = "sealed"};
        bool is_active = key->state && strcmp(key->state, "active") == 0;
        active += is_active;
        read_public(c, key);
        if (is_active && !key->sealed)
            tokex_faults_error(c->faults, &at,
                               "Import with the private keys, or run `tokexctl key rotate`.",
                               "the active key has no private half");
    }
    if (!c->config->signing_key_count)
        tokex_faults_warning(c->faults, &all, "Run `tokexctl key rotate`.",
                             "there is no signing key, so no token can be issued");
    else if (active != 1)
        tokex_faults_error(c->faults, &all, "Leave exactly one key in the state active.",
                           "%d signing keys are active", active);
}
