/* What the unit programs of policy/ need beside config_fixture.h: a document that can be varied in
 * one place, and its compilation. */
#ifndef POLICY_FIXTURE_H
#define POLICY_FIXTURE_H

#include "config_fixture.h"

#include "policy/normalise.h"
#include "policy/policy.h"

#define NOW 1900000000
#define SHA_1 "0000000000000000000000000000000000000000000000000000000000000001"
#define SHA_2 "00ff000000000000000000000000000000000000000000000000000000000002"
#define SHA_3 "00ff000000000000000000000000000000000000000000000000000000000003"
#define GRANT "urn:ietf:params:oauth:grant-type:token-exchange"

/* The members of a document, without their braces; a test replaces what it is about. */
typedef struct parts_t {
    const char *issuers, *mappings, *scopes, *targets, *clients, *signing, *signing_keys;
} parts_t;

#define ISSUER_A "{'id':'a','name':'A','issuer':'https://a.example','mapping':'m','keys':[%s]}"
#define ISSUER_B "{'id':'b','name':'B','issuer':'https://b.example','enabled':false}"
#define TARGETS                                                                                    \
    "{'id':'orders','name':'Orders','audience':'https://orders.example',"                          \
    "'resources':['https://orders.example/v1','urn:orders'],'scopes':['write','read']},"           \
    "{'id':'bills','name':'Bills','audience':'bills','scopes':['bill']}"
#define RULE "{'id':'r','issuers':['a'],'targets':['orders'],'default_target':'orders'}"
#define CLIENT_OF(rules)                                                                           \
    "{'id':'c','name':'C','scopes':['bill','read'],"                                               \
    "'secrets':[{'id':'1','sha256':'" SHA_1 "'}],'rules':[" rules "]}"

/* A key of its own for each call, as a JWK; `kid` NULL: its thumbprint. */
static inline const char *new_jwk(fixture_t *f, const char *alg, const char *kid)
{
    const tokex_key_t *key;
    tokex_jsonw_t *w = tokex_jsonw_create(f->pool, 512);
    char *text, *own;
    assert_null(tokex_jwk_generate(&key, tokex_jwk_alg(alg), f->crypt, f->pool));
    tokex_jwk_write_public(w, key, TOKEX_ALG_NONE);
    text = apr_pstrdup(f->pool, tokex_jsonw_text(w, NULL));
    if (!kid)
        return text;
    own = strstr(text, "\"kid\"");
    return apr_psprintf(f->pool, "%.*s\"kid\":\"%s\",\"kid_was%s", (int)(own - text), text, kid,
                        own + 4);
}

static inline parts_t good_parts(fixture_t *f)
{
    parts_t parts = {.mappings = "{'id':'m','name':'M','rows':[{'from':'email','to':'mail'}]}",
                     .scopes = "{'id':'read'},{'id':'write'},{'id':'bill'}",
                     .targets = TARGETS,
                     .clients = CLIENT_OF(RULE),
                     .signing = "",
                     .signing_keys = ""};
    const char *key = apr_psprintf(f->pool, "{'jwk':%s}", new_jwk(f, "ES256", NULL));
    parts.issuers = apr_psprintf(f->pool, ISSUER_A "," ISSUER_B, key);
    return parts;
}

static inline const tokex_config_t *read_parts(fixture_t *f, const parts_t *parts)
{
    return read_good(
        f, json(f, apr_psprintf(f->pool,
                                "{'schema':1,'issuers':[%s],'mappings':[%s],"
                                "'scopes':[%s],'targets':[%s],'clients':[%s],"
                                "'signing':[%s],'signing_keys':[%s]}",
                                parts->issuers, parts->mappings, parts->scopes, parts->targets,
                                parts->clients, parts->signing ? parts->signing : "",
                                parts->signing_keys)));
}

/* Without a look at the keys of issuers. */
static inline const tokex_policy_t *compile_only(fixture_t *f, const tokex_config_t *config)
{
    static const tokex_server_t server = {"https://us.example", "default", "here"};
    const tokex_policy_t *policy = NULL;
    const tokex_err_t *err =
        tokex_policy_compile(&policy, config, &server, NOW, f->crypt, f->faults, f->pool, f->pool);
    assert_int_equal(err == NULL, policy != NULL);
    assert_int_equal(err == NULL, f->faults->error_count == 0);
    if (err)
        assert_code(err, TOKEX_E_DOCUMENT);
    return policy;
}

/* As who brings a configuration in: keys are judged too, and one that cannot be read refuses it. */
static inline const tokex_policy_t *compile_config(fixture_t *f, const tokex_config_t *config)
{
    const tokex_policy_t *policy = compile_only(f, config);
    tokex_policy_judge_keys(config, NOW, f->crypt, f->faults, f->pool);
    return f->faults->error_count ? NULL : policy;
}

/* NULL when it was refused; the faults are in the fixture, and only those of this call. */
static inline const tokex_policy_t *compile(fixture_t *f, const parts_t *parts)
{
    const tokex_config_t *config;
    forget(f);
    config = read_parts(f, parts);
    return compile_config(f, config);
}

static inline const tokex_policy_t *compile_good(fixture_t *f, const parts_t *parts)
{
    const tokex_policy_t *policy = compile(f, parts);
    if (!policy)
        fail_msg("refused:\n%s", all_faults(f));
    return policy;
}

/* Exactly one error, and it holds `part`. */
static inline void assert_only_error(fixture_t *f, const parts_t *parts, const char *part)
{
    if (compile(f, parts))
        fail_msg("accepted, but expected: %s", part);
    assert_error(f, part);
    if (f->faults->error_count != 1)
        fail_msg("more than one error:\n%s", all_faults(f));
}

#endif
