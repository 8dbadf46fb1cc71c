#include "policy_fixture.h"

#include <time.h>

#include "policy/condition.h"

static void test_a_glob_compares_whole_texts(void **state)
{
    (void)state;
    assert_true(tokex_condition_glob("", "", false));
    assert_true(tokex_condition_glob("abc", "abc", false));
    assert_false(tokex_condition_glob("abc", "abcd", false));
    assert_false(tokex_condition_glob("abcd", "abc", false));
    assert_false(tokex_condition_glob("abc", "Abc", false));
    assert_false(tokex_condition_glob("", "a", false));
    assert_false(tokex_condition_glob("a", "", false));
}

static void test_stars_stand_for_any_characters_and_question_marks_for_one(void **state)
{
    (void)state;
    assert_true(tokex_condition_glob("*", "", false));
    assert_true(tokex_condition_glob("***", "abc", false));
    assert_true(tokex_condition_glob("*@clients", "x@y@clients", false));
    assert_false(tokex_condition_glob("*@clients", "x@clients.example", false));
    assert_true(tokex_condition_glob("a*b*c", "aXbXbXc", false));
    assert_true(tokex_condition_glob("*ab*ab", "ababab", false));
    assert_false(tokex_condition_glob("*ab*ab*ab*ab", "ababab", false));
    assert_true(tokex_condition_glob("?b?", "abc", false));
    assert_false(tokex_condition_glob("??", "a", false));
    assert_false(tokex_condition_glob("?", "", false));
    assert_true(tokex_condition_glob("*?", "a", false));
    assert_false(tokex_condition_glob("*?", "", false));
}

static void test_a_character_may_have_several_octets(void **state)
{
    (void)state;
    assert_true(tokex_condition_glob("?", "\xC3\xA4", false));
    assert_false(tokex_condition_glob("??", "\xC3\xA4", false));
    assert_false(tokex_condition_glob("*??", "\xF0\x9F\x98\x80", false));
    assert_true(tokex_condition_glob("*\xC3\xA4?", "x\xC3\xA4\xC3\xB6", false));
}

static void test_neither_stands_for_a_slash_unless_said_so(void **state)
{
    (void)state;
    assert_true(tokex_condition_glob("/team/*/lead", "/team/red/lead", false));
    assert_false(tokex_condition_glob("/team/*/lead", "/team/red/sub/lead", false));
    assert_true(tokex_condition_glob("/team/*/lead", "/team/red/sub/lead", true));
    assert_false(tokex_condition_glob("a?b", "a/b", false));
    assert_true(tokex_condition_glob("a?b", "a/b", true));
    assert_false(tokex_condition_glob("*", "a/b", false));
    assert_false(tokex_condition_glob("*b", "/b", false));
    assert_true(tokex_condition_glob("*/*", "a/b", false));
    assert_false(tokex_condition_glob("*/*", "a/b/c", false));
    assert_true(tokex_condition_glob("a*/b", "ax/b", false));
    assert_true(tokex_condition_glob("*a/*b/c", "xa/yb/c", false));
}

/* Every pattern of stars, question marks and letters against every text, beside the definition. */
static bool by_definition(const char *pattern, const char *text, bool across)
{
    if (!*pattern)
        return !*text;
    if (*pattern == '*')
        return by_definition(pattern + 1, text, across) ||
               (*text && (across || *text != '/') && by_definition(pattern, text + 1, across));
    if (!*text || (*pattern == '?' ? *text == '/' && !across : *pattern != *text))
        return false;
    return by_definition(pattern + 1, text + 1, across);
}

static const char *word(char *out, int number, const char *letters, int base)
{
    int len = 0;
    for (; number; number /= base + 1)
        if (number % (base + 1))
            out[len++] = letters[number % (base + 1) - 1];
    out[len] = '\0';
    return out;
}

static void test_a_glob_is_what_its_definition_says(void **state)
{
    char pattern[8], text[8];
    (void)state;
    for (int p = 0; p < 3125; p++)
        for (int t = 0; t < 256; t++) {
            word(pattern, p, "*?a/", 4);
            word(text, t, "ab/", 3);
            for (int across = 0; across < 2; across++)
                if (tokex_condition_glob(pattern, text, across) !=
                    by_definition(pattern, text, across))
                    fail_msg("%s against %s, across %d", pattern, text, across);
        }
}

/* What grows beyond the product of both lengths would not end within the age of the universe. */
static void test_LNK_010_a_hostile_value_costs_the_product_of_both_lengths_at_most(void **state)
{
    fixture_t *f = *state;
    char *pattern = apr_palloc(f->pool, 1024), *text = apr_palloc(f->pool, 64 * 1024);
    clock_t begin = clock();
    for (int i = 0; i < 1023; i++)
        pattern[i] = i % 2 ? '*' : 'a';
    pattern[1021] = '*';
    pattern[1022] = 'b';
    pattern[1023] = '\0';
    memset(text, 'a', 64 * 1024 - 1);
    text[64 * 1024 - 1] = '\0';
    assert_false(tokex_condition_glob(pattern, text, false));
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 2);
}

/* Does the condition, compiled as one of an issuer, hold for the claims? */
static bool holds(fixture_t *f, const char *condition, const char *claims)
{
    parts_t parts = good_parts(f);
    const tokex_policy_issuer_t *issuer;
    const tokex_json_t *node;
    parts.issuers = apr_psprintf(f->pool,
                                 "{'id':'a','name':'A','issuer':'https://a.example',"
                                 "'conditions':[{%s}]}",
                                 condition);
    issuer = tokex_policy_issuer(compile_good(f, &parts), "https://a.example");
    claims = json(f, claims);
    assert_null(tokex_json_parse_object(&node, claims, strlen(claims), f->pool));
    assert_int_equal(issuer->condition_count, 1);
    assert_int_equal(tokex_condition_first(issuer->conditions, 1, node, true) != NULL,
                     tokex_condition_holds(&issuer->conditions[0], node));
    return tokex_condition_holds(&issuer->conditions[0], node);
}

static void test_LNK_010_nothing_in_a_claim_is_a_pattern(void **state)
{
    static const char *const hostile[] = {"*",      "****", "m*", "m.*a",      "^mira$",  "[m]ira",
                                          "(mira)", "mir?", ".*", "mira|root", "${name}", "$1"};
    (void)state;
    for (int i = 0; i < COUNT(hostile); i++)
        assert_false(tokex_condition_glob("mira", hostile[i], true));
}

static void test_is_and_one_of_compare_whole_texts(void **state)
{
    fixture_t *f = *state;
    assert_true(holds(f, "'claim':'a.b','test':'is','values':['x']", "{'a':{'b':'x'}}"));
    assert_false(holds(f, "'claim':'a.b','test':'is','values':['x']", "{'a.b':'x'}"));
    assert_false(holds(f, "'claim':'a','test':'is','values':['x']", "{'a':'X'}"));
    assert_false(holds(f, "'claim':'a','test':'is','values':['x']", "{'a':'x y'}"));
    assert_true(holds(f, "'claim':'a','test':'one_of','values':['x','y']", "{'a':'y'}"));
    assert_false(holds(f, "'claim':'a','test':'one_of','values':['x','y']", "{'a':'z'}"));
}

static void test_glob_minds_slashes_and_glob_path_does_not(void **state)
{
    fixture_t *f = *state;
    assert_true(holds(f, "'claim':'a','test':'glob','values':['z','g/*']", "{'a':'g/x'}"));
    assert_false(holds(f, "'claim':'a','test':'glob','values':['g/*']", "{'a':'g/x/y'}"));
    assert_true(holds(f, "'claim':'a','test':'glob_path','values':['g/*']", "{'a':'g/x/y'}"));
}

static void test_lists_and_words_hold_values(void **state)
{
    static const char any[] = "'claim':'r','test':'any_of','values':['x','y']";
    static const char all[] = "'claim':'r','test':'all_of','values':['x','y']";
    static const char none[] = "'claim':'r','test':'none_of','values':['x','two words']";
    fixture_t *f = *state;
    assert_true(holds(f, any, "{'r':['a','y']}"));
    assert_true(holds(f, any, "{'r':'a  y'}"));
    assert_false(holds(f, any, "{'r':'ay xy'}"));
    assert_false(holds(f, any, "{'r':[]}"));
    assert_true(holds(f, all, "{'r':['y','a','x']}"));
    assert_true(holds(f, all, "{'r':'y x'}"));
    assert_false(holds(f, all, "{'r':['y','y']}"));
    assert_true(holds(f, none, "{'r':['a']}"));
    assert_true(holds(f, none, "{'r':''}"));
    assert_false(holds(f, none, "{'r':'a\\tx'}"));
    assert_false(holds(f, none, "{'r':'two words'}"));
    assert_false(holds(f, none, "{'r':['two words']}"));
}

static void test_what_is_missing_or_of_another_kind_fits_nothing(void **state)
{
    static const char *const claims[] = {"{}",       "{'a':1}",   "{'a':true}",    "{'a':null}",
                                         "{'a':{}}", "{'a':[1]}", "{'a':['x',1]}", "{'a':[['x']]}",
                                         "{'b':'x'}"};
    static const char *const tests[] = {"is",     "one_of", "glob",   "glob_path",
                                        "any_of", "all_of", "same_as"};
    fixture_t *f = *state;
    for (int t = 0; t < COUNT(tests); t++)
        for (int i = 0; i < COUNT(claims); i++)
            assert_false(
                holds(f, apr_psprintf(f->pool, "'claim':'a','test':'%s','values':['x']", tests[t]),
                      claims[i]));
}

static void test_none_of_holds_for_a_missing_claim_and_for_no_other_kind(void **state)
{
    static const char none[] = "'claim':'a','test':'none_of','values':['x']";
    fixture_t *f = *state;
    assert_true(holds(f, none, "{}"));
    assert_true(holds(f, none, "{'b':'x'}"));
    assert_false(holds(f, none, "{'a':null}"));
    assert_false(holds(f, none, "{'a':1}"));
    assert_false(holds(f, none, "{'a':['y',1]}"));
    assert_false(holds(f, none, "{'a':{'x':'y'}}"));
}

static void test_same_as_compares_with_other_claims(void **state)
{
    static const char same[] = "'claim':'sub','test':'same_as','values':['client_id','act.sub']";
    fixture_t *f = *state;
    assert_true(holds(f, same, "{'sub':'x','client_id':'x'}"));
    assert_true(holds(f, same, "{'sub':'x','client_id':'y','act':{'sub':'x'}}"));
    assert_false(holds(f, same, "{'sub':'x','client_id':'y'}"));
    assert_false(holds(f, same, "{'sub':'x','client_id':['x']}"));
    assert_false(holds(f, same, "{'client_id':'x'}"));
}

/* The issuer's marks say of these claims that they are a machine's. */
static bool is_machine(fixture_t *f, const char *members, const char *claims)
{
    parts_t parts = good_parts(f);
    const tokex_policy_issuer_t *issuer;
    const tokex_json_t *node;
    parts.issuers =
        apr_psprintf(f->pool, "{'id':'a','name':'A','issuer':'https://a.example'%s}", members);
    issuer = tokex_policy_issuer(compile_good(f, &parts), "https://a.example");
    claims = json(f, claims);
    assert_null(tokex_json_parse_object(&node, claims, strlen(claims), f->pool));
    return tokex_condition_first(issuer->machine_marks, issuer->machine_mark_count, node, true);
}

static void test_CE_25_the_default_marks_tell_machines(void **state)
{
    fixture_t *f = *state;
    assert_true(is_machine(f, "", "{'sub':'x','gty':'client-credentials'}"));
    assert_true(is_machine(f, "", "{'sub':'abc@clients'}"));
    assert_true(is_machine(f, "", "{'sub':'a/b@clients'}"));
    assert_true(is_machine(f, "", "{'sub':'svc','client_id':'svc'}"));
    assert_true(is_machine(f, "", "{'sub':'svc','client_id':'other','azp':'svc'}"));
    assert_false(is_machine(f, "",
                            "{'sub':'auth0|7','client_id':'app','azp':'app',"
                            "'gty':'password'}"));
    assert_false(is_machine(f, ",'default_machine_marks':false", "{'sub':'abc@clients'}"));
}

static void test_CE_25_marks_of_the_issuer_count_beside_the_default_ones(void **state)
{
    static const char mark[] = "'machine_marks':[{'claim':'kind','test':'is','values':['bot']}]";
    fixture_t *f = *state;
    const char *both = apr_pstrcat(f->pool, ",", mark, NULL);
    const char *own = apr_pstrcat(f->pool, both, ",'default_machine_marks':false", NULL);
    assert_true(is_machine(f, both, "{'kind':'bot'}"));
    assert_true(is_machine(f, both, "{'sub':'abc@clients'}"));
    assert_false(is_machine(f, both, "{'sub':'abc','kind':'user'}"));
    assert_true(is_machine(f, own, "{'kind':'bot'}"));
    assert_false(is_machine(f, own, "{'sub':'abc@clients'}"));
}

/* What a fault says of a condition, with the document accepted but the policy refused. */
static void refused(fixture_t *f, const char *condition, const char *problem)
{
    parts_t parts = good_parts(f);
    parts.issuers = apr_psprintf(f->pool,
                                 "{'id':'a','name':'A','issuer':'https://a.example',"
                                 "'conditions':[{'claim':'x','test':'is','values':['y']},{%s}]}",
                                 condition);
    assert_only_error(f, &parts, problem);
    parts = good_parts(f);
    parts.clients = apr_psprintf(
        f->pool, CLIENT_OF("{'id':'r','issuers':['a'],'targets':['orders'],'conditions':[{%s}]}"),
        condition);
    assert_only_error(f, &parts, strchr(problem, ':'));
    assert_error(f, "condition \"c/r/#1\": field ");
}

static void test_conditions_that_cannot_be_read_are_refused(void **state)
{
    fixture_t *f = *state;
    refused(f, "'claim':'a..b','test':'is','values':['y']",
            "condition \"a/#2\": field claim: \"a..b\": this is no path to a claim. Join at most");
    refused(f, "'claim':'a','test':'is','values':['y','z']",
            "condition \"a/#2\": field values: the test is compares with one value, and 2 are");
    refused(f, "'claim':'a','test':'same_as','values':['y','.z']",
            "condition \"a/#2\": field values: \".z\": this is no path to a claim.");
}

static void test_documents_need_tests_and_values(void **state)
{
    static const char head[] = "{'schema':1,'issuers':[{'id':'a','name':'A','issuer':"
                               "'https://a.example','machine_marks':[{";
    fixture_t *f = *state;
    read_bad(f, json(f, apr_pstrcat(f->pool, head, "'claim':'x','test':'regex','values':[]}]}]}",
                                    NULL)));
    assert_error(f, "machine_mark \"a/#1\": field test: \"regex\": this is none of the values");
    assert_error(f, "machine_mark \"a/#1\": field values: the list has 0 elements");
    read_bad(f, json(f, apr_pstrcat(f->pool, head, "}]}]}", NULL)));
    assert_error(f, "machine_mark \"a/#1\": field claim: the value is missing");
    assert_error(f, "machine_mark \"a/#1\": field test: the value is missing");
    assert_error(f, "machine_mark \"a/#1\": field values: the value is missing");
}

static void test_a_pattern_that_lets_everything_through_is_warned_of(void **state)
{
    fixture_t *f = *state;
    assert_true(holds(f, "'claim':'a','test':'glob','values':['**']", "{'a':'b'}"));
    assert_warning(f, "condition \"a/#1\": field values: \"**\": this pattern lets nearly every");
    assert_false(holds(f, "'claim':'a','test':'is','values':['*']", "{'a':'b'}"));
    assert_null(strstr(all_faults(f), "pattern"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_a_glob_compares_whole_texts),
        WITH_FIXTURE(test_stars_stand_for_any_characters_and_question_marks_for_one),
        WITH_FIXTURE(test_a_character_may_have_several_octets),
        WITH_FIXTURE(test_neither_stands_for_a_slash_unless_said_so),
        WITH_FIXTURE(test_a_glob_is_what_its_definition_says),
        WITH_FIXTURE(test_LNK_010_a_hostile_value_costs_the_product_of_both_lengths_at_most),
        WITH_FIXTURE(test_LNK_010_nothing_in_a_claim_is_a_pattern),
        WITH_FIXTURE(test_is_and_one_of_compare_whole_texts),
        WITH_FIXTURE(test_glob_minds_slashes_and_glob_path_does_not),
        WITH_FIXTURE(test_lists_and_words_hold_values),
        WITH_FIXTURE(test_what_is_missing_or_of_another_kind_fits_nothing),
        WITH_FIXTURE(test_none_of_holds_for_a_missing_claim_and_for_no_other_kind),
        WITH_FIXTURE(test_same_as_compares_with_other_claims),
        WITH_FIXTURE(test_CE_25_the_default_marks_tell_machines),
        WITH_FIXTURE(test_CE_25_marks_of_the_issuer_count_beside_the_default_ones),
        WITH_FIXTURE(test_conditions_that_cannot_be_read_are_refused),
        WITH_FIXTURE(test_documents_need_tests_and_values),
        WITH_FIXTURE(test_a_pattern_that_lets_everything_through_is_warned_of),
    };
    return cmocka_run_group_tests_name("policy/condition", tests, start, stop);
}
