#include "exchange_world.h"

static void grants_target(world_t *w, const char *id)
{
    const tokex_outcome_t *outcome = grant(w);
    const char *aud = json_of(w, tokex_json_get(issued(w, outcome), "aud"));
    assert_string_equal(outcome->targets[0]->config->id, id);
    assert_string_equal(aud, apr_psprintf(w->pool, "[\"https://%s.example\"]", id));
    ask_nothing(w);
}

static const tokex_outcome_t *refuses(world_t *w, tokex_code_t code, tokex_step_t step,
                                      const char *oauth_error)
{
    const tokex_outcome_t *outcome = refuse(w, code, step);
    assert_string_equal(tokex_err_info(code)->oauth_error, oauth_error);
    assert_int_equal(tokex_err_info(code)->http_status, 400);
    assert_non_null(outcome->err->log_text);
    ask_nothing(w);
    return outcome;
}

static void test_default_target_of_the_rule_when_none_is_asked_for(void **state)
{
    world_t *w = *state;
    grants_target(w, "orders");
}

static void test_no_target_asked_for_and_no_default_refused(void **state)
{
    world_t *w = *state;
    w->rules[0].default_target = NULL;
    refuses(w, TOKEX_E_TARGET_NONE, TOKEX_STEP_RULE, "invalid_target");
    assert_string_equal(last_step(run(w))->field, "rules");
}

static void test_TEX_033_target_by_id_audience_or_resource_and_aud_is_the_targets(void **state)
{
    world_t *w = *state;
    ask_audience(w, "billing");
    grants_target(w, "billing");
    ask_audience(w, "https://billing.example");
    grants_target(w, "billing");
    ask_resource(w, "https://billing.example/");
    grants_target(w, "billing");
    ask_audience(w, "billing");
    ask_audience(w, "https://billing.example");
    ask_resource(w, "https://billing.example/");
    grants_target(w, "billing");
}

static void test_TEX_023_unknown_audience_or_resource_refused(void **state)
{
    world_t *w = *state;
    ask_audience(w, "unheard-of");
    assert_non_null(strstr(
        refuses(w, TOKEX_E_TARGET_UNKNOWN, TOKEX_STEP_TARGET, "invalid_target")->err->log_text,
        "unheard-of"));
    ask_audience(w, "Orders");
    refuses(w, TOKEX_E_TARGET_UNKNOWN, TOKEX_STEP_TARGET, "invalid_target");
    ask_audience(w, "https://orders.example/");
    refuses(w, TOKEX_E_TARGET_UNKNOWN, TOKEX_STEP_TARGET, "invalid_target");
    ask_resource(w, "https://billing.example");
    refuses(w, TOKEX_E_TARGET_UNKNOWN, TOKEX_STEP_TARGET, "invalid_target");
    ask_resource(w, "urn:x:orders");
    refuses(w, TOKEX_E_TARGET_UNKNOWN, TOKEX_STEP_TARGET, "invalid_target");
    ask_audience(w, "orders");
    ask_audience(w, "unheard-of");
    refuses(w, TOKEX_E_TARGET_UNKNOWN, TOKEX_STEP_TARGET, "invalid_target");
}

static void test_TEX_024_target_of_no_rule_refused_like_an_unknown_one(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    ask_audience(w, "vault");
    outcome = refuses(w, TOKEX_E_TARGET_RULE, TOKEX_STEP_RULE, "invalid_target");
    assert_string_equal(last_step(outcome)->id, "shop");
    assert_string_equal(tokex_err_info(TOKEX_E_TARGET_RULE)->client_text,
                        tokex_err_info(TOKEX_E_TARGET_UNKNOWN)->client_text);
}

static void test_TEX_026_disabled_target_refused_asked_for_or_by_default(void **state)
{
    world_t *w = *state;
    w->rules[0].default_target = "shut";
    ask_audience(w, "shut");
    refuses(w, TOKEX_E_TARGET_DISABLED, TOKEX_STEP_TARGET, "invalid_target");
    ask_resource(w, "https://shut.example/");
    refuses(w, TOKEX_E_TARGET_DISABLED, TOKEX_STEP_TARGET, "invalid_target");
    refuses(w, TOKEX_E_TARGET_DISABLED, TOKEX_STEP_TARGET, "invalid_target");
    assert_string_equal(last_step(run(w))->field, "enabled");
}

static void test_TEX_028_resource_that_is_no_absolute_uri_refused(void **state)
{
    static const char *const wrong[] = {"/api",
                                        "api",
                                        "//orders.example/api",
                                        "https://orders.example/api?tenant=1#x",
                                        "https://orders.example/api?tenant=1#",
                                        "not a uri",
                                        "https://orders.example/a b",
                                        "https://orders.example/%zz",
                                        "https://orders.example/%4",
                                        "https:orders.example",
                                        "https:///api",
                                        "https://?x",
                                        "https://",
                                        "http:/x",
                                        ":x",
                                        "1a:b",
                                        "urn:",
                                        "https://orders.example/\xC3\xA4",
                                        "https://orders.example/\x01",
                                        "?"};
    world_t *w = *state;
    for (int i = 0; i < COUNT(wrong); i++) {
        ask_resource(w, wrong[i]);
        refuses(w, TOKEX_E_RESOURCE, TOKEX_STEP_PARAMETERS, "invalid_target");
    }
    ask_resource(w, apr_psprintf(w->pool, "https://x.example/%02048d", 0));
    refuses(w, TOKEX_E_RESOURCE, TOKEX_STEP_PARAMETERS, "invalid_target");
}

static void test_TEX_029_resource_with_a_query_is_compared_as_configured(void **state)
{
    world_t *w = *state;
    ask_resource(w, "https://orders.example/api?tenant=1");
    grants_target(w, "orders");
    ask_resource(w, "https://orders.example/api?tenant=2");
    refuses(w, TOKEX_E_TARGET_UNKNOWN, TOKEX_STEP_TARGET, "invalid_target");
}

static void grants_audiences(world_t *w, const char *json)
{
    assert_json(w, issued(w, grant(w)), "aud", json);
    ask_nothing(w);
}

static void test_TEX_032_TEX_033_several_targets_all_of_the_rule_in_the_order_asked(void **state)
{
    world_t *w = *state;
    ask_audience(w, "billing");
    ask_audience(w, "orders");
    grants_audiences(w, "[\"https://billing.example\",\"https://orders.example\"]");
    ask_resource(w, "https://billing.example/");
    ask_audience(w, "orders");
    grants_audiences(w, "[\"https://orders.example\",\"https://billing.example\"]");
    ask_audience(w, "orders");
    ask_audience(w, "https://orders.example");
    ask_resource(w, "https://orders.example/api?tenant=1");
    ask_audience(w, "billing");
    grants_audiences(w, "[\"https://orders.example\",\"https://billing.example\"]");
}

static void test_TEX_032_one_target_that_may_not_be_reached_refuses_all(void **state)
{
    world_t *w = *state;
    ask_audience(w, "orders");
    ask_resource(w, "https://vault.example/");
    refuses(w, TOKEX_E_TARGET_RULE, TOKEX_STEP_RULE, "invalid_target");
    ask_audience(w, "orders");
    ask_audience(w, "shut");
    refuses(w, TOKEX_E_TARGET_DISABLED, TOKEX_STEP_TARGET, "invalid_target");
}

static void test_TEX_032_targets_of_two_rules_are_not_one_grant(void **state)
{
    world_t *w = *state;
    w->clients[0].rule_count = 2;
    w->rules[0].targets = texts(w->pool, "billing", NULL);
    w->rules[0].default_target = NULL;
    w->rules[1].targets = texts(w->pool, "orders", NULL);
    ask_audience(w, "orders");
    ask_audience(w, "billing");
    refuses(w, TOKEX_E_TARGET_RULE, TOKEX_STEP_RULE, "invalid_target");
}

static void test_lifetime_of_several_targets_is_the_least(void **state)
{
    world_t *w = *state;
    w->targets[1].lifetime = 120;
    ask_audience(w, "orders");
    ask_audience(w, "billing");
    assert_int_equal(grant(w)->expires_in, 120);
}

static void test_first_rule_that_fits_decides(void **state)
{
    world_t *w = *state;
    w->clients[0].rule_count = 2;
    w->rules[0].targets = texts(w->pool, "billing", NULL);
    w->rules[0].default_target = "billing";
    w->rules[0].lifetime = 60;
    w->rules[1].lifetime = 120;
    ask_audience(w, "orders");
    assert_string_equal(grant(w)->rule->config->id, "second");
    ask_nothing(w);
    ask_audience(w, "billing");
    assert_string_equal(grant(w)->rule->config->id, "first");
    ask_nothing(w);
    assert_string_equal(grant(w)->rule->config->id, "first");
}

static void test_TEX_036_nothing_asked_gives_subject_and_client_and_target(void **state)
{
    world_t *w = *state;
    grants_scope(w, NULL, "orders.read orders.write");
    set_claim(w, "scope", "\"orders.read invoices.read admin\"");
    grants_scope(w, NULL, "orders.read");
    set_claim(w, "scope", "\"foreign\"");
    grants_scope(w, NULL, "");
}

static void test_CU_20_CE_27_asked_scope_narrows(void **state)
{
    world_t *w = *state;
    grants_scope(w, "orders.read", "orders.read");
    grants_scope(w, "orders.write orders.read orders.write", "orders.read orders.write");
    set_claim(w, "scope", "\"orders.read\"");
    grants_scope(w, "orders.read orders.write", "orders.read");
}

static void test_TEX_034_scope_beyond_the_clients_refused(void **state)
{
    world_t *w = *state;
    refuses_scope(w, "orders.read admin", TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    refuses_scope(w, "foreign", TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    refuses_scope(w, "Orders.read", TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    assert_string_equal(last_step(run(w))->object, "client");
    assert_string_equal(last_step(run(w))->field, "scopes");
}

static void test_CE_30_openid_and_offline_access_are_never_granted(void **state)
{
    world_t *w = *state;
    set_claim(w, "scope", "\"openid offline_access orders.read\"");
    grants_scope(w, NULL, "orders.read");
    refuses_scope(w, "openid", TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    refuses_scope(w, "orders.read offline_access", TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
}

static void test_something_asked_and_nothing_left_refused(void **state)
{
    world_t *w = *state;
    refuses_scope(w, "invoices.read", TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
    set_claim(w, "scope", "\"orders.write\"");
    refuses_scope(w, "orders.read", TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
    assert_string_equal(last_step(run(w))->object, "rule");
    assert_string_equal(last_step(run(w))->id, "first");
}

static void test_scope_claim_absent_counts_as_the_rules_list_malformed_as_nothing(void **state)
{
    world_t *w = *state;
    w->rules[0].scopes_when_absent = texts(w->pool, "orders.write", NULL);
    set_claim(w, "scope", NULL);
    grants_scope(w, NULL, "orders.write");
    set_claim(w, "scope", "\"\"");
    grants_scope(w, NULL, "");
    set_claim(w, "scope", "17");
    grants_scope(w, NULL, "");
    set_claim(w, "scope", "null");
    grants_scope(w, NULL, "");
    set_claim(w, "scope", "{\"orders.write\":true}");
    grants_scope(w, NULL, "");
    set_claim(w, "scope", "[1,\"orders.read\",[\"orders.write\"]]");
    grants_scope(w, NULL, "orders.read");
    refuses_scope(w, "orders.write", TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
}

static void test_no_scope_claim_and_no_list_gives_a_token_without_scope(void **state)
{
    world_t *w = *state;
    set_claim(w, "scope", NULL);
    grants_scope(w, NULL, "");
}

static void test_scp_is_read_when_there_is_no_scope(void **state)
{
    world_t *w = *state;
    set_claim(w, "scp", "[\"orders.write\",\"orders.read x\"]");
    grants_scope(w, NULL, "orders.read orders.write");
    set_claim(w, "scope", NULL);
    grants_scope(w, NULL, "orders.write");
    set_claim(w, "scp", "\"orders.write orders.read\"");
    grants_scope(w, NULL, "orders.read orders.write");
}

static void test_the_issuers_scope_claim_is_the_only_one_read(void **state)
{
    world_t *w = *state;
    w->issuers[0].scope_claim = "https://partner.example/scopes";
    set_claim(w, "scp", "\"orders.write\"");
    grants_scope(w, NULL, "");
    set_claim(w, "scope", NULL);
    grants_scope(w, NULL, "");
    set_claim(w, "https://partner.example/scopes", "[\"orders.write\"]");
    grants_scope(w, NULL, "orders.write");
}

static void test_TEX_039_scope_of_the_wrong_form_or_size_refused(void **state)
{
    static const char *const wrong[] = {
        " orders.read",   "orders.read ", "orders.read  orders.write",
        "orders\tread",   "a\"b",         "a\\b",
        "orders.read\nx", "\xC3\xA4",     " ",
        "a\x7F"};
    world_t *w = *state;
    tokex_step_t step = TOKEX_STEP_PARAMETERS;
    char *large = apr_pcalloc(w->pool, 65537);
    const char *many = "x";
    for (int i = 0; i < COUNT(wrong); i++)
        refuses_scope(w, wrong[i], TOKEX_E_SCOPE_MALFORMED, step);
    for (int i = 0; i < 65536; i++)
        large[i] = i % 8 == 7 ? ' ' : 'x';
    large[65535] = 'x';
    refuses_scope(w, large, TOKEX_E_SCOPE_MALFORMED, step);
    refuses_scope(w, apr_psprintf(w->pool, "%0257d", 0), TOKEX_E_SCOPE_MALFORMED, step);
    refuses_scope(w, apr_psprintf(w->pool, "%0256d", 0), TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    for (int i = 1; i < TOKEX_LIMIT_SCOPE_COUNT; i++)
        many = apr_pstrcat(w->pool, many, " x", NULL);
    refuses_scope(w, many, TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    refuses_scope(w, apr_pstrcat(w->pool, many, " x", NULL), TOKEX_E_SCOPE_MALFORMED, step);
}

static void grants_lifetime(world_t *w, int64_t seconds, const char *object)
{
    const tokex_outcome_t *outcome = grant(w);
    const tokex_json_t *claims = issued(w, outcome);
    assert_int_equal(outcome->expires_in, seconds);
    assert_number(claims, "exp", NOW + seconds);
    assert_number(claims, "iat", NOW);
    assert_number(claims, "nbf", NOW);
    assert_string_equal(step_of(outcome, TOKEX_STEP_LIFETIME)->object, object);
}

static void test_TEX_045_lifetime_is_the_least_of_target_rule_and_subject_token(void **state)
{
    world_t *w = *state;
    grants_lifetime(w, 300, "target");
    set_claim_time(w, "exp", NOW + 40);
    grants_lifetime(w, 40, "request");
    set_claim_time(w, "exp", NOW + 1);
    grants_lifetime(w, 1, "request");
}

static void test_TEX_045_rule_shortens_and_never_lengthens(void **state)
{
    world_t *w = *state;
    w->clients[0].rule_count = 2;
    w->rules[0].targets = texts(w->pool, "billing", NULL);
    w->rules[0].default_target = NULL;
    w->rules[0].lifetime = 60;
    w->rules[1].lifetime = 3600;
    ask_audience(w, "billing");
    grants_lifetime(w, 60, "rule");
    ask_nothing(w);
    ask_audience(w, "orders");
    grants_lifetime(w, 300, "target");
}

/* Policies have no such target; the last guard holds all the same. */
static void test_no_second_left_gives_no_token(void **state)
{
    world_t *w = *state;
    (void)policy_of(w);
    w->targets[0].lifetime = 0;
    refuses(w, TOKEX_E_LIFETIME, TOKEX_STEP_LIFETIME, "invalid_request");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_default_target_of_the_rule_when_none_is_asked_for),
        WITH_WORLD(test_no_target_asked_for_and_no_default_refused),
        WITH_WORLD(test_TEX_033_target_by_id_audience_or_resource_and_aud_is_the_targets),
        WITH_WORLD(test_TEX_023_unknown_audience_or_resource_refused),
        WITH_WORLD(test_TEX_024_target_of_no_rule_refused_like_an_unknown_one),
        WITH_WORLD(test_TEX_026_disabled_target_refused_asked_for_or_by_default),
        WITH_WORLD(test_TEX_028_resource_that_is_no_absolute_uri_refused),
        WITH_WORLD(test_TEX_029_resource_with_a_query_is_compared_as_configured),
        WITH_WORLD(test_TEX_032_TEX_033_several_targets_all_of_the_rule_in_the_order_asked),
        WITH_WORLD(test_TEX_032_one_target_that_may_not_be_reached_refuses_all),
        WITH_WORLD(test_TEX_032_targets_of_two_rules_are_not_one_grant),
        WITH_WORLD(test_lifetime_of_several_targets_is_the_least),
        WITH_WORLD(test_first_rule_that_fits_decides),
        WITH_WORLD(test_TEX_036_nothing_asked_gives_subject_and_client_and_target),
        WITH_WORLD(test_CU_20_CE_27_asked_scope_narrows),
        WITH_WORLD(test_TEX_034_scope_beyond_the_clients_refused),
        WITH_WORLD(test_CE_30_openid_and_offline_access_are_never_granted),
        WITH_WORLD(test_something_asked_and_nothing_left_refused),
        WITH_WORLD(test_scope_claim_absent_counts_as_the_rules_list_malformed_as_nothing),
        WITH_WORLD(test_no_scope_claim_and_no_list_gives_a_token_without_scope),
        WITH_WORLD(test_scp_is_read_when_there_is_no_scope),
        WITH_WORLD(test_the_issuers_scope_claim_is_the_only_one_read),
        WITH_WORLD(test_TEX_039_scope_of_the_wrong_form_or_size_refused),
        WITH_WORLD(test_TEX_045_lifetime_is_the_least_of_target_rule_and_subject_token),
        WITH_WORLD(test_TEX_045_rule_shortens_and_never_lengthens),
        WITH_WORLD(test_no_second_left_gives_no_token),
    };
    return cmocka_run_group_tests_name("exchange/authorize", tests, make_keys, drop_keys);
}
