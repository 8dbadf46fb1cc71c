/* A small world to exchange tokens in: a policy of a few of each thing, a foreign issuer's key that
 * signs whatever a test wants, and our own signing key. Tests change the configuration or the
 * claims before the first run. */
#ifndef EXCHANGE_WORLD_H
#define EXCHANGE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "exchange/exchange.h"
#include "keys/issuer_keys.h"
#include "keys/signing_keys.h"

#define HELPER static __attribute__((unused))
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

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
HELPER tokex_texts_t texts(apr_pool_t *pool, ...)
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

HELPER void must(const tokex_err_t *err, apr_pool_t *pool)
{
    if (err)
        fail_msg("%s: %s", tokex_err_info(err->code)->name, tokex_err_text(err, pool));
}

HELPER int make_keys(void **state)
{
    keys_t *keys = &world_keys;
    (void)state;
    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&keys->pool, NULL) != APR_SUCCESS)
        return -1;
    must(tokex_crypt_create(&keys->crypt, keys->pool), keys->pool);
    must(tokex_jwk_generate(&keys->foreign, TOKEX_ALG_ES256, keys->crypt, keys->pool), keys->pool);
    must(tokex_jwk_generate(&keys->ours, TOKEX_ALG_ES256, keys->crypt, keys->pool), keys->pool);
    must(tokex_jws_signer_create(&keys->foreign_signer, keys->foreign, TOKEX_ALG_ES256, "JWT",
                                 keys->pool),
         keys->pool);
    must(tokex_jws_signer_create(&keys->signer, keys->ours, TOKEX_ALG_ES256, "at+jwt", keys->pool),
         keys->pool);
    return 0;
}

HELPER int drop_keys(void **state)
{
    (void)state;
    apr_pool_destroy(world_keys.pool);
    apr_terminate();
    return 0;
}

HELPER const char *jwk_text(const tokex_key_t *key, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);
    tokex_jwk_write_public(w, key, TOKEX_ALG_NONE);
    return tokex_jsonw_text(w, NULL);
}

/* A JWK Set of `count` keys (0: an empty one). */
HELPER const char *jwks_text(const tokex_key_t *const *keys, int count, apr_pool_t *pool)
{
    const char *text = "";
    for (int i = 0; i < count; i++)
        text = apr_pstrcat(pool, text, i ? "," : "", jwk_text(keys[i], pool), NULL);
    return apr_pstrcat(pool, "{\"keys\":[", text, "]}", NULL);
}

HELPER const char *sha256_hex(const world_t *w, const char *text)
{
    unsigned char digest[TOKEX_SHA256_LEN];
    char *hex = apr_palloc(w->pool, sizeof(digest) * 2 + 1);
    must(tokex_crypt_sha256(w->keys->crypt, digest, text, strlen(text), w->pool), w->pool);
    for (size_t i = 0; i < sizeof(digest); i++)
        (void)apr_snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return hex;
}

HELPER void set_in(claim_t *claims, int *count, int max, const char *name, const char *json)
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
HELPER void set_claim(world_t *w, const char *name, const char *json)
{
    set_in(w->claims, &w->claim_count, COUNT(w->claims), name, json);
}

/* The same for the actor token. */
HELPER void set_actor_claim(world_t *w, const char *name, const char *json)
{
    set_in(w->actor_claims, &w->actor_claim_count, COUNT(w->actor_claims), name, json);
}

HELPER void set_claim_time(world_t *w, const char *name, int64_t time)
{
    set_claim(w, name, apr_psprintf(w->pool, "%" APR_INT64_T_FMT, time));
}

HELPER const char *text_of_claims(const world_t *w, const claim_t *claims, int count)
{
    const char *text = "";
    for (int i = 0; i < count; i++)
        if (claims[i].json)
            text = apr_psprintf(w->pool, "%s%s\"%s\":%s", text, *text ? "," : "", claims[i].name,
                                claims[i].json);
    return apr_pstrcat(w->pool, "{", text, "}", NULL);
}

HELPER const char *claims_text(const world_t *w)
{
    return text_of_claims(w, w->claims, w->claim_count);
}

HELPER void make_issuers(world_t *w)
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
                              .keys = &w->issuer_key,
                              .key_count = 1,
                              .keys_refresh = 3600};
    w->issuer_key.jwk = jwk_text(w->keys->foreign, w->pool);
    w->issuers[0] = w->issuers[1] = w->issuers[2] = partner;
    w->issuers[1].id = w->issuers[1].name = "other";
    w->issuers[1].issuer = "https://idp.other.example";
    w->issuers[1].audiences = texts(w->pool, "urn:other:us", NULL);
    w->issuers[2].id = w->issuers[2].name = "closed";
    w->issuers[2].issuer = "https://idp.closed.example";
    w->issuers[2].enabled = false;
}

HELPER void make_targets(world_t *w)
{
    static const char *const ids[] = {"orders.read", "orders.write", "invoices.read", "admin"};
    tokex_target_t orders = {.id = "orders",
                             .name = "Orders",
                             .enabled = true,
                             .audience = "https://orders.example",
                             .resources =
                                 texts(w->pool, "https://orders.example/api?tenant=1", NULL),
                             .scopes = texts(w->pool, "orders.read", "orders.write", "admin", NULL),
                             .lifetime = 300};
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

HELPER void make_clients(world_t *w)
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

HELPER void make_config(world_t *w)
{
    make_issuers(w);
    make_targets(w);
    make_clients(w);
    w->signing_keys[0] = (tokex_signing_key_t){.kid = tokex_jwk_kid(w->keys->ours),
                                               .algorithm = "ES256",
                                               .state = "active",
                                               .sealed = "elsewhere",
                                               .public_jwk = jwk_text(w->keys->ours, w->pool)};
    w->mappings[0] = (tokex_mapping_t){.id = "people", .name = "People", .rows = w->rows};
    w->config = (tokex_config_t){.issuers = w->issuers,
                                 .issuer_count = COUNT(w->issuers),
                                 .mappings = w->mappings,
                                 .mapping_count = COUNT(w->mappings),
                                 .scopes = w->scopes,
                                 .scope_count = COUNT(w->scopes),
                                 .targets = w->targets,
                                 .target_count = COUNT(w->targets),
                                 .clients = w->clients,
                                 .client_count = COUNT(w->clients),
                                 .signing_keys = w->signing_keys,
                                 .signing_key_count = 1};
}

HELPER void make_claims(world_t *w)
{
    set_claim(w, "iss", "\"https://idp.partner.example\"");
    set_claim(w, "sub", "\"auth0|4711\"");
    set_claim(w, "aud", "\"" OUR_ISSUER "\"");
    set_claim_time(w, "iat", NOW - 60);
    set_claim_time(w, "exp", NOW + 3600);
    set_claim(w, "jti", "\"subject-jti\"");
    set_claim(w, "scope", "\"orders.read orders.write foreign\"");
}

HELPER world_t *world_in(apr_pool_t *pool)
{
    world_t *w = apr_pcalloc(pool, sizeof(*w));
    w->pool = pool;
    w->keys = &world_keys;
    w->token_signer = w->actor_signer = world_keys.foreign_signer;
    w->server = (tokex_server_t){.issuer = OUR_ISSUER, .tenant = "default", .server_id = "sts-1"};
    w->engine = (tokex_engine_t){.signer = world_keys.signer,
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

HELPER int make_world(void **state)
{
    apr_pool_t *pool = NULL;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return -1;
    *state = world_in(pool);
    return 0;
}

HELPER int drop_world(void **state)
{
    apr_pool_destroy(((world_t *)*state)->pool);
    return 0;
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, drop_world)

HELPER const tokex_policy_t *policy_of(world_t *w)
{
    tokex_faults_t *faults = tokex_config_faults_create(w->pool);
    if (!w->engine.policy) {
        const tokex_err_t *err =
            tokex_policy_compile(&w->engine.policy, &w->config, &w->server, NOW, w->keys->crypt,
                                 faults, w->pool, w->pool);
        for (int i = 0; err && i < faults->count; i++)
            print_error("%s\n", tokex_config_fault_text(&faults->items[i], w->pool));
        must(err, w->pool);
        must(tokex_issuer_keys_create(&w->issuer_keys, w->engine.policy, w->fetched, w->renewer,
                                      w->keys->crypt, w->pool),
             w->pool);
        if (w->engine.host.key == tokex_issuer_keys_find)
            w->engine.host.ctx = (void *)w->issuer_keys;
    }
    return w->engine.policy;
}

/* Signs the claims as they stand and puts the token into the request. */
HELPER const char *sign_token(world_t *w)
{
    const char *claims = claims_text(w);
    const char *token = NULL;
    must(tokex_jws_sign(&token, w->token_signer, claims, strlen(claims), w->pool), w->pool);
    w->request.subject_token = token;
    w->request.subject_token_len = strlen(token);
    return token;
}

/* The same for the actor token, when it has claims. */
HELPER void sign_actor(world_t *w)
{
    const char *claims = text_of_claims(w, w->actor_claims, w->actor_claim_count);
    if (w->actor_claim_count == 0)
        return;
    must(tokex_jws_sign(&w->request.actor_token, w->actor_signer, claims, strlen(claims), w->pool),
         w->pool);
    w->request.actor_token_len = strlen(w->request.actor_token);
    w->request.actor_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
}

/* An actor token of the foreign issuer; the rule allows delegation by its service accounts only. */
HELPER void add_actor(world_t *w)
{
    set_actor_claim(w, "iss", "\"https://idp.partner.example\"");
    set_actor_claim(w, "sub", "\"svc-mail\"");
    set_actor_claim(w, "aud", "\"" OUR_ISSUER "\"");
    set_actor_claim(w, "exp", apr_psprintf(w->pool, "%" APR_INT64_T_FMT, NOW + 3600));
    set_actor_claim(w, "jti", "\"actor-jti\"");
    w->actors[0] = (tokex_actor_t){"partner", "svc-*"};
    w->rules[0].actors = w->actors;
    w->rules[0].actor_count = 1;
    w->rules[0].delegation = true;
    w->rules[0].impersonation = false;
}

/* Runs with the request as it stands. */
HELPER const tokex_outcome_t *run_as_is(world_t *w)
{
    (void)policy_of(w);
    return tokex_exchange_run(&w->engine, &w->request, NOW, w->pool);
}

HELPER const tokex_outcome_t *run(world_t *w)
{
    (void)sign_token(w);
    sign_actor(w);
    return run_as_is(w);
}

HELPER const tokex_trace_entry_t *last_step(const tokex_outcome_t *outcome)
{
    assert_true(outcome->trace.count > 0);
    return &outcome->trace.entries[outcome->trace.count - 1];
}

HELPER const tokex_outcome_t *check_granted(world_t *w, const tokex_outcome_t *outcome)
{
    must(outcome->err, w->pool);
    assert_non_null(outcome->token);
    assert_non_null(outcome->jti);
    assert_true(outcome->expires_in > 0);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return outcome;
}

/* A policy for a configuration that was changed after the first run. */
HELPER void compile_again(world_t *w)
{
    w->engine.policy = NULL;
}

/* A refusal gives nothing away, and its trace says where, with the same code; that of an actor
 * token, which clients are told of in one sentence, with the code beneath. */
HELPER const tokex_outcome_t *check_refused(const tokex_outcome_t *outcome, tokex_code_t code,
                                            tokex_step_t step)
{
    if (!outcome->err)
        fail_msg("granted, not %s", tokex_err_info(code)->name);
    assert_string_equal(tokex_err_info(outcome->err->code)->name, tokex_err_info(code)->name);
    assert_null(outcome->token);
    assert_null(outcome->jti);
    assert_null(outcome->issued_token_type);
    assert_int_equal(outcome->expires_in, 0);
    assert_string_equal(tokex_trace_step_name(last_step(outcome)->step),
                        tokex_trace_step_name(step));
    assert_false(last_step(outcome)->passed);
    assert_int_equal(last_step(outcome)->code,
                     code == TOKEX_E_ACTOR_TOKEN ? outcome->err->cause->code : code);
    for (int i = 0; i < outcome->trace.count - 1; i++)
        assert_true(outcome->trace.entries[i].passed);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return outcome;
}

HELPER const tokex_outcome_t *grant(world_t *w)
{
    return check_granted(w, run(w));
}

HELPER const tokex_outcome_t *refuse(world_t *w, tokex_code_t code, tokex_step_t step)
{
    return check_refused(run(w), code, step);
}

/* The actor token is refused with `code`. */
HELPER const tokex_outcome_t *refuse_actor(world_t *w, tokex_code_t code, tokex_step_t step)
{
    const tokex_outcome_t *outcome = refuse(w, TOKEX_E_ACTOR_TOKEN, step);
    assert_string_equal(tokex_err_info(last_step(outcome)->code)->name, tokex_err_info(code)->name);
    return outcome;
}

/* The claims of the issued token, after its signature verified under our key. */
HELPER const tokex_json_t *issued(world_t *w, const tokex_outcome_t *outcome)
{
    const tokex_jws_t *jws = NULL;
    must(tokex_jws_parse(&jws, outcome->token, strlen(outcome->token), w->pool), w->pool);
    must(tokex_jws_verify(jws, w->keys->ours, w->pool), w->pool);
    assert_string_equal(jws->typ, "at+jwt");
    return jws->claims;
}

HELPER void assert_text(const tokex_json_t *claims, const char *name, const char *value)
{
    const char *found = tokex_json_string(tokex_json_get(claims, name));
    if (!found)
        fail_msg("%s is missing or no string", name);
    assert_string_equal(found, value);
}

HELPER void assert_number(const tokex_json_t *claims, const char *name, int64_t value)
{
    int64_t found = -1;
    assert_true(tokex_json_integer(tokex_json_get(claims, name), &found));
    assert_int_equal(found, value);
}

/* A node as JSON text, "null" when there is none. */
HELPER const char *json_of(world_t *w, const tokex_json_t *node)
{
    tokex_jsonw_t *writer = tokex_jsonw_create(w->pool, 256);
    tokex_jsonw_node(writer, node);
    return tokex_jsonw_text(writer, NULL);
}

HELPER void assert_json(world_t *w, const tokex_json_t *claims, const char *name, const char *json)
{
    assert_string_equal(json_of(w, tokex_json_get(claims, name)), json);
}

#endif
