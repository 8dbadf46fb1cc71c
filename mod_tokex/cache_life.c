#include "cache_life.h"

/* Each of these is found after the signature was, from the token and the configuration alone. Those
 * about keys are not here, nor a token that is not good yet, nor faults of ours. */
static bool is_lasting(tokex_code_t code)
{
    switch (code) {
    case TOKEX_E_AUD_MALFORMED:
    case TOKEX_E_AUD_WRONG:
    case TOKEX_E_TIME_MALFORMED:
    case TOKEX_E_EXP_MISSING:
    case TOKEX_E_EXPIRED:
    case TOKEX_E_IAT_MISSING:
    case TOKEX_E_TOO_OLD:
    case TOKEX_E_TIMES_CROSSED:
    case TOKEX_E_SUB_MALFORMED:
    case TOKEX_E_SUB_IS_CLIENT:
    case TOKEX_E_TOKEN_BOUND:
    case TOKEX_E_ACT_MALFORMED:
    case TOKEX_E_MAY_ACT_MALFORMED:
    case TOKEX_E_ISSUER_CONDITION:
    case TOKEX_E_OWN_CLAIMS:
    case TOKEX_E_OWN_CLIENT:
    case TOKEX_E_OWN_ISSUER:
    case TOKEX_E_TARGET_UNKNOWN:
    case TOKEX_E_TARGET_DISABLED:
    case TOKEX_E_TARGET_RULE:
    case TOKEX_E_TARGET_SUBJECT:
    case TOKEX_E_TARGET_NONE:
    case TOKEX_E_RULE_CONDITION:
    case TOKEX_E_MACHINE_TOKEN:
    case TOKEX_E_IMPERSONATION_RULE:
    case TOKEX_E_DELEGATION_RULE:
    case TOKEX_E_MAY_ACT:
    case TOKEX_E_ACT_DEPTH:
    case TOKEX_E_SCOPE_CLIENT:
    case TOKEX_E_SCOPE_EMPTY:
    case TOKEX_E_LIFETIME:
    case TOKEX_E_CLAIMS_SIZE:
    case TOKEX_E_MAPPING_TYPE:
    case TOKEX_E_MAPPING_MISSING:
    case TOKEX_E_USER_CLAIM:
    case TOKEX_E_TOKEN_REVOKED:
    case TOKEX_E_TOKEN_SPENT:
    case TOKEX_E_JTI_MISSING:
    case TOKEX_E_LINEAGE:
        return true;
    default:
        return false;
    }
}

int64_t tokex_cache_life(const tokex_result_t *result, int ttl, int64_t now)
{
    int64_t until = now + ttl;

    if (!result->granted) {
        if (!is_lasting(result->code))
            return 0;
        return ttl < TOKEX_CACHE_REFUSAL_LIFE ? until : now + TOKEX_CACHE_REFUSAL_LIFE;
    }
    if (result->until < until)
        until = result->until;
    return until > now ? until : 0;
}

bool tokex_cache_life_holds(const tokex_result_t *result, int ttl, int64_t now)
{
    return now < result->until && result->until <= now + ttl;
}
