#include "keys/token_probe.h"

#include <string.h>

#include <apr_strings.h>

/* No issuer made it. */
#define NO_TOKEN "tokexctl-issuer-test"

typedef struct work_t {
    const tokex_probe_way_t *way;
    const tokex_sealer_t *sealer;
    apr_pool_t *pool;
} work_t;

static void judge_introspection(tokex_probe_step_t *step, const tokex_json_t *claims)
{
    const tokex_json_t *active = tokex_json_get(claims, "active");
    if (active && tokex_json_type(active) == TOKEX_JSON_BOOL && !tokex_json_is_true(active)) {
        step->state = TOKEX_PROBE_OK;
        step->found = "it takes our client, and says of a token that is none that it is not active";
        return;
    }
    step->found = active && tokex_json_is_true(active)
                      ? "it says of a token that is none that it is active"
                      : "its answer has no member active that is true or false";
    step->advice = "Ask the issuer what stands at this address; no token can be trusted to it.";
}

static void judge_userinfo(tokex_probe_step_t *step)
{
    step->found = "it takes a token that is none";
    step->advice = "Ask the issuer what stands at this address; no token can be trusted to it.";
}

static void judge(tokex_probe_step_t *step, const tokex_token_ask_t *ask,
                  const tokex_fetch_t *answer, apr_pool_t *pool)
{
    const tokex_json_t *claims = NULL;
    const tokex_err_t *err = tokex_token_ask_judge(&claims, answer, ask, pool);
    step->ms = answer->ms;
    if (err && err->code == TOKEX_E_TOKEN_INACTIVE) {
        step->state = TOKEX_PROBE_OK;
        step->found = "it answers, and does not take a token that is none";
    } else if (err) {
        step->found = tokex_err_text(err, pool);
        step->advice =
            "Tokens that it must be asked about are refused with 503 until it answers as "
            "it should.";
    } else if (ask->kind == TOKEX_ASK_USERINFO) {
        judge_userinfo(step);
    } else {
        judge_introspection(step, claims);
    }
}

static void probe(tokex_probe_step_t *step, const work_t *work, const tokex_token_ask_t *ask)
{
    const tokex_err_t *err;
    tokex_fetch_t fetch;
    *step =
        (tokex_probe_step_t){.source = tokex_token_ask_url(ask),
                             .name = ask->kind == TOKEX_ASK_USERINFO ? "userinfo" : "introspection",
                             .url = tokex_token_ask_url(ask),
                             .state = TOKEX_PROBE_FAILED,
                             .ms = -1};
    err = tokex_token_ask_prepare(&fetch, ask, work->sealer, work->pool);
    if (err) {
        step->found = tokex_err_text(err, work->pool);
        step->advice = "Write introspection_secret of the issuer again.";
        return;
    }
    work->way->run(work->way->fetcher, &fetch, 1, NULL, work->pool);
    judge(step, ask, &fetch, work->pool);
}

void tokex_token_probe_run(tokex_probe_t *out, const tokex_probe_way_t *way,
                           const tokex_issuer_t *issuer, const tokex_sealer_t *sealer,
                           apr_pool_t *pool)
{
    const work_t work = {way, sealer, pool};
    tokex_probe_step_t *steps = apr_pcalloc(pool, ((apr_size_t)out->count + 2) * sizeof(*steps));
    int before = out->count;
    if (before)
        memcpy(steps, out->steps, (apr_size_t)before * sizeof(*steps));
    for (int kind = TOKEX_ASK_INTROSPECTION; kind <= TOKEX_ASK_USERINFO; kind++) {
        const tokex_token_ask_t ask = {(tokex_token_ask_kind_t)kind, issuer, NO_TOKEN};
        if (!tokex_token_ask_url(&ask))
            continue;
        probe(&steps[out->count], &work, &ask);
        out->failed += steps[out->count].state == TOKEX_PROBE_FAILED;
        out->count++;
    }
    out->steps = steps;
}
