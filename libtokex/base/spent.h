/* Tokens that count once, in words that the database and the engine share. */
#ifndef TOKEX_BASE_SPENT_H
#define TOKEX_BASE_SPENT_H

#include <stdint.h>

/* A token that was accepted and must not be once more (RFC 7523 section 3, item 7). */
typedef struct tokex_spent_t {
    const char *id; /* of its issuer and its jti alone; nothing of the token can be read in it */
    const char *issuer; /* id, for people */
    int64_t ends;       /* from this second on it cannot be valid any more */
} tokex_spent_t;

/* What came of spending one. */
typedef enum tokex_spending_t {
    TOKEX_SPENDING_DONE,
    TOKEX_SPENDING_BEFORE, /* it was spent before */
    TOKEX_SPENDING_FULL    /* there are as many as there may be, and none of them has ended */
} tokex_spending_t;

#endif
