/* A small world to exchange tokens in: a policy of a few of each thing, a foreign issuer's key that
 * signs whatever a test wants, and our own signing key. Tests change the configuration or the
 * claims before the first run. */
#ifndef EXCHANGE_WORLD_H
#define EXCHANGE_WORLD_H

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
                              .keys = &w->issuer_key,
                              .key_count = 1};
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
    w->engine = (tokex_engine_t){.signer = world_keys.signer,
                                 .crypt = world_keys.crypt,
                                 .server = &w->server,
                                 .host = {NULL, tokex_issuer_keys_find}};
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
    }
    return w->engine.policy;
}

/* Signs the claims as they stand and puts the token into the request. */
static inline const char *sign_token(world_t *w)
{
    const char *claims = claims_text(w);
    const char *token = NULL;
    assert_success(tokex_jws_sign(&token, w->token_signer, claims, strlen(claims), w->pool));
    w->request.subject_token = token;
    w->request.subject_token_len = strlen(token);
    return token;
}

/* The same for the actor token, when it has claims. */
static inline void sign_actor(world_t *w)
{
    const char *claims = text_of_claims(w, w->actor_claims, w->actor_claim_count);
    if (w->actor_claim_count == 0)
        return;
    assert_success(
        tokex_jws_sign(&w->request.actor_token, w->actor_signer, claims, strlen(claims), w->pool));
    w->request.actor_token_len = strlen(w->request.actor_token);
    w->request.actor_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
}

/* An actor token of the foreign issuer; the rule allows delegation by its service accounts only. */
static inline void add_actor(world_t *w)
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

static inline void ask_audience(world_t *w, const char *audience)
{
    w->request.audiences[w->request.audience_count++] = audience;
}

static inline void ask_resource(world_t *w, const char *resource)
{
    w->request.resources[w->request.resource_count++] = resource;
}

static inline void ask_nothing(world_t *w)
{
    w->request.audience_count = w->request.resource_count = 0;
}

/* Runs with the request as it stands. */
static inline const tokex_outcome_t *run_as_is(world_t *w)
{
    (void)policy_of(w);
    return tokex_exchange_run(&w->engine, &w->request, NOW, w->pool);
}

static inline const tokex_outcome_t *run(world_t *w)
{
    (void)sign_token(w);
    sign_actor(w);
    return run_as_is(w);
}

static inline const tokex_trace_entry_t *last_step(const tokex_outcome_t *outcome)
{
    assert_true(outcome->trace.count > 0);
    return &outcome->trace.entries[outcome->trace.count - 1];
}

static inline const tokex_outcome_t *check_granted(const tokex_outcome_t *outcome)
{
    assert_success(outcome->err);
    assert_non_null(outcome->token);
    assert_non_null(outcome->jti);
    assert_true(outcome->expires_in > 0);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return outcome;
}

/* A policy for a configuration that was changed after the first run. */
static inline void compile_again(world_t *w)
{
    w->engine.policy = NULL;
}

/* A refusal gives nothing away, and its trace says where, with the same code; that of an actor
 * token, which clients are told of in one sentence, with the code beneath. */
static inline const tokex_outcome_t *check_refused(const tokex_outcome_t *outcome,
                                                   tokex_code_t code, tokex_step_t step)
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

static inline const tokex_outcome_t *grant(world_t *w)
{
    return check_granted(run(w));
}

static inline const tokex_outcome_t *refuse(world_t *w, tokex_code_t code, tokex_step_t step)
{
    return check_refused(run(w), code, step);
}

/* The actor token is refused with `code`. */
static inline const tokex_outcome_t *refuse_actor(world_t *w, tokex_code_t code, tokex_step_t step)
{
    const tokex_outcome_t *outcome = refuse(w, TOKEX_E_ACTOR_TOKEN, step);
    assert_string_equal(tokex_err_info(last_step(outcome)->code)->name, tokex_err_info(code)->name);
    return outcome;
}

/* What the trace says of a step, which must be in it once. */
static inline const tokex_trace_entry_t *step_of(const tokex_outcome_t *outcome, tokex_step_t step)
{
    const tokex_trace_entry_t *found = NULL;
    for (int i = 0; i < outcome->trace.count; i++) {
        if (outcome->trace.entries[i].step != step)
            continue;
        assert_null(found);
        found = &outcome->trace.entries[i];
    }
    if (!found)
        fail_msg("the trace has no step %s", tokex_trace_step_name(step));
    return found;
}

/* The claims of the issued token, after its signature verified under our key. */
static inline const tokex_json_t *issued(world_t *w, const tokex_outcome_t *outcome)
{
    const tokex_jws_t *jws = NULL;
    assert_success(tokex_jws_parse(&jws, outcome->token, strlen(outcome->token), w->pool));
    assert_success(tokex_jws_verify(jws, w->keys->ours, w->pool));
    assert_string_equal(jws->typ, "at+jwt");
    return jws->claims;
}

static inline void assert_text(const tokex_json_t *claims, const char *name, const char *value)
{
    const char *found = tokex_json_string(tokex_json_get(claims, name));
    if (!found)
        fail_msg("%s is missing or no string", name);
    assert_string_equal(found, value);
}

static inline void assert_number(const tokex_json_t *claims, const char *name, int64_t value)
{
    int64_t found = -1;
    assert_true(tokex_json_integer(tokex_json_get(claims, name), &found));
    assert_int_equal(found, value);
}

/* A node as JSON text, "null" when there is none. */
static inline const char *json_of(world_t *w, const tokex_json_t *node)
{
    tokex_jsonw_t *writer = tokex_jsonw_create(w->pool, 256);
    tokex_jsonw_node(writer, node);
    return tokex_jsonw_text(writer, NULL);
}

static inline void assert_json(world_t *w, const tokex_json_t *claims, const char *name,
                               const char *json)
{
    assert_string_equal(json_of(w, tokex_json_get(claims, name)), json);
}

/* Asking for the scope `asked` (NULL: none) gives `granted`, in the response and in the token. */
static inline void grants_scope(world_t *w, const char *asked, const char *granted)
{
    const tokex_outcome_t *outcome;
    w->request.scope = asked;
    outcome = grant(w);
    assert_string_equal(outcome->scope_granted, granted);
    if (*granted)
        assert_text(issued(w, outcome), "scope", granted);
    else
        assert_null(tokex_json_get(issued(w, outcome), "scope"));
}

static inline void refuses_scope(world_t *w, const char *asked, tokex_code_t code,
                                 tokex_step_t step)
{
    w->request.scope = asked;
    assert_non_null(refuse(w, code, step)->err->log_text);
    assert_string_equal(tokex_err_info(code)->oauth_error, "invalid_scope");
    assert_int_equal(tokex_err_info(code)->http_status, 400);
}

#endif
