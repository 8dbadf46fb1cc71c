#include "exchange_world.h"

#include "procedure/sandbox.h"

/* The rule's procedure; `body` is that of exchange(r). */
static void procedure(world_t *w, const char *body)
{
    w->procedures[0] = (tokex_procedure_t){
        .id = "demo",
        .name = "Demo",
        .enabled = true,
        .source = apr_pstrcat(w->pool, "function exchange(r) ", body, " end", NULL)};
    w->config.procedure_count = 1;
    w->rules[0].procedure = "demo";
    compile_again(w);
}

/* The same, but what it says is tokex.OK. */
static void changes(world_t *w, const char *body)
{
    procedure(w, apr_pstrcat(w->pool, body, " return tokex.OK", NULL));
}

static const tokex_json_t *granted(world_t *w)
{
    return issued(w, grant(w));
}

/* It refuses, and the log says so. */
static void refuses(world_t *w, const char *body, tokex_code_t code, const char *said)
{
    const tokex_outcome_t *outcome;
    changes(w, body);
    outcome = refuse(w, code, TOKEX_STEP_PROCEDURE);
    assert_string_equal(last_step(outcome)->object, "procedure");
    assert_string_equal(last_step(outcome)->id, "demo");
    assert_says(tokex_err_text(outcome->err, w->pool), said);
}

static const char *description(world_t *w, const tokex_err_t *err)
{
    apr_size_t len;
    const char *text = tokex_outcome_error(err, "r", &len, w->pool);
    const tokex_json_t *body = NULL;
    assert_success(tokex_json_parse_object(&body, text, len, w->pool));
    return tokex_json_string(tokex_json_get(body, "error_description"));
}

static tokex_mapping_row_t *map(world_t *w, const char *from, const char *to)
{
    tokex_mapping_row_t *row = &w->rows[w->mappings[0].row_count++];
    *row = (tokex_mapping_row_t){.source = "subject",
                                 .from = from,
                                 .transform = "copy",
                                 .type = "any",
                                 .if_missing = "skip",
                                 .to = to};
    w->issuers[0].mapping = "people";
    return row;
}

/* ---- What it gets */

static void test_CU_10_it_reads_the_claims_of_subject_and_actor(void **state)
{
    world_t *w = *state;
    add_actor(w);
    set_claim(w, "email", "\"mira@partner.example\"");
    set_actor_claim(w, "email", "\"svc@partner.example\"");
    changes(w, "r.grant.claims.from = r.subject.email r.grant.claims.by = r.actor.email "
               "r.grant.claims.acts = r.actors");
    assert_text(granted(w), "from", "mira@partner.example");
    assert_text(granted(w), "by", "svc@partner.example");
    assert_text(granted(w), "acts", "svc-mail");
}

static void test_CU_11_it_reads_the_delegation_that_a_token_carries(void **state)
{
    world_t *w = *state;
    set_claim(w, "act", "{\"sub\":\"svc-mail\"}");
    w->rules[0].delegation = true;
    changes(w, "r.grant.claims.through = r.subject.act.sub");
    assert_text(granted(w), "through", "svc-mail");
    assert_json(w, granted(w), "act",
                "{\"sub\":\"svc-mail\",\"iss\":\"https://idp.partner.example\"}");
}

static void test_CU_12_it_reads_parameters_but_no_secret_and_no_token(void **state)
{
    world_t *w = *state;
    ask_form(w, "transaction_id=12%2034&empty=&client_secret=x&subject_token=y&actor_token=z&"
                "audience=orders&refresh_token=t");
    ask_audience(w, "orders");
    changes(w, "r.grant.claims.txn = r.request.transaction_id "
               "r.grant.claims.asked = r.request.audience "
               "for _, name in ipairs({'client_secret', 'subject_token', 'actor_token', "
               "'refresh_token', 'empty', 'scope'}) do "
               "assert(r.request[name] == nil, name) end "
               "for name in pairs(r.request) do "
               "assert(not name:contains('token') and not name:contains('secret'), name) end");
    assert_text(granted(w), "txn", "12 34");
    assert_json(w, granted(w), "asked", "[\"orders\"]");
}

static void test_CU_6_it_reads_the_client_and_its_properties(void **state)
{
    static const tokex_property_t properties[] = {{"tier", "gold"}};
    world_t *w = *state;
    w->clients[0].properties = properties;
    w->clients[0].property_count = 1;
    changes(w, "r.grant.claims.x = r.client.id .. ' ' .. r.client.name .. ' ' .. "
               "r.client.properties.tier .. ' ' .. tostring(r.client.properties.none) .. ' ' .. "
               "r.rule .. ' ' .. r.issuer .. ' ' .. r.now");
    assert_text(granted(w), "x", "shop Shop gold nil first partner 1700000000");
}

static void test_it_reads_the_grant_that_is_proposed_with_what_the_mapping_makes(void **state)
{
    world_t *w = *state;
    map(w, "email", "mail");
    set_claim(w, "email", "\"mira@partner.example\"");
    w->request.scope = "orders.read";
    changes(w, "assert(r.grant.lifetime == 300 and r.grant.exp == r.now + 300) "
               "r.grant.claims.x = table.concat(r.grant.scope, '+') .. ' ' .. "
               "table.concat(r.grant.audience, '+') .. ' ' .. r.grant.claims.mail "
               "r.grant.claims.mail = nil");
    assert_text(granted(w), "x", "orders.read https://orders.example mira@partner.example");
    assert_null(tokex_json_get(granted(w), "mail"));
}

static void test_without_a_change_the_token_is_the_one_that_it_was(void **state)
{
    world_t *w = *state;
    const tokex_json_t *before, *after;
    map(w, "email", "mail");
    set_claim(w, "email", "{\"deep\":[1,2.5,true,\"x\"],\"empty\":[]}");
    before = granted(w);
    changes(w, "");
    after = granted(w);
    assert_string_equal(json_of(w, tokex_json_get(before, "mail")),
                        json_of(w, tokex_json_get(after, "mail")));
    assert_int_equal(tokex_json_count(before), tokex_json_count(after));
    assert_string_equal(json_of(w, tokex_json_get(before, "scp")),
                        json_of(w, tokex_json_get(after, "scp")));
}

/* ---- What it does */

static void test_CU_14_it_sets_claims_and_narrows_scope_and_lifetime(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    changes(w, "r.grant.scope = {'orders.read'} r.grant.lifetime = 60 "
               "r.grant.claims.txn = {id = '1234', parts = {1, 2}}");
    outcome = grant(w);
    assert_string_equal(outcome->scope_granted, "orders.read");
    assert_int_equal(outcome->expires_in, 60);
    assert_text(issued(w, outcome), "scope", "orders.read");
    assert_json(w, issued(w, outcome), "scp", "[\"orders.read\"]");
    assert_number(issued(w, outcome), "exp", NOW + 60);
    assert_true(step_of(outcome, TOKEX_STEP_PROCEDURE)->passed);
    changes(w, "r.grant.exp = r.now + 5 r.grant.scope = 'orders.write'");
    assert_int_equal(grant(w)->expires_in, 5);
    assert_string_equal(grant(w)->scope_granted, "orders.write");
}

static void test_CU_16_it_grants_nothing_beyond_what_it_was_given(void **state)
{
    world_t *w = *state;
    refuses(w, "r.grant.scope = {'orders.read', 'admin'}", TOKEX_E_PROCEDURE_WIDER_SCOPE, "admin");
    refuses(w, "r.grant.scope = 'invoices.read'", TOKEX_E_PROCEDURE_WIDER_SCOPE, "invoices");
    refuses(w, "table.insert(r.grant.scope, 'foreign')", TOKEX_E_PROCEDURE_WIDER_SCOPE, "foreign");
    refuses(w, "r.grant.scope = nil", TOKEX_E_PROCEDURE_RESULT, "scope");
    refuses(w, "r.grant.scope = {1}", TOKEX_E_PROCEDURE_RESULT, "scope");
    refuses(w, "r.grant.scope = 7", TOKEX_E_PROCEDURE_RESULT, "scope");
    refuses(w, "r.grant.audience = {'https://billing.example'}", TOKEX_E_PROCEDURE_WIDER_AUDIENCE,
            "billing");
    refuses(w, "r.grant.audience = {}", TOKEX_E_PROCEDURE_RESULT, "audience");
    refuses(w, "r.grant.audience = tokex.list()", TOKEX_E_PROCEDURE_RESULT, "audience");
    refuses(w, "r.grant.audience = 'https://orders.example'", TOKEX_E_PROCEDURE_RESULT, "audience");
    refuses(w, "r.grant.email = 'x'", TOKEX_E_PROCEDURE_RESULT, "r.grant.claims");
}

static void test_CU_21_it_takes_audiences_away(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    w->rules[0].targets = texts(w->pool, "orders", "vault", NULL);
    ask_audience(w, "orders");
    ask_audience(w, "vault");
    changes(w, "table.remove(r.grant.audience, 1)");
    outcome = grant(w);
    assert_int_equal(outcome->target_count, 1);
    assert_json(w, issued(w, outcome), "aud", "[\"https://vault.example\"]");
}

static void test_CU_25_lifetimes_are_seconds_and_have_a_bound(void **state)
{
    static const char *const wrong[] = {"r.grant.exp = (r.now + 60) * 1000",
                                        "r.grant.lifetime = 301",
                                        "r.grant.exp = r.now + 301",
                                        "r.grant.lifetime = 0",
                                        "r.grant.lifetime = -5",
                                        "r.grant.exp = r.now",
                                        "r.grant.exp = 0",
                                        "r.grant.lifetime = 1.5",
                                        "r.grant.lifetime = '60'",
                                        "r.grant.lifetime = nil",
                                        "r.grant.exp = nil",
                                        "r.grant.lifetime = 1e300",
                                        "r.grant.exp = 9007199254740993",
                                        "r.grant.lifetime = -9007199254740993",
                                        "r.grant.lifetime = 60 r.grant.exp = r.now + 61"};
    world_t *w = *state;
    for (int i = 0; i < COUNT(wrong); i++)
        refuses(w, wrong[i], TOKEX_E_PROCEDURE_LIFETIME, "procedure \"demo\"");
    refuses(w, "r.grant.exp = (r.now + 60) * 1000", TOKEX_E_PROCEDURE_LIFETIME, "milliseconds");
    refuses(w, "r.grant.lifetime = 0/0", TOKEX_E_PROCEDURE_RESULT, "finite");
    changes(w, "r.grant.lifetime = 60.0 r.grant.exp = r.now + 60");
    assert_int_equal(grant(w)->expires_in, 60);
}

static void test_CU_25_a_rule_lets_it_lengthen_up_to_the_target(void **state)
{
    world_t *w = *state;
    w->rules[0].procedure_lifetime = 86400;
    w->rules[0].lifetime = 120;
    w->targets[0].lifetime = 50000;
    set_claim_time(w, "exp", NOW + 200);
    changes(w, "r.grant.exp = r.now + 50000");
    assert_int_equal(grant(w)->expires_in, 50000);
    refuses(w, "r.grant.exp = r.now + 50001", TOKEX_E_PROCEDURE_LIFETIME, "50000");
    w->rules[0].procedure_lifetime = 1000;
    refuses(w, "r.grant.exp = r.now + 1001", TOKEX_E_PROCEDURE_LIFETIME, "1000");
    changes(w, "");
    assert_int_equal(grant(w)->expires_in, 120);
}

static void test_CU_29_a_rule_lets_it_add_scopes_that_client_and_target_have(void **state)
{
    world_t *w = *state;
    set_claim(w, "scope", "\"orders.read\"");
    w->rules[0].procedure_scopes = texts(w->pool, "orders.write", "admin", NULL);
    changes(w, "table.insert(r.grant.scope, 'orders.write')");
    assert_string_equal(grant(w)->scope_granted, "orders.read orders.write");
    refuses(w, "table.insert(r.grant.scope, 'admin')", TOKEX_E_PROCEDURE_WIDER_SCOPE, "admin");
    w->rules[0].procedure_scopes = texts(w->pool, "invoices.read", NULL);
    refuses(w, "table.insert(r.grant.scope, 'invoices.read')", TOKEX_E_PROCEDURE_WIDER_SCOPE,
            "invoices.read");
}

static void test_claims_that_only_we_write_are_refused(void **state)
{
    static const char *const names[] = {"iss", "sub",     "aud", "exp",       "iat",   "nbf",
                                        "jti", "act",     "cnf", "client_id", "scope", "scp",
                                        "acr", "lineage", "st",  "may_act",   "acct",  ""};
    world_t *w = *state;
    for (int i = 0; i < COUNT(names); i++)
        refuses(w, apr_psprintf(w->pool, "r.grant.claims['%s'] = 'x'", names[i]),
                TOKEX_E_PROCEDURE_CLAIM, names[i]);
    refuses(w, "r.grant.claims.x = tokex.null", TOKEX_E_PROCEDURE_CLAIM, "null");
    refuses(w, "r.grant.claims['a\\n'] = 1", TOKEX_E_PROCEDURE_CLAIM, "name");
    refuses(w, "r.grant.claims = {1, 2}", TOKEX_E_PROCEDURE_RESULT, "claims");
    refuses(w, "r.grant.claims = nil", TOKEX_E_PROCEDURE_RESULT, "claims");
}

static void test_claims_have_the_size_that_a_mapping_may_make(void **state)
{
    world_t *w = *state;
    changes(w, "local s = 'aaaaaaaaaaaaaaaa' while #s < 17000 do s = s .. s end "
               "r.grant.claims.x = s");
    assert_string_equal(last_step(refuse(w, TOKEX_E_CLAIMS_SIZE, TOKEX_STEP_CLAIMS))->object,
                        "procedure");
}

/* ---- Refusing */

static void test_CU_13_it_refuses_with_an_error_and_a_text_of_its_source(void **state)
{
    static const char *const errors[] = {"invalid_request", "invalid_grant", "invalid_scope",
                                         "invalid_target", "unauthorized_client"};
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    for (int i = 0; i < COUNT(errors); i++) {
        procedure(w, apr_psprintf(w->pool, "tokex.refuse('%s', 'Missing scope in a request')",
                                  errors[i]));
        outcome = run(w);
        assert_non_null(outcome->err);
        assert_string_equal(tokex_err_info(outcome->err->code)->oauth_error, errors[i]);
        assert_int_equal(tokex_err_info(outcome->err->code)->http_status, 400);
        assert_string_equal(description(w, outcome->err), "Missing scope in a request");
        assert_says(outcome->err->log_text, "Missing scope in a request");
    }
    procedure(w, "tokex.refuse('server_error', 'x')");
    assert_says(refuse(w, TOKEX_E_PROCEDURE_ERROR, TOKEX_STEP_PROCEDURE)->err->log_text,
                "server_error");
}

/* What a client may read is never a value of a token or a request. */
static void test_CU_26_a_text_that_is_made_up_stays_in_the_log(void **state)
{
    static const char *const bodies[] = {"tokex.refuse('invalid_request', 'no ' .. r.subject.sub)",
                                         "tokex.refuse('invalid_request', r.subject.sub)",
                                         "tokex.refuse('invalid_request', 'a\\\\b')",
                                         "tokex.refuse('invalid_request', '')",
                                         "tokex.refuse('invalid_request')",
                                         "return tokex.DENY, 'not today'"};
    world_t *w = *state;
    for (int i = 0; i < COUNT(bodies); i++) {
        const tokex_outcome_t *outcome;
        procedure(w, bodies[i]);
        outcome = run(w);
        assert_non_null(outcome->err);
        assert_string_equal(description(w, outcome->err), "The request is not accepted.");
    }
    procedure(w, "return tokex.DENY, 'not today'");
    assert_says(refuse(w, TOKEX_E_PROCEDURE_DENIED, TOKEX_STEP_PROCEDURE)->err->log_text,
                "not today");
}

static void test_one_that_fails_refuses(void **state)
{
    world_t *w = *state;
    procedure(w, "error('broken')");
    refuse(w, TOKEX_E_PROCEDURE_ERROR, TOKEX_STEP_PROCEDURE);
    procedure(w, "while true do end");
    refuse(w, TOKEX_E_PROCEDURE_SPENT, TOKEX_STEP_PROCEDURE);
    procedure(w, "local t = {} while true do t[#t + 1] = {} end");
    refuse(w, TOKEX_E_PROCEDURE_MEMORY, TOKEX_STEP_PROCEDURE);
    procedure(w, "return true");
    refuse(w, TOKEX_E_PROCEDURE_RESULT, TOKEX_STEP_PROCEDURE);
    changes(w, "");
    w->procedures[0].enabled = false;
    refuse(w, TOKEX_E_PROCEDURE_OFF, TOKEX_STEP_PROCEDURE);
}

static void test_scopes_that_were_asked_for_are_not_all_taken_away(void **state)
{
    world_t *w = *state;
    changes(w, "r.grant.scope = {}");
    w->request.scope = "orders.read";
    refuse(w, TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_PROCEDURE);
    w->request.scope = NULL;
    assert_string_equal(grant(w)->scope_granted, "");
}

static void test_the_mapping_may_refuse_before_it(void **state)
{
    world_t *w = *state;
    map(w, "none", "x")->if_missing = "refuse";
    changes(w, "");
    refuse(w, TOKEX_E_MAPPING_MISSING, TOKEX_STEP_CLAIMS);
}

/* ---- Which one */

static void test_CU_7_that_of_the_rule_comes_before_that_of_the_client(void **state)
{
    world_t *w = *state;
    changes(w, "r.grant.claims.by = 'rule'");
    w->procedures[1] = w->procedures[0];
    w->procedures[1].id = w->procedures[1].name = "other";
    w->procedures[1].source =
        "function exchange(r) r.grant.claims.by = 'client' return tokex.OK end";
    w->config.procedure_count = 2;
    w->clients[0].procedure = "other";
    assert_text(granted(w), "by", "rule");
    w->rules[0].procedure = NULL;
    compile_again(w);
    assert_text(granted(w), "by", "client");
    w->clients[0].procedure = NULL;
    compile_again(w);
    assert_null(tokex_json_get(granted(w), "by"));
}

static void test_a_trial_says_what_it_read_and_left(void **state)
{
    static const tokex_trial_t trial = {false};
    world_t *w = *state;
    const tokex_procedure_report_t *report;
    changes(w, "r.grant.claims.x = r.subject.sub r.grant.lifetime = 60");
    w->engine.trial = &trial;
    report = run(w)->procedure;
    assert_non_null(report);
    assert_string_equal(report->id, "demo");
    assert_int_equal(report->read_count, 1);
    assert_string_equal(report->reads[0], "subject.sub");
    assert_true(report->instructions > 0);
    assert_non_null(strstr(report->before, "\"lifetime\":300"));
    assert_non_null(strstr(report->after, "\"lifetime\":60"));
    w->engine.trial = NULL;
    assert_null(run(w)->procedure);
}

/* A configuration that names one is refused, and says how to build what runs it. */
static void test_a_build_without_lua_takes_no_procedure(void **state)
{
    world_t *w = *state;
    tokex_faults_t *faults = tokex_config_faults_create(w->pool);
    changes(w, "");
    assert_code(tokex_policy_compile(&w->engine.policy, &w->config, &w->server, NOW, w->keys->crypt,
                                     faults, w->pool, w->pool),
                TOKEX_E_DOCUMENT);
    assert_non_null(strstr(faults->items[0].remedy, "--with-lua"));
}

int main(void)
{
    const struct CMUnitTest without[] = {WITH_WORLD(test_a_build_without_lua_takes_no_procedure)};
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_CU_10_it_reads_the_claims_of_subject_and_actor),
        WITH_WORLD(test_CU_11_it_reads_the_delegation_that_a_token_carries),
        WITH_WORLD(test_CU_12_it_reads_parameters_but_no_secret_and_no_token),
        WITH_WORLD(test_CU_6_it_reads_the_client_and_its_properties),
        WITH_WORLD(test_it_reads_the_grant_that_is_proposed_with_what_the_mapping_makes),
        WITH_WORLD(test_without_a_change_the_token_is_the_one_that_it_was),
        WITH_WORLD(test_CU_14_it_sets_claims_and_narrows_scope_and_lifetime),
        WITH_WORLD(test_CU_16_it_grants_nothing_beyond_what_it_was_given),
        WITH_WORLD(test_CU_21_it_takes_audiences_away),
        WITH_WORLD(test_CU_25_lifetimes_are_seconds_and_have_a_bound),
        WITH_WORLD(test_CU_25_a_rule_lets_it_lengthen_up_to_the_target),
        WITH_WORLD(test_CU_29_a_rule_lets_it_add_scopes_that_client_and_target_have),
        WITH_WORLD(test_claims_that_only_we_write_are_refused),
        WITH_WORLD(test_claims_have_the_size_that_a_mapping_may_make),
        WITH_WORLD(test_CU_13_it_refuses_with_an_error_and_a_text_of_its_source),
        WITH_WORLD(test_CU_26_a_text_that_is_made_up_stays_in_the_log),
        WITH_WORLD(test_one_that_fails_refuses),
        WITH_WORLD(test_scopes_that_were_asked_for_are_not_all_taken_away),
        WITH_WORLD(test_the_mapping_may_refuse_before_it),
        WITH_WORLD(test_CU_7_that_of_the_rule_comes_before_that_of_the_client),
        WITH_WORLD(test_a_trial_says_what_it_read_and_left),
    };
    return tokex_sandbox_is_there()
               ? cmocka_run_group_tests_name("exchange/procedure", tests, make_keys, drop_keys)
               : cmocka_run_group_tests_name("exchange/procedure", without, make_keys, drop_keys);
}
