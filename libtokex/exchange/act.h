/* The claims act and may_act (RFC 8693 sections 4.1 and 4.4) as they stand in a token. Private to
 * exchange/. */
#ifndef TOKEX_EXCHANGE_ACT_H
#define TOKEX_EXCHANGE_ACT_H

#include <stdbool.h>

#include "base/json.h"
#include "base/limits.h"

/* One actor; `iss` and `idp` NULL when they are not named. */
typedef struct tokex_actor_name_t {
    const char *sub;
    const char *iss;
    const char *idp; /* in a token of ours: the issuer whose name `sub` is */
} tokex_actor_name_t;

/* A chain of actors, the current one first. */
typedef struct tokex_act_t {
    tokex_actor_name_t actors[TOKEX_LIMIT_ACTOR_DEPTH];
    int count;
} tokex_act_t;

/* Whom a token lets act for its subject. */
typedef struct tokex_may_act_t {
    bool present;
    tokex_actor_name_t name;
} tokex_may_act_t;

/*
 * Reads the claim act of a token whose issuer is `iss`; none gives an empty chain. An actor that is
 * named without iss is of the token's own issuer: in a foreign token it gets that one. `our_issuer`
 * is our issuer URL. NULL, or what is wrong with it: not objects, no text sub, a name too long, an
 * iss that is no text, more than TOKEX_LIMIT_ACTOR_DEPTH, an actor of ours in a foreign token.
 */
const char *tokex_act_read(tokex_act_t *out, const tokex_json_t *claims, const char *iss,
                           const char *our_issuer);

/* Reads the claim may_act. NULL, or what is wrong with it. */
const char *tokex_act_read_may_act(tokex_may_act_t *out, const tokex_json_t *claims);

/* Writes `chain` as the member act, one object in the other; nothing when it is empty. */
void tokex_act_write(tokex_jsonw_t *w, const tokex_act_t *chain);

/* Who acts, the current one first, joined by blanks; NULL when nobody does. */
const char *tokex_act_names(const tokex_act_t *chain, apr_pool_t *pool);

#endif
