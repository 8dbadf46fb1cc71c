#include "authz.h"

#include <http_core.h>
#include <http_log.h>
#include <http_request.h>
#include <mod_auth.h>

#include "authz_line.h"
#include "authz_match.h"
#include "challenge.h"
#include "child.h"
#include "directives.h"
#include "messages.h"
#include "policy/condition.h"
#include "request_state.h"

APLOG_USE_MODULE(tokex);

/* Seconds that the clock of an issuer may be ahead of ours. */
#define CLOCK_SKEW 60

/* ---- Before somebody has been asked who he is, and after */

/* httpd asks twice: without a user, whether one is needed at all, and once there is one. */
static int note_authenticated(request_rec *r)
{
    tokex_request_state(r)->authenticated = true;
    return DECLINED;
}

/*
 * Without a user, DENIED_NO_USER asks for one; but behind `not` httpd makes nothing of it, and what
 * stands beside might let the request in. A denial instead would end it before anybody was asked.
 * So that such a line was met is noted, and if the request was let in, it is judged once more with
 * denials: only what passes then needed no user. Its line in the log would be of a denial that did
 * not happen.
 */
static int settle(request_rec *r)
{
    static const struct ap_logconf quiet = {NULL, APLOG_EMERG};
    tokex_request_state_t *state = tokex_request_state(r);
    const struct ap_logconf *log = r->log;
    int status;

    if (!state->unsettled || state->strict)
        return DECLINED;
    state->strict = true;
    r->log = &quiet;
    status = ap_run_access_checker_ex(r);
    r->log = log;
    state->strict = false;
    return status == OK ? DECLINED : OK;
}

static authz_status ask_for_user(request_rec *r, const tokex_authz_line_t *line)
{
    tokex_request_state_t *state = tokex_request_state(r);

    if (!line->negated)
        return AUTHZ_DENIED_NO_USER;
    state->unsettled = true;
    return state->strict ? AUTHZ_GRANTED : AUTHZ_DENIED_NO_USER;
}

/* No token was exchanged for whoever this is. */
static authz_status deny_stranger(request_rec *r, const tokex_authz_line_t *line)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  TX_REQUIRE_STRANGER
                  "Require %s: nobody is let in, because no token is exchanged "
                  "here; set AuthType tokex and TokexClient, or TokexClient and "
                  "TokexSubjectFrom",
                  line->text);
    if (line->negated)
        return AUTHZ_GRANTED;
    return r->user ? AUTHZ_DENIED : AUTHZ_DENIED_NO_USER;
}

/* ---- One line */

typedef struct asked_t {
    request_rec *r;
    const tokex_authz_line_t *line;
    const tokex_result_t *result;
    const tokex_json_t *claims; /* NULL: they cannot be read */
} asked_t;

typedef tokex_authz_answer_t (*judge_t)(const asked_t *asked);

static void say_denied(const asked_t *asked, tokex_authz_answer_t answer)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, asked->r,
                  TX_REQUIRE_DENIED "Require %s: denied, because the token %s (receipt %s)",
                  asked->line->text,
                  answer == TOKEX_AUTHZ_UNKNOWN
                      ? "does not say, or not in a way that can be compared"
                  : asked->line->negated ? "fits"
                                         : "does not fit",
                  asked->result->receipt ? asked->result->receipt : "-");
}

/* Does the line deny? */
static bool denies(const asked_t *asked, judge_t judge)
{
    tokex_authz_answer_t answer = judge(asked);
    bool denied = asked->line->negated ? answer != TOKEX_AUTHZ_NO : answer != TOKEX_AUTHZ_YES;

    if (denied)
        say_denied(asked, answer);
    return denied;
}

/* True: `*asked` is filled in. Else `*status` is what the provider answers. */
static bool find_out(asked_t *asked, authz_status *status, request_rec *r, const void *parsed)
{
    const tokex_request_state_t *state = tokex_request_state_in_force(r);
    const tokex_authz_line_t *line = parsed;

    *status = AUTHZ_GENERAL_ERROR;
    if (!line)
        return false;
    if (!tokex_request_state(r)->authenticated) {
        *status = ask_for_user(r, line);
        return false;
    }
    if (!state || !state->result->granted) {
        *status = deny_stranger(r, line);
        return false;
    }
    asked->r = r;
    asked->line = line;
    asked->result = state->result;
    asked->claims = tokex_request_claims(r);
    return true;
}

static authz_status check(request_rec *r, const void *parsed, judge_t judge)
{
    asked_t asked;
    authz_status status;

    if (!find_out(&asked, &status, r, parsed))
        return status;
    /* Behind `not` httpd turns a grant into a denial. */
    return denies(&asked, judge) != asked.line->negated ? AUTHZ_DENIED : AUTHZ_GRANTED;
}

static const char *text_of(const tokex_json_t *object, const char *name)
{
    return tokex_json_string(tokex_json_get(object, name));
}

/* ---- Scopes: those of the token that count here. A token without the claim says nothing. */

static tokex_authz_answer_t judge_scope(const asked_t *asked)
{
    const char *said = text_of(asked->claims, "scope");

    return tokex_authz_match_words(asked->line, said ? asked->result->scope : NULL, asked->r->pool);
}

static authz_status check_scope(request_rec *r, const char *args, const void *parsed)
{
    authz_status status = check(r, parsed, judge_scope);
    const tokex_authz_line_t *line = parsed;

    (void)args;
    if (status == AUTHZ_DENIED && !line->negated)
        tokex_challenge_scope(r, line->listed);
    return status;
}

/* ---- Other claims, and who stands behind the token */

static tokex_authz_answer_t judge_claim(const asked_t *asked)
{
    return tokex_authz_match_claim(asked->line, tokex_path_get(&asked->line->path, asked->claims),
                                   asked->r->pool);
}

static authz_status check_claim(request_rec *r, const char *args, const void *parsed)
{
    (void)args;
    return check(r, parsed, judge_claim);
}

static tokex_authz_answer_t judge_issuer(const asked_t *asked)
{
    return tokex_authz_match_text(asked->line, asked->result->issuer);
}

static authz_status check_issuer(request_rec *r, const char *args, const void *parsed)
{
    (void)args;
    return check(r, parsed, judge_issuer);
}

static tokex_authz_answer_t judge_client(const asked_t *asked)
{
    return tokex_authz_match_text(asked->line, asked->result->client);
}

static authz_status check_client(request_rec *r, const char *args, const void *parsed)
{
    (void)args;
    return check(r, parsed, judge_client);
}

/* By the id of its issuer: `idp` is one, `iss` a URL that one has; a client of ours has neither. */
static const char *issuer_of(const asked_t *asked, const tokex_json_t *act)
{
    const tokex_conf_t *conf = tokex_directives_of(asked->r->server);
    const char *iss = text_of(act, "iss");
    const tokex_policy_issuer_t *issuer;
    const tokex_site_t *site;

    if (tokex_json_get(act, "idp"))
        return text_of(act, "idp");
    if (!tokex_json_get(act, "iss"))
        return TOKEX_ISSUER_SELF;
    site = conf && conf->live ? tokex_live_hold(conf->live, asked->r->pool) : NULL;
    issuer = site && iss ? tokex_policy_issuer(site->engine.policy, iss) : NULL;
    return issuer ? issuer->config->id : NULL;
}

static tokex_authz_answer_t judge_actor(const asked_t *asked)
{
    const tokex_json_t *act = tokex_json_get(asked->claims, "act");
    const char *sub = text_of(act, "sub");
    const char *issuer = act ? issuer_of(asked, act) : NULL;

    if (!sub || !issuer)
        return TOKEX_AUTHZ_UNKNOWN;
    return tokex_condition_glob(asked->line->issuer, issuer, false)
               ? tokex_authz_match_text(asked->line, sub)
               : TOKEX_AUTHZ_NO;
}

static authz_status check_actor(request_rec *r, const char *args, const void *parsed)
{
    (void)args;
    return check(r, parsed, judge_actor);
}

/* ---- How, and when, the user has logged in. DENIED_NO_USER: another token of the same user might
 * do, so the answer is 401 whatever a site answers to those who may not (RFC 9470 section 3). */

static tokex_authz_answer_t judge_acr(const asked_t *asked)
{
    const char *acr = text_of(asked->claims, "acr");
    int i;

    for (i = 0; acr && i < asked->line->count; i++) {
        if (strcmp(acr, asked->line->values[i]) == 0)
            return TOKEX_AUTHZ_YES;
    }
    return acr ? TOKEX_AUTHZ_NO : TOKEX_AUTHZ_UNKNOWN;
}

static authz_status check_acr(request_rec *r, const char *args, const void *parsed)
{
    asked_t asked;
    authz_status status;

    (void)args;
    if (!find_out(&asked, &status, r, parsed))
        return status;
    if (!denies(&asked, judge_acr))
        return AUTHZ_GRANTED;
    tokex_challenge_step_up(r, asked.line->listed, -1);
    return AUTHZ_DENIED_NO_USER;
}

static tokex_authz_answer_t judge_auth_age(const asked_t *asked)
{
    apr_int64_t now = apr_time_sec(apr_time_now());
    int64_t auth_time;

    if (!tokex_json_floor(tokex_json_get(asked->claims, "auth_time"), &auth_time) ||
        auth_time > now + CLOCK_SKEW)
        return TOKEX_AUTHZ_UNKNOWN;
    return now - auth_time <= asked->line->seconds ? TOKEX_AUTHZ_YES : TOKEX_AUTHZ_NO;
}

static authz_status check_auth_age(request_rec *r, const char *args, const void *parsed)
{
    asked_t asked;
    authz_status status;

    (void)args;
    if (!find_out(&asked, &status, r, parsed))
        return status;
    if (!denies(&asked, judge_auth_age))
        return AUTHZ_GRANTED;
    tokex_challenge_step_up(r, NULL, asked.line->seconds);
    return AUTHZ_DENIED_NO_USER;
}

/* ---- What httpd knows of us */

void tokex_authz_register(apr_pool_t *pool)
{
    static const struct {
        const char *name;
        authz_provider provider;
    } all[] = {{"tokex-scope", {check_scope, tokex_authz_line_scope}},
               {"tokex-claim", {check_claim, tokex_authz_line_claim}},
               {"tokex-issuer", {check_issuer, tokex_authz_line_issuer}},
               {"tokex-actor", {check_actor, tokex_authz_line_actor}},
               {"tokex-client", {check_client, tokex_authz_line_client}},
               {"tokex-acr", {check_acr, tokex_authz_line_acr}},
               {"tokex-auth-age", {check_auth_age, tokex_authz_line_auth_age}}};
    size_t i;

    for (i = 0; i < sizeof all / sizeof all[0]; i++)
        ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, all[i].name, AUTHZ_PROVIDER_VERSION,
                                  &all[i].provider, AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_force_authn(settle, NULL, NULL, APR_HOOK_MIDDLE);
    /* Before any Require is judged with a user. */
    ap_hook_check_authz(note_authenticated, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
}
