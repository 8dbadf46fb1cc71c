#include "policy_fixture.h"

#include "keys/issuer_keys.h"

static void
test_a_sound_configuration_compiles_without_a_word_but_the_missing_signing_key(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_t *policy = compile_good(f, &parts);
    const tokex_policy_issuer_t *a = tokex_policy_issuer(policy, "https://a.example");
    const tokex_policy_client_t *c = tokex_policy_client(policy, "c");
    assert_int_equal(f->faults->count, 2);
    assert_warning(f, "issuer \"b\": field keys: the issuer has no key");
    assert_warning(f, "document: field signing_keys: there is no signing key");
    assert_string_equal(a->config->id, "a");
    assert_int_equal(a->token_types,
                     TOKEX_TYPE_ACCESS_TOKEN | TOKEX_TYPE_JWT | TOKEX_TYPE_ID_TOKEN);
    assert_int_equal(a->algs, TOKEX_ALG_BIT(TOKEX_ALG_RS256) | TOKEX_ALG_BIT(TOKEX_ALG_ES256) |
                                  TOKEX_ALG_BIT(TOKEX_ALG_EDDSA) | TOKEX_ALG_BIT(TOKEX_ALG_PS256));
    assert_int_equal(a->typ, TOKEX_TYP_ANY);
    assert_int_equal(a->number, 0);
    assert_null(a->keys);
    assert_string_equal(a->mapping->rows[0].config->to, "mail");
    assert_true(c->may_exchange);
    assert_int_equal(c->secret_count, 1);
    assert_int_equal(c->secrets[0].sha256[0], 0);
    assert_int_equal(c->secrets[0].sha256[31], 1);
    assert_int_equal(c->scopes.count, 2);
    assert_int_equal(c->rule_count, 1);
    assert_ptr_equal(c->rules[0].issuers[0], a);
    assert_ptr_equal(c->rules[0].default_target, tokex_policy_audience(policy, "orders"));
}

static void test_the_example_compiles(void **state)
{
    fixture_t *f = *state;
    apr_size_t len;
    const tokex_config_t *config = read_good(f, source_file(f, "t/data/example.json", &len));
    tokex_client_t *client = apr_pmemdup(f->pool, config->clients, sizeof(*client));
    tokex_config_t *made;
    tokex_secret_t secret = config->clients[0].secrets[0];
    /* What an import does with a secret that is to be made. */
    assert_true(secret.generate);
    secret.generate = false;
    secret.sha256 = SHA_1;
    client->secrets = &secret;
    made = apr_pmemdup(f->pool,
                       tokex_normalise_config(config, NOW, f->crypt, f->faults, f->pool, f->pool),
                       sizeof(*made));
    made->clients = client;
    assert_non_null(compile_config(f, made));
    assert_int_equal(f->faults->count, 1);
    assert_warning(f, "there is no signing key");
}

static void test_AS_4_lookups_compare_octet_by_octet(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_t *policy = compile_good(f, &parts);
    assert_non_null(tokex_policy_issuer(policy, "https://a.example"));
    assert_null(tokex_policy_issuer(policy, "https://a.example/"));
    assert_null(tokex_policy_issuer(policy, "https://A.example"));
    assert_null(tokex_policy_issuer(policy, "a"));
    assert_non_null(tokex_policy_client(policy, "c"));
    assert_null(tokex_policy_client(policy, "C"));
    assert_null(tokex_policy_client(policy, ""));
}

static void test_targets_are_found_by_id_audience_and_resource(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_t *policy = compile_good(f, &parts);
    const tokex_policy_target_t *orders = tokex_policy_audience(policy, "orders");
    assert_non_null(orders);
    assert_ptr_equal(tokex_policy_audience(policy, "https://orders.example"), orders);
    assert_ptr_equal(tokex_policy_resource(policy, "https://orders.example/v1"), orders);
    assert_ptr_equal(tokex_policy_resource(policy, "urn:orders"), orders);
    assert_null(tokex_policy_resource(policy, "https://orders.example"));
    assert_null(tokex_policy_resource(policy, "orders"));
    assert_null(tokex_policy_audience(policy, "urn:orders"));
    assert_null(tokex_policy_audience(policy, "Orders"));
}

static void test_AS_3_names_are_unique(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example'},"
                    "{'id':'b','name':'A','issuer':'https://b.example'}";
    parts.mappings = parts.targets = parts.clients = "";
    assert_only_error(f, &parts,
                      "issuer \"b\": field name: \"A\": the issuer \"a\" has this name already.");
    parts = good_parts(f);
    parts.clients = CLIENT_OF("") ",{'id':'d','name':'C'}";
    assert_only_error(f, &parts, "client \"d\": field name: \"C\": the client \"c\" has this name");
    parts = good_parts(f);
    parts.targets = TARGETS ",{'id':'t','name':'Bills','audience':'t'}";
    assert_only_error(f, &parts, "target \"t\": field name: \"Bills\"");
    parts = good_parts(f);
    parts.mappings = "{'id':'m','name':'M'},{'id':'n','name':'M'}";
    assert_only_error(f, &parts, "mapping \"n\": field name: \"M\"");
}

static void test_one_iss_belongs_to_one_issuer(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example'},"
                    "{'id':'b','name':'B','issuer':'https://a.example'}";
    assert_only_error(f, &parts,
                      "issuer \"b\": field issuer: \"https://a.example\": the issuer "
                      "\"a\" has this URL already.");
}

static void with_url(parts_t *parts, fixture_t *f, const char *url)
{
    *parts = good_parts(f);
    parts->issuers =
        apr_psprintf(f->pool, "{'id':'a','name':'A','issuer':'%s','keys':[{'jwk':%s}]}", url,
                     new_jwk(f, "ES256", NULL));
}

static void test_only_https_urls_are_issuers(void **state)
{
    static const char *const wrong[] = {
        "javascript:alert(1)",
        "http://a.example",
        "ftp://a.example",
        "urn:a",
        "https://",
        "https:///x",
        "https://a.example?x",
        "https://a.example:0",
        "https://a.example:65536",
        "https://a.example:x",
        "https://[::1",
        "http://localhost.evil.example",
        "http://127.0.0.1.x",
        "https://a.example:80:80/x",
        "HTTPS://a.example",
        "https://:443",
        "http://local",
        "https://a.example/x?y",

        "http://127.0.0.2",
        "https://[::1]x",
    };
    static const char *const right[] = {"https://a.example", "https://a.example:8443/x/y",
                                        "https://[2001:db8::1]:443/"};
    fixture_t *f = *state;
    parts_t parts;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        with_url(&parts, f, wrong[i]);
        parts.clients = CLIENT_OF(RULE);
        assert_only_error(f, &parts, "issuer \"a\": field issuer: ");
    }
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        with_url(&parts, f, right[i]);
        compile_good(f, &parts);
        assert_int_equal(f->faults->count, 1);
    }
}

static void test_http_is_for_loopback_hosts_and_warned_of(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:8080/idp", "http://[::1]",
                                       "http://localhost/"};
    fixture_t *f = *state;
    parts_t parts;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        with_url(&parts, f, urls[i]);
        compile_good(f, &parts);
        assert_warning(f, "this issuer is reached without TLS");
    }
}

static void test_our_own_issuer_url_is_no_foreign_issuer(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    const tokex_policy_t *policy = NULL;
    with_url(&parts, f, "https://us.example");
    assert_only_error(f, &parts, "this is our own issuer URL");
    /* On a host that does not know which server it is for, nothing is said. */
    forget(f);
    assert_null(tokex_policy_compile(&policy, read_parts(f, &parts), NULL, NOW, f->crypt, f->faults,
                                     f->pool, f->pool));
}

static void test_twins_that_differ_by_a_slash_are_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example/'},"
                    "{'id':'b','name':'B','issuer':'https://a.example'}";
    compile_good(f, &parts);
    assert_warning(f, "issuer \"a\": field issuer: \"https://a.example/\": the URL of the issuer "
                      "\"b\" differs by the last slash only.");
}

static void with_keys(parts_t *parts, fixture_t *f, const char *algorithms, const char *keys)
{
    *parts = good_parts(f);
    parts->issuers = apr_psprintf(f->pool,
                                  "{'id':'a','name':'A','issuer':'https://a.example',"
                                  "'algorithms':[%s],'keys':[%s]}",
                                  algorithms, keys);
}

static const char *pem(fixture_t *f, const char *file)
{
    apr_size_t len;
    const char *text = source_file(f, apr_pstrcat(f->pool, "t/data/config/", file, NULL), &len);
    const char *escaped = "";
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        escaped = apr_psprintf(f->pool, "%s%.*s\\n", escaped, (int)n, line);
        line += n + (line[n] == '\n');
    }
    return apr_psprintf(f->pool, "{'pem':'%s'}", escaped);
}

static void test_AS_9_certificates_serve_as_keys(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    const tokex_policy_t *policy;
    const tokex_key_t *key = NULL;
    const tokex_issuer_keys_t *keys;
    with_keys(&parts, f, "'RS256','ES256'",
              apr_pstrcat(f->pool, pem(f, "rsa.crt"), ",", pem(f, "ec.crt"), NULL));
    policy = compile_good(f, &parts);
    assert_int_equal(f->faults->count, 1);
    assert_null(tokex_issuer_keys_create(&keys, policy, NULL, NULL, f->crypt, f->pool));
    assert_null(tokex_issuer_keys_find(&key, (void *)keys,
                                       tokex_policy_issuer(policy, "https://a.example"), "any",
                                       TOKEX_ALG_RS256, NOW, f->pool));
    assert_string_equal(tokex_jwk_kty(key, NULL), "RSA");
    assert_null(tokex_issuer_keys_find(&key, (void *)keys,
                                       tokex_policy_issuer(policy, "https://a.example"), "any",
                                       TOKEX_ALG_ES256, NOW, f->pool));
    assert_string_equal(tokex_jwk_kty(key, NULL), "EC");
}

static void test_JWK_016_an_expired_certificate_is_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'RS256'", pem(f, "rsa.crt"));
    tokex_policy_judge_keys(read_parts(f, &parts), NULL, 4100000000, f->crypt, f->faults, f->pool);
    assert_int_equal(f->faults->error_count, 0);
    assert_warning(f, "key \"a/#1\": A certificate expired on 2054-");
}

static void test_JWK_016_two_keys_that_no_token_can_tell_apart_are_refused(void **state)
{
    fixture_t *f = *state;
    const char *both = apr_pstrcat(f->pool, pem(f, "rsa.crt"), ",", pem(f, "rsa-next.crt"), NULL);
    parts_t parts;
    with_keys(&parts, f, "'RS256'", both);
    assert_only_error(f, &parts,
                      "issuer \"a\": field keys: several keys without a kid allow the "
                      "same algorithm");
    /* One of them with a kid: a token says which. */
    with_keys(
        &parts, f, "'RS256'",
        apr_psprintf(f->pool, "%s,{'jwk':%s}", pem(f, "rsa.crt"), new_jwk(f, "RS256", "next")));
    compile_good(f, &parts);
}

static void test_one_kid_belongs_to_one_key_of_a_kind(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'ES256'",
              apr_psprintf(f->pool, "{'jwk':%s},{'jwk':%s}", new_jwk(f, "ES256", "k"),
                           new_jwk(f, "ES384", "k")));
    assert_only_error(f, &parts, "issuer \"a\": field keys: \"k\": two keys of one kind have this");
    with_keys(&parts, f, "'ES256'",
              apr_psprintf(f->pool, "{'jwk':%s},{'jwk':%s}", new_jwk(f, "ES256", "k"),
                           new_jwk(f, "EdDSA", "k")));
    compile_good(f, &parts);
}

static void test_keys_that_cannot_be_used_are_faults(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'RS256'", "{'jwk':{'kty':'oct','k':'AAAA'}}");
    assert_only_error(f, &parts, "key \"a/#1\": it is a symmetric key");
    with_keys(&parts, f, "'RS256'", "{'pem':'x'}");
    assert_only_error(f, &parts, "key \"a/#1\": the text is neither");
    with_keys(&parts, f, "'RS256'", "{'der':'x'}");
    assert_only_error(f, &parts, "key \"a/#1\": the key cannot be read");
}

static void test_an_issuer_whose_keys_fit_no_algorithm_is_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'RS256'", apr_psprintf(f->pool, "{'jwk':%s}", new_jwk(f, "ES256", NULL)));
    compile_good(f, &parts);
    assert_warning(f,
                   "issuer \"a\": field keys: no key of the issuer allows one of its algorithms");
    with_keys(&parts, f, "'RS256'", "");
    compile_good(f, &parts);
    assert_warning(f, "issuer \"a\": field keys: the issuer has no key");
}

static void test_keys_are_judged_apart_from_compiling(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_keys(&parts, f, "'RS256'", "{'pem':'x'}");
    forget(f);
    assert_non_null(compile_only(f, read_parts(f, &parts)));
    assert_int_equal(f->faults->error_count, 0);
    assert_only_error(f, &parts, "key \"a/#1\": the text is neither");
}

static void test_issuers_stand_at_their_numbers_and_our_own_tokens_last(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_t *policy = compile_good(f, &parts);
    const tokex_policy_issuer_t *const *issuers;
    const tokex_policy_t *no_server = NULL;
    int count;
    issuers = tokex_policy_issuers(policy, &count);
    assert_int_equal(count, 3);
    for (int i = 0; i < count; i++)
        assert_int_equal(issuers[i]->number, i);
    assert_string_equal(issuers[0]->config->id, "a");
    assert_string_equal(issuers[1]->config->id, "b");
    assert_ptr_equal(issuers[2], tokex_policy_self(policy));
    forget(f);
    assert_null(tokex_policy_compile(&no_server, read_parts(f, &parts), NULL, NOW, f->crypt,
                                     f->faults, f->pool, f->pool));
    (void)tokex_policy_issuers(no_server, &count);
    assert_int_equal(count, 2);
}

static void test_AS_5_aliases_token_types_and_typ_are_compiled(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_issuer_t *issuer;
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example','token_types':['jwt'],"
                    "'algorithms':['EdDSA'],'typ':'at+jwt','audiences':['alias','https://x']},"
                    "{'id':'b','name':'B','issuer':'https://b.example','typ':'jwt',"
                    "'token_types':['id_token','access_token']}";
    issuer = tokex_policy_issuer(compile_good(f, &parts), "https://a.example");
    assert_int_equal(issuer->token_types, TOKEX_TYPE_JWT);
    assert_int_equal(issuer->algs, TOKEX_ALG_BIT(TOKEX_ALG_EDDSA));
    assert_int_equal(issuer->typ, TOKEX_TYP_AT_JWT);
    assert_null(issuer->mapping);
    assert_string_equal(issuer->config->audiences.items[0], "alias");
    issuer = tokex_policy_issuer(compile_good(f, &parts), "https://b.example");
    assert_int_equal(issuer->token_types, TOKEX_TYPE_ID_TOKEN | TOKEX_TYPE_ACCESS_TOKEN);
    assert_int_equal(issuer->typ, TOKEX_TYP_JWT);
}

static void test_reserved_claims_cannot_be_mapped_to(void **state)
{
    static const char *const claims[] = {
        "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "scp",
        "acr", "amr", "idp", "aid", "tid", "st",  "act", "may_act",   "cnf"};
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
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

static void test_scopes_of_sessions_are_never_ours(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.scopes = "{'id':'read'},{'id':'write'},{'id':'bill'},{'id':'openid'}";
    assert_only_error(f, &parts, "scope \"openid\": field id: this scope is never granted");
    parts.scopes = "{'id':'read'},{'id':'write'},{'id':'bill'},{'id':'offline_access'}";
    assert_only_error(f, &parts, "scope \"offline_access\": field id");
}

static void test_references_that_lead_nowhere_are_refused(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = apr_pstrcat(f->pool, parts.issuers,
                                ",{'id':'x','name':'X','issuer':'https://x.example',"
                                "'mapping':'nomap'}",
                                NULL);
    parts.targets = TARGETS ",{'id':'t','name':'T','audience':'t','scopes':['noscope1']}";
    parts.clients = "{'id':'c','name':'C','scopes':['noscope2'],'rules':[{'id':'r',"
                    "'issuers':['a','noissuer'],'targets':['notarget','orders'],"
                    "'default_target':'bills','scopes_when_absent':['noscope3']}]}";
    assert_null(compile(f, &parts));
    assert_error(f, "issuer \"x\": field mapping: \"nomap\": there is no such mapping. Add it to "
                    "`mappings`, or take it out here.");
    assert_error(f, "target \"t\": field scopes: \"noscope1\": there is no such scope.");
    assert_error(f, "client \"c\": field scopes: \"noscope2\": there is no such scope.");
    assert_error(f, "rule \"c/r\": field issuers: \"noissuer\": there is no such issuer.");
    assert_error(f, "rule \"c/r\": field targets: \"notarget\": there is no such target.");
    assert_error(f, "rule \"c/r\": field default_target: \"bills\": the default target is none of "
                    "the rule's targets.");
    assert_error(f,
                 "rule \"c/r\": field scopes_when_absent: \"noscope3\": there is no such scope.");
    assert_int_equal(f->faults->error_count, 7);
}

static void test_audiences_and_resources_mean_one_target(void **state)
{
    static const struct {
        const char *target, *problem;
    } rows[] = {
        {"{'id':'t','name':'T','audience':'bills'}",
         "target \"t\": field audience: \"bills\": the target \"bills\" is called so already."},
        {"{'id':'https:orders','name':'T','audience':'https://orders.example'}",
         "field audience: \"https://orders.example\": the target \"orders\" is called so already."},
        {"{'id':'t','name':'T','audience':'orders'}",
         "target \"t\": field audience: \"orders\": the target \"orders\" is called so already."},
        {"{'id':'u','name':'U','audience':'named'},{'id':'named','name':'N','audience':'n'}",
         "target \"named\": field id: \"named\": the target \"u\" is called so already."},
        {"{'id':'t','name':'T','audience':'t','resources':['urn:orders']}",
         "target \"t\": field resources: \"urn:orders\": the target \"orders\" has this resource"},
    };
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        parts.targets = apr_pstrcat(f->pool, TARGETS, ",", rows[i].target, NULL);
        assert_only_error(f, &parts, rows[i].problem);
    }
}

static void with_secrets(parts_t *parts, fixture_t *f, const char *secrets)
{
    *parts = good_parts(f);
    parts->clients =
        apr_psprintf(f->pool, "{'id':'c','name':'C','secrets':[%s],'rules':[" RULE "]}", secrets);
}

static void test_two_secrets_may_be_valid(void **state)
{
    fixture_t *f = *state;
    const tokex_policy_client_t *c;
    parts_t parts;
    with_secrets(&parts, f,
                 "{'id':'1','sha256':'" SHA_1 "','expires':1900000001},{'id':'2','sha256':'" SHA_2
                 "'}");
    c = tokex_policy_client(compile_good(f, &parts), "c");
    assert_int_equal(c->secret_count, 2);
    assert_int_equal(c->secrets[0].expires, 1900000001);
    assert_int_equal(c->secrets[1].sha256[1], 0xFF);
    assert_int_equal(c->secrets[1].expires, 0);
    assert_int_equal(f->faults->count, 2);
}

static void test_a_third_secret_is_refused_wherever_it_comes_from(void **state)
{
    fixture_t *f = *state;
    tokex_secret_t secrets[3] = {
        {.id = "1", .sha256 = SHA_1}, {.id = "2", .sha256 = SHA_2}, {.id = "3", .sha256 = SHA_1}};
    tokex_client_t client = {.id = "c", .name = "C", .secrets = secrets, .secret_count = 3};
    tokex_config_t config = {.clients = &client, .client_count = 1};
    assert_null(compile_config(f, &config));
    assert_error(f, "client \"c\": field secrets: the list has 3 elements and may have at most 2");
}

static void test_secrets_without_a_value_are_refused(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_secrets(&parts, f, "{'id':'1'}");
    assert_only_error(f, &parts, "secret \"c/1\": field sha256: the secret has no value.");
    with_secrets(&parts, f, "{'id':'1','generate':true}");
    assert_only_error(f, &parts, "secret \"c/1\": field sha256: the secret has no value.");
    with_secrets(&parts, f, "{'id':'1','sha256':'" SHA_1 "'},{'id':'2','sha256':'" SHA_1 "'}");
    assert_only_error(f, &parts, "secret \"c/2\": field sha256: the client has the same secret");
    assert_null(strstr(all_faults(f), SHA_1));
}

static void test_secrets_and_clients_that_lead_nowhere_are_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts;
    with_secrets(&parts, f, "{'id':'1','sha256':'" SHA_1 "','expires':1900000000}");
    compile_good(f, &parts);
    assert_warning(f, "secret \"c/1\": field expires: the time of this secret has ended.");
    with_secrets(&parts, f, "");
    compile_good(f, &parts);
    assert_warning(f, "client \"c\": field secrets: the client has no secret");
    parts.clients = "{'id':'c','name':'C','rules':[{'id':'r','enabled':false,'issuers':['a'],"
                    "'targets':['orders']}]}";
    compile_good(f, &parts);
    assert_warning(f, "client \"c\": field rules: the client has no rule that is switched on");
}

static void test_CU_3_exchange_is_a_grant_type_of_the_client(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.clients = "{'id':'c','name':'C','grant_types':[],'rules':[" RULE "]},"
                    "{'id':'d','name':'D','grant_types':['" GRANT "'],'rules':[" RULE "]}";
    assert_false(tokex_policy_client(compile_good(f, &parts), "c")->may_exchange);
    assert_true(tokex_policy_client(compile_good(f, &parts), "d")->may_exchange);
}

static const char *signing_key(fixture_t *f, const char *kid, const char *state, const char *more)
{
    return apr_psprintf(f->pool, "{'kid':'%s','algorithm':'ES256','state':'%s','public_jwk':%s%s}",
                        kid, state, new_jwk(f, "ES256", kid), more);
}

static void test_exactly_one_signing_key_is_active(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const char *one = signing_key(f, "-1", "active", ",'sealed':'1.x'");
    const char *two = signing_key(f, "_2", "active", ",'sealed':'1.x'");
    const char *old = signing_key(f, "3", "retired", "");
    parts.signing_keys = apr_pstrcat(f->pool, one, ",", old, NULL);
    compile_good(f, &parts);
    assert_int_equal(f->faults->count, 1);
    parts.signing_keys = apr_pstrcat(f->pool, one, ",", two, NULL);
    assert_only_error(f, &parts, "document: field signing_keys: 2 signing keys are active.");
    parts.signing_keys = old;
    assert_only_error(f, &parts, "document: field signing_keys: 0 signing keys are active.");
}

static void test_signing_keys_are_what_they_say(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.signing_keys = signing_key(f, "k", "active", "");
    assert_only_error(f, &parts, "signing_key \"k\": field sealed: the active key has no private");
    parts.signing_keys = apr_psprintf(
        f->pool, "{'kid':'k','algorithm':'ES384','state':'active','public_jwk':%s,'sealed':'1.x'}",
        new_jwk(f, "ES256", "k"));
    assert_only_error(f, &parts, "signing_key \"k\": field algorithm: \"ES384\": the key does not");
    parts.signing_keys = apr_psprintf(
        f->pool, "{'kid':'k','algorithm':'ES256','state':'active','public_jwk':%s,'sealed':'1.x'}",
        new_jwk(f, "ES256", "other"));
    assert_only_error(f, &parts, "signing_key \"k\": field public_jwk: the kid of the JWK");
    parts.signing_keys = "{'kid':'k','algorithm':'ES256','state':'active','public_jwk':{},"
                         "'sealed':'1.x'}";
    assert_only_error(f, &parts, "signing_key \"k\": field public_jwk: the JSON object is neither");
    parts.signing_keys = "{'kid':'k','algorithm':'ES256','state':'active',"
                         "'public_jwk':{'keys':[]},'sealed':'1.x'}";
    assert_only_error(f, &parts, "signing_key \"k\": field public_jwk: exactly one JWK");
}

/* What a damaged database could hold: no text anywhere. */
static void test_objects_without_any_value_are_faults_and_no_crash(void **state)
{
    static const char *const nothing[] = {NULL};
    fixture_t *f = *state;
    tokex_issuer_key_t key = {.jwk = NULL};
    tokex_issuer_t issuer = {.token_types = {nothing, 1},
                             .algorithms = {nothing, 1},
                             .audiences = {nothing, 1},
                             .jwks_urls = {nothing, 1},
                             .keys = &key,
                             .key_count = 1};
    tokex_mapping_row_t row = {.from = NULL};
    tokex_mapping_t mapping = {.rows = &row, .row_count = 1};
    tokex_scope_t scope = {.id = NULL};
    tokex_target_t target = {.resources = {nothing, 1}, .scopes = {nothing, 1}};
    tokex_secret_t secret = {.sha256 = "x"};
    tokex_rule_t rule = {.issuers = {nothing, 1},
                         .targets = {nothing, 1},
                         .default_target = "x",
                         .scopes_when_absent = {nothing, 1}};
    tokex_client_t client = {.grant_types = {nothing, 1},
                             .scopes = {nothing, 1},
                             .secrets = &secret,
                             .secret_count = 1,
                             .rules = &rule,
                             .rule_count = 1};
    tokex_signing_key_t signing = {.kid = NULL};
    tokex_config_t config = {&issuer, 1, &mapping, 1, &scope,   1,
                             &target, 1, &client,  1, &signing, 1};
    assert_null(compile_config(f, &config));
    assert_true(f->faults->error_count > 20);
    assert_error(f, "key \"#1/#1\": exactly one member is needed");
    assert_error(f, "secret \"#1/#1\": field sha256: this is no SHA-256");
}

static void test_faults_of_all_steps_are_listed_together(void **state)
{
    fixture_t *f = *state;
    parts_t parts = {.issuers = "{'id':'a','name':'A','issuer':'http://a.example'}",
                     .mappings = "{'id':'m','name':'M','rows':[{'from':'x','to':'sub'}]}",
                     .scopes = "{'id':'openid'}",
                     .targets = "{'id':'t','name':'T','audience':'t','scopes':['x']}",
                     .clients = "{'id':'c','name':'C','scopes':['x']}",
                     .signing_keys =
                         "{'kid':'k','algorithm':'ES256','state':'retired','public_jwk':{}}"};
    assert_null(compile(f, &parts));
    assert_int_equal(f->faults->error_count, 7);
    assert_int_equal(f->faults->count, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(
            test_a_sound_configuration_compiles_without_a_word_but_the_missing_signing_key),
        WITH_FIXTURE(test_the_example_compiles),
        WITH_FIXTURE(test_AS_4_lookups_compare_octet_by_octet),
        WITH_FIXTURE(test_targets_are_found_by_id_audience_and_resource),
        WITH_FIXTURE(test_AS_3_names_are_unique),
        WITH_FIXTURE(test_one_iss_belongs_to_one_issuer),
        WITH_FIXTURE(test_only_https_urls_are_issuers),
        WITH_FIXTURE(test_http_is_for_loopback_hosts_and_warned_of),
        WITH_FIXTURE(test_our_own_issuer_url_is_no_foreign_issuer),
        WITH_FIXTURE(test_twins_that_differ_by_a_slash_are_warned_of),
        WITH_FIXTURE(test_AS_9_certificates_serve_as_keys),
        WITH_FIXTURE(test_JWK_016_an_expired_certificate_is_warned_of),
        WITH_FIXTURE(test_JWK_016_two_keys_that_no_token_can_tell_apart_are_refused),
        WITH_FIXTURE(test_one_kid_belongs_to_one_key_of_a_kind),
        WITH_FIXTURE(test_keys_that_cannot_be_used_are_faults),
        WITH_FIXTURE(test_an_issuer_whose_keys_fit_no_algorithm_is_warned_of),
        WITH_FIXTURE(test_keys_are_judged_apart_from_compiling),
        WITH_FIXTURE(test_issuers_stand_at_their_numbers_and_our_own_tokens_last),
        WITH_FIXTURE(test_AS_5_aliases_token_types_and_typ_are_compiled),
        WITH_FIXTURE(test_reserved_claims_cannot_be_mapped_to),
        WITH_FIXTURE(test_scopes_of_sessions_are_never_ours),
        WITH_FIXTURE(test_references_that_lead_nowhere_are_refused),
        WITH_FIXTURE(test_audiences_and_resources_mean_one_target),
        WITH_FIXTURE(test_two_secrets_may_be_valid),
        WITH_FIXTURE(test_a_third_secret_is_refused_wherever_it_comes_from),
        WITH_FIXTURE(test_secrets_without_a_value_are_refused),
        WITH_FIXTURE(test_secrets_and_clients_that_lead_nowhere_are_warned_of),
        WITH_FIXTURE(test_CU_3_exchange_is_a_grant_type_of_the_client),
        WITH_FIXTURE(test_exactly_one_signing_key_is_active),
        WITH_FIXTURE(test_signing_keys_are_what_they_say),
        WITH_FIXTURE(test_objects_without_any_value_are_faults_and_no_crash),
        WITH_FIXTURE(test_faults_of_all_steps_are_listed_together),
    };
    return cmocka_run_group_tests_name("policy/compile", tests, start, stop);
}
