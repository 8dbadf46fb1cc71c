#include "site.h"

#include <apr_strings.h>

#include "config/document.h"
#include "exchange/sealed_token.h"
#include "store/config_store.h"

/* An error of a pool that is about to go. */
static const tokex_err_t *keep(const tokex_err_t *err, apr_pool_t *pool)
{
    return tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool));
}

static const tokex_err_t *compile(tokex_engine_t *engine, const tokex_config_t *config,
                                  const tokex_site_source_t *source, tokex_faults_t *faults,
                                  apr_pool_t *pool, apr_pool_t *scratch)
{
    const tokex_err_t *err = tokex_policy_compile(
        &engine->policy, config, engine->server, source->now, source->crypt, faults, pool, scratch);

    if (source->judge_keys && (!err || err->code == TOKEX_E_DOCUMENT)) {
        tokex_policy_judge_keys(config, source->now, source->crypt, faults, scratch);
        if (faults->error_count)
            err = tokex_err_create(pool, TOKEX_E_DOCUMENT, NULL, "the configuration has %d faults",
                                   faults->error_count);
    }
    return err;
}

/* Not the generation: two databases may have the same one, and two hosts with the same
 * configuration may share what they remember. */
static const tokex_err_t *digest(tokex_site_t *site, const tokex_config_t *config,
                                 const tokex_site_source_t *source, apr_pool_t *scratch)
{
    const tokex_server_t *server = site->engine.server;
    const char *text = tokex_document_write(config, false, NULL, scratch);

    text = apr_pstrcat(scratch, server->issuer, "\n", server->tenant, "\n", server->server_id, "\n",
                       source->account_source ? source->account_source : "", "\n", text, NULL);
    return tokex_crypt_sha256(source->crypt, site->digest, text, strlen(text), scratch);
}

static const tokex_err_t *load(tokex_site_t *site, tokex_db_t *db,
                               const tokex_site_source_t *source, tokex_faults_t *faults,
                               apr_pool_t *pool, apr_pool_t *scratch)
{
    const tokex_sealer_t sealer = {source->master, source->crypt};
    const tokex_config_t *config;
    const tokex_signing_keys_t *keys;
    const tokex_issuer_keys_t *issuer_keys;
    tokex_engine_t *engine = &site->engine;

    TOKEX_RETURN_ERR(tokex_config_store_load(&config, &site->generation, db, pool, scratch));
    site->own_key_count = config->signing_key_count;
    TOKEX_RETURN_ERR(
        tokex_signing_keys_join(&config, config, &source->rows, &sealer, faults, pool));
    TOKEX_RETURN_ERR(compile(engine, config, source, faults, pool, scratch));
    TOKEX_RETURN_ERR(tokex_signing_keys_open(&keys, config, source->now, &sealer, pool));
    TOKEX_RETURN_ERR(tokex_issuer_keys_create(&issuer_keys, engine->policy, source->fetched,
                                              source->renewer, source->crypt, pool));
    if (source->digest)
        TOKEX_RETURN_ERR(digest(site, config, source, scratch));
    site->config = config;
    site->render_at = keys->render_at;
    engine->signers = keys->signers;
    engine->crypt = source->crypt;
    TOKEX_RETURN_ERR(
        tokex_sealed_token_key(&engine->opaque_key, source->master, source->crypt, pool));
    engine->host.ctx = (void *)issuer_keys;
    engine->host.key = tokex_issuer_keys_find;
    engine->host.renew = source->renewer ? tokex_issuer_keys_renew : NULL;
    engine->host.revokes = source->revocations ? tokex_revocations_any : NULL;
    engine->host.revoked = source->revocations ? tokex_revocations_find : NULL;
    engine->host.revocations = source->revocations;
    tokex_refresh_book_serve(&engine->host, source->refreshes);
    tokex_spent_book_serve(&engine->host, source->spent);
    engine->host.ask_ctx = source->asker;
    engine->host.introspect = source->asker ? tokex_asker_introspect : NULL;
    engine->host.userinfo = source->asker ? tokex_asker_userinfo : NULL;
    engine->host.accounts = source->accounts;
    engine->host.account = source->accounts ? tokex_accounts_ask : NULL;
    engine->host.link = source->accounts ? tokex_accounts_link : NULL;
    site->jwks = keys->jwks;
    site->jwks_len = keys->jwks_len;
    return NULL;
}

const tokex_err_t *tokex_site_load_from(const tokex_site_t **out, tokex_db_t *db,
                                        const tokex_site_source_t *source, tokex_faults_t *faults,
                                        apr_pool_t *pool)
{
    tokex_site_t *site = apr_pcalloc(pool, sizeof(*site));
    const tokex_err_t *err;
    apr_pool_t *scratch;

    site->engine.server = apr_pmemdup(pool, &source->server, sizeof(source->server));
    apr_pool_create(&scratch, pool);
    err = load(site, db, source, faults, pool, scratch);
    if (err)
        err = keep(err, pool);
    else
        *out = site;
    apr_pool_destroy(scratch);
    return err;
}

const tokex_err_t *tokex_site_load(const tokex_site_t **out, const tokex_site_source_t *source,
                                   tokex_faults_t *faults, apr_pool_t *pool)
{
    const tokex_err_t *err;
    apr_pool_t *scratch;
    tokex_db_t *db;

    apr_pool_create(&scratch, pool);
    err = tokex_db_open(&db, source->config_db, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, scratch);
    if (err)
        err = keep(err, pool);
    else
        err = tokex_site_load_from(out, db, source, faults, pool);
    apr_pool_destroy(scratch);
    return err;
}
