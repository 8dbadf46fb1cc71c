#include "policy/propose.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "config/document.h"
#include "crypt/jwk.h"
#include "policy/propose_private.h"

#define IDS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"

void tokex_propose_warn(tokex_propose_t *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    APR_ARRAY_PUSH(p->warnings, const char *) = apr_pvsprintf(p->pool, fmt, args);
    va_end(args);
}

/* ---- URLs */

/* The slash at the end of an issuer is its own; nobody writes it twice. */
const char *tokex_propose_openid_url(const char *issuer, apr_pool_t *pool)
{
    apr_size_t len = strlen(issuer);
    if (len && issuer[len - 1] == '/')
        len--;
    return apr_pstrcat(pool, apr_pstrmemdup(pool, issuer, len), "/.well-known/openid-configuration",
                       NULL);
}

const char *tokex_propose_oauth_url(const char *issuer, apr_pool_t *pool)
{
    const char *host = strstr(issuer, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    apr_size_t len = path ? (apr_size_t)(path - issuer) : strlen(issuer);
    return apr_pstrcat(pool, apr_pstrmemdup(pool, issuer, len),
                       "/.well-known/oauth-authorization-server", path && path[1] ? path : "",
                       NULL);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_url(const char *iss)
{
    return begins(iss, "https://") || begins(iss, "http://");
}

const char *tokex_propose_name(const char *iss, apr_pool_t *pool)
{
    const char *host = is_url(iss) ? strstr(iss, "://") + 3 : iss;
    return apr_pstrmemdup(pool, host, strcspn(host, "/?#"));
}

const char *tokex_propose_id(const char *issuer, apr_pool_t *pool)
{
    char *id = apr_pstrndup(pool, tokex_propose_name(issuer, pool), 64);
    for (char *c = id; *c; c++)
        if (!strchr(IDS, *c))
            *c = '-';
    id += strspn(id, "._:-");
    return *id ? id : "issuer";
}

/* ---- The issuer */

static void write_texts(tokex_jsonw_t *w, const char *name, const char *const *texts, int count)
{
    tokex_jsonw_name(w, name);
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < count; i++)
        tokex_jsonw_string(w, texts[i]);
    tokex_jsonw_array_end(w);
}

/* What signs with a secret is no algorithm here: another one has to be agreed on. */
static void write_algorithms(tokex_jsonw_t *w, const char *alg)
{
    static const char *const common[] = {"RS256", "ES256"};
    if (tokex_jwk_alg(alg) != TOKEX_ALG_NONE)
        write_texts(w, "algorithms", &alg, 1);
    else
        write_texts(w, "algorithms", common, 2);
}

static bool has_typ(const tokex_propose_t *p, const char *name)
{
    const char *typ = tokex_json_string(tokex_json_get(p->header, "typ"));
    return typ && (strcasecmp(typ, name) == 0 ||
                   (strncasecmp(typ, "application/", 12) == 0 && strcasecmp(typ + 12, name) == 0));
}

static bool is_id_token(const tokex_propose_t *p)
{
    return tokex_json_get(p->claims, "nonce") || tokex_json_get(p->claims, "at_hash") ||
           tokex_json_get(p->claims, "c_hash");
}

static void write_kind(tokex_jsonw_t *w, tokex_propose_t *p)
{
    static const char *const access[] = {"access_token", "jwt"}, *const id[] = {"id_token", "jwt"};
    bool at = has_typ(p, "at+jwt");
    if (is_id_token(p))
        tokex_propose_warn(p,
                           "It looks like an ID token: that tells a client who has logged in and "
                           "is no permission. Take an access token where you can");
    write_texts(w, "token_types", is_id_token(p) ? id : access, 2);
    tokex_jsonw_member_string(w, "typ", at ? "at+jwt" : has_typ(p, "jwt") ? "jwt" : "any");
    if (!at && !has_typ(p, "jwt"))
        tokex_propose_warn(p, "Its header has no typ that says what it is: other kinds of tokens "
                              "that this issuer signs are not told from it");
}

static void write_audiences(tokex_jsonw_t *w, const tokex_propose_t *p)
{
    const tokex_json_t *aud = tokex_json_get(p->claims, "aud"), *item;
    tokex_jsonw_name(w, "audiences");
    tokex_jsonw_array_begin(w);
    if (tokex_json_string(aud))
        tokex_jsonw_string(w, tokex_json_string(aud));
    for (item = tokex_json_first(aud); item; item = tokex_json_next(item))
        if (tokex_json_string(item))
            tokex_jsonw_string(w, tokex_json_string(item));
    tokex_jsonw_array_end(w);
}

static void write_issuer(tokex_jsonw_t *w, tokex_propose_t *p, const char *id, bool has_mapping)
{
    const char *iss = tokex_json_string(tokex_json_get(p->claims, "iss"));
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "id", id);
    tokex_jsonw_member_string(w, "name", tokex_propose_name(iss, p->pool));
    tokex_jsonw_member_string(w, "issuer", iss);
    if (is_url(iss))
        tokex_jsonw_member_string(w, "metadata_url", tokex_propose_openid_url(iss, p->pool));
    write_algorithms(w, tokex_json_string(tokex_json_get(p->header, "alg")));
    write_kind(w, p);
    write_audiences(w, p);
    if (has_mapping)
        tokex_jsonw_member_string(w, "mapping", id);
    tokex_jsonw_object_end(w);
}

/* ---- The whole */

/* NULL: no claim is left to be mapped. */
static const char *make_mapping(tokex_propose_t *p, const char *id)
{
    tokex_jsonw_t *w = tokex_jsonw_create(p->pool, 1024);
    int rows;
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "id", id);
    tokex_jsonw_member_string(w, "name", apr_pstrcat(p->pool, "Claims of ", id, NULL));
    tokex_jsonw_name(w, "rows");
    rows = tokex_propose_rows(w, p);
    tokex_jsonw_object_end(w);
    return rows ? tokex_jsonw_text(w, NULL) : NULL;
}

static const char *make_issuer(tokex_propose_t *p, const char *id, bool has_mapping)
{
    tokex_jsonw_t *w = tokex_jsonw_create(p->pool, 1024);
    write_issuer(w, p, id, has_mapping);
    return tokex_jsonw_text(w, NULL);
}

static const tokex_err_t *write_list(tokex_jsonw_t *w, const char *name, const char *object,
                                     apr_pool_t *pool)
{
    const tokex_json_t *node;
    if (!object)
        return NULL;
    TOKEX_RETURN_ERR(tokex_json_parse(&node, object, strlen(object), pool));
    tokex_jsonw_name(w, name);
    tokex_jsonw_array_begin(w);
    tokex_jsonw_node(w, node);
    tokex_jsonw_array_end(w);
    return NULL;
}

static const tokex_err_t *make_document(tokex_proposal_t *out, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 2048);
    tokex_jsonw_pretty(w);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_integer(w, "schema", TOKEX_DOCUMENT_SCHEMA);
    TOKEX_RETURN_ERR(write_list(w, "issuers", out->issuer, pool));
    TOKEX_RETURN_ERR(write_list(w, "mappings", out->mapping, pool));
    tokex_jsonw_object_end(w);
    out->document = apr_pstrcat(pool, tokex_jsonw_text(w, NULL), "\n", NULL);
    return NULL;
}

const tokex_err_t *tokex_propose_issuer(tokex_proposal_t *out, const char *token, apr_size_t len,
                                        const char *id, int64_t now, apr_pool_t *pool)
{
    tokex_propose_t p = {.now = now, .pool = pool};
    p.warnings = apr_array_make(pool, 8, sizeof(const char *));
    TOKEX_RETURN_ERR(tokex_propose_read(&p, token, len));
    out->id = id ? id : tokex_propose_id(tokex_json_string(tokex_json_get(p.claims, "iss")), pool);
    tokex_propose_judge(&p);
    out->mapping = make_mapping(&p, out->id);
    out->issuer = make_issuer(&p, out->id, out->mapping != NULL);
    TOKEX_RETURN_ERR(make_document(out, pool));
    out->warnings = (const char *const *)p.warnings->elts;
    out->warning_count = p.warnings->nelts;
    return NULL;
}
