#include "store/config_rows.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_tables.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

/* What hangs on an object, by the object's id. */
typedef enum list_t {
    ISSUER_AUDIENCES,
    ISSUER_KEYS,
    ISSUER_JWKS_URLS,
    ISSUER_CONDITIONS,
    ISSUER_MACHINE_MARKS,
    ISSUER_SCOPES,
    MAPPING_PAIRS,
    MAPPING_ROWS,
    TARGET_RESOURCES,
    TARGET_SCOPES,
    CLIENT_SCOPES,
    CLIENT_INTROSPECTS,
    CLIENT_SECRETS,
    CLIENT_PROPERTIES,
    CLIENT_RULES,
    RULE_ISSUERS,
    RULE_TARGETS,
    RULE_SCOPES,
    RULE_SENSITIVE_SCOPES,
    RULE_PROCEDURE_SCOPES,
    RULE_CONDITIONS,
    RULE_ACTORS,
    LIST_COUNT
} list_t;

typedef enum table_t {
    ISSUERS,
    MAPPINGS,
    PROCEDURES,
    SCOPES,
    TARGETS,
    CLIENTS,
    SIGNING,
    SIGNING_KEYS,
    TABLE_COUNT
} table_t;

typedef struct load_t {
    tokex_db_t *db;
    const tokex_texts_t *clients; /* NULL: all */
    apr_pool_t *pool;
    apr_pool_t *scratch;
    apr_hash_t *lists[LIST_COUNT];           /* owner -> apr_array_header_t * */
    apr_array_header_t *tables[TABLE_COUNT]; /* of the objects themselves */
} load_t;

/* ---- Cells */

/* Rows live in the scratch pool, because most of their texts are names of owners. */
static const char *text(load_t *load, tokex_rows_t *rows, const char *column)
{
    return apr_pstrdup(load->pool, tokex_db_text(rows, column));
}

/* A list that refers to nothing, kept as one text: of words between blanks, of free texts between
 * line feeds, which no text holds. */
static tokex_texts_t split(load_t *load, tokex_rows_t *rows, const char *column,
                           const char *separator)
{
    apr_array_header_t *array = apr_array_make(load->pool, 4, sizeof(const char *));
    char *rest = apr_pstrdup(load->pool, tokex_db_text(rows, column));
    tokex_texts_t texts = {NULL, 0};
    char *word;

    while (rest && (word = strsep(&rest, separator)))
        if (*word)
            *(const char **)apr_array_push(array) = word;
    if (array->nelts)
        texts = (tokex_texts_t){(const char *const *)array->elts, array->nelts};
    return texts;
}

static tokex_texts_t words(load_t *load, tokex_rows_t *rows, const char *column)
{
    return split(load, rows, column, " ");
}

static bool flag(tokex_rows_t *rows, const char *column)
{
    return tokex_db_integer(rows, column) == 1;
}

/* ---- Lists of owners */

/* The name of an owner of two columns is both with a NUL between, which no text holds. */
static const char *owner_key(load_t *load, const char *id, const char *id2, apr_ssize_t *len)
{
    apr_size_t first, second;
    char *key;

    id = id ? id : "";
    first = strlen(id) + 1;
    second = id2 ? strlen(id2) + 1 : 0;
    *len = (apr_ssize_t)(first + second);
    if (!id2)
        return id;
    key = apr_palloc(load->scratch, first + second);
    memcpy(key, id, first);
    memcpy(key + first, id2, second);
    return key;
}

/* A new element at the end of an owner's list. */
static void *push(load_t *load, list_t list, size_t size, const char *id, const char *id2)
{
    apr_array_header_t *array;
    apr_ssize_t len;
    const char *key;

    key = owner_key(load, id, id2, &len);
    if (!load->lists[list])
        load->lists[list] = apr_hash_make(load->scratch);
    array = apr_hash_get(load->lists[list], key, len);
    if (!array) {
        array = apr_array_make(load->pool, 2, (int)size);
        apr_hash_set(load->lists[list], key, len, array);
    }
    return apr_array_push(array);
}

/* The list of an owner; NULL and 0 when it is empty. */
static const void *elements(load_t *load, list_t list, const char *id, const char *id2, int *count)
{
    const apr_array_header_t *array;
    const char *key;
    apr_ssize_t len;

    *count = 0;
    /* Ten thousand rules have no name made for a list that nobody has. */
    if (!load->lists[list])
        return NULL;
    key = owner_key(load, id, id2, &len);
    array = apr_hash_get(load->lists[list], key, len);
    *count = array ? array->nelts : 0;
    return array ? array->elts : NULL;
}

static tokex_texts_t texts(load_t *load, list_t list, const char *id, const char *id2)
{
    tokex_texts_t found;

    found.items = elements(load, list, id, id2, &found.count);
    return found;
}

/* ---- Rows into objects; an object takes the lists that were read before it */

static void *add(load_t *load, table_t table)
{
    return apr_array_push(load->tables[table]);
}

static void take_mapping_pair(load_t *load, tokex_rows_t *rows)
{
    tokex_pair_t *pair = push(load, MAPPING_PAIRS, sizeof *pair, tokex_db_text(rows, "mapping"),
                              tokex_db_text(rows, "claim_to"));

    pair->from = text(load, rows, "value_from");
    pair->to = text(load, rows, "value_to");
}

static void take_mapping_row(load_t *load, tokex_rows_t *rows)
{
    const char *mapping = tokex_db_text(rows, "mapping");
    tokex_mapping_row_t *row = push(load, MAPPING_ROWS, sizeof *row, mapping, NULL);

    row->source = text(load, rows, "source");
    row->from = text(load, rows, "claim_from");
    row->transform = text(load, rows, "transform");
    row->type = text(load, rows, "value_type");
    row->if_missing = text(load, rows, "if_missing");
    row->default_value = text(load, rows, "default_value");
    row->to = text(load, rows, "claim_to");
    row->name = text(load, rows, "name");
    row->table = elements(load, MAPPING_PAIRS, mapping, row->to, &row->table_count);
}

static void take_mapping(load_t *load, tokex_rows_t *rows)
{
    tokex_mapping_t *mapping = add(load, MAPPINGS);

    mapping->id = text(load, rows, "id");
    mapping->name = text(load, rows, "name");
    mapping->rows = elements(load, MAPPING_ROWS, mapping->id, NULL, &mapping->row_count);
}

static void take_procedure(load_t *load, tokex_rows_t *rows)
{
    tokex_procedure_t *procedure = add(load, PROCEDURES);

    procedure->id = text(load, rows, "id");
    procedure->name = text(load, rows, "name");
    procedure->enabled = flag(rows, "enabled");
    procedure->source = text(load, rows, "source");
}

static void take_scope(load_t *load, tokex_rows_t *rows)
{
    tokex_scope_t *scope = add(load, SCOPES);

    scope->id = text(load, rows, "id");
    scope->description = text(load, rows, "description");
    scope->sensitive = flag(rows, "sensitive");
    scope->roles = split(load, rows, "roles", "\n");
}

static void read_condition(load_t *load, tokex_rows_t *rows, tokex_condition_t *condition)
{
    condition->claim = text(load, rows, "claim");
    condition->test = text(load, rows, "test");
    condition->values = split(load, rows, "wanted", "\n");
}

static void take_issuer_condition(load_t *load, tokex_rows_t *rows)
{
    read_condition(load, rows,
                   push(load, ISSUER_CONDITIONS, sizeof(tokex_condition_t),
                        tokex_db_text(rows, "issuer"), NULL));
}

static void take_machine_mark(load_t *load, tokex_rows_t *rows)
{
    read_condition(load, rows,
                   push(load, ISSUER_MACHINE_MARKS, sizeof(tokex_condition_t),
                        tokex_db_text(rows, "issuer"), NULL));
}

static void take_issuer_scope(load_t *load, tokex_rows_t *rows)
{
    tokex_scope_row_t *row =
        push(load, ISSUER_SCOPES, sizeof *row, tokex_db_text(rows, "issuer"), NULL);

    row->from = text(load, rows, "scope_from");
    row->to = text(load, rows, "scope");
}

static void take_issuer_key(load_t *load, tokex_rows_t *rows)
{
    tokex_issuer_key_t *key =
        push(load, ISSUER_KEYS, sizeof *key, tokex_db_text(rows, "issuer"), NULL);

    memset(key, 0, sizeof *key);
    key->jwk = text(load, rows, "jwk");
    key->pem = text(load, rows, "pem");
}

static void take_opaque(load_t *load, tokex_rows_t *rows, tokex_issuer_t *issuer)
{
    issuer->introspection_url = text(load, rows, "introspection_url");
    issuer->introspection_client_id = text(load, rows, "introspection_client_id");
    issuer->introspection_secret = NULL;
    issuer->introspection_sealed = text(load, rows, "introspection_sealed");
    issuer->introspection_auth = text(load, rows, "introspection_auth");
    issuer->userinfo_url = text(load, rows, "userinfo_url");
    issuer->opaque_cache = tokex_db_integer(rows, "opaque_cache");
    issuer->opaque_lifetime = tokex_db_integer(rows, "opaque_lifetime");
}

static void take_issuer(load_t *load, tokex_rows_t *rows)
{
    tokex_issuer_t *issuer = add(load, ISSUERS);

    issuer->id = text(load, rows, "id");
    issuer->name = text(load, rows, "name");
    issuer->description = text(load, rows, "description");
    issuer->issuer = text(load, rows, "issuer");
    issuer->enabled = flag(rows, "enabled");
    issuer->token_types = words(load, rows, "token_types");
    issuer->algorithms = words(load, rows, "algorithms");
    issuer->audiences = texts(load, ISSUER_AUDIENCES, issuer->id, NULL);
    issuer->typ = text(load, rows, "typ");
    issuer->leeway = tokex_db_integer(rows, "leeway");
    issuer->max_age = tokex_db_integer(rows, "max_age");
    issuer->assertion_max_age = tokex_db_integer(rows, "assertion_max_age");
    issuer->one_time = flag(rows, "one_time");
    issuer->allow_expired_certificates = flag(rows, "allow_expired_certificates");
    issuer->scope_claim = text(load, rows, "scope_claim");
    issuer->mapping = text(load, rows, "mapping");
    issuer->keys = elements(load, ISSUER_KEYS, issuer->id, NULL, &issuer->key_count);
    issuer->jwks_urls = texts(load, ISSUER_JWKS_URLS, issuer->id, NULL);
    issuer->metadata_url = text(load, rows, "metadata_url");
    issuer->keys_refresh = tokex_db_integer(rows, "keys_refresh");
    issuer->keys_stale = tokex_db_integer(rows, "keys_stale");
    take_opaque(load, rows, issuer);
    issuer->conditions =
        elements(load, ISSUER_CONDITIONS, issuer->id, NULL, &issuer->condition_count);
    issuer->machine_marks =
        elements(load, ISSUER_MACHINE_MARKS, issuer->id, NULL, &issuer->machine_mark_count);
    issuer->default_machine_marks = flag(rows, "default_machine_marks");
    issuer->scope_map = elements(load, ISSUER_SCOPES, issuer->id, NULL, &issuer->scope_map_count);
    issuer->accept_may_act = flag(rows, "accept_may_act");
    issuer->implicit_linking = flag(rows, "implicit_linking");
    issuer->lookup_primary = text(load, rows, "lookup_primary");
    issuer->lookup_secondary = text(load, rows, "lookup_secondary");
    issuer->authoritative_for = split(load, rows, "authoritative_for", "\n");
    issuer->link_privileged = flag(rows, "link_privileged");
    issuer->unlink_by_users_only = flag(rows, "unlink_by_users_only");
}

static void take_target(load_t *load, tokex_rows_t *rows)
{
    tokex_target_t *target = add(load, TARGETS);

    target->id = text(load, rows, "id");
    target->name = text(load, rows, "name");
    target->enabled = flag(rows, "enabled");
    target->audience = text(load, rows, "audience");
    target->resources = texts(load, TARGET_RESOURCES, target->id, NULL);
    target->scopes = texts(load, TARGET_SCOPES, target->id, NULL);
    target->lifetime = tokex_db_integer(rows, "lifetime");
    target->algorithm = text(load, rows, "algorithm");
    target->token_format = text(load, rows, "token_format");
}

static void take_secret(load_t *load, tokex_rows_t *rows)
{
    tokex_secret_t *secret =
        push(load, CLIENT_SECRETS, sizeof *secret, tokex_db_text(rows, "client"), NULL);

    secret->id = text(load, rows, "id");
    secret->sha256 = text(load, rows, "sha256");
    secret->generate = false;
    secret->created = tokex_db_integer(rows, "created");
    secret->expires = tokex_db_integer(rows, "expires");
}

static void take_property(load_t *load, tokex_rows_t *rows)
{
    tokex_property_t *property =
        push(load, CLIENT_PROPERTIES, sizeof *property, tokex_db_text(rows, "client"), NULL);

    property->name = text(load, rows, "name");
    property->value = text(load, rows, "value");
}

static void take_rule_condition(load_t *load, tokex_rows_t *rows)
{
    read_condition(load, rows,
                   push(load, RULE_CONDITIONS, sizeof(tokex_condition_t),
                        tokex_db_text(rows, "client"), tokex_db_text(rows, "rule")));
}

static void take_actor(load_t *load, tokex_rows_t *rows)
{
    tokex_actor_t *actor = push(load, RULE_ACTORS, sizeof *actor, tokex_db_text(rows, "client"),
                                tokex_db_text(rows, "rule"));

    actor->issuer = text(load, rows, "issuer");
    actor->subject = text(load, rows, "subject");
}

static void take_rule(load_t *load, tokex_rows_t *rows)
{
    const char *client = tokex_db_text(rows, "client");
    tokex_rule_t *rule = push(load, CLIENT_RULES, sizeof *rule, client, NULL);

    rule->id = text(load, rows, "id");
    rule->enabled = flag(rows, "enabled");
    rule->issuers = texts(load, RULE_ISSUERS, client, rule->id);
    rule->targets = texts(load, RULE_TARGETS, client, rule->id);
    rule->default_target = text(load, rows, "default_target");
    rule->scope_mode = text(load, rows, "scope_mode");
    rule->sensitive_scopes = texts(load, RULE_SENSITIVE_SCOPES, client, rule->id);
    rule->conditions = elements(load, RULE_CONDITIONS, client, rule->id, &rule->condition_count);
    rule->impersonation = flag(rows, "impersonation");
    rule->delegation = flag(rows, "delegation");
    rule->client_as_actor = flag(rows, "client_as_actor");
    rule->actors = elements(load, RULE_ACTORS, client, rule->id, &rule->actor_count);
    rule->max_actors = tokex_db_integer(rows, "max_actors");
    rule->machine_tokens = flag(rows, "machine_tokens");
    rule->narrow_audience = flag(rows, "narrow_audience");
    rule->scopes_when_absent = texts(load, RULE_SCOPES, client, rule->id);
    rule->lifetime = tokex_db_integer(rows, "lifetime");
    rule->refresh_lifetime = tokex_db_integer(rows, "refresh_lifetime");
    rule->procedure = text(load, rows, "procedure");
    rule->procedure_lifetime = tokex_db_integer(rows, "procedure_lifetime");
    rule->procedure_scopes = texts(load, RULE_PROCEDURE_SCOPES, client, rule->id);
}

static void take_client(load_t *load, tokex_rows_t *rows)
{
    tokex_client_t *client = add(load, CLIENTS);

    client->id = text(load, rows, "id");
    client->name = text(load, rows, "name");
    client->description = text(load, rows, "description");
    client->contacts = split(load, rows, "contacts", "\n");
    client->enabled = flag(rows, "enabled");
    client->grant_types = words(load, rows, "grant_types");
    client->scopes = texts(load, CLIENT_SCOPES, client->id, NULL);
    client->introspects = texts(load, CLIENT_INTROSPECTS, client->id, NULL);
    client->secrets = elements(load, CLIENT_SECRETS, client->id, NULL, &client->secret_count);
    client->rules = elements(load, CLIENT_RULES, client->id, NULL, &client->rule_count);
    client->properties =
        elements(load, CLIENT_PROPERTIES, client->id, NULL, &client->property_count);
    client->opaque_issuer = text(load, rows, "opaque_issuer");
    client->local_attributes = flag(rows, "local_attributes");
    client->mandate_account = flag(rows, "mandate_account");
    client->token_format = text(load, rows, "token_format");
    client->procedure = text(load, rows, "procedure");
}

static void take_signing(load_t *load, tokex_rows_t *rows)
{
    tokex_signing_t *signing = add(load, SIGNING);

    signing->algorithm = text(load, rows, "algorithm");
    signing->preferred = flag(rows, "preferred");
    signing->rotate_every = tokex_db_integer(rows, "rotate_every");
    signing->publish_ahead = tokex_db_integer(rows, "publish_ahead");
}

static void take_signing_key(load_t *load, tokex_rows_t *rows)
{
    tokex_signing_key_t *key = add(load, SIGNING_KEYS);

    key->kid = text(load, rows, "kid");
    key->algorithm = text(load, rows, "algorithm");
    key->created = tokex_db_integer(rows, "created");
    key->activates = tokex_db_integer(rows, "activates");
    key->retired = tokex_db_integer(rows, "retired");
    key->public_jwk = text(load, rows, "public_jwk");
    key->sealed = text(load, rows, "sealed");
}

/* ---- Tables */

/* What belongs to no client has no statement for a single one. */
#define NO_CLIENT TOKEX_SQL_COUNT

/* Lists of texts differ in names only. */
static const struct text_list_t {
    tokex_sql_t all;
    tokex_sql_t of_client;
    list_t list;
    const char *owner;
    const char *owner2; /* or NULL */
    const char *column;
} text_lists[] = {
    {TOKEX_SQL_CONFIG_ISSUER_AUDIENCE_LIST, NO_CLIENT, ISSUER_AUDIENCES, "issuer", NULL,
     "audience"},
    {TOKEX_SQL_CONFIG_ISSUER_JWKS_URL_LIST, NO_CLIENT, ISSUER_JWKS_URLS, "issuer", NULL, "url"},
    {TOKEX_SQL_CONFIG_TARGET_RESOURCE_LIST, NO_CLIENT, TARGET_RESOURCES, "target", NULL,
     "resource"},
    {TOKEX_SQL_CONFIG_TARGET_SCOPE_LIST, NO_CLIENT, TARGET_SCOPES, "target", NULL, "scope"},
    {TOKEX_SQL_CONFIG_CLIENT_SCOPE_LIST, TOKEX_SQL_CONFIG_CLIENT_SCOPE_OF, CLIENT_SCOPES, "client",
     NULL, "scope"},
    {TOKEX_SQL_CONFIG_CLIENT_INTROSPECT_LIST, TOKEX_SQL_CONFIG_CLIENT_INTROSPECT_OF,
     CLIENT_INTROSPECTS, "client", NULL, "target"},
    {TOKEX_SQL_CONFIG_RULE_ISSUER_LIST, TOKEX_SQL_CONFIG_RULE_ISSUER_OF, RULE_ISSUERS, "client",
     "rule", "issuer"},
    {TOKEX_SQL_CONFIG_RULE_TARGET_LIST, TOKEX_SQL_CONFIG_RULE_TARGET_OF, RULE_TARGETS, "client",
     "rule", "target"},
    {TOKEX_SQL_CONFIG_RULE_SCOPE_LIST, TOKEX_SQL_CONFIG_RULE_SCOPE_OF, RULE_SCOPES, "client",
     "rule", "scope"},
    {TOKEX_SQL_CONFIG_RULE_SENSITIVE_SCOPE_LIST, TOKEX_SQL_CONFIG_RULE_SENSITIVE_SCOPE_OF,
     RULE_SENSITIVE_SCOPES, "client", "rule", "scope"},
    {TOKEX_SQL_CONFIG_RULE_PROCEDURE_SCOPE_LIST, TOKEX_SQL_CONFIG_RULE_PROCEDURE_SCOPE_OF,
     RULE_PROCEDURE_SCOPES, "client", "rule", "scope"},
};

/* In the order in which one may take from the other. */
static const struct object_table_t {
    tokex_sql_t all;
    tokex_sql_t of_client;
    void (*take)(load_t *load, tokex_rows_t *rows);
} object_tables[] = {
    {TOKEX_SQL_CONFIG_MAPPING_PAIR_LIST, NO_CLIENT, take_mapping_pair},
    {TOKEX_SQL_CONFIG_MAPPING_ROW_LIST, NO_CLIENT, take_mapping_row},
    {TOKEX_SQL_CONFIG_MAPPING_LIST, NO_CLIENT, take_mapping},
    {TOKEX_SQL_CONFIG_PROCEDURE_LIST, NO_CLIENT, take_procedure},
    {TOKEX_SQL_CONFIG_SCOPE_LIST, NO_CLIENT, take_scope},
    {TOKEX_SQL_CONFIG_ISSUER_KEY_LIST, NO_CLIENT, take_issuer_key},
    {TOKEX_SQL_CONFIG_ISSUER_CONDITION_LIST, NO_CLIENT, take_issuer_condition},
    {TOKEX_SQL_CONFIG_ISSUER_MACHINE_MARK_LIST, NO_CLIENT, take_machine_mark},
    {TOKEX_SQL_CONFIG_ISSUER_SCOPE_LIST, NO_CLIENT, take_issuer_scope},
    {TOKEX_SQL_CONFIG_ISSUER_LIST, NO_CLIENT, take_issuer},
    {TOKEX_SQL_CONFIG_TARGET_LIST, NO_CLIENT, take_target},
    {TOKEX_SQL_CONFIG_CLIENT_SECRET_LIST, TOKEX_SQL_CONFIG_CLIENT_SECRET_OF, take_secret},
    {TOKEX_SQL_CONFIG_CLIENT_PROPERTY_LIST, TOKEX_SQL_CONFIG_CLIENT_PROPERTY_OF, take_property},
    {TOKEX_SQL_CONFIG_RULE_CONDITION_LIST, TOKEX_SQL_CONFIG_RULE_CONDITION_OF, take_rule_condition},
    {TOKEX_SQL_CONFIG_RULE_ACTOR_LIST, TOKEX_SQL_CONFIG_RULE_ACTOR_OF, take_actor},
    {TOKEX_SQL_CONFIG_RULE_LIST, TOKEX_SQL_CONFIG_RULE_OF, take_rule},
    {TOKEX_SQL_CONFIG_CLIENT_LIST, TOKEX_SQL_CONFIG_CLIENT_OF, take_client},
    {TOKEX_SQL_CONFIG_SIGNING_LIST, NO_CLIENT, take_signing},
    {TOKEX_SQL_CONFIG_SIGNING_KEY_LIST, NO_CLIENT, take_signing_key},
};

/* Either of the two. */
typedef struct source_t {
    const struct text_list_t *texts;
    const struct object_table_t *objects;
} source_t;

static void take(load_t *load, const source_t *from, tokex_rows_t *rows)
{
    const struct text_list_t *list = from->texts;

    if (list)
        *(const char **)push(load, list->list, sizeof(const char *),
                             tokex_db_text(rows, list->owner),
                             list->owner2 ? tokex_db_text(rows, list->owner2) : NULL) =
            text(load, rows, list->column);
    else
        from->objects->take(load, rows);
}

/* `client` NULL: the statement has no parameter. */
static const tokex_err_t *take_rows(load_t *load, const source_t *from, tokex_sql_t statement,
                                    const char *client)
{
    const tokex_bind_t bind = TOKEX_BIND_T("client", client);
    tokex_rows_t *rows;
    bool more = true;

    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, load->db, statement, &bind, client ? 1 : 0, load->scratch));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        take(load, from, rows);
    }
}

static const tokex_err_t *load_source(load_t *load, const source_t *from)
{
    tokex_sql_t all = from->texts ? from->texts->all : from->objects->all;
    tokex_sql_t of_client = from->texts ? from->texts->of_client : from->objects->of_client;
    int i;

    if (!load->clients || of_client == NO_CLIENT)
        return take_rows(load, from, all, NULL);
    for (i = 0; i < load->clients->count; i++)
        TOKEX_RETURN_ERR(take_rows(load, from, of_client, load->clients->items[i]));
    return NULL;
}

static const void *table(const load_t *load, table_t which, int *count)
{
    const apr_array_header_t *array = load->tables[which];

    *count = array->nelts;
    return array->nelts ? array->elts : NULL;
}

static void make_tables(load_t *load)
{
    static const size_t sizes[TABLE_COUNT] = {
        [ISSUERS] = sizeof(tokex_issuer_t),       [MAPPINGS] = sizeof(tokex_mapping_t),
        [PROCEDURES] = sizeof(tokex_procedure_t), [SCOPES] = sizeof(tokex_scope_t),
        [TARGETS] = sizeof(tokex_target_t),       [CLIENTS] = sizeof(tokex_client_t),
        [SIGNING] = sizeof(tokex_signing_t),      [SIGNING_KEYS] = sizeof(tokex_signing_key_t),
    };
    int i;

    for (i = 0; i < TABLE_COUNT; i++)
        load->tables[i] = apr_array_make(load->pool, 16, (int)sizes[i]);
}

const tokex_err_t *tokex_config_rows_load(const tokex_config_t **out, tokex_db_t *db,
                                          const tokex_texts_t *clients, apr_pool_t *result_pool,
                                          apr_pool_t *scratch_pool)
{
    load_t load = {.db = db, .clients = clients, .pool = result_pool, .scratch = scratch_pool};
    tokex_config_t *config = apr_pcalloc(result_pool, sizeof *config);
    int i;

    make_tables(&load);
    for (i = 0; i < COUNT(text_lists); i++)
        TOKEX_RETURN_ERR(load_source(&load, &(source_t){.texts = &text_lists[i]}));
    for (i = 0; i < COUNT(object_tables); i++)
        TOKEX_RETURN_ERR(load_source(&load, &(source_t){.objects = &object_tables[i]}));
    config->issuers = table(&load, ISSUERS, &config->issuer_count);
    config->mappings = table(&load, MAPPINGS, &config->mapping_count);
    config->procedures = table(&load, PROCEDURES, &config->procedure_count);
    config->scopes = table(&load, SCOPES, &config->scope_count);
    config->targets = table(&load, TARGETS, &config->target_count);
    config->clients = table(&load, CLIENTS, &config->client_count);
    config->signing = table(&load, SIGNING, &config->signing_count);
    config->signing_keys = table(&load, SIGNING_KEYS, &config->signing_key_count);
    *out = config;
    return NULL;
}
