/* Changes of the configuration on a real database: every kind of object, who is refused and why,
 * what history says. */
#include "store_save.h"

#include "config/document.h"
#include "edit/edit.h"
#include "policy/policy.h"

#define SHA "\"sha256\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""
#define SCOPE_A "{\"id\":\"a\",\"description\":\"A\"}"
#define SCOPE_B "{\"id\":\"b\",\"sensitive\":true}"
#define MAPPING "{\"id\":\"m\",\"name\":\"M\",\"rows\":[{\"from\":\"email\",\"to\":\"email\"}]}"
#define ISSUER                                                                                     \
    "{\"id\":\"i\",\"name\":\"I\",\"issuer\":\"https://i.example\",\"mapping\":\"m\","             \
    "\"scope_map\":[{\"from\":\"x\",\"to\":\"a\"}],"                                               \
    "\"jwks_urls\":[\"https://i.example/keys\"]}"
#define TARGET                                                                                     \
    "{\"id\":\"t\",\"name\":\"T\",\"audience\":\"https://t.example\",\"scopes\":[\"a\",\"b\"]}"
#define RULE                                                                                       \
    "{\"id\":\"r\",\"issuers\":[\"i\"],\"targets\":[\"t\"],\"sensitive_scopes\":[\"b\"],"          \
    "\"actors\":[{\"issuer\":\"i\",\"subject\":\"x\"}],\"delegation\":true}"
#define CLIENT(id, name)                                                                           \
    "{\"id\":\"" id "\",\"name\":\"" name "\",\"scopes\":[\"a\"],\"secrets\":[{\"id\":\"s\"," SHA  \
    "}],\"rules\":[" RULE "]}"
#define SIGNING "{\"algorithm\":\"ES256\",\"rotate_every\":86400}"

typedef struct bench_t {
    apr_pool_t *pool;
    tokex_db_t *db;
    tokex_crypt_t *crypt;
    tokex_edit_way_t way;
    tokex_faults_t *faults;
    int judged;         /* how often */
    int clients_judged; /* at most */
} bench_t;

static const tokex_err_t *judge(void *ctx, const tokex_config_t *config, tokex_faults_t *faults,
                                apr_pool_t *pool)
{
    bench_t *b = ctx;
    const tokex_policy_t *policy;

    b->judged++;
    if (config->client_count > b->clients_judged)
        b->clients_judged = config->client_count;
    return tokex_policy_compile(&policy, config, NULL, NOW, b->crypt, faults, pool, pool);
}

static bench_t make_bench(const place_t *place)
{
    bench_t b = {.pool = place->pool};

    b.db = make_db(place, TOKEX_DB_CONFIG, place->pool);
    assert_success(tokex_crypt_create(&b.crypt, place->pool));
    b.way = (tokex_edit_way_t){.db = b.db, .judge = judge};
    return b;
}

static const tokex_err_t *apply(bench_t *b, int64_t *number, int *late, const tokex_edit_t *edits,
                                int count)
{
    const tokex_edit_author_t author = {"alice", "because", NOW + 7};

    b->way.judge_ctx = b;
    b->judged = b->clients_judged = 0;
    b->faults = tokex_config_faults_create(b->pool);
    return tokex_edit_apply(number, late, &b->way, edits, count, &author, b->faults, b->pool);
}

static const char *all_faults(bench_t *b)
{
    const char *text = "";
    int i;

    for (i = 0; i < b->faults->count; i++)
        text = apr_pstrcat(b->pool, text, b->faults->items[i].warning ? "warning: " : "",
                           tokex_config_fault_text(&b->faults->items[i], b->pool), "\n", NULL);
    return text;
}

static int64_t set(bench_t *b, const char *noun, const char *id, const char *object)
{
    const tokex_edit_t edit = {noun, id, object, TOKEX_EDIT_ANY};
    const tokex_err_t *err;
    int64_t number = -1;

    err = apply(b, &number, NULL, &edit, 1);
    if (err)
        fail_msg("%s %s: %s\n%s", noun, id, tokex_err_text(err, b->pool), all_faults(b));
    return number;
}

static void refused(bench_t *b, const char *noun, const char *id, const char *object,
                    const char *part)
{
    const tokex_edit_t edit = {noun, id, object, TOKEX_EDIT_ANY};
    int64_t before, after;

    assert_success(tokex_config_store_generation(&before, b->db, b->pool));
    assert_code(apply(b, NULL, NULL, &edit, 1), TOKEX_E_DOCUMENT);
    if (!strstr(all_faults(b), part))
        fail_msg("not said: %s\nbut:\n%s", part, all_faults(b));
    assert_success(tokex_config_store_generation(&after, b->db, b->pool));
    assert_int_equal(after, before);
}

static const char *stands(bench_t *b, const char *noun, const char *id, int64_t *revision)
{
    const char *object = NULL;

    assert_success(tokex_edit_read(&object, revision, b->db, noun, id, true, b->pool));
    return object;
}

static void assert_holds(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("%s does not stand in %s", part, text ? text : "nothing");
}

/* Changes 1 to 7. */
static void fill(bench_t *b)
{
    assert_int_equal(set(b, "scope", "a", SCOPE_A), 1);
    assert_int_equal(set(b, "scope", "b", SCOPE_B), 2);
    assert_int_equal(set(b, "mapping", "m", MAPPING), 3);
    assert_int_equal(set(b, "issuer", "i", ISSUER), 4);
    assert_int_equal(set(b, "target", "t", TARGET), 5);
    assert_int_equal(set(b, "client", "c", CLIENT("c", "C")), 6);
    assert_int_equal(set(b, "signing", "ES256", SIGNING), 7);
}

static const struct kind_t {
    const char *noun, *id, *object, *changed, *holds;
} kinds[] = {
    {"scope", "n", "{\"id\":\"n\"}", "{\"id\":\"n\",\"description\":\"N\"}", "\"N\""},
    {"mapping", "n", "{\"id\":\"n\",\"name\":\"N\"}",
     "{\"id\":\"n\",\"name\":\"N\",\"rows\":[{\"from\":\"x\",\"to\":\"y\"}]}", "\"y\""},
    {"issuer", "n", "{\"id\":\"n\",\"name\":\"N\",\"issuer\":\"https://n.example\"}",
     "{\"id\":\"n\",\"name\":\"N\",\"issuer\":\"https://n.example\",\"leeway\":7}", "\"leeway\":7"},
    {"target", "n", "{\"id\":\"n\",\"name\":\"N\",\"audience\":\"n\"}",
     "{\"id\":\"n\",\"name\":\"N\",\"audience\":\"n\",\"lifetime\":7}", "\"lifetime\":7"},
    {"client", "n", "{\"id\":\"n\",\"name\":\"N\"}",
     "{\"id\":\"n\",\"name\":\"N\",\"enabled\":false}", "\"enabled\":false"},
    {"signing", "RS256", "{\"algorithm\":\"RS256\"}",
     "{\"algorithm\":\"RS256\",\"publish_ahead\":7}", "\"publish_ahead\":7"},
};

static void test_every_kind_is_added_changed_removed_and_restored(void **state)
{
    bench_t b = make_bench(*state);
    size_t i;

    fill(&b);
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct kind_t *k = &kinds[i];
        const tokex_edit_author_t author = {"bob", NULL, NOW + 9};
        int64_t revision, added = set(&b, k->noun, k->id, k->object), changed, gone, back;
        const char *first = stands(&b, k->noun, k->id, &revision);

        assert_int_equal(revision, added);
        changed = set(&b, k->noun, k->id, k->changed);
        assert_int_equal(changed, added + 1);
        assert_holds(stands(&b, k->noun, k->id, &revision), k->holds);
        assert_int_equal(revision, changed);
        gone = set(&b, k->noun, k->id, NULL);
        assert_null(stands(&b, k->noun, k->id, &revision));
        assert_int_equal(revision, gone);
        b.faults = tokex_config_faults_create(b.pool);
        assert_success(tokex_change_restore(&back, &b.way, gone, false, &author, b.faults, b.pool));
        assert_holds(stands(&b, k->noun, k->id, &revision), k->holds);
        assert_success(
            tokex_change_restore(&back, &b.way, changed, true, &author, b.faults, b.pool));
        assert_string_equal(stands(&b, k->noun, k->id, &revision), first);
        assert_int_equal(revision, back);
    }
    assert_success(tokex_db_check(b.db, b.pool));
}

static void test_history_has_who_when_why_before_and_after(void **state)
{
    bench_t b = make_bench(*state);
    const tokex_change_object_t *objects;
    const tokex_change_t *change;
    int64_t revision, number;
    int count;
    const char *before, *after;

    fill(&b);
    before = stands(&b, "target", "t", &revision);
    number = set(&b, "target", "t",
                 "{\"id\":\"t\",\"name\":\"T\",\"audience\":\"https://t.example\","
                 "\"scopes\":[\"a\",\"b\"],\"lifetime\":9}");
    after = stands(&b, "target", "t", &revision);
    assert_success(tokex_change_show(&change, &objects, &count, b.db, number, b.pool));
    assert_string_equal(change->who, "alice");
    assert_string_equal(change->reason, "because");
    assert_int_equal(change->at, NOW + 7);
    assert_int_equal(change->object_count, 1);
    assert_int_equal(count, 1);
    assert_string_equal(objects[0].noun, "target");
    assert_string_equal(objects[0].id, "t");
    assert_string_equal(objects[0].before, before);
    assert_string_equal(objects[0].after, after);
    assert_success(tokex_change_show(&change, &objects, &count, b.db, number + 1, b.pool));
    assert_null(change);
}

static void test_history_is_listed_by_kind_and_by_object(void **state)
{
    bench_t b = make_bench(*state);
    const tokex_change_filter_t all = {.limit = 3}, kind = {.noun = "scope", .limit = 10},
                                one = {.noun = "scope", .id = "b", .limit = 10},
                                older = {.before = 3, .limit = 10};
    const tokex_change_t *list;
    int count;

    fill(&b);
    assert_success(tokex_change_list(&list, &count, b.db, &all, b.pool));
    assert_int_equal(count, 3);
    assert_int_equal(list[0].number, 7);
    assert_int_equal(list[2].number, 5);
    assert_success(tokex_change_list(&list, &count, b.db, &kind, b.pool));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].number, 2);
    assert_success(tokex_change_list(&list, &count, b.db, &one, b.pool));
    assert_int_equal(count, 1);
    assert_success(tokex_change_list(&list, &count, b.db, &older, b.pool));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].number, 2);
}

static void test_nothing_different_is_no_change(void **state)
{
    bench_t b = make_bench(*state);
    int64_t before, after, revision;

    fill(&b);
    assert_success(tokex_config_store_generation(&before, b.db, b.pool));
    assert_int_equal(set(&b, "client", "c", stands(&b, "client", "c", &revision)), 0);
    assert_int_equal(set(&b, "client", "nobody", NULL), 0);
    assert_success(tokex_config_store_generation(&after, b.db, b.pool));
    assert_int_equal(after, before);
}

static void test_a_dry_run_judges_and_changes_nothing(void **state)
{
    bench_t b = make_bench(*state);
    apr_array_header_t *differing;
    int64_t before, after;

    fill(&b);
    b.way.dry_run = true;
    b.way.differing = differing = apr_array_make(b.pool, 1, sizeof(tokex_change_object_t));
    assert_success(tokex_config_store_generation(&before, b.db, b.pool));
    assert_int_equal(set(&b, "scope", "n", "{\"id\":\"n\"}"), 0);
    assert_true(b.judged > 0);
    assert_int_equal(differing->nelts, 1);
    assert_success(tokex_config_store_generation(&after, b.db, b.pool));
    assert_int_equal(after, before);
    refused(&b, "scope", "openid", "{\"id\":\"openid\"}", "never granted");
}

static void test_a_late_edit_is_a_conflict(void **state)
{
    bench_t b = make_bench(*state);
    tokex_edit_t edits[] = {{"scope", "a", "{\"id\":\"a\"}", 1},
                            {"client", "c", "{\"id\":\"c\",\"name\":\"Mine\"}", 6}};
    int64_t revision, number;
    int late = -7;

    fill(&b);
    set(&b, "client", "c", "{\"id\":\"c\",\"name\":\"Theirs\"}");
    assert_code(apply(&b, NULL, &late, edits, 2), TOKEX_E_CONFLICT);
    assert_int_equal(late, 1);
    assert_holds(stands(&b, "client", "c", &revision), "Theirs");
    assert_holds(stands(&b, "scope", "a", &revision), "\"A\"");
    edits[1].revision = 8;
    assert_success(apply(&b, &number, &late, edits, 2));
    assert_int_equal(number, 9);
    /* What was taken away meanwhile is not brought back by who did not see it go. */
    set(&b, "client", "c", NULL);
    edits[1].revision = 9;
    assert_code(apply(&b, NULL, &late, &edits[1], 1), TOKEX_E_CONFLICT);
    edits[1].revision = 0;
    assert_success(apply(&b, NULL, &late, &edits[1], 1));
    assert_code(apply(&b, NULL, &late, &edits[1], 1), TOKEX_E_CONFLICT);
}

static void test_a_change_from_another_generation_is_a_conflict(void **state)
{
    bench_t b = make_bench(*state);
    const tokex_edit_t edit = {"scope", "n", "{\"id\":\"n\"}", TOKEX_EDIT_ANY};
    int64_t generation;
    int late = 7;

    fill(&b);
    assert_success(tokex_config_store_generation(&generation, b.db, b.pool));
    b.way.generation = &generation;
    generation--;
    assert_code(apply(&b, NULL, &late, &edit, 1), TOKEX_E_CONFLICT);
    assert_int_equal(late, -1);
    generation++;
    assert_success(apply(&b, NULL, &late, &edit, 1));
}

static void test_what_others_refer_to_stays(void **state)
{
    bench_t b = make_bench(*state);
    const char *ids[] = {"d", "e", "f", "g", "h"};
    int i;

    fill(&b);
    refused(&b, "scope", "a", NULL, "scope \"a\": a client or a rule of it names it: c");
    refused(&b, "scope", "a", NULL, "scope \"a\": a target knows it: t");
    refused(&b, "scope", "a", NULL, "scope \"a\": the scope map of an issuer names it: i");
    refused(&b, "mapping", "m", NULL, "mapping \"m\": an issuer uses it: i");
    refused(&b, "target", "t", NULL, "target \"t\": a client or a rule of it names it: c");
    refused(&b, "issuer", "i", NULL, "issuer \"i\": rules of a client name it: c");
    for (i = 0; i < 5; i++)
        set(&b, "client", ids[i],
            apr_psprintf(b.pool, "{\"id\":\"%s\",\"name\":\"%s\",\"rules\":[" RULE "]}", ids[i],
                         ids[i]));
    refused(&b, "issuer", "i", NULL,
            "issuer \"i\": 6 clients have rules that name it: c, d, e, f, g, ... Take it out");
    refused(&b, "scope", "b", SCOPE_A, "field id");
    refused(&b, "scope", "b", "{\"id\":\"b\",\"sensitive\":false}",
            "scope \"b\": field sensitive: 6 clients have rules that name it in sensitive_scopes");
}

static void test_what_refers_may_go_in_the_same_change(void **state)
{
    bench_t b = make_bench(*state);
    const tokex_edit_t edits[] = {{"issuer", "i", NULL, TOKEX_EDIT_ANY},
                                  {"target", "t", NULL, TOKEX_EDIT_ANY},
                                  {"mapping", "m", NULL, TOKEX_EDIT_ANY},
                                  {"scope", "a", NULL, TOKEX_EDIT_ANY},
                                  {"client", "c", NULL, TOKEX_EDIT_ANY}};
    const tokex_edit_author_t author = {"bob", NULL, NOW};
    const tokex_config_t *config;
    int64_t number, revision;

    fill(&b);
    assert_success(apply(&b, &number, NULL, edits, 5));
    assert_success(tokex_config_store_load(&config, NULL, b.db, b.pool, b.pool));
    assert_int_equal(config->issuer_count + config->target_count + config->client_count, 0);
    assert_success(tokex_change_restore(NULL, &b.way, number, false, &author, b.faults, b.pool));
    assert_holds(stands(&b, "client", "c", &revision), "\"issuers\":[\"i\"]");
    assert_holds(stands(&b, "client", "c", &revision), SHA);
}

static void test_a_client_is_judged_without_the_others(void **state)
{
    bench_t b = make_bench(*state);

    fill(&b);
    set(&b, "client", "d", CLIENT("d", "D"));
    assert_int_equal(b.clients_judged, 1);
    set(&b, "scope", "n", "{\"id\":\"n\"}");
    assert_int_equal(b.clients_judged, 0);
    refused(&b, "client", "e", CLIENT("e", "D"), "\"D\": the client \"");
    refused(&b, "client", "e", CLIENT("e", "D"), "has this name already");
    assert_int_equal(b.clients_judged, 2);
}

static void test_refusals_name_field_value_and_remedy(void **state)
{
    bench_t b = make_bench(*state);
    const tokex_edit_t unknown = {"rule", "r", "{}", TOKEX_EDIT_ANY},
                       text = {"scope", "n", "n", TOKEX_EDIT_ANY},
                       twice[] = {{"scope", "n", "{\"id\":\"n\"}", TOKEX_EDIT_ANY},
                                  {"scope", "n", NULL, TOKEX_EDIT_ANY}};

    fill(&b);
    refused(&b, "target", "t",
            "{\"id\":\"t\",\"name\":\"T\",\"audience\":\"t\",\"lifetime\":0,\"scops\":[]}",
            "target \"t\": field lifetime: \"0\"");
    refused(&b, "target", "t", "{\"id\":\"t\",\"name\":\"T\",\"audience\":\"t\",\"scops\":[]}",
            "unknown member `scops`: did you mean `scopes`? Write `scopes`");
    refused(&b, "client", "c", "{\"id\":\"d\",\"name\":\"C\"}",
            "client \"c\": field id: \"d\": what tells an object apart never changes. Add a new");
    refused(&b, "client", "c", "{\"id\":\"c\",\"name\":\"C\",\"scopes\":[\"x\"]}",
            "client \"c\": field scopes: \"x\": there is no such scope");
    refused(&b, "client", "c", "{\"id\":\"c\",\"name\":\"C\",\"secrets\":[{\"id\":\"new\"}]}",
            "there is no such secret here to keep");
    assert_code(apply(&b, NULL, NULL, &unknown, 1), TOKEX_E_NOUN_UNKNOWN);
    assert_code(apply(&b, NULL, NULL, &text, 1), TOKEX_E_JSON);
    assert_code(apply(&b, NULL, NULL, twice, 2), TOKEX_E_DOCUMENT);
    assert_holds(all_faults(&b), "it stands twice in this change");
}

static void test_a_fault_that_was_there_hinders_no_other_change(void **state)
{
    bench_t b = make_bench(*state);
    tokex_edit_judge_t *careful = b.way.judge;

    fill(&b);
    b.way.judge = NULL;
    set(&b, "scope", "openid", "{\"id\":\"openid\"}");
    b.way.judge = careful;
    set(&b, "scope", "n", "{\"id\":\"n\"}");
    assert_holds(all_faults(&b), "warning: scope \"openid\"");
    refused(&b, "scope", "offline_access", "{\"id\":\"offline_access\"}",
            "scope \"offline_access\"");
    set(&b, "scope", "openid", NULL);
    assert_int_equal(b.faults->count, 0);
}

static void test_secrets_are_kept_and_made(void **state)
{
    bench_t b = make_bench(*state);
    apr_array_header_t *made;
    int64_t revision;
    const char *found;

    fill(&b);
    set(&b, "client", "c", "{\"id\":\"c\",\"name\":\"New\",\"secrets\":[{\"id\":\"s\"}]}");
    assert_holds(stands(&b, "client", "c", &revision), SHA);
    refused(&b, "client", "c",
            "{\"id\":\"c\",\"name\":\"C\",\"secrets\":[{\"id\":\"s\",\"generate\":true}]}",
            "could be shown to nobody");
    b.way.made = made = apr_array_make(b.pool, 1, sizeof(tokex_edit_secret_t));
    set(&b, "client", "c",
        "{\"id\":\"c\",\"name\":\"C\",\"secrets\":[{\"id\":\"s\",\"generate\":true}]}");
    assert_int_equal(made->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(made, 0, tokex_edit_secret_t).id, "s");
    found = stands(&b, "client", "c", &revision);
    assert_null(strstr(found, SHA));
    assert_null(strstr(found, APR_ARRAY_IDX(made, 0, tokex_edit_secret_t).value));
    assert_success(tokex_edit_read(&found, &revision, b.db, "client", "c", false, b.pool));
    assert_null(strstr(found, "sha256"));
}

static void test_a_reason_is_one_line(void **state)
{
    bench_t b = make_bench(*state);
    const tokex_edit_t edit = {"scope", "n", "{\"id\":\"n\"}", TOKEX_EDIT_ANY};
    const tokex_edit_author_t author = {"alice", "two\nlines", NOW};

    b.faults = tokex_config_faults_create(b.pool);
    b.way.judge_ctx = &b;
    assert_code(tokex_edit_apply(NULL, NULL, &b.way, &edit, 1, &author, b.faults, b.pool),
                TOKEX_E_DOCUMENT);
    assert_holds(all_faults(&b), "field reason");
}

static void test_a_restore_of_what_was_changed_since_is_a_conflict(void **state)
{
    bench_t b = make_bench(*state);
    const tokex_edit_author_t author = {"bob", NULL, NOW};
    const tokex_change_object_t *objects;
    const tokex_change_t *change;
    int64_t first, number, revision;
    int count;

    fill(&b);
    first = set(&b, "scope", "a", "{\"id\":\"a\",\"description\":\"one\"}");
    set(&b, "scope", "a", "{\"id\":\"a\",\"description\":\"two\"}");
    b.faults = tokex_config_faults_create(b.pool);
    assert_code(tokex_change_restore(&number, &b.way, first, false, &author, b.faults, b.pool),
                TOKEX_E_CONFLICT);
    assert_holds(stands(&b, "scope", "a", &revision), "two");
    assert_success(tokex_change_restore(&number, &b.way, first, true, &author, b.faults, b.pool));
    assert_holds(stands(&b, "scope", "a", &revision), "\"A\"");
    assert_success(tokex_change_show(&change, &objects, &count, b.db, number, b.pool));
    assert_string_equal(change->reason, "takes change 8 back");
    assert_code(tokex_change_restore(&number, &b.way, 99, true, &author, b.faults, b.pool),
                TOKEX_E_CHANGE_UNKNOWN);
}

static void test_a_document_is_one_change_of_what_differs(void **state)
{
    bench_t b = make_bench(*state);
    const tokex_edit_author_t author = {"bob", NULL, NOW};
    const tokex_change_object_t *objects;
    const tokex_change_t *change;
    const tokex_config_t *config;
    const char *text;
    int64_t number;
    apr_size_t len;
    int count;

    fill(&b);
    b.way.judge_ctx = &b;
    assert_success(tokex_config_store_load(&config, NULL, b.db, b.pool, b.pool));
    text = tokex_document_write(config, false, &len, b.pool);
    b.faults = tokex_config_faults_create(b.pool);
    assert_success(
        tokex_edit_document(&number, &config, &b.way, text, len, &author, b.faults, b.pool));
    assert_int_equal(number, 0);
    text = "{\"schema\":1,\"scopes\":[" SCOPE_A ",{\"id\":\"n\"}]}";
    assert_success(tokex_edit_document(&number, &config, &b.way, text, strlen(text), &author,
                                       b.faults, b.pool));
    assert_int_equal(number, 8);
    assert_success(tokex_change_show(&change, &objects, &count, b.db, number, b.pool));
    /* Six go or come; scope a is as it was, and nothing was said of signing. */
    assert_int_equal(count, 6);
    assert_success(tokex_change_restore(&number, &b.way, number, false, &author, b.faults, b.pool));
    assert_int_equal(set(&b, "client", "c", CLIENT("c", "C")), 0);
}

static void test_differences_name_members_and_no_secret(void **state)
{
    place_t *place = *state;
    const tokex_edit_member_t *members;
    int count;
    const char *shown;

    assert_success(tokex_edit_diff(&members, &count, "client", CLIENT("c", "C"),
                                   "{\"id\":\"c\",\"name\":\"D\",\"scopes\":[\"a\"],\"secrets\":[{"
                                   "\"id\":\"s\",\"sha256\":\"x\""
                                   "}],\"rules\":[{\"id\":\"q\",\"issuers\":[\"i\"]}]}",
                                   place->pool));
    assert_true(count > 3);
    assert_string_equal(members[0].path, "name");
    assert_string_equal(members[0].before, "\"C\"");
    assert_string_equal(members[0].after, "\"D\"");
    assert_string_equal(members[1].path, "secrets s.sha256");
    assert_true(members[1].secret);
    assert_null(members[1].before);
    assert_null(members[1].after);
    assert_string_equal(members[2].path, "rules r.id");
    assert_null(members[2].after);
    assert_success(tokex_edit_shown(&shown, "client", CLIENT("c", "C"), place->pool));
    assert_null(strstr(shown, "sha256"));
    assert_holds(shown, "\"sensitive_scopes\":[\"b\"]");
    assert_code(tokex_edit_diff(&members, &count, "nothing", "{}", "{}", place->pool),
                TOKEX_E_NOUN_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_every_kind_is_added_changed_removed_and_restored),
        WITH_PLACE(test_history_has_who_when_why_before_and_after),
        WITH_PLACE(test_history_is_listed_by_kind_and_by_object),
        WITH_PLACE(test_nothing_different_is_no_change),
        WITH_PLACE(test_a_dry_run_judges_and_changes_nothing),
        WITH_PLACE(test_a_late_edit_is_a_conflict),
        WITH_PLACE(test_a_change_from_another_generation_is_a_conflict),
        WITH_PLACE(test_what_others_refer_to_stays),
        WITH_PLACE(test_what_refers_may_go_in_the_same_change),
        WITH_PLACE(test_a_client_is_judged_without_the_others),
        WITH_PLACE(test_refusals_name_field_value_and_remedy),
        WITH_PLACE(test_a_fault_that_was_there_hinders_no_other_change),
        WITH_PLACE(test_secrets_are_kept_and_made),
        WITH_PLACE(test_a_reason_is_one_line),
        WITH_PLACE(test_a_restore_of_what_was_changed_since_is_a_conflict),
        WITH_PLACE(test_a_document_is_one_change_of_what_differs),
        WITH_PLACE(test_differences_name_members_and_no_secret),
    };

    return cmocka_run_group_tests_name("edit/apply", tests, start, stop);
}
