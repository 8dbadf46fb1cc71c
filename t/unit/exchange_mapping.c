#include "exchange_world.h"

/* A row that copies the claim `from`; tests change what they are about. */
static tokex_mapping_row_t *row(world_t *w, const char *source, const char *from, const char *to)
{
    tokex_mapping_row_t *added = &w->rows[w->mappings[0].row_count++];
    *added = (tokex_mapping_row_t){.source = source,
                                   .from = from,
                                   .transform = "copy",
                                   .type = "any",
                                   .if_missing = "skip",
                                   .to = to};
    w->issuers[0].mapping = "people";
    return added;
}

static void gives(world_t *w, const char *to, const char *json)
{
    assert_json(w, issued(w, grant(w)), to, json);
}

static void gives_nothing(world_t *w, const char *to)
{
    assert_null(tokex_json_get(issued(w, grant(w)), to));
}

static const tokex_outcome_t *refuses(world_t *w, tokex_code_t code, const char *found)
{
    const tokex_outcome_t *outcome = refuse(w, code, TOKEX_STEP_CLAIMS);
    assert_string_equal(tokex_err_info(code)->oauth_error, "invalid_request");
    assert_string_equal(last_step(outcome)->object, "mapping");
    assert_string_equal(last_step(outcome)->id, "people");
    assert_non_null(strstr(outcome->err->log_text, "row 1 of mapping \"people\""));
    assert_says(outcome->err->log_text, found);
    return outcome;
}

static void test_CE_39_a_path_goes_into_objects_and_an_escaped_dot_is_part_of_a_name(void **state)
{
    world_t *w = *state;
    row(w, "subject", "address.country", "country");
    row(w, "subject", "https://example\\.com/groups", "groups");
    set_claim(w, "address", "{\"country\":\"CH\"}");
    set_claim(w, "address.country", "\"flat\"");
    set_claim(w, "https://example.com/groups", "[\"a\"]");
    gives(w, "country", "\"CH\"");
    gives(w, "groups", "[\"a\"]");
    set_claim(w, "address", "\"CH\"");
    gives_nothing(w, "country");
}

static void test_actor_claims_are_a_source_and_missing_without_an_actor_token(void **state)
{
    world_t *w = *state;
    row(w, "actor", "email", "sent_by");
    set_claim(w, "email", "\"subject@x\"");
    gives_nothing(w, "sent_by");
    add_actor(w);
    compile_again(w);
    set_actor_claim(w, "email", "\"actor@x\"");
    gives(w, "sent_by", "\"actor@x\"");
}

static void test_CU_22_a_parameter_becomes_a_claim(void **state)
{
    world_t *w = *state;
    row(w, "parameter", "transaction_id", "txn");
    ask_form(w, "transaction_id=12%2034&x=1");
    gives(w, "txn", "\"12 34\"");
    ask_form(w, "transaction_id=");
    gives_nothing(w, "txn");
    w->request.form = NULL;
    gives_nothing(w, "txn");
}

static void test_a_missing_parameter_is_refused_where_the_row_says_so(void **state)
{
    world_t *w = *state;
    row(w, "parameter", "transaction_id", "txn")->if_missing = "refuse";
    ask_form(w, "transaction_id=1234");
    gives(w, "txn", "\"1234\"");
    ask_form(w, "transaction_ids=1");
    refuses(w, TOKEX_E_MAPPING_PARAMETER, "transaction_id");
    assert_string_equal(tokex_err_info(TOKEX_E_MAPPING_PARAMETER)->oauth_error, "invalid_request");
}

static void test_a_parameter_cannot_write_more_than_a_text(void **state)
{
    world_t *w = *state;
    row(w, "parameter", "x", "txn");
    ask_form(w, "x=%22%2C%22scope%22%3A%22admin");
    gives(w, "txn", "\"\\\",\\\"scope\\\":\\\"admin\"");
}

static void test_a_property_of_the_client_becomes_a_claim(void **state)
{
    world_t *w = *state;
    tokex_property_t properties[] = {{"tier", "gold"}, {"cost_centre", "17"}};
    w->clients[0].properties = properties;
    w->clients[0].property_count = COUNT(properties);
    row(w, "client", "cost_centre", "cc");
    row(w, "client", "nothing", "nothing");
    gives(w, "cc", "\"17\"");
    gives_nothing(w, "nothing");
}

static void test_a_constant_is_a_text(void **state)
{
    world_t *w = *state;
    row(w, "constant", "eu-1", "region");
    gives(w, "region", "\"eu-1\"");
}

static void test_first_of_a_list(void **state)
{
    world_t *w = *state;
    row(w, "subject", "v", "to")->transform = "first";
    set_claim(w, "v", "[\"a\",\"b\"]");
    gives(w, "to", "\"a\"");
    set_claim(w, "v", "[7]");
    gives(w, "to", "7");
    set_claim(w, "v", "[]");
    gives_nothing(w, "to");
    set_claim(w, "v", "\"a\"");
    refuses(w, TOKEX_E_MAPPING_TYPE, "found a text");
}

static void test_split_and_join(void **state)
{
    world_t *w = *state;
    tokex_mapping_row_t *r = row(w, "subject", "v", "to");
    r->transform = "split";
    set_claim(w, "v", "\" a  b c \"");
    gives(w, "to", "[\"a\",\"b\",\"c\"]");
    set_claim(w, "v", "\"\"");
    gives(w, "to", "[]");
    set_claim(w, "v", "[\"a\"]");
    refuses(w, TOKEX_E_MAPPING_TYPE, "found a list");
    r->transform = "join";
    compile_again(w);
    set_claim(w, "v", "[\"a\",\"b\"]");
    gives(w, "to", "\"a b\"");
    set_claim(w, "v", "[]");
    gives(w, "to", "\"\"");
    set_claim(w, "v", "[\"a\",1]");
    refuses(w, TOKEX_E_MAPPING_TYPE, "found a list");
    set_claim(w, "v", "\"a\"");
    refuses(w, TOKEX_E_MAPPING_TYPE, "found a text");
}

static void test_lower(void **state)
{
    world_t *w = *state;
    row(w, "subject", "v", "to")->transform = "lower";
    set_claim(w, "v", "\"AbZ\xC3\x84\"");
    gives(w, "to", "\"abz\xC3\x84\"");
    set_claim(w, "v", "[\"A\",\"b\"]");
    gives(w, "to", "[\"a\",\"b\"]");
    set_claim(w, "v", "true");
    refuses(w, TOKEX_E_MAPPING_TYPE, "found yes or no");
}

static void test_table_leaves_out_what_it_lacks(void **state)
{
    static const tokex_pair_t table[] = {{"sales-team", "sales"}, {"it", "admin"}};
    world_t *w = *state;
    tokex_mapping_row_t *r = row(w, "subject", "v", "to");
    r->transform = "table";
    r->table = table;
    r->table_count = COUNT(table);
    set_claim(w, "v", "\"it\"");
    gives(w, "to", "\"admin\"");
    set_claim(w, "v", "\"others\"");
    gives_nothing(w, "to");
    set_claim(w, "v", "[\"others\",\"it\",\"sales-team\"]");
    gives(w, "to", "[\"admin\",\"sales\"]");
    set_claim(w, "v", "[\"others\"]");
    gives_nothing(w, "to");
    set_claim(w, "v", "1");
    refuses(w, TOKEX_E_MAPPING_TYPE, "found a number");
    r->if_missing = "refuse";
    compile_again(w);
    set_claim(w, "v", "\"others\"");
    refuses(w, TOKEX_E_MAPPING_MISSING, "found nothing");
}

static void test_CE_41_a_value_of_another_type_is_refused_and_named(void **state)
{
    static const struct {
        const char *type;
        const char *right;
        const char *wrong[4];
    } cases[] = {
        {"text", "\"x\"", {"1", "true", "[\"x\"]", "null"}},
        {"number", "1.5", {"\"1\"", "false", "[1]", "null"}},
        {"boolean", "false", {"\"true\"", "0", "[true]", "null"}},
        {"texts", "[\"a\",\"b\"]", {"\"a\"", "[\"a\",1]", "{\"a\":\"b\"}", "null"}},
    };
    world_t *w = *state;
    tokex_mapping_row_t *r = row(w, "subject", "v", "to");
    for (int i = 0; i < COUNT(cases); i++) {
        r->type = cases[i].type;
        compile_again(w);
        set_claim(w, "v", cases[i].right);
        gives(w, "to", cases[i].right);
        for (int n = 0; n < 4; n++) {
            set_claim(w, "v", cases[i].wrong[n]);
            assert_non_null(
                strstr(refuses(w, TOKEX_E_MAPPING_TYPE, "found ")->err->log_text, cases[i].type));
        }
    }
}

static void test_missing_skip_default_refuse(void **state)
{
    world_t *w = *state;
    tokex_mapping_row_t *r = row(w, "subject", "v", "to");
    gives_nothing(w, "to");
    r->if_missing = "default";
    r->default_value = "none";
    compile_again(w);
    gives(w, "to", "\"none\"");
    set_claim(w, "v", "\"there\"");
    gives(w, "to", "\"there\"");
    set_claim(w, "v", NULL);
    r->if_missing = "refuse";
    r->default_value = NULL;
    compile_again(w);
    refuses(w, TOKEX_E_MAPPING_MISSING, "found nothing");
    set_claim(w, "v", "\"there\"");
    gives(w, "to", "\"there\"");
}

static void test_a_list_that_a_row_makes_has_its_limit(void **state)
{
    world_t *w = *state;
    char *text = apr_pcalloc(w->pool, 2 * TOKEX_LIMIT_MAPPED_TEXTS + 2);
    tokex_mapping_row_t *r = row(w, "subject", "v", "to");
    r->transform = "split";
    for (int i = 0; i < TOKEX_LIMIT_MAPPED_TEXTS; i++)
        memcpy(text + 1 + 2 * i, "x ", 2);
    text[0] = text[2 * TOKEX_LIMIT_MAPPED_TEXTS] = '"';
    set_claim(w, "v", text);
    grant(w);
    text[2 * TOKEX_LIMIT_MAPPED_TEXTS] = ' ';
    set_claim(w, "v", apr_pstrcat(w->pool, text, "x\"", NULL));
    refuse(w, TOKEX_E_CLAIMS_SIZE, TOKEX_STEP_CLAIMS);
}

static void test_no_value_of_a_token_or_parameter_is_in_the_error(void **state)
{
    world_t *w = *state;
    row(w, "subject", "v", "to")->type = "number";
    set_claim(w, "v", "\"private-value\"");
    assert_null(strstr(refuses(w, TOKEX_E_MAPPING_TYPE, "a text")->err->log_text, "private"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_CE_39_a_path_goes_into_objects_and_an_escaped_dot_is_part_of_a_name),
        WITH_WORLD(test_actor_claims_are_a_source_and_missing_without_an_actor_token),
        WITH_WORLD(test_CU_22_a_parameter_becomes_a_claim),
        WITH_WORLD(test_a_missing_parameter_is_refused_where_the_row_says_so),
        WITH_WORLD(test_a_parameter_cannot_write_more_than_a_text),
        WITH_WORLD(test_a_property_of_the_client_becomes_a_claim),
        WITH_WORLD(test_a_constant_is_a_text),
        WITH_WORLD(test_first_of_a_list),
        WITH_WORLD(test_split_and_join),
        WITH_WORLD(test_lower),
        WITH_WORLD(test_table_leaves_out_what_it_lacks),
        WITH_WORLD(test_CE_41_a_value_of_another_type_is_refused_and_named),
        WITH_WORLD(test_missing_skip_default_refuse),
        WITH_WORLD(test_a_list_that_a_row_makes_has_its_limit),
        WITH_WORLD(test_no_value_of_a_token_or_parameter_is_in_the_error),
    };
    return cmocka_run_group_tests_name("exchange/mapping", tests, make_keys, drop_keys);
}
