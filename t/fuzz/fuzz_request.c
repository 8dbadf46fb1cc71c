/* Whole exchanges: the value of an Authorization header up to the first line break, behind it the
 * form. What comes of it, the response, the error and the audit line keep their promises. The key
 * that signed the tokens of the corpus is gone. */
#include "fuzz.h"

#include <apr_strings.h>

#include "exchange/exchange.h"
#include "exchange/sealed_token.h"
#include "keys/issuer_keys.h"

#define LIST(array)                                                                                \
    {                                                                                              \
        (array), (int)(sizeof(array) / sizeof((array)[0]))                                         \
    }

#define NOW INT64_C(1700000000)
#define AUDIT_MAX 4096

static const tokex_server_t server = {"https://sts.example", "default", "sts-1"};

static const tokex_issuer_key_t issuer_key = {
    .jwk = "{\"kty\":\"EC\",\"kid\":\"GnGbx83HcQhXwLxG6ixyFqHMU9tHXBjsU2F4h5Wa_Us\",\"us"
           "e\":\"sig\",\"crv\":\"P-256\",\"x\":\"wusxCrc2Ab51wW1P1Y_MxFyUsJ7J87bixB62CU"
           "dV7K0\",\"y\":\"JjGz9-FFUHLbiYQgDwr9PSASlN9YZDY6U87ZmQvWvPA\"}"};
static const tokex_pair_t roles[] = {{"sales", "seller"}};
static const tokex_mapping_row_t rows[] = {
    {"subject", "email", "lower", NULL, 0, "any", "skip", NULL, "mail", NULL},
    {"subject", "groups", "copy", NULL, 0, "texts", "skip", NULL, "groups", NULL},
    {"subject", "groups", "table", roles, 1, "any", "default", "none", "roles", NULL},
    {"parameter", "transaction_id", "split", NULL, 0, "any", "skip", NULL, "txn", NULL},
    {"actor", "org.name", "join", NULL, 0, "any", "skip", NULL, "sent_by", NULL}};
static const tokex_mapping_t mappings[] = {
    {.id = "people", .name = "People", .rows = rows, .row_count = 5}};
static const tokex_scope_row_t scope_map[] = {{"api:read", "orders.read"}};
static const char *const token_types[] = {"access_token", "jwt"};
static const char *const algorithms[] = {"ES256"};
static const char *const aliases[] = {"urn:partner:us"};
static const tokex_issuer_t issuers[] = {{.id = "partner",
                                          .name = "Partner",
                                          .issuer = "https://idp.partner.example",
                                          .enabled = true,
                                          .token_types = LIST(token_types),
                                          .algorithms = LIST(algorithms),
                                          .audiences = LIST(aliases),
                                          .typ = "any",
                                          .leeway = 10,
                                          .mapping = "people",
                                          .default_machine_marks = true,
                                          .scope_map = scope_map,
                                          .scope_map_count = 1,
                                          .accept_may_act = true,
                                          .keys = &issuer_key,
                                          .key_count = 1,
                                          .keys_refresh = 3600,
                                          .introspection_auth = "basic",
                                          .opaque_lifetime = 300,
                                          .assertion_max_age = 300},
                                         {.id = "other",
                                          .name = "Other",
                                          .issuer = "https://idp.other.example",
                                          .enabled = true,
                                          .token_types = LIST(token_types),
                                          .algorithms = LIST(algorithms),
                                          .typ = "at+jwt",
                                          .keys = &issuer_key,
                                          .key_count = 1,
                                          .keys_refresh = 3600,
                                          .introspection_auth = "basic",
                                          .opaque_lifetime = 300,
                                          .assertion_max_age = 300},
                                         {.id = "closed",
                                          .name = "Closed",
                                          .issuer = "https://idp.closed.example",
                                          .token_types = LIST(token_types),
                                          .algorithms = LIST(algorithms),
                                          .typ = "any",
                                          .keys = &issuer_key,
                                          .key_count = 1,
                                          .keys_refresh = 3600,
                                          .introspection_auth = "basic",
                                          .opaque_lifetime = 300,
                                          .assertion_max_age = 300}};

static const tokex_scope_t scopes[] = {
    {.id = "orders.read"}, {.id = "orders.write"}, {.id = "invoices.read"}};

static const char *const orders_resources[] = {"https://orders.example/api?tenant=1"};
static const char *const orders_scopes[] = {"orders.read", "orders.write"};
static const tokex_target_t targets[] = {{.id = "orders",
                                          .name = "Orders",
                                          .enabled = true,
                                          .audience = "https://orders.example",
                                          .resources = LIST(orders_resources),
                                          .scopes = LIST(orders_scopes),
                                          .lifetime = 300,
                                          .token_format = "jwt"},
                                         {.id = "billing",
                                          .name = "Billing",
                                          .enabled = true,
                                          .audience = "https://billing.example",
                                          .lifetime = 300,
                                          .token_format = "opaque"},
                                         {.id = "shut",
                                          .name = "Shut",
                                          .audience = "https://shut.example",
                                          .lifetime = 300,
                                          .token_format = "jwt"}};

static const char *const rule_issuers[] = {"partner", "closed"};
static const char *const rule_targets[] = {"orders", "billing", "shut"};
static const char *const when_absent[] = {"orders.read"};
static const char *const blocked[] = {"blocked"};
static const tokex_condition_t conditions[] = {{"groups", "none_of", LIST(blocked)}};
static const tokex_actor_t actors[] = {{"partner", "svc-*"}};
static const tokex_rule_t rules[] = {{.id = "first",
                                      .enabled = true,
                                      .issuers = LIST(rule_issuers),
                                      .targets = LIST(rule_targets),
                                      .default_target = "orders",
                                      .scope_mode = "fallback",
                                      .conditions = conditions,
                                      .condition_count = 1,
                                      .impersonation = true,
                                      .delegation = true,
                                      .actors = actors,
                                      .actor_count = 1,
                                      .max_actors = 4,
                                      .scopes_when_absent = LIST(when_absent)}};

static const char *const grant_types[] = {TOKEX_GRANT_EXCHANGE};
static const char *const client_scopes[] = {"orders.read", "orders.write", "invoices.read"};
static const tokex_secret_t secrets[] = {
    {.id = "one", .sha256 = "245e1ba7ad5b91dbbfc4707e0623653bd0126e2031321edb056ff1e577cf74af"}};
static const tokex_client_t clients[] = {{.id = "shop",
                                          .name = "Shop",
                                          .enabled = true,
                                          .grant_types = LIST(grant_types),
                                          .scopes = LIST(client_scopes),
                                          .secrets = secrets,
                                          .secret_count = 1,
                                          .rules = rules,
                                          .rule_count = 1,
                                          .token_format = "jwt"},
                                         {.id = "public",
                                          .name = "Public",
                                          .enabled = true,
                                          .grant_types = LIST(grant_types),
                                          .token_format = "jwt"}};

static const tokex_config_t config = {.issuers = issuers,
                                      .issuer_count = 3,
                                      .mappings = mappings,
                                      .mapping_count = 1,
                                      .scopes = scopes,
                                      .scope_count = 3,
                                      .targets = targets,
                                      .target_count = 3,
                                      .clients = clients,
                                      .client_count = 2};

static const tokex_master_key_t master;

/* Made at the first call, for all of them. */
static const tokex_engine_t *engine_of_all(void)
{
    static tokex_engine_t engine;
    static tokex_signers_t signers;
    static tokex_signer_step_t step;
    apr_pool_t *pool = NULL;
    tokex_crypt_t *crypt;
    const tokex_key_t *key;
    const tokex_issuer_keys_t *keys;
    if (engine.policy)
        return &engine;
    /* Counted by APR: undone at the end, so that the pool lives until then. */
    HOLDS(apr_initialize() == APR_SUCCESS);
    HOLDS(apr_pool_create(&pool, NULL) == APR_SUCCESS);
    HOLDS(!tokex_crypt_create(&crypt, pool));
    /* Behind OpenSSL's own, so that keys are freed before it goes. */
    HOLDS(atexit(apr_terminate) == 0);
    HOLDS(!tokex_jwk_generate(&key, TOKEX_ALG_ES256, crypt, pool));
    HOLDS(!tokex_jws_signer_create(&step.signer, key, TOKEX_ALG_ES256, "at+jwt", pool));
    signers.lines[TOKEX_ALG_ES256].steps = &step;
    signers.lines[TOKEX_ALG_ES256].count = 1;
    engine.signers = &signers;
    HOLDS(!tokex_policy_compile(&engine.policy, &config, &server, NOW, crypt,
                                tokex_config_faults_create(pool), pool, pool));
    engine.crypt = crypt;
    HOLDS(!tokex_sealed_token_key(&engine.opaque_key, &master, crypt, pool));
    engine.server = &server;
    HOLDS(!tokex_issuer_keys_create(&keys, engine.policy, NULL, NULL, crypt, pool));
    engine.host.ctx = (void *)keys;
    engine.host.key = tokex_issuer_keys_find;
    return &engine;
}

static const tokex_json_t *parsed(const char *text, apr_size_t len, apr_pool_t *pool)
{
    const tokex_json_t *json = NULL;
    HOLDS(strlen(text) == len);
    HOLDS(!tokex_json_parse_object(&json, text, len, pool));
    return json;
}

static void check_audit(const tokex_outcome_t *outcome, apr_pool_t *pool)
{
    apr_size_t len;
    const char *line = tokex_outcome_audit(outcome, "AAAAAAAAAAAAAAAA", NOW, 1, &len, pool);
    HOLDS(len < AUDIT_MAX && !strchr(line, '\n'));
    (void)parsed(line, len, pool);
    HOLDS(!outcome->token || !strstr(line, strrchr(outcome->token, '.')));
}

/* Steps that passed, in their order, each once but for targets; a refusal is the last. One of the
 * actor token is told to clients under another code. */
static void check_trace(const tokex_outcome_t *outcome)
{
    const tokex_trace_t *trace = &outcome->trace;
    HOLDS(trace->count > 0 && trace->count <= TOKEX_STEP_COUNT + TOKEX_LIMIT_TARGETS);
    for (int i = 0; i < trace->count; i++) {
        bool last = i == trace->count - 1;
        HOLDS(last || trace->entries[i].step < trace->entries[i + 1].step ||
              (trace->entries[i].step == TOKEX_STEP_TARGET &&
               trace->entries[i + 1].step == TOKEX_STEP_TARGET));
        HOLDS(trace->entries[i].passed == (!last || !outcome->err));
    }
    HOLDS(!outcome->err || outcome->err->code == TOKEX_E_ACTOR_TOKEN ||
          trace->entries[trace->count - 1].code == outcome->err->code);
}

static void check_granted(const tokex_outcome_t *outcome, apr_pool_t *pool)
{
    apr_size_t len;
    const char *text = tokex_outcome_response(outcome, &len, pool);
    const tokex_json_t *response = parsed(text, len, pool);
    const tokex_jws_t *jws;
    HOLDS(tokex_json_string(tokex_json_get(response, "access_token")));
    HOLDS(!tokex_jws_parse(&jws, outcome->token, strlen(outcome->token), pool));
    HOLDS(strcmp(tokex_json_string(tokex_json_get(jws->claims, "iss")), server.issuer) == 0);
    HOLDS(strcmp(tokex_json_string(tokex_json_get(jws->claims, "client_id")), "shop") == 0);
    HOLDS(strcmp(tokex_json_string(tokex_json_get(jws->claims, "idp")), "partner") == 0);
    HOLDS(outcome->expires_in >= 1 && outcome->expires_in <= 300);
    HOLDS(!strstr(outcome->scope_granted, "openid"));
}

static void check_refused(const tokex_outcome_t *outcome, apr_pool_t *pool)
{
    apr_size_t len;
    const char *text = tokex_outcome_error(outcome->err, "AAAAAAAAAAAAAAAA", &len, pool);
    HOLDS(tokex_json_count(parsed(text, len, pool)) == 3);
    HOLDS(!outcome->token && !outcome->jti && outcome->expires_in == 0);
    /* Nothing here is broken, so nothing may end as our own fault. */
    HOLDS(tokex_err_info(outcome->err->code)->http_status < 500);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tokex_engine_t *engine = engine_of_all();
    const char *text = (const char *)data;
    const char *line_break = size ? memchr(text, '\n', size) : NULL;
    size_t head = line_break ? (size_t)(line_break - text) : 0;
    size_t skip = line_break ? head + 1 : 0;
    const tokex_form_t *form;
    tokex_request_t *request;
    const tokex_outcome_t *outcome;
    const tokex_err_t *err;
    apr_pool_t *pool = NULL; /* not new_pool(): APR is undone once, by engine_of_all() */
    HOLDS(apr_pool_create(&pool, NULL) == APR_SUCCESS);
    err = tokex_form_parse(&form, text + skip, size - skip, pool);
    if (!err)
        err = tokex_request_read(&request, form, head ? apr_pstrmemdup(pool, text, head) : NULL,
                                 pool);
    outcome =
        err ? tokex_exchange_refused(err, pool) : tokex_exchange_run(engine, request, NOW, pool);
    check_trace(outcome);
    check_audit(outcome, pool);
    if (outcome->err)
        check_refused(outcome, pool);
    else
        check_granted(outcome, pool);
    HOLDS(tokex_crypt_error_queue_length() == 0);
    apr_pool_destroy(pool);
    return 0;
}
