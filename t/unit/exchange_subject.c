#include "exchange_world.h"

static void refuse_claim(world_t *w, const char *name, const char *json, tokex_code_t code,
                         tokex_step_t step)
{
    const tokex_outcome_t *outcome;
    set_claim(w, name, json);
    outcome = refuse(w, code, step);
    assert_string_equal(tokex_err_info(outcome->err->code)->oauth_error, "invalid_request");
    assert_int_equal(tokex_err_info(outcome->err->code)->http_status, 400);
    assert_string_equal(tokex_err_info(outcome->err->code)->client_text,
                        "The subject token is not accepted.");
    assert_non_null(outcome->err->log_text);
}

static void test_CLM_001_CLM_004_CLM_005_iss_is_compared_octet_by_octet(void **state)
{
    world_t *w = *state;
    tokex_step_t step = TOKEX_STEP_ISSUER;
    grant(w);
    refuse_claim(w, "iss", "\"https://idp.partner.example/\"", TOKEX_E_ISSUER_UNKNOWN, step);
    refuse_claim(w, "iss", "\"https://IDP.partner.example\"", TOKEX_E_ISSUER_UNKNOWN, step);
    refuse_claim(w, "iss", "[\"https://idp.partner.example\"]", TOKEX_E_ISSUER_MISSING, step);
    refuse_claim(w, "iss", "null", TOKEX_E_ISSUER_MISSING, step);
    refuse_claim(w, "iss", "\"\"", TOKEX_E_ISSUER_UNKNOWN, step);
    refuse_claim(w, "iss", NULL, TOKEX_E_ISSUER_MISSING, step);
}

static void test_disabled_issuer_refused_and_the_trace_names_the_switch(void **state)
{
    world_t *w = *state;
    refuse_claim(w, "iss", "\"https://idp.closed.example\"", TOKEX_E_ISSUER_DISABLED,
                 TOKEX_STEP_ISSUER);
    assert_string_equal(last_step(run(w))->id, "closed");
    assert_string_equal(last_step(run(w))->field, "enabled");
}

static void test_CAU_020_issuer_of_no_rule_looks_like_an_unknown_one(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *no_rule;
    const tokex_outcome_t *unknown;
    set_claim(w, "iss", "\"https://idp.other.example\"");
    no_rule = refuse(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ISSUER);
    assert_string_equal(last_step(no_rule)->object, "client");
    assert_string_equal(last_step(no_rule)->field, "rules");
    set_claim(w, "iss", "\"https://idp.nobody.example\"");
    unknown = refuse(w, TOKEX_E_ISSUER_UNKNOWN, TOKEX_STEP_ISSUER);
    assert_string_equal(tokex_outcome_error(no_rule->err, "r", NULL, w->pool),
                        tokex_outcome_error(unknown->err, "r", NULL, w->pool));
}

static void test_disabled_rule_allows_no_issuer(void **state)
{
    world_t *w = *state;
    w->rules[0].enabled = false;
    refuse(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ISSUER);
}

static void test_CLM_011_CLM_012_aud_lists(void **state)
{
    world_t *w = *state;
    tokex_step_t step = TOKEX_STEP_AUDIENCE;
    set_claim(w, "aud", "[\"https://else.example\",\"" OUR_ISSUER "\"]");
    grant(w);
    refuse_claim(w, "aud", "[]", TOKEX_E_AUD_MALFORMED, step);
    refuse_claim(w, "aud", "[\"" OUR_ISSUER "\",1]", TOKEX_E_AUD_MALFORMED, step);
    refuse_claim(w, "aud", "[\"" OUR_ISSUER "\",[]]", TOKEX_E_AUD_MALFORMED, step);
    refuse_claim(w, "aud", "[null,\"" OUR_ISSUER "\"]", TOKEX_E_AUD_MALFORMED, step);
    refuse_claim(w, "aud", "[\"" OUR_ISSUER "\",\"\"]", TOKEX_E_AUD_MALFORMED, step);
    refuse_claim(w, "aud", "\"\"", TOKEX_E_AUD_MALFORMED, step);
    refuse_claim(w, "aud", "{\"a\":\"" OUR_ISSUER "\"}", TOKEX_E_AUD_MALFORMED, step);
    refuse_claim(w, "aud", "null", TOKEX_E_AUD_MALFORMED, step);
    refuse_claim(w, "aud", NULL, TOKEX_E_AUD_MALFORMED, step);
}

static void test_too_many_audiences_refused(void **state)
{
    world_t *w = *state;
    const char *list = "[\"" OUR_ISSUER "\"";
    for (int i = 1; i < TOKEX_LIMIT_AUD_COUNT; i++)
        list = apr_pstrcat(w->pool, list, ",\"x\"", NULL);
    set_claim(w, "aud", apr_pstrcat(w->pool, list, "]", NULL));
    grant(w);
    refuse_claim(w, "aud", apr_pstrcat(w->pool, list, ",\"x\"]", NULL), TOKEX_E_AUD_MALFORMED,
                 TOKEX_STEP_AUDIENCE);
}

static void test_AS_6_CLM_015_alias_is_the_issuers_own(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    set_claim(w, "aud", "\"urn:partner:us\"");
    assert_string_equal(step_of(grant(w), TOKEX_STEP_AUDIENCE)->found, "urn:partner:us");
    refuse_claim(w, "aud", "\"urn:other:us\"", TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    refuse_claim(w, "aud", "\"" OUR_ISSUER "/\"", TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    outcome = run(w);
    assert_non_null(strstr(outcome->err->log_text, OUR_ISSUER "/"));
    assert_non_null(strstr(outcome->err->log_text, "partner"));
}

static void test_CLM_018_exp_now_refused_without_leeway(void **state)
{
    world_t *w = *state;
    w->issuers[0].leeway = 0;
    set_claim_time(w, "exp", NOW);
    refuse(w, TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
    set_claim_time(w, "exp", NOW + 1);
    assert_int_equal(grant(w)->expires_in, 1);
}

static void test_section_4_leeway_lengthens_life_minus_5_accepted_minus_11_refused(void **state)
{
    world_t *w = *state;
    set_claim_time(w, "exp", NOW - 5);
    assert_int_equal(grant(w)->expires_in, 5);
    set_claim_time(w, "exp", NOW - 11);
    refuse(w, TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
    assert_string_equal(last_step(run(w))->object, "issuer");
    assert_string_equal(last_step(run(w))->id, "partner");
    assert_string_equal(last_step(run(w))->field, "leeway");
}

static void test_CLM_019_CLM_020_the_edge_of_the_leeway(void **state)
{
    world_t *w = *state;
    set_claim_time(w, "exp", NOW - 9);
    assert_int_equal(grant(w)->expires_in, 1);
    set_claim_time(w, "exp", NOW - 10);
    refuse(w, TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
}

static void test_CLM_021_fractional_exp_is_rounded_down(void **state)
{
    world_t *w = *state;
    set_claim(w, "exp", "1700000010.5");
    assert_int_equal(grant(w)->expires_in, 10);
    set_claim(w, "exp", "1699999990.9");
    refuse(w, TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
    set_claim(w, "exp", "1.7000001e9");
    assert_int_equal(grant(w)->expires_in, 100);
}

static void test_CLM_023_exp_far_ahead_is_capped_by_age_and_lifetime(void **state)
{
    world_t *w = *state;
    set_claim_time(w, "exp", NOW + INT64_C(100) * 365 * 86400);
    assert_int_equal(grant(w)->expires_in, 300);
}

static void test_CLM_026_times_of_the_wrong_type_or_range_refused(void **state)
{
    world_t *w = *state;
    static const char *const names[] = {"exp", "nbf", "iat"};
    static const char *const values[] = {
        "\"1700000100\"", "[1700000100]",    "true", "null", "{}", "-1", "-0.5", "253402300800",
        "1e300",          "9007199254740993"};
    for (int n = 0; n < COUNT(names); n++) {
        for (int v = 0; v < COUNT(values); v++)
            refuse_claim(w, names[n], values[v], TOKEX_E_TIME_MALFORMED, TOKEX_STEP_TIME);
        set_claim_time(w, names[n], n == 0 ? NOW + 3600 : NOW - 60);
    }
    grant(w);
    set_claim(w, "exp", "253402300799");
    grant(w);
    refuse_claim(w, "exp", NULL, TOKEX_E_EXP_MISSING, TOKEX_STEP_TIME);
}

static void test_nbf_and_iat_in_the_future_refused_beyond_the_leeway(void **state)
{
    world_t *w = *state;
    set_claim_time(w, "nbf", NOW + 10);
    set_claim_time(w, "iat", NOW + 10);
    grant(w);
    set_claim_time(w, "nbf", NOW + 11);
    refuse(w, TOKEX_E_NOT_YET_VALID, TOKEX_STEP_TIME);
    set_claim(w, "nbf", NULL);
    set_claim_time(w, "iat", NOW + 11);
    refuse(w, TOKEX_E_NOT_YET_VALID, TOKEX_STEP_TIME);
    set_claim(w, "iat", NULL);
    grant(w);
}

static void test_CLM_028_largest_age_needs_iat(void **state)
{
    world_t *w = *state;
    w->issuers[0].max_age = 600;
    set_claim_time(w, "iat", NOW - 610);
    grant(w);
    set_claim_time(w, "iat", NOW - 611);
    refuse(w, TOKEX_E_TOO_OLD, TOKEX_STEP_TIME);
    refuse_claim(w, "iat", NULL, TOKEX_E_IAT_MISSING, TOKEX_STEP_TIME);
    assert_string_equal(last_step(run(w))->field, "max_age");
}

static void test_the_end_of_the_subject_token_is_told_without_leeway(void **state)
{
    world_t *w = *state;
    set_claim_time(w, "exp", NOW + 500);
    set_claim_time(w, "iat", NOW - 20);
    assert_true(grant(w)->subject_until == NOW + 500);
    set_claim_time(w, "exp", NOW - 5);
    assert_true(grant(w)->subject_until == NOW - 5);
    set_claim_time(w, "exp", NOW + 500);
    w->issuers[0].max_age = 600;
    assert_true(grant(w)->subject_until == NOW + 500);
    w->issuers[0].max_age = 100;
    assert_true(grant(w)->subject_until == NOW + 80);
    set_claim_time(w, "exp", NOW - 11);
    assert_true(run(w)->subject_until == 0);
}

static void test_CLM_030_exp_before_iat_or_nbf_refused(void **state)
{
    world_t *w = *state;
    set_claim_time(w, "exp", NOW - 1);
    set_claim_time(w, "iat", NOW);
    refuse(w, TOKEX_E_TIMES_CROSSED, TOKEX_STEP_TIME);
    set_claim_time(w, "iat", NOW - 60);
    set_claim_time(w, "nbf", NOW);
    refuse(w, TOKEX_E_TIMES_CROSSED, TOKEX_STEP_TIME);
    set_claim_time(w, "nbf", NOW - 1);
    grant(w);
}

static void test_CLM_031_sub_missing_or_malformed_refused(void **state)
{
    world_t *w = *state;
    char *text = apr_pcalloc(w->pool, TOKEX_LIMIT_SUB + 4);
    text[0] = '"';
    memset(text + 1, 'a', TOKEX_LIMIT_SUB);
    text[TOKEX_LIMIT_SUB + 1] = '"';
    set_claim(w, "sub", apr_pstrdup(w->pool, text));
    grant(w);
    text[TOKEX_LIMIT_SUB + 1] = 'a';
    text[TOKEX_LIMIT_SUB + 2] = '"';
    refuse_claim(w, "sub", text, TOKEX_E_SUB_MALFORMED, TOKEX_STEP_SUBJECT);
    refuse_claim(w, "sub", "\"\"", TOKEX_E_SUB_MALFORMED, TOKEX_STEP_SUBJECT);
    refuse_claim(w, "sub", "4711", TOKEX_E_SUB_MALFORMED, TOKEX_STEP_SUBJECT);
    refuse_claim(w, "sub", NULL, TOKEX_E_SUB_MALFORMED, TOKEX_STEP_SUBJECT);
}

static void test_CLM_033_CE_46_sub_is_copied_octet_by_octet(void **state)
{
    world_t *w = *state;
    static const char *const subs[] = {"auth0|4711", " padded ", "Zoe\xCC\x88", "Zo\xC3\xAB"};
    for (int i = 0; i < COUNT(subs); i++) {
        const tokex_outcome_t *outcome;
        set_claim(w, "sub", apr_psprintf(w->pool, "\"%s\"", subs[i]));
        outcome = grant(w);
        assert_string_equal(outcome->subject, subs[i]);
        assert_text(issued(w, outcome), "sub", subs[i]);
    }
}

static void test_CLM_034_same_sub_of_two_issuers_differs_by_idp(void **state)
{
    world_t *w = *state;
    w->rules[0].issuers = texts(w->pool, "partner", "other", NULL);
    assert_text(issued(w, grant(w)), "idp", "partner");
    set_claim(w, "iss", "\"https://idp.other.example\"");
    assert_text(issued(w, grant(w)), "idp", "other");
}

static void test_CLM_035_sub_that_is_a_client_of_ours_refused(void **state)
{
    world_t *w = *state;
    refuse_claim(w, "sub", "\"idle\"", TOKEX_E_SUB_IS_CLIENT, TOKEX_STEP_SUBJECT);
    assert_string_equal(last_step(run(w))->object, "client");
    assert_string_equal(last_step(run(w))->id, "idle");
    set_claim(w, "sub", "\"Idle\"");
    grant(w);
}

static void test_CLM_043_unknown_claims_are_ignored(void **state)
{
    world_t *w = *state;
    set_claim(w, "anything", "{\"deep\":[1,2,{\"er\":null}]}");
    assert_null(tokex_json_get(issued(w, grant(w)), "anything"));
}

static void test_CLM_044_bound_token_refused(void **state)
{
    world_t *w = *state;
    refuse_claim(w, "cnf", "{\"jkt\":\"x\"}", TOKEX_E_TOKEN_BOUND, TOKEX_STEP_SUBJECT);
    refuse_claim(w, "cnf", "null", TOKEX_E_TOKEN_BOUND, TOKEX_STEP_SUBJECT);
}

static void test_HDR_007_alg_that_the_issuer_does_not_list_refused(void **state)
{
    world_t *w = *state;
    w->issuers[0].algorithms = texts(w->pool, "RS256", "ES384", NULL);
    refuse(w, TOKEX_E_ALG_NOT_ALLOWED, TOKEX_STEP_KEY);
    assert_string_equal(last_step(run(w))->field, "algorithms");
    assert_non_null(strstr(run(w)->err->log_text, "ES256"));
}

static void sign_with_typ(world_t *w, const char *typ)
{
    assert_success(
        tokex_jws_signer_create(&w->token_signer, w->keys->foreign, TOKEX_ALG_ES256, typ, w->pool));
}

static void test_HDR_030_typ_jwt_in_each_spelling_accepted(void **state)
{
    static const char *const typs[] = {"JWT", "jwt", "application/jwt", "Application/JWT"};
    world_t *w = *state;
    w->issuers[0].typ = "jwt";
    for (int i = 0; i < COUNT(typs); i++) {
        sign_with_typ(w, typs[i]);
        grant(w);
    }
    sign_with_typ(w, "at+jwt");
    refuse(w, TOKEX_E_TOKEN_TYP, TOKEX_STEP_ISSUER);
}

static void test_HDR_031_HDR_032_typ_at_jwt_asked_for(void **state)
{
    static const char *const wrong[] = {"JWT", "application/", "at+jwtx", "jwt+at", ""};
    world_t *w = *state;
    w->issuers[0].typ = "at+jwt";
    sign_with_typ(w, "at+jwt");
    grant(w);
    sign_with_typ(w, "application/at+jwt");
    grant(w);
    for (int i = 0; i < COUNT(wrong); i++) {
        sign_with_typ(w, wrong[i]);
        refuse(w, TOKEX_E_TOKEN_TYP, TOKEX_STEP_ISSUER);
    }
    sign_with_typ(w, NULL);
    refuse(w, TOKEX_E_TOKEN_TYP, TOKEX_STEP_ISSUER);
}

static void test_issuer_must_be_set_up_for_the_subject_token_type(void **state)
{
    world_t *w = *state;
    w->request.subject_token_type = TOKEX_TYPE_URN_JWT;
    grant(w);
    w->request.subject_token_type = TOKEX_TYPE_URN_ID_TOKEN;
    refuse(w, TOKEX_E_SUBJECT_TOKEN_TYPE, TOKEX_STEP_ISSUER);
    assert_string_equal(last_step(run(w))->field, "token_types");
}

static void test_a_key_of_another_issuer_does_not_verify(void **state)
{
    world_t *w = *state;
    const tokex_key_t *stranger = NULL;
    assert_success(tokex_jwk_generate(&stranger, TOKEX_ALG_ES256, w->keys->crypt, w->pool));
    assert_success(
        tokex_jws_signer_create(&w->token_signer, stranger, TOKEX_ALG_ES256, "JWT", w->pool));
    refuse(w, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_KEY);
    assert_non_null(strstr(run(w)->err->log_text, "partner"));
}

/* Valid in some years, not at the time of these tests. */
static void
test_JWK_016_key_of_a_certificate_outside_its_validity_refused_unless_allowed(void **state)
{
    world_t *w = *state;
    w->issuer_key.jwk = NULL;
    w->issuer_key.pem = "-----BEGIN CERTIFICATE-----\n"
                        "MIIBjjCCATWgAwIBAgIUFHCppib08M3AhrXINuPbYaVKy7gwCgYIKoZIzj0EAwIw\n"
                        "HDEaMBgGA1UEAwwRZWMuaXNzdWVyLmV4YW1wbGUwIBcNMjYxMTIyMTk0MjAyWhgP\n"
                        "MjA1NDA0MDkxOTQyMDJaMBwxGjAYBgNVBAMMEWVjLmlzc3Vlci5leGFtcGxlMFkw\n"
                        "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE36TDjgzJ4b9Jib276tvFEHPPpGWMWdQd\n"
                        "tBws3XNGcBOs9cSyyJouz6i26xe1EHR9kFQgTVGrsuQPEIiuLsC0GKNTMFEwHQYD\n"
                        "VR0OBBYEFMzLpPzm+ua0pYhAplr0bnn5+h7jMB8GA1UdIwQYMBaAFMzLpPzm+ua0\n"
                        "pYhAplr0bnn5+h7jMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIg\n"
                        "FUEt3iHPtTScDBNA+wuWvQ0GVf5pSXpBZxjAmMZslOQCIC0BeIiSDDv4zykvxmxG\n"
                        "dCEQwPlkIybrDvmCCUsCqThE\n"
                        "-----END CERTIFICATE-----\n";
    refuse(w, TOKEX_E_KEY_EXPIRED, TOKEX_STEP_KEY);
    assert_string_equal(last_step(run(w))->field, "allow_expired_certificates");
    w->issuers[0].allow_expired_certificates = true;
    refuse(w, TOKEX_E_SIGNATURE, TOKEX_STEP_SIGNATURE);
}

/* The claims of one token under the signature of another. */
static void test_changed_claims_do_not_verify_and_nothing_of_them_is_believed(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    const char *sub = "\"admin-of-all\"";
    const char *token;
    const char *other;
    token = sign_token(w);
    set_claim(w, "sub", sub);
    other = sign_token(w);
    w->request.subject_token = apr_pstrcat(
        w->pool, apr_pstrmemdup(w->pool, other, (apr_size_t)(strrchr(other, '.') - other)),
        strrchr(token, '.'), NULL);
    w->request.subject_token_len = strlen(w->request.subject_token);
    outcome = check_refused(run_as_is(w), TOKEX_E_SIGNATURE, TOKEX_STEP_SIGNATURE);
    assert_null(outcome->subject);
    assert_null(outcome->subject_jti);
    assert_int_equal(outcome->target_count, 0);
    assert_null(outcome->scope_granted);
    assert_null(strstr(tokex_outcome_audit(outcome, "r", NOW, 1, NULL, w->pool), "admin-of-all"));
    assert_null(strstr(tokex_outcome_audit(outcome, "r", NOW, 1, NULL, w->pool), "subject-jti"));
}

static void test_malformed_token_is_refused_before_any_issuer_is_looked_up(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    w->request.subject_token = "eyJub3QiOiJhIHRva2VuIn0";
    w->request.subject_token_len = strlen(w->request.subject_token);
    outcome = check_refused(run_as_is(w), TOKEX_E_TOKEN_SHAPE, TOKEX_STEP_TOKEN);
    assert_null(outcome->issuer);
    assert_null(strstr(tokex_err_text(outcome->err, w->pool), "eyJ"));
}

static void test_subject_jti_is_noted_when_it_is_a_text(void **state)
{
    world_t *w = *state;
    assert_string_equal(grant(w)->subject_jti, "subject-jti");
    set_claim(w, "jti", "7");
    assert_null(grant(w)->subject_jti);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_CLM_001_CLM_004_CLM_005_iss_is_compared_octet_by_octet),
        WITH_WORLD(test_disabled_issuer_refused_and_the_trace_names_the_switch),
        WITH_WORLD(test_CAU_020_issuer_of_no_rule_looks_like_an_unknown_one),
        WITH_WORLD(test_disabled_rule_allows_no_issuer),
        WITH_WORLD(test_CLM_011_CLM_012_aud_lists),
        WITH_WORLD(test_too_many_audiences_refused),
        WITH_WORLD(test_AS_6_CLM_015_alias_is_the_issuers_own),
        WITH_WORLD(test_CLM_018_exp_now_refused_without_leeway),
        WITH_WORLD(test_section_4_leeway_lengthens_life_minus_5_accepted_minus_11_refused),
        WITH_WORLD(test_CLM_019_CLM_020_the_edge_of_the_leeway),
        WITH_WORLD(test_CLM_021_fractional_exp_is_rounded_down),
        WITH_WORLD(test_CLM_023_exp_far_ahead_is_capped_by_age_and_lifetime),
        WITH_WORLD(test_CLM_026_times_of_the_wrong_type_or_range_refused),
        WITH_WORLD(test_nbf_and_iat_in_the_future_refused_beyond_the_leeway),
        WITH_WORLD(test_CLM_028_largest_age_needs_iat),
        WITH_WORLD(test_the_end_of_the_subject_token_is_told_without_leeway),
        WITH_WORLD(test_CLM_030_exp_before_iat_or_nbf_refused),
        WITH_WORLD(test_CLM_031_sub_missing_or_malformed_refused),
        WITH_WORLD(test_CLM_033_CE_46_sub_is_copied_octet_by_octet),
        WITH_WORLD(test_CLM_034_same_sub_of_two_issuers_differs_by_idp),
        WITH_WORLD(test_CLM_035_sub_that_is_a_client_of_ours_refused),
        WITH_WORLD(test_CLM_043_unknown_claims_are_ignored),
        WITH_WORLD(test_CLM_044_bound_token_refused),
        WITH_WORLD(test_HDR_007_alg_that_the_issuer_does_not_list_refused),
        WITH_WORLD(test_HDR_030_typ_jwt_in_each_spelling_accepted),
        WITH_WORLD(test_HDR_031_HDR_032_typ_at_jwt_asked_for),
        WITH_WORLD(test_issuer_must_be_set_up_for_the_subject_token_type),
        WITH_WORLD(test_a_key_of_another_issuer_does_not_verify),
        WITH_WORLD(test_JWK_016_key_of_a_certificate_outside_its_validity_refused_unless_allowed),
        WITH_WORLD(test_changed_claims_do_not_verify_and_nothing_of_them_is_believed),
        WITH_WORLD(test_malformed_token_is_refused_before_any_issuer_is_looked_up),
        WITH_WORLD(test_subject_jti_is_noted_when_it_is_a_text),
    };
    return cmocka_run_group_tests_name("exchange/subject", tests, make_keys, drop_keys);
}
