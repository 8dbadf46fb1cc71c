#include "exchange_world.h"

#define ID TOKEX_ACCOUNT_PREFIX "AAAAAAAAAAAAAAAAAAAAAA"

/* Accounts that can be asked for, what is asked of them, and what they say. */
typedef struct book_t {
    tokex_account_t account;
    tokex_account_attribute_t attributes[2];
    tokex_account_match_t match;    /* where there is no key, AMBIGUOUS and FOUND become NONE */
    tokex_account_question_t asked; /* the last question */
    int questions;
    int links;
    const char *linked;           /* what link() says; NULL: what it was asked for */
    const tokex_account_t *actor; /* the account of the actor; NULL: as the subject's */
    int64_t until;
    bool broken;
} book_t;

static const tokex_err_t *ask(tokex_account_answer_t *out, void *ctx,
                              const tokex_account_question_t *question, apr_pool_t *pool)
{
    book_t *book = ctx;
    bool by_key = book->match == TOKEX_ACCOUNT_FOUND || book->match == TOKEX_ACCOUNT_AMBIGUOUS;
    book->asked = *question;
    book->questions++;
    *out = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_NONE};
    if (book->broken)
        return tokex_err_create(pool, TOKEX_E_DB_CORRUPT, NULL, "state.db: broken");
    if (by_key && question->key_count == 0)
        return NULL;
    out->match = book->match;
    out->until = book->until;
    out->gone = book->match == TOKEX_ACCOUNT_GONE ? ID : NULL;
    if (by_key)
        out->attribute = question->keys[0].attribute;
    if (book->match == TOKEX_ACCOUNT_FOUND || book->match == TOKEX_ACCOUNT_LINKED)
        out->account = &book->account;
    if (book->actor && strcmp(question->sub, "svc-mail") == 0)
        out->account = book->actor;
    return NULL;
}

static const tokex_err_t *make_link(const char **account, void *ctx,
                                    const tokex_account_link_t *link, apr_pool_t *pool)
{
    book_t *book = ctx;
    book->links++;
    if (book->broken)
        return tokex_err_create(pool, TOKEX_E_DB_BUSY, NULL, "state.db: locked");
    assert_string_equal(link->issuer, "partner");
    assert_string_equal(link->sub, "auth0|4711");
    assert_string_equal(link->how, "implicit");
    *account = book->linked ? book->linked : link->account;
    return NULL;
}

/* The issuer links by email, then by mobile; the client prioritises local attributes; the token's
 * address is verified. */
static book_t *with_accounts(world_t *w, tokex_account_match_t match)
{
    book_t *book = apr_pcalloc(w->pool, sizeof(*book));
    book->match = match;
    book->account = (tokex_account_t){.id = ID,
                                      .username = "mira",
                                      .email = "mira@home.example",
                                      .active = true,
                                      .roles = texts(w->pool, "clerk", "auditor", NULL)};
    w->engine.host.accounts = book;
    w->engine.host.account = ask;
    w->engine.host.link = make_link;
    w->issuers[0].implicit_linking = true;
    w->issuers[0].lookup_primary = "email";
    w->issuers[0].lookup_secondary = "mobile";
    w->clients[0].local_attributes = true;
    set_claim(w, "email", "\"mira@partner.example\"");
    set_claim(w, "email_verified", "true");
    return book;
}

static void map(world_t *w, const char *source, const char *from, const char *to)
{
    tokex_mapping_row_t row = {.source = source,
                               .from = from,
                               .transform = "copy",
                               .type = "any",
                               .if_missing = "skip",
                               .to = to};
    w->issuers[0].mapping = "people";
    w->rows[w->mappings[0].row_count++] = row;
}

static const char *steps(world_t *w, const tokex_outcome_t *outcome)
{
    const char *text = "";
    for (int i = 0; i < outcome->trace.count; i++) {
        const tokex_trace_entry_t *entry = &outcome->trace.entries[i];
        if (entry->step == TOKEX_STEP_ACCOUNT || entry->step == TOKEX_STEP_LINK)
            text = apr_pstrcat(w->pool, text, *text ? " " : "", tokex_trace_step_name(entry->step),
                               ":", entry->found ? entry->found : "", NULL);
    }
    return text;
}

static void test_AS_29_without_an_account_the_sub_is_that_of_the_token(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_NONE);
    const tokex_outcome_t *outcome = grant(w);
    const tokex_json_t *claims = issued(w, outcome);
    assert_text(claims, "sub", "auth0|4711");
    assert_null(tokex_json_get(claims, "acct"));
    assert_string_equal(steps(w, outcome), "account:account_none");
    assert_int_equal(book->links, 0);
}

static void test_AS_16_a_linked_account_is_the_subject(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_LINKED);
    const tokex_outcome_t *outcome = grant(w);
    const tokex_json_t *claims = issued(w, outcome);
    assert_text(claims, "sub", ID);
    assert_text(claims, "acct", ID);
    assert_text(claims, "idp", "partner");
    assert_ptr_equal(outcome->account, &book->account);
    assert_string_equal(book->asked.issuer, "partner");
    assert_string_equal(book->asked.sub, "auth0|4711");
    assert_string_equal(steps(w, outcome), "account:mira");
}

static void test_AS_18_AS_19_who_is_found_is_linked_before_the_token_is_signed(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    const tokex_outcome_t *outcome = grant(w);
    assert_string_equal(steps(w, outcome), "account:mira link:email");
    assert_int_equal(book->links, 1);
    assert_text(issued(w, outcome), "sub", ID);
}

static void test_a_refused_exchange_links_nobody(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    ask_audience(w, "https://vault.example");
    (void)refuse(w, TOKEX_E_TARGET_RULE, TOKEX_STEP_RULE);
    assert_int_equal(book->questions, 1);
    assert_int_equal(book->links, 0);
}

static void test_a_trial_links_nobody(void **state)
{
    world_t *w = *state;
    const tokex_trial_t trial = {false};
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    const tokex_outcome_t *outcome;
    w->engine.trial = &trial;
    outcome = run(w);
    assert_success(outcome->err);
    assert_string_equal(steps(w, outcome), "account:mira link:email");
    assert_int_equal(book->links, 0);
}

static void test_AS_22_without_local_attributes_nobody_is_looked_for(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    w->clients[0].local_attributes = false;
    assert_text(issued(w, grant(w)), "sub", "auth0|4711");
    assert_int_equal(book->asked.key_count, 0);
    assert_false(book->asked.needed);
    assert_int_equal(book->links, 0);
}

static void test_AS_22_a_link_that_is_there_gives_no_attributes_but_is_checked(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_LINKED);
    const tokex_json_t *claims;
    w->clients[0].local_attributes = false;
    w->clients[0].mandate_account = true;
    map(w, "account", "username", "login");
    claims = issued(w, grant(w));
    assert_text(claims, "sub", "auth0|4711");
    assert_text(claims, "acct", ID);
    assert_null(tokex_json_get(claims, "login"));
    book->account.active = false;
    (void)refuse(w, TOKEX_E_ACCOUNT_DISABLED, TOKEX_STEP_ACCOUNT);
}

static void test_AS_15_TEX_043_a_disabled_or_locked_account_is_refused(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_LINKED);
    book->account.active = false;
    (void)refuse(w, TOKEX_E_ACCOUNT_DISABLED, TOKEX_STEP_ACCOUNT);
    book->account.active = true;
    book->account.locked_until = NOW + 1;
    (void)refuse(w, TOKEX_E_ACCOUNT_LOCKED, TOKEX_STEP_ACCOUNT);
    book->account.locked_until = NOW;
    (void)grant(w);
    book->match = TOKEX_ACCOUNT_FOUND;
    book->account.active = false;
    (void)refuse(w, TOKEX_E_ACCOUNT_DISABLED, TOKEX_STEP_ACCOUNT);
    assert_int_equal(book->links, 0);
}

static void test_AS_17_a_client_that_mandates_an_account_needs_one(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_NONE);
    const tokex_outcome_t *outcome;
    w->clients[0].mandate_account = true;
    outcome = refuse(w, TOKEX_E_ACCOUNT_NONE, TOKEX_STEP_ACCOUNT);
    assert_string_equal(tokex_err_info(outcome->err->code)->oauth_error, "invalid_request");
    book->match = TOKEX_ACCOUNT_LINKED;
    (void)grant(w);
    w->engine.host.account = NULL;
    (void)refuse(w, TOKEX_E_ACCOUNT_UNAVAILABLE, TOKEX_STEP_ACCOUNT);
}

/* Nothing that is `unverified` finds anybody; with an account that is mandated it is refused. */
static void check_unverified(world_t *w, book_t *book)
{
    const tokex_outcome_t *outcome;
    w->clients[0].mandate_account = false;
    compile_again(w);
    outcome = grant(w);
    assert_text(issued(w, outcome), "sub", "auth0|4711");
    assert_string_equal(steps(w, outcome), "account:account_unverified");
    assert_int_equal(book->asked.key_count, 0);
    w->clients[0].mandate_account = true;
    compile_again(w);
    outcome = refuse(w, TOKEX_E_ACCOUNT_UNVERIFIED, TOKEX_STEP_ACCOUNT);
    assert_string_equal(tokex_err_info(outcome->err->code)->oauth_error, "invalid_request");
    assert_int_equal(book->links, 0);
}

static void test_LNK_001_AS_24_only_a_verified_address_finds_anybody(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    static const char *const not_true[] = {NULL, "false", "\"true\"", "1", "null", "[true]"};
    for (int i = 0; i < COUNT(not_true); i++) {
        set_claim(w, "email_verified", not_true[i]);
        check_unverified(w, book);
    }
}

static void test_AS_24_a_number_is_verified_by_a_claim_of_its_own(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    w->issuers[0].lookup_primary = "mobile";
    w->issuers[0].lookup_secondary = NULL;
    set_claim(w, "phone_number", "\"+4912\"");
    check_unverified(w, book);
    set_claim(w, "phone_number_verified", "true");
    (void)grant(w);
    assert_int_equal(book->asked.key_count, 1);
    assert_string_equal(book->asked.keys[0].attribute, "mobile");
    assert_string_equal(book->asked.keys[0].value, "+4912");
}

static void test_AS_24_a_name_counts_where_the_issuer_is_authoritative(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    tokex_faults_t *faults = tokex_config_faults_create(w->pool);
    w->issuers[0].lookup_primary = "username";
    w->issuers[0].lookup_secondary = "employee";
    set_claim(w, "preferred_username", "\"mira\"");
    set_claim(w, "employee", "\"4711\"");
    assert_non_null(tokex_policy_compile(&w->engine.policy, &w->config, &w->server, NOW,
                                         w->keys->crypt, faults, w->pool, w->pool));
    assert_int_equal(faults->error_count, 2);
    w->engine.policy = NULL;
    w->issuers[0].authoritative_for = texts(w->pool, "username", "employee", NULL);
    (void)grant(w);
    assert_int_equal(book->asked.key_count, 2);
    assert_string_equal(book->asked.keys[0].value, "mira");
    assert_string_equal(book->asked.keys[1].attribute, "employee");
}

static void test_an_address_is_never_taken_on_an_issuers_word(void **state)
{
    world_t *w = *state;
    tokex_faults_t *faults = tokex_config_faults_create(w->pool);
    (void)with_accounts(w, TOKEX_ACCOUNT_FOUND);
    w->issuers[0].authoritative_for = texts(w->pool, "email", NULL);
    assert_non_null(tokex_policy_compile(&w->engine.policy, &w->config, &w->server, NOW,
                                         w->keys->crypt, faults, w->pool, w->pool));
    assert_string_equal(faults->items[0].field, "authoritative_for");
}

static void test_AS_27_the_issuers_own_mapping_comes_first(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    map(w, "subject", "mail", "email");
    set_claim(w, "mail", "\"other@partner.example\"");
    /* What is verified is `email`, and not `mail`. */
    check_unverified(w, book);
    map(w, "subject", "mail_checked", "email_verified");
    set_claim(w, "mail_checked", "true");
    compile_again(w);
    (void)grant(w);
    assert_string_equal(book->asked.keys[0].value, "other@partner.example");
    set_claim(w, "mail", NULL);
    w->clients[0].mandate_account = false;
    compile_again(w);
    (void)grant(w);
    assert_int_equal(book->asked.key_count, 0);
}

static void test_nothing_that_a_row_makes_up_finds_anybody(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    map(w, "subject", "email", "email");
    w->rows[0].if_missing = "default";
    w->rows[0].default_value = "admin@home.example";
    set_claim(w, "email", NULL);
    assert_text(issued(w, grant(w)), "email", "admin@home.example");
    assert_int_equal(book->asked.key_count, 0);
}

static void test_LNK_006_AS_23_the_first_attribute_is_asked_first(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_NONE);
    set_claim(w, "phone_number", "\"+4912\"");
    set_claim(w, "phone_number_verified", "true");
    (void)grant(w);
    assert_int_equal(book->asked.key_count, 2);
    assert_string_equal(book->asked.keys[0].attribute, "email");
    assert_string_equal(book->asked.keys[1].attribute, "mobile");
    set_claim(w, "email_verified", "false");
    (void)grant(w);
    assert_int_equal(book->asked.key_count, 1);
    assert_string_equal(book->asked.keys[0].attribute, "mobile");
}

static void test_LNK_005_AS_25_several_accounts_are_a_refusal(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_AMBIGUOUS);
    const tokex_outcome_t *outcome = refuse(w, TOKEX_E_ACCOUNT_AMBIGUOUS, TOKEX_STEP_ACCOUNT);
    assert_string_equal(tokex_err_info(outcome->err->code)->oauth_error, "invalid_request");
    assert_int_equal(tokex_err_info(outcome->err->code)->level, TOKEX_LEVEL_ERROR);
    assert_int_equal(book->links, 0);
}

static void test_LNK_004_privileged_accounts_are_not_found(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    const tokex_outcome_t *outcome;
    book->account.privileged = true;
    outcome = grant(w);
    assert_text(issued(w, outcome), "sub", "auth0|4711");
    assert_string_equal(steps(w, outcome), "account:account_privileged");
    assert_int_equal(book->links, 0);
    w->clients[0].mandate_account = true;
    compile_again(w);
    (void)refuse(w, TOKEX_E_ACCOUNT_PRIVILEGED, TOKEX_STEP_ACCOUNT);
    book->match = TOKEX_ACCOUNT_LINKED;
    assert_text(issued(w, grant(w)), "sub", ID);
    book->match = TOKEX_ACCOUNT_FOUND;
    w->issuers[0].link_privileged = true;
    compile_again(w);
    assert_text(issued(w, grant(w)), "sub", ID);
    assert_int_equal(book->links, 1);
}

static void test_LNK_009_the_link_that_is_there_first_decides(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    book->linked = ID;
    (void)grant(w);
    book->linked = TOKEX_ACCOUNT_PREFIX "another";
    (void)refuse(w, TOKEX_E_ACCOUNT_CHANGED, TOKEX_STEP_LINK);
}

static void test_what_cannot_be_asked_is_no_answer(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    book->broken = true;
    (void)refuse(w, TOKEX_E_ACCOUNT_UNAVAILABLE, TOKEX_STEP_ACCOUNT);
    assert_true(book->asked.needed);
    assert_int_equal(tokex_err_info(TOKEX_E_ACCOUNT_UNAVAILABLE)->http_status, 503);
}

static void test_a_link_that_cannot_be_made_is_no_token(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_FOUND);
    w->engine.host.link = NULL;
    (void)refuse(w, TOKEX_E_ACCOUNT_UNAVAILABLE, TOKEX_STEP_LINK);
    assert_int_equal(book->questions, 1);
}

static void test_AS_16_the_accounts_attributes_come_before_the_tokens(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_LINKED);
    const tokex_json_t *claims;
    book->attributes[0] = (tokex_account_attribute_t){"desk", "7", false};
    book->account.attributes = book->attributes;
    book->account.attribute_count = 1;
    map(w, "subject", "email", "email");
    map(w, "subject", "email_verified", "email_verified");
    map(w, "subject", "phone_number", "phone_number");
    map(w, "subject", "groups", "roles");
    map(w, "subject", "desk", "desk");
    map(w, "subject", "oid", "oid");
    map(w, "account", "username", "login");
    set_claim(w, "phone_number", "\"+4912\"");
    set_claim(w, "groups", "[\"staff\"]");
    set_claim(w, "desk", "\"1\"");
    set_claim(w, "oid", "\"o-1\"");
    claims = issued(w, grant(w));
    assert_text(claims, "email", "mira@home.example");
    assert_null(tokex_json_get(claims, "email_verified"));
    assert_null(tokex_json_get(claims, "phone_number"));
    assert_json(w, claims, "roles", "[\"clerk\",\"auditor\"]");
    assert_text(claims, "desk", "7");
    assert_text(claims, "oid", "o-1");
    assert_text(claims, "login", "mira");
    book->match = TOKEX_ACCOUNT_NONE;
    claims = issued(w, grant(w));
    assert_text(claims, "email", "mira@partner.example");
    assert_json(w, claims, "roles", "[\"staff\"]");
    assert_null(tokex_json_get(claims, "login"));
}

static void test_AS_15_roles_give_scopes(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_LINKED);
    set_claim(w, "scope", "\"orders.read\"");
    w->scopes[1].roles = texts(w->pool, "auditor", NULL);
    grants_scope(w, "orders.read orders.write", "orders.read orders.write");
    book->account.roles = texts(w->pool, "clerk", NULL);
    grants_scope(w, "orders.read orders.write", "orders.read");
    book->account.roles = texts(w->pool, "auditor", NULL);
    w->clients[0].local_attributes = false;
    compile_again(w);
    grants_scope(w, "orders.read orders.write", "orders.read");
}

static void test_no_foreign_subject_may_look_like_an_account(void **state)
{
    world_t *w = *state;
    (void)with_accounts(w, TOKEX_ACCOUNT_NONE);
    set_claim(w, "sub", "\"" ID "\"");
    (void)refuse(w, TOKEX_E_SUB_IS_ACCOUNT, TOKEX_STEP_SUBJECT);
}

static void test_no_row_writes_the_account(void **state)
{
    world_t *w = *state;
    tokex_faults_t *faults = tokex_config_faults_create(w->pool);
    map(w, "subject", "account", "acct");
    assert_non_null(tokex_policy_compile(&w->engine.policy, &w->config, &w->server, NOW,
                                         w->keys->crypt, faults, w->pool, w->pool));
    assert_string_equal(faults->items[0].field, "to");
}

static void test_an_actor_whose_account_is_disabled_does_not_act(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_LINKED);
    tokex_account_t actor = book->account;
    w->issuers[0].implicit_linking = false;
    w->clients[0].local_attributes = false;
    add_actor(w);
    (void)grant(w);
    assert_int_equal(book->questions, 2);
    assert_string_equal(book->asked.sub, "svc-mail");
    actor.active = false;
    book->actor = &actor;
    (void)refuse_actor(w, TOKEX_E_ACCOUNT_DISABLED, TOKEX_STEP_ACCOUNT);
}

static void test_whose_linked_account_is_gone_is_refused_whatever_is_asked_for(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_GONE);
    (void)refuse(w, TOKEX_E_ACCOUNT_GONE, TOKEX_STEP_ACCOUNT);
    w->issuers[0].implicit_linking = false;
    w->clients[0].local_attributes = false;
    (void)refuse(w, TOKEX_E_ACCOUNT_GONE, TOKEX_STEP_ACCOUNT);
    assert_int_equal(book->links, 0);
}

static void test_what_rests_on_an_account_ends_when_that_must_be_asked_for_again(void **state)
{
    world_t *w = *state;
    book_t *book = with_accounts(w, TOKEX_ACCOUNT_LINKED);
    assert_int_equal(grant(w)->ask_again, 0);
    book->until = NOW + 7;
    assert_int_equal(grant(w)->ask_again, NOW + 7);
    book->match = TOKEX_ACCOUNT_NONE;
    assert_int_equal(grant(w)->ask_again, NOW + 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_AS_29_without_an_account_the_sub_is_that_of_the_token),
        WITH_WORLD(test_AS_16_a_linked_account_is_the_subject),
        WITH_WORLD(test_AS_18_AS_19_who_is_found_is_linked_before_the_token_is_signed),
        WITH_WORLD(test_a_refused_exchange_links_nobody),
        WITH_WORLD(test_a_trial_links_nobody),
        WITH_WORLD(test_AS_22_without_local_attributes_nobody_is_looked_for),
        WITH_WORLD(test_AS_22_a_link_that_is_there_gives_no_attributes_but_is_checked),
        WITH_WORLD(test_AS_15_TEX_043_a_disabled_or_locked_account_is_refused),
        WITH_WORLD(test_AS_17_a_client_that_mandates_an_account_needs_one),
        WITH_WORLD(test_LNK_001_AS_24_only_a_verified_address_finds_anybody),
        WITH_WORLD(test_AS_24_a_number_is_verified_by_a_claim_of_its_own),
        WITH_WORLD(test_AS_24_a_name_counts_where_the_issuer_is_authoritative),
        WITH_WORLD(test_an_address_is_never_taken_on_an_issuers_word),
        WITH_WORLD(test_AS_27_the_issuers_own_mapping_comes_first),
        WITH_WORLD(test_nothing_that_a_row_makes_up_finds_anybody),
        WITH_WORLD(test_LNK_006_AS_23_the_first_attribute_is_asked_first),
        WITH_WORLD(test_LNK_005_AS_25_several_accounts_are_a_refusal),
        WITH_WORLD(test_LNK_004_privileged_accounts_are_not_found),
        WITH_WORLD(test_LNK_009_the_link_that_is_there_first_decides),
        WITH_WORLD(test_what_cannot_be_asked_is_no_answer),
        WITH_WORLD(test_a_link_that_cannot_be_made_is_no_token),
        WITH_WORLD(test_AS_16_the_accounts_attributes_come_before_the_tokens),
        WITH_WORLD(test_AS_15_roles_give_scopes),
        WITH_WORLD(test_no_foreign_subject_may_look_like_an_account),
        WITH_WORLD(test_no_row_writes_the_account),
        WITH_WORLD(test_an_actor_whose_account_is_disabled_does_not_act),
        WITH_WORLD(test_whose_linked_account_is_gone_is_refused_whatever_is_asked_for),
        WITH_WORLD(test_what_rests_on_an_account_ends_when_that_must_be_asked_for_again),
    };
    return cmocka_run_group_tests_name("exchange/account", tests, make_keys, drop_keys);
}
