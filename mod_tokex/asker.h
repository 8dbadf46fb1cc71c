/*
 * Asking issuers about tokens, in one process: a request does it whose token is opaque, or whose
 * mapping wants UserInfo.
 *
 * What an issuer says is remembered for opaque_cache seconds at most (keys/token_ask.h). Of many
 * requests with one token one asks; others wait for it. No request waits longer than one answer may
 * take. Of the threads of the process some are left for whatever else there is, and one issuer that
 * does not answer does not keep all of those that may ask.
 */
#ifndef MOD_TOKEX_ASKER_H
#define MOD_TOKEX_ASKER_H

#include <httpd.h>

#include "exchange/host.h"

typedef struct tokex_asker_t tokex_asker_t;

/* Seconds, for Retry-After. */
#define TOKEX_ASKER_RETRY 2

/*
 * For the host `s`, by its settings and its master key. Everything ends early when `*stop` turns
 * not zero. All live as long as `pool`, which several threads may use. NULL, and a line in the log,
 * when there is no memory.
 */
tokex_asker_t *tokex_asker_create(server_rec *s, const tokex_crypt_t *crypt,
                                  volatile apr_uint32_t *stop, apr_pool_t *pool);

/* Fit the members of tokex_host_t; `ctx` is a tokex_asker_t. */
tokex_ask_t tokex_asker_introspect;
tokex_ask_t tokex_asker_userinfo;

#endif
