/* Which claims of a sample token are worth mapping. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "policy/policy_private.h"
#include "policy/propose_private.h"

/* Beside the reserved ones: what RFC 7519, OpenID Connect and the usual issuers say of the token,
 * its session or its client, not of the subject. */
static const char *const of_the_token[] = {
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "auth_time",
    "azp",
    "sid",
    "typ",
    "ver",
    "uti",
    "rh",
    "aio",
    "gty",
    "cid",
    "appid",
    "appidacr",
    "azpacr",
    "idtyp",
    "xms_tcdt",
    "token_use",
    "session_state",
    "origin_jti",
    "event_id",
    "allowed-origins",
    "email_verified",
    "phone_number_verified",
};

bool tokex_propose_is_reserved(const char *name)
{
    return tokex_policy_claim_is_ours(name);
}

static bool is_of_the_token(const char *name)
{
    for (size_t i = 0; i < sizeof(of_the_token) / sizeof(of_the_token[0]); i++)
        if (strcmp(of_the_token[i], name) == 0)
            return true;
    return tokex_policy_claim_is_ours(name);
}

const char *tokex_propose_step(const char *name, apr_pool_t *pool)
{
    char *path = apr_palloc(pool, 2 * strlen(name) + 1), *to = path;
    for (; *name; name++) {
        if (*name == '.' || *name == '\\')
            *to++ = '\\';
        *to++ = *name;
    }
    *to = '\0';
    return path;
}

/* Of a name that is a URL, what stands behind its last slash. */
static const char *short_name(const char *name)
{
    const char *slash = strstr(name, "://") ? strrchr(name, '/') : NULL;
    return slash && slash[1] ? slash + 1 : name;
}

static bool is_of_texts(const tokex_json_t *list)
{
    for (const tokex_json_t *item = tokex_json_first(list); item; item = tokex_json_next(item))
        if (tokex_json_type(item) != TOKEX_JSON_STRING)
            return false;
    return true;
}

const char *tokex_propose_type(const tokex_json_t *value)
{
    switch (tokex_json_type(value)) {
    case TOKEX_JSON_STRING:
        return "text";
    case TOKEX_JSON_NUMBER:
        return "number";
    case TOKEX_JSON_BOOL:
        return "boolean";
    case TOKEX_JSON_ARRAY:
        return is_of_texts(value) ? "texts" : NULL;
    case TOKEX_JSON_NULL:
    case TOKEX_JSON_OBJECT:
        break;
    }
    return NULL;
}

static bool may_be_text(const char *name)
{
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return false;
    return *name && strlen(name) <= TOKEX_LIMIT_TEXT / 2;
}

/* Is this claim to have a row? */
static bool is_wanted(tokex_propose_t *p, const tokex_json_t *claim, apr_hash_t *seen)
{
    const char *name = tokex_json_name(claim);
    const char *to = short_name(name);
    if (is_of_the_token(name))
        return false;
    if (!may_be_text(name) || is_of_the_token(to) || apr_hash_get(seen, to, APR_HASH_KEY_STRING)) {
        tokex_propose_warn(p, "The claim \"%s\" is left out: choose a name for it in our tokens",
                           tokex_err_shown(p->pool, name, strlen(name)));
        return false;
    }
    if (!tokex_propose_type(claim)) {
        tokex_propose_warn(p,
                           "The claim \"%s\" is no simple value and is left out: map what you "
                           "need of it, by a path such as %s.NAME",
                           tokex_err_shown(p->pool, name, strlen(name)),
                           tokex_err_shown(p->pool, tokex_propose_step(name, p->pool),
                                           strlen(tokex_propose_step(name, p->pool))));
        return false;
    }
    apr_hash_set(seen, to, APR_HASH_KEY_STRING, to);
    return true;
}

static void write_row(tokex_jsonw_t *w, const tokex_json_t *claim, apr_pool_t *pool)
{
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "from", tokex_propose_step(tokex_json_name(claim), pool));
    tokex_jsonw_member_string(w, "to", short_name(tokex_json_name(claim)));
    tokex_jsonw_member_string(w, "type", tokex_propose_type(claim));
    tokex_jsonw_object_end(w);
}

int tokex_propose_rows(tokex_jsonw_t *w, tokex_propose_t *p)
{
    apr_hash_t *seen = apr_hash_make(p->pool);
    const tokex_json_t *claim = tokex_json_first(p->claims);
    int count = 0;
    tokex_jsonw_array_begin(w);
    for (; claim && count < TOKEX_LIMIT_MAPPING_ROWS; claim = tokex_json_next(claim)) {
        if (!is_wanted(p, claim, seen))
            continue;
        write_row(w, claim, p->pool);
        count++;
    }
    tokex_jsonw_array_end(w);
    if (claim)
        tokex_propose_warn(p, "It has more claims than a mapping has rows; %d are proposed", count);
    return count;
}
