#include "exchange/account.h"

#include <string.h>

#include "exchange/account_keys.h"

static const char *shown(const tokex_run_t *run, const char *text)
{
    return tokex_err_shown(run->pool, text, strlen(text));
}

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err, const char *object,
                                 const char *id, const char *field)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_ACCOUNT, err, object, id, field);
}

/* The account that a token of ours names; NULL when it names none. */
static const char *named_account(const tokex_party_t *party)
{
    return party->issuer->is_self ? tokex_json_string(tokex_json_get(party->claims, "acct")) : NULL;
}

static tokex_account_question_t question_of(const tokex_party_t *party)
{
    return (tokex_account_question_t){
        .id = named_account(party), .issuer = party->idp, .sub = party->sub};
}

static const tokex_err_t *unavailable(tokex_run_t *run, const tokex_err_t *cause)
{
    return tokex_err_create(run->pool, TOKEX_E_ACCOUNT_UNAVAILABLE, NULL, "%s",
                            cause ? tokex_err_text(cause, run->pool)
                                  : "nobody can be asked for accounts here");
}

static const tokex_err_t *ask(tokex_account_answer_t *answer, tokex_run_t *run,
                              const tokex_account_question_t *question)
{
    const tokex_host_t *host = &run->engine->host;
    const tokex_err_t *err = NULL;
    *answer = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_NONE};
    if (host->account)
        err = host->account(answer, host->accounts, question, run->pool);
    else if (question->needed)
        return unavailable(run, NULL);
    if (err)
        return unavailable(run, err);
    tokex_outcome_rests_until(run->outcome, answer->until);
    return NULL;
}

/* Why nobody may come in as this account; NULL: somebody may. */
static const tokex_err_t *blocked(const char **field, tokex_run_t *run,
                                  const tokex_account_t *account)
{
    if (!account->active) {
        *field = "active";
        return tokex_err_create(run->pool, TOKEX_E_ACCOUNT_DISABLED, NULL,
                                "account \"%s\" (%s) is switched off", account->username,
                                account->id);
    }
    if (account->locked_until > run->now) {
        *field = "locked_until";
        return tokex_err_create(run->pool, TOKEX_E_ACCOUNT_LOCKED, NULL,
                                "account \"%s\" (%s) is locked for %" APR_INT64_T_FMT
                                " seconds more",
                                account->username, account->id, account->locked_until - run->now);
    }
    return NULL;
}

/* A token that names an account which is no more, whatever it was, is nobody's. */
static const tokex_err_t *gone(tokex_run_t *run, const char *id)
{
    return tokex_err_create(run->pool, TOKEX_E_ACCOUNT_GONE, NULL,
                            "our token names account \"%s\", which does not exist", shown(run, id));
}

/* Of accounts that the site keeps nobody tells us when one goes, or is hidden from who looks. */
static const tokex_err_t *link_gone(tokex_run_t *run, const tokex_account_answer_t *answer)
{
    return tokex_err_create(run->pool, TOKEX_E_ACCOUNT_GONE, NULL,
                            "the subject is linked to account \"%s\", which is not among those "
                            "that are asked for here",
                            shown(run, answer->gone));
}

static const tokex_err_t *check_actor(tokex_run_t *run, const tokex_party_t *actor)
{
    tokex_account_question_t question = question_of(actor);
    tokex_account_answer_t answer;
    const char *field = "id";
    const tokex_err_t *err;
    question.needed = question.id != NULL;
    err = ask(&answer, run, &question);
    if (err)
        return refuse(run, err, NULL, NULL, NULL);
    err = answer.account                       ? blocked(&field, run, answer.account)
          : answer.match == TOKEX_ACCOUNT_GONE ? link_gone(run, &answer)
          : question.id                        ? gone(run, question.id)
                                               : NULL;
    if (!err)
        return NULL;
    (void)refuse(run, err, "account", answer.account ? answer.account->id : NULL, field);
    return tokex_err_create(run->pool, TOKEX_E_ACTOR_TOKEN, err, "%s",
                            tokex_err_info(err->code)->name);
}

/* ---- The subject's */

typedef struct lookup_t {
    tokex_account_question_t question;
    tokex_account_answer_t answer;
    const char *unverified; /* an attribute that would have been asked for; NULL: none */
} lookup_t;

static bool links_implicitly(const tokex_run_t *run, const tokex_party_t *subject)
{
    return subject->issuer->config->implicit_linking && !run->accepting &&
           run->outcome->client->config->local_attributes;
}

/* Who is found by what a token says is not yet who he is. */
static bool is_beyond(const tokex_party_t *subject, const lookup_t *lookup)
{
    const tokex_account_t *account = lookup->answer.account;
    return lookup->answer.match == TOKEX_ACCOUNT_FOUND && account && account->privileged &&
           !subject->issuer->config->link_privileged;
}

static const tokex_err_t *refuse_ambiguous(tokex_run_t *run, const tokex_party_t *subject,
                                           const lookup_t *lookup)
{
    const char *issuer = subject->issuer->config->id;
    return refuse(run,
                  tokex_err_create(run->pool, TOKEX_E_ACCOUNT_AMBIGUOUS, NULL,
                                   "%s of the token (issuer \"%s\") is that of several accounts, "
                                   "so none was linked",
                                   lookup->answer.attribute, issuer),
                  "issuer", issuer, "lookup_primary");
}

/* Why there is none, with the code that says it where one must be. */
static tokex_code_t why_none(const tokex_party_t *subject, const lookup_t *lookup)
{
    if (is_beyond(subject, lookup))
        return TOKEX_E_ACCOUNT_PRIVILEGED;
    return lookup->unverified ? TOKEX_E_ACCOUNT_UNVERIFIED : TOKEX_E_ACCOUNT_NONE;
}

static const tokex_err_t *end_without(tokex_run_t *run, const tokex_party_t *subject,
                                      const lookup_t *lookup)
{
    const tokex_client_t *client = run->outcome->client->config;
    tokex_code_t code = why_none(subject, lookup);
    if (client->mandate_account)
        return refuse(run,
                      tokex_err_create(run->pool, code, NULL,
                                       "client \"%s\" asks for a linked account; issuer \"%s\"%s%s",
                                       client->id, subject->idp,
                                       lookup->unverified ? ", not verified: " : "",
                                       lookup->unverified ? lookup->unverified : ""),
                      "client", client->id, "mandate_account");
    if (links_implicitly(run, subject))
        tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_ACCOUNT, "issuer",
                         subject->issuer->config->id, "implicit_linking",
                         tokex_err_info(code)->name);
    return NULL;
}

static const tokex_err_t *take(tokex_run_t *run, const lookup_t *lookup)
{
    const tokex_account_t *account = lookup->answer.account;
    tokex_outcome_t *outcome = run->outcome;
    const char *field = NULL;
    const tokex_err_t *err = blocked(&field, run, account);
    outcome->account = account;
    if (err)
        return refuse(run, err, "account", account->id, field);
    outcome->local = outcome->client->config->local_attributes && !run->accepting;
    if (lookup->answer.match == TOKEX_ACCOUNT_FOUND)
        run->linked_by = lookup->answer.attribute;
    tokex_trace_pass(&outcome->trace, TOKEX_STEP_ACCOUNT, "client", outcome->client->config->id,
                     "local_attributes", account->username);
    return NULL;
}

const tokex_err_t *tokex_account_find(tokex_run_t *run, const tokex_parties_t *parties)
{
    const tokex_party_t *subject = &parties->subject;
    const tokex_client_t *client = run->outcome->client->config;
    lookup_t lookup = {.question = question_of(subject), .unverified = NULL};
    const tokex_err_t *err;
    if (links_implicitly(run, subject))
        tokex_account_keys_read(&lookup.question, &lookup.unverified, run, parties);
    lookup.question.needed =
        lookup.question.id || client->local_attributes || client->mandate_account;
    err = ask(&lookup.answer, run, &lookup.question);
    if (err)
        return refuse(run, err, NULL, NULL, NULL);
    if (lookup.answer.match == TOKEX_ACCOUNT_GONE)
        return refuse(run, link_gone(run, &lookup.answer), "account", NULL, "id");
    if (!lookup.answer.account && lookup.question.id)
        return refuse(run, gone(run, lookup.question.id), "account", NULL, "id");
    if (lookup.answer.match == TOKEX_ACCOUNT_AMBIGUOUS)
        return refuse_ambiguous(run, subject, &lookup);
    if (lookup.answer.account && !is_beyond(subject, &lookup))
        TOKEX_RETURN_ERR(take(run, &lookup));
    else
        TOKEX_RETURN_ERR(end_without(run, subject, &lookup));
    return parties->has_actor ? check_actor(run, &parties->actor) : NULL;
}

static const char *text_of(const tokex_json_t *claims, const char *name)
{
    const char *text = tokex_json_string(tokex_json_get(claims, name));
    return text ? text : "";
}

const tokex_err_t *tokex_account_is_good(bool *good, tokex_run_t *run, const tokex_json_t *claims)
{
    const char *id = tokex_json_string(tokex_json_get(claims, "acct"));
    const tokex_account_question_t question = {.id = id,
                                               .issuer = text_of(claims, "idp"),
                                               .sub = text_of(claims, "sub"),
                                               .needed = id != NULL};
    tokex_account_answer_t answer;
    const tokex_err_t *err = ask(&answer, run, &question);
    const char *field;
    if (err)
        return refuse(run, err, NULL, NULL, NULL);
    *good = answer.account ? !blocked(&field, run, answer.account)
                           : !id && answer.match != TOKEX_ACCOUNT_GONE;
    return NULL;
}

const tokex_err_t *tokex_account_take(tokex_run_t *run, const char *id)
{
    const tokex_account_question_t question = {.id = id, .issuer = "", .sub = "", .needed = true};
    tokex_account_answer_t answer;
    const char *field = "id";
    const tokex_err_t *err = ask(&answer, run, &question);
    if (err)
        return refuse(run, err, NULL, NULL, NULL);
    if (!answer.account)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_ACCOUNT_GONE, NULL,
                                       "there is no account \"%s\"", shown(run, id)),
                      "account", NULL, "id");
    err = blocked(&field, run, answer.account);
    if (err)
        return refuse(run, err, "account", answer.account->id, field);
    run->outcome->account = answer.account;
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_ACCOUNT, "account", answer.account->id, NULL,
                     answer.account->username);
    return NULL;
}

/* ---- Its link */

static const tokex_err_t *refuse_link(tokex_run_t *run, const tokex_err_t *err)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_LINK, err, "issuer",
                              run->outcome->issuer->config->id, "implicit_linking");
}

static const tokex_err_t *make_link(tokex_run_t *run, const tokex_party_t *subject)
{
    const tokex_host_t *host = &run->engine->host;
    const tokex_account_link_t link = {.issuer = subject->idp,
                                       .sub = subject->sub,
                                       .account = run->outcome->account->id,
                                       .made = run->now,
                                       .how = "implicit",
                                       .who = ""};
    const tokex_err_t *err;
    const char *account = NULL;
    err = host->link ? host->link(&account, host->accounts, &link, run->pool)
                     : unavailable(run, NULL);
    if (err)
        return refuse_link(run, host->link ? unavailable(run, err) : err);
    if (account && strcmp(account, link.account) == 0)
        return NULL;
    return refuse_link(
        run,
        tokex_err_create(run->pool, TOKEX_E_ACCOUNT_CHANGED, NULL,
                         "the subject was to be linked to %s, but %s", link.account,
                         account ? "is linked to another by now" : "that account is gone by now"));
}

const tokex_err_t *tokex_account_link(tokex_run_t *run, const tokex_parties_t *parties)
{
    if (!run->linked_by)
        return NULL;
    if (!run->engine->trial)
        TOKEX_RETURN_ERR(make_link(run, &parties->subject));
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_LINK, "issuer",
                     run->outcome->issuer->config->id, "implicit_linking", run->linked_by);
    return NULL;
}
