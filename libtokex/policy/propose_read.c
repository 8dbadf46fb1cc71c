/* A sample token taken apart, its signature not looked at, and what it leaves open. */
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "base/b64url.h"
#include "base/limits.h"
#include "crypt/jwk.h"
#include "policy/propose_private.h"

#define PARTS 5
#define DAY 86400

typedef struct part_t {
    const char *text;
    apr_size_t len;
} part_t;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **text, apr_size_t *len)
{
    while (*len && is_blank(**text)) {
        (*text)++;
        (*len)--;
    }
    while (*len && is_blank((*text)[*len - 1]))
        (*len)--;
}

/* How many there are, those beyond PARTS counted only. */
static int split(part_t *parts, const char *token, apr_size_t len)
{
    int count = 0;
    for (;;) {
        const char *dot = memchr(token, '.', len);
        apr_size_t part = dot ? (apr_size_t)(dot - token) : len;
        if (count < PARTS)
            parts[count] = (part_t){token, part};
        count++;
        if (!dot)
            return count;
        token += part + 1;
        len -= part + 1;
    }
}

/* What is wrong is told by place only: the octets are somebody's token. */
static const tokex_err_t *decode(const tokex_json_t **out, const part_t *part, tokex_code_t code,
                                 const char *what, apr_pool_t *pool)
{
    const tokex_err_t *err;
    unsigned char *text;
    apr_size_t len;
    if (tokex_b64url_decode(&text, &len, part->text, part->len, pool))
        return tokex_err_create(pool, TOKEX_E_TOKEN_ENCODING, NULL, "its %s is not base64url",
                                what);
    err = tokex_json_parse_object(out, (const char *)text, len, pool);
    return err ? tokex_err_create(pool, code, err, "its %s", what) : NULL;
}

static const tokex_err_t *read_alg(tokex_propose_t *p)
{
    const char *alg = tokex_json_string(tokex_json_get(p->header, "alg"));
    if (!alg)
        return tokex_err_create(p->pool, TOKEX_E_TOKEN_ALG, NULL, "its header has no alg");
    if (tokex_jwk_alg(alg) != TOKEX_ALG_NONE)
        return NULL;
    if (strncmp(alg, "HS", 2) != 0)
        return tokex_err_create(p->pool, TOKEX_E_TOKEN_ALG, NULL,
                                "its alg is \"%s\", so nobody can verify such tokens here",
                                tokex_err_shown(p->pool, alg, strlen(alg)));
    tokex_propose_warn(p,
                       "It is signed with %s: that needs a shared secret, which a trusted issuer "
                       "should not have, and is never accepted. Let the issuer sign with RS256, "
                       "PS256, ES256 or EdDSA; RS256 and ES256 are proposed",
                       tokex_err_shown(p->pool, alg, strlen(alg)));
    return NULL;
}

const tokex_err_t *tokex_propose_read(tokex_propose_t *p, const char *token, apr_size_t len)
{
    apr_pool_t *pool = p->pool;
    part_t parts[PARTS];
    int count;
    trim(&token, &len);
    if (len > 7 && strncasecmp(token, "bearer ", 7) == 0) {
        token += 7;
        len -= 7;
        trim(&token, &len);
    }
    if (len > TOKEX_LIMIT_TOKEN)
        return tokex_err_create(pool, TOKEX_E_TOKEN_SIZE, NULL, "it is larger than %d octets",
                                TOKEX_LIMIT_TOKEN);
    count = split(parts, token, len);
    if (count == PARTS)
        return tokex_err_create(pool, TOKEX_E_TOKEN_ENCRYPTED, NULL,
                                "it has five parts, so it is encrypted");
    if (count != 3 || !parts[0].len || !parts[1].len)
        return tokex_err_create(pool, TOKEX_E_TOKEN_SHAPE, NULL,
                                "it has not the three parts of a JWT: an opaque token, or not the "
                                "whole of one");
    TOKEX_RETURN_ERR(decode(&p->header, &parts[0], TOKEX_E_TOKEN_HEADER, "header", pool));
    TOKEX_RETURN_ERR(decode(&p->claims, &parts[1], TOKEX_E_TOKEN_CLAIMS, "payload", pool));
    if (!tokex_json_string(tokex_json_get(p->claims, "iss")))
        return tokex_err_create(pool, TOKEX_E_TOKEN_CLAIMS, NULL,
                                "it names no issuer: there is no text in iss");
    return read_alg(p);
}

const tokex_err_t *tokex_propose_claims(const tokex_json_t **out, const char *token, apr_size_t len,
                                        apr_pool_t *pool)
{
    tokex_propose_t p = {.pool = pool, .warnings = apr_array_make(pool, 1, sizeof(const char *))};
    TOKEX_RETURN_ERR(tokex_propose_read(&p, token, len));
    *out = p.claims;
    return NULL;
}

/* ---- What it leaves open */

static const char *text_of(const tokex_propose_t *p, const char *name)
{
    return tokex_json_string(tokex_json_get(p->claims, name));
}

static void judge_issuer(tokex_propose_t *p)
{
    const char *iss = text_of(p, "iss");
    if (strncmp(iss, "https://", 8) == 0)
        return;
    if (strncmp(iss, "http://", 7) == 0)
        tokex_propose_warn(p, "Its issuer is http: anybody on the way could put other keys there. "
                              "Only 127.0.0.1, [::1] and localhost are accepted so");
    else
        tokex_propose_warn(p, "Its issuer is no URL, which is not accepted, and says nothing of "
                              "where its keys are");
}

static void judge_audience(tokex_propose_t *p)
{
    const tokex_json_t *aud = tokex_json_get(p->claims, "aud");
    const char *one = tokex_json_string(aud);
    const char *client = text_of(p, "azp") ? text_of(p, "azp") : text_of(p, "client_id");
    apr_size_t count = one ? 1 : tokex_json_count(aud);
    if (!one && tokex_json_count(aud) == 1)
        one = tokex_json_string(tokex_json_first(aud));
    if (!count)
        tokex_propose_warn(p, "It has no aud: it was made for nobody in particular, and is "
                              "refused. Let the issuer name this service in aud, and write that "
                              "name into audiences");
    else if (count > 1)
        tokex_propose_warn(p,
                           "Its aud has %lu values, and all are proposed: keep the one by which "
                           "the issuer knows this service",
                           (unsigned long)count);
    else if (one && client && strcmp(one, client) == 0)
        tokex_propose_warn(p, "Its aud is the client that got it: every token of that client would "
                              "be accepted, whatever it was made for");
}

static void judge_times(tokex_propose_t *p)
{
    int64_t exp, iat = p->now;
    bool has_iat = tokex_json_floor(tokex_json_get(p->claims, "iat"), &iat);
    if (!tokex_json_floor(tokex_json_get(p->claims, "exp"), &exp))
        tokex_propose_warn(p, "It has no exp: tokens that never end are refused");
    else if (exp - iat > DAY)
        tokex_propose_warn(p,
                           "It is good for %" APR_INT64_T_FMT
                           " hours: one that is stolen is too. Set max_age, or let the issuer "
                           "make shorter ones",
                           (exp - iat) / 3600);
    if (!has_iat)
        tokex_propose_warn(p, "It has no iat, so max_age cannot be held against its tokens");
}

static void judge_subject(tokex_propose_t *p)
{
    const char *sub = text_of(p, "sub");
    const char *email = text_of(p, "email");
    if (!sub || !*sub)
        tokex_propose_warn(p, "It has no sub: nobody would know whose the issued token is");
    else if (((email && strcmp(sub, email) == 0) || strchr(sub, '@')) &&
             !tokex_json_is_true(tokex_json_get(p->claims, "email_verified")))
        tokex_propose_warn(p, "Its sub looks like an e-mail address, and email_verified is not "
                              "true: at many issuers users type that themselves, and addresses are "
                              "given to others. Ask for a sub that stays");
}

void tokex_propose_judge(tokex_propose_t *p)
{
    judge_issuer(p);
    judge_audience(p);
    judge_times(p);
    judge_subject(p);
}
