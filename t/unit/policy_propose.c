#include "policy_fixture.h"

#include "base/b64url.h"
#include "base/limits.h"
#include "policy/propose.h"

static const char *part(fixture_t *f, const char *text)
{
    return tokex_b64url_string(f->pool, (const unsigned char *)text, strlen(text));
}

#define HEADER "{'alg':'ES256','typ':'JWT'}"
#define CLAIMS                                                                                     \
    "{'iss':'https://idp.example','sub':'u','aud':'us','iat':1899999990,'exp':1900000600,"         \
    "'email':'e'}"

static const char *token_of(fixture_t *f, const char *header, const char *claims)
{
    return apr_pstrcat(f->pool, part(f, json(f, header)), ".", part(f, json(f, claims)), ".c2ln",
                       NULL);
}

/* From memory that ends where the token does, so that the sanitizer sees what is read beyond. */
static const tokex_err_t *propose(tokex_proposal_t *out, fixture_t *f, const char *token,
                                  apr_size_t len)
{
    char *copy = malloc(len ? len : 1);
    const tokex_err_t *err;
    assert_non_null(copy);
    memcpy(copy, token, len);
    err = tokex_propose_issuer(out, copy, len, NULL, NOW, f->pool);
    free(copy);
    return err;
}

static tokex_proposal_t good(fixture_t *f, const char *header, const char *claims)
{
    const char *token = token_of(f, header, claims);
    tokex_proposal_t out;
    const tokex_err_t *err = propose(&out, f, token, strlen(token));
    if (err)
        fail_msg("refused: %s", tokex_err_text(err, f->pool));
    return out;
}

/* The policy of the proposal, with a key and nothing else. */
static void test_what_is_proposed_compiles(void **state)
{
    fixture_t *f = *state;
    tokex_proposal_t out = good(f, HEADER, CLAIMS);
    const tokex_config_t *config = read_good(f, out.document);
    assert_int_equal(config->issuer_count, 1);
    assert_int_equal(config->mapping_count, 1);
    assert_string_equal(config->issuers->id, "idp.example");
    assert_string_equal(config->issuers->metadata_url,
                        "https://idp.example/.well-known/openid-configuration");
    assert_non_null(compile_only(f, config));
    assert_int_equal(out.warning_count, 0);
}

static void test_every_beginning_of_a_token_is_read_or_refused(void **state)
{
    fixture_t *f = *state;
    const char *token = token_of(f, HEADER, CLAIMS);
    tokex_proposal_t out;
    for (apr_size_t len = 0; len < strlen(token); len++) {
        const tokex_err_t *err = propose(&out, f, token, len);
        if (err && strstr(tokex_err_text(err, f->pool), "eyJ"))
            fail_msg("%lu octets: the text quotes the token", (unsigned long)len);
    }
}

static void test_each_shape_that_is_none_is_refused_by_its_code(void **state)
{
    static const struct {
        const char *header, *claims;
        tokex_code_t code;
    } cases[] = {
        {"[]", CLAIMS, TOKEX_E_TOKEN_HEADER},
        {"{'alg':'ES256','alg':'none'}", CLAIMS, TOKEX_E_TOKEN_HEADER},
        {HEADER, "[]", TOKEX_E_TOKEN_CLAIMS},
        {HEADER, "{'iss':'a','iss':'b'}", TOKEX_E_TOKEN_CLAIMS},
        {HEADER, "{'iss':7}", TOKEX_E_TOKEN_CLAIMS},
        {HEADER, "{'iss':['https://idp.example']}", TOKEX_E_TOKEN_CLAIMS},
        {"{}", CLAIMS, TOKEX_E_TOKEN_ALG},
        {"{'alg':'none'}", CLAIMS, TOKEX_E_TOKEN_ALG},
        {"{'alg':7}", CLAIMS, TOKEX_E_TOKEN_ALG},
        {"{'alg':'es256'}", CLAIMS, TOKEX_E_TOKEN_ALG},
    };
    fixture_t *f = *state;
    tokex_proposal_t out;
    for (int i = 0; i < (int)(sizeof(cases) / sizeof(cases[0])); i++) {
        const char *token = token_of(f, cases[i].header, cases[i].claims);
        assert_code(propose(&out, f, token, strlen(token)), cases[i].code);
    }
    assert_code(propose(&out, f, "a.b.c.d.e", 9), TOKEX_E_TOKEN_ENCRYPTED);
    assert_code(propose(&out, f, "..", 2), TOKEX_E_TOKEN_SHAPE);
    assert_code(propose(&out, f, "a.b", 3), TOKEX_E_TOKEN_SHAPE);
    assert_code(propose(&out, f, "Bearer ", 7), TOKEX_E_TOKEN_SHAPE);
}

/* Whatever somebody calls a claim, a path finds it and no row writes one of ours. */
static void test_odd_names_of_claims_make_rows_that_compile_or_none(void **state)
{
    fixture_t *f = *state;
    tokex_proposal_t out =
        good(f, HEADER,
             "{'iss':'https://idp.example','sub':'u','aud':'us','iat':1,'exp':2,"
             "'a.b':1,'c\\\\d':'x','':'x','\\u0001':'x','https://x.example/act':'x',"
             "'https://x.example/r':['y'],'https://z.example/r':['y'],'https://x.example/':'x',"
             "'act':{},'n':null,'m':[1],'e\\u0301':true}");
    const tokex_config_t *config = read_good(f, out.document);
    assert_non_null(compile_only(f, config));
    assert_int_equal(config->mappings->row_count, 5);
    assert_string_equal(config->mappings->rows[0].from, "a\\.b");
    assert_string_equal(config->mappings->rows[0].to, "a.b");
    assert_string_equal(config->mappings->rows[1].from, "c\\\\d");
    assert_string_equal(config->mappings->rows[2].to, "r");
    assert_string_equal(config->mappings->rows[3].to, "https://x.example/");
    assert_int_equal(out.warning_count, 6);
}

static void test_more_claims_than_rows_are_cut_and_told(void **state)
{
    fixture_t *f = *state;
    const char *claims = "{'iss':'https://idp.example','sub':'u','aud':'us','iat':1,'exp':2";
    tokex_proposal_t out;
    const tokex_config_t *config;
    for (int i = 0; i < TOKEX_LIMIT_MAPPING_ROWS + 1; i++)
        claims = apr_psprintf(f->pool, "%s,'c%d':1", claims, i);
    out = good(f, HEADER, apr_pstrcat(f->pool, claims, "}", NULL));
    config = read_good(f, out.document);
    assert_int_equal(config->mappings->row_count, TOKEX_LIMIT_MAPPING_ROWS);
    assert_int_equal(out.warning_count, 1);
}

static void test_ids_are_made_of_any_issuer(void **state)
{
    static const char *const cases[][2] = {
        {"https://idp.example:8443/a/b", "idp.example:8443"},
        {"https://[::1]/x", "1-"},
        {"a b/c", "a-b"},
        {"", "issuer"},
        {"https://", "issuer"},
        {"\\u00e4", "issuer"},
    };
    fixture_t *f = *state;
    for (int i = 0; i < (int)(sizeof(cases) / sizeof(cases[0])); i++) {
        tokex_proposal_t out = good(f, HEADER, apr_psprintf(f->pool, "{'iss':'%s'}", cases[i][0]));
        assert_string_equal(out.id, cases[i][1]);
        assert_null(out.mapping);
    }
}

static void test_metadata_lies_where_each_standard_says(void **state)
{
    static const char *const cases[][3] = {
        {"https://a.example", "https://a.example/.well-known/openid-configuration",
         "https://a.example/.well-known/oauth-authorization-server"},
        {"https://a.example/", "https://a.example/.well-known/openid-configuration",
         "https://a.example/.well-known/oauth-authorization-server"},
        {"https://a.example/b", "https://a.example/b/.well-known/openid-configuration",
         "https://a.example/.well-known/oauth-authorization-server/b"},
        {"https://a.example/b/", "https://a.example/b/.well-known/openid-configuration",
         "https://a.example/.well-known/oauth-authorization-server/b/"},
        {"", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"},
    };
    fixture_t *f = *state;
    for (int i = 0; i < (int)(sizeof(cases) / sizeof(cases[0])); i++) {
        assert_string_equal(tokex_propose_openid_url(cases[i][0], f->pool), cases[i][1]);
        assert_string_equal(tokex_propose_oauth_url(cases[i][0], f->pool), cases[i][2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_what_is_proposed_compiles),
        WITH_FIXTURE(test_every_beginning_of_a_token_is_read_or_refused),
        WITH_FIXTURE(test_each_shape_that_is_none_is_refused_by_its_code),
        WITH_FIXTURE(test_odd_names_of_claims_make_rows_that_compile_or_none),
        WITH_FIXTURE(test_more_claims_than_rows_are_cut_and_told),
        WITH_FIXTURE(test_ids_are_made_of_any_issuer),
        WITH_FIXTURE(test_metadata_lies_where_each_standard_says),
    };
    return cmocka_run_group_tests_name("policy/propose", tests, start, stop);
}
