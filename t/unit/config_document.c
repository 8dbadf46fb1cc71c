#include "config_fixture.h"

#include "base/json.h"
#include "base/limits.h"

#define ISSUER "'id':'a','name':'A','issuer':'https://a.example'"
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A document with one issuer that has these members more. */
static const char *with_issuer(fixture_t *f, const char *members)
{
    return json(f, apr_pstrcat(f->pool, "{'schema':1,'issuers':[{" ISSUER, members, "}]}", NULL));
}

static const char *with_client(fixture_t *f, const char *members)
{
    return json(f, apr_pstrcat(f->pool, "{'schema':1,'clients':[{'id':'c','name':'C'", members,
                               "}]}", NULL));
}

static void test_the_smallest_document_is_empty(void **state)
{
    fixture_t *f = *state;
    const tokex_config_t *config = read_good(f, json(f, "{'schema':1}"));
    assert_int_equal(config->issuer_count, 0);
    assert_null(config->issuers);
    assert_int_equal(config->signing_key_count, 0);
}

static void test_defaults_stand_in_for_what_is_left_out(void **state)
{
    fixture_t *f = *state;
    const tokex_config_t *config = read_good(
        f, json(f, "{'schema':1,'issuers':[{" ISSUER "}],"
                   "'targets':[{'id':'t','name':'T','audience':'x'}],"
                   "'clients':[{'id':'c','name':'C','secrets':[{'id':'s','generate':true}],"
                   "'rules':[{'id':'r','issuers':['a'],'targets':['t']}]}]}"));
    const tokex_issuer_t *issuer = &config->issuers[0];
    const tokex_rule_t *rule = &config->clients[0].rules[0];
    assert_true(issuer->enabled);
    assert_int_equal(issuer->token_types.count, 3);
    assert_string_equal(issuer->token_types.items[2], "id_token");
    assert_int_equal(issuer->algorithms.count, 4);
    assert_string_equal(issuer->algorithms.items[0], "RS256");
    assert_string_equal(issuer->algorithms.items[3], "PS256");
    assert_int_equal(issuer->audiences.count, 0);
    assert_string_equal(issuer->typ, "any");
    assert_int_equal(issuer->leeway, 30);
    assert_int_equal(issuer->max_age, 0);
    assert_int_equal(issuer->jwks_urls.count, 0);
    assert_null(issuer->metadata_url);
    assert_int_equal(issuer->keys_refresh, 3600);
    assert_int_equal(issuer->keys_stale, 86400);
    assert_null(issuer->scope_claim);
    assert_null(issuer->mapping);
    assert_int_equal(config->targets[0].lifetime, 300);
    assert_true(config->clients[0].enabled);
    assert_int_equal(config->clients[0].grant_types.count, 1);
    assert_true(config->clients[0].secrets[0].generate);
    assert_null(config->clients[0].secrets[0].sha256);
    assert_true(rule->enabled);
    assert_string_equal(rule->scope_mode, "narrow");
    assert_null(rule->default_target);
    assert_int_equal(rule->lifetime, 0);
    assert_true(issuer->default_machine_marks);
    assert_false(issuer->accept_may_act);
    assert_true(rule->impersonation);
    assert_false(rule->delegation);
    assert_int_equal(rule->max_actors, 4);
}

static void test_the_example_reads_and_survives_writing(void **state)
{
    fixture_t *f = *state;
    apr_size_t len;
    const char *text = source_file(f, "t/data/example.json", &len);
    const tokex_config_t *config = read_good(f, text);
    const char *first = tokex_document_write(config, true, &len, f->pool);
    const char *second;
    assert_int_equal(strlen(first), len);
    assert_int_equal(first[len - 1], '\n');
    second = tokex_document_write(read_good(f, first), true, NULL, f->pool);
    assert_string_equal(first, second);
    assert_string_equal(config->issuers[0].issuer, "https://login.partner.example/");
    assert_string_equal(config->clients[0].rules[0].default_target, "orders");
}

static void test_objects_are_written_by_id_and_rules_as_they_stand(void **state)
{
    fixture_t *f = *state;
    const tokex_config_t *config =
        read_good(f, json(f, "{'schema':1,'scopes':[{'id':'z'},{'id':'b'},{'id':'a'}],"
                             "'clients':[{'id':'c','name':'C',"
                             "'secrets':[{'id':'2'},{'id':'1'}],"
                             "'rules':[{'id':'z','issuers':['i'],'targets':['t']},"
                             "{'id':'a','issuers':['i'],'targets':['t']}]}]}"));
    const char *text = tokex_document_write(config, false, NULL, f->pool);
    const char *a = strstr(text, "\"a\""), *z = strstr(text, "\"z\"");
    const char *rules = strstr(text, "\"rules\"");
    assert_true(a && z && a < z);
    assert_true(strstr(text, "\"1\"") < strstr(text, "\"2\""));
    assert_true(strstr(rules, "\"z\"") < strstr(rules, "\"a\""));
}

static void test_secrets_are_written_only_when_asked_for(void **state)
{
    fixture_t *f = *state;
    const tokex_config_t *config = read_good(
        f, json(f, "{'schema':1,'clients':[{'id':'c','name':'C','secrets':[{'id':'s','sha256':'" SHA
                   "'},{'id':'t','generate':true}]}],"
                   "'signing_keys':[{'kid':'_k','algorithm':'ES256','activates':1,"
                   "'public_jwk':{'kty':'EC'},'sealed':'1.sealed'}]}"));
    const char *plain = tokex_document_write(config, false, NULL, f->pool);
    const char *full = tokex_document_write(config, true, NULL, f->pool);
    assert_null(strstr(plain, SHA));
    assert_null(strstr(plain, "1.sealed"));
    assert_non_null(strstr(full, SHA));
    assert_non_null(strstr(full, "1.sealed"));
    /* An order is carried out once. */
    assert_null(strstr(full, "generate"));
}

static void test_members_of_a_key_are_sorted(void **state)
{
    fixture_t *f = *state;
    const tokex_config_t *config =
        read_good(f, with_issuer(f, ",'keys':[{'jwk':{'y':[2,{'d':1.50,'c':null}],'x':'\\u0041',"
                                    "'kty':true}}]"));
    assert_string_equal(config->issuers[0].keys[0].jwk,
                        json(f, "{'kty':true,'x':'A','y':[2,{'c':null,'d':1.50}]}"));
}

static void gives(fixture_t *f, const char *members, bool signing, bool signing_keys)
{
    const tokex_config_t *config;
    const char *text = json(f, apr_psprintf(f->pool, "{'schema':1%s}", members));
    tokex_document_given_t given = {!signing, !signing_keys};
    assert_null(
        tokex_document_read(&config, &given, text, strlen(text), f->faults, f->pool, f->pool));
    assert_int_equal(given.signing, signing);
    assert_int_equal(given.signing_keys, signing_keys);
}

static void test_the_document_tells_what_it_says_of_signing(void **state)
{
    gives(*state, "", false, false);
    gives(*state, ",'signing_keys':[]", false, true);
    gives(*state, ",'signing':[]", true, false);
}

static void refuses(fixture_t *f, const char *text, const char *part)
{
    read_bad(f, json(f, text));
    assert_error(f, part);
}

static void test_rows_of_signing_have_an_algorithm_each_and_times_within_bounds(void **state)
{
    fixture_t *f = *state;
    const tokex_config_t *config =
        read_good(f, json(f, "{'schema':1,'signing':[{'algorithm':'RS256','preferred':true},"
                             "{'algorithm':'ES256','rotate_every':63244800,'publish_ahead':0}]}"));
    assert_int_equal(config->signing_count, 2);
    assert_true(config->signing[0].preferred);
    assert_int_equal(config->signing[0].rotate_every, 0);
    assert_int_equal(config->signing[0].publish_ahead, 86400);
    assert_int_equal(config->signing[1].publish_ahead, 0);
    refuses(f, "{'schema':1,'signing':[{'algorithm':'RS256'},{'algorithm':'RS256'}]}",
            "signing \"RS256\": field algorithm");
    refuses(f, "{'schema':1,'signing':[{'algorithm':'HS256'}]}", "HS256");
    refuses(f, "{'schema':1,'signing':[{}]}", "field algorithm: the value is missing");
    refuses(f, "{'schema':1,'signing':[{'algorithm':'ES256','rotate_every':63244801}]}",
            "field rotate_every");
    refuses(f, "{'schema':1,'signing':[{'algorithm':'ES256','publish_ahead':2592001}]}",
            "field publish_ahead");
    refuses(f, "{'schema':1,'targets':[{'id':'t','name':'T','audience':'t','algorithm':'none'}]}",
            "field algorithm");
    refuses(f, "{'schema':1,'signing_keys':[{'kid':'k','algorithm':'ES256','public_jwk':{}}]}",
            "field activates: the value is missing");
}

static void test_text_that_is_no_json_object_is_an_error_of_its_own(void **state)
{
    static const char *const texts[] = {"", "{'schema':1", "[]", "{'schema':1,'schema':1}", "1"};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(texts); i++) {
        const tokex_config_t *config = NULL;
        const char *text = json(f, texts[i]);
        const tokex_err_t *err =
            tokex_document_read(&config, NULL, text, strlen(text), f->faults, f->pool, f->pool);
        assert_code(err, TOKEX_E_JSON);
        assert_null(config);
    }
}

static void test_a_document_beyond_the_limit_is_refused_unread(void **state)
{
    fixture_t *f = *state;
    const tokex_config_t *config = NULL;
    const tokex_err_t *err = tokex_document_read(&config, NULL, "{", TOKEX_LIMIT_DOCUMENT + 1,
                                                 f->faults, f->pool, f->pool);
    assert_code(err, TOKEX_E_DOCUMENT);
    assert_error(f, "may have at most");
}

static void test_unknown_members_are_refused_with_the_nearest_name(void **state)
{
    fixture_t *f = *state;
    read_bad(f, with_issuer(f, ",'audiance':['x']"));
    assert_string_equal(all_faults(f),
                        "error: issuer \"a\": field audiance: unknown member `audiance`: did you "
                        "mean `audiences`? Write `audiences`, or leave the member out.\n");
    read_bad(f, with_client(f, ",'rules':[{'id':'r','isuers':['a'],'targets':['t']}]"));
    assert_error(f, "rule \"c/r\": field isuers: unknown member `isuers`: did you mean `issuers`?");
    assert_error(f, "rule \"c/r\": field issuers: the value is missing");
    read_bad(f, json(f, "{'shema':1,'issuer':[]}"));
    assert_error(f, "document: field shema: unknown member `shema`: did you mean `schema`?");
    assert_error(f, "document: field issuer: unknown member `issuer`: did you mean `issuers`?");
    assert_error(f, "document: field schema: the value is missing");
}

static void test_unknown_members_near_nothing_are_refused_with_all_names(void **state)
{
    fixture_t *f = *state;
    read_bad(f, json(f, "{'schema':1,'scopes':[{'id':'a','colour\\n':1}]}"));
    assert_error(
        f, "unknown member `colour\\x0a`. Leave it out. Known members: id, description, sensitive, "
           "roles.");
    read_bad(f, json(f, apr_psprintf(f->pool, "{'schema':1,'%0200d':1}", 0)));
    assert_error(f, "Known members: schema, issuers, ");
}

static void test_members_that_begin_with_a_dollar_are_left_to_editors_at_the_top_only(void **state)
{
    fixture_t *f = *state;
    read_good(f, json(f, "{'$schema':'x','$comment':[],'schema':1}"));
    read_bad(f, with_issuer(f, ",'$comment':'x'"));
    assert_error(f, "unknown member `$comment`");
}

static void test_the_number_of_the_schema_must_be_one(void **state)
{
    static const char *const wrong[] = {"{'schema':2}", "{'schema':'1'}", "{'schema':1.5}",
                                        "{'schema':null}"};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(wrong); i++) {
        read_bad(f, json(f, wrong[i]));
        assert_int_equal(f->faults->count, 1);
        assert_error(f, "document: field schema: this release reads documents of schema 1 only.");
    }
    read_bad(f, "{}");
    assert_error(f, "document: field schema: the value is missing. Add \"schema\": 1.");
}

static void test_every_fault_is_listed(void **state)
{
    fixture_t *f = *state;
    read_bad(f, json(f, "{'schema':1,'issuers':[{'id':'a b','name':'','issuer':'x','leeway':301,"
                        "'algorithms':['HS256','RS256','RS256'],'typ':'jose','enabled':1,"
                        "'keys':[{},5]},7],"
                        "'targets':{},"
                        "'clients':[{'name':'C','scopes':'a','rules':[{'id':'r','issuers':[],"
                        "'targets':[true]}]}]}"));
    assert_error(f, "issuer \"a b\": field id: \"a b\": this is no id.");
    assert_error(f, "issuer \"a b\": field name: \"\": the text is empty.");
    assert_error(f, "issuer \"a b\": field issuer: \"x\": this is no absolute URI.");
    assert_error(f, "issuer \"a b\": field leeway: \"301\": the number is outside 0..300.");
    assert_error(f, "field algorithms: \"HS256\": this is none of the values that are possible "
                    "here. Write one of: RS256, RS384,");
    assert_error(f, "field algorithms: \"RS256\": this stands twice in the list.");
    assert_error(f, "field typ: \"jose\": this is none of the values that are possible here. "
                    "Write one of: any, jwt, at+jwt.");
    assert_error(f, "field enabled: true or false is needed, a number is there.");
    assert_error(f, "key \"a b/#1\": exactly one member is needed, 0 are there. Write one of: "
                    "jwk, pem, jwks, der.");
    assert_error(f, "key \"a b/#2\": an object is needed, a number is there.");
    assert_error(f, "issuer \"#2\": an object is needed, a number is there.");
    assert_error(f, "document: field targets: a list of objects is needed, an object is there.");
    assert_error(f, "client \"#1\": field id: the value is missing.");
    assert_error(f, "client \"#1\": field scopes: a list of texts is needed, a text is there.");
    assert_error(f, "rule \"#1/r\": field issuers: the list has 0 elements and needs at least 1.");
    assert_error(f, "rule \"#1/r\": field targets: a text is needed, true or false is there.");
    assert_int_equal(f->faults->count, 16);
    assert_int_equal(f->faults->error_count, 16);
}

static void test_values_of_another_type_are_refused(void **state)
{
    static const char *const members[] = {
        ",'leeway':'30'",        ",'leeway':1.5",        ",'leeway':null",
        ",'leeway':1e30",        ",'enabled':0",         ",'enabled':'x'",
        ",'audiences':'x'",      ",'audiences':[1]",     ",'typ':[]",
        ",'mapping':{}",         ",'scope_claim':null",  ",'keys':{}",
        ",'keys':[{'jwk':'x'}]", ",'keys':[{'pem':{}}]", ",'keys':[[]]",
    };
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(members); i++) {
        read_bad(f, with_issuer(f, members[i]));
        assert_error(f, "is needed");
        assert_int_equal(f->faults->count, 1);
    }
}

static void test_ids_given_twice_are_refused(void **state)
{
    fixture_t *f = *state;
    read_bad(f, json(f, "{'schema':1,'scopes':[{'id':'a'},{'id':'b'},{'id':'a'}],"
                        "'clients':[{'id':'c','name':'C','rules':["
                        "{'id':'r','issuers':['i'],'targets':['t']},"
                        "{'id':'r','issuers':['i'],'targets':['t']}]}]}"));
    assert_error(f, "scope \"a\": field id: another scope has this id already.");
    assert_error(f, "rule \"c/r\": field id: another rule has this id already.");
    assert_int_equal(f->faults->count, 2);
    read_good((forget(f), f),
              json(f, "{'schema':1,'clients':["
                      "{'id':'c','name':'C','rules':[{'id':'r','issuers':['i'],'targets':['t']}]},"
                      "{'id':'d','name':'D','rules':[{'id':'r','issuers':['i'],'targets':['t']}]}"
                      "]}"));
}

static void test_long_lists_are_searched_for_twins_too(void **state)
{
    fixture_t *f = *state;
    const char *list = "'s0'";
    for (int i = 1; i < 40; i++)
        list = apr_psprintf(f->pool, "%s,'s%d'", list, i);
    read_good(f, with_client(f, apr_psprintf(f->pool, ",'scopes':[%s]", list)));
    read_bad(f, with_client(f, apr_psprintf(f->pool, ",'scopes':[%s,'s7']", list)));
    assert_error(f, "client \"c\": field scopes: \"s7\": this stands twice in the list.");
}

static void test_a_third_secret_is_refused(void **state)
{
    fixture_t *f = *state;
    read_good(f, with_client(f, ",'secrets':[{'id':'1'},{'id':'2'}]"));
    read_bad(f, with_client(f, ",'secrets':[{'id':'1'},{'id':'2'},{'id':'3'}]"));
    assert_error(f, "client \"c\": field secrets: the list has 3 elements and may have at most 2.");
}

static void test_a_digest_is_64_lower_case_digits(void **state)
{
    static const char *const wrong[] = {"hunter2",
                                        "0123456789ABCDEF0123456789abcdef0123456789abc"
                                        "def0123456789abcdef",
                                        SHA "0"};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(wrong); i++) {
        read_bad(f, with_client(f, apr_psprintf(f->pool, ",'secrets':[{'id':'s','sha256':'%s'}]",
                                                wrong[i])));
        assert_error(f, "secret \"c/s\": field sha256: this is no SHA-256.");
    }
}

/* A secret or a private key in the wrong place must not be printed as what is wrong. */
static void test_faults_never_show_secrets_or_keys(void **state)
{
    fixture_t *f = *state;
    read_bad(f, with_client(f, ",'secrets':[{'id':'s','sha256':'hunter2','secret':'hunter2'}]"));
    assert_int_equal(f->faults->count, 2);
    assert_null(strstr(all_faults(f), "hunter2"));
    read_bad(f, with_issuer(f, ",'keys':[{'pem':'\\u0001hunter2'},{'jwk':'hunter2'}]"));
    assert_int_equal(f->faults->count, 2);
    assert_null(strstr(all_faults(f), "hunter2"));
}

static void test_JFX_012_urls_with_userinfo_line_breaks_or_fragments_refused(void **state)
{
    static const struct {
        const char *url, *problem;
    } rows[] = {
        {"https://a@b/", "the URI has a user name in it"},
        {"https://a:b@c.example", "the URI has a user name in it"},
        {"https://a.example/\\r\\nX: y", "white space or other characters"},
        {"https://a.example/x y", "white space or other characters"},
        {"https://a.example/#x", "the URI has a fragment"},
        {"https://a.example/%zz", "white space or other characters"},
        {"https://a.example\\\\@b", "white space or other characters"},
        {"//a.example", "this is no absolute URI"},
        {"https:", "this is no absolute URI"},
        {"1https://a.example", "this is no absolute URI"},
    };
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(rows); i++) {
        read_bad(f, json(f, apr_psprintf(f->pool,
                                         "{'schema':1,'issuers':[{'id':'a','name':'A',"
                                         "'issuer':'%s','jwks_urls':['https://a.example/','%s'],"
                                         "'metadata_url':'%s'}],'targets':[{'id':'t','name':'T',"
                                         "'audience':'x','resources':['%s']}]}",
                                         rows[i].url, rows[i].url, rows[i].url, rows[i].url)));
        assert_int_equal(f->faults->count, 4);
        assert_error(f, rows[i].problem);
        assert_error(f, "issuer \"a\": field jwks_urls: ");
        assert_error(f, "issuer \"a\": field metadata_url: ");
    }
    read_good((forget(f), f),
              json(f, "{'schema':1,'targets':[{'id':'t','name':'T','audience':'x','resources':["
                      "'urn:example:a','https://a.example/b@c','https://[::1]:8/%2F?q=1']}]}"));
}

static void test_places_of_keys_are_bounded(void **state)
{
    fixture_t *f = *state;
    const char *urls = "'https://a.example/0'";
    const tokex_issuer_t *issuer;
    for (int i = 1; i < 8; i++)
        urls = apr_psprintf(f->pool, "%s,'https://a.example/%d'", urls, i);
    issuer = read_good(f, with_issuer(f, apr_psprintf(f->pool,
                                                      ",'jwks_urls':[%s],'keys_refresh':60,"
                                                      "'keys_stale':2592000",
                                                      urls)))
                 ->issuers;
    assert_int_equal(issuer->jwks_urls.count, 8);
    assert_string_equal(issuer->jwks_urls.items[7], "https://a.example/7");
    assert_int_equal(issuer->keys_refresh, 60);
    assert_int_equal(issuer->keys_stale, 2592000);
    read_bad(f,
             with_issuer(f, apr_psprintf(f->pool, ",'jwks_urls':[%s,'https://b.example']", urls)));
    assert_error(f, "field jwks_urls: the list has 9 elements and may have at most 8.");
    read_bad(f, with_issuer(f, ",'jwks_urls':['https://b.example','https://b.example']"));
    assert_error(f, "field jwks_urls: \"https://b.example\": this stands twice in the list.");
    read_bad(f, with_issuer(f, ",'keys_refresh':59,'keys_stale':2592001"));
    assert_error(f, "field keys_refresh: \"59\": the number is outside 60..86400.");
    assert_error(f, "field keys_stale: \"2592001\": the number is outside 0..2592000.");
    read_bad(f, with_issuer(f, ",'keys_refresh':86401"));
    assert_error(f, "field keys_refresh: \"86401\": the number is outside 60..86400.");
}

static void test_lists_of_keys_and_rows_are_bounded(void **state)
{
    fixture_t *f = *state;
    const char *rows = "{'from':'a','to':'b'}", *keys = "{'pem':'x'}";
    for (int i = 0; i < 64; i++) {
        rows = apr_psprintf(f->pool, "%s,{'from':'a','to':'b%d'}", rows, i);
        keys = apr_psprintf(f->pool, "%s,{'pem':'x'}", keys);
    }
    read_bad(f, with_issuer(f, apr_psprintf(f->pool, ",'keys':[%s]", keys)));
    assert_error(f, "may have at most 64");
    read_bad(f, json(f, apr_psprintf(f->pool,
                                     "{'schema':1,'mappings':[{'id':'m','name':'M','rows':[%s]}]}",
                                     rows)));
    assert_error(f, "may have at most 64");
}

static void test_the_published_schema_is_the_one_that_is_made(void **state)
{
    fixture_t *f = *state;
    apr_size_t len, made_len;
    const char *published = source_file(f, "docs/tokex-config.schema.json", &len);
    const char *made = tokex_document_schema(&made_len, f->pool);
    const tokex_json_t *root;
    assert_int_equal(strlen(made), made_len);
    assert_null(tokex_json_parse_object(&root, made, made_len, f->pool));
    assert_string_equal(made, published);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_the_smallest_document_is_empty),
        WITH_FIXTURE(test_defaults_stand_in_for_what_is_left_out),
        WITH_FIXTURE(test_the_example_reads_and_survives_writing),
        WITH_FIXTURE(test_objects_are_written_by_id_and_rules_as_they_stand),
        WITH_FIXTURE(test_secrets_are_written_only_when_asked_for),
        WITH_FIXTURE(test_members_of_a_key_are_sorted),
        WITH_FIXTURE(test_the_document_tells_what_it_says_of_signing),
        WITH_FIXTURE(test_rows_of_signing_have_an_algorithm_each_and_times_within_bounds),
        WITH_FIXTURE(test_text_that_is_no_json_object_is_an_error_of_its_own),
        WITH_FIXTURE(test_a_document_beyond_the_limit_is_refused_unread),
        WITH_FIXTURE(test_unknown_members_are_refused_with_the_nearest_name),
        WITH_FIXTURE(test_unknown_members_near_nothing_are_refused_with_all_names),
        WITH_FIXTURE(test_members_that_begin_with_a_dollar_are_left_to_editors_at_the_top_only),
        WITH_FIXTURE(test_the_number_of_the_schema_must_be_one),
        WITH_FIXTURE(test_every_fault_is_listed),
        WITH_FIXTURE(test_values_of_another_type_are_refused),
        WITH_FIXTURE(test_ids_given_twice_are_refused),
        WITH_FIXTURE(test_long_lists_are_searched_for_twins_too),
        WITH_FIXTURE(test_a_third_secret_is_refused),
        WITH_FIXTURE(test_a_digest_is_64_lower_case_digits),
        WITH_FIXTURE(test_faults_never_show_secrets_or_keys),
        WITH_FIXTURE(test_JFX_012_urls_with_userinfo_line_breaks_or_fragments_refused),
        WITH_FIXTURE(test_places_of_keys_are_bounded),
        WITH_FIXTURE(test_lists_of_keys_and_rows_are_bounded),
        WITH_FIXTURE(test_the_published_schema_is_the_one_that_is_made),
    };
    return cmocka_run_group_tests_name("config/document", tests, start, stop);
}
