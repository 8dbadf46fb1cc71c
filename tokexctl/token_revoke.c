#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "args.h"
#include "base/limits.h"
#include "moment.h"
#include "store/account_store.h"
#include "store/revocation_store.h"
#include "token.h"
#include "way.h"

typedef struct options_t {
    const char *jti;
    const char *issuer;
    const char *client;
    const char *server;
    const char *reason;
    bool subject; /* the operands are an issuer's id and a sub */
} options_t;

#define USAGE                                                                                      \
    "say: token revoke -|@FILE|TOKEN, --jti JTI [--issuer ID], --subject ID SUB, --client ID or "  \
    "--issuer ID; [--reason TEXT]"

/* Of what was issued before `row->before`; nothing of ours lives longer than that. */
static void cut_off(tokex_revocation_t *row, const ctl_t *ctl, bool foreign)
{
    row->before = ctl->now + TOKEX_REVOCATION_SPREAD;
    row->ends = foreign ? 0 : row->before + TOKEX_LIMIT_LIFETIME + TOKEX_REVOCATION_TAIL;
}

static int from_token(tokex_revocation_t *row, const ctl_t *ctl, const char *word,
                      const char *server)
{
    const tokex_inspection_t *token;
    int code = token_inspect(&token, ctl, word, server);

    if (code)
        return code;
    if (token->problem)
        return ctl_say(CTL_REFUSED,
                       "the token is not verified: %s. Its jti can be revoked with --jti.",
                       way_text(token->problem, ctl->pool));
    if (!token->jti || !*token->jti)
        return ctl_say(CTL_REFUSED,
                       "the token has no jti, so that nothing tells it from others; revoke what "
                       "its subject has with --subject.");
    row->kind = TOKEX_REVOCATION_TOKEN;
    row->issuer = token->own ? "" : token->issuer;
    row->value = token->jti;
    row->ends = token->exp > 0 && token->exp <= TOKEX_LIMIT_NUMERIC_DATE
                    ? token->exp + TOKEX_REVOCATION_TAIL
                    : 0;
    return CTL_DONE;
}

/* Ids are not looked up: what is revoked may be gone from the configuration. */
static int from_options(tokex_revocation_t *row, const ctl_t *ctl, const options_t *o,
                        const args_t *args)
{
    int given = (o->jti != NULL) + o->subject + (o->client != NULL);
    int operands = o->subject ? 2 : 0;

    if (given > 1 || args->operand_count != operands || (o->issuer && (o->subject || o->client)))
        return ctl_say(CTL_USAGE, USAGE);
    if (o->jti) {
        row->kind = TOKEX_REVOCATION_TOKEN;
        row->issuer = o->issuer ? o->issuer : "";
        row->value = o->jti;
        row->ends = o->issuer ? 0 : ctl->now + TOKEX_LIMIT_LIFETIME + TOKEX_REVOCATION_TAIL;
        return CTL_DONE;
    }
    if (o->subject) {
        row->kind = TOKEX_REVOCATION_SUBJECT;
        row->issuer = args->operands[0];
        row->value = args->operands[1];
        cut_off(row, ctl, true);
    } else if (o->client) {
        row->kind = TOKEX_REVOCATION_CLIENT;
        row->value = o->client;
        cut_off(row, ctl, false);
    } else {
        row->kind = TOKEX_REVOCATION_ISSUER;
        row->value = o->issuer ? o->issuer : "";
        cut_off(row, ctl, strcmp(row->value, TOKEX_ISSUER_SELF) != 0);
    }
    return CTL_DONE;
}

static int check_length(const tokex_revocation_t *row)
{
    if (!row->value || !*row->value || strlen(row->value) > TOKEX_LIMIT_SUB ||
        strlen(row->issuer) > TOKEX_LIMIT_ID)
        return ctl_say(CTL_USAGE, "what is to be revoked is empty or longer than %d characters",
                       TOKEX_LIMIT_SUB);
    return CTL_DONE;
}

static void tell(const tokex_revocation_t *row, const ctl_t *ctl)
{
    printf("revocation %" APR_INT64_T_FMT ": %s", row->number, token_what(row, ctl->pool));
    if (row->before)
        printf(", all issued before %s", moment_text(row->before, ctl->pool));
    printf("; it ends %s\n", token_time(row->ends, ctl->pool));
}

static const tokex_err_t *put(tokex_revocation_t *row, const ctl_t *ctl, tokex_db_t *db)
{
    TOKEX_RETURN_ERR(tokex_revocation_store_put(db, row, ctl->pool));
    tell(row, ctl);
    return NULL;
}

/* Tokens for the subject's local account have that as their subject. */
static const tokex_err_t *put_account(const tokex_revocation_t *row, const ctl_t *ctl,
                                      tokex_db_t *db)
{
    const tokex_account_question_t question = {
        .issuer = row->issuer, .sub = row->value, .needed = true};
    tokex_account_answer_t answer;
    tokex_revocation_t account = *row;

    TOKEX_RETURN_ERR(tokex_account_store_answer(&answer, db, &question, ctl->pool));
    if (answer.match != TOKEX_ACCOUNT_LINKED)
        return NULL;
    account.value = answer.account->id;
    return put(&account, ctl, db);
}

static int save(tokex_revocation_t *row, const ctl_t *ctl, const char *reason)
{
    const tokex_edit_author_t author = way_author(ctl, reason);
    const tokex_err_t *err;
    tokex_db_t *db;

    row->created = ctl->now;
    row->who = author.who;
    row->reason = reason ? reason : "";
    err = tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_WRITE, false, ctl->pool);
    if (!err)
        err = tokex_revocation_store_outlast(row, db, ctl->pool);
    if (!err && row->ends && row->ends <= ctl->now)
        return ctl_say(CTL_REFUSED, "the token has expired, and all that came of it; there is "
                                    "nothing to revoke.");
    if (!err)
        err = put(row, ctl, db);
    if (!err && row->kind == TOKEX_REVOCATION_SUBJECT)
        err = put_account(row, ctl, db);
    return err ? ctl_error(ctl, err) : ctl_flush();
}

int token_revoke(ctl_t *ctl, int argc, const char *const *argv)
{
    options_t o = {NULL, NULL, NULL, NULL, NULL, false};
    const args_option_t options[] = {
        {0, "jti", &o.jti, NULL},       {0, "issuer", &o.issuer, NULL},
        {0, "client", &o.client, NULL}, {0, "server", &o.server, NULL},
        {0, "reason", &o.reason, NULL}, {0, "subject", NULL, &o.subject},
    };
    args_t args = {options, 6, NULL, 0};
    tokex_revocation_t row = {.issuer = ""};
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (o.jti || o.subject || o.client || o.issuer)
        code = from_options(&row, ctl, &o, &args);
    else if (args.operand_count == 1)
        code = from_token(&row, ctl, args.operands[0], o.server);
    else
        code = ctl_say(CTL_USAGE, USAGE);
    if (!code)
        code = check_length(&row);
    return code ? code : save(&row, ctl, o.reason);
}
