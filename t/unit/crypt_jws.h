/* What the unit programs of crypt/jws*.c share: tokens that are taken apart, refused or verified.
 */
#ifndef CRYPT_JWS_H
#define CRYPT_JWS_H

#include "crypt_keys.h"

#include "crypt/jws.h"

#define H "eyJhbGciOiJFUzI1NiJ9" /* {"alg":"ES256"} */
#define P "e30"                  /* {} */
#define S "c2ln"                 /* sig */

/*
 * "No signature operation is run" is proved by tokex_jws_parse(): it is given no key, and what it
 * refuses gives nothing that could be verified.
 */
static inline const tokex_err_t *parse(const fixture_t *f, const tokex_jws_t **jws,
                                       const char *token)
{
    return tokex_jws_parse(jws, token, strlen(token), f->pool);
}

static inline void assert_refused(const fixture_t *f, const char *token, tokex_code_t code)
{
    const tokex_jws_t *jws = NULL;

    assert_code(parse(f, &jws, token), code);
    assert_null(jws);
}

static inline const char *token_with(const fixture_t *f, const char *header)
{
    return apr_pstrcat(f->pool, encoded(f, header), ".e30.c2ln", NULL);
}

static inline void assert_header(const fixture_t *f, const char *header, tokex_code_t code)
{
    assert_refused(f, token_with(f, header), code);
}

static inline const tokex_jws_t *parsed(const fixture_t *f, const char *token)
{
    const tokex_jws_t *jws = NULL;

    assert_success(parse(f, &jws, token));
    return jws;
}

/* Everything that a caller does with a token: take apart, choose the key, verify. */
static inline const tokex_err_t *check(const fixture_t *f, const tokex_keyset_t *set,
                                       const char *token)
{
    const tokex_jws_t *jws;
    const tokex_key_t *key;

    TOKEX_RETURN_ERR(parse(f, &jws, token));
    TOKEX_RETURN_ERR(tokex_jwk_find(&key, set, jws->kid, jws->alg, f->pool));
    return tokex_jws_verify(jws, key, f->pool);
}

static inline void assert_not_verified(const fixture_t *f, const tokex_keyset_t *set,
                                       const char *token)
{
    assert_code(check(f, set, token), TOKEX_E_SIGNATURE);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
}

static inline const char *signed_by_us(const fixture_t *f, const EVP_PKEY *pkey, tokex_alg_t alg)
{
    static const char claims[] = "{\"sub\":\"a\"}";
    const tokex_signer_t *signer;
    const char *token;

    assert_success(
        tokex_jws_signer_create(&signer, private_key(f, pkey, "k"), alg, "at+jwt", f->pool));
    assert_success(tokex_jws_sign(&token, signer, claims, strlen(claims), f->pool));
    return token;
}

#endif
