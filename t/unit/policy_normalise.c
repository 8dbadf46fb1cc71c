#include "policy_fixture.h"

#include <apr_base64.h>

/* What one entry of an issuer's keys becomes. */
static const tokex_issuer_t *normalise(fixture_t *f, tokex_issuer_key_t key)
{
    tokex_issuer_t *issuer = apr_pcalloc(f->pool, sizeof(*issuer));
    tokex_config_t config = {.issuers = issuer, .issuer_count = 1};
    forget(f);
    issuer->id = "a";
    issuer->keys = apr_pmemdup(f->pool, &key, sizeof(key));
    issuer->key_count = 1;
    return tokex_normalise_config(&config, NOW, f->crypt, f->faults, f->pool, f->pool)->issuers;
}

static bool normalise_text(fixture_t *f, const tokex_issuer_key_t **keys, int *count,
                           const char *text, apr_size_t len)
{
    forget(f);
    *count = -1;
    return tokex_normalise_keys(keys, count, "a", text, len, NOW, f->crypt, f->faults, f->pool,
                                f->pool);
}

static const char *der_of(fixture_t *f, const char *pem, int *len)
{
    const char *from = strchr(pem, '\n') + 1;
    const char *to = strstr(from, "-----END");
    char *text = apr_palloc(f->pool, strlen(pem) + 1);
    char *der = apr_palloc(f->pool, strlen(pem) + 1);
    char *out = text;
    for (; from < to; from++)
        if (*from != '\n')
            *out++ = *from;
    *out = '\0';
    *len = apr_base64_decode(der, text);
    return der;
}

static const char *thumbprint(fixture_t *f, const char *material)
{
    const tokex_keyset_t *set;
    assert_null(tokex_jwk_read(&set, material, strlen(material), NOW, f->crypt, f->pool, f->pool));
    assert_int_equal(set->count, 1);
    return tokex_jwk_thumbprint(set->keys[0]);
}

static void test_AS_9_certificates_and_public_keys_are_kept_as_pem(void **state)
{
    static const char *const files[] = {"rsa.crt", "ec.crt", "ed25519.pem"};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(files); i++) {
        apr_size_t len;
        const char *pem =
            source_file(f, apr_pstrcat(f->pool, "t/data/config/", files[i], NULL), &len);
        const tokex_issuer_t *issuer = normalise(f, (tokex_issuer_key_t){.pem = pem});
        assert_no_faults(f);
        assert_int_equal(issuer->key_count, 1);
        assert_null(issuer->keys[0].jwk);
        assert_string_equal(issuer->keys[0].pem, pem);
    }
}

static void test_AS_10_der_is_taken_and_kept_as_pem(void **state)
{
    static const char *const files[] = {"rsa.crt", "ec.crt", "ed25519.pem"};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(files); i++) {
        apr_size_t pem_len;
        const char *pem =
            source_file(f, apr_pstrcat(f->pool, "t/data/config/", files[i], NULL), &pem_len);
        const tokex_issuer_key_t *keys;
        int count, len;
        const char *der = der_of(f, pem, &len);
        char *text = apr_palloc(f->pool, (apr_size_t)apr_base64_encode_len(len));
        assert_true(normalise_text(f, &keys, &count, der, (apr_size_t)len));
        assert_no_faults(f);
        assert_int_equal(count, 1);
        assert_string_equal(keys[0].pem, pem);
        /* The same as a document's base64. */
        apr_base64_encode_binary(text, (const unsigned char *)der, len);
        assert_string_equal(normalise(f, (tokex_issuer_key_t){.der = text})->keys[0].pem, pem);
        assert_no_faults(f);
    }
}

static void test_base64_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {"MII-", "MII", "MII=A===", "M*II", "MIIB", "====", " "};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(wrong); i++) {
        const tokex_issuer_t *issuer = normalise(f, (tokex_issuer_key_t){.der = wrong[i]});
        assert_int_equal(issuer->key_count, 0);
        assert_int_equal(f->faults->error_count, 1);
        assert_error(f, "key \"a/#1\"");
    }
}

static const char *replaced(fixture_t *f, const char *text, char from, char to)
{
    char *copy = apr_pstrdup(f->pool, text);
    assert_non_null(strchr(copy, from));
    for (char *c = copy; *c; c++)
        if (*c == from)
            *c = to;
    return copy;
}

static void test_base64_has_one_alphabet_and_its_padding(void **state)
{
    fixture_t *f = *state;
    apr_size_t pem_len;
    int len;
    const char *der = der_of(f, source_file(f, "t/data/config/rsa.crt", &pem_len), &len);
    char *text = apr_palloc(f->pool, (apr_size_t)apr_base64_encode_len(len));
    apr_base64_encode_binary(text, (const unsigned char *)der, len);
    assert_int_equal(normalise(f, (tokex_issuer_key_t){.der = text})->key_count, 1);
    assert_int_equal(
        normalise(f, (tokex_issuer_key_t){.der = replaced(f, text, '+', '-')})->key_count, 0);
    assert_int_equal(
        normalise(f, (tokex_issuer_key_t){.der = replaced(f, text, '/', '_')})->key_count, 0);
    der = der_of(f, source_file(f, "t/data/config/ed25519.pem", &pem_len), &len);
    apr_base64_encode_binary(text, (const unsigned char *)der, len);
    assert_int_equal(normalise(f, (tokex_issuer_key_t){.der = text})->key_count, 1);
    assert_non_null(strchr(text, '='));
    *strchr(text, '=') = '\0';
    assert_int_equal(normalise(f, (tokex_issuer_key_t){.der = text})->key_count, 0);
}

static void test_line_ends_of_other_systems_are_made_ours(void **state)
{
    fixture_t *f = *state;
    apr_size_t len;
    const char *pem = source_file(f, "t/data/config/ed25519.pem", &len);
    const char *crlf = "";
    for (const char *line = pem; *line; line += strcspn(line, "\n") + 1)
        crlf = apr_psprintf(f->pool, "%s%.*s\r\n", crlf, (int)strcspn(line, "\n"), line);
    assert_string_equal(normalise(f, (tokex_issuer_key_t){.pem = crlf})->keys[0].pem, pem);
}

static void test_JWK_016_two_certificates_in_one_text_become_two_keys(void **state)
{
    fixture_t *f = *state;
    apr_size_t len;
    const char *first = source_file(f, "t/data/config/rsa.crt", &len);
    const char *second = source_file(f, "t/data/config/ec.crt", &len);
    const char *both = apr_pstrcat(f->pool, "subject=CN = x\r\n", first, "\nmore\n", second, NULL);
    const tokex_issuer_key_t *keys;
    int count;
    assert_true(normalise_text(f, &keys, &count, both, strlen(both)));
    assert_no_faults(f);
    assert_int_equal(count, 2);
    assert_string_equal(keys[0].pem, first);
    assert_string_equal(keys[1].pem, second);
}

static void test_the_same_certificate_twice_is_kept_once(void **state)
{
    fixture_t *f = *state;
    apr_size_t len;
    const char *pem = source_file(f, "t/data/config/rsa.crt", &len);
    const char *both = apr_pstrcat(f->pool, pem, pem, NULL);
    const tokex_issuer_key_t *keys;
    int count;
    assert_true(normalise_text(f, &keys, &count, both, strlen(both)));
    assert_int_equal(count, 1);
    assert_warning(f, "issuer \"a\": field keys: two PEM blocks hold the same key");
}

static void test_JWK_016_private_keys_are_refused_and_not_kept(void **state)
{
    fixture_t *f = *state;
    apr_size_t len, der_len;
    const char *pem = source_file(f, "t/data/config/rsa.crt", &len);
    const char *mixed = apr_pstrcat(f->pool, pem, "-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n",
                                    "-----END PRIVATE KEY-----\n", NULL);
    const char *jwk = json(f, "{'kty':'OKP','crv':'Ed25519','x':'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrw"
                              "IaaPcHURo','d':'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A'}");
    const tokex_issuer_key_t *keys;
    const tokex_key_t *key;
    const unsigned char *der;
    int count;
    assert_false(normalise_text(f, &keys, &count, mixed, strlen(mixed)));
    assert_error(f, "issuer \"a\": field keys: the text holds a private key. Treat that private "
                    "key as exposed");
    assert_int_equal(count, -1);
    assert_false(normalise_text(f, &keys, &count, jwk, strlen(jwk)));
    assert_error(f, "Treat that private key as exposed");
    assert_null(strstr(all_faults(f), "nWGx"));
    assert_null(tokex_jwk_generate(&key, TOKEX_ALG_ES256, f->crypt, f->pool));
    assert_null(tokex_jwk_private_to_der(&der, &der_len, key, f->pool));
    assert_false(normalise_text(f, &keys, &count, (const char *)der, der_len));
    assert_error(f, "Treat that private key as exposed");
    assert_int_equal(normalise(f, (tokex_issuer_key_t){.jwk = jwk})->key_count, 0);
    assert_error(f, "key \"a/#1\": the JWK has private members.");
}

static void test_ALG_013_symmetric_keys_of_a_set_are_left_out_with_a_warning(void **state)
{
    fixture_t *f = *state;
    const char *jwk = new_jwk(f, "ES256", "one");
    const char *set =
        apr_psprintf(f->pool, "{\"keys\":[%s,{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}", jwk);
    const tokex_issuer_t *issuer = normalise(f, (tokex_issuer_key_t){.jwks = set});
    assert_int_equal(f->faults->error_count, 0);
    assert_warning(f, "key \"a/#1\": Key 2 (no kid) is left out: it is a symmetric key");
    assert_null(strstr(all_faults(f), "c2VjcmV0"));
    assert_int_equal(issuer->key_count, 1);
    assert_string_equal(thumbprint(f, issuer->keys[0].jwk), thumbprint(f, jwk));
}

static void test_ALG_014_private_members_of_a_set_are_dropped_with_a_warning(void **state)
{
    fixture_t *f = *state;
    const char *set = json(f, "{'keys':[{'kty':'OKP','crv':'Ed25519','kid':'k','x_extra':1,'x':"
                              "'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo','d':"
                              "'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A'}]}");
    const tokex_issuer_t *issuer = normalise(f, (tokex_issuer_key_t){.jwks = set});
    assert_int_equal(f->faults->error_count, 0);
    assert_warning(f, "must be treated as exposed");
    assert_int_equal(issuer->key_count, 1);
    assert_string_equal(issuer->keys[0].jwk,
                        json(f, "{'alg':'EdDSA','crv':'Ed25519','kid':'k','kty':'OKP','use':'sig',"
                                "'x':'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}"));
}

static void test_a_set_without_a_usable_key_is_refused(void **state)
{
    static const char *const sets[] = {"{'keys':[]}",
                                       "{'keys':[{'kty':'oct','k':'AAAA'}]}",
                                       "{'keys':{}}",
                                       "{}",
                                       "{'keys':[]",
                                       "x",
                                       ""};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(sets); i++) {
        const tokex_issuer_key_t *keys;
        int count;
        const char *text = json(f, sets[i]);
        assert_false(normalise_text(f, &keys, &count, text, strlen(text)));
        assert_int_equal(f->faults->error_count, 1);
    }
}

static void test_what_was_normalised_stays_as_it_is(void **state)
{
    fixture_t *f = *state;
    const char *set = apr_psprintf(f->pool, "{\"keys\":[%s,%s]}", new_jwk(f, "RS256", "one"),
                                   new_jwk(f, "PS512", "two"));
    const tokex_issuer_t *first = normalise(f, (tokex_issuer_key_t){.jwks = set});
    assert_int_equal(first->key_count, 2);
    for (int i = 0; i < first->key_count; i++) {
        const tokex_issuer_t *again = normalise(f, first->keys[i]);
        assert_no_faults(f);
        assert_int_equal(again->key_count, 1);
        assert_string_equal(again->keys[0].jwk, first->keys[i].jwk);
    }
}

static void test_one_bad_key_hides_no_other_fault(void **state)
{
    fixture_t *f = *state;
    tokex_issuer_key_t keys[] = {{.pem = "x"}, {.jwk = "{}"}, {.der = "x"}};
    tokex_issuer_t issuer = {.id = "a", .keys = keys, .key_count = 3};
    tokex_config_t config = {.issuers = &issuer, .issuer_count = 1};
    const tokex_config_t *made =
        tokex_normalise_config(&config, NOW, f->crypt, f->faults, f->pool, f->pool);
    assert_int_equal(made->issuers[0].key_count, 0);
    assert_error(f, "key \"a/#1\"");
    assert_error(f, "key \"a/#2\"");
    assert_error(f, "key \"a/#3\": field der: this is no base64");
    assert_int_equal(f->faults->error_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_AS_9_certificates_and_public_keys_are_kept_as_pem),
        WITH_FIXTURE(test_AS_10_der_is_taken_and_kept_as_pem),
        WITH_FIXTURE(test_base64_that_is_none_is_refused),
        WITH_FIXTURE(test_base64_has_one_alphabet_and_its_padding),
        WITH_FIXTURE(test_line_ends_of_other_systems_are_made_ours),
        WITH_FIXTURE(test_JWK_016_two_certificates_in_one_text_become_two_keys),
        WITH_FIXTURE(test_the_same_certificate_twice_is_kept_once),
        WITH_FIXTURE(test_JWK_016_private_keys_are_refused_and_not_kept),
        WITH_FIXTURE(test_ALG_013_symmetric_keys_of_a_set_are_left_out_with_a_warning),
        WITH_FIXTURE(test_ALG_014_private_members_of_a_set_are_dropped_with_a_warning),
        WITH_FIXTURE(test_a_set_without_a_usable_key_is_refused),
        WITH_FIXTURE(test_what_was_normalised_stays_as_it_is),
        WITH_FIXTURE(test_one_bad_key_hides_no_other_fault),
    };
    return cmocka_run_group_tests_name("policy/normalise", tests, start, stop);
}
