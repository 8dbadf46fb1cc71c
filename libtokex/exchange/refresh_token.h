/* The text of a refresh token, and what is made of it. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_REFRESH_TOKEN_H
#define TOKEX_EXCHANGE_REFRESH_TOKEN_H

#include "crypt/seal.h"

#define TOKEX_REFRESH_TOKEN_LEN 64

/*
 * A token is 64 characters of base64url: 144 random bits that it has in common with those that it
 * replaces and is replaced by, and 240 of its own. What is kept are digests of them, so that nobody
 * who reads state.db, not with the master key either, can use or imitate one.
 */
typedef struct tokex_refresh_token_t {
    const char *text;
    const char *id;         /* of the first part, as in tokex_refresh_t */
    const char *hash;       /* of all of it */
    tokex_master_key_t key; /* that what it stands for is sealed under */
} tokex_refresh_token_t;

/* A new one in the place of `before`; NULL: the first one. TOKEX_E_RANDOM, TOKEX_E_CRYPTO. */
const tokex_err_t *tokex_refresh_token_make(tokex_refresh_token_t *out,
                                            const tokex_refresh_token_t *before,
                                            const tokex_crypt_t *crypt, apr_pool_t *pool);

/* One that is presented. `out->text` NULL: none of ours looks like that. TOKEX_E_CRYPTO. */
const tokex_err_t *tokex_refresh_token_read(tokex_refresh_token_t *out, const char *text,
                                            const tokex_crypt_t *crypt, apr_pool_t *pool);

#endif
