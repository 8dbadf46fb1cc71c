/* What is taken back: the set in memory, the lineage of issued tokens, the step that asks. */
#include "exchange_revoked.h"

#include <time.h>

#include "exchange/marks.h"

#define MANY 100000

/* ---- The set */

static bool holds_for(tokex_revocations_t *set, tokex_revocation_kind_t kind, const char *issuer,
                      const char *value, int64_t issued)
{
    tokex_marks_t marks = {.count = 1, .issued = issued};
    int64_t number = 0;
    bool found;
    marks.items[0] = (tokex_mark_t){kind, issuer, value};
    found = tokex_revocations_find(&number, set, &marks);
    assert_int_equal(number, found ? 7 : 0);
    return found;
}

static void test_a_token_is_found_by_its_whole_name(void **state)
{
    tokex_revocations_t *set = NULL;
    assert_success(tokex_revocations_create(&set, *state));
    assert_false(holds_for(set, TOKEX_REVOCATION_TOKEN, NULL, "a", NOW));
    take_back(set, TOKEX_REVOCATION_TOKEN, "", "a", 0);
    take_back(set, TOKEX_REVOCATION_TOKEN, "p", "b", 0);
    assert_int_equal(tokex_revocations_count(set), 2);
    assert_true(holds_for(set, TOKEX_REVOCATION_TOKEN, NULL, "a", NOW));
    assert_true(holds_for(set, TOKEX_REVOCATION_TOKEN, "p", "b", INT64_MAX - 1));
    assert_true(holds_for(set, TOKEX_REVOCATION_TOKEN, NULL, "p#b", NOW));
    assert_false(holds_for(set, TOKEX_REVOCATION_TOKEN, "p", "a", NOW));
    assert_false(holds_for(set, TOKEX_REVOCATION_TOKEN, NULL, "b", NOW));
    assert_false(holds_for(set, TOKEX_REVOCATION_TOKEN, "p", "bb", NOW));
    assert_false(holds_for(set, TOKEX_REVOCATION_TOKEN, "p", "", NOW));
    assert_false(holds_for(set, TOKEX_REVOCATION_CLIENT, NULL, "a", NOW));
}

static void test_INT_012_of_two_cut_offs_the_later_one_wins(void **state)
{
    tokex_revocations_t *set = NULL;
    tokex_marks_t marks = {.count = 2, .issued = NOW - 50};
    int64_t number;
    assert_success(tokex_revocations_create(&set, *state));
    take_back(set, TOKEX_REVOCATION_CLIENT, "", "shop", NOW);
    take_back(set, TOKEX_REVOCATION_CLIENT, "", "shop", NOW - 100);
    assert_int_equal(tokex_revocations_count(set), 1);
    assert_true(holds_for(set, TOKEX_REVOCATION_CLIENT, NULL, "shop", NOW - 1));
    assert_false(holds_for(set, TOKEX_REVOCATION_CLIENT, NULL, "shop", NOW));
    /* One for all and one for the client: whichever is later, in either order. */
    take_back(set, TOKEX_REVOCATION_ISSUER, "", "self", NOW - 100);
    marks.items[0] = (tokex_mark_t){TOKEX_REVOCATION_ISSUER, NULL, "self"};
    marks.items[1] = (tokex_mark_t){TOKEX_REVOCATION_CLIENT, NULL, "shop"};
    assert_true(tokex_revocations_find(&number, set, &marks));
    marks.items[1] = (tokex_mark_t){TOKEX_REVOCATION_CLIENT, NULL, "other"};
    assert_false(tokex_revocations_find(&number, set, &marks));
    take_back(set, TOKEX_REVOCATION_ISSUER, "", "self", NOW);
    assert_true(tokex_revocations_find(&number, set, &marks));
}

static void test_what_has_ended_makes_room(void **state)
{
    tokex_revocations_t *set = NULL;
    assert_success(tokex_revocations_create(&set, *state));
    for (int i = 0; i < 10000; i++) {
        const tokex_revocation_t row = {.number = 7,
                                        .kind = TOKEX_REVOCATION_TOKEN,
                                        .issuer = "",
                                        .value = apr_psprintf(*state, "%d", i),
                                        .ends = i < 9000 ? NOW + i : 0};
        assert_success(tokex_revocations_put(set, &row, NOW + i));
    }
    assert_true(tokex_revocations_count(set) < 2000);
    assert_true(holds_for(set, TOKEX_REVOCATION_TOKEN, NULL, "9999", NOW));
    assert_true(holds_for(set, TOKEX_REVOCATION_TOKEN, NULL, "9000", NOW));
    assert_false(holds_for(set, TOKEX_REVOCATION_TOKEN, NULL, "1", NOW));
}

static void test_a_longer_end_counts(void **state)
{
    tokex_revocations_t *set = NULL;
    tokex_revocation_t row = {
        .number = 7, .kind = TOKEX_REVOCATION_TOKEN, .issuer = "", .value = "a", .ends = NOW + 1};
    assert_success(tokex_revocations_create(&set, *state));
    assert_success(tokex_revocations_put(set, &row, NOW));
    row.ends = 0;
    assert_success(tokex_revocations_put(set, &row, NOW));
    row.ends = NOW + 1;
    assert_success(tokex_revocations_put(set, &row, NOW));
    for (int i = 0; i < 1000; i++)
        take_back(set, TOKEX_REVOCATION_TOKEN, "", apr_psprintf(*state, "%d", i), 0);
    row.value = "last";
    assert_success(tokex_revocations_put(set, &row, NOW + 100));
    assert_true(holds_for(set, TOKEX_REVOCATION_TOKEN, NULL, "a", NOW));
}

/* What a token of ours with two ancestors is asked for. */
static double question_of(tokex_revocations_t *set)
{
    tokex_marks_t marks = {.count = 7, .issued = NOW};
    struct timespec from, to;
    int64_t number;
    int found = 0;
    marks.items[0] = (tokex_mark_t){TOKEX_REVOCATION_TOKEN, NULL, "Ww7YsXkEnHPASWS260AxFQ"};
    marks.items[1] = (tokex_mark_t){TOKEX_REVOCATION_CLIENT, NULL, "orders-api"};
    marks.items[2] = (tokex_mark_t){TOKEX_REVOCATION_SUBJECT, "partner", "auth0|4711"};
    marks.items[3] = (tokex_mark_t){TOKEX_REVOCATION_ISSUER, NULL, "partner"};
    marks.items[4] = (tokex_mark_t){TOKEX_REVOCATION_ISSUER, NULL, "self"};
    marks.items[5] = (tokex_mark_t){TOKEX_REVOCATION_TOKEN, NULL, "partner#9DwWybX2Tr6KFAV8mIjLeA"};
    marks.items[6] = (tokex_mark_t){TOKEX_REVOCATION_TOKEN, NULL, "Kx7YsXkEnHPASWS260AxFQ"};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int i = 0; i < MANY; i++)
        found += tokex_revocations_find(&number, set, &marks);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    assert_int_equal(found, 0);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / MANY;
}

static void test_a_hundred_thousand_cost_a_question_less_than_a_microsecond(void **state)
{
    tokex_revocations_t *set = NULL;
    apr_pool_t *scratch = new_pool(*state);
    double none, many;
    assert_success(tokex_revocations_create(&set, *state));
    none = question_of(set);
    for (int i = 0; i < MANY; i++) {
        const tokex_revocation_t row = {.number = i + 1,
                                        .kind = TOKEX_REVOCATION_TOKEN,
                                        .issuer = "",
                                        .value = apr_psprintf(scratch, "%022d", i)};
        assert_success(tokex_revocations_put(set, &row, NOW));
        apr_pool_clear(scratch);
    }
    many = question_of(set);
    print_message("# a question costs %.0f ns with no revocation, %.0f ns with %d\n", none, many,
                  MANY);
#ifdef SANITIZED
    assert_true(many < 20000);
#else
    assert_true(many < 1000);
#endif
}

/* ---- Lineage */

static void assert_lineage(world_t *w, const tokex_outcome_t *outcome, const char *json)
{
    assert_json(w, issued(w, outcome), "lineage", json);
}

static void trust_ourselves(world_t *w)
{
    w->rules[0].issuers = texts(w->pool, "partner", "self", NULL);
}

static void test_an_issued_token_names_what_it_comes_from(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *first, *second, *third;
    trust_ourselves(w);
    first = grant(w);
    assert_lineage(w, first, "[\"partner#subject-jti\"]");
    present_again(w, first);
    second = check_granted(run_as_is(w));
    assert_lineage(w, second,
                   apr_psprintf(w->pool, "[\"partner#subject-jti\",\"%s\"]", first->jti));
    present_again(w, second);
    third = check_granted(run_as_is(w));
    assert_lineage(
        w, third,
        apr_psprintf(w->pool, "[\"partner#subject-jti\",\"%s\",\"%s\"]", first->jti, second->jti));
}

static void test_a_foreign_token_without_a_jti_is_no_ancestor(void **state)
{
    world_t *w = *state;
    static const char *const none[] = {NULL, "7", "\"\"", "[\"a\"]"};
    for (int i = 0; i < COUNT(none); i++) {
        set_claim(w, "jti", none[i]);
        assert_null(tokex_json_get(issued(w, grant(w)), "lineage"));
    }
}

static void test_what_a_foreign_token_says_of_ancestors_counts_nothing(void **state)
{
    world_t *w = *state;
    set_claim(w, "lineage", "[\"made-up\"]");
    assert_lineage(w, grant(w), "[\"partner#subject-jti\"]");
    set_claim(w, "lineage", "7");
    assert_lineage(w, grant(w), "[\"partner#subject-jti\"]");
}

static void test_lineage_is_no_claim_to_map_to(void **state)
{
    world_t *w = *state;
    tokex_faults_t *faults = tokex_config_faults_create(w->pool);
    w->rows[0] = (tokex_mapping_row_t){.source = "subject",
                                       .from = "lineage",
                                       .transform = "copy",
                                       .type = "any",
                                       .if_missing = "skip",
                                       .to = "lineage"};
    w->mappings[0].row_count = 1;
    assert_code(tokex_policy_compile(&w->engine.policy, &w->config, &w->server, NOW, w->keys->crypt,
                                     faults, w->pool, w->pool),
                TOKEX_E_DOCUMENT);
    assert_string_equal(faults->items[0].field, "to");
}

static void test_the_actors_token_is_an_ancestor_too(void **state)
{
    world_t *w = *state;
    add_actor(w);
    assert_lineage(w, grant(w), "[\"partner#subject-jti\",\"partner#actor-jti\"]");
    set_actor_claim(w, "jti", "\"subject-jti\"");
    assert_lineage(w, grant(w), "[\"partner#subject-jti\"]");
}

/* A token of ours that was issued to another client, and says `lineage`. */
static void forge_ours(world_t *w, const char *lineage)
{
    trust_ourselves(w);
    w->token_signer = w->keys->signer;
    set_claim(w, "iss", "\"" OUR_ISSUER "\"");
    set_claim(w, "aud", "\"shop\"");
    set_claim(w, "idp", "\"partner\"");
    set_claim(w, "client_id", "\"rotating\"");
    set_claim(w, "st", "\"user\"");
    set_claim(w, "jti", "\"ours\"");
    set_claim(w, "lineage", lineage);
}

static void test_a_client_before_this_one_stands_in_the_lineage(void **state)
{
    world_t *w = *state;
    forge_ours(w, "[\"partner#first\",\"@mail\"]");
    assert_lineage(w, grant(w), "[\"partner#first\",\"@mail\",\"@rotating\",\"ours\"]");
}

static const char *lineage_of(world_t *w, int count)
{
    const char *text = "";
    for (int i = 0; i < count; i++)
        text = apr_psprintf(w->pool, "%s%s\"a%d\"", text, i ? "," : "", i);
    return apr_pstrcat(w->pool, "[", text, "]", NULL);
}

static void test_a_longer_lineage_is_refused_and_never_cut(void **state)
{
    world_t *w = *state;
    forge_ours(w, lineage_of(w, TOKEX_LIMIT_LINEAGE - 2));
    grant(w);
    forge_ours(w, lineage_of(w, TOKEX_LIMIT_LINEAGE - 1));
    refuse(w, TOKEX_E_LINEAGE, TOKEX_STEP_CLAIMS);
}

static void test_a_jti_that_is_too_long_to_be_kept_is_refused(void **state)
{
    world_t *w = *state;
    char *jti = apr_palloc(w->pool, TOKEX_LIMIT_ANCESTOR + 8);
    int fits = TOKEX_LIMIT_ANCESTOR - (int)strlen("partner#");
    memset(jti, 'j', TOKEX_LIMIT_ANCESTOR);
    jti[0] = '"';
    (void)apr_cpystrn(jti + 1 + fits, "\"", 2);
    set_claim(w, "jti", jti);
    grant(w);
    (void)apr_cpystrn(jti + 1 + fits, "j\"", 3);
    refuse(w, TOKEX_E_LINEAGE, TOKEX_STEP_CLAIMS);
}

static void test_a_lineage_of_ours_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {"7", "{}", "[7]", "[\"\"]", "[[\"a\"]]", "\"a\""};
    world_t *w = *state;
    for (int i = 0; i < COUNT(wrong); i++) {
        forge_ours(w, wrong[i]);
        refuse(w, TOKEX_E_LINEAGE, TOKEX_STEP_CLAIMS);
    }
    take_back(ask_revocations(w), TOKEX_REVOCATION_TOKEN, "", "another", 0);
    for (int i = 0; i < COUNT(wrong); i++) {
        forge_ours(w, wrong[i]);
        refuse(w, TOKEX_E_LINEAGE, TOKEX_STEP_REVOKED);
    }
}

/* ---- The step */

static void test_a_foreign_token_that_is_taken_back(void **state)
{
    world_t *w = *state;
    tokex_revocations_t *set = ask_revocations(w);
    const tokex_outcome_t *outcome = grant(w);
    assert_true(step_of(outcome, TOKEX_STEP_REVOKED)->passed);
    take_back(set, TOKEX_REVOCATION_TOKEN, "", "subject-jti", 0);
    take_back(set, TOKEX_REVOCATION_TOKEN, "other", "subject-jti", 0);
    grant(w);
    take_back(set, TOKEX_REVOCATION_TOKEN, "partner", "subject-jti", 0);
    outcome = refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
    assert_non_null(strstr(outcome->err->log_text, "revocation 7"));
    assert_string_equal(tokex_err_info(TOKEX_E_TOKEN_REVOKED)->client_text,
                        tokex_err_info(TOKEX_E_EXPIRED)->client_text);
}

static void test_all_of_a_subject_or_an_issuer_from_before_a_moment(void **state)
{
    world_t *w = *state;
    tokex_revocations_t *set = ask_revocations(w);
    take_back(set, TOKEX_REVOCATION_SUBJECT, "partner", "auth0|4711", NOW - 60);
    take_back(set, TOKEX_REVOCATION_ISSUER, "", "partner", NOW - 60);
    take_back(set, TOKEX_REVOCATION_SUBJECT, "other", "auth0|4711", NOW);
    take_back(set, TOKEX_REVOCATION_ISSUER, "", "self", NOW);
    grant(w);
    /* What does not say when it was issued may be older than anything. */
    set_claim(w, "iat", NULL);
    refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
    set_claim(w, "iat", apr_psprintf(w->pool, "%" APR_INT64_T_FMT ".9", NOW - 61));
    refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
    set_claim_time(w, "iat", NOW - 60);
    take_back(set, TOKEX_REVOCATION_SUBJECT, "partner", "auth0|4711", NOW - 59);
    refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
    set_claim(w, "sub", "\"auth0|4712\"");
    grant(w);
    take_back(set, TOKEX_REVOCATION_ISSUER, "", "partner", NOW - 59);
    refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
}

static void test_TEX_042_a_token_of_ours_dies_with_each_ancestor(void **state)
{
    static const struct {
        tokex_revocation_kind_t kind;
        const char *issuer;
        const char *value;
    } rows[] = {
        {TOKEX_REVOCATION_TOKEN, "", "ours"},
        {TOKEX_REVOCATION_TOKEN, "", "middle"},
        {TOKEX_REVOCATION_TOKEN, "partner", "first"},
        {TOKEX_REVOCATION_CLIENT, "", "rotating"},
        {TOKEX_REVOCATION_CLIENT, "", "mail"},
        {TOKEX_REVOCATION_ISSUER, "", "partner"},
        {TOKEX_REVOCATION_ISSUER, "", "self"},
        {TOKEX_REVOCATION_SUBJECT, "partner", "auth0|4711"},
    };
    world_t *w = *state;
    for (int i = 0; i < COUNT(rows); i++) {
        tokex_revocations_t *set = ask_revocations(w);
        forge_ours(w, "[\"partner#first\",\"@mail\",\"middle\"]");
        grant(w);
        take_back(set, rows[i].kind, rows[i].issuer, rows[i].value, NOW - 59);
        refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
    }
}

static void test_a_token_of_ours_dies_with_its_actors(void **state)
{
    static const struct {
        tokex_revocation_kind_t kind;
        const char *issuer;
        const char *value;
    } rows[] = {
        {TOKEX_REVOCATION_SUBJECT, "partner", "svc-mail"},
        {TOKEX_REVOCATION_SUBJECT, "other", "svc-old"},
        {TOKEX_REVOCATION_ISSUER, "", "other"},
        {TOKEX_REVOCATION_CLIENT, "", "public"},
    };
    world_t *w = *state;
    for (int i = 0; i < COUNT(rows); i++) {
        tokex_revocations_t *set = ask_revocations(w);
        forge_ours(w, NULL);
        w->rules[0].max_actors = 8;
        set_claim(w, "act",
                  "{\"sub\":\"svc-mail\",\"iss\":\"https://idp.partner.example\","
                  "\"act\":{\"sub\":\"public\",\"act\":{\"sub\":\"svc-old\",\"idp\":\"other\"}}}");
        grant(w);
        take_back(set, rows[i].kind, rows[i].issuer, rows[i].value, NOW - 59);
        refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
    }
}

/* A cut-off lies two seconds ahead. */
static void test_nothing_is_issued_that_is_taken_back_already(void **state)
{
    world_t *w = *state;
    tokex_revocations_t *set = ask_revocations(w);
    set_claim_time(w, "iat", NOW + 5);
    take_back(set, TOKEX_REVOCATION_SUBJECT, "partner", "auth0|4711", NOW);
    take_back(set, TOKEX_REVOCATION_CLIENT, "", "shop", NOW);
    take_back(set, TOKEX_REVOCATION_ISSUER, "", "self", NOW);
    grant(w);
    take_back(set, TOKEX_REVOCATION_SUBJECT, "partner", "auth0|4711", NOW + 2);
    refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
    set_claim(w, "sub", "\"auth0|4712\"");
    grant(w);
    take_back(set, TOKEX_REVOCATION_CLIENT, "", "shop", NOW + 2);
    refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
    w->request.credentials.client_id = "rotating";
    grant(w);
    take_back(set, TOKEX_REVOCATION_ISSUER, "", "self", NOW + 2);
    refuse(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_REVOKED);
}

static void test_an_actor_token_that_is_taken_back(void **state)
{
    world_t *w = *state;
    tokex_revocations_t *set = ask_revocations(w);
    add_actor(w);
    set_actor_claim(w, "iat", apr_psprintf(w->pool, "%" APR_INT64_T_FMT, NOW));
    assert_true(step_of(grant(w), TOKEX_STEP_ACTOR_REVOKED)->passed);
    take_back(set, TOKEX_REVOCATION_TOKEN, "partner", "actor-jti", 0);
    refuse_actor(w, TOKEX_E_TOKEN_REVOKED, TOKEX_STEP_ACTOR_REVOKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_a_token_is_found_by_its_whole_name),
        WITH_POOL(test_INT_012_of_two_cut_offs_the_later_one_wins),
        WITH_POOL(test_what_has_ended_makes_room),
        WITH_POOL(test_a_longer_end_counts),
        WITH_POOL(test_a_hundred_thousand_cost_a_question_less_than_a_microsecond),
        WITH_WORLD(test_an_issued_token_names_what_it_comes_from),
        WITH_WORLD(test_a_foreign_token_without_a_jti_is_no_ancestor),
        WITH_WORLD(test_what_a_foreign_token_says_of_ancestors_counts_nothing),
        WITH_WORLD(test_lineage_is_no_claim_to_map_to),
        WITH_WORLD(test_the_actors_token_is_an_ancestor_too),
        WITH_WORLD(test_a_client_before_this_one_stands_in_the_lineage),
        WITH_WORLD(test_a_longer_lineage_is_refused_and_never_cut),
        WITH_WORLD(test_a_jti_that_is_too_long_to_be_kept_is_refused),
        WITH_WORLD(test_a_lineage_of_ours_that_is_none_is_refused),
        WITH_WORLD(test_a_foreign_token_that_is_taken_back),
        WITH_WORLD(test_all_of_a_subject_or_an_issuer_from_before_a_moment),
        WITH_WORLD(test_TEX_042_a_token_of_ours_dies_with_each_ancestor),
        WITH_WORLD(test_a_token_of_ours_dies_with_its_actors),
        WITH_WORLD(test_nothing_is_issued_that_is_taken_back_already),
        WITH_WORLD(test_an_actor_token_that_is_taken_back),
    };
    return cmocka_run_group_tests_name("exchange/revocation", tests, make_keys, drop_keys);
}
