/*
 * The exchange: from a request to an outcome (RFC 8693). One story, the same for every entrance.
 *
 * request -> client_auth -> party (subject, actor) -> account -> authorize -> procedure -> claims
 * -> token -> outcome
 *
 * Each step is a function of its arguments: it looks nothing up by itself, logs nothing, does not
 * ask the time, knows no httpd.
 */
#ifndef TOKEX_EXCHANGE_EXCHANGE_H
#define TOKEX_EXCHANGE_EXCHANGE_H

#include "crypt/seal.h"
#include "crypt/signers.h"
#include "exchange/host.h"
#include "exchange/outcome.h"
#include "exchange/request.h"

/* A run that only looks, for an administrator with a question: it does what every other does and
 * stops before it signs. */
typedef struct tokex_trial_t {
    bool assumes_client; /* client_id is believed without a secret */
} tokex_trial_t;

/* What an entrance sets up once and shares among its requests. All of it is immutable. */
typedef struct tokex_engine_t {
    const tokex_policy_t *policy;
    const tokex_signers_t *signers; /* NULL: every exchange ends in TOKEX_E_SIGNING_KEY_NONE */
    const tokex_crypt_t *crypt;
    const tokex_server_t *server;
    const tokex_master_key_t *opaque_key; /* of sealed_token.h; NULL: there are no opaque tokens of
                                             ours */
    tokex_host_t host;
    const tokex_trial_t *trial; /* NULL: tokens are issued. Otherwise none is, so that nobody gets
                                   one for a secret that was assumed */
} tokex_engine_t;

/*
 * Runs one exchange at the time `now` (seconds). Always gives an outcome in `pool`; a refusal is an
 * outcome whose `err` is set. The outcome borrows from `engine` and `request`. Of a trial that is
 * granted it has all but `token`.
 */
const tokex_outcome_t *tokex_exchange_run(const tokex_engine_t *engine,
                                          const tokex_request_t *request, int64_t now,
                                          apr_pool_t *pool);

/* An outcome for a request that was refused before it could be read. */
const tokex_outcome_t *tokex_exchange_refused(const tokex_err_t *err, apr_pool_t *pool);

#endif
