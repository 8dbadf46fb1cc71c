/* The schedule of signing keys at work: the next key is made when it is time, dead ones go. */
#ifndef MOD_TOKEX_KEY_ROLL_H
#define MOD_TOKEX_KEY_ROLL_H

#include <httpd.h>

#include "crypt/crypt.h"

typedef struct tokex_key_roll_t tokex_key_roll_t;

/* For all virtual hosts of `main`. `crypt` and `pool` live as long. */
tokex_key_roll_t *tokex_key_roll_create(server_rec *main, const tokex_crypt_t *crypt,
                                        apr_pool_t *pool);

/*
 * Does what the schedules of all virtual hosts say for this moment, by what they serve, and logs
 * it. To be called about once a second by one thread of a child. Reads and writes nothing unless
 * there is something to do. What fails is tried again at the next call and logged once in ten
 * minutes. Several processes may call it: one of them does it. `scratch` may be cleared afterwards.
 */
void tokex_key_roll_run(tokex_key_roll_t *roll, apr_pool_t *scratch);

#endif
