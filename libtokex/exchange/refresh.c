#include "exchange/refresh.h"

#include <string.h>

#include <apr_strings.h>

#include "exchange/marks.h"
#include "exchange/parameters.h"
#include "exchange/party_private.h"
#include "exchange/revoked.h"

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err, const char *field)
{
    const tokex_policy_client_t *client = run->outcome->client;
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_REFRESH, err, "client",
                              client->config->id, field);
}

/* ---- Scopes */

static bool next_scope(const char **scope, apr_size_t *len, const char **rest)
{
    *rest += strspn(*rest, " ");
    *scope = *rest;
    *len = strcspn(*rest, " ");
    *rest += *len;
    return *len > 0;
}

static bool holds(const char *scopes, const char *wanted, apr_size_t wanted_len)
{
    const char *scope;
    apr_size_t len;
    while (next_scope(&scope, &len, &scopes))
        if (len == wanted_len && memcmp(scope, wanted, len) == 0)
            return true;
    return false;
}

/* Of the scopes of the exchange those that the client may still have. */
static const char *left_of(const tokex_run_t *run, const char *scopes)
{
    const tokex_policy_t *policy = run->engine->policy;
    const char *text = NULL, *scope;
    apr_size_t len;
    while (next_scope(&scope, &len, &scopes)) {
        int number = tokex_policy_scope(policy, scope, len);
        if (number >= 0 && tokex_policy_scope_in(run->outcome->client->scopes, number))
            text = apr_pstrcat(run->pool, text ? text : "", text ? " " : "",
                               tokex_policy_scope_name(policy, number), NULL);
    }
    return text;
}

/* RFC 6749 section 6: nothing that was not granted before. */
static const tokex_err_t *check_asked(tokex_run_t *run, const char *granted)
{
    const char *asked = run->request->scope, *scope;
    apr_size_t len;
    while (asked && next_scope(&scope, &len, &asked))
        if (!holds(granted, scope, len))
            return refuse(run,
                          tokex_err_create(run->pool, TOKEX_E_REFRESH_SCOPE, NULL,
                                           "scope \"%s\" is none of the exchange, which granted "
                                           "\"%s\"",
                                           tokex_err_shown(run->pool, scope, len), granted),
                          NULL);
    return NULL;
}

static void narrow(tokex_scopes_t *scopes, tokex_run_t *run, const char *granted)
{
    const char **items = apr_palloc(run->pool, sizeof(*items) * ((apr_size_t)scopes->count + 1));
    const char *text = "";
    int count = 0;
    for (int i = 0; i < scopes->count; i++) {
        if (!holds(granted, scopes->items[i], strlen(scopes->items[i])))
            continue;
        items[count++] = scopes->items[i];
        text = apr_pstrcat(run->pool, text, *text ? " " : "", scopes->items[i], NULL);
    }
    *scopes = (tokex_scopes_t){count ? items : NULL, count, text};
    run->outcome->scope_granted = text;
}

/* ---- The token that is presented */

/* What an exchange is asked with stays as it was. */
static const tokex_err_t *check_parameters(const char **token, tokex_run_t *run)
{
    static const char *const fixed[] = {
        "subject_token",    "subject_token_type", "actor_token",         "audience",
        "actor_token_type", "resource",           "requested_token_type"};
    const tokex_form_t *form = run->request->form;
    const tokex_form_param_t *param = form ? tokex_form_get(form, "refresh_token") : NULL;
    run->outcome->scope_asked = run->request->scope;
    for (int i = 0; form && i < form->count; i++)
        for (size_t n = 0; n < sizeof(fixed) / sizeof(fixed[0]); n++)
            if (strcmp(form->params[i].name, fixed[n]) == 0 && *form->params[i].value)
                return refuse(run,
                              tokex_err_create(run->pool, TOKEX_E_REFRESH_PARAMETER, NULL,
                                               "%s cannot stand beside a refresh token", fixed[n]),
                              NULL);
    if (!param)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_REFRESH_MISSING, NULL,
                                       "refresh_token is missing or empty"),
                      NULL);
    *token = param->value;
    return tokex_parameters_check_scope(run);
}

static const tokex_err_t *unknown(tokex_run_t *run, const char *why)
{
    return refuse(run, tokex_err_create(run->pool, TOKEX_E_REFRESH_UNKNOWN, NULL, "%s", why), NULL);
}

/* Whoever took it uses it, or whoever it was taken from: that cannot be told, so both lose it (RFC
 * 9700 section 4.14.2). */
static const tokex_err_t *end_family(tokex_run_t *run, const tokex_refresh_t *row)
{
    const tokex_host_t *host = &run->engine->host;
    const tokex_err_t *err = host->refresh_end(host->refreshes, row, run->now, run->pool);
    if (err)
        return refuse(run, err, NULL);
    return refuse(run,
                  tokex_err_create(run->pool, TOKEX_E_REFRESH_REUSED, NULL,
                                   "a refresh token of family \"%s\" was used twice; all that came "
                                   "of it is taken back",
                                   row->id),
                  NULL);
}

static const tokex_err_t *check_hash(tokex_run_t *run, const tokex_refreshing_t *r)
{
    apr_size_t len = strlen(r->row->hash);
    if (strcmp(r->row->client, run->outcome->client->config->id) != 0)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_REFRESH_CLIENT, NULL,
                                       "the refresh token was issued to client \"%s\"",
                                       tokex_err_shown_param(run->pool, r->row->client)),
                      NULL);
    if (len != strlen(r->presented.hash) ||
        !tokex_crypt_equal(r->row->hash, r->presented.hash, len))
        return end_family(run, r->row);
    return NULL;
}

/* The family, the client's tokens and all of ours may have been taken back since. */
static bool is_revoked(int64_t *number, const tokex_run_t *run, const tokex_refresh_t *row)
{
    const tokex_host_t *host = &run->engine->host;
    tokex_marks_t marks = {.count = 3, .issued = row->created};
    if (!host->revokes || !host->revokes(host->revocations))
        return false;
    marks.items[0] = (tokex_mark_t){TOKEX_REVOCATION_TOKEN, NULL, row->id};
    marks.items[1] = (tokex_mark_t){TOKEX_REVOCATION_CLIENT, NULL, row->client};
    marks.items[2] = (tokex_mark_t){TOKEX_REVOCATION_ISSUER, NULL, TOKEX_ISSUER_SELF};
    return host->revoked(number, host->revocations, &marks);
}

static const tokex_err_t *check_revoked(tokex_run_t *run, const tokex_refresh_t *row)
{
    int64_t number = 0;
    if (is_revoked(&number, run, row))
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_REFRESH_REVOKED, NULL,
                                       "revocation %" APR_INT64_T_FMT " holds for family \"%s\"",
                                       number, row->id),
                      NULL);
    return NULL;
}

static const tokex_err_t *find(tokex_run_t *run, tokex_refreshing_t *r, const char *text)
{
    const tokex_host_t *host = &run->engine->host;
    const tokex_err_t *err =
        tokex_refresh_token_read(&r->presented, text, run->engine->crypt, run->pool);
    if (err)
        return refuse(run, err, NULL);
    if (!r->presented.text)
        return unknown(run, "no refresh token of ours looks like that");
    if (!host->refresh_find)
        return unknown(run, "there are no refresh tokens here");
    err = host->refresh_find(&r->row, host->refreshes, r->presented.id, run->pool);
    if (err)
        return refuse(run, err, NULL);
    if (!r->row)
        return unknown(run, "there is no such refresh token, or no more");
    TOKEX_RETURN_ERR(check_hash(run, r));
    TOKEX_RETURN_ERR(check_revoked(run, r->row));
    err = tokex_refresh_record_open(&r->record, r->row->sealed, &r->presented, run->engine->crypt,
                                    run->pool);
    return err ? refuse(run, err, NULL) : NULL;
}

/* ---- What it stands for */

static const tokex_err_t *resume(tokex_parties_t *parties, tokex_run_t *run,
                                 const tokex_refresh_record_t *record)
{
    tokex_kept_t subject = record->subject, actor = record->actor;
    subject.exp = actor.exp = run->refreshing->ends;
    TOKEX_RETURN_ERR(tokex_party_resume(&parties->subject, run, &subject, NULL));
    parties->has_actor = record->actor.claims != NULL;
    return parties->has_actor ? tokex_party_resume(&parties->actor, run, &actor, &parties->subject)
                              : NULL;
}

/* As if the client had asked for what it got. */
static void ask_again(tokex_run_t *run, const tokex_refresh_record_t *record)
{
    tokex_request_t *request = apr_pmemdup(run->pool, run->request, sizeof(*request));
    request->resource_count = 0;
    request->audience_count = record->target_count;
    memcpy(request->audiences, record->targets,
           sizeof(*record->targets) * (size_t)record->target_count);
    if (!request->scope)
        request->scope = left_of(run, record->scope);
    run->request = request;
    run->issued_type = record->type;
}

const tokex_err_t *tokex_refresh_begin(tokex_parties_t *parties, tokex_run_t *run)
{
    tokex_refreshing_t *r = apr_pcalloc(run->pool, sizeof(*r));
    const char *text = NULL;
    TOKEX_RETURN_ERR(check_parameters(&text, run));
    TOKEX_RETURN_ERR(find(run, r, text));
    TOKEX_RETURN_ERR(check_asked(run, r->record.scope));
    r->created = r->row->created;
    r->ends = r->row->ends;
    run->refreshing = r;
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_REFRESH, "client",
                     run->outcome->client->config->id, NULL, r->row->id);
    TOKEX_RETURN_ERR(tokex_refresh_blame(run, resume(parties, run, &r->record)));
    ask_again(run, &r->record);
    return NULL;
}

const tokex_err_t *tokex_refresh_blame(const tokex_run_t *run, const tokex_err_t *err)
{
    if (!err || !run->refreshing || tokex_err_info(err->code)->http_status >= 500)
        return err;
    return tokex_err_create(run->pool, TOKEX_E_REFRESH_PARTY, err, "%s",
                            tokex_err_info(err->code)->name);
}

/* ---- The next one */

static int64_t end_of(const tokex_refresh_record_t *record)
{
    return record->actor.claims && record->actor.exp < record->subject.exp ? record->actor.exp
                                                                           : record->subject.exp;
}

static void note_party(tokex_kept_t *out, const tokex_party_t *party)
{
    *out = (tokex_kept_t){.issuer = party->issuer->config->id,
                          .claims = party->claims,
                          .is_opaque = party->is_opaque,
                          .introspection = party->introspection,
                          .userinfo = party->userinfo,
                          .exp = party->exp};
}

static void note(tokex_refresh_record_t *record, const tokex_run_t *run,
                 const tokex_parties_t *parties)
{
    const tokex_outcome_t *outcome = run->outcome;
    note_party(&record->subject, &parties->subject);
    if (parties->has_actor)
        note_party(&record->actor, &parties->actor);
    for (int i = 0; i < outcome->target_count; i++)
        record->targets[i] = outcome->targets[i]->config->id;
    record->target_count = outcome->target_count;
    record->scope = outcome->scope_granted;
    record->type = run->issued_type;
}

/* A token of ours may itself come of refresh tokens: exchanged again and again, it would be a chain
 * without an end. */
static int64_t with_ours(int64_t ends, const tokex_kept_t *party)
{
    bool ours = party->claims && strcmp(party->issuer, TOKEX_ISSUER_SELF) == 0;
    return ours && party->exp < ends ? party->exp : ends;
}

/* The rule may have another bound today; it never moves the end away. */
static void bound(tokex_refreshing_t *r, const tokex_run_t *run)
{
    int64_t lifetime = run->outcome->rule->config->refresh_lifetime;
    int64_t ends = lifetime > 0 ? r->created + lifetime : end_of(&r->record);
    ends = with_ours(with_ours(ends, &r->record.subject), &r->record.actor);
    if (!r->row || ends < r->ends)
        r->ends = ends;
}

static const tokex_err_t *go_on(tokex_grant_t *grant, tokex_run_t *run)
{
    tokex_refreshing_t *r = run->refreshing;
    bound(r, run);
    if (run->now >= r->ends)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_REFRESH_EXPIRED, NULL,
                                       "it ended at %" APR_INT64_T_FMT
                                       ", by refresh_lifetime of rule \"%s\" or with the tokens "
                                       "that were presented",
                                       r->ends, run->outcome->rule->config->id),
                      "refresh_lifetime");
    if (grant->lifetime > r->ends - run->now)
        grant->lifetime = r->ends - run->now;
    narrow(&grant->scopes, run, r->record.scope);
    return NULL;
}

static bool is_wanted(const tokex_run_t *run)
{
    /* RFC 7521 section 4.1: whoever has an assertion can get another one. */
    return !run->request->location && !tokex_request_is_assertion(run->request) &&
           run->outcome->client->may_refresh && run->engine->host.refresh_keep;
}

const tokex_err_t *tokex_refresh_prepare(tokex_grant_t *grant, tokex_run_t *run,
                                         const tokex_parties_t *parties)
{
    tokex_refreshing_t *r = run->refreshing;
    const tokex_err_t *err;
    if (r) {
        TOKEX_RETURN_ERR(go_on(grant, run));
    } else {
        if (!is_wanted(run))
            return NULL;
        r = apr_pcalloc(run->pool, sizeof(*r));
        r->created = run->now;
        note(&r->record, run, parties);
        bound(r, run);
        if (r->ends <= run->now)
            return NULL;
        run->refreshing = r;
    }
    err = tokex_refresh_token_make(&r->next, r->row ? &r->presented : NULL, run->engine->crypt,
                                   run->pool);
    if (err)
        return refuse(run, err, NULL);
    run->family = r->next.id;
    return NULL;
}

void tokex_refresh_narrow(tokex_run_t *run)
{
    tokex_refreshing_t *r = run->refreshing;
    const tokex_outcome_t *outcome = run->outcome;
    if (!r || r->row)
        return;
    for (int i = 0; i < outcome->target_count; i++)
        r->record.targets[i] = outcome->targets[i]->config->id;
    r->record.target_count = outcome->target_count;
    r->record.scope = outcome->scope_granted;
}

bool tokex_refresh_granted(const tokex_run_t *run, const char *scope)
{
    const tokex_refreshing_t *r = run->refreshing;
    return !r || !r->row || holds(r->record.scope, scope, strlen(scope));
}

/* One run at its end. */
typedef struct ending_t {
    tokex_run_t *run;
    const tokex_parties_t *parties;
    const tokex_err_t *refused; /* what it comes from was taken back meanwhile; NULL: it was not */
} ending_t;

static const tokex_err_t *judge_parties(const ending_t *ending)
{
    tokex_run_t *run = ending->run;
    const tokex_parties_t *parties = ending->parties;
    TOKEX_RETURN_ERR(tokex_revoked_again(run, &parties->subject));
    return parties->has_actor ? tokex_revoked_again(run, &parties->actor) : NULL;
}

/* An exchange presented no refresh token that could be blamed. */
static const tokex_err_t *judge_again(const ending_t *ending)
{
    const tokex_refresh_t *row = ending->run->refreshing->row;
    if (!row)
        return judge_parties(ending);
    TOKEX_RETURN_ERR(check_revoked(ending->run, row));
    return tokex_refresh_blame(ending->run, judge_parties(ending));
}

static bool is_good(void *ctx)
{
    ending_t *ending = ctx;
    ending->refused = judge_again(ending);
    return !ending->refused;
}

static const tokex_err_t *keep(ending_t *ending)
{
    const tokex_run_t *run = ending->run;
    const tokex_refreshing_t *r = run->refreshing;
    const tokex_host_t *host = &run->engine->host;
    const tokex_refresh_gate_t gate = {is_good, ending};
    tokex_refresh_t row = {.id = r->next.id,
                           .client = run->outcome->client->config->id,
                           .hash = r->next.hash,
                           .created = r->created,
                           .ends = r->ends};
    TOKEX_RETURN_ERR(tokex_refresh_record_close(&row.sealed, &r->record, &r->next,
                                                run->engine->crypt, run->pool));
    return host->refresh_keep(host->refreshes, &row, r->row ? r->row->hash : NULL, &gate,
                              run->pool);
}

const tokex_err_t *tokex_refresh_keep(tokex_run_t *run, const tokex_parties_t *parties)
{
    tokex_refreshing_t *r = run->refreshing;
    ending_t ending = {run, parties, NULL};
    const tokex_err_t *err;
    if (!r || run->engine->trial)
        return NULL;
    err = keep(&ending);
    if (!err) {
        run->outcome->refresh_token = r->next.text;
        return NULL;
    }
    if (ending.refused) {
        tokex_outcome_forget_token(run->outcome);
        return ending.refused;
    }
    if (!r->row) {
        run->outcome->refresh_err = err;
        return NULL;
    }
    tokex_outcome_forget_token(run->outcome);
    return err->code == TOKEX_E_REFRESH_REUSED ? end_family(run, r->row) : refuse(run, err, NULL);
}
