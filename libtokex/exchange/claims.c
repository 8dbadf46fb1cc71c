#include "exchange/claims.h"

/* Most tokens fit, so that the writer's buffer is not copied. */
#define SIZE_HINT 2048

static void write_scopes(tokex_jsonw_t *w, const tokex_scopes_t *scopes)
{
    if (scopes->count > 0)
        tokex_jsonw_member_string(w, "scope", scopes->text);
    tokex_jsonw_name(w, "scp");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < scopes->count; i++)
        tokex_jsonw_string(w, scopes->items[i]);
    tokex_jsonw_array_end(w);
}

static bool is_list_of_texts(const tokex_json_t *node)
{
    if (!node || tokex_json_type(node) != TOKEX_JSON_ARRAY)
        return false;
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        if (!tokex_json_string(node))
            return false;
    return true;
}

/* How the user proved himself. Resource servers compare these, so only the right shapes pass. */
static void write_authentication(tokex_jsonw_t *w, const tokex_json_t *claims)
{
    const char *acr = tokex_json_string(tokex_json_get(claims, "acr"));
    const tokex_json_t *amr = tokex_json_get(claims, "amr");
    tokex_jsonw_member_string(w, "acr", acr ? acr : "0");
    tokex_jsonw_name(w, "amr");
    if (is_list_of_texts(amr)) {
        tokex_jsonw_node(w, amr);
    } else {
        tokex_jsonw_array_begin(w);
        tokex_jsonw_array_end(w);
    }
}

static const tokex_err_t *refuse_size(tokex_run_t *run, const char *object, const char *id,
                                      const char *field)
{
    return tokex_trace_refuse(
        &run->outcome->trace, TOKEX_STEP_CLAIMS,
        tokex_err_create(run->pool, TOKEX_E_CLAIMS_SIZE, NULL,
                         "the claims that %s \"%s\" copies are larger than %d octets", object, id,
                         TOKEX_LIMIT_MAPPED_CLAIMS),
        object, id, field);
}

/* `begin`: the text's length before anything was copied. */
static bool is_too_large(const tokex_jsonw_t *w, apr_size_t begin)
{
    apr_size_t len;
    (void)tokex_jsonw_text(w, &len);
    return len - begin > TOKEX_LIMIT_MAPPED_CLAIMS;
}

static const tokex_err_t *write_mapped(tokex_jsonw_t *w, tokex_run_t *run, apr_size_t begin,
                                       const tokex_json_t *claims)
{
    const tokex_mapping_t *mapping = run->outcome->issuer->mapping;
    for (int i = 0; mapping && i < mapping->row_count; i++) {
        const tokex_json_t *node = tokex_json_get(claims, mapping->rows[i].from);
        if (!node)
            continue;
        tokex_jsonw_name(w, mapping->rows[i].to);
        tokex_jsonw_node(w, node);
        /* Asked at every row: many rows may copy one large claim. */
        if (is_too_large(w, begin))
            return refuse_size(run, "mapping", mapping->id, "rows");
    }
    return NULL;
}

static void write_standard(tokex_jsonw_t *w, const tokex_run_t *run, const tokex_subject_t *subject,
                           const tokex_grant_t *grant, const char *jti)
{
    const tokex_outcome_t *outcome = run->outcome;
    tokex_jsonw_member_string(w, "iss", run->engine->server->issuer);
    tokex_jsonw_member_string(w, "sub", subject->sub);
    tokex_jsonw_name(w, "aud");
    tokex_jsonw_array_begin(w);
    tokex_jsonw_string(w, outcome->target->config->audience);
    tokex_jsonw_array_end(w);
    tokex_jsonw_member_integer(w, "exp", run->now + grant->lifetime);
    tokex_jsonw_member_integer(w, "iat", run->now);
    tokex_jsonw_member_integer(w, "nbf", run->now);
    tokex_jsonw_member_string(w, "jti", jti);
    tokex_jsonw_member_string(w, "client_id", outcome->client->config->id);
    write_scopes(w, &grant->scopes);
}

static void write_origin(tokex_jsonw_t *w, const tokex_run_t *run)
{
    const tokex_server_t *server = run->engine->server;
    tokex_jsonw_member_string(w, "idp", run->outcome->issuer->config->id);
    tokex_jsonw_member_string(w, "aid", server->server_id);
    tokex_jsonw_member_string(w, "tid", server->tenant);
    tokex_jsonw_member_string(w, "st", "user");
}

const tokex_err_t *tokex_claims_write(const char **out, apr_size_t *out_len, tokex_run_t *run,
                                      const tokex_subject_t *subject, const tokex_grant_t *grant,
                                      const char *jti)
{
    tokex_jsonw_t *w = tokex_jsonw_create(run->pool, SIZE_HINT);
    apr_size_t begin;
    tokex_jsonw_object_begin(w);
    write_standard(w, run, subject, grant, jti);
    write_origin(w, run);
    (void)tokex_jsonw_text(w, &begin);
    write_authentication(w, subject->claims);
    if (is_too_large(w, begin))
        return refuse_size(run, "issuer", run->outcome->issuer->config->id, NULL);
    TOKEX_RETURN_ERR(write_mapped(w, run, begin, subject->claims));
    tokex_jsonw_object_end(w);
    *out = tokex_jsonw_text(w, out_len);
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_CLAIMS, "issuer",
                     run->outcome->issuer->config->id, "mapping",
                     run->outcome->issuer->config->mapping);
    return NULL;
}
