#include "store/config_take.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

/* ---- Cells */

/* A list that refers to nothing, kept as one text: of words between blanks, of free texts between
 * line feeds, which no text holds. */
static tokex_texts_t split(tokex_config_taking_t *taking, tokex_rows_t *rows, const char *column,
                           const char *separator)
{
    const char *whole = tokex_db_text(rows, column);
    apr_array_header_t *array;
    char *rest, *word;

    if (whole && whole == taking->whole)
        return taking->parts;
    taking->whole = whole;
    taking->parts = (tokex_texts_t){NULL, 0};
    if (!whole || !*whole)
        return taking->parts;
    array = apr_array_make(taking->pool, 4, sizeof(const char *));
    rest = apr_pstrdup(taking->pool, whole);
    while ((word = strsep(&rest, separator)))
        if (*word)
            APR_ARRAY_PUSH(array, const char *) = word;
    if (array->nelts)
        taking->parts = (tokex_texts_t){(const char *const *)array->elts, array->nelts};
    return taking->parts;
}

static tokex_texts_t words(tokex_config_taking_t *taking, tokex_rows_t *rows, const char *column)
{
    return split(taking, rows, column, " ");
}

static bool flag(tokex_rows_t *rows, const char *column)
{
    return tokex_db_integer(rows, column) == 1;
}

/* ---- Rows */

void tokex_config_take_mapping_pair(tokex_config_taking_t *taking, tokex_rows_t *rows,
                                    void *element)
{
    tokex_pair_t *pair = element;

    (void)taking;
    pair->from = tokex_db_text(rows, "value_from");
    pair->to = tokex_db_text(rows, "value_to");
}

void tokex_config_take_mapping_row(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_mapping_row_t *row = element;

    (void)taking;
    row->source = tokex_db_text(rows, "source");
    row->from = tokex_db_text(rows, "claim_from");
    row->transform = tokex_db_text(rows, "transform");
    row->type = tokex_db_text(rows, "value_type");
    row->if_missing = tokex_db_text(rows, "if_missing");
    row->default_value = tokex_db_text(rows, "default_value");
    row->to = tokex_db_text(rows, "claim_to");
    row->name = tokex_db_text(rows, "name");
}

void tokex_config_take_mapping(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_mapping_t *mapping = element;

    (void)taking;
    mapping->id = tokex_db_text(rows, "id");
    mapping->name = tokex_db_text(rows, "name");
}

void tokex_config_take_procedure(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_procedure_t *procedure = element;

    (void)taking;
    procedure->id = tokex_db_text(rows, "id");
    procedure->name = tokex_db_text(rows, "name");
    procedure->enabled = flag(rows, "enabled");
    procedure->source = tokex_db_text(rows, "source");
}

void tokex_config_take_scope(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_scope_t *scope = element;

    scope->id = tokex_db_text(rows, "id");
    scope->description = tokex_db_text(rows, "description");
    scope->sensitive = flag(rows, "sensitive");
    scope->roles = split(taking, rows, "roles", "\n");
}

void tokex_config_take_condition(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_condition_t *condition = element;

    condition->claim = tokex_db_text(rows, "claim");
    condition->test = tokex_db_text(rows, "test");
    condition->values = split(taking, rows, "wanted", "\n");
}

void tokex_config_take_issuer_scope(tokex_config_taking_t *taking, tokex_rows_t *rows,
                                    void *element)
{
    tokex_scope_row_t *row = element;

    (void)taking;
    row->from = tokex_db_text(rows, "scope_from");
    row->to = tokex_db_text(rows, "scope");
}

void tokex_config_take_issuer_key(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_issuer_key_t *key = element;

    (void)taking;
    key->jwk = tokex_db_text(rows, "jwk");
    key->pem = tokex_db_text(rows, "pem");
}

static void take_opaque(tokex_rows_t *rows, tokex_issuer_t *issuer)
{
    issuer->introspection_url = tokex_db_text(rows, "introspection_url");
    issuer->introspection_client_id = tokex_db_text(rows, "introspection_client_id");
    issuer->introspection_sealed = tokex_db_text(rows, "introspection_sealed");
    issuer->introspection_auth = tokex_db_text(rows, "introspection_auth");
    issuer->userinfo_url = tokex_db_text(rows, "userinfo_url");
    issuer->opaque_cache = tokex_db_integer(rows, "opaque_cache");
    issuer->opaque_lifetime = tokex_db_integer(rows, "opaque_lifetime");
}

void tokex_config_take_issuer(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_issuer_t *issuer = element;

    issuer->id = tokex_db_text(rows, "id");
    issuer->name = tokex_db_text(rows, "name");
    issuer->description = tokex_db_text(rows, "description");
    issuer->issuer = tokex_db_text(rows, "issuer");
    issuer->enabled = flag(rows, "enabled");
    issuer->token_types = words(taking, rows, "token_types");
    issuer->algorithms = words(taking, rows, "algorithms");
    issuer->typ = tokex_db_text(rows, "typ");
    issuer->leeway = tokex_db_integer(rows, "leeway");
    issuer->max_age = tokex_db_integer(rows, "max_age");
    issuer->assertion_max_age = tokex_db_integer(rows, "assertion_max_age");
    issuer->one_time = flag(rows, "one_time");
    issuer->allow_expired_certificates = flag(rows, "allow_expired_certificates");
    issuer->scope_claim = tokex_db_text(rows, "scope_claim");
    issuer->mapping = tokex_db_text(rows, "mapping");
    issuer->metadata_url = tokex_db_text(rows, "metadata_url");
    issuer->keys_refresh = tokex_db_integer(rows, "keys_refresh");
    issuer->keys_stale = tokex_db_integer(rows, "keys_stale");
    take_opaque(rows, issuer);
    issuer->default_machine_marks = flag(rows, "default_machine_marks");
    issuer->accept_may_act = flag(rows, "accept_may_act");
    issuer->implicit_linking = flag(rows, "implicit_linking");
    issuer->lookup_primary = tokex_db_text(rows, "lookup_primary");
    issuer->lookup_secondary = tokex_db_text(rows, "lookup_secondary");
    issuer->authoritative_for = split(taking, rows, "authoritative_for", "\n");
    issuer->link_privileged = flag(rows, "link_privileged");
    issuer->unlink_by_users_only = flag(rows, "unlink_by_users_only");
}

void tokex_config_take_target(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_target_t *target = element;

    (void)taking;
    target->id = tokex_db_text(rows, "id");
    target->name = tokex_db_text(rows, "name");
    target->enabled = flag(rows, "enabled");
    target->audience = tokex_db_text(rows, "audience");
    target->lifetime = tokex_db_integer(rows, "lifetime");
    target->algorithm = tokex_db_text(rows, "algorithm");
    target->token_format = tokex_db_text(rows, "token_format");
}

void tokex_config_take_secret(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_secret_t *secret = element;

    (void)taking;
    secret->id = tokex_db_text(rows, "id");
    secret->sha256 = tokex_db_text(rows, "sha256");
    secret->created = tokex_db_integer(rows, "created");
    secret->expires = tokex_db_integer(rows, "expires");
}

void tokex_config_take_property(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_property_t *property = element;

    (void)taking;
    property->name = tokex_db_text(rows, "name");
    property->value = tokex_db_text(rows, "value");
}

void tokex_config_take_actor(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_actor_t *actor = element;

    (void)taking;
    actor->issuer = tokex_db_text(rows, "issuer");
    actor->subject = tokex_db_text(rows, "subject");
}

void tokex_config_take_rule(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_rule_t *rule = element;

    (void)taking;
    rule->id = tokex_db_text(rows, "id");
    rule->enabled = flag(rows, "enabled");
    rule->default_target = tokex_db_text(rows, "default_target");
    rule->scope_mode = tokex_db_text(rows, "scope_mode");
    rule->impersonation = flag(rows, "impersonation");
    rule->delegation = flag(rows, "delegation");
    rule->client_as_actor = flag(rows, "client_as_actor");
    rule->max_actors = tokex_db_integer(rows, "max_actors");
    rule->machine_tokens = flag(rows, "machine_tokens");
    rule->narrow_audience = flag(rows, "narrow_audience");
    rule->lifetime = tokex_db_integer(rows, "lifetime");
    rule->refresh_lifetime = tokex_db_integer(rows, "refresh_lifetime");
    rule->procedure = tokex_db_text(rows, "procedure");
    rule->procedure_lifetime = tokex_db_integer(rows, "procedure_lifetime");
}

void tokex_config_take_client(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_client_t *client = element;

    client->id = tokex_db_text(rows, "id");
    client->name = tokex_db_text(rows, "name");
    client->description = tokex_db_text(rows, "description");
    client->contacts = split(taking, rows, "contacts", "\n");
    client->enabled = flag(rows, "enabled");
    client->grant_types = words(taking, rows, "grant_types");
    client->opaque_issuer = tokex_db_text(rows, "opaque_issuer");
    client->local_attributes = flag(rows, "local_attributes");
    client->mandate_account = flag(rows, "mandate_account");
    client->token_format = tokex_db_text(rows, "token_format");
    client->procedure = tokex_db_text(rows, "procedure");
}

void tokex_config_take_signing(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_signing_t *signing = element;

    (void)taking;
    signing->algorithm = tokex_db_text(rows, "algorithm");
    signing->preferred = flag(rows, "preferred");
    signing->rotate_every = tokex_db_integer(rows, "rotate_every");
    signing->publish_ahead = tokex_db_integer(rows, "publish_ahead");
}

void tokex_config_take_signing_key(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element)
{
    tokex_signing_key_t *key = element;

    (void)taking;
    key->kid = tokex_db_text(rows, "kid");
    key->algorithm = tokex_db_text(rows, "algorithm");
    key->created = tokex_db_integer(rows, "created");
    key->activates = tokex_db_integer(rows, "activates");
    key->retired = tokex_db_integer(rows, "retired");
    key->public_jwk = tokex_db_text(rows, "public_jwk");
    key->sealed = tokex_db_text(rows, "sealed");
}
