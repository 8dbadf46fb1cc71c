/* What clients are told of tokens of ours (RFC 7662), and what happens when they give one back (RFC
 * 7009). */
#include "exchange_revoked.h"

#include "exchange/introspect.h"
#include "exchange/revoke.h"

#define INACTIVE "{\"active\":false}"

/* The request has the parameter `token` (NULL: none), and what stands behind it. */
static void send_token(world_t *w, const char *token, const char *more)
{
    const char *text = apr_pstrcat(w->pool, token ? "token=" : "", token ? token : "", more, NULL);
    ask_form(w, text);
}

/* A token of ours for "orders" that the client "shop" got, and "rotating", which may ask about it.
 */
static const char *get_token(world_t *w)
{
    const tokex_outcome_t *outcome;
    w->clients[1].introspects = texts(w->pool, "orders", NULL);
    w->clients[0].introspects = texts(w->pool, "billing", NULL);
    outcome = grant(w);
    w->request.credentials.client_id = "rotating";
    send_token(w, outcome->token, "");
    return outcome->token;
}

static const char *ask(world_t *w)
{
    const char *body = NULL;
    apr_size_t len = 0;
    const tokex_outcome_t *outcome;
    (void)policy_of(w);
    outcome = tokex_introspect_run(&body, &len, &w->engine, &w->request, NOW, w->pool);
    assert_success(outcome->err);
    assert_int_equal(strlen(body), len);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return body;
}

static void ask_in_vain(world_t *w, tokex_code_t code)
{
    const char *body = NULL;
    apr_size_t len = 0;
    const tokex_outcome_t *outcome =
        tokex_introspect_run(&body, &len, &w->engine, &w->request, NOW, w->pool);
    assert_code(outcome->err, code);
    assert_null(body);
}

static void test_who_is_concerned_is_told(void **state)
{
    world_t *w = *state;
    const tokex_json_t *answer = NULL;
    const char *body;
    (void)get_token(w);
    body = ask(w);
    assert_success(tokex_json_parse_object(&answer, body, strlen(body), w->pool));
    assert_json(w, answer, "active", "true");
    assert_text(answer, "token_type", "Bearer");
    assert_text(answer, "scope", "orders.read orders.write");
    assert_text(answer, "client_id", "shop");
    assert_text(answer, "sub", "auth0|4711");
    assert_text(answer, "iss", OUR_ISSUER);
    assert_json(w, answer, "aud", "[\"https://orders.example\"]");
    assert_number(answer, "iat", NOW);
    assert_number(answer, "nbf", NOW);
    assert_number(answer, "exp", NOW + 300);
    assert_non_null(tokex_json_get(answer, "jti"));
    assert_null(tokex_json_get(answer, "lineage"));
    assert_int_equal(tokex_json_count(answer), 11);
}

static void test_INT_001_who_asks_is_authenticated(void **state)
{
    world_t *w = *state;
    (void)get_token(w);
    w->request.credentials.client_secret = "wrong";
    ask_in_vain(w, TOKEX_E_CLIENT_SECRET);
    w->request.credentials.client_secret = NULL;
    ask_in_vain(w, TOKEX_E_CLIENT_AUTH_MISSING);
    w->request.credentials.client_id = "nobody";
    ask_in_vain(w, TOKEX_E_CLIENT_UNKNOWN);
    assert_int_equal(tokex_err_info(TOKEX_E_CLIENT_AUTH_MISSING)->http_status, 401);
}

static void test_INT_002_whom_it_does_not_concern_is_told_nothing(void **state)
{
    world_t *w = *state;
    (void)get_token(w);
    w->request.credentials.client_id = "shop";
    assert_string_equal(ask(w), INACTIVE);
    w->request.credentials.client_id = "rotating";
    w->clients[1].introspects = (tokex_texts_t){NULL, 0};
    compile_again(w);
    assert_string_equal(ask(w), INACTIVE);
    w->clients[1].introspects = texts(w->pool, "billing", "orders", NULL);
    w->targets[0].enabled = false;
    compile_again(w);
    assert_string_equal(ask(w), INACTIVE);
    w->targets[0].enabled = true;
    compile_again(w);
    assert_string_not_equal(ask(w), INACTIVE);
}

static void test_INT_004_without_a_token_there_is_no_answer(void **state)
{
    world_t *w = *state;
    (void)get_token(w);
    send_token(w, NULL, "");
    ask_in_vain(w, TOKEX_E_TOKEN_MISSING);
    send_token(w, "", "&token_type_hint=access_token");
    ask_in_vain(w, TOKEX_E_TOKEN_MISSING);
    assert_int_equal(tokex_err_info(TOKEX_E_TOKEN_MISSING)->http_status, 400);
}

static void test_INT_006_a_wrong_hint_is_ignored(void **state)
{
    world_t *w = *state;
    const char *token = get_token(w);
    send_token(w, token, "&token_type_hint=refresh_token");
    assert_string_not_equal(ask(w), INACTIVE);
    send_token(w, token, "&token_type_hint=made%20up");
    assert_string_not_equal(ask(w), INACTIVE);
}

/* Signs the claims of a good token of ours as they stand now. */
static const char *forge(world_t *w, const tokex_signer_t *signer)
{
    const char *claims = claims_text(w), *token = NULL;
    assert_success(tokex_jws_sign(&token, signer, claims, strlen(claims), w->pool));
    return token;
}

static void set_ours(world_t *w)
{
    w->clients[1].introspects = texts(w->pool, "orders", NULL);
    w->request.credentials.client_id = "rotating";
    set_claim(w, "iss", "\"" OUR_ISSUER "\"");
    set_claim(w, "aud", "[\"https://orders.example\"]");
    set_claim(w, "idp", "\"partner\"");
    set_claim(w, "client_id", "\"shop\"");
    set_claim(w, "st", "\"user\"");
}

static void test_INT_003_what_is_not_good_looks_alike(void **state)
{
    static const claim_t wrong[] = {
        {"exp", "1699999999"},
        {"exp", "1700000000"},
        {"exp", NULL},
        {"exp", "\"1800000000\""},
        {"nbf", "1700000001"},
        {"iat", NULL},
        {"iat", "1700000001"},
        {"jti", NULL},
        {"jti", "\"\""},
        {"sub", NULL},
        {"aud", NULL},
        {"aud", "\"https://billing.example\""},
        {"idp", "\"closed\""},
        {"idp", "\"unknown\""},
        {"idp", NULL},
        {"client_id", "\"gone\""},
        {"client_id", "\"unknown\""},
        {"client_id", NULL},
        {"iss", "\"" OUR_ISSUER "/\""},
        {"iss", NULL},
        {"lineage", "7"},
    };
    world_t *w = *state;
    take_back(ask_revocations(w), TOKEX_REVOCATION_TOKEN, "", "another", 0);
    for (int i = 0; i < COUNT(wrong); i++) {
        make_claims(w);
        set_claim(w, "nbf", NULL);
        set_claim(w, "lineage", NULL);
        set_ours(w);
        send_token(w, forge(w, w->keys->signer), "");
        assert_string_not_equal(ask(w), INACTIVE);
        set_claim(w, wrong[i].name, wrong[i].json);
        send_token(w, forge(w, w->keys->signer), "");
        assert_string_equal(ask(w), INACTIVE);
    }
}

static void test_INT_003_neither_garbage_nor_foreign_nor_revoked_is_told_apart(void **state)
{
    world_t *w = *state;
    tokex_revocations_t *set = ask_revocations(w);
    const tokex_signer_t *stranger = NULL;
    const char *token, *other;
    assert_success(
        tokex_jws_signer_create(&stranger, w->keys->foreign, TOKEX_ALG_ES256, "at+jwt", w->pool));
    make_claims(w);
    send_token(w, forge(w, w->keys->foreign_signer), "");
    set_ours(w);
    assert_string_equal(ask(w), INACTIVE);
    send_token(w, "garbage", "");
    assert_string_equal(ask(w), INACTIVE);
    send_token(w, forge(w, stranger), "");
    assert_string_equal(ask(w), INACTIVE);
    token = forge(w, w->keys->signer);
    set_claim(w, "sub", "\"root\"");
    other = forge(w, w->keys->signer);
    send_token(
        w,
        apr_pstrcat(w->pool,
                    apr_pstrmemdup(w->pool, other, (apr_size_t)(strrchr(other, '.') - other)),
                    strrchr(token, '.'), NULL),
        "");
    assert_string_equal(ask(w), INACTIVE);
    send_token(w, token, "");
    assert_string_not_equal(ask(w), INACTIVE);
    take_back(set, TOKEX_REVOCATION_TOKEN, "", "subject-jti", 0);
    assert_string_equal(ask(w), INACTIVE);
}

static void test_INT_003_what_our_key_signs_for_something_else_is_no_access(void **state)
{
    const tokex_signer_t *signer = NULL;
    world_t *w = *state;
    set_ours(w);
    assert_success(
        tokex_jws_signer_create(&signer, w->keys->ours, TOKEX_ALG_ES256, "JWT", w->pool));
    send_token(w, forge(w, signer), "");
    assert_string_equal(ask(w), INACTIVE);
    assert_success(tokex_jws_signer_create(&signer, w->keys->ours, TOKEX_ALG_ES256,
                                           "application/at+jwt", w->pool));
    send_token(w, forge(w, signer), "");
    assert_string_not_equal(ask(w), INACTIVE);
}

/* ---- Revocation */

static const tokex_outcome_t *give_back(world_t *w, tokex_revocation_t **row)
{
    (void)policy_of(w);
    return tokex_revoke_run(row, &w->engine, &w->request, NOW, w->pool);
}

static void test_its_client_gives_a_token_back(void **state)
{
    world_t *w = *state;
    tokex_revocations_t *set = ask_revocations(w);
    tokex_revocation_t *row = NULL;
    const tokex_outcome_t *outcome;
    const char *line;
    (void)get_token(w);
    w->request.credentials.client_id = "shop";
    outcome = give_back(w, &row);
    assert_success(outcome->err);
    assert_int_equal(row->kind, TOKEX_REVOCATION_TOKEN);
    assert_string_equal(row->issuer, "");
    assert_string_equal(row->value, outcome->subject_jti);
    assert_string_equal(row->who, "client shop");
    assert_int_equal(row->ends, NOW + 300 + TOKEX_REVOCATION_TAIL);
    line = tokex_outcome_audit(outcome, "r", NOW, 1, NULL, w->pool);
    assert_non_null(strstr(line, "\"outcome\":\"revoked\""));
    assert_non_null(strstr(line, row->value));
    /* Once it is kept there is nothing left to do, for anybody. */
    assert_success(tokex_revocations_put(set, row, NOW));
    assert_success(give_back(w, &row)->err);
    assert_null(row);
    w->request.credentials.client_id = "rotating";
    assert_success(give_back(w, &row)->err);
    assert_null(row);
}

static void test_INT_009_another_clients_token_stays_good(void **state)
{
    world_t *w = *state;
    tokex_revocation_t *row = NULL;
    const tokex_outcome_t *outcome;
    (void)get_token(w);
    outcome = give_back(w, &row);
    assert_code(outcome->err, TOKEX_E_REVOKE_CLIENT);
    assert_null(row);
    assert_string_equal(tokex_err_info(TOKEX_E_REVOKE_CLIENT)->oauth_error, "invalid_grant");
    assert_int_equal(tokex_err_info(TOKEX_E_REVOKE_CLIENT)->http_status, 400);
}

static void test_INT_010_a_type_that_cannot_be_revoked(void **state)
{
    const tokex_signer_t *signer = NULL;
    world_t *w = *state;
    tokex_revocation_t *row = NULL;
    set_ours(w);
    w->request.credentials.client_id = "shop";
    assert_success(
        tokex_jws_signer_create(&signer, w->keys->ours, TOKEX_ALG_ES256, "JWT", w->pool));
    send_token(w, forge(w, signer), "");
    assert_code(give_back(w, &row)->err, TOKEX_E_REVOKE_TYPE);
    assert_null(row);
    assert_string_equal(tokex_err_info(TOKEX_E_REVOKE_TYPE)->oauth_error, "unsupported_token_type");
    /* The hint says nothing of the token. */
    send_token(w, forge(w, w->keys->signer), "&token_type_hint=id_token");
    assert_success(give_back(w, &row)->err);
    assert_non_null(row);
}

static void test_what_is_not_good_needs_no_revocation(void **state)
{
    world_t *w = *state;
    tokex_revocation_t *row = NULL;
    w->request.credentials.client_id = "shop";
    send_token(w, "garbage", "");
    assert_success(give_back(w, &row)->err);
    assert_null(row);
    send_token(w, forge(w, w->keys->foreign_signer), "");
    assert_success(give_back(w, &row)->err);
    assert_null(row);
    set_ours(w);
    set_claim_time(w, "exp", NOW);
    send_token(w, forge(w, w->keys->signer), "");
    assert_success(give_back(w, &row)->err);
    assert_null(row);
    send_token(w, NULL, "");
    assert_code(give_back(w, &row)->err, TOKEX_E_TOKEN_MISSING);
    w->request.credentials.client_secret = "wrong";
    assert_code(give_back(w, &row)->err, TOKEX_E_CLIENT_SECRET);
}

static void test_what_could_not_be_kept_is_a_refusal(void **state)
{
    world_t *w = *state;
    tokex_revocation_t *row = NULL;
    const tokex_outcome_t *outcome;
    (void)get_token(w);
    w->request.credentials.client_id = "shop";
    outcome = give_back(w, &row);
    outcome = tokex_revoke_failed(
        outcome, tokex_err_create(w->pool, TOKEX_E_REVOKE_STORE, NULL, "no room"), w->pool);
    assert_code(outcome->err, TOKEX_E_REVOKE_STORE);
    assert_int_equal(last_step(outcome)->code, TOKEX_E_REVOKE_STORE);
    assert_int_equal(tokex_err_info(TOKEX_E_REVOKE_STORE)->http_status, 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_who_is_concerned_is_told),
        WITH_WORLD(test_INT_001_who_asks_is_authenticated),
        WITH_WORLD(test_INT_002_whom_it_does_not_concern_is_told_nothing),
        WITH_WORLD(test_INT_004_without_a_token_there_is_no_answer),
        WITH_WORLD(test_INT_006_a_wrong_hint_is_ignored),
        WITH_WORLD(test_INT_003_what_is_not_good_looks_alike),
        WITH_WORLD(test_INT_003_neither_garbage_nor_foreign_nor_revoked_is_told_apart),
        WITH_WORLD(test_INT_003_what_our_key_signs_for_something_else_is_no_access),
        WITH_WORLD(test_its_client_gives_a_token_back),
        WITH_WORLD(test_INT_009_another_clients_token_stays_good),
        WITH_WORLD(test_INT_010_a_type_that_cannot_be_revoked),
        WITH_WORLD(test_what_is_not_good_needs_no_revocation),
        WITH_WORLD(test_what_could_not_be_kept_is_a_refusal),
    };
    return cmocka_run_group_tests_name("exchange/inquiry", tests, make_keys, drop_keys);
}
