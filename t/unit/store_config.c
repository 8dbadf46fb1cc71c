#include "store_save.h"

#include "config/document.h"
#include "store/db_private.h"

#define EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define TEXTS(...)                                                                                 \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__},                                                        \
            (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))               \
    }

/* Every field has a value that is not its default, every list more than one element and an order
 * that sorting would change. */
static const tokex_issuer_key_t keys[] = {
    {.pem = "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"},
    {.jwk = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"AA\"}"},
};
static const tokex_pair_t pairs[] = {{"a b", "x"}, {"c", "'; --"}};
static const tokex_mapping_row_t mapping_rows[] = {
    {.source = "actor",
     .from = "org\\.unit.id",
     .transform = "table",
     .table = pairs,
     .table_count = 2,
     .type = "text",
     .if_missing = "default",
     .default_value = "none at all",
     .to = "z",
     .name = "Unit of the actor"},
    {.source = "subject",
     .from = "email",
     .transform = "lower",
     .type = "any",
     .if_missing = "refuse",
     .to = "a"},
};
static const tokex_mapping_t mappings[] = {
    {.id = "m1", .name = "Mapping one", .rows = mapping_rows, .row_count = 2},
    {.id = "m2", .name = "Mapping two"},
};
static const tokex_procedure_t procedures[] = {
    {.id = "p1",
     .name = "Procedure one",
     .enabled = true,
     .source = "-- '; --\r\nfunction exchange(r)\n\treturn tokex.OK\nend\n"},
    {.id = "p2", .name = "Procedure two", .source = "\xc3\xa4"},
};
static const tokex_scope_t scopes[] = {
    {.id = "a", .description = "Scope \xc3\xa4", .roles = TEXTS("two words", "a")},
    {.id = "b", .sensitive = true},
    {.id = "c", .description = "'; --"}};
static const tokex_condition_t conditions[] = {
    {"z", "one_of", TEXTS("two words", "a", "\xc3\xa4")},
    {"a\\.b", "is", TEXTS("one")},
};
static const tokex_condition_t marks[] = {{"kind", "glob", TEXTS("bot-*", "*@machines")}};
static const tokex_scope_row_t scope_map[] = {{"x:read", "a"}, {"x:write", "b"}};
static const tokex_issuer_t issuers[] = {
    {.id = "i1",
     .name = "Issuer one",
     .description = "Partners; \xc3\xa4",
     .issuer = "https://one.example",
     .enabled = true,
     .token_types = TEXTS("jwt", "access_token"),
     .algorithms = TEXTS("ES384", "RS256"),
     .audiences = TEXTS("us", "also us"),
     .typ = "at+jwt",
     .leeway = 7,
     .max_age = 86400,
     .assertion_max_age = 61,
     .one_time = true,
     .scope_claim = "permissions",
     .mapping = "m1",
     .keys = keys,
     .key_count = 2,
     .jwks_urls = TEXTS("https://one.example/z?x=1", "https://one.example/a"),
     .metadata_url = "https://one.example/.well-known/openid-configuration",
     .keys_refresh = 61,
     .keys_stale = 0,
     .introspection_url = "https://one.example/introspect",
     .introspection_client_id = "us at one",
     .introspection_sealed = "1.sealed",
     .introspection_auth = "post",
     .userinfo_url = "https://one.example/userinfo",
     .opaque_cache = 0,
     .opaque_lifetime = 86400,
     .conditions = conditions,
     .condition_count = 2,
     .machine_marks = marks,
     .machine_mark_count = 1,
     .default_machine_marks = false,
     .scope_map = scope_map,
     .scope_map_count = 2,
     .accept_may_act = true,
     .implicit_linking = true,
     .lookup_primary = "email",
     .lookup_secondary = "a name",
     .authoritative_for = TEXTS("a name", "username"),
     .link_privileged = true,
     .unlink_by_users_only = true},
    {.id = "i2",
     .name = "Issuer two",
     .issuer = "https://two.example",
     .enabled = false,
     .token_types = TEXTS("id_token"),
     .algorithms = TEXTS("EdDSA"),
     .typ = "any",
     .assertion_max_age = 3600,
     .keys_refresh = 86400,
     .keys_stale = 2592000,
     .introspection_auth = "basic",
     .opaque_cache = 300,
     .opaque_lifetime = 1,
     .default_machine_marks = true},
};
static const tokex_target_t targets[] = {
    {.id = "t1",
     .name = "Target one",
     .enabled = true,
     .audience = "https://api.example",
     .resources = TEXTS("https://api.example/z", "https://api.example/a"),
     .scopes = TEXTS("c", "a"),
     .lifetime = 60,
     .token_format = "opaque"},
    {.id = "t2",
     .name = "Target two",
     .enabled = false,
     .audience = "two",
     .lifetime = 1,
     .algorithm = "EdDSA",
     .token_format = "jwt"},
};
static const tokex_secret_t secrets[] = {
    {.id = "s1",
     .sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
     .created = NOW,
     .expires = NOW + 5},
    {.id = "s2",
     .sha256 = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
     .created = NOW + 1},
};
static const tokex_actor_t actors[] = {{"self", "gateway-*"}, {"i1", "b"}, {"i1", "a"}};
static const tokex_rule_t rules[] = {
    {.id = "z",
     .enabled = true,
     .issuers = TEXTS("i2", "self", "i1"),
     .targets = TEXTS("t2", "t1"),
     .default_target = "t1",
     .scope_mode = "widen",
     .sensitive_scopes = TEXTS("c", "b"),
     .conditions = conditions,
     .condition_count = 2,
     .delegation = true,
     .client_as_actor = true,
     .actors = actors,
     .actor_count = 3,
     .max_actors = 7,
     .machine_tokens = true,
     .narrow_audience = true,
     .scopes_when_absent = TEXTS("b", "a"),
     .lifetime = 30,
     .procedure = "p1",
     .procedure_lifetime = 86400,
     .procedure_scopes = TEXTS("c", "a")},
    {.id = "a",
     .enabled = false,
     .issuers = TEXTS("i1"),
     .targets = TEXTS("t1"),
     .scope_mode = "narrow",
     .impersonation = true,
     .max_actors = 1},
};
static const tokex_rule_t other_rules[] = {
    {.id = "z",
     .enabled = true,
     .issuers = TEXTS("i2"),
     .targets = TEXTS("t2"),
     .scope_mode = "narrow",
     .max_actors = 1},
};
static const tokex_property_t properties[] = {{"cost centre", "12"}, {"tier", "gold"}};
static const tokex_client_t clients[] = {
    {.id = "c1",
     .name = "Client one",
     .description = "Takes orders",
     .contacts = TEXTS("orders@example.org", "Mira, on call"),
     .enabled = true,
     .grant_types = TEXTS(EXCHANGE),
     .scopes = TEXTS("b", "a"),
     .secrets = secrets,
     .secret_count = 2,
     .rules = rules,
     .rule_count = 2,
     .properties = properties,
     .property_count = 2,
     .opaque_issuer = "i1",
     .local_attributes = true,
     .mandate_account = true,
     .token_format = "opaque",
     .procedure = "p2"},
    {.id = "c2",
     .name = "Client two",
     .enabled = false,
     .rules = other_rules,
     .rule_count = 1,
     .token_format = "jwt"},
};
static const tokex_signing_key_t signing_keys[] = {
    {"k1", "ES256", NOW, NOW + 5, 0, "{\"kty\":\"EC\"}", "1.abc"},
    {"k2", "RS256", NOW - 1, NOW, NOW + 7, "{\"kty\":\"RSA\"}", "1.def"},
};
static const tokex_signing_t signing[] = {{"ES256", false, 0, 86400},
                                          {"RS256", true, 7776000, 3600}};

static tokex_config_t whole(void)
{
    return (tokex_config_t){.issuers = issuers,
                            .issuer_count = 2,
                            .mappings = mappings,
                            .mapping_count = 2,
                            .procedures = procedures,
                            .procedure_count = 2,
                            .scopes = scopes,
                            .scope_count = 3,
                            .targets = targets,
                            .target_count = 2,
                            .clients = clients,
                            .client_count = 2,
                            .signing = signing,
                            .signing_count = 2,
                            .signing_keys = signing_keys,
                            .signing_key_count = 2};
}

static const char *document(const tokex_config_t *config, apr_pool_t *pool)
{
    return tokex_document_write(config, true, NULL, pool);
}

static const tokex_config_t *load(tokex_db_t *db, int64_t *generation, apr_pool_t *pool)
{
    const tokex_config_t *config = NULL;

    assert_success(tokex_config_store_load(&config, generation, db, pool, pool));
    return config;
}

static void test_everything_comes_back_as_it_was_saved(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_config_t config = whole();
    const tokex_config_t *found;
    int64_t generation;

    assert_success(save_config(db, &config, 0, pool));
    found = load(db, &generation, pool);
    assert_int_equal(generation, 1);
    assert_string_equal(document(found, pool), document(&config, pool));
}

static void test_the_order_of_lists_is_kept(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_config_t config = whole();
    const tokex_config_t *found;
    const tokex_rule_t *rule;

    assert_success(save_config(db, &config, 0, pool));
    found = load(db, NULL, pool);
    assert_string_equal(found->clients[0].rules[0].id, "z");
    assert_string_equal(found->clients[0].rules[1].id, "a");
    assert_string_equal(found->issuers[0].algorithms.items[0], "ES384");
    assert_string_equal(found->issuers[0].audiences.items[0], "us");
    assert_string_equal(found->issuers[0].jwks_urls.items[0], "https://one.example/z?x=1");
    assert_non_null(found->issuers[0].keys[0].pem);
    assert_null(found->issuers[0].keys[0].jwk);
    assert_string_equal(found->mappings[0].rows[0].from, "org\\.unit.id");
    assert_string_equal(found->issuers[0].conditions[0].claim, "z");
    assert_string_equal(found->issuers[0].conditions[0].values.items[0], "two words");
    assert_string_equal(found->targets[0].resources.items[0], "https://api.example/z");
    rule = &found->clients[0].rules[0];
    assert_string_equal(rule->issuers.items[0], "i2");
    assert_string_equal(rule->targets.items[0], "t2");
    assert_string_equal(rule->issuers.items[1], "self");
    assert_string_equal(rule->scopes_when_absent.items[0], "b");
    assert_string_equal(rule->sensitive_scopes.items[0], "c");
    assert_string_equal(rule->conditions[1].claim, "a\\.b");
    assert_string_equal(rule->actors[0].issuer, "self");
    assert_string_equal(rule->actors[1].subject, "b");
}

static void test_rules_of_one_name_belong_to_their_clients(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_config_t config = whole();
    const tokex_config_t *found;

    assert_success(save_config(db, &config, 0, pool));
    found = load(db, NULL, pool);
    assert_int_equal(found->clients[0].rules[0].issuers.count, 3);
    assert_int_equal(found->clients[1].rules[0].issuers.count, 1);
    assert_string_equal(found->clients[1].rules[0].issuers.items[0], "i2");
    assert_false(found->clients[1].enabled);
    assert_null(found->clients[1].secrets);
}

static void test_an_empty_configuration_replaces_everything(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_config_t config = whole(), empty = {0};
    const tokex_config_t *found;
    int64_t generation;

    assert_success(save_config(db, &config, 0, pool));
    assert_success(save_config(db, &empty, 1, pool));
    found = load(db, &generation, pool);
    assert_int_equal(generation, 2);
    assert_memory_equal(found, &empty, sizeof empty);
}

static void test_a_change_made_from_an_old_state_is_a_conflict(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_config_t config = whole(), empty = {0};
    int64_t generation;

    assert_success(save_config(db, &config, 0, pool));
    assert_code(save_config(db, &empty, 0, pool), TOKEX_E_CONFLICT);
    assert_code(save_config(db, &empty, 2, pool), TOKEX_E_CONFLICT);
    assert_int_equal(load(db, &generation, pool)->issuer_count, 2);
    assert_int_equal(generation, 1);
}

static void test_a_broken_reference_changes_nothing(void **state)
{
    const tokex_actor_t nobody[] = {{"nowhere", "a"}};
    const tokex_rule_t broken[] = {
        {.id = "z",
         .issuers = TEXTS("i2"),
         .targets = TEXTS("nowhere"),
         .scope_mode = "narrow",
         .max_actors = 1},
        {.id = "z",
         .issuers = TEXTS("selves"),
         .targets = TEXTS("t1"),
         .scope_mode = "narrow",
         .max_actors = 1},
        {.id = "z",
         .issuers = TEXTS("i2"),
         .targets = TEXTS("t1"),
         .scope_mode = "narrow",
         .max_actors = 1,
         .sensitive_scopes = TEXTS("nowhere")},
        {.id = "z",
         .issuers = TEXTS("i2"),
         .targets = TEXTS("t1"),
         .scope_mode = "narrow",
         .max_actors = 1,
         .actors = nobody,
         .actor_count = 1},
    };
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_config_t config = whole(), changed = whole();
    int64_t generation;
    size_t i;

    assert_success(save_config(db, &config, 0, pool));
    for (i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        const tokex_client_t client = {
            .id = "c2", .name = "Client two", .rules = &broken[i], .rule_count = 1};

        changed.clients = &client;
        changed.client_count = 1;
        assert_code(save_config(db, &changed, 1, pool), TOKEX_E_DB_QUERY);
    }
    assert_string_equal(document(load(db, &generation, pool), pool), document(&config, pool));
    assert_int_equal(generation, 1);
    assert_success(save_config(db, &config, 1, pool));
}

/* It may be a condition, without which more would be allowed. */
static void test_a_row_that_belongs_to_nothing_is_damage(void **state)
{
    static const char *const rows[] = {
        "INSERT INTO rule_condition (client, rule, position, claim, test, wanted)"
        " VALUES ('c1', 'nobody', 0, 'a', 'is', 'b')",
        "INSERT INTO client_scope (client, position, scope) VALUES ('nobody', 0, 'a')",
        "INSERT INTO issuer_condition (issuer, position, claim, test, wanted)"
        " VALUES ('a', 0, 'a', 'is', 'b')",
        "INSERT INTO mapping_pair (mapping, claim_to, value_from, value_to)"
        " VALUES ('m2', 'z', 'a', 'b')",
    };
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_config_t config = whole();
    const tokex_config_t *found;
    size_t i;

    assert_success(save_config(db, &config, 0, pool));
    assert_success(tokex_db_script(db, "PRAGMA foreign_keys = OFF;", pool));
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_success(tokex_db_script(db, "SAVEPOINT one;", pool));
        assert_success(tokex_db_script(db, rows[i], pool));
        assert_code(tokex_config_rows_load(&found, db, NULL, pool, pool), TOKEX_E_DB_CORRUPT);
        assert_success(tokex_db_script(db, "ROLLBACK TO one; RELEASE one;", pool));
    }
    assert_string_equal(document(load(db, NULL, pool), pool), document(&config, pool));
}

/* ---- Single objects */

/* `config` with its one client `i` and nothing else of clients. */
static void assert_client_alone(tokex_db_t *db, const char *id, apr_pool_t *pool)
{
    const tokex_texts_t one = {&id, 1};
    const tokex_config_t *part;
    tokex_config_t expected = whole();
    int i;

    assert_success(tokex_config_rows_load(&part, db, &one, pool, pool));
    assert_int_equal(part->client_count, 1);
    for (i = 0; strcmp(clients[i].id, id) != 0; i++)
        ;
    expected.clients = &clients[i];
    expected.client_count = 1;
    assert_string_equal(document(part, pool), document(&expected, pool));
}

static void test_one_client_is_read_without_the_others(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    const char *nobody = "nobody";
    const tokex_texts_t none = {&nobody, 1};
    const tokex_config_t *part;
    tokex_config_t config = whole();

    assert_success(save_config(db, &config, 0, pool));
    assert_client_alone(db, "c1", pool);
    assert_client_alone(db, "c2", pool);
    assert_success(tokex_config_rows_load(&part, db, &none, pool, pool));
    assert_int_equal(part->client_count, 0);
    assert_int_equal(part->issuer_count, 2);
}

static void test_names_and_references_change_hands_in_one_change(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_config_t config = whole();
    tokex_client_t exchanged[] = {clients[0], clients[1]};
    tokex_issuer_t renamed[] = {issuers[0], issuers[1]};
    tokex_target_t moved[] = {targets[0], targets[1]};
    tokex_mapping_t fresh = {.id = "m3", .name = "Mapping one"};
    const tokex_mapping_t gone = {.id = "m1"};
    tokex_config_delta_t delta = {.gone = {.mappings = &gone, .mapping_count = 1},
                                  .fresh = {.mappings = &fresh, .mapping_count = 1},
                                  .changed = {.clients = exchanged,
                                              .client_count = 2,
                                              .issuers = renamed,
                                              .issuer_count = 2,
                                              .targets = moved,
                                              .target_count = 2}};
    const tokex_config_t *found;

    assert_success(save_config(db, &config, 0, pool));
    exchanged[0].name = clients[1].name;
    exchanged[1].name = clients[0].name;
    renamed[0].issuer = issuers[1].issuer;
    renamed[1].issuer = issuers[0].issuer;
    renamed[0].mapping = "m3";
    moved[0].audience = targets[1].audience;
    moved[1].audience = targets[0].audience;
    moved[0].resources = targets[1].resources;
    moved[1].resources = targets[0].resources;
    assert_success(tokex_db_begin(db, true, pool));
    assert_success(tokex_config_rows_change(db, &delta, pool));
    assert_success(tokex_db_commit(db, pool));
    assert_success(tokex_db_check(db, pool));
    found = load(db, NULL, pool);
    config.clients = exchanged;
    config.issuers = renamed;
    config.targets = moved;
    config.mappings = (const tokex_mapping_t[]){mappings[1], fresh};
    assert_string_equal(document(found, pool), document(&config, pool));
}

static void test_what_others_refer_to_cannot_be_removed(void **state)
{
    const tokex_issuer_t issuer = {.id = "i1"};
    const tokex_target_t target = {.id = "t1"};
    const tokex_scope_t scope = {.id = "a"};
    const tokex_mapping_t mapping = {.id = "m1"};
    const tokex_config_delta_t deltas[] = {
        {.gone = {.issuers = &issuer, .issuer_count = 1}},
        {.gone = {.targets = &target, .target_count = 1}},
        {.gone = {.scopes = &scope, .scope_count = 1}},
        {.gone = {.mappings = &mapping, .mapping_count = 1}},
        {.gone = {.procedures = &procedures[0], .procedure_count = 1}},
        {.gone = {.procedures = &procedures[1], .procedure_count = 1}},
    };
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_config_t config = whole();
    size_t i;

    assert_success(save_config(db, &config, 0, pool));
    for (i = 0; i < sizeof deltas / sizeof deltas[0]; i++) {
        assert_success(tokex_db_begin(db, true, pool));
        assert_code(tokex_config_rows_change(db, &deltas[i], pool), TOKEX_E_DB_QUERY);
        tokex_db_rollback(db);
    }
    assert_string_equal(document(load(db, NULL, pool), pool), document(&config, pool));
}

/* A database as version 1 left it, with a row in each table that version 2 changes. */
static const char version_1[] =
    "INSERT INTO scope (id, description) VALUES ('a', 'A');"
    "INSERT INTO mapping (id, name) VALUES ('m', 'M');"
    "INSERT INTO mapping_row (mapping, position, claim_from, claim_to)"
    " VALUES ('m', 0, 'https://a.example/x\\y', 'x'), ('m', 1, 'email', 'mail');"
    "INSERT INTO issuer (id, name, issuer, enabled, token_types, algorithms, typ, leeway, max_age,"
    " allow_expired_certificates, mapping)"
    " VALUES ('i', 'I', 'https://i.example', 1, 'jwt', 'ES256', 'any', 0, 0, 0, 'm');"
    "INSERT INTO target (id, name, enabled, audience, lifetime) VALUES ('t', 'T', 1, 't', 60);"
    "INSERT INTO client (id, name, enabled, grant_types) VALUES ('c', 'C', 1, '" EXCHANGE "');"
    "INSERT INTO rule (client, id, position, enabled, default_target, scope_mode, lifetime)"
    " VALUES ('c', 'r', 0, 1, 't', 'narrow', 0);"
    "INSERT INTO rule_issuer (client, rule, position, issuer) VALUES ('c', 'r', 0, 'i');"
    "INSERT INTO rule_target (client, rule, position, target) VALUES ('c', 'r', 0, 't');"
    "INSERT INTO schema_version (version, applied) VALUES (1, 1);";

static tokex_db_t *make_version_1(place_t *place, apr_pool_t *pool)
{
    tokex_db_t *db = NULL;

    assert_success(tokex_db_open(&db, path_of(place, TOKEX_DB_CONFIG), TOKEX_DB_CONFIG,
                                 TOKEX_DB_CREATE, true, pool));
    assert_string_equal(tokex_sql_text_migrations[0].database, "config");
    assert_int_equal(tokex_sql_text_migrations[0].version, 1);
    assert_success(tokex_db_script(db, tokex_sql_text_migrations[0].text, pool));
    assert_success(tokex_db_script(db, version_1, pool));
    return db;
}

static void test_a_database_of_version_1_keeps_what_it_meant(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_version_1(place, pool);
    const tokex_config_t *found;
    const tokex_rule_t *rule;
    const tokex_mapping_row_t *row;
    int applied;

    assert_success(tokex_db_migrate(&applied, db, NOW, pool));
    assert_int_equal(applied, tokex_db_schema_known(TOKEX_DB_CONFIG) - 1);
    assert_success(tokex_db_check(db, pool));
    found = load(db, NULL, pool);
    row = found->mappings[0].rows;
    assert_string_equal(row[0].from, "https://a\\.example/x\\\\y");
    assert_string_equal(row[0].source, "subject");
    assert_string_equal(row[0].transform, "copy");
    assert_string_equal(row[0].type, "any");
    assert_string_equal(row[0].if_missing, "skip");
    assert_null(row[0].default_value);
    assert_string_equal(row[1].from, "email");
    assert_false(found->scopes[0].sensitive);
    assert_true(found->issuers[0].default_machine_marks);
    assert_false(found->issuers[0].accept_may_act);
    assert_int_equal(found->issuers[0].assertion_max_age, 300);
    assert_false(found->issuers[0].one_time);
    assert_null(found->issuers[0].description);
    assert_null(found->clients[0].description);
    assert_int_equal(found->clients[0].contacts.count, 0);
    assert_false(found->issuers[0].implicit_linking);
    assert_null(found->issuers[0].lookup_primary);
    assert_false(found->clients[0].local_attributes);
    assert_string_equal(found->clients[0].token_format, "jwt");
    assert_string_equal(found->targets[0].token_format, "jwt");
    assert_int_equal(found->scopes[0].roles.count, 0);
    rule = &found->clients[0].rules[0];
    assert_int_equal(rule->issuers.count, 1);
    assert_true(rule->impersonation);
    assert_false(rule->delegation);
    assert_false(rule->client_as_actor);
    assert_int_equal(rule->max_actors, 4);
    assert_false(rule->machine_tokens);
    assert_false(rule->narrow_audience);
    assert_success(save_config(db, found, 0, pool));
}

/* What version 2 brought, in a database of that version. */
static const char version_2[] =
    "INSERT INTO issuer_key (issuer, position, jwk, pem) VALUES ('i', 0, '{}', NULL);"
    "INSERT INTO issuer_audience (issuer, position, audience) VALUES ('i', 0, 'us');"
    "INSERT INTO issuer_condition (issuer, position, claim, test, wanted)"
    " VALUES ('i', 0, 'a', 'is', 'b');"
    "INSERT INTO schema_version (version, applied) VALUES (2, 1);";

static void
test_a_database_of_version_2_keeps_its_issuers_which_have_no_places_of_keys(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_version_1(place, pool);
    const tokex_issuer_t *issuer;
    const tokex_config_t *found;
    int applied;

    assert_int_equal(tokex_sql_text_migrations[1].version, 2);
    assert_success(tokex_db_script(db, tokex_sql_text_migrations[1].text, pool));
    assert_success(tokex_db_script(db, version_2, pool));
    assert_success(tokex_db_migrate(&applied, db, NOW, pool));
    assert_int_equal(applied, tokex_db_schema_known(TOKEX_DB_CONFIG) - 2);
    assert_success(tokex_db_check(db, pool));
    found = load(db, NULL, pool);
    assert_int_equal(found->issuer_count, 1);
    issuer = found->issuers;
    assert_string_equal(issuer->issuer, "https://i.example");
    assert_int_equal(issuer->key_count, 1);
    assert_string_equal(issuer->audiences.items[0], "us");
    assert_string_equal(issuer->conditions[0].claim, "a");
    assert_int_equal(issuer->jwks_urls.count, 0);
    assert_null(issuer->metadata_url);
    assert_int_equal(issuer->keys_refresh, 3600);
    assert_int_equal(issuer->keys_stale, 86400);
    assert_null(issuer->introspection_url);
    assert_string_equal(issuer->introspection_auth, "basic");
    assert_int_equal(issuer->opaque_cache, 60);
    assert_int_equal(issuer->opaque_lifetime, 300);
    assert_success(save_config(db, found, 0, pool));
}

/* Keys as they were when a state stood beside each. */
static const char states[] =
    "INSERT INTO signing_key (kid, algorithm, state, created, public_jwk, sealed)"
    " VALUES ('k1', 'RS256', 'retired', 100, '{\"kty\":\"RSA\"}', '1.a'),"
    " ('k2', 'ES256', 'retired', 200, '{\"kty\":\"EC\"}', '1.b'),"
    " ('k3', '%s', 'active', 300, '{\"kty\":\"EC\"}', '1.c');";

static const tokex_config_t *migrated_from_states(place_t *place, const char *active)
{
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_version_1(place, pool);
    int applied;

    assert_success(tokex_db_script(db, apr_psprintf(pool, states, active), pool));
    assert_success(tokex_db_migrate(&applied, db, NOW, pool));
    assert_success(tokex_db_check(db, pool));
    return load(db, NULL, pool);
}

static void test_states_of_signing_keys_become_times(void **state)
{
    const tokex_config_t *found = migrated_from_states(*state, "ES256");
    int i;

    assert_int_equal(found->signing_key_count, 3);
    for (i = 0; i < 3; i++) {
        assert_int_equal(found->signing_keys[i].created, 100 * (i + 1));
        assert_int_equal(found->signing_keys[i].activates, 100 * (i + 1));
        assert_int_equal(found->signing_keys[i].retired, i == 2 ? 0 : 300);
    }
    assert_string_equal(found->signing_keys[2].sealed, "1.c");
    assert_string_equal(found->signing_keys[2].public_jwk, "{\"kty\":\"EC\"}");
    assert_int_equal(found->signing_count, 0);
    assert_null(found->targets[0].algorithm);
}

static void test_what_signed_before_the_migration_signs_afterwards(void **state)
{
    const tokex_config_t *found = migrated_from_states(*state, "EdDSA");

    assert_int_equal(found->signing_count, 1);
    assert_string_equal(found->signing[0].algorithm, "EdDSA");
    assert_true(found->signing[0].preferred);
    assert_int_equal(found->signing[0].rotate_every, 0);
}

static void test_a_reader_sees_the_old_or_the_new_and_nothing_between(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *writer = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_db_t *reader = open_db(place, TOKEX_DB_CONFIG, TOKEX_DB_READ, pool);
    const tokex_bind_t half[] = {TOKEX_BIND_T("id", "s"), TOKEX_BIND_T("description", "S"),
                                 TOKEX_BIND_I("sensitive", 0), TOKEX_BIND_T("roles", "")};
    tokex_config_t config = whole();
    int64_t generation;

    assert_success(tokex_db_begin(writer, true, pool));
    assert_success(tokex_db_run(writer, TOKEX_SQL_CONFIG_SCOPE_PUT, half, 4, NULL, pool));
    assert_int_equal(load(reader, &generation, pool)->scope_count, 0);
    assert_success(tokex_db_commit(writer, pool));
    assert_int_equal(load(reader, &generation, pool)->scope_count, 1);
    assert_success(save_config(writer, &config, 0, pool));
    assert_string_equal(document(load(reader, &generation, pool), pool), document(&config, pool));
    assert_int_equal(generation, 1);
}

static const char *saved(const char *path, int64_t *generation, apr_pool_t *pool)
{
    tokex_db_t *db = NULL;

    assert_success(tokex_db_open(&db, path, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, pool));
    return document(load(db, generation, pool), pool);
}

static void test_a_copy_is_the_whole_of_one_generation(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    const char *path = apr_pstrcat(pool, place->dir, "/last-good.db", NULL);
    tokex_db_t *writer = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_db_t *reader = open_db(place, TOKEX_DB_CONFIG, TOKEX_DB_PEEK, pool);
    tokex_config_t config = whole(), none = {0};
    int64_t generation;
    struct stat info;
    mode_t before = umask(0);

    assert_success(save_config(writer, &config, 0, pool));
    assert_success(tokex_config_store_copy(reader, 1, path, pool));
    umask(before);
    assert_string_equal(saved(path, &generation, pool), document(&config, pool));
    assert_int_equal(generation, 1);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    /* Neither the next generation nor anything of it under the name of this one. */
    assert_success(save_config(writer, &none, 1, pool));
    assert_code(tokex_config_store_copy(reader, 1, path, pool), TOKEX_E_CONFLICT);
    assert_string_equal(saved(path, &generation, pool), document(&config, pool));
    assert_int_equal(access(apr_pstrcat(pool, path, ".new", NULL), F_OK), -1);
    assert_success(tokex_config_store_copy(reader, 2, path, pool));
    assert_string_equal(saved(path, &generation, pool), document(&none, pool));
    assert_int_equal(generation, 2);
}

static void test_what_a_killed_copy_left_does_not_stand_in_the_way(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    const char *path = apr_pstrcat(pool, place->dir, "/last-good.db", NULL);
    tokex_db_t *db = make_db(place, TOKEX_DB_CONFIG, pool);
    FILE *left = fopen(apr_pstrcat(pool, path, ".new", NULL), "w");
    int64_t generation;

    assert_non_null(left);
    fclose(left);
    assert_success(tokex_config_store_copy(db, 0, path, pool));
    saved(path, &generation, pool);
    assert_int_equal(generation, 0);
}

static void test_a_reader_notices_a_change(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *writer = make_db(place, TOKEX_DB_CONFIG, pool);
    tokex_db_t *reader = open_db(place, TOKEX_DB_CONFIG, TOKEX_DB_PEEK, pool);
    tokex_config_t config = whole();
    int64_t before, after, generation;

    assert_success(tokex_db_data_version(&before, reader, pool));
    assert_success(tokex_db_data_version(&after, reader, pool));
    assert_int_equal(before, after);
    assert_success(save_config(writer, &config, 0, pool));
    assert_success(tokex_db_data_version(&after, reader, pool));
    assert_int_not_equal(before, after);
    assert_success(tokex_config_store_generation(&generation, reader, pool));
    assert_int_equal(generation, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_everything_comes_back_as_it_was_saved),
        WITH_PLACE(test_the_order_of_lists_is_kept),
        WITH_PLACE(test_rules_of_one_name_belong_to_their_clients),
        WITH_PLACE(test_an_empty_configuration_replaces_everything),
        WITH_PLACE(test_a_change_made_from_an_old_state_is_a_conflict),
        WITH_PLACE(test_a_broken_reference_changes_nothing),
        WITH_PLACE(test_a_row_that_belongs_to_nothing_is_damage),
        WITH_PLACE(test_one_client_is_read_without_the_others),
        WITH_PLACE(test_names_and_references_change_hands_in_one_change),
        WITH_PLACE(test_what_others_refer_to_cannot_be_removed),
        WITH_PLACE(test_a_database_of_version_1_keeps_what_it_meant),
        WITH_PLACE(test_a_database_of_version_2_keeps_its_issuers_which_have_no_places_of_keys),
        WITH_PLACE(test_states_of_signing_keys_become_times),
        WITH_PLACE(test_what_signed_before_the_migration_signs_afterwards),
        WITH_PLACE(test_a_reader_sees_the_old_or_the_new_and_nothing_between),
        WITH_PLACE(test_a_copy_is_the_whole_of_one_generation),
        WITH_PLACE(test_what_a_killed_copy_left_does_not_stand_in_the_way),
        WITH_PLACE(test_a_reader_notices_a_change),
    };
    return cmocka_run_group_tests_name("store/config", tests, start, stop);
}
