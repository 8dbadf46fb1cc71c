/*
 * The published vectors, read where they lie: Wycheproof (JOSE, ECDSA at fixed width, EdDSA) and
 * the cookbook of RFC 7520, RFC 7797 and RFC 8037. The directory is TOKEX_VECTORS, or
 * ../shared/vectors beside the source directory; where it is absent each test says so and is
 * skipped.
 *
 * What we see otherwise than the vectors do stands in `oddities`, by file and number; anything else
 * that differs fails, and so does one of these that no longer differs.
 */
#include "crypt_fixture.h"

#include <sys/stat.h>

#include <cjson/cJSON.h>

#include "base/b64url.h"
#include "crypt/jws.h"

typedef struct oddity_t {
    const char *file;
    int number;
    const char *why;
} oddity_t;

/* All of them "valid" there and refused here. Those of the README that are not here concern HMAC
 * keys (367, 370, 372, 373), which are never accepted and so never come to the point, or the ROCA
 * fingerprint (7 and 46 of the key files), which is recognised. */
static const oddity_t oddities[] = {
    {"json_web_signature_test.json", 346, "the JWK says PS256, the header PS384"},
    {"json_web_signature_test.json", 347, "the JWK says ES521, which does not exist"},
    {"json_web_signature_test.json", 350, "the JWK says PS256, the header PS384"},
    {"json_web_signature_test.json", 351, "the JWK says ES521, which does not exist"},
};

#define ODDITY_COUNT (sizeof(oddities) / sizeof(oddities[0]))

typedef struct counts_t {
    int run;
    int accepted;
    int refused;
    int hmac;     /* "valid" under a key that is never accepted */
    int odd;      /* listed above */
    int left_out; /* encryption, which is not ours */
} counts_t;

static const char *directory(apr_pool_t *pool)
{
    const char *named = getenv("TOKEX_VECTORS");
    const char *source = getenv("TOKEX_SRCDIR");

    if (named && *named)
        return named;
    return apr_psprintf(pool, "%s/../shared/vectors", source && *source ? source : ".");
}

static bool is_odd(const char *file, int number)
{
    for (size_t i = 0; i < ODDITY_COUNT; i++) {
        if (strcmp(oddities[i].file, file) == 0 && oddities[i].number == number)
            return true;
    }
    return false;
}

static apr_status_t free_json(void *data)
{
    cJSON_Delete(data);
    return APR_SUCCESS;
}

/* Skips the test where there are no vectors; one file missing among them is a failure. */
static cJSON *load(const fixture_t *f, const char *folder, const char *file)
{
    const char *path = apr_psprintf(f->pool, "%s/%s/%s", directory(f->pool), folder, file);
    FILE *in = fopen(path, "rb");
    struct stat st;
    char *text;
    cJSON *json;

    if (!in && stat(directory(f->pool), &st) != 0) {
        print_message("# skipped: there are no vectors in %s\n", directory(f->pool));
        skip();
    }
    if (!in)
        fail_msg("%s is not there", path);
    assert_int_equal(fstat(fileno(in), &st), 0);
    text = apr_palloc(f->pool, (apr_size_t)st.st_size + 1);
    assert_int_equal(fread(text, 1, (size_t)st.st_size, in), st.st_size);
    (void)fclose(in);
    text[st.st_size] = '\0';
    json = cJSON_Parse(text);
    assert_non_null(json);
    apr_pool_cleanup_register(f->pool, json, free_json, apr_pool_cleanup_null);
    return json;
}

static const char *string_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    if (!text)
        fail_msg("member %s is missing", name);
    return text;
}

/* The octets of a JSON node as a document of its own. */
static const char *document_of(const cJSON *node, apr_pool_t *pool)
{
    char *text = cJSON_PrintUnformatted(node);
    const char *copy;

    assert_non_null(text);
    copy = apr_pstrdup(pool, text);
    cJSON_free(text);
    return copy;
}

static void count(counts_t *counts, const char *file, int number, bool should, bool did, bool hmac)
{
    bool odd = is_odd(file, number);

    counts->run++;
    if (did)
        counts->accepted++;
    else
        counts->refused++;
    if (hmac) {
        if (did)
            fail_msg("%s %d: accepted although it is signed with HMAC", file, number);
        if (should)
            counts->hmac++;
        return;
    }
    if (odd)
        counts->odd++;
    if ((should == did) == odd)
        fail_msg("%s %d: %s there, %s here%s", file, number, should ? "valid" : "invalid",
                 did ? "accepted" : "refused", odd ? ", but listed as an oddity" : "");
}

static void report(const char *file, const counts_t *counts)
{
    print_message("# %s: %d run, %d accepted, %d refused; %d HMAC, %d listed oddities, %d left "
                  "out\n",
                  file, counts->run, counts->accepted, counts->refused, counts->hmac, counts->odd,
                  counts->left_out);
}

/* ---- JOSE: the vectors are JWS, and their payloads need not be claims */

/*
 * Does the token verify as a JWS? Its header and signature go through the product's own reader with
 * the payload replaced by an empty object; the signature is then checked over the true octets.
 */
static bool verifies_as_jws(const char *token, const tokex_keyset_t *set, apr_pool_t *pool)
{
    const char *dot = strchr(token, '.');
    const char *last = strrchr(token, '.');
    const tokex_jws_t *jws;
    const tokex_key_t *key;
    unsigned char *payload;
    apr_size_t len;
    const char *twin;

    if (!dot || last == dot)
        return false;
    twin = apr_psprintf(pool, "%.*s.e30%s", (int)(dot - token), token, last);
    if (strchr(dot + 1, '.') != last ||
        tokex_b64url_decode(&payload, &len, dot + 1, (apr_size_t)(last - dot - 1), pool) ||
        tokex_jws_parse(&jws, twin, strlen(twin), pool) ||
        tokex_jwk_find(&key, set, jws->kid, jws->alg, pool))
        return false;
    return !tokex_jws_verify_octets(key, jws->alg, token, (apr_size_t)(last - token),
                                    jws->signature, jws->signature_len, pool);
}

/* Through the front door: as a token, or, where only the payload is not one of a JWT, as a JWS. */
static bool accepts(const char *token, const tokex_keyset_t *set, apr_pool_t *pool)
{
    const tokex_jws_t *jws;
    const tokex_key_t *key;
    const tokex_err_t *err = tokex_jws_parse(&jws, token, strlen(token), pool);
    bool as_jws = verifies_as_jws(token, set, pool);

    if (!err) {
        bool as_token = !tokex_jwk_find(&key, set, jws->kid, jws->alg, pool) &&
                        !tokex_jws_verify(jws, key, pool);
        assert_int_equal(as_token, as_jws);
        return as_token;
    }
    if (as_jws)
        assert_true(err->code == TOKEX_E_TOKEN_CLAIMS ||
                    (err->code == TOKEX_E_TOKEN_SHAPE && strstr(token, "..")));
    return as_jws;
}

/* Is the key of the vector one for HMAC (a set: only such)? */
static bool is_hmac_key(const cJSON *jwk)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(jwk, "keys");
    const cJSON *key;

    if (!keys)
        return strcmp(string_of(jwk, "kty"), "oct") == 0;
    cJSON_ArrayForEach(key, keys)
    {
        if (strcmp(string_of(key, "kty"), "oct") != 0)
            return false;
    }
    return true;
}

static const tokex_keyset_t *keys_of(const fixture_t *f, const cJSON *group, apr_pool_t *pool)
{
    static const tokex_keyset_t none;
    const cJSON *jwk = cJSON_GetObjectItemCaseSensitive(group, "public");
    const tokex_keyset_t *set;
    const char *text;

    if (!jwk)
        jwk = cJSON_GetObjectItemCaseSensitive(group, "private");
    text = document_of(jwk, pool);
    return tokex_jwk_read(&set, text, strlen(text), 0, f->crypt, pool, pool) ? &none : set;
}

static void run_jose_test(counts_t *counts, const char *file, const cJSON *test,
                          const tokex_keyset_t *set, bool hmac, apr_pool_t *pool)
{
    const cJSON *jws = cJSON_GetObjectItemCaseSensitive(test, "jws");
    int number = cJSON_GetObjectItemCaseSensitive(test, "tcId")->valueint;
    bool should = strcmp(string_of(test, "result"), "valid") == 0;
    const char *token;

    if (!jws) {
        assert_non_null(cJSON_GetObjectItemCaseSensitive(test, "jwe"));
        counts->left_out++;
        return;
    }
    token = cJSON_IsString(jws) ? cJSON_GetStringValue(jws) : document_of(jws, pool);
    count(counts, file, number, should, accepts(token, set, pool), hmac);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
}

static counts_t run_jose(const fixture_t *f, const char *file)
{
    const cJSON *groups =
        cJSON_GetObjectItemCaseSensitive(load(f, "wycheproof", file), "testGroups");
    counts_t counts = {0};
    const cJSON *group;

    cJSON_ArrayForEach(group, groups)
    {
        const cJSON *public = cJSON_GetObjectItemCaseSensitive(group, "public");
        const cJSON *private = cJSON_GetObjectItemCaseSensitive(group, "private");
        bool hmac = is_hmac_key(public ? public : private);
        const tokex_keyset_t *set = keys_of(f, group, f->pool);
        const cJSON *test;

        cJSON_ArrayForEach(test, cJSON_GetObjectItemCaseSensitive(group, "tests"))
            run_jose_test(&counts, file, test, set, hmac, f->pool);
    }
    report(file, &counts);
    return counts;
}

static void test_SIG_029_wycheproof_json_web_signature(void **state)
{
    counts_t counts = run_jose(*state, "json_web_signature_test.json");

    assert_int_equal(counts.run, 401);
    assert_int_equal(counts.accepted, 32);
    assert_int_equal(counts.hmac, 10);
    assert_int_equal(counts.odd, 4);
    assert_int_equal(counts.left_out, 0);
}

static void test_SIG_015_SIG_017_SIG_022_wycheproof_json_web_key(void **state)
{
    counts_t counts = run_jose(*state, "json_web_key_test.json");

    assert_int_equal(counts.run, 26);
    assert_int_equal(counts.accepted, 1);
    assert_int_equal(counts.hmac, 4);
    assert_int_equal(counts.odd, 0);
    assert_int_equal(counts.left_out, 0);
}

static void test_SIG_017_wycheproof_json_web_crypto(void **state)
{
    counts_t counts = run_jose(*state, "json_web_crypto_test.json");

    assert_int_equal(counts.run, 49);
    assert_int_equal(counts.accepted, 2);
    assert_int_equal(counts.hmac, 2);
    assert_int_equal(counts.odd, 0);
    assert_int_equal(counts.left_out, 34);
}

/* ---- Signatures in the encoding that a JWS carries */

static const unsigned char *octets_of(const char *hex, apr_size_t *len, apr_pool_t *pool)
{
    unsigned char *out = apr_palloc(pool, strlen(hex) / 2 + 1);

    *len = strlen(hex) / 2;
    for (apr_size_t i = 0; i < *len; i++) {
        unsigned value = 0;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        out[i] = (unsigned char)value;
    }
    return out;
}

static const tokex_key_t *read_key(const fixture_t *f, const char *material, apr_size_t len)
{
    const tokex_keyset_t *set;

    assert_success(tokex_jwk_read(&set, material, len, 0, f->crypt, f->pool, f->pool));
    assert_int_equal(set->count, 1);
    return set->keys[0];
}

/* The same key in its three notations must be the same key. Some groups have no JWK. */
static const tokex_key_t *key_of(const fixture_t *f, const cJSON *group)
{
    const cJSON *jwk = cJSON_GetObjectItemCaseSensitive(group, "publicKeyJwk");
    const char *pem = string_of(group, "publicKeyPem");
    apr_size_t len;
    const unsigned char *der = octets_of(string_of(group, "publicKeyDer"), &len, f->pool);
    const tokex_key_t *key = read_key(f, (const char *)der, len);
    const tokex_key_t *twin = read_key(f, pem, strlen(pem));
    const char *text;

    assert_string_equal(tokex_jwk_thumbprint(twin), tokex_jwk_thumbprint(key));
    if (!jwk)
        return key;
    text = document_of(jwk, f->pool);
    twin = read_key(f, text, strlen(text));
    assert_string_equal(tokex_jwk_thumbprint(twin), tokex_jwk_thumbprint(key));
    return twin;
}

static counts_t run_signatures(const fixture_t *f, const char *file, tokex_alg_t alg)
{
    const cJSON *groups =
        cJSON_GetObjectItemCaseSensitive(load(f, "wycheproof", file), "testGroups");
    counts_t counts = {0};
    const cJSON *group;

    cJSON_ArrayForEach(group, groups)
    {
        const tokex_key_t *key = key_of(f, group);
        const cJSON *test;

        cJSON_ArrayForEach(test, cJSON_GetObjectItemCaseSensitive(group, "tests"))
        {
            apr_size_t msg_len;
            apr_size_t sig_len;
            const unsigned char *msg = octets_of(string_of(test, "msg"), &msg_len, f->pool);
            const unsigned char *sig = octets_of(string_of(test, "sig"), &sig_len, f->pool);
            bool did = !tokex_jws_verify_octets(key, alg, msg, msg_len, sig, sig_len, f->pool);

            count(&counts, file, cJSON_GetObjectItemCaseSensitive(test, "tcId")->valueint,
                  strcmp(string_of(test, "result"), "valid") == 0, did, false);
            assert_int_equal(tokex_crypt_error_queue_length(), 0);
        }
    }
    report(file, &counts);
    return counts;
}

static void assert_counts(const counts_t *counts, int accepted, int refused)
{
    assert_int_equal(counts->accepted, accepted);
    assert_int_equal(counts->refused, refused);
    assert_int_equal(counts->odd, 0);
    assert_int_equal(counts->left_out, 0);
}

static void test_SIG_002_wycheproof_es256(void **state)
{
    counts_t counts =
        run_signatures(*state, "ecdsa_secp256r1_sha256_p1363_test.json", TOKEX_ALG_ES256);

    assert_counts(&counts, 173, 89);
}

static void test_SIG_007_wycheproof_es384(void **state)
{
    counts_t counts =
        run_signatures(*state, "ecdsa_secp384r1_sha384_p1363_test.json", TOKEX_ALG_ES384);

    assert_counts(&counts, 193, 87);
}

static void test_SIG_007_wycheproof_es512(void **state)
{
    counts_t counts =
        run_signatures(*state, "ecdsa_secp521r1_sha512_p1363_test.json", TOKEX_ALG_ES512);

    assert_counts(&counts, 231, 87);
}

static void test_wycheproof_ed25519(void **state)
{
    counts_t counts = run_signatures(*state, "ed25519_test.json", TOKEX_ALG_EDDSA);

    assert_counts(&counts, 88, 63);
}

static void test_wycheproof_ed448(void **state)
{
    counts_t counts = run_signatures(*state, "ed448_test.json", TOKEX_ALG_EDDSA);

    assert_counts(&counts, 17, 70);
}

/* ---- The cookbook */

typedef struct recipe_t {
    const char *folder;
    const char *file;
    bool accept;
    tokex_code_t code; /* what the reader says of a token that is refused or is no JWT */
} recipe_t;

static const recipe_t recipes[] = {
    {"cookbook/jws", "4_1.rsa_v15_signature.json", true, TOKEX_E_TOKEN_CLAIMS},
    {"cookbook/jws", "4_2.rsa-pss_signature.json", true, TOKEX_E_TOKEN_CLAIMS},
    {"cookbook/jws", "4_3.ecdsa_signature.json", true, TOKEX_E_TOKEN_CLAIMS},
    {"cookbook/curve25519", "jws.json", true, TOKEX_E_TOKEN_CLAIMS},
    {"cookbook/jws", "4_4.hmac-sha2_integrity_protection.json", false, TOKEX_E_TOKEN_ALG},
    {"cookbook/jws", "4_5.signature_with_detached_content.json", false, TOKEX_E_TOKEN_SHAPE},
    {"cookbook/jws", "4_6.protecting_specific_header_fields.json", false, TOKEX_E_TOKEN_SHAPE},
    {"cookbook/jws", "4_7.protecting_content_only.json", false, TOKEX_E_TOKEN_SHAPE},
    {"cookbook/jws", "4_8.multiple_signatures.json", false, TOKEX_E_TOKEN_SHAPE},
    {"cookbook/rfc7797", "hmac-sha2_b64_false.json", false, TOKEX_E_TOKEN_ENCODING},
    {"cookbook/rfc7797", "4.2.hmac-sha2_b64_false.json", false, TOKEX_E_TOKEN_SHAPE},
};

/* The compact form where there is one, else whatever the recipe puts out, as text. */
static const char *token_of(const cJSON *recipe, apr_pool_t *pool)
{
    const cJSON *output = cJSON_GetObjectItemCaseSensitive(recipe, "output");
    const cJSON *compact = cJSON_GetObjectItemCaseSensitive(output, "compact");
    const cJSON *json = cJSON_GetObjectItemCaseSensitive(output, "json");

    if (compact)
        return cJSON_GetStringValue(compact);
    return document_of(json ? json : output, pool);
}

/* The public half: a single JWK with private members would be refused as what it is. */
static const tokex_keyset_t *recipe_keys(const fixture_t *f, const cJSON *recipe)
{
    static const char *const secret[] = {"d", "p", "q", "dp", "dq", "qi"};
    cJSON *input = cJSON_GetObjectItemCaseSensitive(recipe, "input");
    cJSON *jwk = cJSON_GetObjectItemCaseSensitive(input, "key");
    const tokex_keyset_t *set;
    const char *text = document_of(jwk, f->pool);

    assert_code(tokex_jwk_read(&set, text, strlen(text), 0, f->crypt, f->pool, f->pool),
                TOKEX_E_KEY_PRIVATE);
    for (int i = 0; i < COUNT(secret); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(jwk, secret[i]);
    text = document_of(jwk, f->pool);
    assert_success(tokex_jwk_read(&set, text, strlen(text), 0, f->crypt, f->pool, f->pool));
    return set;
}

static void test_SIG_030_HDR_016_cookbook_signatures(void **state)
{
    const fixture_t *f = *state;
    int accepted = 0;

    for (int i = 0; i < COUNT(recipes); i++) {
        const recipe_t *recipe = &recipes[i];
        const cJSON *json = load(f, recipe->folder, recipe->file);
        const char *token = token_of(json, f->pool);
        const tokex_jws_t *jws;

        assert_code(tokex_jws_parse(&jws, token, strlen(token), f->pool), recipe->code);
        if (!recipe->accept)
            continue;
        assert_true(verifies_as_jws(token, recipe_keys(f, json), f->pool));
        accepted++;
    }
    print_message("# cookbook: 11 recipes, %d accepted\n", accepted);
    assert_int_equal(accepted, 4);
}

static void test_ALG_014_cookbook_keys(void **state)
{
    static const struct {
        const char *file;
        tokex_code_t code; /* TOKEX_E_COUNT: accepted */
    } keys[] = {
        {"3_1.ec_public_key.json", TOKEX_E_COUNT},
        {"3_2.ec_private_key.json", TOKEX_E_KEY_PRIVATE},
        {"3_3.rsa_public_key.json", TOKEX_E_COUNT},
        {"3_4.rsa_private_key.json", TOKEX_E_KEY_PRIVATE},
        {"3_5.symmetric_key_mac_computation.json", TOKEX_E_KEY_UNUSABLE},
        {"3_6.symmetric_key_encryption.json", TOKEX_E_KEY_UNUSABLE},
    };
    const fixture_t *f = *state;

    for (int i = 0; i < COUNT(keys); i++) {
        const char *text = document_of(load(f, "cookbook/jwk", keys[i].file), f->pool);
        const tokex_keyset_t *set;
        const tokex_err_t *err =
            tokex_jwk_read(&set, text, strlen(text), 0, f->crypt, f->pool, f->pool);

        if (keys[i].code == TOKEX_E_COUNT)
            assert_success(err);
        else
            assert_code(err, keys[i].code);
    }
    print_message("# cookbook: 6 keys\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_SIG_029_wycheproof_json_web_signature),
        WITH_CRYPT(test_SIG_015_SIG_017_SIG_022_wycheproof_json_web_key),
        WITH_CRYPT(test_SIG_017_wycheproof_json_web_crypto),
        WITH_CRYPT(test_SIG_002_wycheproof_es256),
        WITH_CRYPT(test_SIG_007_wycheproof_es384),
        WITH_CRYPT(test_SIG_007_wycheproof_es512),
        WITH_CRYPT(test_wycheproof_ed25519),
        WITH_CRYPT(test_wycheproof_ed448),
        WITH_CRYPT(test_SIG_030_HDR_016_cookbook_signatures),
        WITH_CRYPT(test_ALG_014_cookbook_keys),
    };

    return cmocka_run_group_tests_name("crypt/vectors", tests, start, stop);
}
