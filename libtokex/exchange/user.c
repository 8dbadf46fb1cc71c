#include "exchange/user.h"

#include <apr_lib.h>

static bool names_user(const char *text)
{
    const char *c = text;
    while (c && *c && !apr_iscntrl(*c))
        c++;
    return c != text && !*c;
}

const tokex_err_t *tokex_user_find(tokex_run_t *run, const tokex_json_t *claims)
{
    const tokex_location_t *location = run->request->location;
    const char *user;
    if (!location)
        return NULL;
    user = tokex_json_string(tokex_json_get(claims, location->user_claim));
    if (!names_user(user))
        return tokex_trace_refuse(
            &run->outcome->trace, TOKEX_STEP_SUBJECT,
            tokex_err_create(run->pool, TOKEX_E_USER_CLAIM, NULL,
                             "claim \"%s\" of the token is no text that can be a user's name",
                             location->user_claim),
            "location", location->name, "TokexUserClaim");
    run->outcome->user = user;
    run->outcome->goes_on = claims;
    return NULL;
}

const tokex_err_t *tokex_user_find_written(tokex_run_t *run, const char *claims, apr_size_t len)
{
    const tokex_json_t *parsed;
    if (!run->request->location)
        return NULL;
    TOKEX_RETURN_ERR(tokex_json_parse_object(&parsed, claims, len, run->pool));
    return tokex_user_find(run, parsed);
}
