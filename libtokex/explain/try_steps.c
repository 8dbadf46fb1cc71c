#include <string.h>

#include <apr_strings.h>

#include "explain/try_private.h"

static const tokex_trace_entry_t *entry_of(const tokex_outcome_t *outcome, tokex_step_t step)
{
    for (int i = outcome->trace.count - 1; i >= 0; i--)
        if (outcome->trace.entries[i].step == step)
            return &outcome->trace.entries[i];
    return NULL;
}

bool tokex_try_passed(const tokex_outcome_t *outcome, tokex_step_t step)
{
    const tokex_trace_entry_t *entry = entry_of(outcome, step);
    return entry && entry->passed;
}

const char *tokex_try_shown(const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w;
    const char *text = node ? tokex_json_string(node) : "absent";
    apr_size_t len;
    if (text)
        return tokex_err_shown(pool, text, strlen(text));
    w = tokex_jsonw_create(pool, 128);
    tokex_jsonw_node(w, node);
    text = tokex_jsonw_text(w, &len);
    return len > TOKEX_LIMIT_SHOWN
               ? apr_pstrcat(pool, apr_pstrmemdup(pool, text, TOKEX_LIMIT_SHOWN), "...", NULL)
               : text;
}

static const char *joined(const tokex_texts_t *texts, apr_pool_t *pool)
{
    const char *text = texts->count ? texts->items[0] : "none";
    for (int i = 1; i < texts->count; i++)
        text = apr_pstrcat(pool, text, ", ", texts->items[i], NULL);
    return text;
}

/* ---- What a step asks for */

static bool is_actor(tokex_step_t step)
{
    return step >= TOKEX_STEP_ACTOR_TOKEN && step <= TOKEX_STEP_ACTOR_REVOKED;
}

/* The step of the subject token that `step` is like. */
static tokex_step_t base_of(tokex_step_t step)
{
    return is_actor(step) ? (tokex_step_t)(step - TOKEX_STEP_ACTOR_TOKEN + TOKEX_STEP_TOKEN) : step;
}

static const char *require_client(const tokex_try_t *t)
{
    if (t->at_location)
        return "the client of TokexClient is there and switched on";
    return t->assumed ? "the client is there and switched on; its secret is taken for given"
                      : "the client is there, its secret is right, and it is switched on";
}

static bool is_assertion(const tokex_try_t *t)
{
    return t->request && tokex_request_is_assertion(t->request);
}

static const char *require_times(const tokex_try_t *t, const tokex_policy_issuer_t *issuer)
{
    int64_t age = issuer->config->max_age;
    if (is_assertion(t) && (age == 0 || issuer->config->assertion_max_age < age))
        age = issuer->config->assertion_max_age;
    return apr_psprintf(
        t->pool,
        "exp is after, nbf and iat are not after %" APR_INT64_T_FMT ", with %" APR_INT64_T_FMT
        " s of leeway%s",
        t->now, issuer->config->leeway,
        age ? apr_psprintf(t->pool, "; iat is at most %" APR_INT64_T_FMT " s old", age) : "");
}

static const char *require_audience(const tokex_try_t *t, const tokex_policy_issuer_t *issuer)
{
    if (issuer->is_self)
        return "our own token is for this client, or names it";
    if (is_assertion(t))
        return apr_psprintf(t->pool, "aud is %s or %s" TOKEX_TOKEN_ENDPOINT ", and nothing else",
                            t->engine->server->issuer, t->engine->server->issuer);
    return apr_psprintf(
        t->pool, "aud is one of: %s%s%s", t->engine->server->issuer,
        issuer->config->audiences.count ? ", " : "",
        issuer->config->audiences.count ? joined(&issuer->config->audiences, t->pool) : "");
}

/* What is asked of a presented token once its issuer is known. */
static const char *require_of_issuer(const tokex_try_t *t, tokex_step_t step,
                                     const tokex_policy_issuer_t *issuer)
{
    switch (step) {
    case TOKEX_STEP_KEY:
        return apr_psprintf(t->pool, "alg is one of: %s; the issuer has a key for it",
                            joined(&issuer->config->algorithms, t->pool));
    case TOKEX_STEP_AUDIENCE:
        return require_audience(t, issuer);
    case TOKEX_STEP_TIME:
        return require_times(t, issuer);
    case TOKEX_STEP_CONDITION:
        return apr_psprintf(t->pool, "all %d conditions of the issuer hold",
                            issuer->condition_count);
    default:
        return NULL;
    }
}

static const char *require_issuer(const tokex_try_t *t, const tokex_policy_issuer_t *issuer)
{
    if (!issuer)
        return "iss is that of an issuer of the configuration";
    return apr_psprintf(t->pool,
                        "the issuer is switched on, a rule of the client names it, "
                        "token_types is one of: %s; typ is: %s",
                        joined(&issuer->config->token_types, t->pool), issuer->config->typ);
}

static const char *require_scope(const tokex_try_t *t)
{
    const tokex_policy_rule_t *rule = t->report->outcome->rule;
    return rule ? apr_psprintf(t->pool, "scope_mode %s of rule \"%s\"", rule->config->scope_mode,
                               rule->config->id)
                : NULL;
}

static const char *require_lifetime(const tokex_try_t *t)
{
    const tokex_outcome_t *outcome = t->report->outcome;
    const char *text = NULL;
    if (!outcome->rule || !outcome->subject_until)
        return NULL;
    text = apr_psprintf(t->pool,
                        "the least of: %" APR_INT64_T_FMT " s that the subject token has left",
                        outcome->subject_until - t->now);
    if (outcome->rule->config->lifetime)
        text = apr_psprintf(t->pool, "%s, %" APR_INT64_T_FMT " s of rule \"%s\"", text,
                            outcome->rule->config->lifetime, outcome->rule->config->id);
    for (int i = 0; i < outcome->target_count; i++)
        text = apr_psprintf(t->pool, "%s, %" APR_INT64_T_FMT " s of target \"%s\"", text,
                            outcome->targets[i]->config->lifetime, outcome->targets[i]->config->id);
    return text;
}

static const char *required(const tokex_try_t *t, tokex_step_t step)
{
    static const char *const texts[TOKEX_STEP_COUNT] = {
        [TOKEX_STEP_REQUEST] = "a well-formed form, and one way of client authentication",
        [TOKEX_STEP_GRANT] = ("grant_type is one that there is, and grant_types of the client "
                              "hold it"),
        [TOKEX_STEP_PARAMETERS] = ("subject_token with its type, and parameters as RFC 8693 "
                                   "section 2.1 has them"),
        [TOKEX_STEP_TOKEN] = "a signed JWT, or an opaque token",
        [TOKEX_STEP_RENEWAL] = "keys that the issuer publishes now",
        [TOKEX_STEP_REFRESH] = "the refresh token is the one that was issued last",
        [TOKEX_STEP_SIGNATURE] = "the signature verifies",
        [TOKEX_STEP_INTROSPECTION] = "the issuer says that the token is good",
        [TOKEX_STEP_SUBJECT] = "sub is a text and no client of ours; no cnf; act is well-formed",
        [TOKEX_STEP_REVOKED] = "neither it nor what it comes from was taken back",
        [TOKEX_STEP_ACCOUNT] =
            ("a local account that is not off or locked, where the subject is linked "
             "to one or the client's mandate_account asks for one"),
        [TOKEX_STEP_LINK] =
            "the account that the lookup found is there still; no link is made here",
        [TOKEX_STEP_TARGET] = ("audience and resource name targets that are switched on; "
                               "without them a rule's default_target"),
        [TOKEX_STEP_RULE] = ("the first rule of the client that names issuer and targets and "
                             "whose conditions hold"),
        [TOKEX_STEP_MACHINE] = "the token is a user's, or machine_tokens is on",
        [TOKEX_STEP_DELEGATION] = "the rule allows impersonation, or delegation by this actor",
        [TOKEX_STEP_USERINFO] = "UserInfo of the issuer takes the token, and is about its sub",
        [TOKEX_STEP_PROCEDURE] = ("the procedure of the rule or the client returns tokex.OK, and "
                                  "takes no more than it may"),
        [TOKEX_STEP_CLAIMS] = "every row of the issuer's mapping finds what it needs",
        [TOKEX_STEP_ONCE] = "it was not accepted before; nothing is spent here",
        [TOKEX_STEP_SIGN] = "a signing key of the target's algorithm; nothing is signed here",
    };
    tokex_step_t base = base_of(step);
    const tokex_outcome_t *outcome = t->report->outcome;
    const tokex_policy_issuer_t *issuer = is_actor(step) ? outcome->actor_issuer : outcome->issuer;
    if (base == TOKEX_STEP_ISSUER)
        return require_issuer(t, issuer);
    if (step == TOKEX_STEP_PARAMETERS && is_assertion(t))
        return "an assertion, and no parameter of RFC 8693 section 2.1 but audience and resource";
    if (base == TOKEX_STEP_KEY || base == TOKEX_STEP_AUDIENCE || base == TOKEX_STEP_TIME ||
        base == TOKEX_STEP_CONDITION)
        return issuer ? require_of_issuer(t, base, issuer) : NULL;
    if (step == TOKEX_STEP_CLIENT)
        return require_client(t);
    if (step == TOKEX_STEP_SCOPE)
        return require_scope(t);
    return step == TOKEX_STEP_LIFETIME ? require_lifetime(t) : texts[base];
}

/* ---- What it found */

static const char *found_times(const tokex_json_t *claims, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "exp ", tokex_try_shown(tokex_json_get(claims, "exp"), pool), ", nbf ",
                       tokex_try_shown(tokex_json_get(claims, "nbf"), pool), ", iat ",
                       tokex_try_shown(tokex_json_get(claims, "iat"), pool), NULL);
}

static const char *found_in_token(const tokex_try_t *t, tokex_step_t step, const tokex_jws_t *jws)
{
    switch (base_of(step)) {
    case TOKEX_STEP_TOKEN:
        return apr_pstrcat(t->pool, "typ ",
                           tokex_try_shown(tokex_json_get(jws->header, "typ"), t->pool), NULL);
    case TOKEX_STEP_ISSUER:
        return apr_pstrcat(t->pool, "iss ",
                           tokex_try_shown(tokex_json_get(jws->claims, "iss"), t->pool), NULL);
    case TOKEX_STEP_KEY:
    case TOKEX_STEP_SIGNATURE:
        return apr_pstrcat(t->pool, "alg ", tokex_jwk_alg_name(jws->alg), ", kid ",
                           tokex_try_shown(tokex_json_get(jws->header, "kid"), t->pool), NULL);
    case TOKEX_STEP_AUDIENCE:
        return apr_pstrcat(t->pool, "aud ",
                           tokex_try_shown(tokex_json_get(jws->claims, "aud"), t->pool), NULL);
    case TOKEX_STEP_TIME:
        return found_times(jws->claims, t->pool);
    case TOKEX_STEP_SUBJECT:
        return apr_pstrcat(t->pool, "sub ",
                           tokex_try_shown(tokex_json_get(jws->claims, "sub"), t->pool), NULL);
    default:
        return NULL;
    }
}

static const char *found_lifetime(const tokex_try_t *t)
{
    int64_t seconds = t->report->outcome->expires_in;
    return seconds ? apr_psprintf(t->pool, "%" APR_INT64_T_FMT " s", seconds) : NULL;
}

static bool is_sealed(const tokex_try_t *t, tokex_step_t step)
{
    return is_actor(step) ? t->report->actor.sealed : t->report->subject.sealed;
}

static const char *found(const tokex_try_t *t, const tokex_trace_entry_t *entry)
{
    const tokex_jws_t *jws = is_actor(entry->step) ? t->actor : t->subject;
    const char *text = jws ? found_in_token(t, entry->step, jws) : NULL;
    if (text && base_of(entry->step) == TOKEX_STEP_TOKEN && is_sealed(t, entry->step))
        text = apr_pstrcat(t->pool, "an opaque token of ours, ", text, NULL);
    if (!entry->passed) {
        const char *reason = tokex_err_text(t->report->outcome->err, t->pool);
        return text ? apr_pstrcat(t->pool, text, "; ", reason, NULL) : reason;
    }
    if (entry->step == TOKEX_STEP_LIFETIME)
        return found_lifetime(t);
    if (entry->step == TOKEX_STEP_PROCEDURE && t->report->outcome->procedure)
        return apr_psprintf(t->pool, "%" APR_INT64_T_FMT " instructions",
                            (apr_int64_t)t->report->outcome->procedure->instructions);
    if (text || !entry->found)
        return text;
    return tokex_err_shown(t->pool, entry->found, strlen(entry->found));
}

/* ---- The steps */

/* Is `step` one of opaque tokens, and this is none; or the other way round? UserInfo is asked only
 * where a row wants it. */
static bool is_of_others(const tokex_outcome_t *outcome, tokex_step_t step)
{
    tokex_step_t token = is_actor(step) ? TOKEX_STEP_ACTOR_TOKEN : TOKEX_STEP_TOKEN;
    const tokex_trace_entry_t *entry = entry_of(outcome, token);
    bool is_opaque = entry && entry->passed && entry->found;
    switch (base_of(step)) {
    case TOKEX_STEP_RENEWAL:
    case TOKEX_STEP_KEY:
    case TOKEX_STEP_SIGNATURE:
        return is_opaque;
    case TOKEX_STEP_INTROSPECTION:
        return entry && !is_opaque;
    case TOKEX_STEP_USERINFO:
        return outcome->issuer &&
               !(outcome->issuer->mapping && outcome->issuer->mapping->reads_userinfo);
    default:
        return false;
    }
}

static bool has_later(const tokex_outcome_t *outcome, tokex_step_t step)
{
    for (int i = 0; i < outcome->trace.count; i++)
        if (outcome->trace.entries[i].step > step)
            return true;
    return false;
}

/* There is no entry of it. */
static tokex_try_state_t state_without(const tokex_try_t *t, tokex_step_t step)
{
    const tokex_outcome_t *outcome = t->report->outcome;
    if (is_actor(step) && !(t->request && t->request->actor_token))
        return TOKEX_TRY_SKIPPED;
    if (!outcome->err)
        return TOKEX_TRY_SKIPPED;
    if (is_of_others(outcome, step) || (step == TOKEX_STEP_ACCOUNT && has_later(outcome, step)))
        return TOKEX_TRY_SKIPPED;
    if (base_of(step) == TOKEX_STEP_RENEWAL &&
        entry_of(outcome, (tokex_step_t)(step + 1)) /* its key was found without */)
        return TOKEX_TRY_SKIPPED;
    return TOKEX_TRY_NOT_REACHED;
}

static void set_step(const tokex_try_t *t, tokex_step_t step)
{
    tokex_try_step_t *out = &t->report->steps[step];
    const tokex_trace_entry_t *entry = entry_of(t->report->outcome, step);
    out->number = (int)step + 1;
    out->name = tokex_trace_step_name(step);
    out->state = entry ? TOKEX_TRY_PASSED : state_without(t, step);
    if (!entry && out->state == TOKEX_TRY_SKIPPED)
        return;
    out->required = required(t, step);
    if (!entry)
        return;
    if (!entry->passed)
        out->state = t->asked ? TOKEX_TRY_NOT_ASKED : TOKEX_TRY_STOPPED;
    out->found = found(t, entry);
    out->object = entry->object;
    out->id = entry->id ? tokex_err_shown_param(t->pool, entry->id) : NULL;
    out->field = entry->field;
}

void tokex_try_steps(tokex_try_t *t)
{
    for (int i = 0; i < TOKEX_STEP_COUNT; i++)
        set_step(t, (tokex_step_t)i);
}
