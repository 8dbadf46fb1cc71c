/*
 * Signers that take turns: for each algorithm, who signs from when on. Immutable, so that any
 * number of threads may ask who signs at the second that they are in.
 */
#ifndef TOKEX_CRYPT_SIGNERS_H
#define TOKEX_CRYPT_SIGNERS_H

#include "crypt/jws.h"

/* From `from` (seconds) on, until the next step, `signer` signs; NULL: nobody. */
typedef struct tokex_signer_step_t {
    int64_t from;
    const tokex_signer_t *signer;
} tokex_signer_step_t;

typedef struct tokex_signers_t {
    struct {
        const tokex_signer_step_t *steps; /* by time */
        int count;
    } lines[TOKEX_ALG_COUNT];
    tokex_alg_t preferred; /* where nothing says otherwise; TOKEX_ALG_NONE: nobody said */
} tokex_signers_t;

/* Who signs with `alg` at `now` (seconds); NULL: nobody. */
const tokex_signer_t *tokex_signers_at(const tokex_signers_t *signers, tokex_alg_t alg,
                                       int64_t now);

/* The algorithm to sign with at `now` where nothing says otherwise: the preferred one; or ES256
 * when somebody signs with it, or else the only one that somebody signs with. TOKEX_ALG_NONE when
 * that leaves none or several. */
tokex_alg_t tokex_signers_preferred(const tokex_signers_t *signers, int64_t now);

#endif
