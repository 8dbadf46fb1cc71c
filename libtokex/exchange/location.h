/* A protected location, as far as an exchange for it differs from one at the token endpoint. */
#ifndef TOKEX_EXCHANGE_LOCATION_H
#define TOKEX_EXCHANGE_LOCATION_H

#include <stdbool.h>

#include "exchange/trace.h"

/* What becomes of a token of ours that is presented at a location. */
typedef enum tokex_own_tokens_t {
    TOKEX_OWN_REFUSE,
    TOKEX_OWN_ACCEPT,  /* goes on as it is, once it was checked (RFC 9068 section 4) */
    TOKEX_OWN_EXCHANGE /* is exchanged like any other */
} tokex_own_tokens_t;

/* All of it is borrowed and lives as long as the requests that name it. */
typedef struct tokex_location_t {
    const char *name;           /* for the audit log */
    const char *client;         /* the id of its own client, for which its entrance vouches */
    const char *const *issuers; /* ids of those that it trusts; */
    int issuer_count;           /* 0: the only one that is enabled, if there is only one */
    tokex_own_tokens_t own_tokens;
    bool machine_tokens;    /* takes machines' tokens, where the rule does too */
    bool exchange;          /* off: nothing is exchanged here */
    const char *user_claim; /* of the token that goes on: names its user */
} tokex_location_t;

/* The HTTP status of a refusal with `code` at `step`: 503 when nobody could find out, 401 when it
 * is the token that is at fault or missing, 400 when it was sent in a wrong way, else 403 (RFC 6750
 * section 3.1). */
int tokex_location_status(tokex_code_t code, tokex_step_t step);

#endif
