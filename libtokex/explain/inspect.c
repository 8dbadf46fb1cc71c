#include "explain/inspect.h"

#include <string.h>

#include "exchange/marks.h"
#include "exchange/sealed_token.h"
#include "explain/try_private.h"

static const char *json_of(const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

static const char *verify(const tokex_engine_t *engine, const tokex_jws_t *jws,
                          const tokex_policy_issuer_t *issuer, int64_t now, apr_pool_t *pool)
{
    const tokex_key_t *key = NULL;
    const tokex_err_t *err;
    if (!issuer)
        return "no issuer of the configuration has its iss";
    if (!(issuer->algs & TOKEX_ALG_BIT(jws->alg)))
        return "its alg is none of algorithms of the issuer";
    err = engine->host.key(&key, engine->host.ctx, issuer, jws->kid, jws->alg, now, pool);
    if (!err)
        err = tokex_jws_verify(jws, key, pool);
    return err ? tokex_err_text(err, pool) : NULL;
}

static void look_for_revocation(tokex_inspection_t *out, const tokex_engine_t *engine)
{
    const tokex_host_t *host = &engine->host;
    tokex_own_names_t names;
    tokex_marks_t marks;
    if (out->own) {
        tokex_marks_names(&names, out->claim);
        (void)tokex_marks_own(&marks, &names, engine->policy);
    } else {
        tokex_marks_foreign(&marks, out->issuer, out->claim);
    }
    out->revoked = host->revoked(&out->revocation, host->revocations, &marks);
}

const tokex_inspection_t *tokex_inspect(const tokex_try_engine_t *made, const char *token,
                                        apr_size_t len, apr_pool_t *pool)
{
    const tokex_engine_t *engine = tokex_try_engine_of(made);
    tokex_inspection_t *out = apr_pcalloc(pool, sizeof(*out));
    const tokex_policy_issuer_t *issuer;
    const tokex_jws_t *jws = NULL;
    tokex_token_text_t text = {token, len}, sealed;
    const tokex_err_t *err = tokex_sealed_token_open(&sealed, engine, text, pool);
    const char *iss;
    out->sealed = !err && sealed.text;
    if (out->sealed)
        text = sealed;
    if (!err)
        err = tokex_jws_parse(&jws, text.text, text.len, pool);
    if (err) {
        out->problem = tokex_err_text(err, pool);
        return out;
    }
    iss = tokex_json_string(tokex_json_get(jws->claims, "iss"));
    issuer = iss ? tokex_policy_issuer(engine->policy, iss) : NULL;
    out->header = json_of(jws->header, pool);
    out->claims = json_of(jws->claims, pool);
    out->claim = jws->claims;
    out->issuer = issuer ? issuer->config->id : NULL;
    out->own = issuer && issuer->is_self;
    out->jti = tokex_json_string(tokex_json_get(jws->claims, "jti"));
    (void)tokex_json_floor(tokex_json_get(jws->claims, "exp"), &out->exp);
    out->problem = verify(engine, jws, issuer, tokex_try_now_of(made), pool);
    if (!out->problem)
        look_for_revocation(out, engine);
    return out;
}
