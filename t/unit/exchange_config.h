/* What there is in a small world to exchange tokens in: a policy of a few of each thing, a foreign
 * issuer's key that signs whatever a test wants, and our own signing key. Tests change the
 * configuration or the claims before the first run. */
#ifndef EXCHANGE_CONFIG_H
#define EXCHANGE_CONFIG_H

#include "unit.h"

#include "exchange/exchange.h"
#include "keys/issuer_keys.h"
#include "keys/signing_keys.h"

#define NOW INT64_C(1700000000)
#define OUR_ISSUER "https://sts.example"
#define SECRET "n5Xq2w-Yt8Rk1_Vb7Zp4.Lm6~Hc9"
#define OLD_SECRET "Gd3Fs0Jk2Qw9Er8Ty7Ui6Op5As4"

/* Made once a program: keys are dear. */
typedef struct keys_t {
    apr_pool_t *pool;
    tokex_crypt_t *crypt;
    const tokex_key_t *foreign;
    const tokex_key_t *ours;
    const tokex_signer_t *foreign_signer;
    const tokex_signer_t *signer;
    tokex_signer_step_t steps[1];
    tokex_signers_t signers; /* the one above, for all time */
} keys_t;

typedef struct claim_t {
    const char *name;
    const char *json;
} claim_t;

typedef struct world_t {
    apr_pool_t *pool;
    const keys_t *keys;
    tokex_issuer_key_t issuer_key;
    tokex_issuer_t issuers[3];
    tokex_mapping_row_t rows[8];
    tokex_mapping_t mappings[1];
    tokex_procedure_t procedures[2]; /* how many count says config */
    tokex_scope_t scopes[4];
    tokex_target_t targets[4];
    tokex_secret_t secrets[3];
    tokex_rule_t rules[2];
    tokex_actor_t actors[4];
    tokex_client_t clients[5];
    tokex_signing_key_t signing_keys[1];
    tokex_config_t config;
    tokex_server_t server;
    tokex_engine_t engine;
    const tokex_issuer_keys_t *issuer_keys; /* those of the policy */
    tokex_fetched_keys_t *fetched;          /* NULL: none */
    const tokex_renewer_t *renewer;         /* NULL: none */
    claim_t claims[32];
    int claim_count;
    claim_t actor_claims[16]; /* none: no actor token */
    int actor_claim_count;
    const tokex_signer_t *token_signer; /* signs subject tokens */
    const tokex_signer_t *actor_signer; /* signs actor tokens */
    tokex_request_t request;
} world_t;

static keys_t world_keys;

/* A list of texts, in `pool`; NULL ends the arguments. */
static inline tokex_texts_t texts(apr_pool_t *pool, ...)
{
    const char **items = apr_pcalloc(pool, 8 * sizeof(*items));
    tokex_texts_t list = {items, 0};
    va_list args;
    va_start(args, pool);
    for (const char *text = va_arg(args, const char *); text; text = va_arg(args, const char *))
        items[list.count++] = text;
    va_end(args);
    return list;
}

static inline int make_keys(void **state)
{
    keys_t *keys = &world_keys;
    if (start(state) != 0)
        return -1;
    keys->pool = new_pool(NULL);
    assert_success(tokex_crypt_create(&keys->crypt, keys->pool));
    assert_success(tokex_jwk_generate(&keys->foreign, TOKEX_ALG_ES256, keys->crypt, keys->pool));
    assert_success(tokex_jwk_generate(&keys->ours, TOKEX_ALG_ES256, keys->crypt, keys->pool));
    assert_success(tokex_jws_signer_create(&keys->foreign_signer, keys->foreign, TOKEX_ALG_ES256,
                                           "JWT", keys->pool));
    assert_success(
        tokex_jws_signer_create(&keys->signer, keys->ours, TOKEX_ALG_ES256, "at+jwt", keys->pool));
    keys->steps[0].signer = keys->signer;
    keys->signers.lines[TOKEX_ALG_ES256].steps = keys->steps;
    keys->signers.lines[TOKEX_ALG_ES256].count = 1;
    return 0;
}

static inline int drop_keys(void **state)
{
    apr_pool_destroy(world_keys.pool);
    return stop(state);
}

static inline const char *jwk_text(const tokex_key_t *key, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);
    tokex_jwk_write_public(w, key, TOKEX_ALG_NONE);
    return tokex_jsonw_text(w, NULL);
}

/* A JWK Set of `count` keys (0: an empty one). */
static inline const char *jwks_text(const tokex_key_t *const *keys, int count, apr_pool_t *pool)
{
    const char *text = "";
    for (int i = 0; i < count; i++)
        text = apr_pstrcat(pool, text, i ? "," : "", jwk_text(keys[i], pool), NULL);
    return apr_pstrcat(pool, "{\"keys\":[", text, "]}", NULL);
}

static inline const char *sha256_hex(const world_t *w, const char *text)
{
    unsigned char digest[TOKEX_SHA256_LEN];
    char *hex = apr_palloc(w->pool, sizeof(digest) * 2 + 1);
    assert_success(tokex_crypt_sha256(w->keys->crypt, digest, text, strlen(text), w->pool));
    for (size_t i = 0; i < sizeof(digest); i++)
        (void)apr_snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return hex;
}

static inline void set_in(claim_t *claims, int *count, int max, const char *name, const char *json)
{
    int i = 0;
    while (i < *count && strcmp(claims[i].name, name) != 0)
        i++;
    if (i == *count)
        (*count)++;
    assert_true(*count <= max);
    claims[i].name = name;
    claims[i].json = json;
}

/* Sets a claim of the subject token to a JSON text; NULL takes it away. */
static inline void set_claim(world_t *w, const char *name, const char *json)
{
    set_in(w->claims, &w->claim_count, COUNT(w->claims), name, json);
}

/* The same for the actor token. */
static inline void set_actor_claim(world_t *w, const char *name, const char *json)
{
    set_in(w->actor_claims, &w->actor_claim_count, COUNT(w->actor_claims), name, json);
}

static inline void set_claim_time(world_t *w, const char *name, int64_t time)
{
    set_claim(w, name, apr_psprintf(w->pool, "%" APR_INT64_T_FMT, time));
}

static inline const char *text_of_claims(const world_t *w, const claim_t *claims, int count)
{
    const char *text = "";
    for (int i = 0; i < count; i++)
        if (claims[i].json)
            text = apr_psprintf(w->pool, "%s%s\"%s\":%s", text, *text ? "," : "", claims[i].name,
                                claims[i].json);
    return apr_pstrcat(w->pool, "{", text, "}", NULL);
}

static inline const char *claims_text(const world_t *w)
{
    return text_of_claims(w, w->claims, w->claim_count);
}

static inline void make_issuers(world_t *w)
{
    tokex_issuer_t partner = {.id = "partner",
                              .name = "Partner",
                              .issuer = "https://idp.partner.example",
                              .enabled = true,
                              .token_types = texts(w->pool, "access_token", "jwt", NULL),
                              .algorithms = texts(w->pool, "ES256", NULL),
                              .audiences = texts(w->pool, "urn:partner:us", NULL),
                              .typ = "any",
                              .leeway = 10,
                              .assertion_max_age = 300,
                              .keys = &w->issuer_key,
                              .key_count = 1,
                              .keys_refresh = 3600,
                              .introspection_auth = "basic",
                              .opaque_lifetime = 300};
    w->issuer_key.jwk = jwk_text(w->keys->foreign, w->pool);
    w->issuers[0] = w->issuers[1] = w->issuers[2] = partner;
    w->issuers[1].id = w->issuers[1].name = "other";
    w->issuers[1].issuer = "https://idp.other.example";
    w->issuers[1].audiences = texts(w->pool, "urn:other:us", NULL);
    w->issuers[2].id = w->issuers[2].name = "closed";
    w->issuers[2].issuer = "https://idp.closed.example";
    w->issuers[2].enabled = false;
}

static inline void make_targets(world_t *w)
{
    static const char *const ids[] = {"orders.read", "orders.write", "invoices.read", "admin"};
    tokex_target_t orders = {.id = "orders",
                             .name = "Orders",
                             .enabled = true,
                             .audience = "https://orders.example",
                             .resources =
                                 texts(w->pool, "https://orders.example/api?tenant=1", NULL),
                             .scopes = texts(w->pool, "orders.read", "orders.write", "admin", NULL),
                             .lifetime = 300,
                             .token_format = "jwt"};
    for (int i = 0; i < COUNT(w->scopes); i++)
        w->scopes[i].id = ids[i];
    w->targets[0] = w->targets[1] = w->targets[2] = w->targets[3] = orders;
    w->targets[1].id = w->targets[1].name = "billing";
    w->targets[1].audience = "https://billing.example";
    w->targets[1].resources = texts(w->pool, "https://billing.example/", NULL);
    w->targets[1].scopes = texts(w->pool, "invoices.read", NULL);
    w->targets[2].id = w->targets[2].name = "shut";
    w->targets[2].audience = "https://shut.example";
    w->targets[2].resources = texts(w->pool, "https://shut.example/", NULL);
    w->targets[2].enabled = false;
    w->targets[3].id = w->targets[3].name = "vault";
    w->targets[3].audience = "https://vault.example";
    w->targets[3].resources = texts(w->pool, "https://vault.example/", NULL);
}

static inline void make_clients(world_t *w)
{
    tokex_rule_t rule = {.id = "first",
                         .enabled = true,
                         .issuers = texts(w->pool, "partner", "closed", NULL),
                         .targets = texts(w->pool, "orders", "billing", "shut", NULL),
                         .default_target = "orders",
                         .scope_mode = "narrow",
                         .impersonation = true,
                         .max_actors = 4};
    tokex_client_t shop = {.id = "shop",
                           .token_format = "jwt",
                           .name = "Shop",
                           .enabled = true,
                           .grant_types = texts(w->pool, TOKEX_GRANT_EXCHANGE, NULL),
                           .scopes =
                               texts(w->pool, "orders.read", "orders.write", "invoices.read", NULL),
                           .secrets = w->secrets,
                           .secret_count = 1,
                           .rules = w->rules,
                           .rule_count = 1};
    w->rules[0] = w->rules[1] = rule;
    w->rules[1].id = "second";
    w->secrets[0].id = "one";
    w->secrets[0].sha256 = sha256_hex(w, SECRET);
    w->secrets[1] = w->secrets[2] = w->secrets[0];
    w->secrets[2].id = "two";
    w->secrets[2].sha256 = sha256_hex(w, OLD_SECRET);
    for (int i = 0; i < COUNT(w->clients); i++)
        w->clients[i] = shop;
    w->clients[1].id = w->clients[1].name = "rotating";
    w->clients[1].secrets = w->secrets + 1;
    w->clients[1].secret_count = 2;
    w->clients[2].id = w->clients[2].name = "gone";
    w->clients[2].enabled = false;
    w->clients[3].id = w->clients[3].name = "public";
    w->clients[3].secret_count = 0;
    w->clients[4].id = w->clients[4].name = "idle";
    w->clients[4].grant_types = (tokex_texts_t){NULL, 0};
}

static inline void make_config(world_t *w)
{
    make_issuers(w);
    make_targets(w);
    make_clients(w);
    w->signing_keys[0] = (tokex_signing_key_t){.kid = tokex_jwk_kid(w->keys->ours),
                                               .algorithm = "ES256",
                                               .sealed = "elsewhere",
                                               .public_jwk = jwk_text(w->keys->ours, w->pool)};
    w->mappings[0] = (tokex_mapping_t){.id = "people", .name = "People", .rows = w->rows};
    w->config = (tokex_config_t){.issuers = w->issuers,
                                 .issuer_count = COUNT(w->issuers),
                                 .mappings = w->mappings,
                                 .mapping_count = COUNT(w->mappings),
                                 .procedures = w->procedures,
                                 .scopes = w->scopes,
                                 .scope_count = COUNT(w->scopes),
                                 .targets = w->targets,
                                 .target_count = COUNT(w->targets),
                                 .clients = w->clients,
                                 .client_count = COUNT(w->clients),
                                 .signing_keys = w->signing_keys,
                                 .signing_key_count = 1};
}

static inline void make_claims(world_t *w)
{
    set_claim(w, "iss", "\"https://idp.partner.example\"");
    set_claim(w, "sub", "\"auth0|4711\"");
    set_claim(w, "aud", "\"" OUR_ISSUER "\"");
    set_claim_time(w, "iat", NOW - 60);
    set_claim_time(w, "exp", NOW + 3600);
    set_claim(w, "jti", "\"subject-jti\"");
    set_claim(w, "scope", "\"orders.read orders.write foreign\"");
}

static inline world_t *world_in(apr_pool_t *pool)
{
    world_t *w = apr_pcalloc(pool, sizeof(*w));
    w->pool = pool;
    w->keys = &world_keys;
    w->token_signer = w->actor_signer = world_keys.foreign_signer;
    w->server = (tokex_server_t){.issuer = OUR_ISSUER, .tenant = "default", .server_id = "sts-1"};
    w->engine = (tokex_engine_t){.signers = &world_keys.signers,
                                 .crypt = world_keys.crypt,
                                 .server = &w->server,
                                 .host = {.key = tokex_issuer_keys_find}};
    make_config(w);
    make_claims(w);
    w->request.grant_type = TOKEX_GRANT_EXCHANGE;
    w->request.subject_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
    w->request.credentials.client_id = "shop";
    w->request.credentials.client_secret = SECRET;
    return w;
}

static inline int make_world(void **state)
{
    *state = world_in(new_pool(NULL));
    return 0;
}

static inline int drop_world(void **state)
{
    apr_pool_destroy(((world_t *)*state)->pool);
    return 0;
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, drop_world)

static inline const tokex_policy_t *policy_of(world_t *w)
{
    tokex_faults_t *faults = tokex_config_faults_create(w->pool);
    if (!w->engine.policy) {
        const tokex_err_t *err =
            tokex_policy_compile(&w->engine.policy, &w->config, &w->server, NOW, w->keys->crypt,
                                 faults, w->pool, w->pool);
        for (int i = 0; err && i < faults->count; i++)
            print_error("%s\n", tokex_config_fault_text(&faults->items[i], w->pool));
        assert_success(err);
        assert_success(tokex_issuer_keys_create(&w->issuer_keys, w->engine.policy, w->fetched,
                                                w->renewer, w->keys->crypt, w->pool));
        if (w->engine.host.key == tokex_issuer_keys_find)
            w->engine.host.ctx = (void *)w->issuer_keys;
    }
    return w->engine.policy;
}

#endif
