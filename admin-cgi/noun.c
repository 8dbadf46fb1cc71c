#include "noun.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

/* A noun by its word, with the sections and columns that are called by it. */
#define NOUN(word, title_, a_one_)                                                                 \
    .noun = #word, .path = "/" #word "s", .title = (title_), .one = #word, .a_one = (a_one_),      \
    .sections = word##_sections, .columns = word##_columns
/* The list whose elements have pages of their own. */
#define ELEMENTS(word) .elements = #word "s", .element = #word, .element_sections = word##_sections

/* ---- Issuers */

static const admin_section_t issuer_sections[] = {
    {"Who it is", "id name issuer description enabled", NULL},
    {"Its keys",
     "metadata_url jwks_urls keys keys_refresh keys_stale "
     "allow_expired_certificates",
     "keys"},
    {"What we accept",
     "audiences token_types algorithms typ leeway max_age assertion_max_age one_time conditions "
     "accept_may_act",
     NULL},
    {"Claims and scopes", "mapping scope_claim scope_map", "mapping"},
    {"Tokens of machines", "default_machine_marks machine_marks", NULL},
    {"Opaque tokens",
     "introspection_url introspection_client_id introspection_secret "
     "introspection_auth userinfo_url opaque_cache opaque_lifetime",
     NULL},
    {"Local accounts",
     "implicit_linking lookup_primary lookup_secondary authoritative_for "
     "link_privileged unlink_by_users_only",
     "accounts"},
    {NULL, NULL, NULL}};
static const admin_column_t issuer_columns[] = {{"name", "Name"},
                                                {"id", "Id"},
                                                {"issuer", "Issuer"},
                                                {"keys", "Keys"},
                                                {"places", "Key sets"},
                                                {"fetched", "Keys came"},
                                                {"next", "Asked again"},
                                                {"linking", "Links"},
                                                {"use", "Last 24 hours"},
                                                {"enabled", "Status"},
                                                {NULL, NULL}};

const admin_noun_t admin_noun_issuer = {
    NOUN(issuer, "Issuers", "an issuer"),
    .about = "An issuer is somebody whose tokens you exchange for yours: a partner's login server, "
             "your own, a cloud. Nothing can be exchanged before one is here.",
    .begin = "/issuers/start",
};

/* ---- Clients */

static const admin_section_t client_sections[] = {
    {"Who it is", "id name description contacts enabled grant_types", NULL},
    {"What it may have", "scopes token_format introspects opaque_issuer", NULL},
    {"Local accounts", "local_attributes mandate_account", NULL},
    {"Properties", "properties", "properties"},
    {"Procedure", "procedure", NULL},
    {NULL, NULL, NULL}};
static const admin_section_t rule_sections[] = {
    {"Which tokens", "id enabled issuers conditions machine_tokens", NULL},
    {"For what", "targets default_target narrow_audience", NULL},
    {"Scopes", "scope_mode sensitive_scopes scopes_when_absent", NULL},
    {"Who acts", "impersonation delegation client_as_actor actors max_actors", NULL},
    {"How long", "lifetime refresh_lifetime", NULL},
    {"Procedure", "procedure procedure_lifetime procedure_scopes", NULL},
    {NULL, NULL, NULL}};
static const admin_column_t client_columns[] = {
    {"name", "Name"},       {"id", "Client id"},
    {"secrets", "Secrets"}, {"secret_since", "Newest secret"},
    {"rules", "Rules"},     {"named", "Targets"},
    {"last", "Last used"},  {"use", "Last 24 hours"},
    {"enabled", "Status"},  {NULL, NULL}};

const admin_noun_t admin_noun_client = {
    NOUN(client, "Clients", "a client"),
    .about = "A client is a program of yours that brings somebody's token and takes away one for a "
             "target. Its rules say whose tokens, and for what.",
    ELEMENTS(rule),
};

/* ---- Targets */

static const admin_section_t target_sections[] = {
    {"Who it is", "id name enabled", NULL},
    {"How tokens name it", "audience resources", NULL},
    {"What its tokens carry", "scopes lifetime algorithm token_format", NULL},
    {NULL, NULL, NULL}};
static const admin_column_t target_columns[] = {
    {"name", "Name"},         {"id", "Id"},
    {"audience", "Audience"}, {"scopes", "Scopes"},
    {"clients", "Clients"},   {"lifetime", "Token life (s)"},
    {"enabled", "Status"},    {NULL, NULL}};

const admin_noun_t admin_noun_target = {
    NOUN(target, "Targets", "a target"),
    .about = "A target is a service at which your tokens are used. Tokens are issued for targets "
             "that stand here, and for nothing else.",
};

/* ---- Scopes */

static const admin_section_t scope_sections[] = {{"Scope", "id description sensitive roles", NULL},
                                                 {NULL, NULL, NULL}};
static const admin_column_t scope_columns[] = {
    {"id", "Scope"},        {"description", "Meaning"}, {"targets", "Targets"},
    {"clients", "Clients"}, {"sensitive", "Sensitive"}, {NULL, NULL}};

const admin_noun_t admin_noun_scope = {
    NOUN(scope, "Scopes", "a scope"),
    .about = "A scope is a word in a token that permits something at a target. Tokens carry only "
             "scopes that stand here.",
};

/* ---- Mappings */

static const admin_section_t mapping_sections[] = {{"Mapping", "id name", NULL},
                                                   {NULL, NULL, NULL}};
static const admin_section_t row_sections[] = {
    {"From", "source from if_missing default_value", NULL},
    {"How", "transform table type", NULL},
    {"To", "to", NULL},
    {NULL, NULL, NULL}};
static const admin_column_t mapping_columns[] = {
    {"name", "Name"}, {"id", "Id"}, {"rows", "Rows"}, {"issuers", "Issuers"}, {NULL, NULL}};

const admin_noun_t admin_noun_mapping = {
    NOUN(mapping, "Mappings", "a mapping"),
    .about = "A mapping says which claims of a foreign token become claims of yours, a row a "
             "claim. Issuers name the mapping that holds for their tokens.",
    ELEMENTS(row),
};

/* ---- Procedures */

static const admin_section_t procedure_sections[] = {
    {"Who it is", "id name enabled", NULL}, {"What it does", "source", NULL}, {NULL, NULL, NULL}};
static const admin_column_t procedure_columns[] = {
    {"name", "Name"}, {"id", "Id"}, {"clients", "Clients"}, {"enabled", "Status"}, {NULL, NULL}};

const admin_noun_t admin_noun_procedure = {
    NOUN(procedure, "Procedures", "a procedure"),
    .about = "A procedure is a program of yours, in Lua, that an exchange passes before its token "
             "is made: it may refuse, take away and set claims. Rules and clients name it.",
    .is_administrators = true,
};

const admin_noun_t *const admin_nouns[] = {&admin_noun_issuer,
                                           &admin_noun_client,
                                           &admin_noun_target,
                                           &admin_noun_scope,
                                           &admin_noun_mapping,
                                           &admin_noun_procedure,
                                           NULL};

const admin_noun_t *admin_noun_find(const char *noun)
{
    int i;

    for (i = 0; admin_nouns[i]; i++)
        if (strcmp(admin_nouns[i]->noun, noun) == 0)
            return admin_nouns[i];
    return NULL;
}

const tokex_object_desc_t *admin_noun_desc(const admin_noun_t *noun)
{
    return tokex_fields_list(noun->noun)->object;
}

const tokex_field_t *admin_noun_field(const tokex_object_desc_t *desc, const char *name)
{
    int i;

    for (i = 0; i < desc->field_count; i++)
        if (strcmp(desc->fields[i].name, name) == 0)
            return &desc->fields[i];
    return NULL;
}

const tokex_object_desc_t *admin_noun_element_desc(const admin_noun_t *noun)
{
    return admin_noun_field(admin_noun_desc(noun), noun->elements)->object;
}

/* ---- Labels */

static const struct label_t {
    const char *field; /* "issuer.name", or of every object "name" */
    const char *label;
} labels[] = {
    {"id", "Id"},
    {"client.id", "Client id"},
    {"scope.id", "Scope"},
    {"issuer.issuer", "Issuer URL"},
    {"issuer.enabled", "Tokens of this issuer are exchanged"},
    {"client.enabled", "This client is served"},
    {"target.enabled", "Tokens are issued for this target"},
    {"rule.enabled", "This rule is looked at"},
    {"procedure.enabled", "It runs; off: exchanges that it is for are refused"},
    {"procedure.source", "Program (Lua 5.4)"},
    {"token_types", "Token types"},
    {"audiences", "Audiences beside our own issuer URL"},
    {"typ", "Header parameter typ"},
    {"leeway", "Clock leeway (seconds)"},
    {"max_age", "Largest age (seconds)"},
    {"assertion_max_age", "Largest age of assertions (seconds)"},
    {"one_time", "Each subject token counts once"},
    {"allow_expired_certificates", "A key counts although its certificate has expired"},
    {"scope_claim", "Claim that holds the scopes"},
    {"keys", "Keys that are written here"},
    {"jwks_urls", "Key sets (JWKS URLs)"},
    {"metadata_url", "Metadata URL"},
    {"keys_refresh", "Ask for keys again after (seconds)"},
    {"keys_stale", "Use old keys for at most (seconds)"},
    {"introspection_url", "Introspection URL"},
    {"introspection_client_id", "Our client id there"},
    {"introspection_secret", "Our secret there"},
    {"introspection_auth", "How we authenticate there"},
    {"userinfo_url", "UserInfo URL"},
    {"opaque_cache", "Remember answers for (seconds)"},
    {"opaque_lifetime", "Life of a token that does not say (seconds)"},
    {"machine_marks", "Marks of machines"},
    {"default_machine_marks", "The usual marks of machines count too"},
    {"scope_map", "What its scopes count as"},
    {"accept_may_act", "Its claim may_act may authorise an actor"},
    {"implicit_linking", "Subjects are linked to the account that the look-up finds"},
    {"lookup_primary", "Look accounts up by"},
    {"lookup_secondary", "And where that finds nobody, by"},
    {"authoritative_for", "Takes its word for"},
    {"link_privileged", "Privileged accounts are found too"},
    {"unlink_by_users_only", "Only users themselves remove links"},
    {"contacts", "Whom to ask about it"},
    {"description", "What it is for"},
    {"client.scopes", "Scopes that it may be granted"},
    {"target.scopes", "Scopes that it knows"},
    {"target.lifetime", "Life of a token (seconds)"},
    {"token_format", "Format of issued tokens"},
    {"rule.lifetime", "Life of a token at most (seconds)"},
    {"rule.refresh_lifetime", "Life of refresh tokens (seconds)"},
    {"rule.procedure_lifetime", "Life that a procedure may give at most (seconds)"},
    {"rule.procedure_scopes", "Scopes that a procedure may add"},
    {"rule.targets", "Targets"},
    {"rule.issuers", "Issuers"},
    {"rule.impersonation", "Tokens without an actor may be issued (impersonation)"},
    {"rule.delegation", "Tokens with an actor may be issued (delegation)"},
    {"rule.client_as_actor", "The client itself is the actor where no actor token comes"},
    {"rule.machine_tokens", "Tokens of machines are accepted"},
    {"rule.narrow_audience", "The subject token must be for the target already"},
    {"rule.max_actors", "Actors in one token at most"},
    {"rule.scopes_when_absent", "Scopes of a token that names none"},
    {"introspects", "Targets about whose tokens it may ask"},
    {"opaque_issuer", "Issuer of the opaque tokens that it brings"},
    {"local_attributes", "Attributes of local accounts come first"},
    {"mandate_account", "Subjects without a local account are refused"},
    {"scope.description", "What it permits"},
    {"scope.sensitive", "Granted only when it is asked for and the rule names it"},
    {"scope.roles", "Roles of local accounts that give it"},
    {"row.source", "Where the value comes from"},
    {"row.from", "Claim, parameter, property or constant"},
    {"row.to", "Claim of the issued token"},
    {"row.type", "What it must be"},
    {"row.if_missing", "If there is no value"},
    {"row.table", "Table"},
    {"condition.test", "Test"},
    {"key.jwk", "Public key as JWK"},
    {"key.pem", "Certificate or public key as PEM"},
    {"key.jwks", "Key set as JSON (JWKS)"},
    {"key.der", "Certificate or public key as base64 of DER"},
};

const char *admin_noun_label(const tokex_object_desc_t *desc, const tokex_field_t *field,
                             apr_pool_t *pool)
{
    const char *whole = apr_pstrcat(pool, desc->noun, ".", field->name, NULL);
    const char *general = NULL;
    char *text;
    size_t i;

    for (i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (strcmp(labels[i].field, whole) == 0)
            return labels[i].label;
        if (strcmp(labels[i].field, field->name) == 0)
            general = labels[i].label;
    }
    if (general)
        return general;
    text = apr_pstrdup(pool, field->name);
    text[0] = (char)apr_toupper(text[0]);
    for (i = 0; text[i]; i++)
        if (text[i] == '_')
            text[i] = ' ';
    return text;
}

/* ---- References */

static const struct reference_t {
    const char *object;
    const char *field;
    const char *noun;
} references[] = {
    {"issuer", "mapping", "mapping"},      {"target", "scopes", "scope"},
    {"client", "scopes", "scope"},         {"client", "introspects", "target"},
    {"client", "opaque_issuer", "issuer"}, {"rule", "issuers", "issuer"},
    {"rule", "targets", "target"},         {"rule", "default_target", "target"},
    {"rule", "sensitive_scopes", "scope"}, {"rule", "scopes_when_absent", "scope"},
    {"rule", "procedure_scopes", "scope"}, {"rule", "procedure", "procedure"},
    {"client", "procedure", "procedure"},  {"actor", "issuer", "issuer"},
    {"scope_row", "to", "scope"},
};

const char *admin_noun_reference(const tokex_object_desc_t *desc, const tokex_field_t *field)
{
    size_t i;

    for (i = 0; i < sizeof references / sizeof references[0]; i++)
        if (strcmp(references[i].object, desc->noun) == 0 &&
            strcmp(references[i].field, field->name) == 0)
            return references[i].noun;
    return NULL;
}
