/* What one virtual host serves from: the engine and the keys that it signs with and publishes.
 * Immutable; who signs when is known beforehand. */
#ifndef MOD_TOKEX_SITE_H
#define MOD_TOKEX_SITE_H

#include "accounts.h"
#include "asker.h"
#include "crypt/seal.h"
#include "exchange/exchange.h"
#include "exchange/revocations.h"
#include "keys/issuer_keys.h"
#include "keys/signing_keys.h"
#include "refresh_book.h"
#include "spent_book.h"
#include "store/db_sqlite.h"

typedef struct tokex_site_t {
    tokex_engine_t engine;
    const char *jwks;
    apr_size_t jwks_len;
    int64_t render_at;            /* when it must be loaded anew for `jwks`, seconds; 0: never */
    int64_t generation;           /* of the configuration */
    const tokex_config_t *config; /* its signing keys are those of config.db, then of state.db */
    int own_key_count;            /* those of config.db */
    unsigned char digest[TOKEX_SHA256_LEN]; /* of all that decides but the fetched keys of issuers:
                                               another one when any of it is. Where it was asked
                                               for */
} tokex_site_t;

/* What it takes to load one. */
typedef struct tokex_site_source_t {
    const char *config_db;
    const tokex_master_key_t *master;
    const tokex_crypt_t *crypt;
    tokex_server_t server;
    int64_t now;                    /* seconds */
    tokex_fetched_keys_t *fetched;  /* keys of issuers; NULL: those of the configuration alone */
    const tokex_renewer_t *renewer; /* NULL: nobody asks for more of them */
    bool judge_keys; /* those of issuers too; a change that is followed was judged by its import */
    tokex_signing_rows_t rows;        /* what state.db has of signing keys */
    bool digest;                      /* make it: something is remembered (cache.h) */
    tokex_revocations_t *revocations; /* what is taken back; NULL: nothing is */
    tokex_refresh_book_t *refreshes;  /* NULL: there are none */
    tokex_spent_book_t *spent; /* who knows which tokens that count once were accepted; NULL: nobody
                                */
    tokex_asker_t *asker;      /* who asks issuers about tokens; NULL: nobody */
    tokex_accounts_t *accounts; /* local ones; NULL: nobody asks for them */
    const char *account_source; /* what decides of accounts that the site keeps; "", NULL */
} tokex_site_source_t;

/*
 * Reads config.db, joins the signing keys of state.db, compiles the policy, opens what signs now or
 * later. The database is closed
 * again before this returns, so a process that forks afterwards hands no handle on. Faults of the
 * configuration are added to `faults`; errors as of the functions of the engine that it calls.
 */
const tokex_err_t *tokex_site_load(const tokex_site_t **out, const tokex_site_source_t *source,
                                   tokex_faults_t *faults, apr_pool_t *pool);

/* The same from `db`, which is open already and stays so. */
const tokex_err_t *tokex_site_load_from(const tokex_site_t **out, tokex_db_t *db,
                                        const tokex_site_source_t *source, tokex_faults_t *faults,
                                        apr_pool_t *pool);

#endif
