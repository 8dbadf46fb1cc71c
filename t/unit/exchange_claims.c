#include "exchange_world.h"

static void map(world_t *w, const char *from, const char *to)
{
    int i = w->mappings[0].row_count++;
    w->rows[i] = (tokex_mapping_row_t){.source = "subject",
                                       .from = from,
                                       .transform = "copy",
                                       .type = "any",
                                       .if_missing = "skip",
                                       .to = to};
    w->issuers[0].mapping = "people";
}

static void test_CE_45_CI_11_issued_claims_of_rfc_9068_and_ours(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome = grant(w);
    const tokex_json_t *claims = issued(w, outcome);
    assert_text(claims, "iss", OUR_ISSUER);
    assert_text(claims, "sub", "auth0|4711");
    assert_json(w, claims, "aud", "[\"https://orders.example\"]");
    assert_number(claims, "exp", NOW + 300);
    assert_number(claims, "iat", NOW);
    assert_number(claims, "nbf", NOW);
    assert_text(claims, "jti", outcome->jti);
    assert_int_equal(strlen(outcome->jti), 22);
    assert_text(claims, "client_id", "shop");
    assert_text(claims, "scope", "orders.read orders.write");
    assert_json(w, claims, "scp", "[\"orders.read\",\"orders.write\"]");
    assert_text(claims, "acr", "0");
    assert_json(w, claims, "amr", "[]");
    assert_text(claims, "idp", "partner");
    assert_text(claims, "aid", "sts-1");
    assert_text(claims, "tid", "default");
    assert_text(claims, "st", "user");
    assert_json(w, claims, "lineage", "[\"partner#subject-jti\"]");
    assert_int_equal(tokex_json_count(claims), 17);
    assert_null(tokex_json_get(claims, "act"));
    assert_null(tokex_json_get(claims, "azp"));
}

static void test_no_scope_leaves_scope_out_and_scp_empty(void **state)
{
    world_t *w = *state;
    const tokex_json_t *claims;
    set_claim(w, "scope", NULL);
    claims = issued(w, grant(w));
    assert_null(tokex_json_get(claims, "scope"));
    assert_json(w, claims, "scp", "[]");
}

static void test_acr_and_amr_are_copied_only_in_their_own_shape(void **state)
{
    static const char *const wrong_acr[] = {"2", "[\"2\"]", "null", "true"};
    static const char *const wrong_amr[] = {"\"pwd\"", "[\"pwd\",1]", "null", "{}"};
    world_t *w = *state;
    set_claim(w, "acr", "\"urn:x:2\"");
    set_claim(w, "amr", "[\"pwd\",\"otp\"]");
    assert_text(issued(w, grant(w)), "acr", "urn:x:2");
    assert_json(w, issued(w, grant(w)), "amr", "[\"pwd\",\"otp\"]");
    for (int i = 0; i < COUNT(wrong_acr); i++) {
        set_claim(w, "acr", wrong_acr[i]);
        set_claim(w, "amr", wrong_amr[i]);
        assert_text(issued(w, grant(w)), "acr", "0");
        assert_json(w, issued(w, grant(w)), "amr", "[]");
    }
}

static void test_CE_43_CE_44_mapped_claims_are_copied_as_they_are(void **state)
{
    static const char *const values[] = {"\"text with \\\"quotes\\\" and \xC3\xA4\"",
                                         "[\"a\",\"b\"]", "12345678901234567890.5",
                                         "{\"a\":[{\"b\":null},false]}", "null"};
    world_t *w = *state;
    map(w, "https://partner\\.example/groups", "groups");
    map(w, "absent", "not_there");
    map(w, "email", "mail");
    for (int i = 0; i < COUNT(values); i++) {
        const tokex_json_t *claims;
        set_claim(w, "https://partner.example/groups", values[i]);
        set_claim(w, "email", "\"a@partner.example\"");
        claims = issued(w, grant(w));
        assert_non_null(tokex_json_get(claims, "groups"));
        assert_json(w, claims, "groups", values[i]);
        assert_text(claims, "mail", "a@partner.example");
        assert_null(tokex_json_get(claims, "not_there"));
        assert_null(tokex_json_get(claims, "email"));
        assert_null(tokex_json_get(claims, "https://partner.example/groups"));
    }
}

static void test_a_subject_token_cannot_set_what_we_say_ourselves(void **state)
{
    world_t *w = *state;
    const tokex_json_t *claims;
    set_claim(w, "client_id", "\"foreign\"");
    set_claim(w, "idp", "\"foreign\"");
    set_claim(w, "tid", "\"foreign\"");
    set_claim(w, "st", "\"foreign\"");
    set_claim(w, "scp", "[\"admin\"]");
    claims = issued(w, grant(w));
    assert_null(strstr(json_of(w, claims), "foreign"));
    assert_null(strstr(json_of(w, claims), "admin"));
}

static const char *text_of(world_t *w, int len)
{
    char *text = apr_pcalloc(w->pool, (apr_size_t)len + 3);
    memset(text, 'x', (apr_size_t)len + 2);
    text[0] = text[len + 1] = '"';
    return text;
}

static void test_copied_claims_over_the_limit_refused(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    map(w, "large", "large");
    set_claim(w, "large", text_of(w, TOKEX_LIMIT_MAPPED_CLAIMS - 64));
    grant(w);
    set_claim(w, "large", text_of(w, TOKEX_LIMIT_MAPPED_CLAIMS));
    outcome = refuse(w, TOKEX_E_CLAIMS_SIZE, TOKEX_STEP_CLAIMS);
    assert_string_equal(last_step(outcome)->object, "mapping");
    assert_string_equal(last_step(outcome)->id, "people");
}

static void test_one_large_claim_copied_many_times_refused(void **state)
{
    world_t *w = *state;
    map(w, "large", "a");
    map(w, "large", "b");
    map(w, "large", "c");
    set_claim(w, "large", text_of(w, TOKEX_LIMIT_MAPPED_CLAIMS / 2));
    refuse(w, TOKEX_E_CLAIMS_SIZE, TOKEX_STEP_CLAIMS);
    set_claim(w, "large", "1");
    grant(w);
}

static void test_acr_and_amr_count_as_copied(void **state)
{
    world_t *w = *state;
    set_claim(w, "acr", text_of(w, TOKEX_LIMIT_MAPPED_CLAIMS));
    refuse(w, TOKEX_E_CLAIMS_SIZE, TOKEX_STEP_CLAIMS);
    assert_string_equal(last_step(run(w))->object, "issuer");
    set_claim(w, "amr", apr_pstrcat(w->pool, "[", w->claims[w->claim_count - 1].json, "]", NULL));
    set_claim(w, "acr", NULL);
    refuse(w, TOKEX_E_CLAIMS_SIZE, TOKEX_STEP_CLAIMS);
}

static void test_ISS_002_every_token_has_a_jti_of_its_own(void **state)
{
    world_t *w = *state;
    const char *first = grant(w)->jti;
    assert_string_not_equal(first, grant(w)->jti);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_CE_45_CI_11_issued_claims_of_rfc_9068_and_ours),
        WITH_WORLD(test_no_scope_leaves_scope_out_and_scp_empty),
        WITH_WORLD(test_acr_and_amr_are_copied_only_in_their_own_shape),
        WITH_WORLD(test_CE_43_CE_44_mapped_claims_are_copied_as_they_are),
        WITH_WORLD(test_a_subject_token_cannot_set_what_we_say_ourselves),
        WITH_WORLD(test_copied_claims_over_the_limit_refused),
        WITH_WORLD(test_one_large_claim_copied_many_times_refused),
        WITH_WORLD(test_acr_and_amr_count_as_copied),
        WITH_WORLD(test_ISS_002_every_token_has_a_jti_of_its_own),
    };
    return cmocka_run_group_tests_name("exchange/claims", tests, make_keys, drop_keys);
}
