#include "exchange/subject.h"

#include <string.h>

#include <apr_cstr.h>

#include "exchange/times.h"

static const tokex_err_t *refuse(tokex_run_t *run, tokex_step_t step, const tokex_err_t *err,
                                 const char *field)
{
    const tokex_policy_issuer_t *issuer = run->outcome->issuer;
    return tokex_trace_refuse(&run->outcome->trace, step, err, "issuer",
                              issuer ? issuer->config->id : NULL, field);
}

static void pass(tokex_run_t *run, tokex_step_t step, const char *field, const char *found)
{
    tokex_trace_pass(&run->outcome->trace, step, "issuer", run->outcome->issuer->config->id, field,
                     found);
}

static const tokex_err_t *parse(const tokex_jws_t **out, tokex_run_t *run)
{
    const tokex_request_t *request = run->request;
    const tokex_err_t *err =
        tokex_jws_parse(out, request->subject_token, request->subject_token_len, run->pool);
    if (err)
        return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_TOKEN, err, "request", NULL,
                                  "subject_token");
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_TOKEN, NULL, NULL, NULL, NULL);
    return NULL;
}

/* May the client use the issuer at all? Asked before the signature costs anything, and so that an
 * issuer that is not for this client takes the same path and time as one that does not exist. */
static const tokex_err_t *check_rule(tokex_run_t *run, const tokex_policy_issuer_t *issuer)
{
    const tokex_client_t *client = run->outcome->client->config;
    bool seen = false;
    (void)tokex_policy_match(run->outcome->client, issuer, NULL, &seen);
    if (seen)
        return NULL;
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_ISSUER,
                              tokex_err_create(run->pool, TOKEX_E_ISSUER_RULE, NULL,
                                               "no rule of client \"%s\" names issuer \"%s\"",
                                               client->id, issuer->config->id),
                              "client", client->id, "rules");
}

static const tokex_err_t *find_issuer(tokex_run_t *run, const tokex_jws_t *jws)
{
    const tokex_json_t *node = tokex_json_get(jws->claims, "iss");
    const char *iss = tokex_json_string(node);
    const tokex_policy_issuer_t *issuer;
    if (!iss)
        return refuse(run, TOKEX_STEP_ISSUER,
                      tokex_err_create(run->pool, TOKEX_E_ISSUER_MISSING, NULL, "iss is %s",
                                       node ? "no string" : "missing"),
                      "issuer");
    issuer = tokex_policy_issuer(run->engine->policy, iss);
    if (!issuer)
        return refuse(run, TOKEX_STEP_ISSUER,
                      tokex_err_create(run->pool, TOKEX_E_ISSUER_UNKNOWN, NULL,
                                       "no issuer has iss \"%s\"",
                                       tokex_err_shown(run->pool, iss, strlen(iss))),
                      "issuer");
    run->outcome->issuer = issuer;
    if (!issuer->config->enabled)
        return refuse(run, TOKEX_STEP_ISSUER,
                      tokex_err_create(run->pool, TOKEX_E_ISSUER_DISABLED, NULL,
                                       "issuer \"%s\" is switched off", issuer->config->id),
                      "enabled");
    return check_rule(run, issuer);
}

/* RFC 7515 section 4.1.9: a media type, in any case of letters, "application/" left out or not. */
static bool typ_is(const char *typ, const char *wanted)
{
    static const char prefix[] = "application/";
    if (!typ)
        return false;
    if (apr_cstr_casecmpn(typ, prefix, sizeof(prefix) - 1) == 0)
        typ += sizeof(prefix) - 1;
    return apr_cstr_casecmp(typ, wanted) == 0;
}

static const tokex_err_t *check_kind(tokex_run_t *run, const tokex_jws_t *jws)
{
    const tokex_policy_issuer_t *issuer = run->outcome->issuer;
    if (!(issuer->token_types & run->subject_type))
        return refuse(
            run, TOKEX_STEP_ISSUER,
            tokex_err_create(run->pool, TOKEX_E_SUBJECT_TOKEN_TYPE, NULL,
                             "subject_token_type \"%s\" is none of token_types of issuer \"%s\"",
                             run->request->subject_token_type, issuer->config->id),
            "token_types");
    if (issuer->typ != TOKEX_TYP_ANY &&
        !typ_is(jws->typ, issuer->typ == TOKEX_TYP_AT_JWT ? "at+jwt" : "jwt"))
        return refuse(
            run, TOKEX_STEP_ISSUER,
            tokex_err_create(run->pool, TOKEX_E_TOKEN_TYP, NULL,
                             "typ is \"%s\", issuer \"%s\" asks for \"%s\"",
                             tokex_err_shown(run->pool, jws->typ, jws->typ ? strlen(jws->typ) : 0),
                             issuer->config->id, issuer->config->typ),
            "typ");
    pass(run, TOKEX_STEP_ISSUER, "issuer", issuer->config->issuer);
    return NULL;
}

static const tokex_err_t *find_key(const tokex_key_t **key, tokex_run_t *run,
                                   const tokex_jws_t *jws)
{
    const tokex_policy_issuer_t *issuer = run->outcome->issuer;
    const tokex_host_t *host = &run->engine->host;
    const tokex_err_t *err;
    if (!(issuer->algs & TOKEX_ALG_BIT(jws->alg)))
        return refuse(run, TOKEX_STEP_KEY,
                      tokex_err_create(run->pool, TOKEX_E_ALG_NOT_ALLOWED, NULL,
                                       "alg \"%s\" is none of algorithms of issuer \"%s\"",
                                       tokex_jwk_alg_name(jws->alg), issuer->config->id),
                      "algorithms");
    err = host->key(key, host->ctx, issuer, jws->kid, jws->alg, run->pool);
    if (err)
        return refuse(run, TOKEX_STEP_KEY, err, "keys");
    if (!issuer->config->allow_expired_certificates && !tokex_jwk_is_valid_at(*key, run->now))
        return refuse(run, TOKEX_STEP_KEY,
                      tokex_err_create(run->pool, TOKEX_E_KEY_EXPIRED, NULL,
                                       "the certificate of key \"%s\" of issuer \"%s\" is "
                                       "outside its validity",
                                       tokex_jwk_thumbprint(*key), issuer->config->id),
                      "allow_expired_certificates");
    pass(run, TOKEX_STEP_KEY, "keys", jws->kid);
    return NULL;
}

static const tokex_err_t *verify(tokex_run_t *run, const tokex_jws_t *jws)
{
    const tokex_policy_issuer_t *issuer = run->outcome->issuer;
    const tokex_key_t *key = NULL;
    const tokex_err_t *err;
    TOKEX_RETURN_ERR(find_key(&key, run, jws));
    err = tokex_jws_verify(jws, key, run->pool);
    if (err)
        return refuse(run, TOKEX_STEP_SIGNATURE,
                      tokex_err_create(run->pool, err->code, err,
                                       "%s under key \"%s\" of issuer \"%s\"",
                                       tokex_jwk_alg_name(jws->alg), tokex_jwk_thumbprint(key),
                                       issuer->config->id),
                      "keys");
    pass(run, TOKEX_STEP_SIGNATURE, "keys", tokex_jwk_alg_name(jws->alg));
    return NULL;
}

static bool is_for_us(const tokex_run_t *run, const char *aud)
{
    const tokex_texts_t *audiences = &run->outcome->issuer->config->audiences;
    if (strcmp(aud, run->engine->server->issuer) == 0)
        return true;
    for (int i = 0; i < audiences->count; i++)
        if (strcmp(aud, audiences->items[i]) == 0)
            return true;
    return false;
}

static const tokex_err_t *refuse_aud(tokex_run_t *run, const char *problem)
{
    return refuse(run, TOKEX_STEP_AUDIENCE,
                  tokex_err_create(run->pool, TOKEX_E_AUD_MALFORMED, NULL, "aud %s (issuer \"%s\")",
                                   problem, run->outcome->issuer->config->id),
                  NULL);
}

static const tokex_err_t *refuse_aud_wrong(tokex_run_t *run, const char *first, int count)
{
    return refuse(run, TOKEX_STEP_AUDIENCE,
                  tokex_err_create(run->pool, TOKEX_E_AUD_WRONG, NULL,
                                   "aud has %d values, the first is \"%s\"; none of them is \"%s\" "
                                   "or one of audiences of issuer \"%s\"",
                                   count, tokex_err_shown(run->pool, first, strlen(first)),
                                   run->engine->server->issuer, run->outcome->issuer->config->id),
                  "audiences");
}

static const tokex_err_t *check_audience(tokex_run_t *run, const tokex_json_t *claims)
{
    const tokex_json_t *node = tokex_json_get(claims, "aud");
    const tokex_json_t *element = node;
    const char *first = NULL;
    const char *ours = NULL;
    int count = 0;
    if (node && tokex_json_type(node) == TOKEX_JSON_ARRAY)
        element = tokex_json_first(node);
    for (; element; element = element == node ? NULL : tokex_json_next(element)) {
        const char *aud = tokex_json_string(element);
        if (!aud || *aud == '\0')
            return refuse_aud(run, "is or holds something else than a text, or an empty one");
        if (++count > TOKEX_LIMIT_AUD_COUNT)
            return refuse_aud(run, "has too many values");
        first = first ? first : aud;
        if (!ours && is_for_us(run, aud))
            ours = aud;
    }
    if (!first)
        return refuse_aud(run, "is missing or an empty list");
    if (!ours)
        return refuse_aud_wrong(run, first, count);
    pass(run, TOKEX_STEP_AUDIENCE, "audiences", ours);
    return NULL;
}

static const tokex_err_t *refuse_sub(tokex_run_t *run, tokex_code_t code, const char *what)
{
    return refuse(run, TOKEX_STEP_SUBJECT,
                  tokex_err_create(run->pool, code, NULL, "%s (issuer \"%s\")", what,
                                   run->outcome->issuer->config->id),
                  NULL);
}

static const tokex_err_t *check_subject(tokex_subject_t *out, tokex_run_t *run)
{
    const char *sub = tokex_json_string(tokex_json_get(out->claims, "sub"));
    if (!sub || *sub == '\0' || strlen(sub) > TOKEX_LIMIT_SUB)
        return refuse_sub(run, TOKEX_E_SUB_MALFORMED,
                          !sub           ? "sub is missing or no string"
                          : *sub == '\0' ? "sub is empty"
                                         : "sub is too long");
    run->outcome->subject = sub;
    run->outcome->subject_jti = tokex_json_string(tokex_json_get(out->claims, "jti"));
    if (tokex_policy_client(run->engine->policy, sub))
        return tokex_trace_refuse(
            &run->outcome->trace, TOKEX_STEP_SUBJECT,
            tokex_err_create(run->pool, TOKEX_E_SUB_IS_CLIENT, NULL,
                             "sub \"%s\" of issuer \"%s\" is the id of one of our clients",
                             tokex_err_shown(run->pool, sub, strlen(sub)),
                             run->outcome->issuer->config->id),
            "client", sub, "id");
    /* Whatever cnf holds: what we issue is bound to nothing, so it must not come from what is. */
    if (tokex_json_get(out->claims, "cnf"))
        return refuse_sub(run, TOKEX_E_TOKEN_BOUND, "the token has cnf");
    pass(run, TOKEX_STEP_SUBJECT, NULL, sub);
    out->sub = sub;
    return NULL;
}

const tokex_err_t *tokex_subject_check(tokex_subject_t *out, tokex_run_t *run)
{
    const tokex_jws_t *jws = NULL;
    TOKEX_RETURN_ERR(parse(&jws, run));
    TOKEX_RETURN_ERR(find_issuer(run, jws));
    TOKEX_RETURN_ERR(check_kind(run, jws));
    TOKEX_RETURN_ERR(verify(run, jws));
    out->claims = jws->claims;
    TOKEX_RETURN_ERR(check_audience(run, out->claims));
    TOKEX_RETURN_ERR(tokex_times_check(&out->exp, run, out->claims));
    return check_subject(out, run);
}
