#include "config/fields.h"

#include "base/limits.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))
/* Name and place of a member; of a list of objects with the member that counts it. */
#define MEMBER(type, member) .name = #member, .offset = offsetof(type, member)
#define LIST(type, member, counter)                                                                \
    MEMBER(type, member), .kind = TOKEX_FIELD_OBJECTS, .count_offset = offsetof(type, counter)

#define GRANT_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"

static const char *const token_types[] = {"access_token", "jwt", "id_token", NULL};
static const char *const algorithms[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
                                         "ES256", "ES384", "ES512", "EdDSA", NULL};
static const char *const typs[] = {"any", "jwt", "at+jwt", NULL};
static const char *const scope_modes[] = {"narrow", NULL};
static const char *const grant_types[] = {GRANT_EXCHANGE, NULL};
static const char *const key_states[] = {"active", "retired", NULL};

static const tokex_field_t key_fields[] = {
    {MEMBER(tokex_issuer_key_t, jwk), .kind = TOKEX_FIELD_JSON,
     .hint = "A public key as JWK (RFC 7517)."},
    {MEMBER(tokex_issuer_key_t, pem), .kind = TOKEX_FIELD_PEM,
     .hint = "A certificate or a public key as PEM; several blocks become several keys."},
    {MEMBER(tokex_issuer_key_t, jwks), .kind = TOKEX_FIELD_JSON,
     .hint = "A JWK Set as the issuer publishes it; kept as one `jwk` a key."},
    {MEMBER(tokex_issuer_key_t, der), .kind = TOKEX_FIELD_PEM,
     .hint = "A certificate or a public key as base64 of its DER; kept as `pem`."},
};

static const tokex_object_desc_t key_desc = {
    .noun = "key",
    .size = sizeof(tokex_issuer_key_t),
    .fields = key_fields,
    .field_count = COUNT(key_fields),
    .exactly_one = true,
    .hint = "A key that verifies an issuer's tokens. Exactly one member is given.",
};

static const tokex_field_t issuer_fields[] = {
    {MEMBER(tokex_issuer_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "Our name for the issuer; issued tokens carry it as `idp`."},
    {MEMBER(tokex_issuer_t, name), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "A name for people; no other issuer may have it."},
    {MEMBER(tokex_issuer_t, issuer), .kind = TOKEX_FIELD_URI, .required = true,
     .hint = "An https URL that equals the claim `iss` of its tokens, octet by octet."},
    {MEMBER(tokex_issuer_t, enabled), .kind = TOKEX_FIELD_BOOL, .default_integer = 1,
     .hint = "Whether its tokens are exchanged at all."},
    {MEMBER(tokex_issuer_t, token_types), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_CHOICE,
     .choices = token_types, .min = 1, .default_text = "access_token jwt id_token",
     .hint = "What its tokens may be declared as in `subject_token_type`."},
    {MEMBER(tokex_issuer_t, algorithms), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_CHOICE,
     .choices = algorithms, .min = 1, .default_text = "RS256 ES256 EdDSA PS256",
     .hint = "The signature algorithms that its tokens may use."},
    {MEMBER(tokex_issuer_t, audiences), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_TEXT,
     .hint = "Names by which the issuer knows us: accepted in `aud` beside our own issuer URL."},
    {MEMBER(tokex_issuer_t, typ), .kind = TOKEX_FIELD_CHOICE, .choices = typs,
     .default_text = "any", .hint = "The header parameter `typ` that its tokens must have."},
    {MEMBER(tokex_issuer_t, leeway), .kind = TOKEX_FIELD_INTEGER, .max = TOKEX_LIMIT_LEEWAY,
     .default_integer = 30, .hint = "Difference of clocks that is forgiven, in seconds."},
    {MEMBER(tokex_issuer_t, max_age), .kind = TOKEX_FIELD_INTEGER, .max = TOKEX_LIMIT_MAX_AGE,
     .hint = "Largest age of its tokens by `iat`, in seconds; 0: no limit."},
    {MEMBER(tokex_issuer_t, allow_expired_certificates), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether a key counts although the certificate that it came in has expired."},
    {MEMBER(tokex_issuer_t, scope_claim), .kind = TOKEX_FIELD_TEXT,
     .hint = "The claim that holds the scopes; without it `scope`, else `scp`."},
    {MEMBER(tokex_issuer_t, mapping), .kind = TOKEX_FIELD_ID,
     .hint = "The id of the mapping that says which claims are copied."},
    {LIST(tokex_issuer_t, keys, key_count), .ordered = true, .max = TOKEX_LIMIT_JWKS_KEYS,
     .object = &key_desc, .hint = "The keys that verify its tokens."},
};

static const tokex_object_desc_t issuer_desc = {
    .noun = "issuer",
    .size = sizeof(tokex_issuer_t),
    .fields = issuer_fields,
    .field_count = COUNT(issuer_fields),
    .hint = "Somebody whose tokens may be exchanged for ours.",
};

static const tokex_field_t row_fields[] = {
    {MEMBER(tokex_mapping_row_t, from), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "A top-level claim of the subject token."},
    {MEMBER(tokex_mapping_row_t, to), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "The name that it gets in the issued token; never one that we write ourselves."},
};

static const tokex_object_desc_t row_desc = {
    .noun = "row",
    .size = sizeof(tokex_mapping_row_t),
    .fields = row_fields,
    .field_count = COUNT(row_fields),
    .hint = "One claim that is copied. A subject token without it gives an issued token without.",
};

static const tokex_field_t mapping_fields[] = {
    {MEMBER(tokex_mapping_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "What an issuer's `mapping` names."},
    {MEMBER(tokex_mapping_t, name), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "A name for people; no other mapping may have it."},
    {LIST(tokex_mapping_t, rows, row_count), .ordered = true, .max = TOKEX_LIMIT_MAPPING_ROWS,
     .object = &row_desc, .hint = "The claims that are copied."},
};

static const tokex_object_desc_t mapping_desc = {
    .noun = "mapping",
    .size = sizeof(tokex_mapping_t),
    .fields = mapping_fields,
    .field_count = COUNT(mapping_fields),
    .hint = "Which claims of a subject token are copied into the issued one.",
};

static const tokex_field_t scope_fields[] = {
    {MEMBER(tokex_scope_t, id), .kind = TOKEX_FIELD_SCOPE, .required = true, .identity = true,
     .hint = "The scope token; `openid` and `offline_access` are never granted here."},
    {MEMBER(tokex_scope_t, description), .kind = TOKEX_FIELD_TEXT,
     .hint = "What it permits, for people."},
};

static const tokex_object_desc_t scope_desc = {
    .noun = "scope",
    .size = sizeof(tokex_scope_t),
    .fields = scope_fields,
    .field_count = COUNT(scope_fields),
    .hint = "A scope that issued tokens may carry.",
};

static const tokex_field_t target_fields[] = {
    {MEMBER(tokex_target_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "The logical name that the parameter `audience` may carry."},
    {MEMBER(tokex_target_t, name), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "A name for people; no other target may have it."},
    {MEMBER(tokex_target_t, enabled), .kind = TOKEX_FIELD_BOOL, .default_integer = 1,
     .hint = "Whether tokens are issued for it."},
    {MEMBER(tokex_target_t, audience), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "What issued tokens carry as `aud`; the parameter `audience` may carry it too."},
    {MEMBER(tokex_target_t, resources), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_URI,
     .hint = "URIs that the parameter `resource` may carry."},
    {MEMBER(tokex_target_t, scopes), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_SCOPE,
     .hint = "The scopes that it knows; tokens for it carry no other."},
    {MEMBER(tokex_target_t, lifetime), .kind = TOKEX_FIELD_INTEGER, .min = 1,
     .max = TOKEX_LIMIT_LIFETIME, .default_integer = 300,
     .hint = "Longest life of a token for it, in seconds."},
};

static const tokex_object_desc_t target_desc = {
    .noun = "target",
    .size = sizeof(tokex_target_t),
    .fields = target_fields,
    .field_count = COUNT(target_fields),
    .hint = "A service at which issued tokens are used.",
};

static const tokex_field_t secret_fields[] = {
    {MEMBER(tokex_secret_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "Tells the secrets of one client apart."},
    {MEMBER(tokex_secret_t, sha256), .kind = TOKEX_FIELD_HEX64, .secret = true,
     .hint = "SHA-256 of the secret; left out: the secret of this id that is there already."},
    {MEMBER(tokex_secret_t, generate), .kind = TOKEX_FIELD_BOOL, .write_once = true,
     .hint = "Make a new secret and show it once."},
    {MEMBER(tokex_secret_t, created), .kind = TOKEX_FIELD_INTEGER, .max = TOKEX_LIMIT_NUMERIC_DATE,
     .hint = "When it was made, in seconds since 1970."},
    {MEMBER(tokex_secret_t, expires), .kind = TOKEX_FIELD_INTEGER, .max = TOKEX_LIMIT_NUMERIC_DATE,
     .hint = "When it ends, in seconds since 1970; 0: never."},
};

static const tokex_object_desc_t secret_desc = {
    .noun = "secret",
    .size = sizeof(tokex_secret_t),
    .fields = secret_fields,
    .field_count = COUNT(secret_fields),
    .hint = "A secret by which a client authenticates. Only its digest is kept.",
};

static const tokex_field_t rule_fields[] = {
    {MEMBER(tokex_rule_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "Tells the rules of one client apart."},
    {MEMBER(tokex_rule_t, enabled), .kind = TOKEX_FIELD_BOOL, .default_integer = 1,
     .hint = "Whether the rule is looked at."},
    {MEMBER(tokex_rule_t, issuers), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_ID,
     .required = true, .min = 1, .hint = "The ids of the issuers whose tokens it lets through."},
    {MEMBER(tokex_rule_t, targets), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_ID,
     .required = true, .min = 1,
     .hint = "The ids of the targets for which it lets tokens be issued."},
    {MEMBER(tokex_rule_t, default_target), .kind = TOKEX_FIELD_ID,
     .hint = "The target when a request names none; one of `targets`."},
    {MEMBER(tokex_rule_t, scope_mode), .kind = TOKEX_FIELD_CHOICE, .choices = scope_modes,
     .default_text = "narrow",
     .hint =
         "narrow: what is asked for, and the subject token, the client and the target all have."},
    {MEMBER(tokex_rule_t, scopes_when_absent), .kind = TOKEX_FIELD_TEXTS,
     .element = TOKEX_FIELD_SCOPE,
     .hint = "The scopes that a subject token without a scope claim counts as having."},
    {MEMBER(tokex_rule_t, lifetime), .kind = TOKEX_FIELD_INTEGER, .max = TOKEX_LIMIT_LIFETIME,
     .hint = "Longest life of an issued token, in seconds; 0: the target's."},
};

static const tokex_object_desc_t rule_desc = {
    .noun = "rule",
    .size = sizeof(tokex_rule_t),
    .fields = rule_fields,
    .field_count = COUNT(rule_fields),
    .hint = "Whose tokens a client may exchange, and for what.",
};

static const tokex_field_t client_fields[] = {
    {MEMBER(tokex_client_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "The `client_id`."},
    {MEMBER(tokex_client_t, name), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "A name for people; no other client may have it."},
    {MEMBER(tokex_client_t, enabled), .kind = TOKEX_FIELD_BOOL, .default_integer = 1,
     .hint = "Whether it is served."},
    {MEMBER(tokex_client_t, grant_types), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_CHOICE,
     .choices = grant_types, .default_text = GRANT_EXCHANGE,
     .hint = "The grant types that it may use."},
    {MEMBER(tokex_client_t, scopes), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_SCOPE,
     .hint = "The scopes that it may be granted at most."},
    {LIST(tokex_client_t, secrets, secret_count), .max = TOKEX_LIMIT_CLIENT_SECRETS,
     .object = &secret_desc, .hint = "Its secrets; two may be valid while one replaces the other."},
    {LIST(tokex_client_t, rules, rule_count), .ordered = true, .object = &rule_desc,
     .hint = "Tried in order; the first that fits decides, none is a refusal."},
};

static const tokex_object_desc_t client_desc = {
    .noun = "client",
    .size = sizeof(tokex_client_t),
    .fields = client_fields,
    .field_count = COUNT(client_fields),
    .hint = "A registered OAuth client that may exchange tokens.",
};

static const tokex_field_t signing_key_fields[] = {
    {MEMBER(tokex_signing_key_t, kid), .kind = TOKEX_FIELD_TEXT, .required = true, .identity = true,
     .hint = "The key id in the header of issued tokens and in our JWK Set."},
    {MEMBER(tokex_signing_key_t, algorithm), .kind = TOKEX_FIELD_CHOICE, .choices = algorithms,
     .required = true, .hint = "The algorithm that it signs with."},
    {MEMBER(tokex_signing_key_t, state), .kind = TOKEX_FIELD_CHOICE, .choices = key_states,
     .required = true, .hint = "active: it signs; retired: it is only published."},
    {MEMBER(tokex_signing_key_t, created), .kind = TOKEX_FIELD_INTEGER,
     .max = TOKEX_LIMIT_NUMERIC_DATE, .hint = "When it was made, in seconds since 1970."},
    {MEMBER(tokex_signing_key_t, public_jwk), .kind = TOKEX_FIELD_JSON, .required = true,
     .hint = "Its public half as JWK."},
    {MEMBER(tokex_signing_key_t, sealed), .kind = TOKEX_FIELD_PEM, .secret = true,
     .hint = "Its private half under the master key; left out: the one that is there already."},
};

static const tokex_object_desc_t signing_key_desc = {
    .noun = "signing_key",
    .size = sizeof(tokex_signing_key_t),
    .fields = signing_key_fields,
    .field_count = COUNT(signing_key_fields),
    .hint = "A key of ours. `tokexctl key rotate` makes them.",
};

static const tokex_field_t document_fields[] = {
    {LIST(tokex_config_t, issuers, issuer_count), .object = &issuer_desc,
     .hint = "Whose tokens may be exchanged."},
    {LIST(tokex_config_t, mappings, mapping_count), .object = &mapping_desc,
     .hint = "Which claims are copied."},
    {LIST(tokex_config_t, scopes, scope_count), .object = &scope_desc,
     .hint = "Every scope that issued tokens may carry."},
    {LIST(tokex_config_t, targets, target_count), .object = &target_desc,
     .hint = "Where issued tokens are used."},
    {LIST(tokex_config_t, clients, client_count), .object = &client_desc,
     .hint = "Who may exchange tokens."},
    {LIST(tokex_config_t, signing_keys, signing_key_count), .object = &signing_key_desc,
     .hint = "Our signing keys; without this member the ones that are there stay."},
};

static const tokex_object_desc_t document_desc = {
    .noun = "document",
    .size = sizeof(tokex_config_t),
    .fields = document_fields,
    .field_count = COUNT(document_fields),
    .hint = "The whole configuration of a token exchange service.",
};

const tokex_object_desc_t *tokex_fields_document(void)
{
    return &document_desc;
}
