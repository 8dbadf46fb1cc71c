#include "exchange_world.h"

#include "exchange/client_auth.h"

/* How often the two operations ran, and over how many octets. */
static int digests;
static int compares;
/* Whom the latest check has found. */
static tokex_client_found_t who;
static apr_size_t compared;

static const tokex_err_t *counted_sha256(const tokex_crypt_t *crypt,
                                         unsigned char out[TOKEX_SHA256_LEN], const void *in,
                                         apr_size_t len, apr_pool_t *pool)
{
    digests++;
    return tokex_crypt_sha256(crypt, out, in, len, pool);
}

static bool counted_equal(const void *a, const void *b, apr_size_t len)
{
    compares++;
    compared += len;
    return tokex_crypt_equal(a, b, len);
}

static const tokex_client_auth_ops_t counted = {counted_sha256, counted_equal};

static const tokex_err_t *check(world_t *w, const tokex_credentials_t *credentials,
                                const tokex_policy_client_t **client)
{
    const tokex_err_t *err;

    digests = compares = 0;
    compared = 0;
    who = (tokex_client_found_t){NULL, NULL};
    err = tokex_client_auth_check(&who, policy_of(w), credentials, NOW, w->keys->crypt, &counted,
                                  w->pool);
    *client = who.client;
    return err;
}

/* The one digest and the one compare, whoever it was and whatever came of it. */
static void assert_work(int readings)
{
    assert_int_equal(digests, readings);
    assert_int_equal(compares, readings);
    assert_int_equal(compared, readings * TOKEX_SHA256_LEN);
}

static void accepts(world_t *w, const char *id, const char *secret)
{
    const tokex_credentials_t credentials = {.client_id = id, .client_secret = secret};
    const tokex_policy_client_t *client;
    assert_success(check(w, &credentials, &client));
    assert_string_equal(client->config->id, id);
    assert_work(1);
}

static const tokex_err_t *refuses(world_t *w, const char *id, const char *secret, tokex_code_t code)
{
    const tokex_credentials_t credentials = {.client_id = id, .client_secret = secret};
    const tokex_policy_client_t *client;
    const tokex_err_t *err = check(w, &credentials, &client);
    assert_code(err, code);
    assert_null(client);
    assert_int_equal(tokex_err_info(code)->http_status, 401);
    assert_string_equal(tokex_err_info(code)->oauth_error, "invalid_client");
    if (secret && *secret)
        assert_null(strstr(tokex_err_text(err, w->pool), secret));
    return err;
}

static void
test_TIM_001_unknown_client_and_wrong_secret_one_digest_one_compare_same_answer(void **state)
{
    world_t *w = *state;
    const char *unknown = tokex_outcome_error(refuses(w, "nobody", "wrong", TOKEX_E_CLIENT_UNKNOWN),
                                              "r", NULL, w->pool);
    const char *wrong;
    assert_work(1);
    wrong =
        tokex_outcome_error(refuses(w, "shop", "wrong", TOKEX_E_CLIENT_SECRET), "r", NULL, w->pool);
    assert_work(1);
    assert_string_equal(unknown, wrong);
}

static void test_right_secret_accepted_with_the_same_work(void **state)
{
    accepts(*state, "shop", SECRET);
}

static void test_each_of_two_secrets_accepted_with_the_same_work(void **state)
{
    world_t *w = *state;
    accepts(w, "rotating", SECRET);
    assert_string_equal(who.secret, "one");
    accepts(w, "rotating", OLD_SECRET);
    assert_string_equal(who.secret, "two");
    refuses(w, "rotating", "wrong", TOKEX_E_CLIENT_SECRET);
    assert_work(1);
    assert_null(who.secret);
    refuses(w, "shop", OLD_SECRET, TOKEX_E_CLIENT_SECRET);
    assert_work(1);
}

static void test_expired_counts_only_for_the_secret_that_matches(void **state)
{
    world_t *w = *state;
    w->secrets[2].expires = NOW;
    refuses(w, "rotating", OLD_SECRET, TOKEX_E_CLIENT_SECRET_EXPIRED);
    assert_work(1);
    refuses(w, "rotating", "wrong", TOKEX_E_CLIENT_SECRET);
    accepts(w, "rotating", SECRET);
}

static void test_secret_is_good_until_the_second_before_its_end(void **state)
{
    world_t *w = *state;
    w->secrets[1].expires = NOW + 1;
    accepts(w, "rotating", SECRET);
    accepts(w, "rotating", OLD_SECRET);
}

static void test_disabled_client_refused_and_only_said_after_the_right_secret(void **state)
{
    world_t *w = *state;
    refuses(w, "gone", SECRET, TOKEX_E_CLIENT_DISABLED);
    assert_work(1);
    refuses(w, "gone", "wrong", TOKEX_E_CLIENT_SECRET);
}

static void test_AS_13_public_clients_refused_after_the_same_work(void **state)
{
    world_t *w = *state;
    refuses(w, "public", "anything", TOKEX_E_CLIENT_PUBLIC);
    assert_work(1);
    refuses(w, "public", NULL, TOKEX_E_CLIENT_PUBLIC);
    assert_work(1);
    refuses(w, "public", "", TOKEX_E_CLIENT_PUBLIC);
}

static void test_no_secret_is_never_a_secret(void **state)
{
    world_t *w = *state;
    const tokex_credentials_t none = {0};
    const tokex_policy_client_t *client;
    w->secrets[0].sha256 = sha256_hex(w, "");
    refuses(w, "shop", "", TOKEX_E_CLIENT_AUTH_MISSING);
    refuses(w, "shop", NULL, TOKEX_E_CLIENT_AUTH_MISSING);
    assert_work(1);
    assert_code(check(w, &none, &client), TOKEX_E_CLIENT_AUTH_MISSING);
    assert_work(0);
}

static void test_client_ids_are_compared_octet_by_octet(void **state)
{
    refuses(*state, "Shop", SECRET, TOKEX_E_CLIENT_UNKNOWN);
    refuses(*state, "shop ", SECRET, TOKEX_E_CLIENT_UNKNOWN);
}

static void test_decoded_or_raw_whichever_is_right_with_the_work_of_both(void **state)
{
    world_t *w = *state;
    tokex_credentials_t both = {"shop", "a%2Fb+c", "shop", "a/b c"};
    const tokex_policy_client_t *client;
    w->secrets[0].sha256 = sha256_hex(w, "a/b c");
    assert_success(check(w, &both, &client));
    assert_work(2);
    assert_string_equal(client->config->id, "shop");
    both.client_secret = SECRET;
    both.client_id = "rotating";
    both.decoded_id = "rotating";
    assert_success(check(w, &both, &client));
    assert_work(2);
    both.client_secret = "wrong";
    assert_code(check(w, &both, &client), TOKEX_E_CLIENT_SECRET);
    assert_work(2);
    both.client_id = both.decoded_id = "nobody";
    assert_code(check(w, &both, &client), TOKEX_E_CLIENT_UNKNOWN);
    assert_work(2);
}

static const tokex_err_t *failing_sha256(const tokex_crypt_t *crypt,
                                         unsigned char out[TOKEX_SHA256_LEN], const void *in,
                                         apr_size_t len, apr_pool_t *pool)
{
    (void)crypt;
    (void)out;
    (void)in;
    (void)len;
    return tokex_err_create(pool, TOKEX_E_CRYPTO, NULL, "broken");
}

static void test_a_digest_that_fails_is_no_yes(void **state)
{
    static const tokex_client_auth_ops_t failing = {failing_sha256, counted_equal};
    world_t *w = *state;
    const tokex_credentials_t good = {.client_id = "shop", .client_secret = SECRET};
    tokex_client_found_t found = {NULL, NULL};
    const tokex_err_t *err = tokex_client_auth_check(&found, policy_of(w), &good, NOW,
                                                     w->keys->crypt, &failing, w->pool);
    assert_code(err, TOKEX_E_CRYPTO);
    assert_null(found.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_TIM_001_unknown_client_and_wrong_secret_one_digest_one_compare_same_answer),
        WITH_WORLD(test_right_secret_accepted_with_the_same_work),
        WITH_WORLD(test_each_of_two_secrets_accepted_with_the_same_work),
        WITH_WORLD(test_expired_counts_only_for_the_secret_that_matches),
        WITH_WORLD(test_secret_is_good_until_the_second_before_its_end),
        WITH_WORLD(test_disabled_client_refused_and_only_said_after_the_right_secret),
        WITH_WORLD(test_AS_13_public_clients_refused_after_the_same_work),
        WITH_WORLD(test_no_secret_is_never_a_secret),
        WITH_WORLD(test_client_ids_are_compared_octet_by_octet),
        WITH_WORLD(test_decoded_or_raw_whichever_is_right_with_the_work_of_both),
        WITH_WORLD(test_a_digest_that_fails_is_no_yes),
    };
    return cmocka_run_group_tests_name("exchange/client_auth", tests, make_keys, drop_keys);
}
