#include "store_dir.h"

#include "store/account_edit.h"
#include "store/account_links.h"
#include "store/account_store.h"

#define A TOKEX_ACCOUNT_PREFIX "a"
#define B TOKEX_ACCOUNT_PREFIX "b"

static const char *const roles[] = {"auditor", "clerk"};
static const tokex_account_attribute_t attributes[] = {{"badge", "77", true}, {"desk", "7", false}};

static tokex_account_t account(const char *id, const char *username)
{
    return (tokex_account_t){.id = id,
                             .username = username,
                             .email = "mira@home.example",
                             .mobile = "+4912",
                             .active = true,
                             .locked_until = NOW,
                             .privileged = true,
                             .created = NOW};
}

static const char *add(tokex_db_t *db, tokex_account_t one, apr_pool_t *pool)
{
    const char *taken = "";

    assert_success(tokex_db_begin(db, true, pool));
    assert_success(tokex_account_edit_add(&taken, db, &one, pool));
    if (taken)
        tokex_db_rollback(db);
    else
        assert_success(tokex_db_commit(db, pool));
    return taken;
}

static const char *put(tokex_db_t *db, tokex_account_t one, apr_pool_t *pool)
{
    const char *taken = "";

    assert_success(tokex_db_begin(db, true, pool));
    assert_success(tokex_account_edit_put(&taken, db, &one, pool));
    if (taken)
        tokex_db_rollback(db);
    else
        assert_success(tokex_db_commit(db, pool));
    return taken;
}

static tokex_account_answer_t answer(tokex_db_t *db, tokex_account_question_t question,
                                     apr_pool_t *pool)
{
    tokex_account_answer_t out;

    assert_success(tokex_account_store_answer(&out, db, &question, pool));
    return out;
}

/* What is found by one attribute. */
static tokex_account_answer_t by(tokex_db_t *db, const char *attribute, const char *value,
                                 apr_pool_t *pool)
{
    return answer(db,
                  (tokex_account_question_t){
                      .issuer = "i", .sub = "s", .keys = {{attribute, value}}, .key_count = 1},
                  pool);
}

static const char *make_link(tokex_db_t *db, const char *sub, const char *id, const char *how,
                             apr_pool_t *pool)
{
    const tokex_account_link_t one = {
        .issuer = "i", .sub = sub, .account = id, .made = NOW, .how = how, .who = "root"};
    const char *linked = "";

    assert_success(tokex_account_links_make(&linked, db, &one, pool));
    return linked;
}

static int64_t number(tokex_db_t *db, bool has_links, apr_pool_t *pool)
{
    tokex_account_state_t now;

    assert_success(tokex_account_store_state(&now, db, pool));
    assert_int_equal(now.has_links, has_links);
    return now.number;
}

static void test_an_account_comes_back_as_it_was_saved(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_account_t one = account(A, "mira");
    const tokex_account_t *found;

    one.roles = (tokex_texts_t){roles, 2};
    one.attributes = attributes;
    one.attribute_count = 2;
    assert_null(add(db, one, pool));
    assert_success(tokex_account_store_by_name(&found, db, "mira", pool));
    found = tokex_account_copy(found, pool);
    assert_string_equal(found->id, A);
    assert_string_equal(found->email, "mira@home.example");
    assert_string_equal(found->mobile, "+4912");
    assert_true(found->active && found->privileged);
    assert_int_equal(found->locked_until, NOW);
    assert_int_equal(found->created, NOW);
    assert_int_equal(found->roles.count, 2);
    assert_string_equal(found->roles.items[1], "clerk");
    assert_int_equal(found->attribute_count, 2);
    assert_string_equal(found->attributes[0].value, "77");
    assert_true(found->attributes[0].unique && !found->attributes[1].unique);
    assert_success(tokex_db_check(db, pool));
}

static void test_LNK_003_only_the_same_octets_find_anybody(void **state)
{
    static const char *const others[] = {
        "Mira@home.example",  "mira@HOME.example",        "mira+x@home.example",
        "m.ira@home.example", "mira@home.example ",       " mira@home.example",
        "%@home.example",     "m\xc3\xacra@home.example", "mira@home.exampl_",
        "mira@home.example.", "m\xd1\x96ra@home.example", "*",
        "' OR '1' = '1"};
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    int i;

    assert_null(add(db, account(A, "mira"), pool));
    assert_int_equal(by(db, "email", "mira@home.example", pool).match, TOKEX_ACCOUNT_FOUND);
    for (i = 0; i < COUNT(others); i++)
        assert_int_equal(by(db, "email", others[i], pool).match, TOKEX_ACCOUNT_NONE);
    assert_int_equal(by(db, "username", "Mira", pool).match, TOKEX_ACCOUNT_NONE);
}

static void test_AS_26_each_attribute_finds_its_account(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_account_t one = account(A, "mira");

    one.attributes = attributes;
    one.attribute_count = 2;
    assert_null(add(db, one, pool));
    assert_string_equal(by(db, "username", "mira", pool).account->id, A);
    assert_string_equal(by(db, "mobile", "+4912", pool).attribute, "mobile");
    assert_string_equal(by(db, "badge", "77", pool).account->id, A);
    assert_int_equal(by(db, "desk", "7", pool).match, TOKEX_ACCOUNT_NONE);
    assert_int_equal(by(db, "id", A, pool).match, TOKEX_ACCOUNT_NONE);
    assert_int_equal(by(db, "badge", "78", pool).match, TOKEX_ACCOUNT_NONE);
}

static void test_AS_25_two_accounts_are_ambiguous_and_end_the_search(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_account_question_t question = {
        .issuer = "i",
        .sub = "s",
        .keys = {{"email", "mira@home.example"}, {"username", "mira"}},
        .key_count = 2};
    tokex_account_answer_t found;

    assert_null(add(db, account(A, "mira"), pool));
    assert_null(add(db, account(B, "mirb"), pool));
    found = answer(db, question, pool);
    assert_int_equal(found.match, TOKEX_ACCOUNT_AMBIGUOUS);
    assert_string_equal(found.attribute, "email");
    assert_null(found.account);
    question.keys[0].value = "nobody@home.example";
    found = answer(db, question, pool);
    assert_int_equal(found.match, TOKEX_ACCOUNT_FOUND);
    assert_string_equal(found.attribute, "username");
}

static void test_names_and_unique_attributes_belong_to_one(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_account_t one = account(A, "mira"), other = account(B, "mira");

    one.attributes = other.attributes = attributes;
    one.attribute_count = other.attribute_count = 2;
    assert_null(add(db, one, pool));
    assert_string_equal(add(db, other, pool), "username");
    other.username = "mirb";
    assert_string_equal(add(db, other, pool), "badge");
    other.attributes = attributes + 1;
    other.attribute_count = 1;
    assert_null(add(db, other, pool));
    other.username = "mira";
    assert_string_equal(put(db, other, pool), "username");
    other.username = "mirc";
    other.attribute_count = 0;
    assert_null(put(db, other, pool));
    assert_null(by(db, "username", "mirb", pool).account);
    assert_string_equal(by(db, "username", "mirc", pool).account->id, B);
}

static void test_LNK_009_the_second_of_two_links_is_told_of_the_first(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool), *other;
    const tokex_account_link_t *links;
    int count;

    assert_null(add(db, account(A, "mira"), pool));
    assert_null(add(db, account(B, "mirb"), pool));
    other = open_db(place, TOKEX_DB_STATE, TOKEX_DB_WRITE, pool);
    assert_string_equal(make_link(db, "s", A, "implicit", pool), A);
    assert_string_equal(make_link(other, "s", B, "implicit", pool), A);
    assert_success(tokex_account_links_of(&links, &count, db, A, pool));
    assert_int_equal(count, 1);
    assert_string_equal(links[0].username, "mira");
    assert_success(tokex_account_links_of(&links, &count, db, B, pool));
    assert_int_equal(count, 0);
    assert_null(make_link(db, "t", TOKEX_ACCOUNT_PREFIX "nobody", "implicit", pool));
}

static void test_LNK_008_an_account_made_anew_has_nothing_of_the_old_one(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    const tokex_account_question_t linked = {.issuer = "i", .sub = "s"};
    bool found;

    assert_null(add(db, account(A, "mira"), pool));
    assert_string_equal(make_link(db, "s", A, "implicit", pool), A);
    assert_string_equal(answer(db, linked, pool).account->username, "mira");
    assert_success(tokex_account_edit_remove(&found, db, A, pool));
    assert_true(found);
    assert_null(add(db, account(B, "mira"), pool));
    assert_int_equal(answer(db, linked, pool).match, TOKEX_ACCOUNT_NONE);
    assert_int_equal(answer(db, (tokex_account_question_t){.id = A}, pool).match,
                     TOKEX_ACCOUNT_NONE);
    assert_success(tokex_account_edit_remove(&found, db, A, pool));
    assert_false(found);
    assert_string_equal(make_link(db, "s", B, "implicit", pool), B);
    assert_success(tokex_db_check(db, pool));
}

static void test_LNK_009_a_subject_is_linked_once_wherever_its_account_is_kept(void **state)
{
    static const char *const site = "tokex-account:sql:17";
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    const tokex_account_link_t *links;
    tokex_account_answer_t found;
    tokex_account_unlink_t gone = {.issuer = "i",
                                   .sub = "s",
                                   .account = A,
                                   .removed = NOW,
                                   .how = "admin",
                                   .who = "",
                                   .reason = ""};
    const char *linked;
    int64_t before;
    int count;
    bool removed;

    assert_null(add(db, account(A, "mira"), pool));
    before = number(db, false, pool);
    assert_string_equal(make_link(db, "s", site, "implicit", pool), site);
    assert_string_equal(make_link(db, "s", A, "own", pool), site);
    assert_string_equal(make_link(db, "s", "tokex-account:sql:18", "own", pool), site);
    assert_int_equal(number(db, true, pool), before);
    assert_string_equal(make_link(db, "t", A, "own", pool), A);
    assert_string_equal(make_link(db, "t", site, "own", pool), A);
    assert_success(tokex_account_links_find(&linked, db, "i", "s", pool));
    assert_string_equal(linked, site);
    assert_success(tokex_account_links_find(&linked, db, "i", "u", pool));
    assert_null(linked);
    /* Who asks for accounts here knows that it is none of them. */
    found = by(db, "username", "mira", pool);
    assert_int_equal(found.match, TOKEX_ACCOUNT_GONE);
    assert_string_equal(found.gone, site);
    assert_null(found.account);
    assert_success(tokex_account_links_list(
        &links, &count, db, &(tokex_account_link_t){.issuer = "", .sub = ""}, 10, pool));
    assert_int_equal(count, 2);
    assert_string_equal(links[0].sub, "s");
    assert_null(links[0].username);
    assert_string_equal(links[1].username, "mira");
    assert_success(tokex_account_links_list(&links, &count, db, &links[0], 10, pool));
    assert_int_equal(count, 1);
    assert_success(tokex_account_links_of(&links, &count, db, site, pool));
    assert_int_equal(count, 1);
    assert_success(tokex_account_links_remove(&removed, db, &gone, pool));
    assert_false(removed);
    gone.account = site;
    assert_success(tokex_account_links_remove(&removed, db, &gone, pool));
    assert_true(removed);
    assert_int_equal(by(db, "username", "mira", pool).match, TOKEX_ACCOUNT_FOUND);
    assert_success(tokex_db_check(db, pool));
}

static void test_a_link_comes_before_every_attribute(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_account_answer_t found;

    assert_null(add(db, account(A, "mira"), pool));
    assert_null(add(db, account(B, "mirb"), pool));
    assert_string_equal(make_link(db, "s", B, "own", pool), B);
    found = by(db, "username", "mira", pool);
    assert_int_equal(found.match, TOKEX_ACCOUNT_LINKED);
    assert_string_equal(found.account->id, B);
}

static void test_AS_20_removed_links_are_noted_with_their_reason(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    tokex_account_unlink_t unlink = {.issuer = "i",
                                     .sub = "s",
                                     .account = B,
                                     .removed = NOW,
                                     .how = "own",
                                     .who = "",
                                     .reason = ""};
    const tokex_account_unlink_t *removed;
    bool found;
    int count;

    assert_null(add(db, account(A, "mira"), pool));
    assert_null(add(db, account(B, "mirb"), pool));
    assert_string_equal(make_link(db, "s", A, "admin", pool), A);
    assert_success(tokex_account_links_remove(&found, db, &unlink, pool));
    assert_false(found);
    unlink.account = NULL;
    unlink.how = "admin";
    unlink.who = "root";
    unlink.reason = "wrong person";
    assert_success(tokex_account_links_remove(&found, db, &unlink, pool));
    assert_true(found);
    assert_int_equal(by(db, "username", "none", pool).match, TOKEX_ACCOUNT_NONE);
    assert_success(tokex_account_links_removed(&removed, &count, db, pool));
    assert_int_equal(count, 1);
    assert_string_equal(removed[0].account, A);
    assert_string_equal(removed[0].who, "root");
    assert_string_equal(removed[0].reason, "wrong person");
}

static void test_readers_see_that_something_has_changed(void **state)
{
    place_t *place = *state;
    apr_pool_t *pool = place->pool;
    tokex_db_t *db = make_db(place, TOKEX_DB_STATE, pool);
    const tokex_account_unlink_t unlink = {
        .issuer = "i", .sub = "t", .removed = NOW, .how = "own", .who = "", .reason = ""};
    tokex_db_t *other;
    place_t elsewhere = {pool, place->dir, NULL, apr_pstrcat(pool, place->dir, "/other.db", NULL)};
    int64_t first, second, third;
    bool found;

    assert_int_equal(number(db, false, pool), 0);
    assert_null(add(db, account(A, "mira"), pool));
    assert_success(tokex_account_edit_changed(db, pool));
    first = number(db, false, pool);
    assert_true(first > 0);
    /* What was decided of that token holds. */
    assert_string_equal(make_link(db, "s", A, "implicit", pool), A);
    assert_int_equal(number(db, true, pool), first);
    assert_string_equal(make_link(db, "t", A, "own", pool), A);
    second = number(db, true, pool);
    assert_success(tokex_account_links_remove(&found, db, &unlink, pool));
    third = number(db, true, pool);
    assert_true(second != first && third != second && third != first);
    /* The same changes elsewhere are not the same. */
    other = make_db(&elsewhere, TOKEX_DB_STATE, pool);
    assert_success(tokex_account_edit_changed(other, pool));
    assert_int_not_equal(number(other, false, pool), first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_an_account_comes_back_as_it_was_saved),
        WITH_PLACE(test_LNK_003_only_the_same_octets_find_anybody),
        WITH_PLACE(test_AS_26_each_attribute_finds_its_account),
        WITH_PLACE(test_AS_25_two_accounts_are_ambiguous_and_end_the_search),
        WITH_PLACE(test_names_and_unique_attributes_belong_to_one),
        WITH_PLACE(test_LNK_009_the_second_of_two_links_is_told_of_the_first),
        WITH_PLACE(test_LNK_009_a_subject_is_linked_once_wherever_its_account_is_kept),
        WITH_PLACE(test_LNK_008_an_account_made_anew_has_nothing_of_the_old_one),
        WITH_PLACE(test_a_link_comes_before_every_attribute),
        WITH_PLACE(test_AS_20_removed_links_are_noted_with_their_reason),
        WITH_PLACE(test_readers_see_that_something_has_changed),
    };
    return cmocka_run_group_tests_name("store/accounts", tests, start, stop);
}
