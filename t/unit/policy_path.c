#include "config_fixture.h"

#include "policy/path.h"

/* The names of the path, each in brackets; "refused" when it is none. */
static const char *names(fixture_t *f, const char *text)
{
    tokex_path_t path = {.count = -1};
    const char *shown = "";
    if (!tokex_path_parse(&path, text, f->pool)) {
        assert_int_equal(path.count, -1);
        return "refused";
    }
    for (int i = 0; i < path.count; i++)
        shown = apr_pstrcat(f->pool, shown, "[", path.names[i], "]", NULL);
    return shown;
}

static void test_dots_join_names(void **state)
{
    fixture_t *f = *state;
    assert_string_equal(names(f, "email"), "[email]");
    assert_string_equal(names(f, "address.country"), "[address][country]");
    assert_string_equal(names(f, "a.b.c.d.e.f.g.h"), "[a][b][c][d][e][f][g][h]");
}

static void test_CE_39_an_escaped_dot_belongs_to_the_name(void **state)
{
    fixture_t *f = *state;
    assert_string_equal(names(f, "https://example\\.com/groups"), "[https://example.com/groups]");
    assert_string_equal(names(f, "https://example.com/groups"), "[https://example][com/groups]");
    assert_string_equal(names(f, "a\\\\.b"), "[a\\][b]");
    assert_string_equal(names(f, "a\\\\\\.b"), "[a\\.b]");
    assert_string_equal(names(f, "\\."), "[.]");
}

static void test_what_is_no_path_is_refused(void **state)
{
    static const char *const texts[] = {"",    ".",    "a.",   ".a",   "a..b",
                                        "a\\", "a\\b", "\\\n", "a.\\", "a.b.c.d.e.f.g.h.i"};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(texts); i++)
        assert_string_equal(names(f, texts[i]), "refused");
}

static const char *at(fixture_t *f, const char *claims, const char *text)
{
    const tokex_json_t *node;
    tokex_path_t path;
    claims = json(f, claims);
    assert_null(tokex_json_parse_object(&node, claims, strlen(claims), f->pool));
    assert_true(tokex_path_parse(&path, text, f->pool));
    node = tokex_path_get(&path, node);
    return !node ? "missing" : tokex_json_string(node) ? tokex_json_string(node) : "no text";
}

static void test_CE_39_a_path_leads_to_its_claim(void **state)
{
    static const char claims[] = "{'a':{'b':{'c':'deep'},'l':['x',{'c':'y'}]},'a.b':'flat',"
                                 "'n':null,'https://example.com/groups':'g'}";
    fixture_t *f = *state;
    assert_string_equal(at(f, claims, "a.b.c"), "deep");
    assert_string_equal(at(f, claims, "a\\.b"), "flat");
    assert_string_equal(at(f, claims, "https://example\\.com/groups"), "g");
    assert_string_equal(at(f, claims, "a.b"), "no text");
    assert_string_equal(at(f, claims, "n"), "no text");
    assert_string_equal(at(f, claims, "a.b.c.d"), "missing");
    assert_string_equal(at(f, claims, "a.l.c"), "missing");
    assert_string_equal(at(f, claims, "a.l.0"), "missing");
    assert_string_equal(at(f, claims, "A.b.c"), "missing");
    assert_string_equal(at(f, claims, "n.x"), "missing");
}

static void test_without_claims_everything_is_missing(void **state)
{
    fixture_t *f = *state;
    tokex_path_t path, none = {.count = 0};
    const tokex_json_t *node;
    assert_true(tokex_path_parse(&path, "a", f->pool));
    assert_null(tokex_path_get(&path, NULL));
    assert_null(tokex_json_parse_object(&node, "{}", 2, f->pool));
    assert_null(tokex_path_get(&none, node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_dots_join_names),
        WITH_FIXTURE(test_CE_39_an_escaped_dot_belongs_to_the_name),
        WITH_FIXTURE(test_what_is_no_path_is_refused),
        WITH_FIXTURE(test_CE_39_a_path_leads_to_its_claim),
        WITH_FIXTURE(test_without_claims_everything_is_missing),
    };
    return cmocka_run_group_tests_name("policy/path", tests, start, stop);
}
