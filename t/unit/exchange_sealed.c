/* Opaque access tokens of ours: what is sealed in them is a JWT of ours, and is taken wherever that
 * is; nobody else can make, read or change one. */
#include "exchange_location.h"
#include "exchange_revoked.h"

#include "base/b64url.h"
#include "exchange/introspect.h"
#include "exchange/revoke.h"
#include "exchange/sealed_token.h"

#define PREFIX "txo_"

static tokex_master_key_t *key_of(world_t *w, int octet)
{
    tokex_master_key_t *key = apr_palloc(w->pool, sizeof(*key));
    memset(key->octets, octet, sizeof(key->octets));
    return key;
}

static void use_master(world_t *w, int octet)
{
    assert_success(
        tokex_sealed_token_key(&w->engine.opaque_key, key_of(w, octet), w->engine.crypt, w->pool));
}

/* The first client gets opaque tokens, rules take ours, and "rotating" may ask about them. */
static void have_opaque(world_t *w)
{
    use_master(w, 1);
    w->clients[0].token_format = "opaque";
    w->clients[1].introspects = texts(w->pool, "orders", NULL);
    w->rules[0].issuers = texts(w->pool, "partner", "self", NULL);
}

static const tokex_outcome_t *grant_opaque(world_t *w)
{
    const tokex_outcome_t *outcome = grant(w);
    assert_true(outcome->opaque);
    assert_int_equal(strncmp(outcome->token, PREFIX, 4), 0);
    assert_string_equal(outcome->issued_token_type, TOKEX_TYPE_URN_ACCESS_TOKEN);
    return outcome;
}

static tokex_token_text_t open_token(world_t *w, const char *token)
{
    tokex_token_text_t sealed;
    assert_success(tokex_sealed_token_open(&sealed, &w->engine,
                                           (tokex_token_text_t){token, strlen(token)}, w->pool));
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return sealed;
}

static void present(world_t *w, const char *token)
{
    w->request.subject_token = token;
    w->request.subject_token_len = strlen(token);
    w->request.subject_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
}

static const char *ask(world_t *w, const char *token)
{
    const char *text = apr_pstrcat(w->pool, "token=", token, NULL), *body = NULL;
    const char *client = w->request.credentials.client_id;
    const tokex_outcome_t *outcome;
    apr_size_t len = 0;
    ask_form(w, text);
    w->request.credentials.client_id = "rotating";
    outcome = tokex_introspect_run(&body, &len, &w->engine, &w->request, NOW, w->pool);
    w->request.credentials.client_id = client;
    assert_success(outcome->err);
    return body;
}

static void is_inactive(world_t *w, const char *token)
{
    assert_string_equal(ask(w, token), "{\"active\":false}");
}

static void test_the_client_or_a_target_has_them_opaque(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    tokex_token_text_t sealed;
    const tokex_jws_t *jws = NULL;
    have_opaque(w);
    outcome = grant_opaque(w);
    assert_string_equal(step_of(outcome, TOKEX_STEP_SIGN)->object, "client");
    assert_string_equal(step_of(outcome, TOKEX_STEP_SIGN)->field, "token_format");
    sealed = open_token(w, outcome->token);
    assert_success(tokex_jws_parse(&jws, sealed.text, sealed.len, w->pool));
    assert_success(tokex_jws_verify(jws, w->keys->ours, w->pool));
    assert_text(jws->claims, "jti", outcome->jti);
    w->clients[0].token_format = "jwt";
    compile_again(w);
    assert_false(grant(w)->opaque);
    w->targets[0].token_format = "opaque";
    compile_again(w);
    assert_string_equal(step_of(grant_opaque(w), TOKEX_STEP_SIGN)->id, "orders");
    ask_nothing(w);
    ask_audience(w, "billing");
    assert_false(grant(w)->opaque);
    ask_audience(w, "orders");
    assert_true(grant_opaque(w)->target_count == 2);
}

static void test_none_can_be_read_and_no_two_are_alike(void **state)
{
    world_t *w = *state;
    const char *one, *two, *in_one, *in_two;
    have_opaque(w);
    one = grant_opaque(w)->token;
    two = grant_opaque(w)->token;
    in_one = strstr(one, "eyJ");
    in_two = strstr(two, "eyJ");
    assert_string_not_equal(apr_pstrmemdup(w->pool, one, 26), apr_pstrmemdup(w->pool, two, 26));
    /* One in 250 has these letters by chance; a JWT would begin at one place in both. */
    assert_false(in_one && in_two && in_one - one == in_two - two);
    assert_int_equal(
        strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
        strlen(one));
    /* What is a JWT has two dots. */
    assert_ptr_equal(strchr(one, '.'), strrchr(one, '.'));
}

static void test_no_JWT_can_be_asked_for(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    have_opaque(w);
    w->request.requested_token_type = TOKEX_TYPE_URN_JWT;
    outcome = refuse(w, TOKEX_E_TOKEN_FORMAT, TOKEX_STEP_SIGN);
    assert_string_equal(last_step(outcome)->id, "shop");
    assert_string_equal(last_step(outcome)->field, "token_format");
    assert_string_equal(tokex_err_info(TOKEX_E_TOKEN_FORMAT)->client_text,
                        tokex_err_info(TOKEX_E_REQUESTED_TOKEN_TYPE)->client_text);
    w->request.requested_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
    (void)grant_opaque(w);
}

static void test_it_is_asked_about_and_given_back(void **state)
{
    world_t *w = *state;
    tokex_revocation_t *row = NULL;
    const tokex_outcome_t *outcome;
    const char *token;
    have_opaque(w);
    outcome = grant_opaque(w);
    token = outcome->token;
    assert_non_null(strstr(ask(w, token), "\"active\":true"));
    assert_non_null(strstr(ask(w, token), outcome->jti));
    assert_success(tokex_revoke_run(&row, &w->engine, &w->request, NOW, w->pool)->err);
    assert_non_null(row);
    assert_string_equal(row->value, outcome->jti);
}

static void test_INT_014_one_that_was_changed_is_none(void **state)
{
    world_t *w = *state;
    const char *token;
    apr_size_t len;
    have_opaque(w);
    token = grant_opaque(w)->token;
    len = strlen(token);
    for (apr_size_t i = len; i-- > 1;)
        is_inactive(w, apr_pstrmemdup(w->pool, token, i));
    for (apr_size_t i = 0; i < len; i += i < 60 ? 1 : 5) {
        char *changed = apr_pstrdup(w->pool, token);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        is_inactive(w, changed);
    }
    is_inactive(w, apr_pstrcat(w->pool, token, "A", NULL));
    is_inactive(w, apr_pstrcat(w->pool, token, "AAAA", NULL));
    is_inactive(w, apr_pstrcat(w->pool, token, "=", NULL));
    is_inactive(w, apr_pstrcat(w->pool, PREFIX, token, NULL));
    is_inactive(w, token + 4);
    assert_string_not_equal(ask(w, token), "{\"active\":false}");
}

static void test_another_master_key_or_server_opens_none(void **state)
{
    world_t *w = *state;
    tokex_server_t other;
    const char *token;
    have_opaque(w);
    token = grant_opaque(w)->token;
    use_master(w, 2);
    assert_null(open_token(w, token).text);
    use_master(w, 1);
    assert_non_null(open_token(w, token).text);
    other = *w->engine.server;
    other.issuer = "https://sts.example.org/other";
    w->engine.server = &other;
    assert_null(open_token(w, token).text);
    w->engine.opaque_key = NULL;
    assert_null(open_token(w, token).text);
}

static void test_it_is_exchanged_again_as_an_access_token_alone(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    const char *token;
    have_opaque(w);
    token = grant_opaque(w)->token;
    present(w, token);
    outcome = check_granted(run_as_is(w));
    assert_string_equal(outcome->issuer->config->id, "self");
    assert_string_equal(outcome->subject, "auth0|4711");
    assert_string_equal(step_of(outcome, TOKEX_STEP_TOKEN)->field, "TokexMasterKey");
    (void)step_of(outcome, TOKEX_STEP_SIGNATURE);
    w->request.subject_token_type = TOKEX_TYPE_URN_JWT;
    check_refused(run_as_is(w), TOKEX_E_TOKEN_SHAPE, TOKEX_STEP_TOKEN);
    w->request.subject_token_type = TOKEX_TYPE_URN_ID_TOKEN;
    check_refused(run_as_is(w), TOKEX_E_TOKEN_SHAPE, TOKEX_STEP_TOKEN);
    present(w, apr_pstrmemdup(w->pool, token, strlen(token) - 1));
    check_refused(run_as_is(w), TOKEX_E_TOKEN_SHAPE, TOKEX_STEP_TOKEN);
    /* Another client's. */
    present(w, token);
    w->request.credentials.client_id = "rotating";
    check_refused(run_as_is(w), TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
}

static void test_it_acts(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    have_opaque(w);
    set_claim(w, "sub", "\"svc-mail\"");
    w->request.actor_token = grant_opaque(w)->token;
    w->request.actor_token_len = strlen(w->request.actor_token);
    w->request.actor_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
    w->actors[0] = (tokex_actor_t){"self", "svc-*"};
    w->rules[0].actors = w->actors;
    w->rules[0].actor_count = 1;
    w->rules[0].delegation = true;
    compile_again(w);
    set_claim(w, "sub", "\"auth0|4711\"");
    outcome = grant_opaque(w);
    assert_true(outcome->delegation);
    assert_string_equal(outcome->actor, "svc-mail");
    w->request.actor_token_type = TOKEX_TYPE_URN_JWT;
    refuse_actor(w, TOKEX_E_TOKEN_SHAPE, TOKEX_STEP_ACTOR_TOKEN);
}

static void test_a_location_takes_it_as_it_is(void **state)
{
    world_t *w = *state;
    const char *token;
    const tokex_outcome_t *outcome;
    have_opaque(w);
    token = grant_opaque(w)->token;
    make_location(w)->own_tokens = TOKEX_OWN_ACCEPT;
    ask_nothing(w);
    ask_audience(w, "orders");
    present(w, token);
    outcome = run_as_is(w);
    assert_success(outcome->err);
    assert_non_null(outcome->accepted);
    assert_text(outcome->accepted, "sub", "auth0|4711");
    assert_null(outcome->token);
}

static void test_what_was_taken_back_is_not_taken_in_disguise(void **state)
{
    world_t *w = *state;
    tokex_revocations_t *set = ask_revocations(w);
    const tokex_outcome_t *outcome;
    have_opaque(w);
    outcome = grant_opaque(w);
    take_back(set, TOKEX_REVOCATION_TOKEN, "", outcome->jti, 0);
    is_inactive(w, outcome->token);
    present(w, outcome->token);
    check_refused(run_as_is(w), TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
}

static const tokex_err_t *introspect(tokex_said_t *out, void *ctx,
                                     const tokex_policy_issuer_t *issuer, const char *token,
                                     int64_t now, apr_pool_t *pool)
{
    static const char says[] = "{\"active\":true,\"sub\":\"mira\",\"scope\":\"orders.read\"}";
    const char **asked = ctx;
    (void)issuer;
    *asked = token;
    out->until = now + 60;
    return tokex_json_parse_object(&out->claims, says, strlen(says), pool);
}

/* A server of the same make beside this one begins its tokens so, too. Ours never leave the house.
 */
static void test_one_that_does_not_open_is_another_issuers(void **state)
{
    world_t *w = *state;
    const char *asked = NULL, *token, *theirs;
    have_opaque(w);
    w->issuers[0].introspection_url = "https://idp.partner.example/introspect";
    w->issuers[0].introspection_client_id = "gateway";
    w->issuers[0].introspection_sealed = "1.sealed";
    w->engine.host.ask_ctx = &asked;
    w->engine.host.introspect = introspect;
    token = grant_opaque(w)->token;
    present(w, token);
    check_granted(run_as_is(w));
    assert_null(asked);
    theirs = apr_pstrcat(w->pool, apr_pstrmemdup(w->pool, token, strlen(token) - 4), "AAAA", NULL);
    present(w, theirs);
    assert_string_equal(check_granted(run_as_is(w))->subject, "mira");
    assert_string_equal(asked, theirs);
}

static void test_claims_have_a_limit_that_keeps_tokens_within_theirs(void **state)
{
    world_t *w = *state;
    /* Header and signature at their longest, and what sealing adds. */
    const apr_size_t jws = TOKEX_B64URL_ENCODED(TOKEX_LIMIT_OPAQUE_CLAIMS) +
                           TOKEX_B64URL_ENCODED(TOKEX_LIMIT_RSA_BITS_MAX / 8) +
                           TOKEX_B64URL_ENCODED(TOKEX_LIMIT_KID + 128) + 2;
    char *long_text = apr_palloc(w->pool, jws + 1), *too_long = apr_palloc(w->pool, 50001);
    const char *token = NULL;
    have_opaque(w);
    memset(long_text, 'x', jws);
    long_text[jws] = '\0';
    assert_success(tokex_sealed_token_close(&token, &w->engine, long_text, w->pool));
    assert_true(strlen(token) <= TOKEX_LIMIT_TOKEN);
    assert_int_equal(open_token(w, token).len, jws);
    memset(too_long, 'x', 50000);
    too_long[50000] = '\0';
    assert_code(tokex_sealed_token_close(&token, &w->engine, too_long, w->pool),
                TOKEX_E_CLAIMS_SIZE);
}

static void test_larger_claims_are_refused_by_a_trial_too(void **state)
{
    static const tokex_trial_t looks = {false};
    world_t *w = *state;
    tokex_server_t server = *w->engine.server;
    char *tenant = apr_pcalloc(w->pool, TOKEX_LIMIT_OPAQUE_CLAIMS + 1);
    memset(tenant, 't', TOKEX_LIMIT_OPAQUE_CLAIMS);
    server.tenant = tenant;
    have_opaque(w);
    w->engine.server = &server;
    refuse(w, TOKEX_E_CLAIMS_SIZE, TOKEX_STEP_SIGN);
    w->engine.trial = &looks;
    refuse(w, TOKEX_E_CLAIMS_SIZE, TOKEX_STEP_SIGN);
    w->engine.trial = NULL;
    w->clients[0].token_format = "jwt";
    compile_again(w);
    assert_false(grant(w)->opaque);
}

static void test_a_trial_says_so_and_makes_none(void **state)
{
    static const tokex_trial_t looks = {false};
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    have_opaque(w);
    w->engine.trial = &looks;
    outcome = run(w);
    assert_success(outcome->err);
    assert_null(outcome->token);
    assert_true(outcome->opaque);
    assert_non_null(outcome->claims);
}

static void test_without_a_key_there_are_none(void **state)
{
    world_t *w = *state;
    have_opaque(w);
    w->engine.opaque_key = NULL;
    refuse(w, TOKEX_E_INTERNAL, TOKEX_STEP_SIGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_the_client_or_a_target_has_them_opaque),
        WITH_WORLD(test_none_can_be_read_and_no_two_are_alike),
        WITH_WORLD(test_no_JWT_can_be_asked_for),
        WITH_WORLD(test_it_is_asked_about_and_given_back),
        WITH_WORLD(test_INT_014_one_that_was_changed_is_none),
        WITH_WORLD(test_another_master_key_or_server_opens_none),
        WITH_WORLD(test_it_is_exchanged_again_as_an_access_token_alone),
        WITH_WORLD(test_it_acts),
        WITH_WORLD(test_a_location_takes_it_as_it_is),
        WITH_WORLD(test_what_was_taken_back_is_not_taken_in_disguise),
        WITH_WORLD(test_one_that_does_not_open_is_another_issuers),
        WITH_WORLD(test_claims_have_a_limit_that_keeps_tokens_within_theirs),
        WITH_WORLD(test_larger_claims_are_refused_by_a_trial_too),
        WITH_WORLD(test_a_trial_says_so_and_makes_none),
        WITH_WORLD(test_without_a_key_there_are_none),
    };
    return cmocka_run_group_tests_name("exchange/sealed", tests, make_keys, drop_keys);
}
