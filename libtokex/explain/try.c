#include "explain/try.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "exchange/authorization.h"
#include "exchange/sealed_token.h"
#include "explain/try_private.h"
#include "keys/issuer_keys.h"
#include "keys/key_fetch.h"
#include "store/account_links.h"
#include "store/account_store.h"
#include "store/spent_store.h"

struct tokex_try_engine_t {
    tokex_engine_t engine;
    tokex_fetched_keys_t *fetched;
    tokex_db_t *state;
    const char *account_source;
    int64_t now;
};

static const tokex_err_t *put_fetched(tokex_try_engine_t *out, const tokex_try_source_t *source,
                                      apr_pool_t *pool)
{
    apr_pool_t *own;
    if (apr_pool_create(&own, pool) != APR_SUCCESS)
        return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, NULL);
    TOKEX_RETURN_ERR(tokex_fetched_keys_create(&out->fetched, source->sealer->crypt, own));
    for (int i = 0; i < source->fetched_count; i++)
        TOKEX_RETURN_ERR(tokex_fetched_keys_put(out->fetched, &source->fetched[i]));
    return NULL;
}

static const tokex_err_t *compile(tokex_engine_t *engine, const tokex_try_source_t *source,
                                  tokex_faults_t *faults, apr_pool_t *pool)
{
    const tokex_crypt_t *crypt = source->sealer->crypt;
    TOKEX_RETURN_ERR(tokex_policy_compile(&engine->policy, source->config, source->server,
                                          source->now, crypt, faults, pool, pool));
    tokex_policy_judge_keys(source->config, source->now, crypt, faults, pool);
    if (faults->error_count)
        return tokex_err_create(pool, TOKEX_E_DOCUMENT, NULL, "the configuration has %d faults",
                                faults->error_count);
    return NULL;
}

const tokex_err_t *tokex_try_create(tokex_try_engine_t **out, const tokex_try_source_t *source,
                                    tokex_faults_t *faults, apr_pool_t *pool)
{
    tokex_try_engine_t *made = apr_pcalloc(pool, sizeof(*made));
    tokex_engine_t *engine = &made->engine;
    const tokex_signing_keys_t *signing = NULL;
    const tokex_issuer_keys_t *keys;
    const tokex_err_t *err;
    made->now = source->now;
    made->state = source->state;
    made->account_source = source->account_source;
    engine->server = source->server;
    engine->crypt = source->sealer->crypt;
    TOKEX_RETURN_ERR(
        tokex_sealed_token_key(&engine->opaque_key, source->sealer->master, engine->crypt, pool));
    TOKEX_RETURN_ERR(compile(engine, source, faults, pool));
    err = tokex_signing_keys_open(&signing, source->config, source->now, source->sealer, pool);
    if (err && err->code != TOKEX_E_SIGNING_KEY_NONE)
        return err;
    engine->signers = signing ? signing->signers : NULL;
    TOKEX_RETURN_ERR(put_fetched(made, source, pool));
    TOKEX_RETURN_ERR(
        tokex_issuer_keys_create(&keys, engine->policy, made->fetched, NULL, engine->crypt, pool));
    engine->host.ctx = (void *)keys;
    engine->host.key = tokex_issuer_keys_find;
    engine->host.revokes = tokex_revocations_any;
    engine->host.revoked = tokex_revocations_find;
    engine->host.revocations = source->revocations;
    *out = made;
    return NULL;
}

const tokex_engine_t *tokex_try_engine_of(const tokex_try_engine_t *made)
{
    return &made->engine;
}

int64_t tokex_try_now_of(const tokex_try_engine_t *made)
{
    return made->now;
}

/* ---- The host of one question */

typedef struct host_t {
    const tokex_try_engine_t *made;
    bool asked;
} host_t;

static const tokex_err_t *find_key(const tokex_key_t **out, void *ctx,
                                   const tokex_policy_issuer_t *issuer, const char *kid,
                                   tokex_alg_t alg, int64_t now, apr_pool_t *pool)
{
    const host_t *host = ctx;
    return tokex_issuer_keys_find(out, host->made->engine.host.ctx, issuer, kid, alg, now, pool);
}

/* The server asks a source that has not been asked just now. */
static bool would_ask(const host_t *host, const tokex_policy_issuer_t *issuer, apr_pool_t *pool)
{
    tokex_key_fetch_t *sources;
    int count;
    tokex_key_fetch_sources(&sources, &count, issuer, pool);
    for (int i = 0; i < count; i++) {
        tokex_fetched_t row;
        if (!tokex_fetched_keys_row(&row, host->made->fetched, issuer->config->id, sources[i].url,
                                    pool) ||
            host->made->now - row.tried >= TOKEX_KEYS_COOLDOWN)
            return true;
    }
    return false;
}

static const tokex_err_t *renew(bool *changed, void *ctx, const tokex_policy_issuer_t *issuer,
                                apr_pool_t *pool)
{
    host_t *host = ctx;
    *changed = false;
    if (!would_ask(host, issuer, pool))
        return NULL;
    host->asked = true;
    return tokex_err_create(pool, TOKEX_E_KEYS_UNAVAILABLE, NULL,
                            "the server would ask issuer \"%s\" for its keys now",
                            issuer->config->id);
}

/* Nobody is asked about a token. */
static const tokex_err_t *ask(tokex_said_t *out, void *ctx, const tokex_policy_issuer_t *issuer,
                              const char *token, int64_t now, apr_pool_t *pool)
{
    host_t *host = ctx;
    (void)out;
    (void)token;
    (void)now;
    host->asked = true;
    return tokex_err_create(pool, TOKEX_E_ISSUER_UNAVAILABLE, NULL,
                            "the server would ask issuer \"%s\" about the token now",
                            issuer->config->id);
}

/* Nobody is asked for an account of the site's. */
static const tokex_err_t *ask_site(host_t *host, apr_pool_t *pool)
{
    host->asked = true;
    return tokex_err_create(pool, TOKEX_E_DB_QUERY, NULL,
                            "the server would ask the site for the account now");
}

/* As far as state.db says it: who is linked, and so to whom nobody need be asked about. */
static const tokex_err_t *find_site_account(tokex_account_answer_t *out, host_t *host,
                                            const tokex_account_question_t *question,
                                            apr_pool_t *pool)
{
    const tokex_try_engine_t *made = host->made;
    const char *id = question->id;
    *out = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_NONE};
    if (!id)
        TOKEX_RETURN_ERR(
            tokex_account_links_find(&id, made->state, question->issuer, question->sub, pool));
    if (id && tokex_account_site_own(made->account_source, id, pool))
        return ask_site(host, pool);
    if (!id)
        return question->key_count ? ask_site(host, pool) : NULL;
    if (!question->id) {
        out->match = TOKEX_ACCOUNT_GONE;
        out->gone = id;
    }
    return NULL;
}

static const tokex_err_t *find_account(tokex_account_answer_t *out, void *ctx,
                                       const tokex_account_question_t *question, apr_pool_t *pool)
{
    host_t *host = ctx;
    if (host->made->account_source)
        return find_site_account(out, host, question, pool);
    return tokex_account_store_answer(out, host->made->state, question, pool);
}

/* ---- The request */

static const char *const *split(int *count, const char *text, apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(const char *));
    char *state;
    char *item = apr_strtok(apr_pstrdup(pool, text), " ", &state);
    for (; item; item = apr_strtok(NULL, " ", &state))
        APR_ARRAY_PUSH(list, const char *) = item;
    *count = list->nelts;
    return (const char *const *)list->elts;
}

static int split_targets(const char **out, const char *text, apr_pool_t *pool)
{
    int count;
    const char *const *items = split(&count, text, pool);
    for (int i = 0; i < count && i < TOKEX_LIMIT_TARGETS; i++)
        out[i] = items[i];
    return count < TOKEX_LIMIT_TARGETS ? count : TOKEX_LIMIT_TARGETS;
}

static tokex_own_tokens_t own_tokens_of(const char *word)
{
    if (strcmp(word, "accept") == 0)
        return TOKEX_OWN_ACCEPT;
    return strcmp(word, "exchange") == 0 ? TOKEX_OWN_EXCHANGE : TOKEX_OWN_REFUSE;
}

/* As the module makes it of the same directives. */
static const tokex_request_t *request_of_location(const tokex_location_row_t *row,
                                                  const char *token, apr_pool_t *pool)
{
    tokex_location_t *location = apr_pcalloc(pool, sizeof(*location));
    tokex_request_t *request = apr_pcalloc(pool, sizeof(*request));
    location->name = row->section;
    location->client = row->client;
    location->issuers = split(&location->issuer_count, row->issuers, pool);
    location->own_tokens = own_tokens_of(row->own_tokens);
    location->machine_tokens = row->machine_tokens;
    location->exchange = row->exchange;
    location->user_claim = row->user_claim;
    request->location = location;
    request->grant_type = TOKEX_GRANT_EXCHANGE;
    request->subject_token = token;
    request->subject_token_len = strlen(token);
    request->subject_token_type = row->subject_type;
    request->scope = *row->scope ? row->scope : NULL;
    request->audience_count = split_targets(request->audiences, row->audiences, pool);
    request->resource_count = split_targets(request->resources, row->resources, pool);
    return request;
}

static const tokex_err_t *read_request(const tokex_request_t **out,
                                       const tokex_try_question_t *question, apr_pool_t *pool)
{
    const char *token = question->token;
    const tokex_form_t *form;
    tokex_request_t *request;
    *out = NULL;
    if (question->location) {
        if (!token)
            TOKEX_RETURN_ERR(tokex_authorization_bearer(&token, question->authorization, pool));
        *out = request_of_location(question->location, token, pool);
        return NULL;
    }
    if (question->exchange_off)
        return tokex_err_create(pool, TOKEX_E_EXCHANGE_OFF, NULL, "TokexExchange is off");
    TOKEX_RETURN_ERR(tokex_form_parse(&form, question->form, question->form_len, pool));
    TOKEX_RETURN_ERR(tokex_request_read(&request, form, question->authorization, pool));
    *out = request;
    return NULL;
}

/* ---- What is told */

static const char *text_of(const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

static tokex_try_token_t decode(const tokex_jws_t **jws, const tokex_engine_t *engine,
                                const char *token, apr_size_t len, apr_pool_t *pool)
{
    tokex_try_token_t out = {.presented = token != NULL};
    tokex_token_text_t text = {token, len}, sealed;
    if (!token)
        return out;
    if (!tokex_sealed_token_open(&sealed, engine, text, pool) && sealed.text) {
        out.sealed = true;
        text = sealed;
    }
    if (tokex_jws_parse(jws, text.text, text.len, pool))
        return out;
    out.header = text_of((*jws)->header, pool);
    out.claims = text_of((*jws)->claims, pool);
    return out;
}

/* The step that refused, or the last one. */
static const tokex_trace_entry_t *last_of(const tokex_outcome_t *outcome)
{
    return outcome->trace.count ? &outcome->trace.entries[outcome->trace.count - 1] : NULL;
}

static const char *accepted_audiences(const tokex_try_t *t)
{
    const tokex_texts_t *audiences = &t->report->outcome->issuer->config->audiences;
    const char *text = t->engine->server->issuer;
    for (int i = 0; i < audiences->count; i++)
        text = apr_pstrcat(t->pool, text, ", ", audiences->items[i], NULL);
    return text;
}

static const char *why(const tokex_try_t *t)
{
    const tokex_outcome_t *outcome = t->report->outcome;
    if (outcome->err->code == TOKEX_E_AUD_WRONG && t->subject && outcome->issuer &&
        !outcome->issuer->is_self)
        return apr_psprintf(t->pool, "the token is for %s, accepted are %s",
                            tokex_try_shown(tokex_json_get(t->subject->claims, "aud"), t->pool),
                            accepted_audiences(t));
    if (outcome->err->log_text)
        return tokex_err_text(outcome->err, t->pool);
    return tokex_err_info(outcome->err->code)->cause;
}

static const char *passes(const tokex_try_t *t)
{
    const tokex_outcome_t *outcome = t->report->outcome;
    if (outcome->accepted)
        return apr_psprintf(t->pool, "our own token goes on as it is at %s", outcome->location);
    return apr_psprintf(t->pool,
                        "%s token for %s with %s%s%s, good for %" APR_INT64_T_FMT
                        " seconds, by rule \"%s\" of client \"%s\"",
                        outcome->opaque ? "an opaque" : "a", outcome->targets[0]->config->audience,
                        *outcome->scope_granted ? "scope \"" : "no scope", outcome->scope_granted,
                        *outcome->scope_granted ? "\"" : "", outcome->expires_in,
                        outcome->rule->config->id, outcome->client->config->id);
}

static const char *undetermined(const tokex_try_t *t)
{
    const tokex_outcome_t *outcome = t->report->outcome;
    const tokex_trace_entry_t *last = last_of(outcome);
    if (!t->asked)
        return apr_psprintf(
            t->pool, "Undetermined: %s; but who may pass, only the server can ask: %s%s", passes(t),
            t->not_asked.items[0], t->not_asked.count > 1 ? ", ..." : "");
    return apr_psprintf(t->pool,
                        "Undetermined at step %d, %s: %s, and only it can say what "
                        "comes of that",
                        (int)last->step + 1, tokex_trace_step_name(last->step),
                        tokex_err_text(outcome->err, t->pool));
}

static const char *sentence_of(const tokex_try_t *t)
{
    const tokex_trace_entry_t *last = last_of(t->report->outcome);
    switch (t->report->verdict) {
    case TOKEX_TRY_GRANTED:
        return apr_pstrcat(t->pool, "Granted: ", passes(t), NULL);
    case TOKEX_TRY_ACCEPTED:
        return apr_pstrcat(t->pool, "Accepted: ", passes(t), NULL);
    case TOKEX_TRY_UNDETERMINED:
        return undetermined(t);
    case TOKEX_TRY_REFUSED:
        break;
    }
    return apr_psprintf(t->pool, "Refused at step %d, %s: %s", (int)last->step + 1,
                        tokex_trace_step_name(last->step), why(t));
}

/* The answer as the client reads it; where a token would stand, there is none. */
static void set_answer(const tokex_try_t *t)
{
    tokex_try_report_t *report = t->report;
    const tokex_outcome_t *outcome = report->outcome;
    tokex_outcome_t shown = *outcome;
    shown.token = "masked";
    if (outcome->err)
        report->status = t->at_location
                             ? tokex_location_status(outcome->err->code, last_of(outcome)->step)
                             : tokex_err_info(outcome->err->code)->http_status;
    else
        report->status = 200;
    if (t->at_location)
        return;
    report->body = outcome->err ? tokex_outcome_error(outcome->err, "-", NULL, t->pool)
                                : tokex_outcome_response(&shown, NULL, t->pool);
}

static tokex_try_verdict_t verdict_of(const tokex_try_t *t)
{
    const tokex_outcome_t *outcome = t->report->outcome;
    if (t->asked)
        return TOKEX_TRY_UNDETERMINED;
    if (outcome->err)
        return TOKEX_TRY_REFUSED;
    if (t->not_asked.count)
        return TOKEX_TRY_UNDETERMINED;
    return outcome->accepted ? TOKEX_TRY_ACCEPTED : TOKEX_TRY_GRANTED;
}

static void tell(tokex_try_t *t)
{
    tokex_try_report_t *report = t->report;
    const tokex_outcome_t *outcome = report->outcome;
    if (t->request) {
        report->subject = decode(&t->subject, t->engine, t->request->subject_token,
                                 t->request->subject_token_len, t->pool);
        report->actor = decode(&t->actor, t->engine, t->request->actor_token,
                               t->request->actor_token_len, t->pool);
    }
    report->verdict = verdict_of(t);
    if (outcome->err && !t->asked)
        report->code = tokex_err_info(outcome->err->code)->name;
    report->sentence = sentence_of(t);
    if (report->verdict != TOKEX_TRY_UNDETERMINED)
        set_answer(t);
    else if (!t->asked)
        report->not_asked = t->not_asked;
    tokex_try_steps(t);
    tokex_try_details(t);
    if (outcome->claims) {
        report->token_header = tokex_jws_signer_header(outcome->signer, t->pool);
        report->token_claims = outcome->claims;
    }
}

/* Which of them is good the server alone knows, and to ask is to use it. */
static const tokex_err_t *find_refresh(const tokex_refresh_t **out, void *refreshes, const char *id,
                                       apr_pool_t *pool)
{
    host_t *host = refreshes;
    (void)id;
    *out = NULL;
    host->asked = true;
    return tokex_err_create(pool, TOKEX_E_REFRESH_STORE, NULL,
                            "the server would look the refresh token up, which can be used once");
}

/* A token that counts once is looked up and not spent. */
static const tokex_err_t *look_spent(tokex_spending_t *out, void *spent, const tokex_spent_t *token,
                                     int64_t now, apr_pool_t *pool)
{
    const host_t *host = spent;
    const tokex_err_t *err =
        tokex_spent_store_look(out, host->made->state, token, TOKEX_LIMIT_SPENT, now, pool);
    return err ? tokex_err_create(pool, TOKEX_E_SPENT_STORE, err, "state.db could not be read")
               : NULL;
}

const tokex_try_report_t *tokex_try_run(const tokex_try_engine_t *made,
                                        const tokex_try_question_t *question, apr_pool_t *pool)
{
    const tokex_trial_t trial = {question->assumes_client};
    host_t host = {made, false};
    tokex_engine_t engine = made->engine;
    tokex_try_report_t *report = apr_pcalloc(pool, sizeof(*report));
    tokex_try_t t = {.engine = &engine,
                     .now = made->now,
                     .at_location = question->location != NULL,
                     .assumed = question->assumes_client,
                     .not_asked = question->not_asked,
                     .report = report,
                     .pool = pool};
    const tokex_err_t *err = read_request(&t.request, question, pool);
    engine.trial = &trial;
    engine.host.ctx = engine.host.ask_ctx = &host;
    engine.host.key = find_key;
    engine.host.introspect = engine.host.userinfo = ask;
    engine.host.refresh_find = find_refresh;
    engine.host.refreshes = &host;
    engine.host.spend = made->state ? look_spent : NULL;
    engine.host.spent = &host;
    engine.host.renew = renew;
    engine.host.accounts = &host;
    engine.host.account = made->state ? find_account : NULL;
    report->outcome = err ? tokex_exchange_refused(err, pool)
                          : tokex_exchange_run(&engine, t.request, made->now, pool);
    t.asked = host.asked;
    tell(&t);
    return report;
}
