/* Runs that only look: they do what every other does, and no token comes of them. */
#include "exchange/client_auth.h"
#include "exchange/scopes.h"
#include "exchange_world.h"

static const tokex_trial_t looks = {false};
static const tokex_trial_t assumes = {true};

static const tokex_outcome_t *try_it(world_t *w, const tokex_trial_t *trial)
{
    const tokex_outcome_t *outcome;
    (void)sign_token(w);
    (void)policy_of(w);
    w->engine.trial = trial;
    outcome = tokex_exchange_run(&w->engine, &w->request, NOW, w->pool);
    w->engine.trial = NULL;
    return outcome;
}

static void test_a_trial_has_the_claims_of_the_token_and_no_token(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome = try_it(w, &looks);
    const tokex_json_t *claims = NULL;
    const tokex_json_t *real = issued(w, grant(w));
    assert_success(outcome->err);
    assert_null(outcome->token);
    assert_success(tokex_json_parse_object(&claims, outcome->claims, outcome->claims_len, w->pool));
    assert_json(w, claims, "aud", json_of(w, tokex_json_get(real, "aud")));
    assert_json(w, claims, "scope", json_of(w, tokex_json_get(real, "scope")));
    assert_json(w, claims, "exp", json_of(w, tokex_json_get(real, "exp")));
    assert_int_equal(tokex_json_count(claims), tokex_json_count(real));
    assert_non_null(strstr(tokex_jws_signer_header(outcome->signer, w->pool), "at+jwt"));
}

static void test_only_a_trial_believes_a_client_without_its_secret(void **state)
{
    world_t *w = *state;
    w->request.credentials.client_secret = NULL;
    assert_success(try_it(w, &assumes)->err);
    assert_null(try_it(w, &assumes)->token);
    check_refused(try_it(w, &looks), TOKEX_E_CLIENT_AUTH_MISSING, TOKEX_STEP_CLIENT);
    refuse(w, TOKEX_E_CLIENT_AUTH_MISSING, TOKEX_STEP_CLIENT);
    w->request.credentials.client_secret = "wrong";
    check_refused(try_it(w, &looks), TOKEX_E_CLIENT_SECRET, TOKEX_STEP_CLIENT);
    w->request.credentials.client_id = "public";
    check_refused(try_it(w, &assumes), TOKEX_E_CLIENT_PUBLIC, TOKEX_STEP_CLIENT);
    w->request.credentials.client_id = "gone";
    check_refused(try_it(w, &assumes), TOKEX_E_CLIENT_DISABLED, TOKEX_STEP_CLIENT);
    w->request.credentials.client_id = "nobody";
    check_refused(try_it(w, &assumes), TOKEX_E_CLIENT_UNKNOWN, TOKEX_STEP_CLIENT);
    w->request.credentials.client_id = NULL;
    check_refused(try_it(w, &assumes), TOKEX_E_CLIENT_AUTH_MISSING, TOKEX_STEP_CLIENT);
}

static void test_the_table_of_scopes_grants_what_the_exchange_grants(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    tokex_outcome_t copy;
    const tokex_json_t *claims = NULL;
    const tokex_scope_line_t *lines;
    const char *granted = "";
    int count = 0;
    w->request.scope = "orders.read";
    outcome = try_it(w, &looks);
    assert_success(outcome->err);
    copy = *outcome;
    assert_success(
        tokex_json_parse_object(&claims, claims_text(w), strlen(claims_text(w)), w->pool));
    tokex_run_t run = {.engine = &w->engine,
                       .request = &w->request,
                       .now = NOW,
                       .outcome = &copy,
                       .pool = w->pool};
    lines = tokex_scopes_table(&count, &run, claims);
    for (int i = 0; i < count; i++)
        if (lines[i].granted)
            granted = apr_pstrcat(w->pool, granted, *granted ? " " : "", lines[i].scope, NULL);
    assert_string_equal(granted, outcome->scope_granted);
    assert_string_equal(granted, "orders.read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_a_trial_has_the_claims_of_the_token_and_no_token),
        WITH_WORLD(test_only_a_trial_believes_a_client_without_its_secret),
        WITH_WORLD(test_the_table_of_scopes_grants_what_the_exchange_grants),
    };
    return cmocka_run_group_tests_name("explain/trial", tests, make_keys, drop_keys);
}
