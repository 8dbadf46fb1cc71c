#include "policy_fixture.h"

static parts_t with_row(fixture_t *f, const char *members)
{
    parts_t parts = good_parts(f);
    parts.mappings = apr_psprintf(f->pool, "{'id':'m','name':'M','rows':[{'to':'x',%s}]}", members);
    return parts;
}

static const tokex_policy_row_t *row_of(fixture_t *f, const char *members)
{
    parts_t parts = with_row(f, members);
    return tokex_policy_issuer(compile_good(f, &parts), "https://a.example")->mapping->rows;
}

static void refused(fixture_t *f, const char *members, const char *problem)
{
    parts_t parts = with_row(f, members);
    assert_only_error(f, &parts, apr_pstrcat(f->pool, "row \"m/#1\": field ", problem, NULL));
}

static void test_a_row_of_from_and_to_alone_copies_a_claim(void **state)
{
    const tokex_policy_row_t *row = row_of(*state, "'from':'email'");
    assert_int_equal(row->source, TOKEX_SOURCE_SUBJECT);
    assert_int_equal(row->transform, TOKEX_TRANSFORM_COPY);
    assert_int_equal(row->type, TOKEX_VALUE_ANY);
    assert_int_equal(row->missing, TOKEX_MISSING_SKIP);
    assert_int_equal(row->path.count, 1);
    assert_string_equal(row->path.names[0], "email");
    assert_string_equal(row->config->to, "x");
}

static void test_CE_39_dots_of_names_are_escaped(void **state)
{
    const tokex_policy_row_t *row =
        row_of(*state, "'from':'https://example\\\\.com/groups','type':'texts'");
    assert_int_equal(row->path.count, 1);
    assert_string_equal(row->path.names[0], "https://example.com/groups");
    assert_int_equal(row->type, TOKEX_VALUE_TEXTS);
    row = row_of(*state, "'source':'actor','from':'org.unit'");
    assert_int_equal(row->path.count, 2);
    refused(*state, "'from':'a..b'", "from: \"a..b\": this is no path to a claim. Join at most 8");
    refused(*state, "'source':'actor','from':'a\\\\b'", "from: \"a\\x5cb\": this is no path");
}

static void test_parameters_properties_and_constants_are_no_paths(void **state)
{
    assert_int_equal(row_of(*state, "'source':'parameter','from':'a..b'")->source,
                     TOKEX_SOURCE_PARAMETER);
    assert_int_equal(row_of(*state, "'source':'client','from':'.tier.'")->source,
                     TOKEX_SOURCE_CLIENT);
    assert_int_equal(row_of(*state, "'source':'constant','from':'\\\\x'")->source,
                     TOKEX_SOURCE_CONSTANT);
}

static void test_every_choice_is_compiled_to_its_own_value(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(row_of(f, "'from':'a','transform':'first','type':'number'")->transform,
                     TOKEX_TRANSFORM_FIRST);
    assert_int_equal(row_of(f, "'from':'a','transform':'split'")->transform, TOKEX_TRANSFORM_SPLIT);
    assert_int_equal(row_of(f, "'from':'a','transform':'join'")->transform, TOKEX_TRANSFORM_JOIN);
    assert_int_equal(row_of(f, "'from':'a','transform':'lower'")->transform, TOKEX_TRANSFORM_LOWER);
    assert_int_equal(
        row_of(f, "'from':'a','transform':'table','table':[{'from':'1','to':'2'}]")->transform,
        TOKEX_TRANSFORM_TABLE);
    assert_int_equal(row_of(f, "'from':'a','type':'text'")->type, TOKEX_VALUE_TEXT);
    assert_int_equal(row_of(f, "'from':'a','type':'number'")->type, TOKEX_VALUE_NUMBER);
    assert_int_equal(row_of(f, "'from':'a','type':'boolean'")->type, TOKEX_VALUE_BOOLEAN);
    assert_int_equal(row_of(f, "'from':'a','if_missing':'refuse'")->missing, TOKEX_MISSING_REFUSE);
    assert_int_equal(row_of(f, "'from':'a','if_missing':'default','default_value':'b'")->missing,
                     TOKEX_MISSING_DEFAULT);
}

static void test_a_parameter_that_carries_a_secret_is_no_source(void **state)
{
    static const char *const names[] = {
        "client_secret",    "subject_token", "actor_token",   "assertion",
        "client_assertion", "refresh_token", "password",      "code",
        "access_token",     "id_token",      "code_verifier", "device_code"};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(names); i++) {
        refused(f, apr_psprintf(f->pool, "'source':'parameter','from':'%s'", names[i]),
                apr_psprintf(f->pool, "from: \"%s\": this parameter carries a token or a secret",
                             names[i]));
        (void)row_of(f, apr_psprintf(f->pool, "'source':'client','from':'%s'", names[i]));
    }
}

static void test_rows_that_can_never_give_their_type_are_refused(void **state)
{
    static const struct {
        const char *members;
        bool possible;
    } rows[] = {
        {"'from':'a','transform':'split','type':'texts'", true},
        {"'from':'a','transform':'split','type':'text'", false},
        {"'from':'a','transform':'split','type':'number'", false},
        {"'from':'a','transform':'join','type':'text'", true},
        {"'from':'a','transform':'join','type':'texts'", false},
        {"'from':'a','transform':'join','type':'boolean'", false},
        {"'from':'a','transform':'first','type':'boolean'", true},
        {"'from':'a','transform':'first','type':'texts'", false},
        {"'from':'a','transform':'lower','type':'texts'", true},
        {"'from':'a','transform':'lower','type':'number'", false},
        {"'from':'a','transform':'copy','type':'boolean'", true},
        {"'source':'parameter','from':'a','type':'text'", true},
        {"'source':'parameter','from':'a','type':'number'", false},
        {"'source':'client','from':'a','type':'boolean'", false},
        {"'source':'constant','from':'a','type':'texts'", false},
        {"'source':'parameter','from':'a','transform':'split','type':'texts'", true},
        {"'source':'parameter','from':'a','transform':'lower','type':'texts'", false},
    };
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(rows); i++)
        if (rows[i].possible)
            (void)row_of(f, rows[i].members);
        else
            refused(f, rows[i].members, "type: \"");
}

static void test_transforms_of_lists_need_a_source_of_lists(void **state)
{
    refused(*state, "'source':'parameter','from':'a','transform':'first'",
            "transform: \"first\": it works on lists");
    refused(*state, "'source':'constant','from':'a','transform':'join'",
            "transform: \"join\": it works on lists");
}

static void test_a_table_goes_with_its_transform(void **state)
{
    fixture_t *f = *state;
    refused(f, "'from':'a','table':[{'from':'1','to':'2'}]",
            "table: only the transform table reads a table.");
    refused(f, "'from':'a','transform':'table'", "table: the table is empty.");
    read_bad(f, json(f, "{'schema':1,'mappings':[{'id':'m','name':'M','rows':[{'from':'a','to':'b',"
                        "'transform':'table','table':[{'from':'1','to':'2'},{'from':'1','to':'3'}]"
                        "}]}]}"));
    assert_error(f, "pair \"m/#1/1\": field from: another pair has this from already.");
}

static void test_a_default_value_goes_with_if_missing_default(void **state)
{
    refused(*state, "'from':'a','default_value':'b'",
            "default_value: \"b\": only if_missing default reads a default value.");
    refused(*state, "'from':'a','if_missing':'refuse','default_value':'b'",
            "default_value: \"b\": only if_missing default reads");
    refused(*state, "'from':'a','if_missing':'default'",
            "default_value: the default value is missing.");
    refused(*state, "'from':'a','if_missing':'default','default_value':'1','type':'number'",
            "default_value: \"1\": the default value is a text");
}

static void test_unknown_choices_are_refused(void **state)
{
    static const char head[] = "{'schema':1,'mappings':[{'id':'m','name':'M','rows':[{'from':'a',"
                               "'to':'b',";
    fixture_t *f = *state;
    read_bad(f, json(f, apr_pstrcat(f->pool, head,
                                    "'source':'session','transform':'regex','type':'list',"
                                    "'if_missing':'guess'}]}]}",
                                    NULL)));
    assert_error(f, "row \"m/#1\": field source: \"session\": this is none of the values");
    assert_error(f, "field transform: \"regex\": this is none of the values");
    assert_error(f, "field type: \"list\": this is none of the values");
    assert_error(f, "field if_missing: \"guess\": this is none of the values");
    assert_int_equal(f->faults->error_count, 4);
}

static void test_reserved_claims_cannot_be_mapped_to(void **state)
{
    static const char *const claims[] = {
        "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "scp",
        "acr", "amr", "idp", "aid", "tid", "st",  "act", "may_act",   "cnf"};
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    for (int i = 0; i < COUNT(claims); i++) {
        parts.mappings = apr_psprintf(
            f->pool, "{'id':'m','name':'M','rows':[{'from':'x','to':'y'},{'from':'x','to':'%s'}]}",
            claims[i]);
        assert_only_error(f, &parts,
                          apr_psprintf(f->pool,
                                       "row \"m/#2\": field to: \"%s\": this claim has a "
                                       "meaning of its own",
                                       claims[i]));
    }
    parts.mappings = "{'id':'m','name':'M','rows':[{'from':'sub','to':'groups'},"
                     "{'from':'groups','to':'groups'}]}";
    assert_only_error(f, &parts, "row \"m/#2\": field to: \"groups\": another row");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_a_row_of_from_and_to_alone_copies_a_claim),
        WITH_FIXTURE(test_CE_39_dots_of_names_are_escaped),
        WITH_FIXTURE(test_parameters_properties_and_constants_are_no_paths),
        WITH_FIXTURE(test_every_choice_is_compiled_to_its_own_value),
        WITH_FIXTURE(test_a_parameter_that_carries_a_secret_is_no_source),
        WITH_FIXTURE(test_rows_that_can_never_give_their_type_are_refused),
        WITH_FIXTURE(test_transforms_of_lists_need_a_source_of_lists),
        WITH_FIXTURE(test_a_table_goes_with_its_transform),
        WITH_FIXTURE(test_a_default_value_goes_with_if_missing_default),
        WITH_FIXTURE(test_unknown_choices_are_refused),
        WITH_FIXTURE(test_reserved_claims_cannot_be_mapped_to),
    };
    return cmocka_run_group_tests_name("policy/compile_mapping", tests, start, stop);
}
