/* What the files of this room share and nobody else sees. */
#ifndef TOKEX_POLICY_POLICY_PRIVATE_H
#define TOKEX_POLICY_POLICY_PRIVATE_H

#include <apr_hash.h>

#include "config/faults.h"
#include "policy/policy.h"

/* Only read after it was made, and apr_hash_get() changes nothing: threads may share it. */
struct tokex_policy_t {
    apr_hash_t *issuers;   /* iss -> tokex_policy_issuer_t */
    apr_hash_t *clients;   /* client_id -> tokex_policy_client_t */
    apr_hash_t *audiences; /* id or audience -> tokex_policy_target_t */
    apr_hash_t *resources; /* URI -> tokex_policy_target_t */
    apr_hash_t *scopes;    /* scope token -> its number, an int */
    const char *const *scope_names;
    int scope_count;
};

/* What a compilation needs at every step. */
typedef struct tokex_compile_t {
    const tokex_config_t *config;
    const tokex_server_t *server; /* may be NULL */
    int64_t now;
    const tokex_crypt_t *crypt;
    tokex_faults_t *faults;
    apr_pool_t *pool;
    apr_pool_t *scratch;
    tokex_policy_t *policy;
    apr_hash_t *mappings; /* id -> tokex_mapping_t */
    apr_hash_t *issuers;  /* id -> tokex_policy_issuer_t */
    apr_hash_t *targets;  /* id -> tokex_policy_target_t */
} tokex_compile_t;

/* The steps, in the order in which they run: later ones refer to what earlier ones made. Values
 * were checked for their form before; whatever is NULL had its fault and is passed over. */
void tokex_compile_scopes(tokex_compile_t *c);
void tokex_compile_mappings(tokex_compile_t *c);
void tokex_compile_targets(tokex_compile_t *c);
void tokex_compile_issuers(tokex_compile_t *c);
void tokex_compile_clients(tokex_compile_t *c);
void tokex_compile_signing_keys(tokex_compile_t *c);

/* The numbers of the scopes that `texts` names; a fault at `at` for each that does not exist. */
tokex_scope_set_t tokex_compile_scope_set(tokex_compile_t *c, const tokex_place_t *at,
                                          const tokex_texts_t *texts);

/* A fault when `name` (may be NULL) is already in `seen`, which maps names to ids; else adds it.
 * `noun` is what bears such names. */
void tokex_compile_unique_name(tokex_compile_t *c, apr_hash_t *seen, const char *noun,
                               const char *id, const char *name);

/* May `url` be an issuer's URL? https with a host and no query, or http on a loopback host. */
void tokex_issuer_url_check(tokex_faults_t *faults, const tokex_place_t *at, const char *url);

/* Has a claim of that name a meaning of its own in tokens that we issue? */
bool tokex_reserved_claim(const char *name);

/* The octets of a configured key as tokex_jwk_read() takes them; base64 is undone. False when that
 * is no base64, or nothing is set. */
bool tokex_key_material(const char **out, apr_size_t *len, const tokex_issuer_key_t *key,
                        apr_pool_t *pool);

/* A fault for key material that tokex_jwk_read() refused. */
void tokex_key_fault(tokex_faults_t *faults, const tokex_place_t *at, const tokex_err_t *err,
                     apr_pool_t *scratch_pool);

#endif
