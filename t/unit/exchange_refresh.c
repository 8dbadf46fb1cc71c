/* Refresh tokens in the engine: what is kept of an exchange, and what is judged at each use. */
#include "exchange_revoked.h"

/* One exchange's, as a state.db would keep them. */
typedef struct book_t {
    tokex_refresh_t row;      /* id NULL: there is none */
    tokex_code_t fails;       /* with what everything does; TOKEX_E_INTERNAL: nothing does */
    bool taken;               /* somebody else uses it in the meantime */
    tokex_revocations_t *set; /* in which `meanwhile` is put just before the gate is asked; NULL */
    tokex_revocation_t meanwhile;
    int ended;
} book_t;

static const tokex_err_t *failure(const book_t *book, apr_pool_t *pool)
{
    return book->fails == TOKEX_E_INTERNAL ? NULL : tokex_err_create(pool, book->fails, NULL, "x");
}

static const tokex_err_t *find(const tokex_refresh_t **out, void *ctx, const char *id,
                               apr_pool_t *pool)
{
    book_t *book = ctx;
    *out = book->row.id && strcmp(book->row.id, id) == 0 ? &book->row : NULL;
    return failure(book, pool);
}

static const tokex_err_t *keep(void *ctx, const tokex_refresh_t *row, const char *replaced,
                               const tokex_refresh_gate_t *gate, apr_pool_t *pool)
{
    book_t *book = ctx;
    TOKEX_RETURN_ERR(failure(book, pool));
    if (book->set)
        TOKEX_RETURN_ERR(tokex_revocations_put(book->set, &book->meanwhile, NOW));
    if (!gate->is_good(gate->ctx))
        return tokex_err_create(pool, TOKEX_E_TOKEN_REVOKED, NULL, "x");
    if (book->taken)
        return tokex_err_create(pool, TOKEX_E_REFRESH_REUSED, NULL, "x");
    assert_true(!replaced == !book->row.id);
    if (replaced)
        assert_string_equal(replaced, book->row.hash);
    book->row = *row;
    return NULL;
}

static const tokex_err_t *end(void *ctx, const tokex_refresh_t *row, int64_t now, apr_pool_t *pool)
{
    book_t *book = ctx;
    (void)pool;
    assert_string_equal(row->id, book->row.id);
    assert_int_equal(now, NOW);
    book->ended++;
    return NULL;
}

/* The world's first client may refresh. */
static book_t *keep_book(world_t *w)
{
    book_t *book = apr_pcalloc(w->pool, sizeof(*book));
    book->fails = TOKEX_E_INTERNAL;
    w->engine.host.refresh_find = find;
    w->engine.host.refresh_keep = keep;
    w->engine.host.refresh_end = end;
    w->engine.host.refreshes = book;
    w->clients[0].grant_types = texts(w->pool, TOKEX_GRANT_EXCHANGE, TOKEX_GRANT_REFRESH, NULL);
    return book;
}

static const tokex_outcome_t *refresh(world_t *w, const char *token, const char *scope)
{
    tokex_form_param_t *param = apr_pcalloc(w->pool, sizeof(*param));
    tokex_form_t *form = apr_pcalloc(w->pool, sizeof(*form));
    tokex_request_t request = {.grant_type = TOKEX_GRANT_REFRESH,
                               .credentials = w->request.credentials,
                               .scope = scope,
                               .form = form};
    *param = (tokex_form_param_t){"refresh_token", token, strlen(token)};
    *form = (tokex_form_t){param, 1};
    (void)policy_of(w);
    return tokex_exchange_run(&w->engine, apr_pmemdup(w->pool, &request, sizeof(request)), NOW,
                              w->pool);
}

static const char *first_token(world_t *w)
{
    const tokex_outcome_t *outcome = grant(w);
    assert_non_null(outcome->refresh_token);
    assert_int_equal(strlen(outcome->refresh_token), 64);
    return outcome->refresh_token;
}

static const char *first_again(world_t *w, book_t *book)
{
    book->row.id = NULL;
    return first_token(w);
}

static void refused(world_t *w, const char *token, tokex_code_t code)
{
    check_refused(refresh(w, token, NULL), code, TOKEX_STEP_REFRESH);
}

static void test_AS_14_only_with_the_grant_type(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    w->clients[0].grant_types = texts(w->pool, TOKEX_GRANT_EXCHANGE, NULL);
    assert_null(grant(w)->refresh_token);
    assert_null(book->row.id);
    check_refused(refresh(w, "x", NULL), TOKEX_E_CLIENT_GRANT, TOKEX_STEP_GRANT);
}

static void test_each_is_good_once(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const char *first = first_token(w);
    const char *second = check_granted(refresh(w, first, NULL))->refresh_token;
    assert_non_null(second);
    assert_string_not_equal(first, second);
    assert_memory_equal(first, second, 24);
    assert_int_equal(book->ended, 0);
    refused(w, first, TOKEX_E_REFRESH_REUSED);
    assert_int_equal(book->ended, 1);
}

static void test_nothing_of_a_token_is_kept(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const char *token = first_token(w);
    const char *all =
        apr_pstrcat(w->pool, book->row.id, " ", book->row.hash, " ", book->row.sealed, NULL);
    assert_null(strstr(all, apr_pstrmemdup(w->pool, token, 24)));
    assert_null(strstr(all, token + 24));
    assert_null(strstr(all, "4711"));
    /* What was sealed for another one does not open. */
    book->row.sealed = apr_pstrcat(w->pool, book->row.sealed, "A", NULL);
    refused(w, token, TOKEX_E_SEAL);
}

static void test_forms_that_none_of_ours_has(void **state)
{
    world_t *w = *state;
    const char *token;
    (void)keep_book(w);
    token = first_token(w);
    refused(w, "x", TOKEX_E_REFRESH_UNKNOWN);
    refused(w, apr_pstrcat(w->pool, token, "A", NULL), TOKEX_E_REFRESH_UNKNOWN);
    refused(w, apr_pstrcat(w->pool, token + 1, ".", NULL), TOKEX_E_REFRESH_UNKNOWN);
    refused(w, apr_pstrcat(w->pool, token + 1, "A", NULL), TOKEX_E_REFRESH_UNKNOWN);
    refused(w, "", TOKEX_E_REFRESH_MISSING);
    check_granted(refresh(w, token, NULL));
}

static void test_another_client_does_not_end_it(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const char *token = first_token(w);
    book->row.client = "rotating";
    refused(w, token, TOKEX_E_REFRESH_CLIENT);
    assert_int_equal(book->ended, 0);
}

static void test_the_end_is_the_rules_or_the_subject_tokens(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const char *token = first_token(w);
    assert_int_equal(book->row.ends, NOW + 3600);
    book->row.ends = NOW;
    refused(w, token, TOKEX_E_REFRESH_EXPIRED);
    book->row.id = NULL;
    w->rules[0].refresh_lifetime = 100;
    compile_again(w);
    token = first_token(w);
    assert_int_equal(book->row.ends, NOW + 100);
    assert_int_equal(check_granted(refresh(w, token, NULL))->expires_in, 100);
    /* A rule that allows more today moves no end away. */
    w->rules[0].refresh_lifetime = 1000;
    compile_again(w);
    book->row.id = NULL;
    token = first_token(w);
    w->rules[0].refresh_lifetime = 100000;
    compile_again(w);
    check_granted(refresh(w, token, NULL));
    assert_int_equal(book->row.ends, NOW + 1000);
    /* One that allows less counts for those that are there. */
    w->rules[0].refresh_lifetime = 10;
    compile_again(w);
    token = first_again(w, book);
    w->rules[0].refresh_lifetime = 5;
    compile_again(w);
    assert_int_equal(check_granted(refresh(w, token, NULL))->expires_in, 5);
}

static void test_scope_may_only_narrow(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    const char *token;
    (void)keep_book(w);
    w->request.scope = "orders.read";
    token = first_token(w);
    check_refused(refresh(w, token, "orders.read orders.write"), TOKEX_E_REFRESH_SCOPE,
                  TOKEX_STEP_REFRESH);
    outcome = check_granted(refresh(w, token, NULL));
    assert_string_equal(outcome->scope_granted, "orders.read");
    check_granted(refresh(w, outcome->refresh_token, "orders.read"));
}

static void test_no_scope_stays_none(void **state)
{
    world_t *w = *state;
    const char *token;
    (void)keep_book(w);
    set_claim(w, "scope", "\"foreign\"");
    token = first_token(w);
    w->scopes[0].id = "foreign";
    w->clients[0].scopes = texts(w->pool, "foreign", NULL);
    for (int i = 0; i < COUNT(w->targets); i++)
        w->targets[i].scopes = texts(w->pool, "foreign", NULL);
    for (int i = 1; i < COUNT(w->clients); i++)
        w->clients[i].scopes = w->clients[0].scopes;
    compile_again(w);
    assert_string_equal(check_granted(refresh(w, token, NULL))->scope_granted, "");
}

static void test_who_it_is_for_is_judged_anew(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const char *token = first_token(w);
    const tokex_outcome_t *outcome;
    w->issuers[0].enabled = false;
    compile_again(w);
    outcome = refresh(w, token, NULL);
    assert_int_equal(outcome->err->code, TOKEX_E_REFRESH_PARTY);
    assert_int_equal(outcome->err->cause->code, TOKEX_E_ISSUER_DISABLED);
    assert_int_equal(book->ended, 0);
    w->issuers[0].enabled = true;
    w->rules[0].issuers = texts(w->pool, "other", NULL);
    compile_again(w);
    outcome = refresh(w, token, NULL);
    assert_int_equal(outcome->err->cause->code, TOKEX_E_ISSUER_RULE);
    w->rules[0].issuers = texts(w->pool, "partner", NULL);
    compile_again(w);
    check_granted(refresh(w, token, NULL));
}

static void test_what_was_taken_back_stays_so(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    tokex_revocations_t *set = ask_revocations(w);
    const char *token = first_token(w);
    const tokex_outcome_t *outcome;
    take_back(set, TOKEX_REVOCATION_TOKEN, "partner", "subject-jti", 0);
    outcome = refresh(w, token, NULL);
    assert_int_equal(outcome->err->code, TOKEX_E_REFRESH_PARTY);
    assert_int_equal(outcome->err->cause->code, TOKEX_E_TOKEN_REVOKED);
    take_back(set, TOKEX_REVOCATION_TOKEN, "", book->row.id, 0);
    refused(w, token, TOKEX_E_REFRESH_REVOKED);
}

/* Between the judgement and the row somebody takes it back: nobody knows how long the row lives. */
static void test_what_is_taken_back_meanwhile_is_not_kept(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const tokex_outcome_t *outcome;
    const char *token;
    book->meanwhile = (tokex_revocation_t){
        .number = 7, .kind = TOKEX_REVOCATION_TOKEN, .issuer = "partner", .value = "subject-jti"};
    book->set = ask_revocations(w);
    refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
    assert_null(book->row.id);
    book->set = NULL;
    (void)ask_revocations(w);
    token = first_token(w);
    book->set = w->engine.host.revocations;
    outcome = refresh(w, token, NULL);
    assert_code(outcome->err, TOKEX_E_REFRESH_PARTY);
    assert_code(outcome->err->cause, TOKEX_E_TOKEN_REVOKED);
    assert_null(outcome->token);
    assert_null(outcome->refresh_token);
    book->meanwhile = (tokex_revocation_t){
        .number = 8, .kind = TOKEX_REVOCATION_TOKEN, .issuer = "", .value = book->row.id};
    book->set = ask_revocations(w);
    refused(w, token, TOKEX_E_REFRESH_REVOKED);
    assert_int_equal(book->ended, 0);
}

static void test_nor_when_it_is_the_actors(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    add_actor(w);
    book->meanwhile = (tokex_revocation_t){
        .number = 7, .kind = TOKEX_REVOCATION_TOKEN, .issuer = "partner", .value = "actor-jti"};
    book->set = ask_revocations(w);
    refuse_actor(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_ACTOR_REVOKED);
    assert_null(book->row.id);
}

static void test_a_cut_off_of_the_client(void **state)
{
    world_t *w = *state;
    tokex_revocations_t *set;
    const char *token;
    (void)keep_book(w);
    set = ask_revocations(w);
    token = first_token(w);
    take_back(set, TOKEX_REVOCATION_CLIENT, "", "shop", NOW + 1);
    refused(w, token, TOKEX_E_REFRESH_REVOKED);
}

static void test_access_tokens_name_their_refresh_tokens(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const tokex_outcome_t *outcome = grant(w), *next;
    assert_non_null(strstr(outcome->claims, book->row.id));
    next = check_granted(refresh(w, outcome->refresh_token, NULL));
    assert_non_null(strstr(next->claims, book->row.id));
    assert_string_equal(next->subject, "auth0|4711");
}

static void test_an_actor_is_kept_too(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    (void)keep_book(w);
    add_actor(w);
    outcome = grant(w);
    assert_true(outcome->delegation);
    outcome = check_granted(refresh(w, outcome->refresh_token, NULL));
    assert_true(outcome->delegation);
    assert_string_equal(outcome->actor, "svc-mail");
    w->actors[0].subject = "nobody-*";
    compile_again(w);
    assert_int_equal(refresh(w, outcome->refresh_token, NULL)->err->code, TOKEX_E_ACTOR_RULE);
}

static void test_a_state_db_that_fails(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const tokex_outcome_t *outcome;
    const char *token;
    book->fails = TOKEX_E_REFRESH_STORE;
    outcome = grant(w);
    assert_null(outcome->refresh_token);
    assert_int_equal(outcome->refresh_err->code, TOKEX_E_REFRESH_STORE);
    assert_non_null(strstr(outcome->claims, "\"lineage\":[\"partner#subject-jti\"]"));
    assert_int_equal(outcome->trace.entries[outcome->trace.count - 1].step, TOKEX_STEP_SIGN);
    assert_int_not_equal(outcome->trace.entries[outcome->trace.count - 2].step, TOKEX_STEP_SIGN);
    book->fails = TOKEX_E_INTERNAL;
    token = first_token(w);
    book->fails = TOKEX_E_REFRESH_STORE;
    refused(w, token, TOKEX_E_REFRESH_STORE);
    book->fails = TOKEX_E_INTERNAL;
    book->taken = true;
    refused(w, token, TOKEX_E_REFRESH_REUSED);
    assert_int_equal(book->ended, 1);
}

static void test_a_trial_keeps_none(void **state)
{
    world_t *w = *state;
    book_t *book = keep_book(w);
    const tokex_trial_t trial = {false};
    w->engine.trial = &trial;
    (void)sign_token(w);
    assert_success(run_as_is(w)->err);
    assert_null(book->row.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_AS_14_only_with_the_grant_type),
        WITH_WORLD(test_each_is_good_once),
        WITH_WORLD(test_nothing_of_a_token_is_kept),
        WITH_WORLD(test_forms_that_none_of_ours_has),
        WITH_WORLD(test_another_client_does_not_end_it),
        WITH_WORLD(test_the_end_is_the_rules_or_the_subject_tokens),
        WITH_WORLD(test_scope_may_only_narrow),
        WITH_WORLD(test_no_scope_stays_none),
        WITH_WORLD(test_who_it_is_for_is_judged_anew),
        WITH_WORLD(test_what_was_taken_back_stays_so),
        WITH_WORLD(test_what_is_taken_back_meanwhile_is_not_kept),
        WITH_WORLD(test_nor_when_it_is_the_actors),
        WITH_WORLD(test_a_cut_off_of_the_client),
        WITH_WORLD(test_access_tokens_name_their_refresh_tokens),
        WITH_WORLD(test_an_actor_is_kept_too),
        WITH_WORLD(test_a_state_db_that_fails),
        WITH_WORLD(test_a_trial_keeps_none),
    };
    return cmocka_run_group_tests_name("exchange/refresh", tests, make_keys, drop_keys);
}
