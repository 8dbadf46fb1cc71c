#include "exchange_world.h"

#define URL "https://idp.partner.example/keys"

/* An issuer that can be asked for its keys, and what it would say. */
typedef struct issuer_t {
    world_t *w;
    const char *jwks; /* NULL: it cannot be asked */
    bool unchanged;   /* it says nothing new */
    int calls;
} issuer_t;

static void arrive(world_t *w, const char *jwks, int64_t number)
{
    const tokex_fetched_t row = {.issuer = "partner",
                                 .url = URL,
                                 .jwks = jwks,
                                 .fetched = NOW,
                                 .fresh_until = NOW + 60,
                                 .tried = NOW,
                                 .number = number};
    must(tokex_fetched_keys_put(w->fetched, &row), w->pool);
}

static const tokex_err_t *ask(bool *changed, void *ctx, const tokex_policy_issuer_t *issuer,
                              apr_pool_t *pool)
{
    issuer_t *asked = ctx;
    assert_string_equal(issuer->config->id, "partner");
    asked->calls++;
    if (!asked->jwks)
        return tokex_err_create(pool, TOKEX_E_KEYS_UNAVAILABLE, NULL, "no answer");
    *changed = !asked->unchanged;
    if (*changed)
        arrive(asked->w, asked->jwks, 9);
    return NULL;
}

/* The issuer has no configured keys; nothing has been fetched from it but `jwks` (may be NULL). */
static issuer_t *with_issuer(world_t *w, const char *jwks)
{
    issuer_t *asked = apr_pcalloc(w->pool, sizeof(*asked));
    tokex_renewer_t *renewer = apr_pcalloc(w->pool, sizeof(*renewer));
    asked->w = w;
    renewer->ctx = asked;
    renewer->renew = ask;
    w->renewer = renewer;
    w->issuers[0].key_count = 0;
    w->issuers[0].jwks_urls = texts(w->pool, URL, NULL);
    w->engine.host.renew = tokex_issuer_keys_renew;
    must(tokex_fetched_keys_create(&w->fetched, w->keys->crypt, w->pool), w->pool);
    if (jwks)
        arrive(w, jwks, 1);
    return asked;
}

static const char *foreign(const world_t *w)
{
    return jwks_text(&w->keys->foreign, 1, w->pool);
}

static const char *ours(const world_t *w)
{
    return jwks_text(&w->keys->ours, 1, w->pool);
}

/* A set of one key that has no kid. */
static const char *nameless(const world_t *w, const tokex_key_t *key)
{
    char *text = apr_pstrdup(w->pool, jwks_text(&key, 1, w->pool));
    memcpy(strstr(text, "\"kid\""), "\"kip\"", 5);
    return text;
}

/* The steps of `outcome` from the issuer's to the signature's, such as "key:ok signature:ok". */
static const char *steps(world_t *w, const tokex_outcome_t *outcome)
{
    const char *text = "";
    for (int i = 0; i < outcome->trace.count; i++) {
        const tokex_trace_entry_t *entry = &outcome->trace.entries[i];
        if (entry->step >= TOKEX_STEP_RENEWAL && entry->step <= TOKEX_STEP_SIGNATURE)
            text = apr_pstrcat(w->pool, text, *text ? " " : "", tokex_trace_step_name(entry->step),
                               ":", entry->passed ? "ok" : tokex_err_info(entry->code)->name, NULL);
    }
    return text;
}

static void test_a_known_key_asks_nobody(void **state)
{
    world_t *w = *state;
    issuer_t *asked = with_issuer(w, foreign(w));
    assert_string_equal(steps(w, grant(w)), "key:ok signature:ok");
    assert_int_equal(asked->calls, 0);
}

static void test_an_unknown_key_is_asked_for_and_found(void **state)
{
    world_t *w = *state;
    issuer_t *asked = with_issuer(w, ours(w));
    asked->jwks = foreign(w);
    assert_string_equal(steps(w, grant(w)), "renewal:ok key:ok signature:ok");
    assert_int_equal(asked->calls, 1);
    (void)grant(w);
    assert_int_equal(asked->calls, 1);
}

static void test_the_first_token_of_an_issuer_waits_for_its_keys(void **state)
{
    world_t *w = *state;
    issuer_t *asked = with_issuer(w, NULL);
    asked->jwks = foreign(w);
    assert_string_equal(steps(w, grant(w)), "renewal:ok key:ok signature:ok");
    assert_int_equal(asked->calls, 1);
}

static void test_a_key_that_stays_unknown_is_asked_for_once(void **state)
{
    world_t *w = *state;
    issuer_t *asked = with_issuer(w, ours(w));
    asked->jwks = ours(w);
    assert_string_equal(steps(w, refuse(w, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_KEY)),
                        "renewal:ok key:key_unknown");
    assert_int_equal(asked->calls, 1);
    asked->unchanged = true;
    (void)refuse(w, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_KEY);
    assert_int_equal(asked->calls, 2);
}

/* The only key that has no kid is tried for any kid. */
static void test_a_bad_signature_asks_too_because_the_key_may_be_a_guess(void **state)
{
    world_t *w = *state;
    issuer_t *asked = with_issuer(w, nameless(w, w->keys->ours));
    asked->jwks = nameless(w, w->keys->foreign);
    assert_string_equal(steps(w, grant(w)), "renewal:ok key:ok signature:ok");
    assert_int_equal(asked->calls, 1);
}

static void test_a_signature_that_stays_bad_is_asked_for_once(void **state)
{
    world_t *w = *state;
    issuer_t *asked = with_issuer(w, nameless(w, w->keys->ours));
    asked->jwks = nameless(w, w->keys->ours);
    assert_string_equal(steps(w, refuse(w, TOKEX_E_SIGNATURE, TOKEX_STEP_SIGNATURE)),
                        "renewal:ok key:ok signature:signature");
    assert_int_equal(asked->calls, 1);
    asked->unchanged = true;
    assert_string_equal(steps(w, refuse(w, TOKEX_E_SIGNATURE, TOKEX_STEP_SIGNATURE)),
                        "renewal:ok key:ok signature:signature");
}

static void test_an_issuer_that_cannot_be_asked_is_no_fault_of_the_token(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    (void)with_issuer(w, ours(w));
    outcome = refuse(w, TOKEX_E_KEYS_UNAVAILABLE, TOKEX_STEP_RENEWAL);
    assert_string_equal(last_step(outcome)->id, "partner");
    assert_string_equal(last_step(outcome)->field, "jwks_urls");
    assert_int_equal(tokex_err_info(outcome->err->code)->http_status, 503);
    assert_string_equal(tokex_err_info(outcome->err->code)->oauth_error, "temporarily_unavailable");
}

static void test_without_anybody_to_ask_the_refusal_stands(void **state)
{
    world_t *w = *state;
    (void)with_issuer(w, ours(w));
    w->engine.host.renew = NULL;
    assert_string_equal(steps(w, refuse(w, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_KEY)),
                        "key:key_unknown");
    w->fetched = NULL;
    compile_again(w);
    assert_string_equal(steps(w, refuse(w, TOKEX_E_KEYS_UNAVAILABLE, TOKEX_STEP_KEY)),
                        "key:keys_unavailable");
}

static void test_an_issuer_without_sources_is_not_asked(void **state)
{
    world_t *w = *state;
    issuer_t *asked = with_issuer(w, NULL);
    w->issuers[0].jwks_urls.count = 0;
    assert_string_equal(steps(w, refuse(w, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_KEY)),
                        "key:key_unknown");
    assert_int_equal(asked->calls, 0);
}

/* What no key of the issuer could change. */
static void test_other_refusals_ask_nobody(void **state)
{
    world_t *w = *state;
    issuer_t *asked = with_issuer(w, foreign(w));
    const tokex_signer_t *signer;
    const tokex_key_t *key;
    asked->jwks = foreign(w);
    set_claim_time(w, "exp", NOW - 20);
    (void)refuse(w, TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
    must(tokex_jwk_generate(&key, TOKEX_ALG_EDDSA, w->keys->crypt, w->pool), w->pool);
    must(tokex_jws_signer_create(&signer, key, TOKEX_ALG_EDDSA, "JWT", w->pool), w->pool);
    w->token_signer = signer;
    (void)refuse(w, TOKEX_E_ALG_NOT_ALLOWED, TOKEX_STEP_KEY);
    assert_int_equal(asked->calls, 0);
}

static void test_actor_tokens_ask_as_subject_tokens_do(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    issuer_t *asked = with_issuer(w, foreign(w));
    add_actor(w);
    w->actor_signer = w->keys->signer;
    asked->jwks = jwks_text((const tokex_key_t *[]){w->keys->foreign, w->keys->ours}, 2, w->pool);
    outcome = grant(w);
    assert_int_equal(asked->calls, 1);
    for (int i = 0; i < outcome->trace.count; i++)
        assert_int_not_equal(outcome->trace.entries[i].step, TOKEX_STEP_RENEWAL);
    asked->jwks = NULL;
    arrive(w, foreign(w), 10);
    refuse(w, TOKEX_E_KEYS_UNAVAILABLE, TOKEX_STEP_ACTOR_RENEWAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_a_known_key_asks_nobody),
        WITH_WORLD(test_an_unknown_key_is_asked_for_and_found),
        WITH_WORLD(test_the_first_token_of_an_issuer_waits_for_its_keys),
        WITH_WORLD(test_a_key_that_stays_unknown_is_asked_for_once),
        WITH_WORLD(test_a_bad_signature_asks_too_because_the_key_may_be_a_guess),
        WITH_WORLD(test_a_signature_that_stays_bad_is_asked_for_once),
        WITH_WORLD(test_an_issuer_that_cannot_be_asked_is_no_fault_of_the_token),
        WITH_WORLD(test_without_anybody_to_ask_the_refusal_stands),
        WITH_WORLD(test_an_issuer_without_sources_is_not_asked),
        WITH_WORLD(test_other_refusals_ask_nobody),
        WITH_WORLD(test_actor_tokens_ask_as_subject_tokens_do),
    };
    return cmocka_run_group_tests_name("exchange/renewal", tests, make_keys, drop_keys);
}
