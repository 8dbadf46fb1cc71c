#include "crypt/signers.h"

const tokex_signer_t *tokex_signers_at(const tokex_signers_t *signers, tokex_alg_t alg, int64_t now)
{
    const tokex_signer_t *signer = NULL;
    if (alg <= TOKEX_ALG_NONE || alg >= TOKEX_ALG_COUNT)
        return NULL;
    for (int i = 0; i < signers->lines[alg].count && signers->lines[alg].steps[i].from <= now; i++)
        signer = signers->lines[alg].steps[i].signer;
    return signer;
}

tokex_alg_t tokex_signers_preferred(const tokex_signers_t *signers, int64_t now)
{
    tokex_alg_t only = TOKEX_ALG_NONE;
    if (signers->preferred != TOKEX_ALG_NONE)
        return signers->preferred;
    if (tokex_signers_at(signers, TOKEX_ALG_ES256, now))
        return TOKEX_ALG_ES256;
    for (tokex_alg_t alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++) {
        if (!tokex_signers_at(signers, alg, now))
            continue;
        if (only != TOKEX_ALG_NONE)
            return TOKEX_ALG_NONE;
        only = alg;
    }
    return only;
}
