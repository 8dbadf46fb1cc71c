#include "edit/installation.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "config/faults.h"
#include "keys/signing_keys.h"
#include "keys/token_ask.h"
#include "policy/policy.h"
#include "store/signing_store.h"
#include "store/state_store.h"

/* ---- Signing keys of state.db */

static const tokex_err_t *read_rows(tokex_signing_rows_t *rows, tokex_sealer_t *sealer,
                                    const tokex_installation_t *site)
{
    tokex_db_t *db;

    sealer->crypt = site->crypt;
    TOKEX_RETURN_ERR(tokex_seal_read_master_key(&sealer->master, site->master_path, site->pool));
    TOKEX_RETURN_ERR(
        tokex_db_open(&db, site->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, site->pool));
    return tokex_signing_store_load(rows, db, site->pool, site->pool);
}

const tokex_config_t *tokex_installation_join(const tokex_installation_t *site,
                                              const tokex_config_t *config, tokex_faults_t *faults)
{
    const tokex_config_t *joined;
    tokex_signing_rows_t rows;
    tokex_sealer_t sealer;

    if (read_rows(&rows, &sealer, site) ||
        tokex_signing_keys_join(&joined, config, &rows, &sealer, faults, site->pool))
        return config;
    return joined;
}

/* ---- Compiling */

/* The servers that the module wrote down; none when state.db cannot be read, because a
 * configuration may be prepared on a host where no server ran yet. */
static const apr_array_header_t *read_servers(const tokex_installation_t *site)
{
    apr_array_header_t *servers = apr_array_make(site->pool, 2, sizeof(tokex_server_t));
    const tokex_setting_t *settings;
    const char *of = NULL;
    tokex_server_t *server = NULL;
    tokex_db_t *db;
    int count, i;

    if (tokex_db_open(&db, site->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, site->pool) ||
        tokex_state_store_settings(&settings, &count, db, site->pool, site->pool))
        return servers;
    for (i = 0; i < count; i++) {
        if (!of || strcmp(of, settings[i].server) != 0) {
            of = settings[i].server;
            server = apr_array_push(servers);
            *server = (tokex_server_t){NULL, NULL, NULL};
        }
        if (strcmp(settings[i].name, "TokexIssuer") == 0)
            server->issuer = settings[i].value;
        else if (strcmp(settings[i].name, "TokexTenant") == 0)
            server->tenant = settings[i].value;
        else if (strcmp(settings[i].name, "TokexServerId") == 0)
            server->server_id = settings[i].value;
    }
    return servers;
}

typedef struct compile_t {
    const tokex_installation_t *site;
    const tokex_config_t *config;
    tokex_faults_t *faults;
    apr_hash_t *seen; /* every server finds the same faults but for a few; each is told once */
} compile_t;

static void add_new(compile_t *compile, const tokex_faults_t *found)
{
    int i;

    for (i = 0; i < found->count; i++) {
        const char *text = tokex_config_fault_text(&found->items[i], compile->site->pool);

        if (apr_hash_get(compile->seen, text, APR_HASH_KEY_STRING))
            continue;
        apr_hash_set(compile->seen, text, APR_HASH_KEY_STRING, text);
        tokex_config_fault_add(compile->faults, &found->items[i]);
    }
}

static const tokex_err_t *compile_for(compile_t *compile, const tokex_server_t *server)
{
    const tokex_installation_t *site = compile->site;
    tokex_faults_t *found = tokex_config_faults_create(site->pool);
    const tokex_policy_t *policy;
    const tokex_err_t *err;

    found->settled = compile->faults->settled;
    err = tokex_policy_compile(&policy, compile->config, server, site->now, site->crypt, found,
                               site->pool, site->pool);
    add_new(compile, found);
    return err && err->code != TOKEX_E_DOCUMENT ? err : NULL;
}

const tokex_err_t *tokex_installation_compile(const tokex_installation_t *site,
                                              const tokex_config_t *joined, tokex_faults_t *faults)
{
    compile_t compile = {site, joined, faults, apr_hash_make(site->pool)};
    const apr_array_header_t *servers = read_servers(site);
    bool compiled = false;
    int i;

    for (i = 0; i < servers->nelts; i++) {
        const tokex_server_t *server = &APR_ARRAY_IDX(servers, i, tokex_server_t);

        if (!server->issuer)
            continue;
        TOKEX_RETURN_ERR(compile_for(&compile, server));
        compiled = true;
    }
    if (!compiled)
        TOKEX_RETURN_ERR(compile_for(&compile, NULL));
    tokex_policy_judge_keys(joined, site->now, site->crypt, faults, site->pool);
    return faults->error_count
               ? tokex_err_create(site->pool, TOKEX_E_DOCUMENT, NULL, "%d fault%s",
                                  faults->error_count, faults->error_count == 1 ? "" : "s")
               : NULL;
}

/* ---- The way of a change */

static const tokex_err_t *judge(void *ctx, const tokex_config_t *config, tokex_faults_t *faults,
                                apr_pool_t *pool)
{
    (void)pool;
    return tokex_installation_compile(ctx, tokex_installation_join(ctx, config, faults), faults);
}

static const tokex_err_t *prove(void *ctx, const tokex_signing_key_t *key, tokex_faults_t *faults,
                                apr_pool_t *pool)
{
    const tokex_installation_t *site = ctx;
    const tokex_place_t at = {.object = "signing_key", .id = key->kid, .field = "sealed"};
    tokex_sealer_t sealer = {NULL, site->crypt};
    const tokex_err_t *err;

    TOKEX_RETURN_ERR(tokex_seal_read_master_key(&sealer.master, site->master_path, pool));
    err = tokex_signing_keys_prove(key, &sealer, pool);
    if (err && err->code == TOKEX_E_SEAL)
        tokex_faults_error(faults, &at,
                           "Name the master key under which it was sealed (tokexctl: -k), and "
                           "leave sealed and public_jwk as they were exported.",
                           "does not open with the master key %s to the key of public_jwk",
                           site->master_path);
    return NULL;
}

/* Sealed anew it would look like another one. */
static bool is_same_secret(const tokex_issuer_t *issuer, const char *sealed,
                           const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    const tokex_issuer_t before = {.id = issuer->id, .introspection_sealed = sealed};
    const char *secret;

    return sealed && !tokex_token_ask_open(&secret, &before, sealer, pool) &&
           strlen(secret) == strlen(issuer->introspection_secret) &&
           tokex_crypt_equal(secret, issuer->introspection_secret, strlen(secret));
}

static const tokex_err_t *seal_secret(tokex_issuer_t *issuer, const char *present,
                                      const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    if (!is_same_secret(issuer, present, sealer, pool))
        return tokex_token_ask_seal(&issuer->introspection_sealed, issuer, sealer, pool);
    issuer->introspection_sealed = present;
    return NULL;
}

static const tokex_err_t *seal(void *ctx, tokex_issuer_t *issuer, const char *present,
                               tokex_faults_t *faults, apr_pool_t *pool)
{
    const tokex_installation_t *site = ctx;
    const tokex_place_t at = {
        .object = "issuer", .id = issuer->id, .field = "introspection_sealed"};
    tokex_sealer_t sealer = {NULL, site->crypt};
    const char *secret;

    TOKEX_RETURN_ERR(tokex_seal_read_master_key(&sealer.master, site->master_path, pool));
    if (issuer->introspection_secret)
        return seal_secret(issuer, present, &sealer, pool);
    if (tokex_token_ask_open(&secret, issuer, &sealer, pool))
        tokex_faults_error(
            faults, &at,
            "Name the master key under which it was sealed (tokexctl: -k), and leave it "
            "as it was exported; or write introspection_secret.",
            "does not open with the master key %s", site->master_path);
    return NULL;
}

tokex_edit_way_t tokex_installation_way(const tokex_installation_t *site, tokex_db_t *db,
                                        bool dry_run)
{
    return (tokex_edit_way_t){.db = db,
                              .judge = judge,
                              .judge_ctx = (void *)site,
                              .dry_run = dry_run,
                              .prove = prove,
                              .prove_ctx = (void *)site,
                              .seal = seal,
                              .seal_ctx = (void *)site,
                              .made = apr_array_make(site->pool, 2, sizeof(tokex_edit_secret_t)),
                              .differing =
                                  apr_array_make(site->pool, 2, sizeof(tokex_change_object_t))};
}
