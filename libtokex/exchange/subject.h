/* The subject token: read, verified, judged. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_SUBJECT_H
#define TOKEX_EXCHANGE_SUBJECT_H

#include "exchange/run.h"

/* What a subject token says, once it may be believed. */
typedef struct tokex_subject_t {
    const tokex_json_t *claims; /* an object */
    const char *sub;            /* octet by octet as it came */
    int64_t exp;                /* seconds, rounded down */
} tokex_subject_t;

/*
 * From the octets of the subject token to a subject. Up to the verified signature nothing of the
 * token is used but iss, to choose the issuer, and alg, kid and typ. Then `issuer`, `subject` and
 * `subject_jti` of the outcome are set as far as they are known. In this order: form
 * (tokex_jws_parse()), issuer (TOKEX_E_ISSUER_*, TOKEX_E_SUBJECT_TOKEN_TYPE, TOKEX_E_TOKEN_TYP),
 * key (TOKEX_E_ALG_NOT_ALLOWED, TOKEX_E_KEY_*), signature (TOKEX_E_SIGNATURE), audience
 * (TOKEX_E_AUD_*), times (TOKEX_E_TIME_*, TOKEX_E_EXP_*, ...; RFC 7519 section 4.1), subject
 * (TOKEX_E_SUB_*, TOKEX_E_TOKEN_BOUND).
 */
const tokex_err_t *tokex_subject_check(tokex_subject_t *out, tokex_run_t *run);

#endif
