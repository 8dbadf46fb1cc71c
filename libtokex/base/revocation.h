/* What was taken back before its time, in words that the database, the engine and people share. */
#ifndef TOKEX_BASE_REVOCATION_H
#define TOKEX_BASE_REVOCATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

/* What a revocation holds for. */
typedef enum tokex_revocation_kind_t {
    TOKEX_REVOCATION_TOKEN,   /* one token and all that came of it */
    TOKEX_REVOCATION_SUBJECT, /* tokens of a subject of an issuer, from before a moment */
    TOKEX_REVOCATION_CLIENT,  /* tokens issued to a client of ours, from before a moment */
    TOKEX_REVOCATION_ISSUER,  /* tokens of an issuer and those that came of them, the same */
    TOKEX_REVOCATION_KINDS
} tokex_revocation_kind_t;

typedef struct tokex_revocation_t {
    int64_t number; /* grows with each; set by the store */
    tokex_revocation_kind_t kind;
    const char *issuer; /* id: of a foreign token, of a subject; "" for all else */
    const char *value;  /* jti, sub, client_id, or the issuer's id; `self`: all tokens of ours */
    int64_t before;     /* seconds: holds for what was issued earlier; of a token nothing */
    int64_t ends;       /* seconds: from then on it holds for nothing that is good; 0: not known */
    int64_t created;    /* seconds */
    const char *who;    /* for people */
    const char *reason; /* for people; "" when none was said */
} tokex_revocation_t;

/* Seconds after a moment that everything "before now" reaches: as long as it may take until the
 * last process of the last host knows, and until then it goes on issuing. */
#define TOKEX_REVOCATION_SPREAD 2

/* Seconds that a revocation holds longer than what it is about: clocks may differ by
 * TOKEX_LIMIT_LEEWAY, and a request that began before the end has to find it when it is over. */
#define TOKEX_REVOCATION_TAIL (TOKEX_LIMIT_LEEWAY + 60)

/* "token", "subject", "client", "issuer". */
const char *tokex_revocation_kind_name(tokex_revocation_kind_t kind);
/* The kind of that name; false: there is none. */
bool tokex_revocation_kind_find(tokex_revocation_kind_t *out, const char *name);

#endif
