/*
 * Sealing: AES-256-GCM under a master key, for private keys at rest. A sealed text says which
 * format it is, so that a later one can be told apart, and is bound to a name (the kid), so that
 * rows cannot be exchanged.
 */
#ifndef TOKEX_CRYPT_SEAL_H
#define TOKEX_CRYPT_SEAL_H

#include "crypt/crypt.h"

#define TOKEX_SEAL_KEY_LEN 32

typedef struct tokex_master_key_t {
    unsigned char octets[TOKEX_SEAL_KEY_LEN];
} tokex_master_key_t;

/*
 * Master key files hold 32 random octets as one line of base64url. Reading: TOKEX_E_FILE (missing,
 * unreadable, not a master key), TOKEX_E_FILE_MODE when others may read or write it, or the group
 * may write it. The key is wiped when `pool` goes.
 */
const tokex_err_t *tokex_seal_read_master_key(const tokex_master_key_t **out, const char *path,
                                              apr_pool_t *pool);
/* Makes a new file, mode 0640, that must not exist yet (TOKEX_E_FILE). */
const tokex_err_t *tokex_seal_create_master_key(const char *path, apr_pool_t *pool);

/* Seals `len` octets into text ("1." and base64url of nonce, ciphertext, tag) in `pool`. */
const tokex_err_t *tokex_seal_close(const char **out, const tokex_master_key_t *master,
                                    const char *name, const unsigned char *in, apr_size_t len,
                                    const tokex_crypt_t *crypt, apr_pool_t *pool);
/* Opens it again; the octets are wiped when `pool` goes. TOKEX_E_SEAL for anything that was not
 * sealed under this key and name. */
const tokex_err_t *tokex_seal_open(const unsigned char **out, apr_size_t *out_len,
                                   const tokex_master_key_t *master, const char *name,
                                   const char *sealed, const tokex_crypt_t *crypt,
                                   apr_pool_t *pool);

#endif
