#include "policy_fixture.h"

static parts_t with_rule(fixture_t *f, const char *members)
{
    parts_t parts = good_parts(f);
    parts.scopes = "{'id':'read'},{'id':'write'},{'id':'bill'},{'id':'pay','sensitive':true}";
    parts.clients = apr_psprintf(f->pool, CLIENT_OF("{'id':'r','targets':['orders'],%s}"), members);
    return parts;
}

static const tokex_policy_rule_t *rule_of(fixture_t *f, const char *members)
{
    parts_t parts = with_rule(f, members);
    return tokex_policy_client(compile_good(f, &parts), "c")->rules;
}

static void refused(fixture_t *f, const char *members, const char *problem)
{
    parts_t parts = with_rule(f, members);
    assert_only_error(f, &parts, problem);
}

static void test_a_rule_impersonates_and_does_not_delegate_unless_it_says_so(void **state)
{
    const tokex_policy_rule_t *rule = rule_of(*state, "'issuers':['a']");
    assert_true(rule->config->impersonation);
    assert_false(rule->config->delegation);
    assert_false(rule->config->client_as_actor);
    assert_false(rule->config->machine_tokens);
    assert_int_equal(rule->config->max_actors, 4);
    assert_int_equal(rule->scope_mode, TOKEX_SCOPE_NARROW);
    assert_int_equal(rule->actor_count, 0);
    assert_int_equal(rule->condition_count, 0);
    assert_int_equal(rule->sensitive_scopes.count, 0);
}

static void test_actors_are_found_by_their_issuer(void **state)
{
    fixture_t *f = *state;
    const tokex_policy_rule_t *rule =
        rule_of(f, "'issuers':['a'],'delegation':true,'actors':["
                   "{'issuer':'a','subject':'svc-*'},{'issuer':'self','subject':'gate'}]");
    assert_int_equal(rule->actor_count, 2);
    assert_string_equal(rule->actors[0].config->subject, "svc-*");
    assert_string_equal(rule->actors[0].issuer->config->id, "a");
    assert_true(rule->actors[1].issuer->is_self);
    refused(f, "'issuers':['a'],'delegation':true,'actors':[{'issuer':'x','subject':'y'}]",
            "actor \"c/r/#1\": field issuer: \"x\": there is no such issuer.");
    (void)rule_of(f, "'issuers':['a'],'delegation':true,'actors':[{'issuer':'a','subject':'*'}]");
    assert_warning(f, "actor \"c/r/#1\": field subject: \"*\": this pattern lets nearly every");
}

static void test_the_number_of_actors_is_bounded(void **state)
{
    static const char head[] = "{'schema':1,'clients':[{'id':'c','name':'C','rules':[{'id':'r',"
                               "'issuers':['a'],'targets':['t'],'max_actors':";
    fixture_t *f = *state;
    read_bad(f, json(f, apr_pstrcat(f->pool, head, "0}]}]}", NULL)));
    assert_error(f, "rule \"c/r\": field max_actors: \"0\": the number is outside 1..8.");
    read_bad(f, json(f, apr_pstrcat(f->pool, head, "9}]}]}", NULL)));
    assert_error(f, "rule \"c/r\": field max_actors: \"9\": the number is outside 1..8.");
    assert_int_equal(rule_of(f, "'issuers':['a'],'max_actors':8")->config->max_actors, 8);
}

static void test_rights_that_contradict_each_other_are_warned_of(void **state)
{
    fixture_t *f = *state;
    (void)rule_of(f, "'issuers':['a'],'delegation':true");
    assert_warning(f, "rule \"c/r\": field delegation: nobody can be the actor");
    (void)rule_of(f, "'issuers':['a'],'client_as_actor':true");
    assert_warning(f, "rule \"c/r\": field delegation: the rule names actors but does not let");
    (void)rule_of(f, "'issuers':['a'],'impersonation':false");
    assert_warning(f, "rule \"c/r\": field delegation: the rule allows neither");
    (void)rule_of(f, "'issuers':['a'],'delegation':true,'client_as_actor':true");
    assert_null(strstr(all_faults(f), "field delegation"));
}

static void test_CE_29_modes_that_widen_are_warned_of(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(rule_of(f, "'issuers':['a'],'scope_mode':'widen'")->scope_mode,
                     TOKEX_SCOPE_WIDEN);
    assert_warning(f, "rule \"c/r\": field scope_mode: \"widen\": issued tokens may have scopes");
    assert_int_equal(rule_of(f, "'issuers':['a'],'scope_mode':'fallback'")->scope_mode,
                     TOKEX_SCOPE_FALLBACK);
    assert_warning(f, "rule \"c/r\": field scope_mode: \"fallback\": issued tokens may");
    (void)rule_of(f, "'issuers':['a']");
    assert_null(strstr(all_faults(f), "scope_mode"));
}

static void test_sensitive_scopes_of_rules_are_sensitive(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_rule(f, "'issuers':['a'],'sensitive_scopes':['pay']");
    const tokex_policy_t *policy = compile_good(f, &parts);
    int pay = tokex_policy_scope(policy, "pay", 3), read = tokex_policy_scope(policy, "read", 4);
    assert_true(tokex_policy_scope_is_sensitive(policy, pay));
    assert_false(tokex_policy_scope_is_sensitive(policy, read));
    assert_false(tokex_policy_scope_is_sensitive(policy, -1));
    assert_false(tokex_policy_scope_is_sensitive(policy, 4));
    assert_true(
        tokex_policy_scope_in(tokex_policy_client(policy, "c")->rules[0].sensitive_scopes, pay));
    refused(f, "'issuers':['a'],'sensitive_scopes':['read']",
            "rule \"c/r\": field sensitive_scopes: \"read\": this scope is not sensitive");
    refused(f, "'issuers':['a'],'sensitive_scopes':['none']",
            "rule \"c/r\": field sensitive_scopes: \"none\": there is no such scope");
}

static void test_scopes_of_an_issuer_are_mapped_to_ours(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    const tokex_policy_issuer_t *issuer;
    const tokex_policy_t *policy;
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example','scope_map':["
                    "{'from':'https://a.example/r','to':'read'},{'from':'bill','to':'write'}]}";
    policy = compile_good(f, &parts);
    issuer = tokex_policy_issuer(policy, "https://a.example");
    assert_int_equal(issuer->scope_map_count, 2);
    assert_string_equal(issuer->scope_map[0].from, "https://a.example/r");
    assert_int_equal(issuer->scope_map[0].to, tokex_policy_scope(policy, "read", 4));
    assert_int_equal(issuer->scope_map[1].to, tokex_policy_scope(policy, "write", 5));
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example','scope_map':["
                    "{'from':'x','to':'openid'}]}";
    assert_only_error(f, &parts, "scope_row \"a/x\": field to: \"openid\": there is no such scope");
    read_bad(f, json(f, "{'schema':1,'issuers':[{'id':'a','name':'A','issuer':'https://a.example',"
                        "'scope_map':[{'from':'x','to':'a'},{'from':'x','to':'b'}]}]}"));
    assert_error(f, "scope_row \"a/x\": field from: another scope_row has this from already.");
}

static void test_an_issuer_that_names_actors_is_warned_of(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = "{'id':'a','name':'A','issuer':'https://a.example','accept_may_act':true}";
    assert_non_null(compile(f, &parts));
    assert_warning(f, "issuer \"a\": field accept_may_act: this issuer decides with `may_act`");
}

static void test_the_id_self_is_ours(void **state)
{
    fixture_t *f = *state;
    parts_t parts = good_parts(f);
    parts.issuers = apr_pstrcat(f->pool, parts.issuers,
                                ",{'id':'self','name':'S','issuer':'https://s.example'}", NULL);
    assert_only_error(f, &parts, "issuer \"self\": field id: \"self\": rules call our own tokens");
}

static const char *signing_keys(fixture_t *f)
{
    return apr_psprintf(
        f->pool,
        "{'kid':'k1','algorithm':'ES256','activates':1,'public_jwk':%s,'sealed':'1.x'},"
        "{'kid':'k0','algorithm':'EdDSA','activates':1,'retired':1899999999,'public_jwk':%s}",
        new_jwk(f, "ES256", "k1"), new_jwk(f, "EdDSA", "k0"));
}

static void test_our_own_tokens_have_an_issuer_of_their_own(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_rule(f, "'issuers':['a','self']");
    const tokex_policy_issuer_t *self;
    const tokex_policy_t *policy;
    parts.signing_keys = signing_keys(f);
    policy = compile_good(f, &parts);
    self = tokex_policy_self(policy);
    assert_non_null(self);
    assert_true(self->is_self);
    assert_ptr_equal(tokex_policy_issuer(policy, "https://us.example"), self);
    assert_ptr_equal(tokex_policy_client(policy, "c")->rules[0].issuers[1], self);
    assert_string_equal(self->config->id, "self");
    assert_string_equal(self->config->issuer, "https://us.example");
    assert_true(self->config->enabled);
    assert_int_equal(self->config->audiences.count, 0);
    assert_int_equal(self->config->leeway, 0);
    assert_int_equal(self->token_types, TOKEX_TYPE_ACCESS_TOKEN | TOKEX_TYPE_JWT);
    assert_int_equal(self->typ, TOKEX_TYP_AT_JWT);
    assert_int_equal(self->algs, TOKEX_ALG_BIT(TOKEX_ALG_ES256) | TOKEX_ALG_BIT(TOKEX_ALG_EDDSA));
    assert_int_equal(self->keys->count, 2);
    assert_string_equal(tokex_jwk_kid(self->keys->keys[0]), "k1");
    assert_true(self->machine_mark_count > 0);
    assert_false(tokex_policy_issuer(policy, "https://a.example")->is_self);
}

static void test_without_a_server_self_is_a_name_and_no_more(void **state)
{
    fixture_t *f = *state;
    parts_t parts = with_rule(f, "'issuers':['self'],'delegation':true,"
                                 "'actors':[{'issuer':'self','subject':'x'}]");
    const tokex_policy_t *policy = NULL;
    const tokex_policy_rule_t *rule;
    parts.signing_keys = signing_keys(f);
    assert_null(tokex_policy_compile(&policy, read_parts(f, &parts), NULL, NOW, f->crypt, f->faults,
                                     f->pool, f->pool));
    assert_null(tokex_policy_self(policy));
    rule = tokex_policy_client(policy, "c")->rules;
    assert_true(rule->issuers[0]->is_self);
    assert_ptr_equal(rule->actors[0].issuer, rule->issuers[0]);
    assert_int_equal(rule->issuers[0]->keys->count, 0);
    assert_null(rule->issuers[0]->config->issuer);
}

static void test_properties_of_clients_have_unique_names(void **state)
{
    fixture_t *f = *state;
    const tokex_config_t *config =
        read_good(f, json(f, "{'schema':1,'clients':[{'id':'c','name':'C','properties':["
                             "{'name':'cost centre','value':'12'},{'name':'tier','value':'gold'}]"
                             "}]}"));
    assert_int_equal(config->clients[0].property_count, 2);
    assert_string_equal(config->clients[0].properties[0].value, "12");
    read_bad(f, json(f, "{'schema':1,'clients':[{'id':'c','name':'C','properties':["
                        "{'name':'tier','value':'1'},{'name':'tier','value':'2'}]}]}"));
    assert_error(f, "property \"c/tier\": field name: another property has this name already.");
}

/* Procedures stand in a document of their own place, so the parts are read with one more list. */
static const tokex_policy_t *with_procedure(fixture_t *f, const char *procedure,
                                            const char *members, const char *of_client)
{
    parts_t parts = good_parts(f);
    const char *text;
    parts.scopes = "{'id':'read'},{'id':'write'},{'id':'bill'},{'id':'pay','sensitive':true}";
    text = apr_psprintf(
        f->pool,
        "{'schema':1,'issuers':[%s],'mappings':[%s],'scopes':[%s],'targets':[%s],"
        "'procedures':[%s],'clients':[{'id':'c','name':'C','scopes':['bill','read'],"
        "'secrets':[{'id':'1','sha256':'" SHA_1 "'}]%s,"
        "'rules':[{'id':'r','issuers':['a'],'targets':['orders']%s}]}]}",
        parts.issuers, parts.mappings, parts.scopes, parts.targets, procedure, of_client, members);
    f->faults = tokex_config_faults_create(f->pool);
    return compile_only(f, read_good(f, json(f, text)));
}

#define PROCEDURE "{'id':'p','name':'P','source':'function exchange(r) return tokex.OK end'}"

static void test_CU_7_rules_and_clients_name_procedures_that_are_there(void **state)
{
    fixture_t *f = *state;
    const tokex_policy_t *policy;
    if (!tokex_sandbox_is_there())
        return;
    policy = with_procedure(f, PROCEDURE, ",'procedure':'p'", "");
    assert_string_equal(tokex_policy_client(policy, "c")->rules[0].procedure->config->id, "p");
    assert_non_null(tokex_policy_client(policy, "c")->rules[0].procedure->program);
    policy = with_procedure(f, PROCEDURE, "", ",'procedure':'p'");
    assert_string_equal(tokex_policy_client(policy, "c")->rules[0].procedure->config->id, "p");
    policy = with_procedure(f, PROCEDURE, "", "");
    assert_null(tokex_policy_client(policy, "c")->rules[0].procedure);
    assert_null(with_procedure(f, PROCEDURE, ",'procedure':'q'", ""));
    assert_error(f, "rule \"c/r\": field procedure: \"q\": there is no such procedure.");
    assert_null(with_procedure(f, PROCEDURE, "", ",'procedure':'q'"));
    assert_error(f, "client \"c\": field procedure: \"q\": there is no such procedure.");
    assert_null(with_procedure(f,
                               PROCEDURE ","
                                         "{'id':'q','name':'P','source':'x=1'}",
                               "", ""));
    assert_error(f, "procedure \"q\": field name: \"P\": the procedure \"p\" has this name");
    assert_error(f, "procedure \"q\": field source: it defines no function exchange(r).");
}

static void test_what_procedures_may_do_is_judged(void **state)
{
    fixture_t *f = *state;
    if (!tokex_sandbox_is_there())
        return;
    assert_null(with_procedure(f, PROCEDURE, ",'procedure':'p','procedure_scopes':['pay']", ""));
    assert_error(f, "rule \"c/r\": field procedure_scopes: \"pay\": a sensitive scope is granted");
    assert_non_null(with_procedure(f, PROCEDURE,
                                   ",'procedure':'p','procedure_scopes':['write'],"
                                   "'procedure_lifetime':86400",
                                   ""));
    assert_warning(f, "rule \"c/r\": field procedure_scopes: \"write\": the client may not be");
    assert_warning(f, "rule \"c/r\": field procedure_lifetime: tokens for target \"orders\" live");
    assert_non_null(with_procedure(f, PROCEDURE, ",'procedure_lifetime':60", ""));
    assert_warning(f, "rule \"c/r\": field procedure_lifetime: neither the rule nor the client");
    assert_non_null(with_procedure(f,
                                   "{'id':'p','name':'P','enabled':false,'source':"
                                   "'function exchange(r) end'}",
                                   ",'procedure':'p'", ""));
    assert_warning(f, "rule \"c/r\": field procedure: \"p\": the procedure is switched off");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_a_rule_impersonates_and_does_not_delegate_unless_it_says_so),
        WITH_FIXTURE(test_actors_are_found_by_their_issuer),
        WITH_FIXTURE(test_the_number_of_actors_is_bounded),
        WITH_FIXTURE(test_rights_that_contradict_each_other_are_warned_of),
        WITH_FIXTURE(test_CE_29_modes_that_widen_are_warned_of),
        WITH_FIXTURE(test_sensitive_scopes_of_rules_are_sensitive),
        WITH_FIXTURE(test_scopes_of_an_issuer_are_mapped_to_ours),
        WITH_FIXTURE(test_an_issuer_that_names_actors_is_warned_of),
        WITH_FIXTURE(test_the_id_self_is_ours),
        WITH_FIXTURE(test_our_own_tokens_have_an_issuer_of_their_own),
        WITH_FIXTURE(test_without_a_server_self_is_a_name_and_no_more),
        WITH_FIXTURE(test_properties_of_clients_have_unique_names),
        WITH_FIXTURE(test_CU_7_rules_and_clients_name_procedures_that_are_there),
        WITH_FIXTURE(test_what_procedures_may_do_is_judged),
    };
    return cmocka_run_group_tests_name("policy/compile_rule", tests, start, stop);
}
