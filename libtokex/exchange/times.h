/* exp, nbf and iat of a verified token. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_TIMES_H
#define TOKEX_EXCHANGE_TIMES_H

#include "exchange/party.h"

/*
 * Judges the times in the party's claims by its issuer (RFC 7519 sections 4.1.4 to 4.1.6) and gives
 * its exp in seconds, rounded down; of the subject also `subject_until` of the outcome. Good are
 * now < exp + leeway; nbf, iat <= now + leeway; with a largest age, now - iat <= max_age + leeway.
 * Of several faults the first of these is told: TOKEX_E_TIME_MALFORMED (no number, negative, over
 * TOKEX_LIMIT_NUMERIC_DATE), TOKEX_E_EXP_MISSING, TOKEX_E_TIMES_CROSSED, TOKEX_E_EXPIRED,
 * TOKEX_E_NOT_YET_VALID, TOKEX_E_IAT_MISSING, TOKEX_E_TOO_OLD.
 */
const tokex_err_t *tokex_times_check(tokex_party_t *party, tokex_run_t *run);

#endif
