#include "exchange_world.h"

#define OPAQUE "2YotnFZFEjr1zCsicMWpAA"

/* Who can be asked, what he says, and how often he was asked. */
typedef struct teller_t {
    const char *introspection; /* JSON; NULL: no answer */
    const char *userinfo;
    const char *asked; /* the issuer's id, and what */
    int calls;
} teller_t;

static const tokex_err_t *tell(tokex_said_t *out, teller_t *teller, const char *json,
                               const char *token, apr_pool_t *pool)
{
    assert_non_null(token);
    teller->calls++;
    if (!json)
        return tokex_err_create(pool, TOKEX_E_ISSUER_UNAVAILABLE, NULL, "no answer");
    out->until = NOW + 60;
    return tokex_json_parse_object(&out->claims, json, strlen(json), pool);
}

static const tokex_err_t *introspect(tokex_said_t *out, void *ctx,
                                     const tokex_policy_issuer_t *issuer, const char *token,
                                     int64_t now, apr_pool_t *pool)
{
    teller_t *teller = ctx;
    assert_int_equal(now, NOW);
    teller->asked = apr_pstrcat(pool, "introspection ", issuer->config->id, NULL);
    return tell(out, teller, teller->introspection, token, pool);
}

static const tokex_err_t *userinfo(tokex_said_t *out, void *ctx,
                                   const tokex_policy_issuer_t *issuer, const char *token,
                                   int64_t now, apr_pool_t *pool)
{
    teller_t *teller = ctx;
    assert_int_equal(now, NOW);
    teller->asked = apr_pstrcat(pool, "userinfo ", issuer->config->id, NULL);
    return tell(out, teller, teller->userinfo, token, pool);
}

static void ask_about(world_t *w, const char *token)
{
    w->request.subject_token = token;
    w->request.subject_token_len = strlen(token);
    w->request.subject_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
}

static void introspects(tokex_issuer_t *issuer)
{
    issuer->introspection_url = "https://idp.partner.example/introspect";
    issuer->introspection_client_id = "gateway";
    issuer->introspection_sealed = "1.sealed";
    issuer->opaque_cache = 60;
}

/* The issuer introspects, and says that all is well. */
static teller_t *with_teller(world_t *w)
{
    teller_t *teller = apr_pcalloc(w->pool, sizeof(*teller));
    introspects(&w->issuers[0]);
    teller->introspection = "{\"active\":true,\"sub\":\"mira\",\"scope\":\"orders.read\"}";
    w->engine.host.ask_ctx = teller;
    w->engine.host.introspect = introspect;
    w->engine.host.userinfo = userinfo;
    ask_about(w, OPAQUE);
    return teller;
}

static void says(world_t *w, teller_t *teller, const char *json, tokex_code_t code,
                 tokex_step_t step)
{
    teller->introspection = json;
    check_refused(run_as_is(w), code, step);
}

static void test_what_introspection_says_stands_for_claims(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    const tokex_outcome_t *outcome = check_granted(run_as_is(w));
    assert_string_equal(teller->asked, "introspection partner");
    assert_int_equal(teller->calls, 1);
    assert_text(issued(w, outcome), "sub", "mira");
    assert_text(issued(w, outcome), "scope", "orders.read");
    assert_text(issued(w, outcome), "idp", "partner");
    assert_string_equal(step_of(outcome, TOKEX_STEP_INTROSPECTION)->field, "introspection_url");
    assert_int_equal(outcome->subject_until, NOW + 300);
    assert_int_equal(outcome->ask_again, NOW + 60);
    for (int i = 0; i < outcome->trace.count; i++)
        assert_false(outcome->trace.entries[i].step == TOKEX_STEP_KEY ||
                     outcome->trace.entries[i].step == TOKEX_STEP_SIGNATURE);
}

static void test_OPQ_001_only_true_is_active(void **state)
{
    static const char *const answers[] = {
        "{\"active\":false,\"sub\":\"mira\"}",    "{\"sub\":\"mira\"}",
        "{\"active\":\"true\",\"sub\":\"mira\"}", "{\"active\":1,\"sub\":\"mira\"}",
        "{\"active\":null,\"sub\":\"mira\"}",     "{\"Active\":true,\"sub\":\"mira\"}"};
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        says(w, teller, answers[i], TOKEX_E_TOKEN_INACTIVE, TOKEX_STEP_INTROSPECTION);
}

#define WITH(more) "{\"active\":true,\"sub\":\"mira\"," more "}"

static void test_OPQ_003_times_issuer_and_audience_of_the_answer_count(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    says(w, teller, WITH("\"exp\":1699990000"), TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
    says(w, teller, WITH("\"exp\":\"1800000000\""), TOKEX_E_TIME_MALFORMED, TOKEX_STEP_TIME);
    says(w, teller, WITH("\"nbf\":1700009000"), TOKEX_E_NOT_YET_VALID, TOKEX_STEP_TIME);
    says(w, teller, WITH("\"nbf\":1700009000,\"exp\":1700010000"), TOKEX_E_NOT_YET_VALID,
         TOKEX_STEP_TIME);
    says(w, teller, WITH("\"iss\":\"https://idp.other.example\""), TOKEX_E_INTROSPECTED_ISSUER,
         TOKEX_STEP_INTROSPECTION);
    says(w, teller, WITH("\"iss\":1"), TOKEX_E_INTROSPECTED_ISSUER, TOKEX_STEP_INTROSPECTION);
    says(w, teller, WITH("\"aud\":\"https://elsewhere.example\""), TOKEX_E_AUD_WRONG,
         TOKEX_STEP_AUDIENCE);
    says(w, teller, WITH("\"aud\":[]"), TOKEX_E_AUD_MALFORMED, TOKEX_STEP_AUDIENCE);
    teller->introspection = WITH("\"iss\":\"https://idp.partner.example\",\"aud\":[\"" OUR_ISSUER
                                 "\"],\"exp\":1700000040");
    assert_int_equal(check_granted(run_as_is(w))->expires_in, 40);
}

static void test_OPQ_004_a_token_of_nobody(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    says(w, teller, "{\"active\":true}", TOKEX_E_SUB_MALFORMED, TOKEX_STEP_SUBJECT);
    says(w, teller, "{\"active\":true,\"sub\":\"\"}", TOKEX_E_SUB_MALFORMED, TOKEX_STEP_SUBJECT);
    says(w, teller, "{\"active\":true,\"sub\":7,\"username\":\"mira\"}", TOKEX_E_SUB_MALFORMED,
         TOKEX_STEP_SUBJECT);
    says(w, teller, "{\"active\":true,\"sub\":\"shop\"}", TOKEX_E_SUB_IS_CLIENT,
         TOKEX_STEP_SUBJECT);
    teller->introspection = "{\"active\":true,\"username\":\"mira\"}";
    assert_text(issued(w, check_granted(run_as_is(w))), "sub", "mira");
}

static void test_OPQ_005_a_bound_token_and_what_is_no_access_token(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    says(w, teller, WITH("\"token_type\":\"DPoP\""), TOKEX_E_TOKEN_BOUND, TOKEX_STEP_INTROSPECTION);
    says(w, teller, WITH("\"cnf\":{\"jkt\":\"x\"}"), TOKEX_E_TOKEN_BOUND, TOKEX_STEP_SUBJECT);
    says(w, teller, WITH("\"token_type\":\"Bearer\",\"cnf\":null"), TOKEX_E_TOKEN_BOUND,
         TOKEX_STEP_SUBJECT);
    says(w, teller, WITH("\"token_type\":\"refresh_token\""), TOKEX_E_INTROSPECTED_TYPE,
         TOKEX_STEP_INTROSPECTION);
    says(w, teller, WITH("\"token_type\":{}"), TOKEX_E_INTROSPECTED_TYPE, TOKEX_STEP_INTROSPECTION);
    teller->introspection = WITH("\"token_type\":\"bearer\"");
    check_granted(run_as_is(w));
}

static void test_nobody_answers(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    says(w, teller, NULL, TOKEX_E_ISSUER_UNAVAILABLE, TOKEX_STEP_INTROSPECTION);
    w->engine.host.introspect = NULL;
    check_refused(run_as_is(w), TOKEX_E_ISSUER_UNAVAILABLE, TOKEX_STEP_INTROSPECTION);
    assert_int_equal(tokex_location_status(TOKEX_E_ISSUER_UNAVAILABLE, TOKEX_STEP_INTROSPECTION),
                     503);
    assert_int_equal(tokex_location_status(TOKEX_E_TOKEN_INACTIVE, TOKEX_STEP_INTROSPECTION), 401);
    assert_int_equal(tokex_location_status(TOKEX_E_USERINFO_SUBJECT, TOKEX_STEP_USERINFO), 401);
}

/* Three parts, another declared type, characters that no such token has: nobody is asked. */
static void test_what_is_not_opaque_is_shown_to_nobody(void **state)
{
    static const char *const tokens[] = {"a.b.c",     "..",        "a b",      "a\"b",
                                         "a\r\nX: y", "a\xc3\xa4", "{\"a\":1}"};
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        ask_about(w, tokens[i]);
        assert_non_null(run_as_is(w)->err);
    }
    ask_about(w, OPAQUE);
    w->request.subject_token_type = TOKEX_TYPE_URN_JWT;
    check_refused(run_as_is(w), TOKEX_E_TOKEN_SHAPE, TOKEX_STEP_TOKEN);
    w->request.subject_token_type = TOKEX_TYPE_URN_ID_TOKEN;
    check_refused(run_as_is(w), TOKEX_E_TOKEN_SHAPE, TOKEX_STEP_TOKEN);
    assert_int_equal(teller->calls, 0);
    /* What is encrypted is as opaque as what is not. */
    ask_about(w, "eyJhbGciOiJkaXIifQ..b.c.d");
    check_granted(run_as_is(w));
    assert_int_equal(teller->calls, 1);
}

static void test_where_nobody_takes_them_it_is_no_token(void **state)
{
    world_t *w = *state;
    ask_about(w, OPAQUE);
    check_refused(run_as_is(w), TOKEX_E_TOKEN_SHAPE, TOKEX_STEP_TOKEN);
}

/* Two issuers take opaque tokens, and rules of the client name both. */
static void test_OPQ_016_of_several_issuers_none_is_tried(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    introspects(&w->issuers[1]);
    w->rules[0].issuers = texts(w->pool, "partner", w->issuers[1].id, NULL);
    check_refused(run_as_is(w), TOKEX_E_OPAQUE_ISSUER, TOKEX_STEP_ISSUER);
    /* One that is switched off counts: its tokens are not for the other one to see. */
    w->issuers[1].enabled = false;
    compile_again(w);
    check_refused(run_as_is(w), TOKEX_E_OPAQUE_ISSUER, TOKEX_STEP_ISSUER);
    assert_int_equal(teller->calls, 0);
    w->clients[0].opaque_issuer = "partner";
    compile_again(w);
    check_granted(run_as_is(w));
    assert_string_equal(teller->asked, "introspection partner");
}

static void test_a_location_shows_it_to_the_one_that_it_trusts(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    const tokex_texts_t both = texts(w->pool, "partner", w->issuers[1].id, NULL);
    const tokex_texts_t one = texts(w->pool, "partner", NULL);
    tokex_location_t location = {
        .name = "/orders", .client = "shop", .exchange = true, .user_claim = "sub"};
    introspects(&w->issuers[1]);
    w->rules[0].issuers = both;
    w->request.location = &location;
    w->request.credentials = (tokex_credentials_t){NULL, NULL, NULL, NULL};
    location.issuers = both.items;
    location.issuer_count = both.count;
    check_refused(run_as_is(w), TOKEX_E_OPAQUE_ISSUER, TOKEX_STEP_ISSUER);
    assert_int_equal(teller->calls, 0);
    location.issuers = one.items;
    location.issuer_count = one.count;
    check_granted(run_as_is(w));
    assert_string_equal(teller->asked, "introspection partner");
    location.issuers = both.items;
    location.issuer_count = both.count;
    w->clients[0].opaque_issuer = "partner";
    compile_again(w);
    check_granted(run_as_is(w));
    /* The client's issuer is nothing to a location that does not trust it. */
    location.issuers = texts(w->pool, w->issuers[1].id, NULL).items;
    location.issuer_count = 1;
    check_granted(run_as_is(w));
    assert_string_equal(teller->asked,
                        apr_pstrcat(w->pool, "introspection ", w->issuers[1].id, NULL));
}

static void test_OPQ_016_a_location_that_names_nobody(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    tokex_location_t location = {
        .name = "/orders", .client = "shop", .exchange = true, .user_claim = "sub"};
    w->request.location = &location;
    w->request.credentials = (tokex_credentials_t){NULL, NULL, NULL, NULL};
    /* There are several, so none is trusted. */
    check_refused(run_as_is(w), TOKEX_E_TOKEN_SHAPE, TOKEX_STEP_TOKEN);
    w->issuers[1].enabled = false;
    compile_again(w);
    check_granted(run_as_is(w));
    assert_int_equal(teller->calls, 1);
    /* Tokens of one that was switched off are not for the other one to see. */
    introspects(&w->issuers[1]);
    compile_again(w);
    check_refused(run_as_is(w), TOKEX_E_OPAQUE_ISSUER, TOKEX_STEP_ISSUER);
    w->issuers[0].introspection_url = NULL;
    w->issuers[0].introspection_client_id = NULL;
    compile_again(w);
    check_refused(run_as_is(w), TOKEX_E_ISSUER_DISABLED, TOKEX_STEP_ISSUER);
    assert_int_equal(teller->calls, 1);
}

static void test_OPQ_013_userinfo_alone_speaks_of_the_person(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    const tokex_outcome_t *outcome;
    w->issuers[0].introspection_url = NULL;
    w->issuers[0].userinfo_url = "https://idp.partner.example/userinfo";
    w->rules[0].scopes_when_absent = texts(w->pool, "orders.read", NULL);
    teller->userinfo = "{\"sub\":\"mira\",\"scope\":\"orders.write\"}";
    outcome = check_granted(run_as_is(w));
    assert_string_equal(teller->asked, "userinfo partner");
    /* Who a person is says nothing of what the token may. */
    assert_text(issued(w, outcome), "scope", "orders.read");
    assert_string_equal(step_of(outcome, TOKEX_STEP_INTROSPECTION)->field, "userinfo_url");
    teller->userinfo = "{\"name\":\"Mira\",\"username\":\"mira\"}";
    check_refused(run_as_is(w), TOKEX_E_SUB_MALFORMED, TOKEX_STEP_SUBJECT);
}

static void map(world_t *w, const char *source, const char *from)
{
    w->rows[0] = (tokex_mapping_row_t){.source = source,
                                       .from = from,
                                       .transform = "copy",
                                       .type = "texts",
                                       .if_missing = "skip",
                                       .to = "groups"};
    w->mappings[0].row_count = 1;
    w->issuers[0].mapping = w->mappings[0].id;
    w->issuers[0].userinfo_url = "https://idp.partner.example/userinfo";
}

static void test_OPQ_018_a_row_reads_exactly_its_member(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    map(w, "userinfo", "https://example\\.com/groups");
    teller->userinfo = "{\"sub\":\"mira\",\"https://example\":{\"com/groups\":[\"wrong\"]},"
                       "\"https://example.com/groups\":[\"user\",\"admin\"]}";
    assert_json(w, issued(w, check_granted(run_as_is(w))), "groups", "[\"user\",\"admin\"]");
    assert_int_equal(teller->calls, 2);
}

static void test_OPQ_019_a_list_of_ten_thousand_is_refused(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    tokex_jsonw_t *json = tokex_jsonw_create(w->pool, 1 << 17);
    map(w, "userinfo", "groups");
    tokex_jsonw_object_begin(json);
    tokex_jsonw_member_string(json, "sub", "mira");
    tokex_jsonw_name(json, "groups");
    tokex_jsonw_array_begin(json);
    for (int i = 0; i < 10000; i++)
        tokex_jsonw_string(json, "g");
    tokex_jsonw_array_end(json);
    tokex_jsonw_object_end(json);
    teller->userinfo = tokex_jsonw_text(json, NULL);
    check_refused(run_as_is(w), TOKEX_E_CLAIMS_SIZE, TOKEX_STEP_CLAIMS);
}

static void test_introspection_is_a_source_too(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    map(w, "introspection", "roles");
    w->issuers[0].userinfo_url = NULL;
    teller->introspection = WITH("\"roles\":[\"a\"]");
    assert_json(w, issued(w, check_granted(run_as_is(w))), "groups", "[\"a\"]");
    assert_int_equal(teller->calls, 1);
}

/* A JWT says enough by itself, unless a row wants more. */
static void test_CE_42_userinfo_of_a_jwt_is_asked_for_a_row_alone(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    const char *sub;
    w->issuers[0].userinfo_url = "https://idp.partner.example/userinfo";
    sub = grant(w)->subject;
    assert_int_equal(teller->calls, 0);
    map(w, "userinfo", "groups");
    compile_again(w);
    teller->userinfo = apr_psprintf(w->pool, "{\"sub\":\"%s\",\"groups\":[\"g\"]}", sub);
    assert_json(w, issued(w, grant(w)), "groups", "[\"g\"]");
    assert_string_equal(teller->asked, "userinfo partner");
    teller->userinfo = "{\"sub\":\"another\",\"groups\":[\"g\"]}";
    refuse(w, TOKEX_E_USERINFO_SUBJECT, TOKEX_STEP_USERINFO);
    teller->userinfo = "{\"groups\":[\"g\"]}";
    refuse(w, TOKEX_E_USERINFO_SUBJECT, TOKEX_STEP_USERINFO);
    teller->userinfo = NULL;
    refuse(w, TOKEX_E_ISSUER_UNAVAILABLE, TOKEX_STEP_USERINFO);
    assert_int_equal(teller->calls, 4);
    /* What is refused anyway is not worth a question. */
    w->request.scope = "admin";
    assert_non_null(run(w)->err);
    assert_int_equal(teller->calls, 4);
}

static void test_an_id_token_is_not_shown_to_userinfo(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    map(w, "userinfo", "groups");
    w->issuers[0].token_types = texts(w->pool, "id_token", NULL);
    w->request.subject_token_type = TOKEX_TYPE_URN_ID_TOKEN;
    assert_null(tokex_json_get(issued(w, grant(w)), "groups"));
    assert_int_equal(teller->calls, 0);
}

static void test_an_opaque_actor_token(void **state)
{
    world_t *w = *state;
    teller_t *teller = with_teller(w);
    add_actor(w);
    w->request.actor_token = OPAQUE "x";
    w->request.actor_token_len = strlen(w->request.actor_token);
    w->request.actor_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
    teller->introspection = "{\"active\":true,\"sub\":\"svc-mail\",\"scope\":\"orders.read\"}";
    check_granted(run_as_is(w));
    assert_int_equal(teller->calls, 2);
    w->request.subject_token = NULL;
    (void)sign_token(w);
    teller->introspection = "{\"active\":false}";
    check_refused(run_as_is(w), TOKEX_E_ACTOR_TOKEN, TOKEX_STEP_ACTOR_INTROSPECTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_what_introspection_says_stands_for_claims),
        WITH_WORLD(test_OPQ_001_only_true_is_active),
        WITH_WORLD(test_OPQ_003_times_issuer_and_audience_of_the_answer_count),
        WITH_WORLD(test_OPQ_004_a_token_of_nobody),
        WITH_WORLD(test_OPQ_005_a_bound_token_and_what_is_no_access_token),
        WITH_WORLD(test_nobody_answers),
        WITH_WORLD(test_what_is_not_opaque_is_shown_to_nobody),
        WITH_WORLD(test_where_nobody_takes_them_it_is_no_token),
        WITH_WORLD(test_OPQ_016_of_several_issuers_none_is_tried),
        WITH_WORLD(test_a_location_shows_it_to_the_one_that_it_trusts),
        WITH_WORLD(test_OPQ_016_a_location_that_names_nobody),
        WITH_WORLD(test_OPQ_013_userinfo_alone_speaks_of_the_person),
        WITH_WORLD(test_OPQ_018_a_row_reads_exactly_its_member),
        WITH_WORLD(test_OPQ_019_a_list_of_ten_thousand_is_refused),
        WITH_WORLD(test_introspection_is_a_source_too),
        WITH_WORLD(test_CE_42_userinfo_of_a_jwt_is_asked_for_a_row_alone),
        WITH_WORLD(test_an_id_token_is_not_shown_to_userinfo),
        WITH_WORLD(test_an_opaque_actor_token),
    };
    return cmocka_run_group_tests_name("exchange/opaque", tests, make_keys, drop_keys);
}
