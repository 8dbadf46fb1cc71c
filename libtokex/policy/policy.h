/*
 * The policy: a configuration that was found sound, arranged for looking things up. Immutable; any
 * number of threads may read it. Only enabled things grant anything, disabled ones are kept so that
 * a refusal can say so.
 */
#ifndef TOKEX_POLICY_POLICY_H
#define TOKEX_POLICY_POLICY_H

#include "config/config.h"
#include "crypt/jwk.h"
#include "policy/condition.h"
#include "procedure/sandbox.h"

/* The id by which rules and actors name our own tokens. */
#define TOKEX_ISSUER_SELF "self"

/* Token types that an issuer's tokens may be declared as (RFC 8693 section 3). */
#define TOKEX_TYPE_ACCESS_TOKEN 1u
#define TOKEX_TYPE_JWT 2u
#define TOKEX_TYPE_ID_TOKEN 4u

typedef enum tokex_typ_t { TOKEX_TYP_ANY, TOKEX_TYP_JWT, TOKEX_TYP_AT_JWT } tokex_typ_t;

/* A set of scopes as sorted list of numbers of scopes in the policy. */
typedef struct tokex_scope_set_t {
    const int *items;
    int count;
} tokex_scope_set_t;

typedef enum tokex_scope_mode_t {
    TOKEX_SCOPE_NARROW,
    TOKEX_SCOPE_WIDEN,
    TOKEX_SCOPE_FALLBACK
} tokex_scope_mode_t;

typedef enum tokex_source_t {
    TOKEX_SOURCE_SUBJECT,
    TOKEX_SOURCE_ACTOR,
    TOKEX_SOURCE_USERINFO,
    TOKEX_SOURCE_INTROSPECTION,
    TOKEX_SOURCE_PARAMETER,
    TOKEX_SOURCE_CLIENT,
    TOKEX_SOURCE_CONSTANT,
    TOKEX_SOURCE_ACCOUNT
} tokex_source_t;

typedef enum tokex_transform_t {
    TOKEX_TRANSFORM_COPY,
    TOKEX_TRANSFORM_FIRST,
    TOKEX_TRANSFORM_SPLIT,
    TOKEX_TRANSFORM_JOIN,
    TOKEX_TRANSFORM_LOWER,
    TOKEX_TRANSFORM_TABLE
} tokex_transform_t;

typedef enum tokex_value_type_t {
    TOKEX_VALUE_ANY,
    TOKEX_VALUE_TEXT,
    TOKEX_VALUE_NUMBER,
    TOKEX_VALUE_BOOLEAN,
    TOKEX_VALUE_TEXTS
} tokex_value_type_t;

typedef enum tokex_missing_t {
    TOKEX_MISSING_SKIP,
    TOKEX_MISSING_DEFAULT,
    TOKEX_MISSING_REFUSE
} tokex_missing_t;

typedef struct tokex_policy_row_t {
    const tokex_mapping_row_t *config;
    tokex_source_t source;
    tokex_path_t path; /* of subject, actor, userinfo and introspection */
    tokex_transform_t transform;
    tokex_value_type_t type;
    tokex_missing_t missing;
} tokex_policy_row_t;

typedef struct tokex_policy_mapping_t {
    const tokex_mapping_t *config;
    const tokex_policy_row_t *rows;
    int row_count;
    bool reads_userinfo; /* a row has that source */
    bool reads_introspection;
} tokex_policy_mapping_t;

/* An external scope and the number of ours that it counts as. */
typedef struct tokex_policy_scope_row_t {
    const char *from;
    int to;
} tokex_policy_scope_row_t;

typedef struct tokex_policy_issuer_t {
    const tokex_issuer_t *config;
    int number;           /* its place in tokex_policy_issuers() */
    unsigned token_types; /* TOKEX_TYPE_* */
    unsigned algs;        /* TOKEX_ALG_BIT()s */
    tokex_typ_t typ;
    const tokex_policy_mapping_t *mapping; /* or NULL */
    bool is_self;                          /* our own tokens */
    const tokex_keyset_t *keys;            /* of `self`; NULL for every other issuer */
    const tokex_policy_condition_t *conditions;
    int condition_count;
    const tokex_policy_condition_t *machine_marks; /* the default ones among them */
    int machine_mark_count;
    const tokex_policy_scope_row_t *scope_map;
    int scope_map_count;
} tokex_policy_issuer_t;

typedef struct tokex_policy_target_t {
    const tokex_target_t *config;
    tokex_scope_set_t scopes;
    tokex_alg_t alg; /* that its tokens are signed with; TOKEX_ALG_NONE: the preferred one */
    bool opaque;     /* its tokens are opaque */
} tokex_policy_target_t;

typedef struct tokex_policy_actor_t {
    const tokex_actor_t *config;
    const tokex_policy_issuer_t *issuer;
} tokex_policy_actor_t;

typedef struct tokex_policy_procedure_t {
    const tokex_procedure_t *config;
    const tokex_sandbox_program_t *program;
} tokex_policy_procedure_t;

typedef struct tokex_policy_rule_t {
    const tokex_rule_t *config;
    const tokex_policy_issuer_t *const *issuers;
    const tokex_policy_target_t *const *targets;
    const tokex_policy_target_t *default_target; /* or NULL */
    tokex_scope_set_t scopes_when_absent;
    tokex_scope_mode_t scope_mode;
    tokex_scope_set_t sensitive_scopes;
    const tokex_policy_condition_t *conditions;
    int condition_count;
    const tokex_policy_actor_t *actors;
    int actor_count;
    const tokex_policy_procedure_t *procedure; /* its own, else the client's, a disabled one too;
                                                  NULL: none */
    tokex_scope_set_t procedure_scopes;
} tokex_policy_rule_t;

typedef struct tokex_policy_secret_t {
    const char *id;
    unsigned char sha256[TOKEX_SHA256_LEN];
    int64_t expires; /* 0: no end */
} tokex_policy_secret_t;

typedef struct tokex_policy_client_t {
    const tokex_client_t *config;
    bool may_exchange; /* has the grant type of RFC 8693 */
    bool may_assert;   /* that of RFC 7523 section 2.1 */
    bool may_refresh;  /* that of RFC 6749 section 6 */
    bool opaque;       /* its tokens are opaque */
    tokex_scope_set_t scopes;
    tokex_policy_secret_t secrets[2];
    int secret_count;
    const tokex_policy_rule_t *rules;
    int rule_count;
    const tokex_policy_target_t *const *introspects; /* about whose tokens it may ask */
    int introspect_count;
    const tokex_policy_issuer_t *opaque_issuer; /* or NULL */
} tokex_policy_client_t;

typedef struct tokex_policy_t tokex_policy_t;

/* Where the token endpoint is, behind our issuer URL. */
#define TOKEX_TOKEN_ENDPOINT "/token"

/* What the configuration does not hold but its judgement needs: settings of the server. */
typedef struct tokex_server_t {
    const char *issuer;    /* our issuer URL: `iss`, and always accepted in `aud` */
    const char *tenant;    /* `tid` */
    const char *server_id; /* `aid` */
} tokex_server_t;

/*
 * Compiles `config` (borrowed, must live as long as the policy). Every fault is added to `faults`,
 * none hides another; TOKEX_E_DOCUMENT when there is an error among them, and then *out is not set.
 * `server` may be NULL where no server is known (import on another host): then nothing is said of
 * it. `now` in seconds (certificates). What is judged: unique ids, names and iss; references that
 * exist; https issuers (http only for loopback hosts); algorithms; audiences,
 * resources unique among targets; default targets among the rule's; reserved claims not mapped to;
 * secrets at most two a client; an active signing key when there are any, of every algorithm that
 * an enabled target or the preference names, and a preference where it takes one; schedules that
 * can be kept; openid and offline_access no scope; an issuer that is our own issuer URL or has the
 * id `self`; paths and conditions that can be read; rows of mappings that can work; procedures that
 * compile; sensitive scopes of rules that are sensitive.
 */
const tokex_err_t *tokex_policy_compile(const tokex_policy_t **out, const tokex_config_t *config,
                                        const tokex_server_t *server, int64_t now,
                                        const tokex_crypt_t *crypt, tokex_faults_t *faults,
                                        apr_pool_t *result_pool, apr_pool_t *scratch_pool);

/* May a procedure let a token live longer than what it comes of? */
bool tokex_policy_lengthens(const tokex_policy_t *policy);

/* Has a claim of that name a meaning of its own in tokens that we issue, so that only we write it?
 */
bool tokex_policy_claim_is_ours(const char *name);

/* Does a parameter of that name carry a token or a secret, which nothing may hand on? */
bool tokex_policy_parameter_is_secret(const char *name);

/*
 * Adds to `faults` what is wrong with the configured keys of the issuers of `config`: ones that
 * cannot be read or used, ones that no token can tell apart, issuers without a key. Apart from
 * compiling, because it reads every key: who brings a configuration in or begins to serve it asks
 * after compiling, who follows a change does not. `config` may be one that did not compile. `now`:
 * seconds (certificates).
 */
void tokex_policy_judge_keys(const tokex_config_t *config, int64_t now, const tokex_crypt_t *crypt,
                             tokex_faults_t *faults, apr_pool_t *scratch_pool);

/* Does `issuer` have sources that its keys are fetched from? */
bool tokex_policy_has_key_sources(const tokex_issuer_t *issuer);

/* Can `issuer` be asked about opaque tokens? */
bool tokex_policy_takes_opaque(const tokex_issuer_t *issuer);

/* Why keys are not fetched from `url`, in words without a full stop; NULL: they may be. It must be
 * an https URL, or http on a loopback host, without fragment and user name. */
const char *tokex_policy_key_url_problem(const char *url, apr_pool_t *pool);

/* All issuers, disabled ones too, each at its `number`; our own tokens' (tokex_policy_self()) is
 * the last where there is one. */
const tokex_policy_issuer_t *const *tokex_policy_issuers(const tokex_policy_t *policy, int *count);

/* Look-ups; NULL when there is none. `iss` and `client_id` are compared octet by octet. */
const tokex_policy_issuer_t *tokex_policy_issuer(const tokex_policy_t *policy, const char *iss);
/* By the id of the configuration; `self` for our own tokens. */
const tokex_policy_issuer_t *tokex_policy_issuer_by_id(const tokex_policy_t *policy,
                                                       const char *id);
/* The only enabled issuer, not counting our own tokens'; NULL: there are several, or none. */
const tokex_policy_issuer_t *tokex_policy_only_issuer(const tokex_policy_t *policy);
const tokex_policy_client_t *tokex_policy_client(const tokex_policy_t *policy,
                                                 const char *client_id);
/* A target by logical name or audience value; by resource URI. */
const tokex_policy_target_t *tokex_policy_audience(const tokex_policy_t *policy,
                                                   const char *audience);
const tokex_policy_target_t *tokex_policy_resource(const tokex_policy_t *policy,
                                                   const char *resource);

/* The number of a scope token, -1 when it is none of ours; and back. */
int tokex_policy_scope(const tokex_policy_t *policy, const char *scope, apr_size_t len);
const char *tokex_policy_scope_name(const tokex_policy_t *policy, int number);
bool tokex_policy_scope_in(tokex_scope_set_t set, int number);
bool tokex_policy_scope_is_sensitive(const tokex_policy_t *policy, int number);
/* Does one of the roles of a local account give this scope? */
bool tokex_policy_scope_has_role(const tokex_policy_t *policy, int number,
                                 const tokex_texts_t *roles);

/* The issuer that stands for our own tokens, its keys those in our JWK Set at the time of
 * compiling; NULL when no server is known. tokex_policy_issuer() finds it too, by our issuer URL.
 */
const tokex_policy_issuer_t *tokex_policy_self(const tokex_policy_t *policy);

/* What a rule is looked for with. */
typedef struct tokex_policy_question_t {
    const tokex_policy_issuer_t *issuer;
    const tokex_policy_target_t *const *targets;
    int target_count;
    /* of the subject token; NULL: no rule is found, only `*issuer_seen` is answered */
    const tokex_json_t *claims;
} tokex_policy_question_t;

/* Why a rule does not fit; the first of these that is so. */
typedef enum tokex_misfit_t {
    TOKEX_MISFIT_NONE, /* it does */
    TOKEX_MISFIT_DISABLED,
    TOKEX_MISFIT_ISSUER,
    TOKEX_MISFIT_TARGET, /* it does not name all of them, or has no default target */
    TOKEX_MISFIT_CONDITION
} tokex_misfit_t;

/* Does `rule` fit the question? `*broken` (may be NULL): the condition that does not hold, or NULL;
 * without claims the conditions are not asked, and the answer is TOKEX_MISFIT_CONDITION. */
tokex_misfit_t tokex_policy_misfit(const tokex_policy_rule_t *rule,
                                   const tokex_policy_question_t *question,
                                   const tokex_policy_condition_t **broken);

/*
 * The first enabled rule of `client` that names `issuer`, every one of `targets` (none asked for,
 * count 0: that has a default target) and whose conditions hold for `claims`. `*issuer_seen` (may
 * be NULL) tells whether any enabled rule names the issuer at all. NULL when none fits: a refusal.
 */
const tokex_policy_rule_t *tokex_policy_match(const tokex_policy_client_t *client,
                                              const tokex_policy_question_t *question,
                                              bool *issuer_seen);

#endif
