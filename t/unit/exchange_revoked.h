/* Tokens that are taken back in the world of exchange_config.h. */
#ifndef EXCHANGE_REVOKED_H
#define EXCHANGE_REVOKED_H

#include "exchange_world.h"

#include "exchange/revocations.h"

/* From now on the engine asks a set of its own, which is empty. */
static inline tokex_revocations_t *ask_revocations(world_t *w)
{
    tokex_revocations_t *set = NULL;
    assert_success(tokex_revocations_create(&set, w->pool));
    w->engine.host.revokes = tokex_revocations_any;
    w->engine.host.revoked = tokex_revocations_find;
    w->engine.host.revocations = set;
    return set;
}

static inline void take_back(tokex_revocations_t *set, tokex_revocation_kind_t kind,
                             const char *issuer, const char *value, int64_t before)
{
    const tokex_revocation_t row = {
        .number = 7, .kind = kind, .issuer = issuer, .value = value, .before = before};
    assert_success(tokex_revocations_put(set, &row, NOW));
}

/* What `outcome` granted is the next subject token, and rules take tokens of ours. */
static inline void present_again(world_t *w, const tokex_outcome_t *outcome)
{
    w->request.subject_token = outcome->token;
    w->request.subject_token_len = strlen(outcome->token);
}

#endif
