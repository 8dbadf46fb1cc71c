/* What the unit programs of crypt/jwk*.c share: keys of the RFCs, and what becomes of a text that
 * is read as keys. */
#ifndef CRYPT_JWK_H
#define CRYPT_JWK_H

#include "crypt_keys.h"

/* RFC 7638 section 3.1: a JWK and its thumbprint. */
#define RFC_7638_N                                                                                 \
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"      \
    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-"              \
    "65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"   \
    "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
#define RFC_7638_THUMBPRINT "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
#define RSA_MEMBERS "\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RFC_7638_N "\""

/* RFC 7520 section 3.1 is P-521; this one is of RFC 7517 appendix A.1. */
#define P256_X "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
#define P256_Y "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
#define P256_MEMBERS "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\""
#define ED_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define ED_MEMBERS "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\""

static inline const tokex_err_t *refusal(const fixture_t *f, const char *text)
{
    const tokex_keyset_t *set = NULL;
    const tokex_err_t *err = read_keys(f, &set, text);

    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    assert_null(set);
    return err;
}

static inline void assert_unusable(const fixture_t *f, const char *jwk)
{
    const tokex_keyset_t *set;

    assert_code(refusal(f, jwk), TOKEX_E_KEY_UNUSABLE);
    /* In a set it is left out, its neighbour stays. */
    set = keys_from(f, apr_pstrcat(f->pool, "{\"keys\":[", jwk, ",{", ED_MEMBERS, "}]}", NULL));
    assert_int_equal(set->count, 1);
    assert_string_equal(tokex_jwk_kty(set->keys[0], NULL), "OKP");
    assert_int_equal(set->warning_count, 1);
}

static inline const tokex_key_t *the_key(const fixture_t *f, const char *text)
{
    const tokex_keyset_t *set = keys_from(f, text);

    assert_int_equal(set->count, 1);
    assert_int_equal(set->warning_count, 0);
    return set->keys[0];
}

#endif
