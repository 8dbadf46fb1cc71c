#include "exchange/own_link.h"

#include <string.h>

#include "exchange/account.h"
#include "exchange/authorize.h"
#include "exchange/exchange_private.h"

static const tokex_err_t *refuse(tokex_run_t *run, tokex_step_t step, const tokex_err_t *err)
{
    return tokex_trace_refuse(&run->outcome->trace, step, err, "account",
                              run->outcome->account ? run->outcome->account->id : NULL, NULL);
}

/* Ours say who a subject was elsewhere, and a machine is nobody's. */
static const tokex_err_t *check_subject(tokex_run_t *run, const tokex_party_t *subject)
{
    const char *mark = tokex_authorize_machine_mark(subject);
    if (!mark && !subject->issuer->is_self)
        return NULL;
    return refuse(
        run, TOKEX_STEP_MACHINE,
        tokex_err_create(run->pool, TOKEX_E_LINK_SUBJECT, NULL, "the token is %s (issuer \"%s\")",
                         mark ? "a machine's" : "one of ours", subject->issuer->config->id));
}

static const tokex_err_t *make(tokex_run_t *run, const tokex_party_t *subject)
{
    const tokex_host_t *host = &run->engine->host;
    const tokex_account_link_t link = {.issuer = subject->idp,
                                       .sub = subject->sub,
                                       .account = run->outcome->account->id,
                                       .made = run->now,
                                       .how = "own",
                                       .who = ""};
    const tokex_err_t *err = NULL;
    const char *linked = NULL;
    if (host->link)
        err = host->link(&linked, host->accounts, &link, run->pool);
    if (err || !host->link)
        return refuse(run, TOKEX_STEP_LINK,
                      tokex_err_create(run->pool, TOKEX_E_ACCOUNT_UNAVAILABLE, err, "%s",
                                       err ? tokex_err_text(err, run->pool)
                                           : "nobody can be asked for accounts here"));
    if (!linked || strcmp(linked, link.account) != 0)
        return refuse(run, TOKEX_STEP_LINK,
                      tokex_err_create(run->pool, TOKEX_E_ACCOUNT_TAKEN, NULL,
                                       "the subject is linked to account %s",
                                       linked ? linked : "none, as this one is gone by now"));
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_LINK, "account", link.account, NULL, "own");
    return NULL;
}

static const tokex_err_t *run_steps(tokex_run_t *run, const char *account)
{
    tokex_parties_t *parties = apr_pcalloc(run->pool, sizeof(*parties));
    TOKEX_RETURN_ERR(tokex_exchange_begin(parties, run));
    TOKEX_RETURN_ERR(check_subject(run, &parties->subject));
    TOKEX_RETURN_ERR(tokex_account_take(run, account));
    return make(run, &parties->subject);
}

const tokex_outcome_t *tokex_own_link_make(const tokex_engine_t *engine,
                                           const tokex_request_t *request, const char *account,
                                           int64_t now, apr_pool_t *pool)
{
    tokex_outcome_t *outcome = apr_pcalloc(pool, sizeof(*outcome));
    tokex_run_t run = {
        .engine = engine, .request = request, .now = now, .outcome = outcome, .pool = pool};
    outcome->err = run_steps(&run, account);
    return outcome;
}
