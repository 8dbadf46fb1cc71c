#include "keys/token_ask.h"

#include <string.h>

#include <apr_base64.h>
#include <apr_cstr.h>
#include <apr_strings.h>

/* ---- The secret */

/* Rows cannot be exchanged, nor the sealed half of a signing key, whose name has no blank. */
static const char *seal_name(const tokex_issuer_t *issuer, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "introspection ", issuer->id, NULL);
}

const tokex_err_t *tokex_token_ask_seal(const char **out, const tokex_issuer_t *issuer,
                                        const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    const char *secret = issuer->introspection_secret;
    return tokex_seal_close(out, sealer->master, seal_name(issuer, pool),
                            (const unsigned char *)secret, strlen(secret), sealer->crypt, pool);
}

typedef struct wiped_t {
    char *text;
    apr_size_t len;
} wiped_t;

static apr_status_t wipe(void *data)
{
    const wiped_t *wiped = data;
    tokex_crypt_wipe(wiped->text, wiped->len);
    return APR_SUCCESS;
}

/* `len` characters and their end, wiped when `pool` goes. */
static char *make_secret(apr_size_t len, apr_pool_t *pool)
{
    wiped_t *wiped = apr_palloc(pool, sizeof(*wiped));
    wiped->text = apr_pcalloc(pool, len + 1);
    wiped->len = len + 1;
    apr_pool_cleanup_register(pool, wiped, wipe, apr_pool_cleanup_null);
    return wiped->text;
}

const tokex_err_t *tokex_token_ask_open(const char **out, const tokex_issuer_t *issuer,
                                        const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    const unsigned char *octets;
    apr_size_t len;
    char *text;
    TOKEX_RETURN_ERR(tokex_seal_open(&octets, &len, sealer->master, seal_name(issuer, pool),
                                     issuer->introspection_sealed, sealer->crypt, pool));
    text = make_secret(len, pool);
    memcpy(text, octets, len);
    *out = text;
    return NULL;
}

/* ---- The question */

const char *tokex_token_ask_url(const tokex_token_ask_t *ask)
{
    return ask->kind == TOKEX_ASK_USERINFO ? ask->issuer->userinfo_url
                                           : ask->issuer->introspection_url;
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c));
}

/* application/x-www-form-urlencoded; RFC 6749 section 2.3.1 wants it in the header too. */
static const char *encode(const char *text, apr_pool_t *pool)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = make_secret(3 * strlen(text), pool);
    char *at = out;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (is_unreserved(*text)) {
            *at++ = *text;
            continue;
        }
        *at++ = '%';
        *at++ = digits[c >> 4];
        *at++ = digits[c & 15];
    }
    return out;
}

static const char *join(const char *const *parts, int count, apr_pool_t *pool)
{
    apr_size_t len = 0;
    char *out, *at;
    for (int i = 0; i < count; i++)
        len += strlen(parts[i]);
    at = out = make_secret(len, pool);
    for (int i = 0; i < count; i++) {
        apr_size_t part = strlen(parts[i]);
        memcpy(at, parts[i], part);
        at += part;
    }
    return out;
}

#define JOIN(pool, ...)                                                                            \
    join((const char *const[]){__VA_ARGS__},                                                       \
         (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)), pool)

static const char *basic(const char *id, const char *secret, apr_pool_t *pool)
{
    const char *pair = JOIN(pool, encode(id, pool), ":", encode(secret, pool));
    int len = (int)strlen(pair);
    char *text = make_secret((apr_size_t)apr_base64_encode_len(len), pool);
    apr_base64_encode(text, pair, len);
    return JOIN(pool, "Basic ", text);
}

static const tokex_err_t *prepare_introspection(tokex_fetch_t *out, const tokex_token_ask_t *ask,
                                                const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    const tokex_issuer_t *issuer = ask->issuer;
    const char *secret;
    const tokex_err_t *err = tokex_token_ask_open(&secret, issuer, sealer, pool);
    if (err)
        return tokex_err_create(pool, TOKEX_E_ISSUER_UNAVAILABLE, err,
                                "introspection_secret of issuer \"%s\" does not open: write it "
                                "again",
                                issuer->id);
    out->form = JOIN(pool, "token=", encode(ask->token, pool), "&token_type_hint=access_token");
    if (issuer->introspection_auth && strcmp(issuer->introspection_auth, "post") == 0)
        out->form =
            JOIN(pool, out->form, "&client_id=", encode(issuer->introspection_client_id, pool),
                 "&client_secret=", encode(secret, pool));
    else
        out->authorization = basic(issuer->introspection_client_id, secret, pool);
    return NULL;
}

const tokex_err_t *tokex_token_ask_prepare(tokex_fetch_t *out, const tokex_token_ask_t *ask,
                                           const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    *out = (tokex_fetch_t){
        .url = tokex_token_ask_url(ask), .accept = "application/json", .max_age = -1};
    if (ask->kind == TOKEX_ASK_INTROSPECTION)
        return prepare_introspection(out, ask, sealer, pool);
    out->authorization = JOIN(pool, "Bearer ", ask->token);
    return NULL;
}

/* ---- The answer */

static const char *name_of(const tokex_token_ask_t *ask)
{
    return ask->kind == TOKEX_ASK_USERINFO ? "UserInfo" : "introspection";
}

static const tokex_err_t *unavailable(const tokex_token_ask_t *ask, const char *why,
                                      apr_pool_t *pool)
{
    return tokex_err_create(pool, TOKEX_E_ISSUER_UNAVAILABLE, NULL, "%s of issuer \"%s\": %s",
                            name_of(ask), ask->issuer->id, why);
}

static bool refuses_token(const tokex_fetch_t *answer, const tokex_token_ask_t *ask)
{
    return ask->kind == TOKEX_ASK_USERINFO &&
           (answer->status == 400 || answer->status == 401 || answer->status == 403);
}

/* Parameters of the media type say nothing. */
static bool is_json(const char *content_type)
{
    static const char json[] = "application/json";
    apr_size_t len = sizeof(json) - 1;
    if (!content_type || apr_cstr_casecmpn(content_type, json, len) != 0)
        return false;
    content_type += len;
    content_type += strspn(content_type, " \t");
    return *content_type == '\0' || *content_type == ';';
}

static const char *shown_type(const tokex_fetch_t *answer, apr_pool_t *pool)
{
    const char *type = answer->content_type;
    return type ? tokex_err_shown(pool, type, strlen(type)) : "no media type";
}

const tokex_err_t *tokex_token_ask_judge(const tokex_json_t **out, const tokex_fetch_t *answer,
                                         const tokex_token_ask_t *ask, apr_pool_t *pool)
{
    const tokex_err_t *err;
    if (answer->err && refuses_token(answer, ask))
        return tokex_err_create(pool, TOKEX_E_TOKEN_INACTIVE, NULL,
                                "UserInfo of issuer \"%s\" answers %d", ask->issuer->id,
                                answer->status);
    if (answer->err && answer->status == 401)
        return unavailable(
            ask, "it does not take introspection_client_id with its secret (status 401)", pool);
    if (answer->err)
        return unavailable(ask, tokex_err_text(answer->err, pool), pool);
    if (!is_json(answer->content_type))
        return unavailable(
            ask,
            apr_psprintf(pool, "the answer is %s, not application/json", shown_type(answer, pool)),
            pool);
    err = tokex_json_parse_object(out, answer->body, answer->len, pool);
    return err ? unavailable(ask,
                             apr_psprintf(pool, "the answer is no JSON object: %s",
                                          tokex_err_text(err, pool)),
                             pool)
               : NULL;
}

static bool is_good(const tokex_json_t *claims, const tokex_token_ask_t *ask)
{
    const tokex_json_t *active = tokex_json_get(claims, "active");
    if (!claims || ask->kind == TOKEX_ASK_USERINFO)
        return claims != NULL;
    return active && tokex_json_is_true(active);
}

static int64_t within(int64_t life, int64_t most)
{
    return life < most ? life : most;
}

int64_t tokex_token_ask_until(const tokex_json_t *claims, const tokex_token_ask_t *ask, int64_t now)
{
    int64_t life = ask->issuer->opaque_cache;
    const tokex_json_t *node = tokex_json_get(claims, "exp");
    int64_t exp;
    if (!is_good(claims, ask))
        return now + within(life, TOKEX_TOKEN_ASK_NO_LIFE);
    if (ask->kind == TOKEX_ASK_USERINFO || !node)
        return now + life;
    if (!tokex_json_floor(node, &exp) || exp <= now)
        return now + within(life, TOKEX_TOKEN_ASK_NO_LIFE);
    return now + within(life, exp - now);
}
