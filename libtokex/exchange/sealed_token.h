/*
 * Opaque access tokens of ours: the signed JWT that each of them is, sealed, so that only we can
 * read it and nothing has to be kept. What is in it is judged where every JWT of ours is.
 */
#ifndef TOKEX_EXCHANGE_SEALED_TOKEN_H
#define TOKEX_EXCHANGE_SEALED_TOKEN_H

#include "exchange/exchange.h"

/* What each begins with, so that none is taken for another issuer's. */
#define TOKEX_SEALED_TOKEN_PREFIX "txo_"

/* A token as text. */
typedef struct tokex_token_text_t {
    const char *text; /* not ended by a zero where it was presented */
    apr_size_t len;
} tokex_token_text_t;

/* Makes the key that opaque tokens are sealed under from the master key; wiped when `pool` goes.
 * TOKEX_E_CRYPTO. */
const tokex_err_t *tokex_sealed_token_key(const tokex_master_key_t **out,
                                          const tokex_master_key_t *master,
                                          const tokex_crypt_t *crypt, apr_pool_t *pool);

/*
 * Seals `jwt` into `*out`, at most TOKEX_LIMIT_TOKEN octets: the prefix, 128 random bits, and what
 * tokex_seal_close() makes under a key of those bits, bound to our issuer URL: no two tokens share
 * a key. Other characters than those of base64url and one dot are not in it. TOKEX_E_CLAIMS_SIZE
 * when it would be longer, TOKEX_E_RANDOM, TOKEX_E_CRYPTO.
 */
const tokex_err_t *tokex_sealed_token_close(const char **out, const tokex_engine_t *engine,
                                            const char *jwt, apr_pool_t *pool);

/* Does it begin as one of ours does? It costs nothing to ask. */
bool tokex_sealed_token_is_likely(tokex_token_text_t token);

/* What is sealed in `token`; `out->text` NULL: that is none that we sealed with this master key and
 * issuer URL, or not as it was any more. TOKEX_E_CRYPTO, TOKEX_E_MEMORY. */
const tokex_err_t *tokex_sealed_token_open(tokex_token_text_t *out, const tokex_engine_t *engine,
                                           tokex_token_text_t token, apr_pool_t *pool);

#endif
