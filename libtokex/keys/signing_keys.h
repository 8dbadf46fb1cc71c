/*
 * Our signing keys: made, sealed, believed, opened, published. What they do when is in
 * policy/key_life.h.
 */
#ifndef TOKEX_KEYS_SIGNING_KEYS_H
#define TOKEX_KEYS_SIGNING_KEYS_H

#include "crypt/seal.h"
#include "crypt/signers.h"
#include "policy/key_life.h"
#include "store/signing_store.h"

/* What private keys are sealed and opened with. */
typedef struct tokex_sealer_t {
    const tokex_master_key_t *master;
    const tokex_crypt_t *crypt;
} tokex_sealer_t;

/* The signing keys of a configuration, opened. Immutable. */
typedef struct tokex_signing_keys_t {
    const tokex_signers_t *signers; /* of now, and of the times to come */
    const char *jwks;               /* the JWK Set that we publish, as JSON text */
    apr_size_t jwks_len;
    int64_t render_at; /* when it must be made anew, because a key in it is dead then; 0: never */
} tokex_signing_keys_t;

/*
 * Opens every key of `config` that signs at `now` (seconds) or later, and renders the JWK Set of
 * all keys that are not dead (RFC 7517 section 5). Signers write typ at+jwt (RFC 9068 section 2.1).
 * TOKEX_E_SIGNING_KEY_NONE when no key signs at `now`; then *out is set all the same, so that other
 * keys stay published. TOKEX_E_SEAL: a sealed key does not open, or is not the one that is
 * published. TOKEX_E_KEY_*: a published key that cannot be read. The log text names the kid.
 */
const tokex_err_t *tokex_signing_keys_open(const tokex_signing_keys_t **out,
                                           const tokex_config_t *config, int64_t now,
                                           const tokex_sealer_t *sealer, apr_pool_t *pool);

/* Does the sealed half of `key`, whatever it does now, open to the private key of public_jwk?
 * Errors as above. */
const tokex_err_t *tokex_signing_keys_prove(const tokex_signing_key_t *key,
                                            const tokex_sealer_t *sealer, apr_pool_t *pool);

/*
 * `config` with the keys of state.db behind its own; a kid that is in both counts as the one of
 * `config`. Of a row only what its sealed half proves is believed: it must open under the master
 * key and the row's kid to a private key of that thumbprint (RFC 7638) and of the row's algorithm,
 * from which the public half is derived. What proves nothing, or is one too many for a JWK Set, is
 * left out with a warning in `faults`. Borrows from `config` and `rows`.
 */
const tokex_err_t *tokex_signing_keys_join(const tokex_config_t **out, const tokex_config_t *config,
                                           const tokex_signing_rows_t *rows,
                                           const tokex_sealer_t *sealer, tokex_faults_t *faults,
                                           apr_pool_t *pool);

/*
 * A new key for `alg` (an algorithm's name; TOKEX_E_KEY_UNUSABLE for an unknown one), sealed,
 * created `now` and signing from `activates` on (seconds).
 */
const tokex_err_t *tokex_signing_keys_make(tokex_signing_key_t *out, const char *alg, int64_t now,
                                           int64_t activates, const tokex_sealer_t *sealer,
                                           apr_pool_t *pool);

#endif
