/*
 * The configuration as plain data: what the console edits, what a document says, what config.db
 * keeps. Nothing here is checked beyond its shape; policy/policy.h judges what it means.
 *
 * Every object is described field by field in fields.c, and documents, the JSON Schema and faults
 * are made from that description. Texts are UTF-8, times integer seconds since 1970, spans seconds.
 * All of it lives in the pool that it was read into.
 */
#ifndef TOKEX_CONFIG_CONFIG_H
#define TOKEX_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <apr_hash.h>
#include <apr_pools.h>

/* A list of texts; items NULL when count is 0. */
typedef struct tokex_texts_t {
    const char *const *items;
    int count;
} tokex_texts_t;

/*
 * One entry of an issuer's keys: exactly one is set. Kept and exported are only `jwk` and `pem`;
 * documents may bring the other two, which policy/normalise.h turns into the first two.
 */
typedef struct tokex_issuer_key_t {
    const char *jwk;  /* a public JWK as JSON text */
    const char *pem;  /* a certificate or a public key */
    const char *jwks; /* a JWK Set as JSON text */
    const char *der;  /* a certificate or a public key: base64 (RFC 4648 section 4) of its DER */
} tokex_issuer_key_t;

/*
 * A condition on a token's claims. `test`:
 *   is        the claim is the one value
 *   one_of    the claim is one of the values
 *   glob      the claim fits one of the values, `*` and `?` never standing for `/`
 *   glob_path the same, `*` and `?` standing for `/` too
 *   any_of, all_of, none_of   the claim, a list of texts or a text of blank-separated ones, holds
 *             any, all, none of the values
 *   same_as   the claim equals one of the claims that the values name
 * A claim that is absent or of another kind fits nothing; none_of holds for an absent one.
 */
typedef struct tokex_condition_t {
    const char *claim; /* a path: members joined by `.`, a literal dot as `\\.` */
    const char *test;
    tokex_texts_t values;
} tokex_condition_t;

/* An issuer's scope and the scope of ours that it counts as. */
typedef struct tokex_scope_row_t {
    const char *from;
    const char *to; /* id of a scope */
} tokex_scope_row_t;

/* A trusted token issuer. */
typedef struct tokex_issuer_t {
    const char *id;          /* ours; written as `idp` into issued tokens */
    const char *name;        /* unique, for people */
    const char *description; /* what it is for, for people; NULL: none */
    const char *issuer;      /* equals the claim `iss`, octet by octet */
    bool enabled;
    tokex_texts_t token_types; /* access_token, jwt, id_token: what its tokens may be declared as */
    tokex_texts_t algorithms;  /* JWS algorithms accepted from it; never empty */
    tokex_texts_t audiences;   /* accepted in `aud` beside our own issuer URL (the aliases) */
    const char *typ;           /* header typ asked for: any, jwt, at+jwt */
    int64_t leeway;            /* clock difference forgiven, seconds */
    int64_t max_age;           /* largest age by iat, seconds; 0: none */
    int64_t assertion_max_age; /* the same of assertions (RFC 7523), seconds; whichever is less */
    bool one_time;             /* each of its subject tokens counts once */
    bool allow_expired_certificates; /* verify with certificates outside their validity too */
    const char *scope_claim;         /* name of the claim; NULL: `scope`, else `scp` */
    const char *mapping;             /* id of a mapping, or NULL */
    const tokex_issuer_key_t *keys;
    int key_count;
    tokex_texts_t
        jwks_urls; /* JWK Sets that the issuer publishes; their keys count beside `keys` */
    const char *metadata_url; /* a document (OpenID configuration, RFC 8414) whose jwks_uri names
                                 one more; NULL: none */
    int64_t keys_refresh;     /* these are asked again after so long when the answer does not say */
    int64_t keys_stale;       /* what came from them is used for so long after it came */
    const char *introspection_url;       /* tells about its opaque tokens (RFC 7662); NULL: none */
    const char *introspection_client_id; /* as which we ask there */
    const char *introspection_secret;    /* of that client, in a document; never kept */
    const char *introspection_sealed; /* the same as it is kept: crypt/seal.h; NULL in an export */
    const char *introspection_auth;   /* how we authenticate there: basic, post */
    const char *userinfo_url;         /* OpenID Connect Core 1.0 section 5.3; NULL: none */
    int64_t opaque_cache;    /* seconds that what they say of a token is remembered at most */
    int64_t opaque_lifetime; /* seconds that a token with no known end counts as having left */
    const tokex_condition_t *conditions; /* all must hold for its tokens, as subject or actor */
    int condition_count;
    const tokex_condition_t *machine_marks; /* one that holds makes a machine token */
    int machine_mark_count;
    bool default_machine_marks; /* beside them: gty is client-credentials; sub ends in @clients;
                                   sub is the same as client_id or azp */
    const tokex_scope_row_t *scope_map; /* external scope to ours; others count by their own name */
    int scope_map_count;
    bool accept_may_act;   /* its claim `may_act` may authorise a delegation */
    bool implicit_linking; /* its subjects are linked to the local account that the lookup finds */
    const char *lookup_primary;      /* username, email, mobile or the name of a unique attribute */
    const char *lookup_secondary;    /* the same, asked where the first finds nobody; NULL: none */
    tokex_texts_t authoritative_for; /* attributes that it may say without having verified them;
                                        never email or mobile */
    bool link_privileged;            /* privileged accounts are found too */
    bool unlink_by_users_only;       /* administrators remove no links of its subjects */
} tokex_issuer_t;

/* A pair of a mapping's table. */
typedef struct tokex_pair_t {
    const char *from;
    const char *to;
} tokex_pair_t;

/* A row of a mapping: what comes from somewhere becomes the claim `to` in ours. */
typedef struct tokex_mapping_row_t {
    const char *source;    /* subject, actor (claims of the tokens), userinfo, introspection (what
                              the subject's issuer says of the subject token), parameter, client
                              (property), constant, account (of the subject) */
    const char *from;      /* a claim's path (members joined by `.`, a literal dot as `\\.`), a
                              parameter's or property's name, what of an account (username, email,
                              mobile, roles, an attribute's name), or the constant itself */
    const char *transform; /* copy, first (of a list), split (at blanks, into a list), join (a list
                              by blanks), lower, table */
    const tokex_pair_t *table; /* of the transform table; a value that it lacks counts as missing */
    int table_count;
    const char *type;          /* any, text, number, boolean, texts; another one is an error */
    const char *if_missing;    /* skip, default, refuse */
    const char *default_value; /* text, for if_missing default */
    const char *to;
    const char *name; /* for people; NULL: none */
} tokex_mapping_row_t;

typedef struct tokex_mapping_t {
    const char *id;
    const char *name;
    const tokex_mapping_row_t *rows;
    int row_count;
} tokex_mapping_t;

/* Logic of the operator's own that an exchange passes through: docs/procedures.md. */
typedef struct tokex_procedure_t {
    const char *id;
    const char *name;
    bool enabled;       /* off: what names it is refused, not let through */
    const char *source; /* Lua 5.4 that defines exchange(r) */
} tokex_procedure_t;

typedef struct tokex_scope_t {
    const char *id; /* the scope token itself */
    const char *description;
    bool sensitive;      /* granted only when asked for by name, and by rules that name it */
    tokex_texts_t roles; /* of local accounts: each gives the subject this scope */
} tokex_scope_t;

/* Where issued tokens are used. */
typedef struct tokex_target_t {
    const char *id; /* the logical name that `audience` may carry */
    const char *name;
    bool enabled;
    const char *audience;     /* what is written as `aud`; `audience` may carry it too */
    tokex_texts_t resources;  /* URIs that `resource` may carry */
    tokex_texts_t scopes;     /* ids of the scopes that it knows */
    int64_t lifetime;         /* of tokens for it at most, seconds */
    const char *algorithm;    /* that its tokens are signed with; NULL: the preferred one */
    const char *token_format; /* jwt, opaque */
} tokex_target_t;

/* One secret of a client. */
typedef struct tokex_secret_t {
    const char *id;
    const char *sha256; /* of the secret, 64 lower-case hexadecimal digits; NULL in an export */
    bool generate;      /* in a document: make a new one and show it once */
    int64_t created;
    int64_t expires; /* 0: no end */
} tokex_secret_t;

/* Who may act: tokens of `issuer` (id, or `self` for tokens of ours) whose sub fits `subject`. */
typedef struct tokex_actor_t {
    const char *issuer;
    const char *subject; /* a glob; `*` never stands for `/` */
} tokex_actor_t;

/* A property of a client, for mappings and procedures. */
typedef struct tokex_property_t {
    const char *name;
    const char *value;
} tokex_property_t;

/* A rule: whose tokens a client may exchange, for what. The first that fits decides. Its issuers
 * may hold `self`: tokens of ours. */
typedef struct tokex_rule_t {
    const char *id; /* unique within its client */
    bool enabled;
    tokex_texts_t issuers;          /* ids; never empty */
    tokex_texts_t targets;          /* ids; never empty */
    const char *default_target;     /* id, one of `targets`; NULL: a target must be asked for */
    const char *scope_mode;         /* narrow, widen, fallback */
    tokex_texts_t sensitive_scopes; /* ids of sensitive scopes that the rule may grant */
    const tokex_condition_t *conditions; /* all must hold for the rule to fit */
    int condition_count;
    bool impersonation;          /* may issue tokens without `act` */
    bool delegation;             /* may issue tokens with `act` */
    bool client_as_actor;        /* without an actor token the client is the actor: a delegation */
    const tokex_actor_t *actors; /* whose actor tokens are accepted */
    int actor_count;
    int64_t max_actors;   /* `act` in `act`, counted from the current actor; 1..8 */
    bool machine_tokens;  /* machine tokens are accepted */
    bool narrow_audience; /* only targets that the subject token's `aud` names, too, by their
                             audience or a resource */
    tokex_texts_t scopes_when_absent; /* what a subject token without a scope claim counts as */
    int64_t lifetime;                 /* of issued tokens at most, seconds; 0: the target's */
    int64_t refresh_lifetime;         /* a refresh token and what comes of it end so long after the
                                         exchange, seconds; 0: with the tokens presented */
    const char *procedure;            /* id; NULL: the client's */
    int64_t procedure_lifetime;       /* seconds that a procedure may let a token live, beyond the
                                         subject token too, never beyond its targets'; 0: it may
                                         only shorten */
    tokex_texts_t procedure_scopes;   /* ids of scopes that a procedure may add */
} tokex_rule_t;

typedef struct tokex_client_t {
    const char *id; /* client_id */
    const char *name;
    const char *description; /* what it is for, for people; NULL: none */
    tokex_texts_t contacts;  /* whom to ask about it (RFC 7591 section 2), for people */
    bool enabled;
    tokex_texts_t grant_types; /* full URNs */
    tokex_texts_t scopes;      /* ids; what it may be granted at most */
    const tokex_secret_t *secrets;
    int secret_count;
    const tokex_rule_t *rules; /* in order */
    int rule_count;
    const tokex_property_t *properties;
    int property_count;
    tokex_texts_t introspects; /* ids of targets about whose tokens it may ask (RFC 7662) */
    const char *opaque_issuer; /* id of the issuer of the opaque tokens that it brings, or NULL */
    bool local_attributes;     /* a linked account's attributes count before those of the token */
    bool mandate_account;      /* a subject without a linked account is refused */
    const char *token_format;  /* of what it gets: jwt, opaque */
    const char *procedure;     /* id, for rules that name none; NULL: none */
} tokex_client_t;

/* How keys of one algorithm are used and replaced. */
typedef struct tokex_signing_t {
    const char *algorithm; /* one row an algorithm */
    bool preferred;        /* signs for targets that name no algorithm */
    int64_t rotate_every;  /* a key signs for so long, seconds; 0: replaced by hand */
    int64_t publish_ahead; /* the next one is published so long before it signs, seconds */
} tokex_signing_t;

/* A signing key of ours. What it does at a time follows from the times of all keys of its
 * algorithm (policy/key_life.h). */
typedef struct tokex_signing_key_t {
    const char *kid;
    const char *algorithm;
    int64_t created;
    int64_t activates;      /* from then on it signs */
    int64_t retired;        /* from then on it never signs; 0: nobody said so */
    const char *public_jwk; /* JSON text */
    const char *sealed;     /* the private key, crypt/seal.h; NULL in an export */
} tokex_signing_key_t;

typedef struct tokex_config_t {
    const tokex_issuer_t *issuers;
    int issuer_count;
    const tokex_mapping_t *mappings;
    int mapping_count;
    const tokex_procedure_t *procedures;
    int procedure_count;
    const tokex_scope_t *scopes;
    int scope_count;
    const tokex_target_t *targets;
    int target_count;
    const tokex_client_t *clients;
    int client_count;
    const tokex_signing_t *signing;
    int signing_count;
    const tokex_signing_key_t *signing_keys;
    int signing_key_count;
} tokex_config_t;

/* What is wrong with a configuration, for people. `object` and `id` name where ("client", "orders";
 * a rule is "rule", "orders/partner"), `field` which member, `value` what was found (shown form,
 * may be NULL), `problem` says what is wrong and `remedy` what to do. */
typedef struct tokex_fault_t {
    const char *object;
    const char *id;
    const char *field;
    const char *value;
    const char *problem;
    const char *remedy;
    bool warning; /* worth saying, but no reason to refuse */
} tokex_fault_t;

/* A list of faults that grows in its pool. */
typedef struct tokex_faults_t {
    apr_pool_t *pool;
    tokex_fault_t *items;
    int count;
    int space;
    int error_count;     /* those that are no warnings */
    apr_hash_t *settled; /* places of which enough was said; NULL: none (config/faults.h) */
} tokex_faults_t;

/* An empty list. */
tokex_faults_t *tokex_config_faults_create(apr_pool_t *pool);
/* Adds `fault`; its texts are borrowed and must live as long as the list. */
void tokex_config_fault_add(tokex_faults_t *faults, const tokex_fault_t *fault);
/* One line a fault: `client "orders": field targets: "billing": there is no such target. Remedy.`
 */
const char *tokex_config_fault_text(const tokex_fault_t *fault, apr_pool_t *pool);

#endif
