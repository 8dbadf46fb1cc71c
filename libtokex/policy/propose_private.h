/* What the files of proposing share. */
#ifndef TOKEX_POLICY_PROPOSE_PRIVATE_H
#define TOKEX_POLICY_PROPOSE_PRIVATE_H

#include <apr_tables.h>

#include "base/json.h"
#include "policy/propose.h"

typedef struct tokex_propose_t {
    const tokex_json_t *header;
    const tokex_json_t *claims;
    int64_t now;
    apr_pool_t *pool;
    apr_array_header_t *warnings; /* const char * */
} tokex_propose_t;

void tokex_propose_warn(tokex_propose_t *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The header and the claims of `token`, as tokex_propose_issuer() refuses. */
const tokex_err_t *tokex_propose_read(tokex_propose_t *p, const char *token, apr_size_t len);

/* Warns of what the claims leave open: for whom, until when, about whom. */
void tokex_propose_judge(tokex_propose_t *p);

/* Writes the rows of a mapping for the claims that are the issuer's own, as an array. How many. */
int tokex_propose_rows(tokex_jsonw_t *w, tokex_propose_t *p);

#endif
