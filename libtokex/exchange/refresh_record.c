#include "exchange/refresh_record.h"

#include <string.h>

#define SIZE_HINT 2048

static void write_node(tokex_jsonw_t *w, const char *name, const tokex_json_t *node)
{
    tokex_jsonw_name(w, name);
    tokex_jsonw_node(w, node);
}

static void write_party(tokex_jsonw_t *w, const char *name, const tokex_kept_t *party)
{
    tokex_jsonw_name(w, name);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "issuer", party->issuer);
    tokex_jsonw_member_integer(w, "exp", party->exp);
    write_node(w, "claims", party->claims);
    if (party->is_opaque)
        tokex_jsonw_member_bool(w, "opaque", true);
    if (party->introspection)
        tokex_jsonw_member_bool(w, "introspected", true);
    if (party->userinfo)
        write_node(w, "userinfo", party->userinfo);
    tokex_jsonw_object_end(w);
}

static const char *write_record(const tokex_refresh_record_t *record, apr_size_t *len,
                                apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, SIZE_HINT);
    tokex_jsonw_object_begin(w);
    write_party(w, "subject", &record->subject);
    if (record->actor.claims)
        write_party(w, "actor", &record->actor);
    tokex_jsonw_name(w, "targets");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < record->target_count; i++)
        tokex_jsonw_string(w, record->targets[i]);
    tokex_jsonw_array_end(w);
    tokex_jsonw_member_string(w, "scope", record->scope);
    tokex_jsonw_member_string(w, "type", record->type);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, len);
}

const tokex_err_t *tokex_refresh_record_close(const char **out,
                                              const tokex_refresh_record_t *record,
                                              const tokex_refresh_token_t *token,
                                              const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    apr_size_t len;
    const char *text = write_record(record, &len, pool);
    return tokex_seal_close(out, &token->key, token->id, (const unsigned char *)text, len, crypt,
                            pool);
}

static bool read_party(tokex_kept_t *out, const tokex_json_t *node)
{
    if (!node)
        return false;
    out->issuer = tokex_json_string(tokex_json_get(node, "issuer"));
    out->claims = tokex_json_get(node, "claims");
    out->is_opaque = tokex_json_is_true(tokex_json_get(node, "opaque"));
    out->userinfo = tokex_json_get(node, "userinfo");
    /* What introspection says is what such a token claims. */
    if (tokex_json_is_true(tokex_json_get(node, "introspected")))
        out->introspection = out->claims;
    return out->issuer && out->claims && tokex_json_integer(tokex_json_get(node, "exp"), &out->exp);
}

static bool read_targets(tokex_refresh_record_t *out, const tokex_json_t *list)
{
    const tokex_json_t *node;
    if (!list || tokex_json_count(list) > 2 * TOKEX_LIMIT_TARGETS)
        return false;
    for (node = tokex_json_first(list); node; node = tokex_json_next(node)) {
        out->targets[out->target_count] = tokex_json_string(node);
        if (!out->targets[out->target_count++])
            return false;
    }
    return out->target_count > 0;
}

static bool read_record(tokex_refresh_record_t *out, const tokex_json_t *node)
{
    const tokex_json_t *actor = tokex_json_get(node, "actor");
    out->scope = tokex_json_string(tokex_json_get(node, "scope"));
    out->type = tokex_json_string(tokex_json_get(node, "type"));
    return out->scope && out->type && read_party(&out->subject, tokex_json_get(node, "subject")) &&
           (!actor || read_party(&out->actor, actor)) &&
           read_targets(out, tokex_json_get(node, "targets"));
}

const tokex_err_t *tokex_refresh_record_open(tokex_refresh_record_t *out, const char *sealed,
                                             const tokex_refresh_token_t *token,
                                             const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    const unsigned char *text;
    const tokex_json_t *node;
    apr_size_t len;
    memset(out, 0, sizeof(*out));
    TOKEX_RETURN_ERR(tokex_seal_open(&text, &len, &token->key, token->id, sealed, crypt, pool));
    if (tokex_json_parse_object(&node, (const char *)text, len, pool) || !read_record(out, node))
        return tokex_err_create(pool, TOKEX_E_SEAL, NULL,
                                "what refresh token family \"%s\" stands for is not as this build "
                                "writes it",
                                token->id);
    return NULL;
}
