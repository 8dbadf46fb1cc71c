#include "explain/revoke.h"

#include <string.h>

#include <apr_strings.h>

#include "store/account_store.h"
#include "store/revocation_store.h"

/* Of what was issued before `row->before`; nothing of ours lives longer than that. */
static void cut_off(tokex_revocation_t *row, int64_t now, bool foreign)
{
    row->before = now + TOKEX_REVOCATION_SPREAD;
    row->ends = foreign ? 0 : row->before + TOKEX_LIMIT_LIFETIME + TOKEX_REVOCATION_TAIL;
}

static const char *check_length(const tokex_revocation_t *row)
{
    if (!*row->value)
        return "what is to be revoked is empty";
    if (row->kind == TOKEX_REVOCATION_SUBJECT && !*row->issuer)
        return "a subject is one of an issuer, whose id is missing";
    return strlen(row->value) > TOKEX_LIMIT_SUB || strlen(row->issuer) > TOKEX_LIMIT_ID
               ? "what is to be revoked is longer than 1024 characters, or its issuer's id than 128"
               : NULL;
}

const char *tokex_revoke_value(tokex_revocation_t *row, tokex_revocation_kind_t kind,
                               const char *issuer, const char *value, int64_t now)
{
    *row = (tokex_revocation_t){.kind = kind, .issuer = issuer, .value = value};
    switch (kind) {
    case TOKEX_REVOCATION_TOKEN:
        row->ends = *issuer ? 0 : now + TOKEX_LIMIT_LIFETIME + TOKEX_REVOCATION_TAIL;
        break;
    case TOKEX_REVOCATION_SUBJECT:
        cut_off(row, now, true);
        break;
    case TOKEX_REVOCATION_CLIENT:
        cut_off(row, now, false);
        break;
    default:
        cut_off(row, now, strcmp(value, TOKEX_ISSUER_SELF) != 0);
    }
    return check_length(row);
}

const char *tokex_revoke_token(tokex_revocation_t *row, const tokex_inspection_t *token,
                               apr_pool_t *pool)
{
    if (token->problem)
        return apr_pstrcat(pool, "the token is not verified: ", token->problem,
                           "; its jti can be revoked", NULL);
    if (!token->jti || !*token->jti)
        return "the token has no jti, so that nothing tells it from others; revoke what its "
               "subject has";
    *row = (tokex_revocation_t){.kind = TOKEX_REVOCATION_TOKEN,
                                .issuer = token->own ? "" : token->issuer,
                                .value = token->jti};
    if (token->exp > 0 && token->exp <= TOKEX_LIMIT_NUMERIC_DATE)
        row->ends = token->exp + TOKEX_REVOCATION_TAIL;
    return check_length(row);
}

const tokex_err_t *tokex_revoke_lengthen(tokex_revocation_t *row, tokex_db_t *config, int64_t now,
                                         apr_pool_t *pool)
{
    int64_t ends = now + TOKEX_LIMIT_LIFETIME + TOKEX_REVOCATION_TAIL;
    tokex_rows_t *rows;
    bool more = row->ends > 0 && row->ends < ends;
    if (!more)
        return NULL;
    if (!config) {
        row->ends = ends;
        return NULL;
    }
    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, config, TOKEX_SQL_CONFIG_PROCEDURE_LONGEST, NULL, 0, pool));
    while (more) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (more && tokex_db_integer(rows, "seconds") > 0)
            row->ends = ends;
    }
    return NULL;
}

static const tokex_err_t *keep_account(tokex_revocation_t rows[2], int *count, tokex_db_t *state,
                                       apr_pool_t *pool)
{
    const tokex_account_question_t question = {
        .issuer = rows[0].issuer, .sub = rows[0].value, .needed = true};
    tokex_account_answer_t answer;
    TOKEX_RETURN_ERR(tokex_account_store_answer(&answer, state, &question, pool));
    if (answer.match != TOKEX_ACCOUNT_LINKED)
        return NULL;
    rows[1] = rows[0];
    rows[1].value = answer.account->id;
    TOKEX_RETURN_ERR(tokex_revocation_store_put(state, &rows[1], pool));
    *count = 2;
    return NULL;
}

const tokex_err_t *tokex_revoke_keep(tokex_revocation_t rows[2], int *count, tokex_db_t *state,
                                     const tokex_revocation_t *row, int64_t now, apr_pool_t *pool)
{
    *count = 0;
    rows[0] = *row;
    TOKEX_RETURN_ERR(tokex_revocation_store_outlast(&rows[0], state, pool));
    if (rows[0].ends && rows[0].ends <= now)
        return NULL;
    TOKEX_RETURN_ERR(tokex_revocation_store_put(state, &rows[0], pool));
    *count = 1;
    return rows[0].kind == TOKEX_REVOCATION_SUBJECT ? keep_account(rows, count, state, pool) : NULL;
}
