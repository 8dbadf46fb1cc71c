#include "exchange/outcome.h"

#include <string.h>

#include "base/json.h"

/* What stands beside the token and the scope. */
#define RESPONSE_REST 256

const char *tokex_outcome_response(const tokex_outcome_t *outcome, apr_size_t *len,
                                   apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, strlen(outcome->token) +
                                                    strlen(outcome->scope_granted) + RESPONSE_REST);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "access_token", outcome->token);
    tokex_jsonw_member_string(w, "issued_token_type", outcome->issued_token_type);
    tokex_jsonw_member_string(w, "token_type", "Bearer");
    tokex_jsonw_member_integer(w, "expires_in", outcome->expires_in);
    if (*outcome->scope_granted != '\0')
        tokex_jsonw_member_string(w, "scope", outcome->scope_granted);
    tokex_jsonw_member_string(w, "refresh_token", outcome->refresh_token);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, len);
}

const char *tokex_outcome_error(const tokex_err_t *err, const char *receipt, apr_size_t *len,
                                apr_pool_t *pool)
{
    const tokex_code_info_t *info = tokex_err_info(err->code);
    tokex_jsonw_t *w = tokex_jsonw_create(pool, RESPONSE_REST);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "error", info->oauth_error);
    tokex_jsonw_member_string(w, "error_description", err->said ? err->said : info->client_text);
    tokex_jsonw_member_string(w, "receipt", receipt);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, len);
}

void tokex_outcome_forget_token(tokex_outcome_t *outcome)
{
    outcome->token = outcome->claims = outcome->jti = outcome->issued_token_type = NULL;
    outcome->user = NULL;
    outcome->goes_on = NULL;
    outcome->signer = NULL;
    outcome->opaque = false;
    outcome->claims_len = 0;
    outcome->expires_in = 0;
}

void tokex_outcome_rests_until(tokex_outcome_t *outcome, int64_t until)
{
    if (until > 0 && (outcome->ask_again == 0 || until < outcome->ask_again))
        outcome->ask_again = until;
}
