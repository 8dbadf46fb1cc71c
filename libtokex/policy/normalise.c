#include "policy/normalise.h"

#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/b64url.h"
#include "base/limits.h"
#include "config/canonical.h"
#include "crypt/jwk.h"
#include "policy/policy_private.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

typedef struct normaliser_t {
    int64_t now;
    const tokex_crypt_t *crypt;
    tokex_faults_t *faults;
    apr_pool_t *result;
    apr_pool_t *scratch;
    apr_array_header_t *keys;        /* tokex_issuer_key_t */
    apr_array_header_t *thumbprints; /* of the PEM keys of one text */
    tokex_place_t at;
} normaliser_t;

/* Strict where apr_base64_decode() would stop at the first wrong character and call it the end. */
static bool decode_base64(const char **out, apr_size_t *out_len, const char *text, apr_pool_t *pool)
{
    char *url = apr_palloc(pool, strlen(text) + 1);
    unsigned char *octets;
    apr_size_t len = 0, padding = 0;
    for (; *text; text++) {
        if (strchr(" \t\r\n", *text))
            continue;
        if (*text == '-' || *text == '_')
            return false;
        url[len++] = (char)(*text == '+' ? '-' : *text == '/' ? '_' : *text);
    }
    if (len % 4)
        return false;
    while (padding < 2 && padding < len && url[len - padding - 1] == '=')
        padding++;
    if (tokex_b64url_decode(&octets, out_len, url, len - padding, pool))
        return false;
    *out = (const char *)octets;
    return true;
}

bool tokex_key_material(const char **out, apr_size_t *len, const tokex_issuer_key_t *key,
                        apr_pool_t *pool)
{
    const char *text = key->jwk ? key->jwk : key->pem ? key->pem : key->jwks;
    if (!text)
        return key->der && decode_base64(out, len, key->der, pool);
    *out = text;
    *len = strlen(text);
    return true;
}

void tokex_key_fault(tokex_faults_t *faults, const tokex_place_t *at, const tokex_err_t *err,
                     apr_pool_t *scratch_pool)
{
    tokex_faults_error(faults, at, tokex_err_info(err->code)->remedy, "%s",
                       tokex_err_text(err, scratch_pool));
}

/* A set of one algorithm as that algorithm: then the JWK says it. */
static tokex_alg_t only_alg(unsigned algs)
{
    for (int alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++)
        if (algs == TOKEX_ALG_BIT(alg))
            return (tokex_alg_t)alg;
    return TOKEX_ALG_NONE;
}

static void keep_jwk(normaliser_t *n, const tokex_key_t *key)
{
    tokex_jsonw_t *w = tokex_jsonw_create(n->scratch, 1024);
    const tokex_json_t *node;
    const tokex_err_t *err;
    const char *text;
    apr_size_t len;
    tokex_jwk_write_public(w, key, only_alg(tokex_jwk_algs(key)));
    text = tokex_jsonw_text(w, &len);
    err = tokex_json_parse_object(&node, text, len, n->scratch);
    if (err)
        tokex_key_fault(n->faults, &n->at, err, n->scratch);
    else
        APR_ARRAY_PUSH(n->keys, tokex_issuer_key_t) =
            (tokex_issuer_key_t){.jwk = tokex_canonical_text(node, n->result, n->scratch)};
}

static void keep_jwks(normaliser_t *n, const tokex_keyset_t *set)
{
    for (int i = 0; i < set->warning_count; i++)
        tokex_faults_warning(n->faults, &n->at, "Nothing is to be done if it is meant so.", "%s",
                             set->warnings[i]);
    for (int i = 0; i < set->count; i++)
        keep_jwk(n, set->keys[i]);
}

static bool is_known(const normaliser_t *n, const char *thumbprint)
{
    for (int i = 0; i < n->thumbprints->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(n->thumbprints, i, const char *), thumbprint) == 0)
            return true;
    return false;
}

/* What the whole text was read with has no way to say which block a key came from, so each block is
 * read again on its own. */
static void keep_block(normaliser_t *n, const char *block)
{
    const tokex_keyset_t *set;
    const tokex_err_t *err =
        tokex_jwk_read(&set, block, strlen(block), n->now, n->crypt, n->scratch, n->scratch);
    const char *thumbprint;
    if (err) {
        tokex_faults_warning(n->faults, &n->at, "Nothing is to be done if it is meant so.",
                             "a PEM block is left out: %s", tokex_err_text(err, n->scratch));
        return;
    }
    thumbprint = tokex_jwk_thumbprint(set->keys[0]);
    if (is_known(n, thumbprint)) {
        tokex_faults_warning(n->faults, &n->at, "Keep one of them.",
                             "two PEM blocks hold the same key; it is kept once");
        return;
    }
    APR_ARRAY_PUSH(n->thumbprints, const char *) = thumbprint;
    APR_ARRAY_PUSH(n->keys, tokex_issuer_key_t) =
        (tokex_issuer_key_t){.pem = apr_pstrdup(n->result, block)};
}

/* `len` octets without carriage returns, a line feed at the end. */
static const char *tidy_block(const char *text, apr_size_t len, apr_pool_t *pool)
{
    char *block = apr_palloc(pool, len + 2);
    char *to = block;
    for (apr_size_t i = 0; i < len; i++)
        if (text[i] != '\r')
            *to++ = text[i];
    *to++ = '\n';
    *to = '\0';
    return block;
}

static void keep_pem(normaliser_t *n, const char *text)
{
    while ((text = strstr(text, BEGIN))) {
        const char *end = strstr(text, END);
        end = end ? strstr(end + strlen(END), DASHES) : NULL;
        if (!end)
            return;
        end += strlen(DASHES);
        keep_block(n, tidy_block(text, (apr_size_t)(end - text), n->scratch));
        text = end;
    }
}

/* How many octets the tag and the length of a DER value take (X.690 section 8.1). */
static apr_size_t der_header(const char *der, apr_size_t len)
{
    unsigned char first = len > 1 ? (unsigned char)der[1] : 0;
    return first & 0x80 ? 2u + (first & 0x7Fu) : 2u;
}

/* A SubjectPublicKeyInfo begins with an algorithm, which begins with an OBJECT IDENTIFIER; what a
 * certificate begins with begins with a version or a serial number. */
static bool is_public_key_info(const char *der, apr_size_t len)
{
    apr_size_t at = der_header(der, len);
    if (at >= len)
        return false;
    at += der_header(der + at, len - at);
    return at < len && der[at] == 0x06;
}

static const char *der_to_pem(const char *der, apr_size_t len, apr_pool_t *pool)
{
    const char *label = is_public_key_info(der, len) ? "PUBLIC KEY" : "CERTIFICATE";
    char *text = apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)len));
    const char *pem = apr_pstrcat(pool, BEGIN, label, DASHES "\n", NULL);
    apr_base64_encode_binary(text, (const unsigned char *)der, (int)len);
    for (const char *line = text; *line; line += strnlen(line, 64))
        pem = apr_psprintf(pool, "%s%.64s\n", pem, line);
    return apr_pstrcat(pool, pem, END, label, DASHES "\n", NULL);
}

static bool is_json(const char *text, apr_size_t len)
{
    while (len > 0 && (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')) {
        text++;
        len--;
    }
    return len > 0 && *text == '{';
}

/* Told apart in the same way as tokex_jwk_read() does. */
static bool normalise(normaliser_t *n, const char *material, apr_size_t len)
{
    int before = n->keys->nelts;
    const tokex_keyset_t *set;
    const tokex_err_t *err =
        tokex_jwk_read(&set, material, len, n->now, n->crypt, n->scratch, n->scratch);
    if (err) {
        tokex_key_fault(n->faults, &n->at, err, n->scratch);
        return false;
    }
    n->thumbprints = apr_array_make(n->scratch, 2, sizeof(const char *));
    if (is_json(material, len))
        keep_jwks(n, set);
    else if (len > 0 && material[0] == 0x30)
        keep_pem(n, der_to_pem(material, len, n->scratch));
    else
        keep_pem(n, apr_pstrmemdup(n->scratch, material, len));
    if (n->keys->nelts > before)
        return true;
    tokex_faults_error(n->faults, &n->at, tokex_err_info(TOKEX_E_KEY_UNUSABLE)->remedy,
                       "there is no usable key in it");
    return false;
}

bool tokex_normalise_keys(const tokex_issuer_key_t **keys, int *count, const char *issuer_id,
                          const char *material, apr_size_t len, int64_t now,
                          const tokex_crypt_t *crypt, tokex_faults_t *faults,
                          apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    normaliser_t n = {.now = now,
                      .crypt = crypt,
                      .faults = faults,
                      .result = result_pool,
                      .scratch = scratch_pool,
                      .keys = apr_array_make(result_pool, 2, sizeof(tokex_issuer_key_t)),
                      .at = {.object = "issuer", .id = issuer_id, .field = "keys"}};
    if (!normalise(&n, material, len))
        return false;
    *keys = (const tokex_issuer_key_t *)n.keys->elts;
    *count = n.keys->nelts;
    return true;
}

static void normalise_issuer(normaliser_t *n, tokex_issuer_t *issuer)
{
    const tokex_issuer_key_t *keys = issuer->keys;
    n->keys = apr_array_make(n->result, issuer->key_count + 1, sizeof(tokex_issuer_key_t));
    for (int i = 0; i < issuer->key_count; i++) {
        const char *material;
        apr_size_t len;
        if (!keys[i].jwk && !keys[i].pem && !keys[i].jwks && !keys[i].der)
            continue; /* it had its fault */
        n->at = (tokex_place_t){.object = "key"};
        n->at.id = apr_psprintf(n->scratch, "%s/#%d", issuer->id ? issuer->id : "", i + 1);
        if (tokex_key_material(&material, &len, &keys[i], n->scratch)) {
            (void)normalise(n, material, len);
        } else {
            n->at.field = "der";
            tokex_faults_error(n->faults, &n->at, "Write it as RFC 4648 section 4 says.",
                               "this is no base64");
        }
    }
    issuer->keys = n->keys->nelts ? (const tokex_issuer_key_t *)n->keys->elts : NULL;
    issuer->key_count = n->keys->nelts;
}

const tokex_config_t *tokex_normalise_config(const tokex_config_t *config, int64_t now,
                                             const tokex_crypt_t *crypt, tokex_faults_t *faults,
                                             apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    normaliser_t n = {.now = now, .crypt = crypt, .faults = faults, .result = result_pool};
    tokex_config_t *made = apr_pmemdup(result_pool, config, sizeof(*config));
    tokex_issuer_t *issuers;
    if (!config->issuer_count)
        return made;
    issuers = apr_pmemdup(result_pool, config->issuers,
                          (apr_size_t)config->issuer_count * sizeof(*issuers));
    apr_pool_create(&n.scratch, scratch_pool);
    for (int i = 0; i < config->issuer_count; i++) {
        normalise_issuer(&n, &issuers[i]);
        apr_pool_clear(n.scratch);
    }
    apr_pool_destroy(n.scratch);
    made->issuers = issuers;
    return made;
}
