/* The JWT bearer grant (RFC 7523 section 2.1), and tokens that count once, in the engine. */
#include "exchange_location.h"

/* What a state.db would know. */
typedef struct book_t {
    const char *ids[8];
    int count;
    int64_t ends; /* of the last one */
    bool full;
    bool fails;
} book_t;

static const tokex_err_t *spend(tokex_spending_t *out, void *spent, const tokex_spent_t *token,
                                int64_t now, apr_pool_t *pool)
{
    book_t *book = spent;
    assert_int_equal(now, NOW);
    assert_string_equal(token->issuer, "partner");
    *out = book->full ? TOKEX_SPENDING_FULL : TOKEX_SPENDING_DONE;
    if (book->fails)
        return tokex_err_create(pool, TOKEX_E_SPENT_STORE, NULL, "x");
    for (int i = 0; i < book->count; i++)
        if (strcmp(book->ids[i], token->id) == 0)
            *out = TOKEX_SPENDING_BEFORE;
    if (*out == TOKEX_SPENDING_DONE)
        book->ids[book->count++] = token->id;
    book->ends = token->ends;
    return NULL;
}

static book_t *keep_book(world_t *w)
{
    book_t *book = apr_pcalloc(w->pool, sizeof(*book));
    w->engine.host.spend = spend;
    w->engine.host.spent = book;
    return book;
}

/* A good assertion, of a client that may bring it. */
static book_t *bring_assertion(world_t *w)
{
    w->request.grant_type = TOKEX_GRANT_ASSERTION;
    w->request.subject_token_type = NULL;
    w->clients[0].grant_types = texts(w->pool, TOKEX_GRANT_ASSERTION, NULL);
    return keep_book(w);
}

/* Refused as an assertion, with `code` beneath and in the trace. */
static void no_good(world_t *w, tokex_code_t code, tokex_step_t step)
{
    const tokex_outcome_t *outcome = run(w);
    assert_code(outcome->err, TOKEX_E_ASSERTION);
    assert_code(outcome->err->cause, code);
    assert_int_equal(last_step(outcome)->code, code);
    assert_string_equal(tokex_trace_step_name(last_step(outcome)->step),
                        tokex_trace_step_name(step));
    assert_null(outcome->token);
}

static const char *response_of(world_t *w, const tokex_outcome_t *outcome)
{
    return tokex_outcome_response(outcome, NULL, w->pool);
}

static void test_CI_7_an_assertion_brings_a_token(void **state)
{
    world_t *w = *state;
    book_t *book = bring_assertion(w);
    const tokex_outcome_t *outcome = grant(w);
    assert_string_equal(outcome->subject, "auth0|4711");
    assert_null(strstr(response_of(w, outcome), "issued_token_type"));
    assert_int_equal(last_step(outcome)->step, TOKEX_STEP_ONCE);
    assert_int_equal(book->count, 1);
    /* Until neither another leeway nor another largest age could let it be valid. */
    assert_int_equal(book->ends, NOW - 60 + TOKEX_LIMIT_ASSERTION_MAX_AGE + TOKEX_LIMIT_LEEWAY + 1);
    set_claim_time(w, "exp", NOW + 100);
    set_claim(w, "jti", "\"another\"");
    grant(w);
    assert_int_equal(book->ends, NOW + 100 + TOKEX_LIMIT_LEEWAY + 1);
}

static void test_only_a_client_with_the_grant_type(void **state)
{
    world_t *w = *state;
    (void)bring_assertion(w);
    w->clients[0].grant_types = texts(w->pool, TOKEX_GRANT_EXCHANGE, TOKEX_GRANT_REFRESH, NULL);
    refuse(w, TOKEX_E_CLIENT_GRANT, TOKEX_STEP_GRANT);
    w->clients[0].grant_types = texts(w->pool, TOKEX_GRANT_ASSERTION, NULL);
    w->request.grant_type = TOKEX_GRANT_EXCHANGE;
    compile_again(w);
    refuse(w, TOKEX_E_CLIENT_GRANT, TOKEX_STEP_GRANT);
}

static void test_it_is_for_us_alone(void **state)
{
    world_t *w = *state;
    static const char *const bad[] = {"\"urn:partner:us\"",
                                      "[\"" OUR_ISSUER "\",\"urn:partner:us\"]",
                                      "[\"https://else.example\",\"" OUR_ISSUER "\"]",
                                      "\"" OUR_ISSUER "/\"",
                                      "\"" OUR_ISSUER "/token/\"",
                                      "\"" OUR_ISSUER "/jwks\"",
                                      "\"https://sts.exampl\""};
    (void)bring_assertion(w);
    for (int i = 0; i < COUNT(bad); i++) {
        set_claim(w, "aud", bad[i]);
        no_good(w, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    }
    set_claim(w, "aud", "[\"" OUR_ISSUER "\",\"" OUR_ISSUER "/token\"]");
    grant(w);
}

static void test_its_age_is_the_lesser_one(void **state)
{
    world_t *w = *state;
    (void)bring_assertion(w);
    w->issuers[0].assertion_max_age = 100;
    set_claim_time(w, "iat", NOW - 110);
    grant(w);
    set_claim_time(w, "iat", NOW - 111);
    no_good(w, TOKEX_E_TOO_OLD, TOKEX_STEP_TIME);
    assert_string_equal(last_step(run(w))->field, "assertion_max_age");
    set_claim(w, "iat", NULL);
    no_good(w, TOKEX_E_IAT_MISSING, TOKEX_STEP_TIME);
    w->issuers[0].max_age = 50;
    compile_again(w);
    set_claim_time(w, "iat", NOW - 61);
    no_good(w, TOKEX_E_TOO_OLD, TOKEX_STEP_TIME);
    assert_string_equal(last_step(run(w))->field, "max_age");
}

static void test_a_jti_is_needed(void **state)
{
    world_t *w = *state;
    static const char *const bad[] = {NULL, "\"\"", "7", "null", "[\"a\"]"};
    book_t *book = bring_assertion(w);
    for (int i = 0; i < COUNT(bad); i++) {
        set_claim(w, "jti", bad[i]);
        no_good(w, TOKEX_E_JTI_MISSING, TOKEX_STEP_SUBJECT);
    }
    assert_int_equal(book->count, 0);
}

static void test_an_opaque_token_is_none(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    (void)bring_assertion(w);
    w->issuers[0].introspection_url = "https://idp.partner.example/introspect";
    w->issuers[0].introspection_client_id = "us";
    w->issuers[0].introspection_sealed = "1.x";
    w->request.subject_token = "opaque";
    w->request.subject_token_len = 6;
    outcome = run_as_is(w);
    assert_code(outcome->err, TOKEX_E_ASSERTION);
    assert_code(outcome->err->cause, TOKEX_E_TOKEN_SHAPE);
}

static const tokex_err_t *never(tokex_said_t *out, void *ctx, const tokex_policy_issuer_t *issuer,
                                const char *token, int64_t now, apr_pool_t *pool)
{
    (void)out;
    (void)ctx;
    (void)issuer;
    (void)token;
    (void)now;
    (void)pool;
    fail_msg("the assertion was shown to somebody");
    return NULL;
}

/* It is no access token, and whoever is shown it can use it. */
static void test_nobody_is_shown_it(void **state)
{
    world_t *w = *state;
    (void)bring_assertion(w);
    w->rows[0] = (tokex_mapping_row_t){.source = "userinfo",
                                       .from = "email",
                                       .transform = "copy",
                                       .type = "any",
                                       .if_missing = "skip",
                                       .to = "email"};
    w->mappings[0].row_count = 1;
    w->issuers[0].mapping = "people";
    w->issuers[0].userinfo_url = "https://idp.partner.example/userinfo";
    w->engine.host.userinfo = never;
    grant(w);
}

static void test_a_token_of_ours_is_none(void **state)
{
    world_t *w = *state;
    (void)bring_assertion(w);
    w->rules[0].issuers = texts(w->pool, "partner", "self", NULL);
    w->token_signer = w->keys->signer;
    set_claim(w, "iss", "\"" OUR_ISSUER "\"");
    set_claim(w, "client_id", "\"shop\"");
    set_claim(w, "idp", "\"partner\"");
    no_good(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ISSUER);
}

static void test_what_stands_in_the_request_is_no_fault_of_the_assertion(void **state)
{
    world_t *w = *state;
    book_t *book = bring_assertion(w);
    w->request.scope = "admin";
    refuse(w, TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    w->request.scope = NULL;
    ask_audience(w, "shut");
    refuse(w, TOKEX_E_TARGET_DISABLED, TOKEX_STEP_TARGET);
    assert_int_equal(book->count, 0);
    ask_nothing(w);
    grant(w);
}

static void test_CI_7_each_counts_once(void **state)
{
    world_t *w = *state;
    book_t *book = bring_assertion(w);
    grant(w);
    refuse(w, TOKEX_E_ASSERTION_SPENT, TOKEX_STEP_ONCE);
    set_claim(w, "sub", "\"another\"");
    refuse(w, TOKEX_E_ASSERTION_SPENT, TOKEX_STEP_ONCE);
    set_claim(w, "jti", "\"another\"");
    grant(w);
    assert_int_equal(book->count, 2);
    assert_null(strstr(book->ids[0], "subject-jti"));
    assert_int_equal(strlen(book->ids[0]), 43);
}

static void test_CI_7_what_nobody_knows_is_a_no(void **state)
{
    world_t *w = *state;
    book_t *book = bring_assertion(w);
    book->full = true;
    refuse(w, TOKEX_E_SPENT_FULL, TOKEX_STEP_ONCE);
    book->fails = true;
    refuse(w, TOKEX_E_SPENT_STORE, TOKEX_STEP_ONCE);
    w->engine.host.spend = NULL;
    refuse(w, TOKEX_E_SPENT_STORE, TOKEX_STEP_ONCE);
}

static void test_a_subject_token_counts_as_often_as_it_comes(void **state)
{
    world_t *w = *state;
    const book_t *book = keep_book(w);
    grant(w);
    set_claim(w, "jti", NULL);
    grant(w);
    assert_int_equal(book->count, 0);
}

static void test_CLM_036_unless_its_issuer_says_otherwise(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const tokex_outcome_t *outcome;
    w->issuers[0].one_time = true;
    outcome = grant(w);
    assert_non_null(strstr(response_of(w, outcome), "issued_token_type"));
    assert_int_equal(book->ends, NOW + 3600 + TOKEX_LIMIT_LEEWAY + 1);
    /* Nothing may rest on it any more. */
    assert_int_equal(outcome->ask_again, NOW);
    refuse(w, TOKEX_E_TOKEN_SPENT, TOKEX_STEP_ONCE);
    set_claim(w, "jti", NULL);
    refuse(w, TOKEX_E_JTI_MISSING, TOKEX_STEP_SUBJECT);
}

static void test_CLM_036_at_a_location_too(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    (void)keep_book(w);
    (void)make_location(w);
    w->issuers[0].one_time = true;
    grant(w);
    outcome = refuse(w, TOKEX_E_TOKEN_SPENT, TOKEX_STEP_ONCE);
    assert_int_equal(tokex_location_status(outcome->err->code, TOKEX_STEP_ONCE), 401);
    assert_null(outcome->goes_on);
}

static const tokex_err_t *introspect(tokex_said_t *out, void *ctx,
                                     const tokex_policy_issuer_t *issuer, const char *token,
                                     int64_t now, apr_pool_t *pool)
{
    const char *json = ctx;
    (void)issuer;
    (void)token;
    out->until = now;
    return tokex_json_parse_object(&out->claims, json, strlen(json), pool);
}

/* An opaque token whose end nobody tells would be good again once it is not kept in mind. */
static void test_CLM_036_an_opaque_token_has_an_end_and_a_jti(void **state)
{
    world_t *w = *state;
    const book_t *book = keep_book(w);
    w->issuers[0].one_time = true;
    w->issuers[0].introspection_url = "https://idp.partner.example/introspect";
    w->issuers[0].introspection_client_id = "us";
    w->issuers[0].introspection_sealed = "1.x";
    w->engine.host.introspect = introspect;
    w->engine.host.ask_ctx = "{\"active\":true,\"sub\":\"mira\",\"jti\":\"j\"}";
    w->request.subject_token = "opaque";
    w->request.subject_token_len = 6;
    check_refused(run_as_is(w), TOKEX_E_EXP_MISSING, TOKEX_STEP_TIME);
    w->engine.host.ask_ctx = "{\"active\":true,\"sub\":\"mira\",\"exp\":1700000100}";
    check_refused(run_as_is(w), TOKEX_E_JTI_MISSING, TOKEX_STEP_SUBJECT);
    w->engine.host.ask_ctx = "{\"active\":true,\"sub\":\"mira\",\"jti\":\"j\",\"exp\":1700000100}";
    check_granted(run_as_is(w));
    assert_int_equal(book->ends, NOW + 100 + TOKEX_LIMIT_LEEWAY + 1);
    check_refused(run_as_is(w), TOKEX_E_TOKEN_SPENT, TOKEX_STEP_ONCE);
}

/* An actor token is who asks, and may ask often. */
static void test_an_actor_token_counts_as_often_as_it_comes(void **state)
{
    world_t *w = *state;
    const book_t *book = keep_book(w);
    w->issuers[0].one_time = true;
    add_actor(w);
    grant(w);
    assert_int_equal(book->count, 1);
    set_claim(w, "jti", "\"another\"");
    set_actor_claim(w, "jti", NULL);
    grant(w);
    assert_int_equal(book->count, 2);
}

static const tokex_err_t *no_refreshes(void *refreshes, const tokex_refresh_t *row,
                                       const char *replaced, const tokex_refresh_gate_t *gate,
                                       apr_pool_t *pool)
{
    (void)refreshes;
    (void)row;
    (void)replaced;
    (void)gate;
    return tokex_err_create(pool, TOKEX_E_REFRESH_STORE, NULL, "x");
}

/* A token is made anew where its refresh token cannot be kept; the subject token is spent by then.
 */
static void test_a_token_that_is_made_twice_spends_once(void **state)
{
    world_t *w = *state;
    const book_t *book = keep_book(w);
    const tokex_outcome_t *outcome;
    w->issuers[0].one_time = true;
    w->engine.host.refresh_keep = no_refreshes;
    w->clients[0].grant_types = texts(w->pool, TOKEX_GRANT_EXCHANGE, TOKEX_GRANT_REFRESH, NULL);
    outcome = grant(w);
    assert_code(outcome->refresh_err, TOKEX_E_REFRESH_STORE);
    assert_int_equal(book->count, 1);
    /* Of an assertion there never is one. */
    (void)bring_assertion(w);
    w->clients[0].grant_types = texts(w->pool, TOKEX_GRANT_ASSERTION, TOKEX_GRANT_REFRESH, NULL);
    compile_again(w);
    outcome = grant(w);
    assert_null(outcome->refresh_err);
    assert_null(outcome->refresh_token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_CI_7_an_assertion_brings_a_token),
        WITH_WORLD(test_only_a_client_with_the_grant_type),
        WITH_WORLD(test_it_is_for_us_alone),
        WITH_WORLD(test_its_age_is_the_lesser_one),
        WITH_WORLD(test_a_jti_is_needed),
        WITH_WORLD(test_an_opaque_token_is_none),
        WITH_WORLD(test_nobody_is_shown_it),
        WITH_WORLD(test_a_token_of_ours_is_none),
        WITH_WORLD(test_what_stands_in_the_request_is_no_fault_of_the_assertion),
        WITH_WORLD(test_CI_7_each_counts_once),
        WITH_WORLD(test_CI_7_what_nobody_knows_is_a_no),
        WITH_WORLD(test_a_subject_token_counts_as_often_as_it_comes),
        WITH_WORLD(test_CLM_036_unless_its_issuer_says_otherwise),
        WITH_WORLD(test_CLM_036_at_a_location_too),
        WITH_WORLD(test_CLM_036_an_opaque_token_has_an_end_and_a_jti),
        WITH_WORLD(test_an_actor_token_counts_as_often_as_it_comes),
        WITH_WORLD(test_a_token_that_is_made_twice_spends_once),
    };
    return cmocka_run_group_tests_name("exchange/once", tests, make_keys, drop_keys);
}
