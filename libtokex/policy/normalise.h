/*
 * Key material as an administrator pastes it, into the form that is kept: one entry a key, public
 * members only, DER turned into PEM.
 */
#ifndef TOKEX_POLICY_NORMALISE_H
#define TOKEX_POLICY_NORMALISE_H

#include "base/json.h"
#include "config/config.h"
#include "crypt/crypt.h"

/* The octets of a configured key as tokex_jwk_read() takes them; base64 is undone. False when that
 * is no base64, or nothing is set. */
bool tokex_key_material(const char **out, apr_size_t *len, const tokex_issuer_key_t *key,
                        apr_pool_t *pool);

/*
 * Reads `material` (a JWK, a JWK Set, PEM or DER, told apart by content) into `*keys`. A private
 * key, or nothing usable, is an error fault for `issuer_id`; what was left out of a set is a
 * warning. False when an error was added. `now`: seconds.
 */
bool tokex_normalise_keys(const tokex_issuer_key_t **keys, int *count, const char *issuer_id,
                          const char *material, apr_size_t len, int64_t now,
                          const tokex_crypt_t *crypt, tokex_faults_t *faults,
                          apr_pool_t *result_pool, apr_pool_t *scratch_pool);

/* A configuration whose issuers' keys are all in that form. */
const tokex_config_t *tokex_normalise_config(const tokex_config_t *config, int64_t now,
                                             const tokex_crypt_t *crypt, tokex_faults_t *faults,
                                             apr_pool_t *result_pool, apr_pool_t *scratch_pool);

#endif
