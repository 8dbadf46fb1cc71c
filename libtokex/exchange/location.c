#include "exchange/location.h"

/* Is it the token that is at fault, and not what may be done with it? */
static bool blames_token(tokex_code_t code, tokex_step_t step)
{
    if (code == TOKEX_E_EXCHANGE_OFF)
        return false;
    return (step >= TOKEX_STEP_TOKEN && step <= TOKEX_STEP_REVOKED) ||
           step == TOKEX_STEP_USERINFO || step == TOKEX_STEP_ONCE;
}

int tokex_location_status(tokex_code_t code, tokex_step_t step)
{
    if (tokex_err_info(code)->http_status >= 500)
        return 503;
    if (code == TOKEX_E_BEARER_MALFORMED || code == TOKEX_E_BEARER_TWICE)
        return 400;
    if (code == TOKEX_E_BEARER_MISSING || blames_token(code, step))
        return 401;
    return 403;
}
