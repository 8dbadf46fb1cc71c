#include "explain/own.h"

#include <string.h>

#include <apr_strings.h>

#include "explain/try_private.h"
#include "store/account_links.h"
#include "store/account_store.h"

static const tokex_err_t *find_account(tokex_account_answer_t *out, void *ctx,
                                       const tokex_account_question_t *question, apr_pool_t *pool)
{
    const tokex_own_t *own = ctx;
    if (!tokex_account_is_site(own->account->id))
        return tokex_account_store_answer(out, own->state, question, pool);
    *out = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_NONE};
    if (question->id && strcmp(question->id, own->account->id) == 0)
        *out = (tokex_account_answer_t){.match = TOKEX_ACCOUNT_LINKED, .account = own->account};
    return NULL;
}

static const tokex_err_t *make_link(const char **account, void *ctx,
                                    const tokex_account_link_t *link, apr_pool_t *pool)
{
    const tokex_own_t *own = ctx;
    return tokex_account_links_make(account, own->state, link, pool);
}

const tokex_outcome_t *tokex_own_link(const tokex_try_engine_t *made, const tokex_own_t *own,
                                      apr_pool_t *pool)
{
    static const tokex_trial_t trial = {.assumes_client = true};
    tokex_engine_t *engine = apr_pmemdup(pool, tokex_try_engine_of(made), sizeof(*engine));
    tokex_request_t *request = apr_pcalloc(pool, sizeof(*request));
    engine->trial = &trial;
    engine->host.accounts = apr_pmemdup(pool, own, sizeof(*own));
    engine->host.account = find_account;
    engine->host.link = make_link;
    request->credentials.client_id = own->client;
    request->grant_type = TOKEX_GRANT_EXCHANGE;
    request->subject_token = own->token;
    request->subject_token_len = own->token_len;
    request->subject_token_type = own->token_type;
    return tokex_own_link_make(engine, request, own->account->id, tokex_try_now_of(made), pool);
}
