#include "unit.h"

#include "keys/token_ask.h"

#define NOW INT64_C(1700000000)

static tokex_crypt_t *crypt_;
static apr_pool_t *crypt_pool;

static int make_crypt(void **state)
{
    if (start(state) != 0)
        return -1;
    crypt_pool = new_pool(NULL);
    assert_success(tokex_crypt_create(&crypt_, crypt_pool));
    return 0;
}

static int drop_crypt(void **state)
{
    apr_pool_destroy(crypt_pool);
    return stop(state);
}

typedef struct desk_t {
    apr_pool_t *pool;
    tokex_master_key_t master;
    tokex_sealer_t sealer;
    tokex_issuer_t issuer;
    tokex_token_ask_t ask;
} desk_t;

static desk_t *make_desk(apr_pool_t *pool)
{
    desk_t *desk = apr_pcalloc(pool, sizeof(*desk));
    desk->pool = pool;
    memset(desk->master.octets, 7, sizeof(desk->master.octets));
    desk->sealer = (tokex_sealer_t){&desk->master, crypt_};
    desk->issuer = (tokex_issuer_t){.id = "idp",
                                    .introspection_url = "https://idp.example/i",
                                    .introspection_client_id = "a b",
                                    .introspection_secret = "s:%+\xc3\xb6",
                                    .userinfo_url = "https://idp.example/u",
                                    .opaque_cache = 60};
    assert_success(tokex_token_ask_seal(&desk->issuer.introspection_sealed, &desk->issuer,
                                        &desk->sealer, pool));
    desk->ask = (tokex_token_ask_t){TOKEX_ASK_INTROSPECTION, &desk->issuer, "t/o+k=="};
    return desk;
}

static void test_introspection_is_asked_with_basic(void **state)
{
    desk_t *desk = make_desk(*state);
    tokex_fetch_t fetch;
    assert_success(tokex_token_ask_prepare(&fetch, &desk->ask, &desk->sealer, desk->pool));
    assert_string_equal(fetch.url, "https://idp.example/i");
    assert_string_equal(fetch.form, "token=t%2Fo%2Bk%3D%3D&token_type_hint=access_token");
    /* a%20b:s%3A%25%2B%C3%B6 */
    assert_string_equal(fetch.authorization, "Basic YSUyMGI6cyUzQSUyNSUyQiVDMyVCNg==");
    assert_null(strstr(desk->issuer.introspection_sealed, desk->issuer.introspection_secret));
}

static void test_introspection_is_asked_with_post(void **state)
{
    desk_t *desk = make_desk(*state);
    tokex_fetch_t fetch;
    desk->issuer.introspection_auth = "post";
    assert_success(tokex_token_ask_prepare(&fetch, &desk->ask, &desk->sealer, desk->pool));
    assert_null(fetch.authorization);
    assert_string_equal(fetch.form, "token=t%2Fo%2Bk%3D%3D&token_type_hint=access_token&client_id="
                                    "a%20b&client_secret=s%3A%25%2B%C3%B6");
}

static void test_userinfo_is_asked_with_the_token_alone(void **state)
{
    desk_t *desk = make_desk(*state);
    tokex_fetch_t fetch;
    desk->ask.kind = TOKEX_ASK_USERINFO;
    assert_success(tokex_token_ask_prepare(&fetch, &desk->ask, &desk->sealer, desk->pool));
    assert_string_equal(fetch.url, "https://idp.example/u");
    assert_null(fetch.form);
    assert_string_equal(fetch.authorization, "Bearer t/o+k==");
}

static void test_a_secret_opens_for_its_issuer_alone(void **state)
{
    desk_t *desk = make_desk(*state);
    const char *secret;
    tokex_fetch_t fetch;
    const tokex_err_t *err;
    assert_success(tokex_token_ask_open(&secret, &desk->issuer, &desk->sealer, desk->pool));
    assert_string_equal(secret, "s:%+\xc3\xb6");
    desk->issuer.id = "other";
    err = tokex_token_ask_prepare(&fetch, &desk->ask, &desk->sealer, desk->pool);
    assert_non_null(err);
    assert_int_equal(err->code, TOKEX_E_ISSUER_UNAVAILABLE);
}

/* The code of what comes of an answer; "" when it is taken. */
static const char *judged(desk_t *desk, int status, const char *type, const char *body)
{
    const tokex_json_t *claims = NULL;
    tokex_fetch_t answer = {
        .status = status, .content_type = type, .body = body, .len = strlen(body)};
    const tokex_err_t *err;
    if (status != 200)
        answer.err = tokex_err_create(desk->pool, TOKEX_E_FETCH, NULL, "status %d", status);
    err = tokex_token_ask_judge(&claims, &answer, &desk->ask, desk->pool);
    assert_true(err || claims);
    return err ? tokex_err_info(err->code)->name : "";
}

static void test_OPQ_007_OPQ_010_OPQ_015_only_an_object_of_JSON_is_an_answer(void **state)
{
    desk_t *desk = make_desk(*state);
    const char *no = "issuer_unavailable";
    assert_string_equal(judged(desk, 200, "application/json", "{}"), "");
    assert_string_equal(judged(desk, 200, "Application/JSON ; charset=utf-8", "{}"), "");
    assert_string_equal(judged(desk, 200, NULL, "{}"), no);
    assert_string_equal(judged(desk, 200, "text/html", "{}"), no);
    assert_string_equal(judged(desk, 200, "application/jsonx", "{}"), no);
    assert_string_equal(judged(desk, 200, "application/token-introspection+jwt", "{}"), no);
    assert_string_equal(judged(desk, 200, "application/json", "[{}]"), no);
    assert_string_equal(judged(desk, 200, "application/json", "<html>"), no);
    assert_string_equal(judged(desk, 200, "application/json", ""), no);
    assert_string_equal(judged(desk, 0, NULL, ""), no);
    assert_string_equal(judged(desk, 500, "application/json", "{}"), no);
    assert_string_equal(judged(desk, 401, "application/json", "{}"), no);
}

static void test_OPQ_014_userinfo_refuses_a_token_by_its_status(void **state)
{
    desk_t *desk = make_desk(*state);
    desk->ask.kind = TOKEX_ASK_USERINFO;
    assert_string_equal(judged(desk, 401, "application/json", "{}"), "token_inactive");
    assert_string_equal(judged(desk, 400, "application/json", "{}"), "token_inactive");
    assert_string_equal(judged(desk, 403, NULL, ""), "token_inactive");
    assert_string_equal(judged(desk, 429, NULL, ""), "issuer_unavailable");
    assert_string_equal(judged(desk, 0, NULL, ""), "issuer_unavailable");
    assert_string_equal(judged(desk, 200, "application/jwt", "{}"), "issuer_unavailable");
}

/* For how long an answer counts. */
static int64_t life(desk_t *desk, const char *json)
{
    const tokex_json_t *claims = NULL;
    if (json)
        assert_success(tokex_json_parse_object(&claims, json, strlen(json), desk->pool));
    return tokex_token_ask_until(claims, &desk->ask, NOW) - NOW;
}

static void test_OPQ_008_a_good_answer_counts_until_the_token_ends(void **state)
{
    desk_t *desk = make_desk(*state);
    assert_int_equal(life(desk, "{\"active\":true}"), 60);
    assert_int_equal(life(desk, "{\"active\":true,\"exp\":1700000030}"), 30);
    assert_int_equal(life(desk, "{\"active\":true,\"exp\":1700009999}"), 60);
    assert_int_equal(life(desk, "{\"active\":true,\"exp\":1700000000}"), 10);
    assert_int_equal(life(desk, "{\"active\":true,\"exp\":\"soon\"}"), 10);
    desk->issuer.opaque_cache = 0;
    assert_int_equal(life(desk, "{\"active\":true,\"exp\":1700000030}"), 0);
}

static void test_OPQ_009_a_bad_answer_counts_ten_seconds_at_most(void **state)
{
    desk_t *desk = make_desk(*state);
    assert_int_equal(life(desk, "{\"active\":false,\"exp\":1700009999}"), 10);
    assert_int_equal(life(desk, "{}"), 10);
    assert_int_equal(life(desk, NULL), 10);
    desk->issuer.opaque_cache = 4;
    assert_int_equal(life(desk, "{\"active\":false}"), 4);
    desk->ask.kind = TOKEX_ASK_USERINFO;
    assert_int_equal(life(desk, NULL), 4);
    desk->issuer.opaque_cache = 60;
    assert_int_equal(life(desk, NULL), 10);
    assert_int_equal(life(desk, "{\"sub\":\"a\"}"), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_introspection_is_asked_with_basic),
        WITH_POOL(test_introspection_is_asked_with_post),
        WITH_POOL(test_userinfo_is_asked_with_the_token_alone),
        WITH_POOL(test_a_secret_opens_for_its_issuer_alone),
        WITH_POOL(test_OPQ_007_OPQ_010_OPQ_015_only_an_object_of_JSON_is_an_answer),
        WITH_POOL(test_OPQ_014_userinfo_refuses_a_token_by_its_status),
        WITH_POOL(test_OPQ_008_a_good_answer_counts_until_the_token_ends),
        WITH_POOL(test_OPQ_009_a_bad_answer_counts_ten_seconds_at_most),
    };
    return cmocka_run_group_tests_name("keys/token_ask", tests, make_crypt, drop_crypt);
}
