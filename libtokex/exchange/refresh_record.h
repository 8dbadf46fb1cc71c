/* What a refresh token stands for, as it is kept. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_REFRESH_RECORD_H
#define TOKEX_EXCHANGE_REFRESH_RECORD_H

#include "exchange/party.h"
#include "exchange/refresh_token.h"

typedef struct tokex_refresh_record_t {
    tokex_kept_t subject;                         /* `exp`: when its token ends */
    tokex_kept_t actor;                           /* `claims` NULL: there was none */
    const char *targets[2 * TOKEX_LIMIT_TARGETS]; /* ids */
    int target_count;
    const char *scope; /* as it was granted, "" for none */
    const char *type;  /* of the issued token, URN */
} tokex_refresh_record_t;

/* Seals `record` under `token`, as text. TOKEX_E_CRYPTO, TOKEX_E_RANDOM. */
const tokex_err_t *tokex_refresh_record_close(const char **out,
                                              const tokex_refresh_record_t *record,
                                              const tokex_refresh_token_t *token,
                                              const tokex_crypt_t *crypt, apr_pool_t *pool);

/* Opens it again. TOKEX_E_SEAL for anything that was not sealed so. */
const tokex_err_t *tokex_refresh_record_open(tokex_refresh_record_t *out, const char *sealed,
                                             const tokex_refresh_token_t *token,
                                             const tokex_crypt_t *crypt, apr_pool_t *pool);

#endif
