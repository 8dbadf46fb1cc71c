/* Our own tokens, which a protected location takes as they are (RFC 9068). */
#include "exchange_location.h"

/* A token of ours for "orders" as the engine would issue it, claim by claim, and a location that
 * takes it. */
static tokex_location_t *present_ours(world_t *w)
{
    tokex_location_t *location = make_location(w);
    location->own_tokens = TOKEX_OWN_ACCEPT;
    w->token_signer = w->keys->signer;
    set_claim(w, "iss", "\"" OUR_ISSUER "\"");
    set_claim(w, "aud", "[\"https://orders.example\"]");
    set_claim(w, "idp", "\"partner\"");
    set_claim(w, "client_id", "\"rotating\"");
    set_claim(w, "scope", "\"orders.read orders.write\"");
    set_claim(w, "st", "\"user\"");
    ask_audience(w, "orders");
    return location;
}

static const tokex_outcome_t *take(world_t *w)
{
    const tokex_outcome_t *outcome = run(w);
    assert_success(outcome->err);
    assert_non_null(outcome->accepted);
    assert_null(outcome->token);
    assert_null(outcome->claims);
    assert_true(outcome->expires_in > 0);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return outcome;
}

static const tokex_outcome_t *turn_away(world_t *w, tokex_code_t code, tokex_step_t step)
{
    const tokex_outcome_t *outcome = refuse(w, code, step);
    assert_null(outcome->accepted);
    return outcome;
}

/* With the claim set to `json`, NULL for none, the token is refused; then it is as before. */
static void turn_away_claim(world_t *w, const char *name, const char *json, tokex_code_t code,
                            tokex_step_t step)
{
    const char *before = NULL;
    for (int i = 0; i < w->claim_count; i++)
        if (strcmp(w->claims[i].name, name) == 0)
            before = w->claims[i].json;
    set_claim(w, name, json);
    turn_away(w, code, step);
    set_claim(w, name, before);
}

static const tokex_signer_t *signer_of(const world_t *w, const tokex_key_t *key, const char *typ)
{
    const tokex_signer_t *signer = NULL;
    assert_success(tokex_jws_signer_create(&signer, key, TOKEX_ALG_ES256, typ, w->pool));
    return signer;
}

static void test_a_token_that_we_issued_is_accepted(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *first = grant(w);
    const tokex_outcome_t *outcome;
    make_location(w)->own_tokens = TOKEX_OWN_ACCEPT;
    ask_audience(w, "orders");
    w->request.subject_token = first->token;
    w->request.subject_token_len = strlen(first->token);
    outcome = run_as_is(w);
    assert_success(outcome->err);
    assert_text(outcome->accepted, "sub", "auth0|4711");
    assert_string_equal(outcome->jti, first->jti);
    assert_int_equal(outcome->expires_in, first->expires_in);
}

static void test_what_an_accepted_token_comes_to(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    present_ours(w);
    outcome = take(w);
    assert_text(outcome->accepted, "client_id", "rotating");
    assert_string_equal(outcome->subject, "auth0|4711");
    assert_string_equal(outcome->scope_granted, "orders.read orders.write");
    assert_string_equal(outcome->jti, "subject-jti");
    assert_int_equal(outcome->expires_in, 3600);
    assert_string_equal(step_of(outcome, TOKEX_STEP_SIGNATURE)->id, "self");
    assert_string_equal(last_step(outcome)->id, "/orders");
}

static void test_audit_line_of_an_accepted_token(void **state)
{
    world_t *w = *state;
    const tokex_json_t *line;
    present_ours(w);
    set_claim(w, "act", "{\"sub\":\"rotating\",\"act\":{\"sub\":\"shop\"}}");
    line = audit_of(w, take(w));
    assert_text(line, "outcome", "accepted");
    assert_text(line, "client", "shop");
    assert_text(line, "issuer", "self");
    assert_text(line, "subject", "auth0|4711");
    assert_text(line, "actor", "rotating");
    assert_text(line, "actors", "rotating shop");
    assert_text(line, "target", "orders");
    assert_text(line, "scope_granted", "orders.read orders.write");
    assert_text(line, "jti", "subject-jti");
    assert_null(tokex_json_get(line, "rule"));
}

static void test_no_rule_is_needed(void **state)
{
    world_t *w = *state;
    present_ours(w);
    w->clients[0].rule_count = 0;
    take(w);
}

static void test_by_default_our_tokens_are_refused(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    present_ours(w)->own_tokens = TOKEX_OWN_REFUSE;
    w->rules[0].issuers = texts(w->pool, "partner", "self", NULL);
    outcome = turn_away(w, TOKEX_E_ISSUER_LOCATION, TOKEX_STEP_ISSUER);
    assert_string_equal(last_step(outcome)->field, "TokexOwnTokens");
}

static void test_self_in_trusted_issuers_says_nothing_of_our_tokens(void **state)
{
    world_t *w = *state;
    tokex_location_t *location = present_ours(w);
    location->own_tokens = TOKEX_OWN_REFUSE;
    location->issuers = texts(w->pool, "self", NULL).items;
    turn_away(w, TOKEX_E_ISSUER_LOCATION, TOKEX_STEP_ISSUER);
}

static void test_our_tokens_exchanged_where_the_location_says(void **state)
{
    world_t *w = *state;
    present_ours(w)->own_tokens = TOKEX_OWN_EXCHANGE;
    set_claim(w, "client_id", "\"shop\"");
    turn_away(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ISSUER);
    w->rules[0].issuers = texts(w->pool, "partner", "self", NULL);
    compile_again(w);
    assert_null(grant(w)->accepted);
    set_claim(w, "client_id", "\"rotating\"");
    turn_away(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
}

static void test_accepted_where_nothing_is_exchanged(void **state)
{
    world_t *w = *state;
    tokex_location_t *location = present_ours(w);
    location->exchange = false;
    take(w);
    location->own_tokens = TOKEX_OWN_EXCHANGE;
    turn_away(w, TOKEX_E_EXCHANGE_OFF, TOKEX_STEP_ISSUER);
}

/* RFC 9068 section 4: "at+jwt" or "application/at+jwt", anything else is refused. */
static void test_RSV_004_typ_of_our_token(void **state)
{
    static const char *const wrong[] = {"JWT", "jwt", "at", "id+jwt", "text/at+jwt"};
    world_t *w = *state;
    present_ours(w);
    w->token_signer = signer_of(w, w->keys->ours, "application/at+jwt");
    take(w);
    for (int i = 0; i < COUNT(wrong); i++) {
        w->token_signer = signer_of(w, w->keys->ours, wrong[i]);
        turn_away(w, TOKEX_E_TOKEN_TYP, TOKEX_STEP_ISSUER);
    }
}

static void test_RSV_004_where_id_tokens_are_taken_ours_are_not(void **state)
{
    world_t *w = *state;
    present_ours(w);
    w->request.subject_token_type = TOKEX_TYPE_URN_ID_TOKEN;
    turn_away(w, TOKEX_E_SUBJECT_TOKEN_TYPE, TOKEX_STEP_ISSUER);
}

static void test_our_token_under_another_key(void **state)
{
    world_t *w = *state;
    present_ours(w);
    w->token_signer = signer_of(w, w->keys->foreign, "at+jwt");
    turn_away(w, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_KEY);
}

/* The key decides whose token it is, not what iss says. */
static void test_our_key_does_not_sign_for_a_foreign_issuer(void **state)
{
    world_t *w = *state;
    present_ours(w);
    set_claim(w, "iss", "\"https://idp.partner.example\"");
    turn_away(w, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_KEY);
}

static void test_iss_is_ours_letter_by_letter(void **state)
{
    world_t *w = *state;
    present_ours(w);
    turn_away_claim(w, "iss", "\"" OUR_ISSUER "/\"", TOKEX_E_ISSUER_UNKNOWN, TOKEX_STEP_ISSUER);
    turn_away_claim(w, "iss", "\"https://STS.example\"", TOKEX_E_ISSUER_UNKNOWN, TOKEX_STEP_ISSUER);
    turn_away_claim(w, "iss", "\"self\"", TOKEX_E_ISSUER_UNKNOWN, TOKEX_STEP_ISSUER);
    take(w);
}

static void test_aud_names_the_target_of_the_location(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    present_ours(w);
    set_claim(w, "aud", "\"https://orders.example\"");
    take(w);
    turn_away_claim(w, "aud", "\"https://billing.example\"", TOKEX_E_AUD_WRONG,
                    TOKEX_STEP_AUDIENCE);
    turn_away_claim(w, "aud", "\"orders\"", TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    turn_away_claim(w, "aud", "\"https://orders.example/\"", TOKEX_E_AUD_WRONG,
                    TOKEX_STEP_AUDIENCE);
    turn_away_claim(w, "aud", "\"" OUR_ISSUER "\"", TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    turn_away_claim(w, "aud", "\"shop\"", TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    turn_away_claim(w, "aud", "[]", TOKEX_E_AUD_MALFORMED, TOKEX_STEP_AUDIENCE);
    turn_away_claim(w, "aud", NULL, TOKEX_E_AUD_MALFORMED, TOKEX_STEP_AUDIENCE);
    set_claim(w, "aud", "[\"https://billing.example\",\"https://vault.example\"]");
    outcome = turn_away(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    assert_string_equal(last_step(outcome)->id, "orders");
    assert_non_null(strstr(outcome->err->log_text, "https://orders.example"));
}

static void test_aud_names_every_target_of_the_location(void **state)
{
    world_t *w = *state;
    present_ours(w);
    ask_resource(w, "https://billing.example/");
    turn_away(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    set_claim(w, "aud", "[\"https://billing.example\",\"https://orders.example\"]");
    take(w);
}

static void test_a_location_that_asks_for_no_target_accepts_nothing(void **state)
{
    world_t *w = *state;
    present_ours(w);
    ask_nothing(w);
    turn_away(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
}

static void test_the_targets_of_the_location_must_be_there_and_enabled(void **state)
{
    world_t *w = *state;
    present_ours(w);
    ask_nothing(w);
    ask_audience(w, "shut");
    set_claim(w, "aud", "\"https://shut.example\"");
    turn_away(w, TOKEX_E_TARGET_DISABLED, TOKEX_STEP_TARGET);
    ask_nothing(w);
    ask_audience(w, "nowhere");
    turn_away(w, TOKEX_E_TARGET_UNKNOWN, TOKEX_STEP_TARGET);
}

/* Two resource servers: named here, and of the scopes those that are of here. */
static void test_RSV_003_scopes_of_another_resource_server_do_not_count(void **state)
{
    world_t *w = *state;
    present_ours(w);
    set_claim(w, "aud", "[\"https://orders.example\",\"https://billing.example\"]");
    set_claim(w, "scope", "\"invoices.read orders.read unheard.of\"");
    assert_string_equal(take(w)->scope_granted, "orders.read");
    ask_nothing(w);
    ask_audience(w, "billing");
    assert_string_equal(take(w)->scope_granted, "invoices.read");
    ask_nothing(w);
    ask_audience(w, "vault");
    turn_away(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
}

static void test_a_token_of_ours_without_scope(void **state)
{
    static const char *const none[] = {NULL, "\"\"", "7", "[]", "{}", "\"invoices.read\""};
    world_t *w = *state;
    present_ours(w);
    for (int i = 0; i < COUNT(none); i++) {
        set_claim(w, "scope", none[i]);
        assert_string_equal(take(w)->scope_granted, "");
    }
}

/* That it was asked for by name, and allowed, was judged when the token was issued. */
static void test_a_sensitive_scope_of_ours_counts(void **state)
{
    world_t *w = *state;
    present_ours(w);
    w->scopes[3].sensitive = true;
    set_claim(w, "scope", "\"admin orders.read\"");
    assert_string_equal(take(w)->scope_granted, "orders.read admin");
}

/* As where it is exchanged: nothing of what the location asks for is there. */
static void test_none_of_the_scopes_that_the_location_asks_for(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    present_ours(w);
    w->request.scope = "orders.write admin";
    assert_string_equal(take(w)->scope_granted, "orders.read orders.write");
    w->request.scope = "admin";
    outcome = turn_away(w, TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
    assert_string_equal(last_step(outcome)->object, "location");
    assert_string_equal(last_step(outcome)->field, "TokexScope");
    w->request.scope = "orders";
    turn_away(w, TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
    w->request.scope = "invoices.read";
    set_claim(w, "scope", "\"invoices.read\"");
    turn_away(w, TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
}

static void test_exp_of_our_token_has_no_leeway(void **state)
{
    world_t *w = *state;
    present_ours(w);
    set_claim_time(w, "exp", NOW + 1);
    assert_int_equal(take(w)->expires_in, 1);
    set_claim_time(w, "exp", NOW);
    turn_away(w, TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
    set_claim(w, "exp", NULL);
    turn_away(w, TOKEX_E_EXP_MISSING, TOKEX_STEP_TIME);
    set_claim_time(w, "exp", NOW + 60);
    set_claim_time(w, "nbf", NOW + 1);
    turn_away(w, TOKEX_E_NOT_YET_VALID, TOKEX_STEP_TIME);
}

static void test_RSV_002_client_id_missing(void **state)
{
    static const char *const none[] = {NULL, "null", "7", "[\"rotating\"]", "\"\""};
    world_t *w = *state;
    present_ours(w);
    for (int i = 0; i < COUNT(none); i++)
        turn_away_claim(w, "client_id", none[i], TOKEX_E_OWN_CLAIMS, TOKEX_STEP_SUBJECT);
    take(w);
}

static void test_jti_iat_and_sub_are_there(void **state)
{
    static const char *const none[] = {NULL, "null", "7", "\"\""};
    world_t *w = *state;
    present_ours(w);
    for (int i = 0; i < COUNT(none); i++) {
        turn_away_claim(w, "jti", none[i], TOKEX_E_OWN_CLAIMS, TOKEX_STEP_SUBJECT);
        turn_away_claim(w, "sub", none[i], TOKEX_E_SUB_MALFORMED, TOKEX_STEP_SUBJECT);
        turn_away_claim(w, "idp", none[i], i < 3 ? TOKEX_E_SUB_MALFORMED : TOKEX_E_OWN_ISSUER,
                        TOKEX_STEP_SUBJECT);
    }
    turn_away_claim(w, "iat", NULL, TOKEX_E_OWN_CLAIMS, TOKEX_STEP_SUBJECT);
    turn_away_claim(w, "iat", "\"1\"", TOKEX_E_TIME_MALFORMED, TOKEX_STEP_TIME);
    take(w);
}

static void test_a_token_of_ours_that_is_bound_to_a_key(void **state)
{
    world_t *w = *state;
    present_ours(w);
    turn_away_claim(w, "cnf", "{\"jkt\":\"x\"}", TOKEX_E_TOKEN_BOUND, TOKEX_STEP_SUBJECT);
    turn_away_claim(w, "cnf", "null", TOKEX_E_TOKEN_BOUND, TOKEX_STEP_SUBJECT);
}

static void test_the_subject_of_our_token_is_no_client(void **state)
{
    world_t *w = *state;
    present_ours(w);
    turn_away_claim(w, "sub", "\"rotating\"", TOKEX_E_SUB_IS_CLIENT, TOKEX_STEP_SUBJECT);
}

static void test_a_chain_of_actors_that_cannot_be_read(void **state)
{
    world_t *w = *state;
    present_ours(w);
    turn_away_claim(w, "act", "\"rotating\"", TOKEX_E_ACT_MALFORMED, TOKEX_STEP_SUBJECT);
    turn_away_claim(w, "act", "{\"act\":{\"sub\":\"x\"}}", TOKEX_E_ACT_MALFORMED,
                    TOKEX_STEP_SUBJECT);
}

static void test_the_client_of_our_token_was_switched_off(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    present_ours(w);
    take(w);
    w->clients[1].enabled = false;
    compile_again(w);
    outcome = turn_away(w, TOKEX_E_OWN_CLIENT, TOKEX_STEP_SUBJECT);
    assert_string_equal(last_step(outcome)->id, "rotating");
    assert_string_equal(last_step(outcome)->field, "enabled");
    set_claim(w, "client_id", "\"nobody\"");
    outcome = turn_away(w, TOKEX_E_OWN_CLIENT, TOKEX_STEP_SUBJECT);
    assert_non_null(strstr(outcome->err->log_text, "nobody"));
}

static void test_the_issuer_of_our_tokens_user_was_switched_off(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    present_ours(w);
    set_claim(w, "idp", "\"closed\"");
    outcome = turn_away(w, TOKEX_E_OWN_ISSUER, TOKEX_STEP_SUBJECT);
    assert_string_equal(last_step(outcome)->id, "closed");
    set_claim(w, "idp", "\"removed\"");
    outcome = turn_away(w, TOKEX_E_OWN_ISSUER, TOKEX_STEP_SUBJECT);
    assert_non_null(strstr(outcome->err->log_text, "removed"));
}

/* Whoever signs for us names where the user came from, which is never ourselves. */
static void test_the_user_of_our_token_does_not_come_from_us(void **state)
{
    world_t *w = *state;
    present_ours(w);
    turn_away_claim(w, "idp", "\"self\"", TOKEX_E_OWN_ISSUER, TOKEX_STEP_SUBJECT);
}

static void test_CE_25_machine_tokens_of_ours(void **state)
{
    static const char *const machines[] = {"\"machine\"", "\"User\"", "7", NULL};
    world_t *w = *state;
    tokex_location_t *location = present_ours(w);
    const tokex_outcome_t *outcome;
    for (int i = 0; i < COUNT(machines); i++) {
        set_claim(w, "st", machines[i]);
        outcome = turn_away(w, TOKEX_E_MACHINE_TOKEN, TOKEX_STEP_MACHINE);
        assert_string_equal(last_step(outcome)->field, "TokexMachineTokens");
    }
    location->machine_tokens = true;
    take(w);
}

static void test_a_foreign_token_is_never_accepted_as_ours(void **state)
{
    world_t *w = *state;
    present_ours(w);
    w->token_signer = w->keys->foreign_signer;
    set_claim(w, "iss", "\"https://idp.partner.example\"");
    turn_away(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    set_claim(w, "aud", "\"" OUR_ISSUER "\"");
    assert_null(grant(w)->accepted);
}

static void test_without_a_location_nothing_is_accepted(void **state)
{
    world_t *w = *state;
    present_ours(w);
    w->request.location = NULL;
    w->request.credentials.client_id = "shop";
    w->request.credentials.client_secret = SECRET;
    turn_away(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ISSUER);
}

static void test_the_user_of_our_own_token(void **state)
{
    world_t *w = *state;
    tokex_location_t *location = present_ours(w);
    const tokex_outcome_t *outcome = take(w);
    assert_ptr_equal(outcome->goes_on, outcome->accepted);
    assert_text(outcome->accepted, "sub", outcome->user);
    location->user_claim = "aud";
    turn_away(w, TOKEX_E_USER_CLAIM, TOKEX_STEP_SUBJECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_a_token_that_we_issued_is_accepted),
        WITH_WORLD(test_what_an_accepted_token_comes_to),
        WITH_WORLD(test_audit_line_of_an_accepted_token),
        WITH_WORLD(test_no_rule_is_needed),
        WITH_WORLD(test_by_default_our_tokens_are_refused),
        WITH_WORLD(test_self_in_trusted_issuers_says_nothing_of_our_tokens),
        WITH_WORLD(test_our_tokens_exchanged_where_the_location_says),
        WITH_WORLD(test_accepted_where_nothing_is_exchanged),
        WITH_WORLD(test_RSV_004_typ_of_our_token),
        WITH_WORLD(test_RSV_004_where_id_tokens_are_taken_ours_are_not),
        WITH_WORLD(test_our_token_under_another_key),
        WITH_WORLD(test_our_key_does_not_sign_for_a_foreign_issuer),
        WITH_WORLD(test_iss_is_ours_letter_by_letter),
        WITH_WORLD(test_aud_names_the_target_of_the_location),
        WITH_WORLD(test_aud_names_every_target_of_the_location),
        WITH_WORLD(test_a_location_that_asks_for_no_target_accepts_nothing),
        WITH_WORLD(test_the_targets_of_the_location_must_be_there_and_enabled),
        WITH_WORLD(test_RSV_003_scopes_of_another_resource_server_do_not_count),
        WITH_WORLD(test_a_token_of_ours_without_scope),
        WITH_WORLD(test_a_sensitive_scope_of_ours_counts),
        WITH_WORLD(test_none_of_the_scopes_that_the_location_asks_for),
        WITH_WORLD(test_exp_of_our_token_has_no_leeway),
        WITH_WORLD(test_RSV_002_client_id_missing),
        WITH_WORLD(test_jti_iat_and_sub_are_there),
        WITH_WORLD(test_a_token_of_ours_that_is_bound_to_a_key),
        WITH_WORLD(test_the_subject_of_our_token_is_no_client),
        WITH_WORLD(test_a_chain_of_actors_that_cannot_be_read),
        WITH_WORLD(test_the_client_of_our_token_was_switched_off),
        WITH_WORLD(test_the_issuer_of_our_tokens_user_was_switched_off),
        WITH_WORLD(test_the_user_of_our_token_does_not_come_from_us),
        WITH_WORLD(test_CE_25_machine_tokens_of_ours),
        WITH_WORLD(test_a_foreign_token_is_never_accepted_as_ours),
        WITH_WORLD(test_without_a_location_nothing_is_accepted),
        WITH_WORLD(test_the_user_of_our_own_token),
    };
    return cmocka_run_group_tests_name("exchange/accept", tests, make_keys, drop_keys);
}
