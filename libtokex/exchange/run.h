/* What every step of one exchange is handed. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_RUN_H
#define TOKEX_EXCHANGE_RUN_H

#include "exchange/exchange.h"

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

    const char *linked_by; /* the attribute that found the subject's account, to which it will be
                              linked; NULL: no link is to be made */
} tokex_run_t;

#endif
