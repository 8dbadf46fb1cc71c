/* What every step of one exchange is handed. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_RUN_H
#define TOKEX_EXCHANGE_RUN_H

#include "exchange/exchange.h"

/* Of exchange/refresh.h. */
typedef struct tokex_refreshing_t tokex_refreshing_t;

typedef struct tokex_run_t {
    const tokex_engine_t *engine;
    const tokex_request_t *request;
    int64_t now;              /* seconds */
    tokex_outcome_t *outcome; /* what the steps before found out, and the trace */
    apr_pool_t *pool;

    /* What the parameters said, once they were checked. */
    unsigned subject_type;   /* one TOKEX_TYPE_* */
    unsigned actor_type;     /* the same; 0: there is no actor token */
    const char *issued_type; /* URN */

    bool accepting; /* the subject token is ours and its location takes those as they are */

    const tokex_json_t *made_claims; /* by a procedure, in the place of the mapping's; NULL: none */
    tokex_refreshing_t *refreshing;  /* refresh.h; NULL: no refresh token is there, so far */
    const char *family;    /* id of the refresh tokens that this access token comes with; NULL */
    const char *linked_by; /* the attribute that found the subject's account, to which it will be
                              linked; NULL: no link is to be made */
} tokex_run_t;

/* Which client presents the credentials of the request (client_auth.h)? Sets `client` of the
 * outcome, or `client_presented`, and the step in the trace. */
const tokex_err_t *tokex_exchange_check_client(tokex_run_t *run);

#endif
