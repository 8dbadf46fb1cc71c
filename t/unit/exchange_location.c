/* Exchanges that a protected location asks for. */
#include "exchange_location.h"

static void test_CE_3_CE_4_a_location_exchanges_as_its_own_client(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    make_location(w);
    outcome = grant(w);
    assert_string_equal(outcome->client->config->id, "shop");
    assert_text(issued(w, outcome), "client_id", "shop");
    assert_string_equal(step_of(outcome, TOKEX_STEP_CLIENT)->object, "location");
    assert_string_equal(step_of(outcome, TOKEX_STEP_CLIENT)->field, "TokexClient");
}

static void test_its_client_needs_no_secret(void **state)
{
    world_t *w = *state;
    make_location(w)->client = "public";
    assert_text(issued(w, grant(w)), "client_id", "public");
}

static void test_credentials_do_not_choose_another_client(void **state)
{
    world_t *w = *state;
    make_location(w);
    w->request.credentials.client_id = "rotating";
    w->request.credentials.client_secret = SECRET;
    assert_text(issued(w, grant(w)), "client_id", "shop");
}

static void test_without_a_location_credentials_are_still_asked_for(void **state)
{
    world_t *w = *state;
    make_location(w);
    w->request.location = NULL;
    refuse(w, TOKEX_E_CLIENT_AUTH_MISSING, TOKEX_STEP_CLIENT);
}

static void test_client_of_the_location_unknown_or_switched_off(void **state)
{
    world_t *w = *state;
    tokex_location_t *location = make_location(w);
    const tokex_outcome_t *outcome;
    location->client = "nobody";
    outcome = refuse(w, TOKEX_E_CLIENT_UNKNOWN, TOKEX_STEP_CLIENT);
    assert_non_null(strstr(outcome->err->log_text, "/orders"));
    assert_string_equal(last_step(outcome)->field, "id");
    assert_text(audit_of(w, outcome), "client_presented", "nobody");
    location->client = "gone";
    outcome = refuse(w, TOKEX_E_CLIENT_DISABLED, TOKEX_STEP_CLIENT);
    assert_string_equal(last_step(outcome)->field, "enabled");
    assert_null(tokex_json_get(audit_of(w, outcome), "client"));
}

static void test_client_of_the_location_without_the_grant_type(void **state)
{
    world_t *w = *state;
    make_location(w)->client = "idle";
    refuse(w, TOKEX_E_CLIENT_GRANT, TOKEX_STEP_GRANT);
}

static void test_client_of_the_location_without_a_rule(void **state)
{
    world_t *w = *state;
    make_location(w);
    w->clients[0].rule_count = 0;
    refuse(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ISSUER);
}

/* The rule of the client takes two issuers, the location one of them. */
static void test_CE_21_only_issuers_that_the_location_names(void **state)
{
    world_t *w = *state;
    tokex_location_t *location = make_location(w);
    const tokex_outcome_t *outcome;
    w->rules[0].issuers = texts(w->pool, "partner", "other", NULL);
    grant(w);
    set_claim(w, "iss", "\"https://idp.other.example\"");
    outcome = refuse(w, TOKEX_E_ISSUER_LOCATION, TOKEX_STEP_ISSUER);
    assert_string_equal(last_step(outcome)->object, "location");
    assert_string_equal(last_step(outcome)->id, "/orders");
    assert_string_equal(last_step(outcome)->field, "TokexTrustedIssuers");
    assert_text(audit_of(w, outcome), "issuer", "other");
    location->issuers = texts(w->pool, "partner", "other", NULL).items;
    location->issuer_count = 2;
    grant(w);
}

static void test_CE_21_a_location_gives_no_more_than_the_rules_of_its_client(void **state)
{
    world_t *w = *state;
    make_location(w)->issuers = texts(w->pool, "other", NULL).items;
    set_claim(w, "iss", "\"https://idp.other.example\"");
    refuse(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ISSUER);
}

static void test_a_trusted_issuer_that_does_not_exist_is_nobody(void **state)
{
    world_t *w = *state;
    make_location(w)->issuers = texts(w->pool, "partner.example", NULL).items;
    refuse(w, TOKEX_E_ISSUER_LOCATION, TOKEX_STEP_ISSUER);
}

static void test_a_trusted_issuer_that_is_switched_off_stays_off(void **state)
{
    world_t *w = *state;
    make_location(w)->issuers = texts(w->pool, "closed", NULL).items;
    set_claim(w, "iss", "\"https://idp.closed.example\"");
    refuse(w, TOKEX_E_ISSUER_DISABLED, TOKEX_STEP_ISSUER);
}

static void test_CE_22_the_only_enabled_issuer_is_trusted_by_itself(void **state)
{
    world_t *w = *state;
    make_location(w)->issuer_count = 0;
    w->issuers[1].enabled = false;
    grant(w);
}

static void test_CE_22_of_several_enabled_issuers_none_is_trusted(void **state)
{
    world_t *w = *state;
    make_location(w)->issuer_count = 0;
    w->rules[0].issuers = texts(w->pool, "partner", "other", NULL);
    refuse(w, TOKEX_E_ISSUER_LOCATION, TOKEX_STEP_ISSUER);
    set_claim(w, "iss", "\"https://idp.other.example\"");
    refuse(w, TOKEX_E_ISSUER_LOCATION, TOKEX_STEP_ISSUER);
}

/* Not even in the trace, and not in its time, is a stranger told from an issuer of others. */
static void test_an_issuer_not_trusted_here_costs_no_signature(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    make_location(w)->issuers = texts(w->pool, "other", NULL).items;
    outcome = refuse(w, TOKEX_E_ISSUER_LOCATION, TOKEX_STEP_ISSUER);
    for (int i = 0; i < outcome->trace.count; i++)
        assert_true(outcome->trace.entries[i].step <= TOKEX_STEP_ISSUER);
    assert_string_equal(tokex_err_info(TOKEX_E_ISSUER_LOCATION)->client_text,
                        tokex_err_info(TOKEX_E_ISSUER_UNKNOWN)->client_text);
}

static void test_CE_2_a_location_whose_exchange_is_off(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    make_location(w)->exchange = false;
    outcome = refuse(w, TOKEX_E_EXCHANGE_OFF, TOKEX_STEP_ISSUER);
    assert_string_equal(last_step(outcome)->field, "TokexExchange");
    assert_text(audit_of(w, outcome), "code", "exchange_off");
}

static void test_CE_25_machine_tokens_want_location_and_rule(void **state)
{
    world_t *w = *state;
    tokex_location_t *location = make_location(w);
    const tokex_outcome_t *outcome;
    w->issuers[0].default_machine_marks = true;
    set_claim(w, "gty", "\"client-credentials\"");
    outcome = refuse(w, TOKEX_E_MACHINE_TOKEN, TOKEX_STEP_MACHINE);
    assert_string_equal(last_step(outcome)->field, "TokexMachineTokens");
    location->machine_tokens = true;
    outcome = refuse(w, TOKEX_E_MACHINE_TOKEN, TOKEX_STEP_MACHINE);
    assert_string_equal(last_step(outcome)->field, "machine_tokens");
    w->rules[0].machine_tokens = true;
    compile_again(w);
    assert_text(issued(w, grant(w)), "st", "machine");
    location->machine_tokens = false;
    outcome = refuse(w, TOKEX_E_MACHINE_TOKEN, TOKEX_STEP_MACHINE);
    assert_string_equal(last_step(outcome)->field, "TokexMachineTokens");
}

static void test_what_a_location_asks_for_is_judged_like_any_request(void **state)
{
    world_t *w = *state;
    make_location(w);
    w->request.scope = "admin";
    refuse(w, TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    w->request.scope = "orders.read";
    assert_text(issued(w, grant(w)), "scope", "orders.read");
    w->request.scope = NULL;
    ask_audience(w, "vault");
    refuse(w, TOKEX_E_TARGET_RULE, TOKEX_STEP_RULE);
    ask_nothing(w);
    ask_audience(w, "shut");
    refuse(w, TOKEX_E_TARGET_DISABLED, TOKEX_STEP_TARGET);
    ask_nothing(w);
    ask_audience(w, "nowhere");
    refuse(w, TOKEX_E_TARGET_UNKNOWN, TOKEX_STEP_TARGET);
}

static void test_audit_line_of_a_location(void **state)
{
    world_t *w = *state;
    const tokex_json_t *line;
    make_location(w);
    w->request.scope = "orders.read";
    line = audit_of(w, grant(w));
    assert_text(line, "outcome", "granted");
    assert_text(line, "client", "shop");
    assert_text(line, "issuer", "partner");
    assert_text(line, "subject", "auth0|4711");
    assert_text(line, "scope_asked", "orders.read");
    assert_text(line, "scope_granted", "orders.read");
    assert_text(line, "rule", "first");
    assert_text(line, "target", "orders");
}

static void test_the_user_is_the_claim_that_the_location_names(void **state)
{
    world_t *w = *state;
    tokex_location_t *location = make_location(w);
    const tokex_outcome_t *outcome = grant(w);
    assert_text(outcome->goes_on, "sub", outcome->user);
    location->user_claim = "client_id";
    assert_string_equal(grant(w)->user, "shop");
}

static void test_a_claim_that_can_be_nobodys_name_refuses_and_no_token_is_made(void **state)
{
    static const char *const claims[] = {"aud", "exp", "no_such_claim"};
    world_t *w = *state;
    tokex_location_t *location = make_location(w);
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        const tokex_outcome_t *outcome;
        location->user_claim = claims[i];
        outcome = refuse(w, TOKEX_E_USER_CLAIM, TOKEX_STEP_SUBJECT);
        assert_string_equal(last_step(outcome)->field, "TokexUserClaim");
        assert_non_null(strstr(outcome->err->log_text, claims[i]));
        assert_null(outcome->user);
        assert_int_equal(tokex_location_status(outcome->err->code, TOKEX_STEP_SUBJECT), 401);
    }
}

static void test_no_location_no_member_of_it_in_the_audit_line(void **state)
{
    world_t *w = *state;
    apr_size_t len = 0;
    const char *text =
        tokex_outcome_audit(grant(w), "receipt-1", NOW, 1234, &len, ((world_t *)*state)->pool);
    assert_null(strstr(text, "\"location\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_CE_3_CE_4_a_location_exchanges_as_its_own_client),
        WITH_WORLD(test_its_client_needs_no_secret),
        WITH_WORLD(test_credentials_do_not_choose_another_client),
        WITH_WORLD(test_without_a_location_credentials_are_still_asked_for),
        WITH_WORLD(test_client_of_the_location_unknown_or_switched_off),
        WITH_WORLD(test_client_of_the_location_without_the_grant_type),
        WITH_WORLD(test_client_of_the_location_without_a_rule),
        WITH_WORLD(test_CE_21_only_issuers_that_the_location_names),
        WITH_WORLD(test_CE_21_a_location_gives_no_more_than_the_rules_of_its_client),
        WITH_WORLD(test_a_trusted_issuer_that_does_not_exist_is_nobody),
        WITH_WORLD(test_a_trusted_issuer_that_is_switched_off_stays_off),
        WITH_WORLD(test_CE_22_the_only_enabled_issuer_is_trusted_by_itself),
        WITH_WORLD(test_CE_22_of_several_enabled_issuers_none_is_trusted),
        WITH_WORLD(test_an_issuer_not_trusted_here_costs_no_signature),
        WITH_WORLD(test_CE_2_a_location_whose_exchange_is_off),
        WITH_WORLD(test_CE_25_machine_tokens_want_location_and_rule),
        WITH_WORLD(test_what_a_location_asks_for_is_judged_like_any_request),
        WITH_WORLD(test_audit_line_of_a_location),
        WITH_WORLD(test_the_user_is_the_claim_that_the_location_names),
        WITH_WORLD(test_a_claim_that_can_be_nobodys_name_refuses_and_no_token_is_made),
        WITH_WORLD(test_no_location_no_member_of_it_in_the_audit_line),
    };
    return cmocka_run_group_tests_name("exchange/location", tests, make_keys, drop_keys);
}
