#include "config/fields.h"

#include "base/limits.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))
/* Name and place of a member; of a list of objects with the member that counts it. */
#define MEMBER(type, member) .name = #member, .offset = offsetof(type, member)
#define LIST(type, member, counter)                                                                \
    MEMBER(type, member), .kind = TOKEX_FIELD_OBJECTS, .count_offset = offsetof(type, counter)

#define GRANT_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define GRANT_ASSERTION "urn:ietf:params:oauth:grant-type:jwt-bearer"

static const char *const token_types[] = {"access_token", "jwt", "id_token", NULL};
static const char *const algorithms[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
                                         "ES256", "ES384", "ES512", "EdDSA", NULL};
static const char *const typs[] = {"any", "jwt", "at+jwt", NULL};
static const char *const tests[] = {"is",     "one_of",  "glob",    "glob_path", "any_of",
                                    "all_of", "none_of", "same_as", NULL};
static const char *const sources[] = {"subject",       "actor",     "userinfo",
                                      "introspection", "parameter", "client",
                                      "constant",      "account",   NULL};
static const char *const introspection_auths[] = {"basic", "post", NULL};
static const char *const transforms[] = {"copy", "first", "split", "join", "lower", "table", NULL};
static const char *const value_types[] = {"any", "text", "number", "boolean", "texts", NULL};
static const char *const missings[] = {"skip", "default", "refuse", NULL};
static const char *const scope_modes[] = {"narrow", "widen", "fallback", NULL};
static const char *const token_formats[] = {"jwt", "opaque", NULL};
static const char *const grant_types[] = {GRANT_EXCHANGE, GRANT_ASSERTION, "refresh_token", NULL};

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

static const tokex_field_t condition_fields[] = {
    {MEMBER(tokex_condition_t, claim), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "The path of the claim: names joined by dots, a dot inside a name as `\\.`."},
    {MEMBER(tokex_condition_t, test), .kind = TOKEX_FIELD_CHOICE, .choices = tests,
     .required = true, .hint = "How the claim is compared with the values."},
    {MEMBER(tokex_condition_t, values), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_TEXT,
     .required = true, .min = 1, .max = TOKEX_LIMIT_CONDITION_VALUES,
     .hint = "What it is compared with; for same_as paths of other claims."},
};

static const tokex_object_desc_t condition_desc = {
    .noun = "condition",
    .size = sizeof(tokex_condition_t),
    .fields = condition_fields,
    .field_count = COUNT(condition_fields),
    .hint = "What must hold for the claims of a subject token.",
};

/* The same members under a noun of their own, so that a fault tells the two lists apart. */
static const tokex_object_desc_t mark_desc = {
    .noun = "machine_mark",
    .size = sizeof(tokex_condition_t),
    .fields = condition_fields,
    .field_count = COUNT(condition_fields),
    .hint = "A condition whose holding says that a token is a machine's.",
};

static const tokex_field_t scope_row_fields[] = {
    {MEMBER(tokex_scope_row_t, from), .kind = TOKEX_FIELD_SCOPE, .required = true, .identity = true,
     .hint = "A scope in the issuer's tokens."},
    {MEMBER(tokex_scope_row_t, to), .kind = TOKEX_FIELD_SCOPE, .required = true,
     .hint = "The scope of ours that it counts as."},
};

static const tokex_object_desc_t scope_row_desc = {
    .noun = "scope_row",
    .size = sizeof(tokex_scope_row_t),
    .fields = scope_row_fields,
    .field_count = COUNT(scope_row_fields),
    .hint = "What an issuer's scope counts as here.",
};

static const tokex_field_t issuer_fields[] = {
    {MEMBER(tokex_issuer_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "Our name for the issuer; issued tokens carry it as `idp`."},
    {MEMBER(tokex_issuer_t, name), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "A name for people; no other issuer may have it."},
    {MEMBER(tokex_issuer_t, description), .kind = TOKEX_FIELD_TEXT,
     .hint = "A line for people; nothing depends on it."},
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
    {MEMBER(tokex_issuer_t, assertion_max_age), .kind = TOKEX_FIELD_INTEGER, .min = 1,
     .max = TOKEX_LIMIT_ASSERTION_MAX_AGE, .default_integer = 300,
     .hint = "Largest age of its assertions (RFC 7523) by `iat`, in seconds; where `max_age` is "
             "less, that counts."},
    {MEMBER(tokex_issuer_t, one_time), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether each of its subject tokens counts once, by its `jti`. Assertions always do."},
    {MEMBER(tokex_issuer_t, allow_expired_certificates), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether a key counts although the certificate that it came in has expired."},
    {MEMBER(tokex_issuer_t, scope_claim), .kind = TOKEX_FIELD_TEXT,
     .hint = "The claim that holds the scopes; without it `scope`, else `scp`."},
    {MEMBER(tokex_issuer_t, mapping), .kind = TOKEX_FIELD_ID,
     .hint = "The id of the mapping that says which claims issued tokens get."},
    {LIST(tokex_issuer_t, keys, key_count), .ordered = true, .max = TOKEX_LIMIT_JWKS_KEYS,
     .object = &key_desc, .hint = "The keys that verify its tokens."},
    {MEMBER(tokex_issuer_t, jwks_urls), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_URI,
     .max = TOKEX_LIMIT_JWKS_URLS,
     .hint = "https URLs of JWK Sets that it publishes; their keys count beside `keys`."},
    {MEMBER(tokex_issuer_t, metadata_url), .kind = TOKEX_FIELD_URI,
     .hint =
         "The https URL of its OpenID configuration or its metadata (RFC 8414); the keys at the "
         "`jwks_uri` that stands there count too."},
    {MEMBER(tokex_issuer_t, keys_refresh), .kind = TOKEX_FIELD_INTEGER,
     .min = TOKEX_LIMIT_KEYS_REFRESH_MIN, .max = TOKEX_LIMIT_KEYS_REFRESH, .default_integer = 3600,
     .hint = "After how many seconds these URLs are asked again when the answer does not say."},
    {MEMBER(tokex_issuer_t, keys_stale), .kind = TOKEX_FIELD_INTEGER, .max = TOKEX_LIMIT_KEYS_STALE,
     .default_integer = 86400,
     .hint = "For how many seconds after they came keys from these URLs are used when no newer "
             "ones can be had."},
    {MEMBER(tokex_issuer_t, introspection_url), .kind = TOKEX_FIELD_URI,
     .hint =
         "The https URL that says whether an opaque token is good, and whose it is (RFC 7662)."},
    {MEMBER(tokex_issuer_t, introspection_client_id), .kind = TOKEX_FIELD_TEXT,
     .hint = "Our `client_id` at introspection_url."},
    {MEMBER(tokex_issuer_t, introspection_secret), .kind = TOKEX_FIELD_TEXT, .write_once = true,
     .secret = true,
     .hint = "Its secret, in the clear; kept sealed under the master key and never shown. Left "
             "out: the one that is there already."},
    {MEMBER(tokex_issuer_t, introspection_sealed), .kind = TOKEX_FIELD_PEM, .secret = true,
     .hint = "The same secret as it is kept, for a configuration that goes back to where it came "
             "from."},
    {MEMBER(tokex_issuer_t, introspection_auth), .kind = TOKEX_FIELD_CHOICE,
     .choices = introspection_auths, .default_text = "basic",
     .hint = "How we authenticate at introspection_url: client_secret_basic or "
             "client_secret_post."},
    {MEMBER(tokex_issuer_t, userinfo_url), .kind = TOKEX_FIELD_URI,
     .hint = "The https URL of its UserInfo: asked about opaque tokens where there is no "
             "introspection_url, and for rows of the mapping with that source."},
    {MEMBER(tokex_issuer_t, opaque_cache), .kind = TOKEX_FIELD_INTEGER,
     .max = TOKEX_LIMIT_OPAQUE_CACHE, .default_integer = 60,
     .hint = "For how many seconds at most what these two say of a token is remembered."},
    {MEMBER(tokex_issuer_t, opaque_lifetime), .kind = TOKEX_FIELD_INTEGER, .min = 1,
     .max = TOKEX_LIMIT_OPAQUE_LIFETIME, .default_integer = 300,
     .hint = "How many seconds an opaque token counts as having left when they do not say."},
    {LIST(tokex_issuer_t, conditions, condition_count), .ordered = true,
     .max = TOKEX_LIMIT_CONDITIONS, .object = &condition_desc,
     .hint = "What must hold for its subject tokens: all of them."},
    {LIST(tokex_issuer_t, machine_marks, machine_mark_count), .ordered = true,
     .max = TOKEX_LIMIT_CONDITIONS, .object = &mark_desc,
     .hint = "What tells a machine's token: one of them that holds is enough."},
    {MEMBER(tokex_issuer_t, default_machine_marks), .kind = TOKEX_FIELD_BOOL, .default_integer = 1,
     .hint = "Whether these count too: `gty` client-credentials, `sub` ending in @clients, `sub` "
             "the same as `client_id` or `azp`."},
    {LIST(tokex_issuer_t, scope_map, scope_map_count), .max = TOKEX_LIMIT_SCOPE_ROWS,
     .object = &scope_row_desc,
     .hint = "What its scopes count as; those not named here count by their own name."},
    {MEMBER(tokex_issuer_t, accept_may_act), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether the claim `may_act` of its tokens may authorise an actor."},
    {MEMBER(tokex_issuer_t, implicit_linking), .kind = TOKEX_FIELD_BOOL,
     .hint =
         "Whether its subjects are linked to the local account that the lookup finds, where the "
         "client has `local_attributes`."},
    {MEMBER(tokex_issuer_t, lookup_primary), .kind = TOKEX_FIELD_TEXT,
     .hint = "What finds the account: username, email, mobile, or an attribute that is unique."},
    {MEMBER(tokex_issuer_t, lookup_secondary), .kind = TOKEX_FIELD_TEXT,
     .hint = "The same, asked where the first finds nobody."},
    {MEMBER(tokex_issuer_t, authoritative_for), .kind = TOKEX_FIELD_TEXTS,
     .element = TOKEX_FIELD_TEXT, .max = TOKEX_LIMIT_ACCOUNT_ATTRIBUTES,
     .hint = "What finds an account on its word alone: username or attributes. email and mobile "
             "must be verified always."},
    {MEMBER(tokex_issuer_t, link_privileged), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether privileged accounts are found too."},
    {MEMBER(tokex_issuer_t, unlink_by_users_only), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether only users themselves remove links of its subjects."},
};

static const tokex_object_desc_t issuer_desc = {
    .noun = "issuer",
    .size = sizeof(tokex_issuer_t),
    .fields = issuer_fields,
    .field_count = COUNT(issuer_fields),
    .hint = "Somebody whose tokens may be exchanged for ours.",
};

static const tokex_field_t pair_fields[] = {
    {MEMBER(tokex_pair_t, from), .kind = TOKEX_FIELD_TEXT, .required = true, .identity = true,
     .hint = "The value that is found."},
    {MEMBER(tokex_pair_t, to), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "The value that is written for it."},
};

static const tokex_object_desc_t pair_desc = {
    .noun = "pair",
    .size = sizeof(tokex_pair_t),
    .fields = pair_fields,
    .field_count = COUNT(pair_fields),
    .hint = "A value and what becomes of it.",
};

static const tokex_field_t row_fields[] = {
    {MEMBER(tokex_mapping_row_t, source), .kind = TOKEX_FIELD_CHOICE, .choices = sources,
     .default_text = "subject",
     .hint = "Where the value comes from: claims of the subject or the actor token, what UserInfo "
             "or introspection says of the subject token, a parameter of the request, a property "
             "of the client, the row itself, or the subject's local account."},
    {MEMBER(tokex_mapping_row_t, from), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "The path of a claim (names joined by dots, a dot inside a name as `\\.`), the name "
             "of a parameter or a property, the constant itself, or what of the account: id, "
             "username, email, mobile, roles, or the name of an attribute."},
    {MEMBER(tokex_mapping_row_t, transform), .kind = TOKEX_FIELD_CHOICE, .choices = transforms,
     .default_text = "copy", .hint = "What is done with the value."},
    {LIST(tokex_mapping_row_t, table, table_count), .max = TOKEX_LIMIT_TABLE_PAIRS,
     .object = &pair_desc,
     .hint = "For the transform table; a value that is not in it counts as missing."},
    {MEMBER(tokex_mapping_row_t, type), .kind = TOKEX_FIELD_CHOICE, .choices = value_types,
     .default_text = "any",
     .hint = "What the result must be; a result of another type is a refusal."},
    {MEMBER(tokex_mapping_row_t, if_missing), .kind = TOKEX_FIELD_CHOICE, .choices = missings,
     .default_text = "skip",
     .hint = "What happens when there is no value: no claim, the default value, or a refusal."},
    {MEMBER(tokex_mapping_row_t, default_value), .kind = TOKEX_FIELD_TEXT,
     .hint = "The value when there is none; only with if_missing default."},
    {MEMBER(tokex_mapping_row_t, to), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "The claim that it becomes in the issued token; never one that we write ourselves."},
    {MEMBER(tokex_mapping_row_t, name), .kind = TOKEX_FIELD_TEXT,
     .hint = "What it is called where people read it, such as Groups of the user."},
};

static const tokex_object_desc_t row_desc = {
    .noun = "row",
    .size = sizeof(tokex_mapping_row_t),
    .fields = row_fields,
    .field_count = COUNT(row_fields),
    .hint = "One claim of issued tokens and where its value comes from.",
};

static const tokex_field_t mapping_fields[] = {
    {MEMBER(tokex_mapping_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "What an issuer's `mapping` names."},
    {MEMBER(tokex_mapping_t, name), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "A name for people; no other mapping may have it."},
    {LIST(tokex_mapping_t, rows, row_count), .ordered = true, .max = TOKEX_LIMIT_MAPPING_ROWS,
     .object = &row_desc, .hint = "The claims that are written."},
};

static const tokex_object_desc_t mapping_desc = {
    .noun = "mapping",
    .size = sizeof(tokex_mapping_t),
    .fields = mapping_fields,
    .field_count = COUNT(mapping_fields),
    .hint = "Which claims issued tokens get beside those that we write ourselves.",
};

static const tokex_field_t procedure_fields[] = {
    {MEMBER(tokex_procedure_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "The id by which rules and clients name it."},
    {MEMBER(tokex_procedure_t, name), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "A name for people; no other procedure may have it."},
    {MEMBER(tokex_procedure_t, enabled), .kind = TOKEX_FIELD_BOOL, .default_integer = 1,
     .hint = "Whether it runs. While it is off, exchanges that it is for are refused."},
    {MEMBER(tokex_procedure_t, source), .kind = TOKEX_FIELD_SOURCE, .required = true,
     .hint = "Its program: Lua 5.4 that defines `exchange(r)`."},
};

static const tokex_object_desc_t procedure_desc = {
    .noun = "procedure",
    .size = sizeof(tokex_procedure_t),
    .fields = procedure_fields,
    .field_count = COUNT(procedure_fields),
    .hint = "Logic of your own that an exchange passes before its token is made.",
};

static const tokex_field_t scope_fields[] = {
    {MEMBER(tokex_scope_t, id), .kind = TOKEX_FIELD_SCOPE, .required = true, .identity = true,
     .hint = "The scope token; `openid` and `offline_access` are never granted here."},
    {MEMBER(tokex_scope_t, description), .kind = TOKEX_FIELD_TEXT,
     .hint = "What it permits, for people."},
    {MEMBER(tokex_scope_t, sensitive), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether it is granted only when it is asked for by name and the rule names it."},
    {MEMBER(tokex_scope_t, roles), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_TEXT,
     .max = TOKEX_LIMIT_ACCOUNT_ROLES,
     .hint = "Roles of local accounts; a subject whose account has one counts as having the "
             "scope, where the client has `local_attributes`."},
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
    {MEMBER(tokex_target_t, algorithm), .kind = TOKEX_FIELD_CHOICE, .choices = algorithms,
     .hint = "The algorithm that its tokens are signed with; without it the preferred one."},
    {MEMBER(tokex_target_t, token_format), .kind = TOKEX_FIELD_CHOICE, .choices = token_formats,
     .default_text = "jwt",
     .hint =
         "jwt: who gets its tokens can read them, unless the client has it opaque. opaque: this "
         "server is asked about them, at the introspection endpoint."},
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

static const tokex_field_t actor_fields[] = {
    {MEMBER(tokex_actor_t, issuer), .kind = TOKEX_FIELD_ID, .required = true,
     .hint = "The id of the issuer of its tokens; `self` for tokens of ours."},
    {MEMBER(tokex_actor_t, subject), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "Its `sub`; `*` stands for any characters and `?` for one, but neither for `/`."},
};

static const tokex_object_desc_t actor_desc = {
    .noun = "actor",
    .size = sizeof(tokex_actor_t),
    .fields = actor_fields,
    .field_count = COUNT(actor_fields),
    .hint = "Somebody who may act for the subject of a token.",
};

static const tokex_field_t rule_fields[] = {
    {MEMBER(tokex_rule_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "Tells the rules of one client apart."},
    {MEMBER(tokex_rule_t, enabled), .kind = TOKEX_FIELD_BOOL, .default_integer = 1,
     .hint = "Whether the rule is looked at."},
    {MEMBER(tokex_rule_t, issuers), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_ID,
     .required = true, .min = 1,
     .hint = "The ids of the issuers whose tokens it lets through; `self` for tokens of "
             "ours."},
    {MEMBER(tokex_rule_t, targets), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_ID,
     .required = true, .min = 1,
     .hint = "The ids of the targets for which it lets tokens be issued."},
    {MEMBER(tokex_rule_t, default_target), .kind = TOKEX_FIELD_ID,
     .hint = "The target when a request names none; one of `targets`."},
    {MEMBER(tokex_rule_t, scope_mode), .kind = TOKEX_FIELD_CHOICE, .choices = scope_modes,
     .default_text = "narrow",
     .hint = "narrow: what is asked for, and the subject token, the client and the target all "
             "have. widen: what is asked for, and the client and the target have. fallback: narrow "
             "when client and target have every scope of the subject token, else what client and "
             "target have."},
    {MEMBER(tokex_rule_t, sensitive_scopes), .kind = TOKEX_FIELD_TEXTS,
     .element = TOKEX_FIELD_SCOPE,
     .hint = "The sensitive scopes that it may grant, when they are asked for by name."},
    {LIST(tokex_rule_t, conditions, condition_count), .ordered = true,
     .max = TOKEX_LIMIT_CONDITIONS, .object = &condition_desc,
     .hint = "What must hold for the rule to fit: all of them."},
    {MEMBER(tokex_rule_t, impersonation), .kind = TOKEX_FIELD_BOOL, .default_integer = 1,
     .hint = "Whether it lets tokens without `act` be issued."},
    {MEMBER(tokex_rule_t, delegation), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether it lets tokens with `act` be issued."},
    {MEMBER(tokex_rule_t, client_as_actor), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether the client is the actor when a request brings no actor token."},
    {LIST(tokex_rule_t, actors, actor_count), .ordered = true, .max = TOKEX_LIMIT_ACTORS,
     .object = &actor_desc, .hint = "Whose actor tokens it accepts."},
    {MEMBER(tokex_rule_t, max_actors), .kind = TOKEX_FIELD_INTEGER, .min = 1,
     .max = TOKEX_LIMIT_ACTOR_DEPTH, .default_integer = 4,
     .hint = "How many actors an issued token may name, the current one and those before it."},
    {MEMBER(tokex_rule_t, machine_tokens), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether it accepts subject tokens that the issuer's marks call a machine's."},
    {MEMBER(tokex_rule_t, narrow_audience), .kind = TOKEX_FIELD_BOOL,
     .hint =
         "Whether every target must stand in the `aud` of the subject token, by its audience or "
         "one of its resources."},
    {MEMBER(tokex_rule_t, scopes_when_absent), .kind = TOKEX_FIELD_TEXTS,
     .element = TOKEX_FIELD_SCOPE,
     .hint = "The scopes that a subject token without a scope claim counts as having."},
    {MEMBER(tokex_rule_t, lifetime), .kind = TOKEX_FIELD_INTEGER, .max = TOKEX_LIMIT_LIFETIME,
     .hint = "Longest life of an issued token, in seconds; 0: the target's."},
    {MEMBER(tokex_rule_t, refresh_lifetime), .kind = TOKEX_FIELD_INTEGER,
     .max = TOKEX_LIMIT_REFRESH_LIFETIME,
     .hint =
         "How long after the exchange a refresh token and all that comes of it ends, in seconds, "
         "for clients with that grant type; 0: with the subject token."},
    {MEMBER(tokex_rule_t, procedure), .kind = TOKEX_FIELD_ID,
     .hint = "The id of the procedure that its exchanges pass; without it the client's."},
    {MEMBER(tokex_rule_t, procedure_lifetime), .kind = TOKEX_FIELD_INTEGER,
     .max = TOKEX_LIMIT_LIFETIME,
     .hint = "Longest life that a procedure may give a token, in seconds, past the end of the "
             "subject token too, but not past the target's `lifetime`; 0: it may only shorten."},
    {MEMBER(tokex_rule_t, procedure_scopes), .kind = TOKEX_FIELD_TEXTS,
     .element = TOKEX_FIELD_SCOPE,
     .hint = "The scopes that a procedure may add to those that are granted without it, as far as "
             "every target knows them."},
};

static const tokex_object_desc_t rule_desc = {
    .noun = "rule",
    .size = sizeof(tokex_rule_t),
    .fields = rule_fields,
    .field_count = COUNT(rule_fields),
    .hint = "Whose tokens a client may exchange, and for what.",
};

static const tokex_field_t property_fields[] = {
    {MEMBER(tokex_property_t, name), .kind = TOKEX_FIELD_TEXT, .required = true, .identity = true,
     .hint = "What a mapping's row or a procedure names."},
    {MEMBER(tokex_property_t, value), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "Its value."},
};

static const tokex_object_desc_t property_desc = {
    .noun = "property",
    .size = sizeof(tokex_property_t),
    .fields = property_fields,
    .field_count = COUNT(property_fields),
    .hint = "Something about a client that mappings and procedures can use.",
};

static const tokex_field_t client_fields[] = {
    {MEMBER(tokex_client_t, id), .kind = TOKEX_FIELD_ID, .required = true, .identity = true,
     .hint = "The `client_id`."},
    {MEMBER(tokex_client_t, name), .kind = TOKEX_FIELD_TEXT, .required = true,
     .hint = "A name for people; no other client may have it."},
    {MEMBER(tokex_client_t, description), .kind = TOKEX_FIELD_TEXT,
     .hint = "A line for people; nothing depends on it."},
    {MEMBER(tokex_client_t, contacts), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_TEXT,
     .max = TOKEX_LIMIT_CONTACTS,
     .hint = "Who answers for it: addresses, or names of people and teams."},
    {MEMBER(tokex_client_t, enabled), .kind = TOKEX_FIELD_BOOL, .default_integer = 1,
     .hint = "Whether it is served."},
    {MEMBER(tokex_client_t, grant_types), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_CHOICE,
     .choices = grant_types, .default_text = GRANT_EXCHANGE,
     .hint = "The grant types that it may use."},
    {MEMBER(tokex_client_t, scopes), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_SCOPE,
     .hint = "The scopes that it may be granted at most."},
    {LIST(tokex_client_t, secrets, secret_count), .max = TOKEX_LIMIT_CLIENT_SECRETS,
     .object = &secret_desc,
     .hint = "Its secrets; two may be valid while one replaces the other. A client without any "
             "serves protected locations alone."},
    {LIST(tokex_client_t, rules, rule_count), .ordered = true, .object = &rule_desc,
     .hint = "Tried in order; the first that fits decides, none is a refusal."},
    {LIST(tokex_client_t, properties, property_count), .max = TOKEX_LIMIT_PROPERTIES,
     .object = &property_desc, .hint = "What mappings and procedures can use of it."},
    {MEMBER(tokex_client_t, introspects), .kind = TOKEX_FIELD_TEXTS, .element = TOKEX_FIELD_ID,
     .hint = "The ids of the targets about whose tokens it may ask at the introspection endpoint."},
    {MEMBER(tokex_client_t, opaque_issuer), .kind = TOKEX_FIELD_ID,
     .hint = "The id of the issuer of the opaque tokens that it brings, where its rules name "
             "several that take such."},
    {MEMBER(tokex_client_t, local_attributes), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether the attributes of a subject's linked account count before those of the "
             "token."},
    {MEMBER(tokex_client_t, mandate_account), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether a subject without a linked account is refused."},
    {MEMBER(tokex_client_t, token_format), .kind = TOKEX_FIELD_CHOICE, .choices = token_formats,
     .default_text = "jwt",
     .hint = "jwt: what it gets is a JWT, unless a target has it opaque. opaque: nobody but this "
             "server can read it."},
    {MEMBER(tokex_client_t, procedure), .kind = TOKEX_FIELD_ID,
     .hint = "The id of the procedure that its exchanges pass, where their rule names none."},
};

static const tokex_object_desc_t client_desc = {
    .noun = "client",
    .size = sizeof(tokex_client_t),
    .fields = client_fields,
    .field_count = COUNT(client_fields),
    .hint = "A registered OAuth client that may exchange tokens.",
};

static const tokex_field_t signing_fields[] = {
    {MEMBER(tokex_signing_t, algorithm), .kind = TOKEX_FIELD_CHOICE, .choices = algorithms,
     .required = true, .identity = true, .hint = "The algorithm that this is about."},
    {MEMBER(tokex_signing_t, preferred), .kind = TOKEX_FIELD_BOOL,
     .hint = "Whether it signs for targets that name no algorithm. Without such a row that is "
             "ES256 when it has an active key, else the only one that has."},
    {MEMBER(tokex_signing_t, rotate_every), .kind = TOKEX_FIELD_INTEGER, .max = TOKEX_LIMIT_KEY_AGE,
     .hint = "How long a key signs before the server replaces it, in seconds, at least a day; 0: "
             "keys are replaced by hand."},
    {MEMBER(tokex_signing_t, publish_ahead), .kind = TOKEX_FIELD_INTEGER,
     .max = TOKEX_LIMIT_KEY_AHEAD, .default_integer = 86400,
     .hint = "How long before it signs the server publishes the next key, in seconds."},
};

static const tokex_object_desc_t signing_desc = {
    .noun = "signing",
    .size = sizeof(tokex_signing_t),
    .fields = signing_fields,
    .field_count = COUNT(signing_fields),
    .hint = "How our keys of one algorithm are used and replaced.",
};

static const tokex_field_t signing_key_fields[] = {
    {MEMBER(tokex_signing_key_t, kid), .kind = TOKEX_FIELD_TEXT, .required = true, .identity = true,
     .hint = "The key id in the header of issued tokens and in our JWK Set."},
    {MEMBER(tokex_signing_key_t, algorithm), .kind = TOKEX_FIELD_CHOICE, .choices = algorithms,
     .required = true, .hint = "The algorithm that it signs with."},
    {MEMBER(tokex_signing_key_t, created), .kind = TOKEX_FIELD_INTEGER,
     .max = TOKEX_LIMIT_NUMERIC_DATE, .hint = "When it was made, in seconds since 1970."},
    {MEMBER(tokex_signing_key_t, activates), .kind = TOKEX_FIELD_INTEGER, .required = true,
     .max = TOKEX_LIMIT_NUMERIC_DATE,
     .hint = "From when on it signs, in seconds since 1970, until a later one of its algorithm "
             "does; it is published before and afterwards."},
    {MEMBER(tokex_signing_key_t, retired), .kind = TOKEX_FIELD_INTEGER,
     .max = TOKEX_LIMIT_NUMERIC_DATE,
     .hint = "From when on it never signs, in seconds since 1970; 0: nobody said so."},
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
     .hint = "Which claims issued tokens get."},
    {LIST(tokex_config_t, procedures, procedure_count), .object = &procedure_desc,
     .hint = "What exchanges pass beside the rows of mappings."},
    {LIST(tokex_config_t, scopes, scope_count), .object = &scope_desc,
     .hint = "Every scope that issued tokens may carry."},
    {LIST(tokex_config_t, targets, target_count), .object = &target_desc,
     .hint = "Where issued tokens are used."},
    {LIST(tokex_config_t, clients, client_count), .object = &client_desc,
     .hint = "Who may exchange tokens."},
    {LIST(tokex_config_t, signing, signing_count), .object = &signing_desc,
     .hint = "How our signing keys are used and replaced; without this member that stays as it "
             "is."},
    {LIST(tokex_config_t, signing_keys, signing_key_count), .max = TOKEX_LIMIT_JWKS_KEYS,
     .object = &signing_key_desc,
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
