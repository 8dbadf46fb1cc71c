/* What the files of this room share and nobody else sees. */
#ifndef TOKEX_POLICY_POLICY_PRIVATE_H
#define TOKEX_POLICY_POLICY_PRIVATE_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "config/faults.h"
#include "policy/issuer_url.h"
#include "policy/policy.h"

/* Only read after it was made, and apr_hash_get() changes nothing: threads may share it. */
struct tokex_policy_t {
    apr_hash_t *issuers;                      /* iss -> tokex_policy_issuer_t */
    apr_hash_t *issuer_ids;                   /* id, or self -> tokex_policy_issuer_t */
    const tokex_policy_issuer_t *only_issuer; /* NULL: not one enabled, but several or none */
    apr_hash_t *clients;                      /* client_id -> tokex_policy_client_t */
    apr_hash_t *audiences;                    /* id or audience -> tokex_policy_target_t */
    apr_hash_t *resources;                    /* URI -> tokex_policy_target_t */
    apr_hash_t *scopes;                       /* scope token -> its number, an int */
    const char *const *scope_names;
    const bool *sensitive;            /* a scope by its number */
    const tokex_texts_t *scope_roles; /* the same: whose it is by a role */
    int scope_count;
    const tokex_policy_issuer_t *self; /* NULL: no server is known */
    const tokex_policy_issuer_t **all; /* by number */
    int issuer_count;
    bool lengthens; /* a rule has procedure_lifetime */
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
    apr_array_header_t *own_keys; /* tokex_key_t: public halves of our signing keys, no dead ones */
    unsigned own_algs;            /* TOKEX_ALG_BIT()s of these */
    unsigned active_algs;         /* of the keys that sign */
    const tokex_policy_condition_t *default_marks; /* NULL: nobody needed them so far */
    apr_hash_t *mappings;                          /* id -> tokex_policy_mapping_t */
    apr_hash_t *procedures;                        /* id -> tokex_policy_procedure_t */
    apr_hash_t *targets;                           /* id -> tokex_policy_target_t */
} tokex_compile_t;

/* The steps, in the order in which they run: later ones refer to what earlier ones made. Values
 * were checked for their form before; whatever is NULL had its fault and is passed over. */
void tokex_compile_signing_keys(tokex_compile_t *c);
void tokex_compile_signing(tokex_compile_t *c);
void tokex_compile_scopes(tokex_compile_t *c);
void tokex_compile_mappings(tokex_compile_t *c);
void tokex_compile_procedures(tokex_compile_t *c);
void tokex_compile_targets(tokex_compile_t *c);
void tokex_compile_issuers(tokex_compile_t *c);
void tokex_compile_self(tokex_compile_t *c);
void tokex_compile_clients(tokex_compile_t *c);

/* The rules of `client`, whose `config` is set. */
void tokex_compile_rules(tokex_compile_t *c, tokex_policy_client_t *client);

/* The procedure of that id (may be NULL); a fault at `at` when there is none. */
const tokex_policy_procedure_t *tokex_compile_procedure(tokex_compile_t *c, const tokex_place_t *at,
                                                        const char *id);
/* What a rule, whose targets are known, lets a procedure do; `at` is the rule. */
void tokex_compile_rule_procedure(tokex_compile_t *c, const tokex_policy_client_t *client,
                                  tokex_policy_rule_t *rule, tokex_place_t at);

/* The algorithms that `names` name, as TOKEX_ALG_BIT()s. */
unsigned tokex_compile_algs(const tokex_texts_t *names);

/* What is said of a URL that somebody asks. */
typedef struct tokex_url_words_t {
    const char *remedy;  /* of one that is refused */
    const char *refused; /* what comes of that */
    const char *warned;  /* of one without TLS */
} tokex_url_words_t;

/* Judges a URL (NULL: there is none) at which something is asked that the issuer alone may say. */
void tokex_compile_issuer_url(tokex_compile_t *c, const tokex_issuer_t *config, const char *field,
                              const char *url, const tokex_url_words_t *words);

/* Judges the URLs that the keys of an issuer are fetched from. */
void tokex_compile_issuer_sources(tokex_compile_t *c, const tokex_issuer_t *config);

/* Judges whom an issuer's opaque tokens are shown to, and what its mapping asks them for; whose a
 * client brings. `issuer` has its mapping already. */
void tokex_compile_opaque(tokex_compile_t *c, const tokex_policy_issuer_t *issuer);
void tokex_compile_opaque_client(tokex_compile_t *c, tokex_policy_client_t *client);
/* Judges what finds local accounts for an issuer's subjects. */
void tokex_compile_account(tokex_compile_t *c, const tokex_issuer_t *config);

/* The conditions of the issuer or the rule that faults call `owner`; NULL when there are none. */
const tokex_policy_condition_t *tokex_compile_conditions(tokex_compile_t *c, const char *owner,
                                                         const tokex_condition_t *conditions,
                                                         int count);

/* The marks of `issuer`, whose `config` is set: its own, then the default ones where it has them.
 */
void tokex_compile_machine_marks(tokex_compile_t *c, tokex_policy_issuer_t *issuer);

/* The place of `text` (may be NULL) among `count` names, `fallback` when it is none of them. */
int tokex_compile_choice(const char *text, const char *const *names, int count, int fallback);

/* Reads the path `text` (may be NULL) into `*out`; a fault at `at` when it is none. */
void tokex_compile_path(tokex_compile_t *c, const tokex_place_t *at, tokex_path_t *out,
                        const char *text);

/* A warning at `at` when `pattern` (may be NULL) is made of stars alone. */
void tokex_compile_warn_of_any(tokex_compile_t *c, const tokex_place_t *at, const char *pattern);

/* An error at `at`: there is no `noun` that is called `value`. */
void tokex_compile_no_such(tokex_compile_t *c, const tokex_place_t *at, const char *value,
                           const char *noun);

/* Does a `token_format` (NULL: the default) say so? */
bool tokex_compile_is_opaque(const char *token_format);

/* The numbers of the scopes that `texts` names; a fault at `at` for each that does not exist. */
tokex_scope_set_t tokex_compile_scope_set(tokex_compile_t *c, const tokex_place_t *at,
                                          const tokex_texts_t *texts);

/* A fault when `name` (may be NULL) is already in `seen`, which maps names to ids; else adds it.
 * `noun` is what bears such names. */
void tokex_compile_unique_name(tokex_compile_t *c, apr_hash_t *seen, const char *noun,
                               const char *id, const char *name);

/* A fault for key material that tokex_jwk_read() refused. */
void tokex_key_fault(tokex_faults_t *faults, const tokex_place_t *at, const tokex_err_t *err,
                     apr_pool_t *scratch_pool);

#endif
