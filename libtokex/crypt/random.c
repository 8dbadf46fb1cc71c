#include "crypt/random.h"

#include <limits.h>

#include <openssl/rand.h>

#include "base/b64url.h"
#include "crypt/crypt_private.h"

#define TEXT_OCTETS_MAX 64

const tokex_err_t *tokex_random_bytes(unsigned char *out, apr_size_t len, apr_pool_t *pool)
{
    if (len > INT_MAX)
        return tokex_err_create(pool, TOKEX_E_RANDOM, NULL,
                                "%" APR_SIZE_T_FMT " random octets asked for at a time", len);
    if (RAND_bytes(out, (int)len) != 1)
        return tokex_crypt_fail(pool, TOKEX_E_RANDOM, "the random number generator failed");
    return NULL;
}

const tokex_err_t *tokex_random_text(const char **out, apr_size_t octets, apr_pool_t *pool)
{
    unsigned char raw[TEXT_OCTETS_MAX];

    if (octets == 0 || octets > sizeof(raw))
        return tokex_err_create(pool, TOKEX_E_RANDOM, NULL,
                                "a random text of %" APR_SIZE_T_FMT " octets asked for", octets);
    TOKEX_RETURN_ERR(tokex_random_bytes(raw, octets, pool));
    *out = tokex_b64url_string(pool, raw, octets);
    /* The text may be a client secret; its raw form must not stay on the stack. */
    tokex_crypt_wipe(raw, sizeof(raw));
    return NULL;
}
