/* A token of ours that a client asks about or gives back. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_PRESENTED_H
#define TOKEX_EXCHANGE_PRESENTED_H

#include "exchange/run.h"

typedef enum tokex_presented_kind_t {
    TOKEX_PRESENTED_NONE,  /* none of ours that is good: unreadable, foreign, altered, over */
    TOKEX_PRESENTED_OTHER, /* signed by us for something else than access */
    TOKEX_PRESENTED_GOOD
} tokex_presented_kind_t;

typedef struct tokex_presented_t {
    tokex_presented_kind_t kind;
    const char *why; /* it is not good, for the log */
    /* Of a good one. */
    const tokex_json_t *claims;
    const char *jti;
    const char *client; /* that it was issued to */
    const char *idp;    /* the id of the issuer that its subject is from */
    int64_t exp;        /* seconds */
} tokex_presented_t;

/*
 * Reads the parameter `token` of the request: form, issuer, key, signature, times, and that it has
 * what each token of ours has. What it was issued for, and whether it was taken back, is left to
 * tokex_presented_is_alive(). TOKEX_E_TOKEN_MISSING, and faults of ours; a bad token is none.
 */
const tokex_err_t *tokex_presented_read(tokex_presented_t *out, tokex_run_t *run);

/* Was a good token taken back, or something that it comes from? */
bool tokex_presented_is_revoked(const tokex_presented_t *token, const tokex_run_t *run);

/* Is what a good token comes from still switched on, and neither it nor that taken back? */
bool tokex_presented_is_alive(const tokex_presented_t *token, const tokex_run_t *run);

#endif
