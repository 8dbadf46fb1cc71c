/*
 * The trace: what every step of an exchange decided, always kept. The audit line, and later the
 * receipt and the explanation, only render it, so they cannot disagree with what happened.
 */
#ifndef TOKEX_EXCHANGE_TRACE_H
#define TOKEX_EXCHANGE_TRACE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/limits.h"

/* The steps, in the order in which a request passes them. */
typedef enum tokex_step_t {
    TOKEX_STEP_REQUEST,
    TOKEX_STEP_CLIENT,
    TOKEX_STEP_GRANT,
    TOKEX_STEP_PARAMETERS,
    TOKEX_STEP_REFRESH, /* the refresh token; only when there is one */
    TOKEX_STEP_TOKEN,   /* the subject token's form */
    TOKEX_STEP_ISSUER,
    TOKEX_STEP_RENEWAL, /* only when the issuer was asked for its keys; key and signature follow */
    TOKEX_STEP_KEY,
    TOKEX_STEP_SIGNATURE,
    TOKEX_STEP_INTROSPECTION, /* of an opaque token, in the place of the three before: the issuer
                                 was asked about it */
    TOKEX_STEP_AUDIENCE,
    TOKEX_STEP_TIME,
    TOKEX_STEP_SUBJECT,
    TOKEX_STEP_CONDITION, /* of the issuer */
    TOKEX_STEP_REVOKED,   /* only where somebody knows what was taken back */
    /* The same for the actor token, in the same order; only when there is one. */
    TOKEX_STEP_ACTOR_TOKEN,
    TOKEX_STEP_ACTOR_ISSUER,
    TOKEX_STEP_ACTOR_RENEWAL,
    TOKEX_STEP_ACTOR_KEY,
    TOKEX_STEP_ACTOR_SIGNATURE,
    TOKEX_STEP_ACTOR_INTROSPECTION,
    TOKEX_STEP_ACTOR_AUDIENCE,
    TOKEX_STEP_ACTOR_TIME,
    TOKEX_STEP_ACTOR_SUBJECT,
    TOKEX_STEP_ACTOR_CONDITION,
    TOKEX_STEP_ACTOR_REVOKED,
    TOKEX_STEP_ACCOUNT, /* only where something is known of a local one, or one is looked for */
    TOKEX_STEP_TARGET,
    TOKEX_STEP_RULE,
    TOKEX_STEP_MACHINE,
    TOKEX_STEP_DELEGATION,
    TOKEX_STEP_SCOPE,
    TOKEX_STEP_LIFETIME,
    TOKEX_STEP_USERINFO,  /* only when a row of the mapping asks for it */
    TOKEX_STEP_PROCEDURE, /* only where the rule or the client names one */
    TOKEX_STEP_CLAIMS,
    TOKEX_STEP_LINK, /* only where a local account is linked */
    TOKEX_STEP_SIGN,
    TOKEX_STEP_ONCE, /* only of a token that counts once: that it was not accepted before */
    TOKEX_STEP_COUNT
} tokex_step_t;

typedef struct tokex_trace_entry_t {
    tokex_step_t step;
    bool passed;
    tokex_code_t code; /* of a refusal; meaningless when passed */
    /* The setting that decides: an object ("issuer"), its id, its field; any may be NULL. */
    const char *object;
    const char *id;
    const char *field;
    const char
        *found; /* what was seen, borrowed, not escaped; may be NULL; never a secret or token */
} tokex_trace_entry_t;

typedef struct tokex_trace_t {
    tokex_trace_entry_t entries[TOKEX_LIMIT_TRACE];
    int count;
} tokex_trace_t;

/* Notes that `step` passed. Texts are borrowed. A full trace drops the entry. */
void tokex_trace_pass(tokex_trace_t *trace, tokex_step_t step, const char *object, const char *id,
                      const char *field, const char *found);
/* Notes that `step` refused with `err` (not NULL), and hands `err` back. Texts are borrowed. */
const tokex_err_t *tokex_trace_refuse(tokex_trace_t *trace, tokex_step_t step,
                                      const tokex_err_t *err, const char *object, const char *id,
                                      const char *field);
/* "request", "actor_key", ... stable, [a-z_]+. */
const char *tokex_trace_step_name(tokex_step_t step);

#endif
