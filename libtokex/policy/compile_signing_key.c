#include "policy/policy_private.h"

#include <string.h>

#include "policy/key_life.h"

/* Retired keys too: tokens that they signed are ours until they end. Dead ones are looked at all
 * the same, because a damaged key is a fault whenever it is found. */
static void take_public(tokex_compile_t *c, const tokex_signing_key_t *config,
                        const tokex_key_t *key, bool is_published)
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
    if (!is_published || alg == TOKEX_ALG_NONE)
        return;
    APR_ARRAY_PUSH(c->own_keys, const tokex_key_t *) = key;
    c->own_algs |= TOKEX_ALG_BIT(alg);
}

static void read_public(tokex_compile_t *c, const tokex_signing_key_t *config, bool is_published)
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
        take_public(c, config, set->keys[0], is_published);
}

/* A key that will sign must be able to. */
static void check_sealed(tokex_compile_t *c, const tokex_signing_key_t *config,
                         tokex_key_state_t state)
{
    tokex_place_t at = {.object = "signing_key", .id = config->kid, .field = "sealed"};
    if (config->sealed || (state != TOKEX_KEY_ACTIVE && state != TOKEX_KEY_NEXT))
        return;
    tokex_faults_error(c->faults, &at,
                       "Import with the private keys, or run `tokexctl key rotate`.",
                       "the %s key has no private half", tokex_key_state_name(state));
}

void tokex_compile_signing_keys(tokex_compile_t *c)
{
    tokex_place_t all = {.object = "document", .field = "signing_keys"};
    const tokex_config_t *config = c->config;
    const tokex_key_life_t *lives = tokex_key_life(config, c->now, c->scratch);
    for (int i = 0; i < config->signing_key_count; i++) {
        const tokex_signing_key_t *key = &config->signing_keys[i];
        tokex_alg_t alg = tokex_jwk_alg(key->algorithm);
        read_public(c, key, lives[i].state != TOKEX_KEY_DEAD);
        check_sealed(c, key, lives[i].state);
        if (lives[i].state == TOKEX_KEY_ACTIVE && alg != TOKEX_ALG_NONE)
            c->active_algs |= TOKEX_ALG_BIT(alg);
    }
    if (!config->signing_key_count)
        tokex_faults_warning(c->faults, &all, "Run `tokexctl key rotate --now`.",
                             "there is no signing key, so no token can be issued");
    else if (!c->active_algs)
        tokex_faults_error(c->faults, &all, "Run `tokexctl key rotate --now`.",
                           "of %d signing keys none is active", config->signing_key_count);
}
