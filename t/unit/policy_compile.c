#include "policy_fixture.h"

static void
test_a_sound_configuration_compiles_without_a_word_but_the_missing_signing_key(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_t *policy = compile_good(f, &parts);
    const tokex_policy_issuer_t *a = tokex_policy_issuer(policy, "https://a.example");
    const tokex_policy_client_t *c = tokex_policy_client(policy, "c");
    assert_int_equal(f->faults->count, 2);
    assert_warning(f, "issuer \"b\": field keys: the issuer has no key");
    assert_warning(f, "document: field signing_keys: there is no signing key");
    assert_string_equal(a->config->id, "a");
    assert_int_equal(a->token_types,
                     TOKEX_TYPE_ACCESS_TOKEN | TOKEX_TYPE_JWT | TOKEX_TYPE_ID_TOKEN);
    assert_int_equal(a->algs, TOKEX_ALG_BIT(TOKEX_ALG_RS256) | TOKEX_ALG_BIT(TOKEX_ALG_ES256) |
                                  TOKEX_ALG_BIT(TOKEX_ALG_EDDSA) | TOKEX_ALG_BIT(TOKEX_ALG_PS256));
    assert_int_equal(a->typ, TOKEX_TYP_ANY);
    assert_int_equal(a->number, 0);
    assert_null(a->keys);
    assert_string_equal(a->mapping->rows[0].config->to, "mail");
    assert_true(c->may_exchange);
    assert_int_equal(c->secret_count, 1);
    assert_int_equal(c->secrets[0].sha256[0], 0);
    assert_int_equal(c->secrets[0].sha256[31], 1);
    assert_int_equal(c->scopes.count, 2);
    assert_int_equal(c->rule_count, 1);
    assert_ptr_equal(c->rules[0].issuers[0], a);
    assert_ptr_equal(c->rules[0].default_target, tokex_policy_audience(policy, "orders"));
}

static void test_the_example_compiles(void **state)
{
    fixture_t *f = *state;
    apr_size_t len;
    const tokex_config_t *config = read_good(f, source_file(f, "t/data/example.json", &len));
    tokex_client_t *client = apr_pmemdup(f->pool, config->clients, sizeof(*client));
    tokex_config_t *made;
    tokex_secret_t secret = config->clients[0].secrets[0];
    /* What an import does with a secret that is to be made. */
    assert_true(secret.generate);
    secret.generate = false;
    secret.sha256 = SHA_1;
    client->secrets = &secret;
    made = apr_pmemdup(f->pool,
                       tokex_normalise_config(config, NOW, f->crypt, f->faults, f->pool, f->pool),
                       sizeof(*made));
    made->clients = client;
    assert_non_null(compile_config(f, made));
    assert_int_equal(f->faults->count, 1);
    assert_warning(f, "there is no signing key");
}

static void test_AS_4_lookups_compare_octet_by_octet(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_t *policy = compile_good(f, &parts);
    assert_non_null(tokex_policy_issuer(policy, "https://a.example"));
    assert_null(tokex_policy_issuer(policy, "https://a.example/"));
    assert_null(tokex_policy_issuer(policy, "https://A.example"));
    assert_null(tokex_policy_issuer(policy, "a"));
    assert_non_null(tokex_policy_client(policy, "c"));
    assert_null(tokex_policy_client(policy, "C"));
    assert_null(tokex_policy_client(policy, ""));
}

static void test_targets_are_found_by_id_audience_and_resource(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_t *policy = compile_good(f, &parts);
    const tokex_policy_target_t *orders = tokex_policy_audience(policy, "orders");
    assert_non_null(orders);
    assert_ptr_equal(tokex_policy_audience(policy, "https://orders.example"), orders);
    assert_ptr_equal(tokex_policy_resource(policy, "https://orders.example/v1"), orders);
    assert_ptr_equal(tokex_policy_resource(policy, "urn:orders"), orders);
    assert_null(tokex_policy_resource(policy, "https://orders.example"));
    assert_null(tokex_policy_resource(policy, "orders"));
    assert_null(tokex_policy_audience(policy, "urn:orders"));
    assert_null(tokex_policy_audience(policy, "Orders"));
}

static void test_AS_3_names_are_unique(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example'},"
                    "{'id':'b','name':'A','issuer':'https://b.example'}";
    parts.mappings = parts.targets = parts.clients = "";
    assert_only_error(f, &parts,
                      "issuer \"b\": field name: \"A\": the issuer \"a\" has this name already.");
    parts = good_parts(f);
    parts.clients = CLIENT_OF("") ",{'id':'d','name':'C'}";
    assert_only_error(f, &parts, "client \"d\": field name: \"C\": the client \"c\" has this name");
    parts = good_parts(f);
    parts.targets = TARGETS ",{'id':'t','name':'Bills','audience':'t'}";
    assert_only_error(f, &parts, "target \"t\": field name: \"Bills\"");
    parts = good_parts(f);
    parts.mappings = "{'id':'m','name':'M'},{'id':'n','name':'M'}";
    assert_only_error(f, &parts, "mapping \"n\": field name: \"M\"");
}

static void test_scopes_of_sessions_are_never_ours(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.scopes = "{'id':'read'},{'id':'write'},{'id':'bill'},{'id':'openid'}";
    assert_only_error(f, &parts, "scope \"openid\": field id: this scope is never granted");
    parts.scopes = "{'id':'read'},{'id':'write'},{'id':'bill'},{'id':'offline_access'}";
    assert_only_error(f, &parts, "scope \"offline_access\": field id");
}

static void test_references_that_lead_nowhere_are_refused(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = apr_pstrcat(f->pool, parts.issuers,
                                ",{'id':'x','name':'X','issuer':'https://x.example',"
                                "'mapping':'nomap'}",
                                NULL);
    parts.targets = TARGETS ",{'id':'t','name':'T','audience':'t','scopes':['noscope1']}";
    parts.clients = "{'id':'c','name':'C','scopes':['noscope2'],'rules':[{'id':'r',"
                    "'issuers':['a','noissuer'],'targets':['notarget','orders'],"
                    "'default_target':'bills','scopes_when_absent':['noscope3']}]}";
    assert_null(compile(f, &parts));
    assert_error(f, "issuer \"x\": field mapping: \"nomap\": there is no such mapping. Add it to "
                    "`mappings`, or take it out here.");
    assert_error(f, "target \"t\": field scopes: \"noscope1\": there is no such scope.");
    assert_error(f, "client \"c\": field scopes: \"noscope2\": there is no such scope.");
    assert_error(f, "rule \"c/r\": field issuers: \"noissuer\": there is no such issuer.");
    assert_error(f, "rule \"c/r\": field targets: \"notarget\": there is no such target.");
    assert_error(f, "rule \"c/r\": field default_target: \"bills\": the default target is none of "
                    "the rule's targets.");
    assert_error(f,
                 "rule \"c/r\": field scopes_when_absent: \"noscope3\": there is no such scope.");
    assert_int_equal(f->faults->error_count, 7);
}

static void test_the_name_that_was_probably_meant_is_said(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.targets = TARGETS ",{'id':'t','name':'T','audience':'t','scopes':['reed','riite']}";
    parts.clients = "{'id':'c','name':'C','scopes':['nothing-like-it'],'rules':[{'id':'r',"
                    "'issuers':['a'],'targets':['ordres']}]}";
    assert_null(compile(f, &parts));
    assert_error(f, "target \"t\": field scopes: \"reed\": there is no such scope. Did you mean "
                    "\"read\"? Otherwise add it to `scopes`, or take it out here.");
    assert_error(f, "\"riite\": there is no such scope. Did you mean \"write\"?");
    assert_error(f, "\"ordres\": there is no such target. Did you mean \"orders\"?");
    assert_error(f, "\"nothing-like-it\": there is no such scope. Add it to `scopes`");
}

static void test_audiences_and_resources_mean_one_target(void **state)
{
    static const struct {
        const char *target, *problem;
    } rows[] = {
        {"{'id':'t','name':'T','audience':'bills'}",
         "target \"t\": field audience: \"bills\": the target \"bills\" is called so already."},
        {"{'id':'https:orders','name':'T','audience':'https://orders.example'}",
         "field audience: \"https://orders.example\": the target \"orders\" is called so already."},
        {"{'id':'t','name':'T','audience':'orders'}",
         "target \"t\": field audience: \"orders\": the target \"orders\" is called so already."},
        {"{'id':'u','name':'U','audience':'named'},{'id':'named','name':'N','audience':'n'}",
         "target \"named\": field id: \"named\": the target \"u\" is called so already."},
        {"{'id':'t','name':'T','audience':'t','resources':['urn:orders']}",
         "target \"t\": field resources: \"urn:orders\": the target \"orders\" has this resource"},
    };
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    for (int i = 0; i < COUNT(rows); i++) {
        parts.targets = apr_pstrcat(f->pool, TARGETS, ",", rows[i].target, NULL);
        assert_only_error(f, &parts, rows[i].problem);
    }
}

/* What a damaged database could hold: no text anywhere. */
static void test_objects_without_any_value_are_faults_and_no_crash(void **state)
{
    static const char *const nothing[] = {NULL};
    fixture_t *f = *state;
    tokex_issuer_key_t key = {.jwk = NULL};
    tokex_issuer_t issuer = {.token_types = {nothing, 1},
                             .algorithms = {nothing, 1},
                             .audiences = {nothing, 1},
                             .jwks_urls = {nothing, 1},
                             .keys = &key,
                             .key_count = 1};
    tokex_mapping_row_t row = {.from = NULL};
    tokex_mapping_t mapping = {.rows = &row, .row_count = 1};
    tokex_scope_t scope = {.id = NULL};
    tokex_target_t target = {.resources = {nothing, 1}, .scopes = {nothing, 1}};
    tokex_secret_t secret = {.sha256 = "x"};
    tokex_rule_t rule = {.issuers = {nothing, 1},
                         .targets = {nothing, 1},
                         .default_target = "x",
                         .scopes_when_absent = {nothing, 1}};
    tokex_client_t client = {.grant_types = {nothing, 1},
                             .scopes = {nothing, 1},
                             .secrets = &secret,
                             .secret_count = 1,
                             .rules = &rule,
                             .rule_count = 1};
    tokex_signing_key_t signing = {.kid = NULL};
    tokex_signing_t use = {.preferred = true, .rotate_every = 1};
    tokex_procedure_t procedure = {.id = NULL};
    tokex_config_t config = {&issuer, 1, &mapping, 1, &procedure, 1, &scope,   1,
                             &target, 1, &client,  1, &use,       1, &signing, 1};
    assert_null(compile_config(f, &config));
    assert_true(f->faults->error_count > 20);
    assert_error(f, "key \"#1/#1\": exactly one member is needed");
    assert_error(f, "secret \"#1/#1\": field sha256: this is no SHA-256");
}

static void test_faults_of_all_steps_are_listed_together(void **state)
{
    fixture_t *f = *state;
    parts_t parts = {
        .issuers = "{'id':'a','name':'A','issuer':'http://a.example'}",
        .mappings = "{'id':'m','name':'M','rows':[{'from':'x','to':'sub'}]}",
        .scopes = "{'id':'openid'}",
        .targets = "{'id':'t','name':'T','audience':'t','scopes':['x']}",
        .clients = "{'id':'c','name':'C','scopes':['x']}",
        .signing_keys =
            "{'kid':'k','algorithm':'ES256','activates':1,'retired':1,'public_jwk':{}}"};
    assert_null(compile(f, &parts));
    assert_int_equal(f->faults->error_count, 7);
    assert_int_equal(f->faults->count, 9);
}

static void test_issuers_stand_at_their_numbers_and_our_own_tokens_last(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_t *policy = compile_good(f, &parts);
    const tokex_policy_issuer_t *const *issuers;
    const tokex_policy_t *no_server = NULL;
    int count;
    issuers = tokex_policy_issuers(policy, &count);
    assert_int_equal(count, 3);
    for (int i = 0; i < count; i++)
        assert_int_equal(issuers[i]->number, i);
    assert_string_equal(issuers[0]->config->id, "a");
    assert_string_equal(issuers[1]->config->id, "b");
    assert_ptr_equal(issuers[2], tokex_policy_self(policy));
    forget(f);
    assert_null(tokex_policy_compile(&no_server, read_parts(f, &parts), NULL, NOW, f->crypt,
                                     f->faults, f->pool, f->pool));
    (void)tokex_policy_issuers(no_server, &count);
    assert_int_equal(count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(
            test_a_sound_configuration_compiles_without_a_word_but_the_missing_signing_key),
        WITH_FIXTURE(test_the_example_compiles),
        WITH_FIXTURE(test_AS_4_lookups_compare_octet_by_octet),
        WITH_FIXTURE(test_targets_are_found_by_id_audience_and_resource),
        WITH_FIXTURE(test_AS_3_names_are_unique),
        WITH_FIXTURE(test_scopes_of_sessions_are_never_ours),
        WITH_FIXTURE(test_references_that_lead_nowhere_are_refused),
        WITH_FIXTURE(test_the_name_that_was_probably_meant_is_said),
        WITH_FIXTURE(test_audiences_and_resources_mean_one_target),
        WITH_FIXTURE(test_objects_without_any_value_are_faults_and_no_crash),
        WITH_FIXTURE(test_faults_of_all_steps_are_listed_together),
        WITH_FIXTURE(test_issuers_stand_at_their_numbers_and_our_own_tokens_last),
    };

    return cmocka_run_group_tests_name("policy/compile", tests, start, stop);
}
