#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

/* What we write ourselves, and what RFC 7800, 8693 and 9068 make a claim of say about the token:
 * who may use it, who acts. `roles`, `groups` and the like say something of the subject and may be
 * mapped. */
static const char *const reserved[] = {
    "iss", "sub", "aud", "exp", "iat", "nbf", "jti",     "client_id", "scope",   "scp",  "acr",
    "amr", "idp", "aid", "tid", "st",  "act", "may_act", "cnf",       "lineage", "acct",
};

bool tokex_policy_claim_is_ours(const char *name)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

/* Parameters that carry tokens and secrets: no claim may hand them on. */
static const char *const secret_parameters[] = {
    "client_secret", "subject_token", "actor_token",   "client_assertion",
    "assertion",     "password",      "refresh_token", "access_token",
    "id_token",      "code",          "code_verifier", "device_code",
};

static const char *const sources[] = {
    [TOKEX_SOURCE_SUBJECT] = "subject",     [TOKEX_SOURCE_ACTOR] = "actor",
    [TOKEX_SOURCE_USERINFO] = "userinfo",   [TOKEX_SOURCE_INTROSPECTION] = "introspection",
    [TOKEX_SOURCE_PARAMETER] = "parameter", [TOKEX_SOURCE_CLIENT] = "client",
    [TOKEX_SOURCE_CONSTANT] = "constant",   [TOKEX_SOURCE_ACCOUNT] = "account",
};
static const char *const transforms[] = {
    [TOKEX_TRANSFORM_COPY] = "copy",   [TOKEX_TRANSFORM_FIRST] = "first",
    [TOKEX_TRANSFORM_SPLIT] = "split", [TOKEX_TRANSFORM_JOIN] = "join",
    [TOKEX_TRANSFORM_LOWER] = "lower", [TOKEX_TRANSFORM_TABLE] = "table",
};
static const char *const types[] = {
    [TOKEX_VALUE_ANY] = "any",       [TOKEX_VALUE_TEXT] = "text",
    [TOKEX_VALUE_NUMBER] = "number", [TOKEX_VALUE_BOOLEAN] = "boolean",
    [TOKEX_VALUE_TEXTS] = "texts",
};
static const char *const missings[] = {
    [TOKEX_MISSING_SKIP] = "skip",
    [TOKEX_MISSING_DEFAULT] = "default",
    [TOKEX_MISSING_REFUSE] = "refuse",
};

#define CHOICE(text, names, fallback)                                                              \
    tokex_compile_choice(text, names, (int)(sizeof(names) / sizeof((names)[0])), fallback)

bool tokex_policy_parameter_is_secret(const char *name)
{
    for (size_t i = 0; i < sizeof(secret_parameters) / sizeof(secret_parameters[0]); i++)
        if (strcmp(secret_parameters[i], name) == 0)
            return true;
    return false;
}

static void check_to(tokex_compile_t *c, tokex_place_t at, const char *to, apr_hash_t *seen)
{
    at.field = "to";
    at.value = to;
    if (!to)
        return;
    if (tokex_policy_claim_is_ours(to))
        tokex_faults_error(c->faults, &at, "Choose another name.",
                           "this claim has a meaning of its own in the tokens that we issue");
    if (apr_hash_get(seen, to, APR_HASH_KEY_STRING))
        tokex_faults_error(c->faults, &at, "Keep one of the rows.",
                           "another row of this mapping writes this claim already");
    apr_hash_set(seen, to, APR_HASH_KEY_STRING, "");
}

/* Parameters, properties and constants are texts; claims may be anything. */
static bool is_text_source(const tokex_policy_row_t *row)
{
    return row->source == TOKEX_SOURCE_PARAMETER || row->source == TOKEX_SOURCE_CLIENT ||
           row->source == TOKEX_SOURCE_CONSTANT;
}

static void compile_from(tokex_compile_t *c, tokex_place_t at, tokex_policy_row_t *row)
{
    const char *from = row->config->from;
    at.field = "from";
    at.value = from;
    if (!is_text_source(row) && row->source != TOKEX_SOURCE_ACCOUNT)
        tokex_compile_path(c, &at, &row->path, from);
    else if (row->source == TOKEX_SOURCE_PARAMETER && from &&
             tokex_policy_parameter_is_secret(from))
        tokex_faults_error(c->faults, &at, "Choose another parameter.",
                           "this parameter carries a token or a secret");
}

/* Can what the transform makes be of the row's type? */
static bool type_is_possible(const tokex_policy_row_t *row)
{
    switch (row->transform) {
    case TOKEX_TRANSFORM_COPY:
        return !is_text_source(row) || row->type == TOKEX_VALUE_ANY ||
               row->type == TOKEX_VALUE_TEXT;
    case TOKEX_TRANSFORM_FIRST:
        return row->type != TOKEX_VALUE_TEXTS;
    case TOKEX_TRANSFORM_SPLIT:
        return row->type == TOKEX_VALUE_ANY || row->type == TOKEX_VALUE_TEXTS;
    case TOKEX_TRANSFORM_JOIN:
        return row->type == TOKEX_VALUE_ANY || row->type == TOKEX_VALUE_TEXT;
    case TOKEX_TRANSFORM_LOWER:
    case TOKEX_TRANSFORM_TABLE:
        return row->type == TOKEX_VALUE_ANY || row->type == TOKEX_VALUE_TEXT ||
               (row->type == TOKEX_VALUE_TEXTS && !is_text_source(row));
    }
    return false;
}

static void check_transform(tokex_compile_t *c, tokex_place_t at, const tokex_policy_row_t *row)
{
    const tokex_mapping_row_t *config = row->config;
    at.field = "transform";
    at.value = config->transform;
    if (is_text_source(row) &&
        (row->transform == TOKEX_TRANSFORM_FIRST || row->transform == TOKEX_TRANSFORM_JOIN))
        tokex_faults_error(c->faults, &at, "Leave the transform out.",
                           "it works on lists, and this source has texts only");
    at.field = "type";
    at.value = config->type;
    if (!type_is_possible(row))
        tokex_faults_error(c->faults, &at, "Change the type or the transform.",
                           "source and transform never give a value of this type");
    at.field = "table";
    at.value = NULL;
    if (row->transform == TOKEX_TRANSFORM_TABLE && !config->table_count)
        tokex_faults_error(c->faults, &at, "Add pairs.", "the table is empty");
    if (row->transform != TOKEX_TRANSFORM_TABLE && config->table_count)
        tokex_faults_error(c->faults, &at, "Write the transform table, or take the pairs out.",
                           "only the transform table reads a table");
}

static void check_missing(tokex_compile_t *c, tokex_place_t at, const tokex_policy_row_t *row)
{
    const tokex_mapping_row_t *config = row->config;
    bool is_default = row->missing == TOKEX_MISSING_DEFAULT;
    at.field = "default_value";
    at.value = config->default_value;
    if (is_default && !config->default_value)
        tokex_faults_error(c->faults, &at, "Add it, or change `if_missing`.",
                           "the default value is missing");
    else if (!is_default && config->default_value)
        tokex_faults_error(c->faults, &at, "Write if_missing default, or take the value out.",
                           "only if_missing default reads a default value");
    else if (is_default && row->type != TOKEX_VALUE_ANY && row->type != TOKEX_VALUE_TEXT)
        tokex_faults_error(c->faults, &at, "Choose another `if_missing`, or the type text.",
                           "the default value is a text, which the type does not allow");
}

#define IS_CHOICE(text, names) (CHOICE(text, names, -1) >= 0)

/* A text that is no choice had its fault, so nothing more is said of what depends on it; the policy
 * with it is never served. */
static void compile_row(tokex_compile_t *c, tokex_place_t at, tokex_policy_row_t *row)
{
    const tokex_mapping_row_t *config = row->config;
    bool is_source = IS_CHOICE(config->source, sources), is_type = IS_CHOICE(config->type, types);
    row->source = (tokex_source_t)CHOICE(config->source, sources, TOKEX_SOURCE_SUBJECT);
    row->transform = (tokex_transform_t)CHOICE(config->transform, transforms, TOKEX_TRANSFORM_COPY);
    row->type = (tokex_value_type_t)CHOICE(config->type, types, TOKEX_VALUE_ANY);
    row->missing = (tokex_missing_t)CHOICE(config->if_missing, missings, TOKEX_MISSING_REFUSE);
    if (is_source)
        compile_from(c, at, row);
    if (is_source && is_type && IS_CHOICE(config->transform, transforms))
        check_transform(c, at, row);
    if (is_type && IS_CHOICE(config->if_missing, missings))
        check_missing(c, at, row);
}

static void compile_mapping(tokex_compile_t *c, tokex_policy_mapping_t *mapping)
{
    const tokex_mapping_t *config = mapping->config;
    apr_hash_t *seen = apr_hash_make(c->scratch);
    tokex_policy_row_t *rows =
        apr_pcalloc(c->pool, ((apr_size_t)config->row_count + 1) * sizeof(*rows));
    for (int i = 0; i < config->row_count; i++) {
        tokex_place_t at = {.object = "row"};
        at.id = apr_psprintf(c->scratch, "%s/#%d", config->id ? config->id : "", i + 1);
        rows[i].config = &config->rows[i];
        compile_row(c, at, &rows[i]);
        mapping->reads_userinfo |= rows[i].source == TOKEX_SOURCE_USERINFO;
        mapping->reads_introspection |= rows[i].source == TOKEX_SOURCE_INTROSPECTION;
        check_to(c, at, config->rows[i].to, seen);
    }
    mapping->rows = rows;
    mapping->row_count = config->row_count;
}

void tokex_compile_mappings(tokex_compile_t *c)
{
    apr_hash_t *names = apr_hash_make(c->scratch);
    int count = c->config->mapping_count;
    tokex_policy_mapping_t *mappings =
        apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*mappings));
    for (int i = 0; i < count; i++) {
        const tokex_mapping_t *config = &c->config->mappings[i];
        tokex_compile_unique_name(c, names, "mapping", config->id, config->name);
        mappings[i].config = config;
        compile_mapping(c, &mappings[i]);
        if (config->id)
            apr_hash_set(c->mappings, config->id, APR_HASH_KEY_STRING, &mappings[i]);
    }
}
