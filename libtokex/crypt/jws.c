/* A compact JWS taken apart: every check that needs no key. */
#include "crypt/jws.h"

#include <string.h>

#include "base/b64url.h"
#include "base/limits.h"

#define PARTS_MAX 5

typedef struct part_t {
    const char *text;
    apr_size_t len;
} part_t;

/* Gives the number of parts, or PARTS_MAX + 1 as soon as there are more: what follows the fifth dot
 * is not looked at. */
static int split(part_t parts[PARTS_MAX], const char *token, apr_size_t len)
{
    const char *at = token;
    const char *end = token + len;
    int count = 0;

    for (;;) {
        const char *dot;

        if (count == PARTS_MAX)
            return PARTS_MAX + 1;
        dot = memchr(at, '.', (apr_size_t)(end - at));
        parts[count].text = at;
        parts[count].len = (apr_size_t)((dot ? dot : end) - at);
        count++;
        if (!dot)
            return count;
        at = dot + 1;
    }
}

static const tokex_err_t *check_shape(part_t parts[PARTS_MAX], const char *token, apr_size_t len,
                                      apr_pool_t *pool)
{
    int count;

    if (len > TOKEX_LIMIT_TOKEN)
        return tokex_err_create(pool, TOKEX_E_TOKEN_SIZE, NULL,
                                "%" APR_SIZE_T_FMT " octets; at most %d are taken", len,
                                TOKEX_LIMIT_TOKEN);
    /* Said first, since dots in its strings could make it look like something else. */
    if (len > 0 && token[0] == '{')
        return tokex_err_create(pool, TOKEX_E_TOKEN_SHAPE, NULL, "a JWS in its JSON form");
    count = split(parts, token, len);
    if (count == 5)
        return tokex_err_create(pool, TOKEX_E_TOKEN_ENCRYPTED, NULL, NULL);
    if (count != 3)
        return tokex_err_create(pool, TOKEX_E_TOKEN_SHAPE, NULL, "%s",
                                count > PARTS_MAX ? "more than five parts"
                                : count < 3       ? "fewer than three parts"
                                                  : "four parts");
    for (int i = 0; i < 3; i++) {
        if (parts[i].len == 0)
            return tokex_err_create(pool, TOKEX_E_TOKEN_SHAPE, NULL, "part %d is empty", i + 1);
    }
    return NULL;
}

static const tokex_err_t *decode(unsigned char **out, apr_size_t *out_len, const part_t *part,
                                 const char *name, apr_pool_t *pool)
{
    const tokex_err_t *err = tokex_b64url_decode(out, out_len, part->text, part->len, pool);

    return err ? tokex_err_create(pool, TOKEX_E_TOKEN_ENCODING, err, "%s", name) : NULL;
}

static const tokex_err_t *check_alg(tokex_jws_t *jws, apr_pool_t *pool)
{
    const tokex_json_t *node = tokex_json_get(jws->header, "alg");
    const char *name = tokex_json_string(node);

    jws->alg = tokex_jwk_alg(name);
    if (jws->alg != TOKEX_ALG_NONE)
        return NULL;
    if (!name)
        return tokex_err_create(pool, TOKEX_E_TOKEN_ALG, NULL, "alg is %s",
                                node ? "no string" : "missing");
    return tokex_err_create(pool, TOKEX_E_TOKEN_ALG, NULL, "alg is \"%s\"",
                            tokex_err_shown(pool, name, strlen(name)));
}

/* Members that other libraries act upon (jku, jwk, x5u, x5c) are not asked for anywhere: a token
 * must not bring or name the key that it is checked with. */
static const tokex_err_t *read_header(tokex_jws_t *jws, const unsigned char *text, apr_size_t len,
                                      apr_pool_t *pool)
{
    const tokex_json_t *kid;
    const tokex_json_t *typ;
    const tokex_err_t *err;

    if (len > TOKEX_LIMIT_JOSE_HEADER)
        return tokex_err_create(pool, TOKEX_E_TOKEN_HEADER, NULL,
                                "%" APR_SIZE_T_FMT " octets; at most %d are taken", len,
                                TOKEX_LIMIT_JOSE_HEADER);
    err = tokex_json_parse_object(&jws->header, (const char *)text, len, pool);
    if (err)
        return tokex_err_create(pool, TOKEX_E_TOKEN_HEADER, err, NULL);
    typ = tokex_json_get(jws->header, "typ");
    jws->typ = tokex_json_string(typ);
    if (typ && !jws->typ)
        return tokex_err_create(pool, TOKEX_E_TOKEN_HEADER, NULL, "typ is no string");
    TOKEX_RETURN_ERR(check_alg(jws, pool));
    if (tokex_json_get(jws->header, "crit") || tokex_json_get(jws->header, "b64"))
        return tokex_err_create(pool, TOKEX_E_TOKEN_CRIT, NULL, NULL);
    kid = tokex_json_get(jws->header, "kid");
    jws->kid = tokex_json_string(kid);
    if (kid && (!jws->kid || strlen(jws->kid) > TOKEX_LIMIT_KID))
        return tokex_err_create(pool, TOKEX_E_TOKEN_KID, NULL,
                                "kid is no string of at most %d octets", TOKEX_LIMIT_KID);
    return NULL;
}

const tokex_err_t *tokex_jws_parse(const tokex_jws_t **out, const char *token, apr_size_t len,
                                   apr_pool_t *pool)
{
    part_t parts[PARTS_MAX];
    tokex_jws_t *jws;
    unsigned char *header;
    unsigned char *payload;
    unsigned char *signature;
    apr_size_t header_len;
    apr_size_t payload_len;
    const tokex_err_t *err;

    TOKEX_RETURN_ERR(check_shape(parts, token, len, pool));
    jws = apr_pcalloc(pool, sizeof(*jws));
    TOKEX_RETURN_ERR(decode(&header, &header_len, &parts[0], "header", pool));
    TOKEX_RETURN_ERR(decode(&payload, &payload_len, &parts[1], "claims", pool));
    TOKEX_RETURN_ERR(decode(&signature, &jws->signature_len, &parts[2], "signature", pool));
    TOKEX_RETURN_ERR(read_header(jws, header, header_len, pool));
    err = tokex_json_parse_object(&jws->claims, (const char *)payload, payload_len, pool);
    if (err)
        return tokex_err_create(pool, TOKEX_E_TOKEN_CLAIMS, err, NULL);
    jws->signature = signature;
    jws->signing_input = token;
    jws->signing_input_len = parts[0].len + 1 + parts[1].len;
    *out = jws;
    return NULL;
}
