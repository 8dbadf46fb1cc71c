/*
 * Our signing keys: made, sealed, opened, published.
 */
#ifndef TOKEX_KEYS_SIGNING_KEYS_H
#define TOKEX_KEYS_SIGNING_KEYS_H

#include "config/config.h"
#include "crypt/jws.h"
#include "crypt/seal.h"

/* The signing keys of a configuration, opened. */
typedef struct tokex_signing_keys_t {
    const tokex_signer_t *signer; /* of the active key; NULL when there is none */
    tokex_alg_t alg;              /* its algorithm */
    const char *kid;              /* its kid */
    const char *jwks;             /* the JWK Set that we publish, as JSON text */
    apr_size_t jwks_len;
} tokex_signing_keys_t;

/*
 * Opens the active key of `config` under `master` and renders the JWK Set of all keys in it (RFC
 * 7517 section 5). The signer writes typ at+jwt (RFC 9068 section 2.1).
 * TOKEX_E_SIGNING_KEY_NONE when no key is active; then *out is set all the same, without a signer,
 * so that retired keys stay published. TOKEX_E_SEAL: the sealed key does not open, or is not the
 * one that is published. TOKEX_E_KEY_*: a published key that cannot be read. The log text names
 * the kid.
 */
const tokex_err_t *tokex_signing_keys_open(const tokex_signing_keys_t **out,
                                           const tokex_config_t *config,
                                           const tokex_master_key_t *master,
                                           const tokex_crypt_t *crypt, apr_pool_t *pool);

/*
 * A new key for `alg` (an algorithm's name; TOKEX_E_KEY_UNUSABLE for an unknown one), sealed under
 * `master`, state active, created `now`.
 */
const tokex_err_t *tokex_signing_keys_make(tokex_signing_key_t *out, const char *alg, int64_t now,
                                           const tokex_master_key_t *master,
                                           const tokex_crypt_t *crypt, apr_pool_t *pool);

#endif
