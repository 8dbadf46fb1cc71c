/* A refresh token as it is kept, in words that the database and the engine share. */
#ifndef TOKEX_BASE_REFRESH_H
#define TOKEX_BASE_REFRESH_H

#include <stdint.h>

/*
 * All refresh tokens that came of one exchange, one after the other, of which the last one alone is
 * good (RFC 6749 section 10.4). Nothing in here lets anybody make one of them.
 */
typedef struct tokex_refresh_t {
    const char *id;     /* stands in the lineage of all access tokens that come of them */
    const char *client; /* that they are for */
    const char *hash;   /* of the one that is good */
    int64_t created;    /* when the exchange was, seconds */
    int64_t ends;       /* from then on none is good, seconds */
    const char *sealed; /* what the exchange was about; opens with the good one alone */
} tokex_refresh_t;

#endif
