#include "exchange_world.h"

#include "exchange/own_link.h"

#define ID TOKEX_ACCOUNT_PREFIX "AAAAAAAAAAAAAAAAAAAAAA"

typedef struct book_t {
    tokex_account_t account;
    const char *linked; /* to whom the subject is linked already; NULL: to nobody */
    bool broken;
    int links;
} book_t;

static const tokex_err_t *ask(tokex_account_answer_t *out, void *ctx,
                              const tokex_account_question_t *question, apr_pool_t *pool)
{
    book_t *book = ctx;
    (void)pool;
    assert_true(question->needed);
    if (strcmp(question->id, book->account.id) == 0)
        *out = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_LINKED, .account = &book->account};
    return NULL;
}

static const tokex_err_t *make_link(const char **account, void *ctx,
                                    const tokex_account_link_t *link, apr_pool_t *pool)
{
    book_t *book = ctx;
    if (book->broken)
        return tokex_err_create(pool, TOKEX_E_DB_BUSY, NULL, "locked");
    book->links++;
    assert_string_equal(link->issuer, "partner");
    assert_string_equal(link->sub, "auth0|4711");
    assert_string_equal(link->how, "own");
    assert_int_equal(link->made, NOW);
    *account = book->linked ? book->linked : link->account;
    return NULL;
}

static book_t *with_account(world_t *w)
{
    book_t *book = apr_pcalloc(w->pool, sizeof(*book));
    book->account = (tokex_account_t){.id = ID, .username = "mira", .active = true};
    w->engine.host.accounts = book;
    w->engine.host.account = ask;
    w->engine.host.link = make_link;
    return book;
}

static const tokex_outcome_t *present(world_t *w, const char *account)
{
    (void)sign_token(w);
    (void)policy_of(w);
    return tokex_own_link_make(&w->engine, &w->request, account, NOW, w->pool);
}

static void refuses(world_t *w, const char *account, tokex_code_t code, tokex_step_t step)
{
    (void)check_refused(present(w, account), code, step);
}

static void test_a_user_links_the_subject_of_a_token(void **state)
{
    world_t *w = *state;
    book_t *book = with_account(w);
    const tokex_outcome_t *outcome = present(w, ID);
    assert_success(outcome->err);
    assert_int_equal(book->links, 1);
    assert_string_equal(outcome->subject, "auth0|4711");
    assert_ptr_equal(outcome->account, &book->account);
    assert_null(outcome->token);
    /* A second time it is so already. */
    book->linked = ID;
    assert_success(present(w, ID)->err);
}

static void test_a_token_that_could_not_be_exchanged_links_nobody(void **state)
{
    world_t *w = *state;
    book_t *book = with_account(w);
    set_claim(w, "aud", "\"https://somebody.example\"");
    refuses(w, ID, TOKEX_E_AUD_WRONG, TOKEX_STEP_AUDIENCE);
    set_claim(w, "aud", "\"" OUR_ISSUER "\"");
    set_claim_time(w, "exp", NOW - 60);
    refuses(w, ID, TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
    set_claim_time(w, "exp", NOW + 60);
    w->token_signer = w->keys->signer;
    refuses(w, ID, TOKEX_E_KEY_UNKNOWN, TOKEX_STEP_KEY);
    assert_int_equal(book->links, 0);
}

static void test_neither_machines_nor_our_own_tokens_are_linked(void **state)
{
    world_t *w = *state;
    book_t *book = with_account(w);
    w->issuers[0].default_machine_marks = true;
    set_claim(w, "gty", "\"client-credentials\"");
    refuses(w, ID, TOKEX_E_LINK_SUBJECT, TOKEX_STEP_MACHINE);
    set_claim(w, "gty", NULL);
    w->token_signer = w->keys->signer;
    w->rules[0].issuers = texts(w->pool, "self", NULL);
    set_claim(w, "iss", "\"" OUR_ISSUER "\"");
    set_claim(w, "idp", "\"partner\"");
    set_claim(w, "client_id", "\"shop\"");
    set_claim(w, "st", "\"user\"");
    compile_again(w);
    refuses(w, ID, TOKEX_E_LINK_SUBJECT, TOKEX_STEP_MACHINE);
    assert_int_equal(book->links, 0);
}

static void test_nobody_links_as_an_account_that_may_not_come_in(void **state)
{
    world_t *w = *state;
    book_t *book = with_account(w);
    book->account.active = false;
    refuses(w, ID, TOKEX_E_ACCOUNT_DISABLED, TOKEX_STEP_ACCOUNT);
    book->account.active = true;
    book->account.locked_until = NOW + 1;
    refuses(w, ID, TOKEX_E_ACCOUNT_LOCKED, TOKEX_STEP_ACCOUNT);
    refuses(w, TOKEX_ACCOUNT_PREFIX "other", TOKEX_E_ACCOUNT_GONE, TOKEX_STEP_ACCOUNT);
    w->engine.host.account = NULL;
    refuses(w, ID, TOKEX_E_ACCOUNT_UNAVAILABLE, TOKEX_STEP_ACCOUNT);
    assert_int_equal(book->links, 0);
}

static void test_nobody_takes_what_is_linked_to_another(void **state)
{
    world_t *w = *state;
    book_t *book = with_account(w);
    book->linked = TOKEX_ACCOUNT_PREFIX "other";
    refuses(w, ID, TOKEX_E_ACCOUNT_TAKEN, TOKEX_STEP_LINK);
    book->broken = true;
    refuses(w, ID, TOKEX_E_ACCOUNT_UNAVAILABLE, TOKEX_STEP_LINK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_a_user_links_the_subject_of_a_token),
        WITH_WORLD(test_a_token_that_could_not_be_exchanged_links_nobody),
        WITH_WORLD(test_neither_machines_nor_our_own_tokens_are_linked),
        WITH_WORLD(test_nobody_links_as_an_account_that_may_not_come_in),
        WITH_WORLD(test_nobody_takes_what_is_linked_to_another),
    };
    return cmocka_run_group_tests_name("exchange/own_link", tests, make_keys, drop_keys);
}
