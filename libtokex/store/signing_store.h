/*
 * Signing keys in state.db: those that the server made by itself. Nothing read here is proven;
 * keys/signing_keys.h decides what of it is believed.
 *
 * Only tokex_signing_store_load() begins and ends a transaction; the others belong into one of the
 * caller's, so that what was read is still true when it is written by.
 */
#ifndef TOKEX_STORE_SIGNING_STORE_H
#define TOKEX_STORE_SIGNING_STORE_H

#include "config/config.h"
#include "store/db_sqlite.h"

/* What state.db holds at one moment. */
typedef struct tokex_signing_rows_t {
    const tokex_signing_key_t *keys; /* public_jwk NULL; by `activates`, then kid */
    int count;
    int64_t number; /* grows with every change of a key */
} tokex_signing_rows_t;

/* Reads them in one read transaction. */
const tokex_err_t *tokex_signing_store_load(tokex_signing_rows_t *out, tokex_db_t *db,
                                            apr_pool_t *result_pool, apr_pool_t *scratch_pool);

/* The same inside a transaction. */
const tokex_err_t *tokex_signing_store_read(tokex_signing_rows_t *out, tokex_db_t *db,
                                            apr_pool_t *result_pool, apr_pool_t *scratch_pool);

/* The number alone. */
const tokex_err_t *tokex_signing_store_number(int64_t *out, tokex_db_t *db, apr_pool_t *pool);

/* Adds a key; its public_jwk is not kept. TOKEX_E_DB_QUERY when there is one of its kid. */
const tokex_err_t *tokex_signing_store_insert(tokex_db_t *db, const tokex_signing_key_t *key,
                                              apr_pool_t *pool);

/* Sets the time (seconds) from which a key does not sign any more. `*found` (may be NULL): there is
 * such a key. */
const tokex_err_t *tokex_signing_store_retire(bool *found, tokex_db_t *db, const char *kid,
                                              int64_t retired, apr_pool_t *pool);

/* Removes a key. `*found` as above. */
const tokex_err_t *tokex_signing_store_remove(bool *found, tokex_db_t *db, const char *kid,
                                              apr_pool_t *pool);

#endif
