/* What a token is: for an administrator who has one in his hand. */
#ifndef TOKEX_EXPLAIN_INSPECT_H
#define TOKEX_EXPLAIN_INSPECT_H

#include "explain/try.h"

typedef struct tokex_inspection_t {
    const char *header; /* decoded, JSON; NULL: it cannot be read */
    const char *claims;
    const tokex_json_t *claim; /* the same, to be walked; NULL as well */
    const char *problem;       /* why it is not verified, for people; NULL: it is */
    const char *issuer;        /* id of the issuer that iss names; NULL: none of ours */
    bool own;                  /* that is us */
    bool sealed;               /* it is opaque, and the above is what is sealed in it */
    const char *jti;           /* NULL: none */
    int64_t exp;               /* seconds; 0: none */
    bool revoked;              /* it is verified, and was taken back */
    int64_t revocation;        /* by this one */
} tokex_inspection_t;

/* Decodes `token`, or what is sealed in an opaque one of ours, and verifies its signature with the
 * keys that are there; who would have to be asked for more is not. Says nothing of its times nor of
 * who may use it. All of it in `pool`. */
const tokex_inspection_t *tokex_inspect(const tokex_try_engine_t *engine, const char *token,
                                        apr_size_t len, apr_pool_t *pool);

#endif
