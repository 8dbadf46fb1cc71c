/* What a source of keys answered, judged: metadata and JWK Sets. For who fetches keys and for who
 * looks why they cannot be fetched. Every problem is a text without a full stop; NULL is none. */
#ifndef TOKEX_KEYS_KEY_ANSWER_H
#define TOKEX_KEYS_KEY_ANSWER_H

#include "adapter/fetch_curl.h"
#include "base/json.h"
#include "crypt/jwk.h"

/* The headers Accept. */
#define TOKEX_KEY_ACCEPT_SET "application/jwk-set+json, application/json"
#define TOKEX_KEY_ACCEPT_METADATA "application/json"

/* The answer as a JSON object; `wanted` is what it should be, for the text. */
const char *tokex_key_answer_object(const tokex_json_t **out, const tokex_fetch_t *answer,
                                    const char *wanted, apr_pool_t *pool);

/* Is `metadata` that of the issuer `wanted`, octet by octet (RFC 8414 section 3.3, OpenID Connect
 * Discovery 1.0 section 4.3)? Another issuer's metadata must not give this one keys. */
const char *tokex_key_answer_issuer(const tokex_json_t *metadata, const char *wanted,
                                    apr_pool_t *pool);

/* The jwks_uri of `metadata`, which came from `metadata_url`: https, or http on the same host where
 * metadata_url is http. *out is what stands there even when it must not be asked; NULL: nothing. */
const char *tokex_key_answer_jwks_uri(const char **out, const tokex_json_t *metadata,
                                      const char *metadata_url, apr_pool_t *pool);

/*
 * A JWK Set (RFC 7517 section 5). What tokex_jwk_read() would take beside it (a single JWK, a
 * certificate) is not what belongs at such an address. `now`: seconds. The set lives in `pool`.
 */
const char *tokex_key_answer_set(const tokex_keyset_t **out, const tokex_fetch_t *answer,
                                 int64_t now, const tokex_crypt_t *crypt, apr_pool_t *pool);

/* The host of a URL, brackets of IPv6 left out; and whether two have the same. */
const char *tokex_key_answer_host(const char *url, apr_pool_t *pool);
bool tokex_key_answer_same_host(const char *a, const char *b);

#endif
