/* What the files of this room share and nobody else sees. */
#ifndef TOKEX_CRYPT_CRYPT_PRIVATE_H
#define TOKEX_CRYPT_CRYPT_PRIVATE_H

#include <openssl/evp.h>

#include "crypt/crypt.h"

struct tokex_crypt_t {
    EVP_MD *sha256;
    EVP_MD *sha384;
    EVP_MD *sha512;
    EVP_CIPHER *aes256gcm;
};

/* `len` octets (not 0) in `pool` that are wiped when it goes. */
unsigned char *tokex_crypt_secret_buffer(apr_pool_t *pool, apr_size_t len);

/* An error of `code` with OpenSSL's reason behind the text; OpenSSL's queue is empty afterwards. */
const tokex_err_t *tokex_crypt_fail(apr_pool_t *pool, tokex_code_t code, const char *what);

#endif
