#include "exchange_world.h"

/* Steps that only a request with an actor token takes. */

static const tokex_json_t *parsed(world_t *w, const char *text, apr_size_t len)
{
    const tokex_json_t *node = NULL;
    assert_int_equal(strlen(text), len);
    assert_success(tokex_json_parse_object(&node, text, len, w->pool));
    return node;
}

static const tokex_json_t *response(world_t *w, const tokex_outcome_t *outcome)
{
    apr_size_t len = 0;
    const char *text = tokex_outcome_response(outcome, &len, w->pool);
    return parsed(w, text, len);
}

/* The audit line, after what holds for every one of them. */
static const char *audit_text(world_t *w, const tokex_outcome_t *outcome)
{
    apr_size_t len = 0;
    const char *text = tokex_outcome_audit(outcome, "receipt-1", NOW, 1234, &len, w->pool);
    const tokex_json_t *line = parsed(w, text, len);
    assert_null(strchr(text, '\n'));
    assert_true(len + 1 <= 4096);
    assert_text(line, "time", "2023-11-14T22:13:20Z");
    assert_text(line, "receipt", "receipt-1");
    assert_text(line, "outcome", outcome->err ? "refused" : "granted");
    assert_number(line, "latency_us", 1234);
    assert_int_equal(tokex_json_count(tokex_json_get(line, "trace")), outcome->trace.count);
    if (outcome->err)
        assert_text(line, "code", tokex_err_info(outcome->err->code)->name);
    assert_null(strstr(text, "eyJ"));
    assert_null(strstr(text, SECRET));
    if (outcome->token)
        assert_null(strstr(text, strrchr(outcome->token, '.') + 1));
    return text;
}

static const tokex_json_t *audit(world_t *w, const tokex_outcome_t *outcome)
{
    const char *text = audit_text(w, outcome);
    return parsed(w, text, strlen(text));
}

static void test_CU_17_AS_30_grant_and_its_response(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    const tokex_json_t *json;
    w->request.scope = "orders.read";
    outcome = grant(w);
    json = response(w, outcome);
    assert_text(json, "access_token", outcome->token);
    assert_text(json, "issued_token_type", TOKEX_TYPE_URN_ACCESS_TOKEN);
    assert_text(json, "token_type", "Bearer");
    assert_number(json, "expires_in", 300);
    assert_text(json, "scope", "orders.read");
    assert_int_equal(tokex_json_count(json), 5);
    assert_text(issued(w, outcome), "iss", OUR_ISSUER);
}

static void test_response_without_scope_leaves_it_out(void **state)
{
    world_t *w = *state;
    set_claim(w, "scope", NULL);
    assert_null(tokex_json_get(response(w, grant(w)), "scope"));
}

/* Not those of an actor token or a local account, nor asking an issuer for its keys, or about a
 * token, nor what nobody took back, nor that a token counts once. */
static bool is_always_taken(int step)
{
    return step != TOKEX_STEP_RENEWAL && step != TOKEX_STEP_REVOKED &&
           step != TOKEX_STEP_INTROSPECTION && step != TOKEX_STEP_USERINFO &&
           step != TOKEX_STEP_REFRESH && step != TOKEX_STEP_ACCOUNT &&
           step != TOKEX_STEP_PROCEDURE && step != TOKEX_STEP_LINK && step != TOKEX_STEP_ONCE &&
           (step < TOKEX_STEP_ACTOR_TOKEN || step > TOKEX_STEP_ACTOR_REVOKED);
}

static void test_trace_of_a_grant_holds_every_step_once_in_order_with_its_setting(void **state)
{
    static const char *const found[TOKEX_STEP_COUNT][3] = {
        [TOKEX_STEP_CLIENT] = {"client", "shop", "secrets"},
        [TOKEX_STEP_GRANT] = {"client", "shop", "grant_types"},
        [TOKEX_STEP_ISSUER] = {"issuer", "partner", "issuer"},
        [TOKEX_STEP_KEY] = {"issuer", "partner", "keys"},
        [TOKEX_STEP_SIGNATURE] = {"issuer", "partner", "keys"},
        [TOKEX_STEP_AUDIENCE] = {"issuer", "partner", "audiences"},
        [TOKEX_STEP_TIME] = {"issuer", "partner", "leeway"},
        [TOKEX_STEP_SUBJECT] = {"issuer", "partner", NULL},
        [TOKEX_STEP_CONDITION] = {"issuer", "partner", "conditions"},
        [TOKEX_STEP_TARGET] = {"rule", "first", "default_target"},
        [TOKEX_STEP_RULE] = {"rule", "first", "targets"},
        [TOKEX_STEP_MACHINE] = {"rule", "first", "machine_tokens"},
        [TOKEX_STEP_DELEGATION] = {"rule", "first", "impersonation"},
        [TOKEX_STEP_SCOPE] = {"rule", "first", "scope_mode"},
        [TOKEX_STEP_LIFETIME] = {"target", "orders", "lifetime"},
        [TOKEX_STEP_CLAIMS] = {"issuer", "partner", "mapping"},
        [TOKEX_STEP_SIGN] = {"server", NULL, "signing_keys"},
    };
    const tokex_outcome_t *outcome = grant(*state);
    int next = 0;
    for (int i = 0; i < TOKEX_STEP_COUNT; i++) {
        const tokex_trace_entry_t *entry = &outcome->trace.entries[next];
        const char *seen[3] = {entry->object, entry->id, entry->field};
        if (!is_always_taken(i))
            continue;
        assert_true(next++ < outcome->trace.count);
        assert_int_equal(entry->step, i);
        assert_true(entry->passed);
        for (int n = 0; n < 3; n++) {
            assert_int_equal(seen[n] == NULL, found[i][n] == NULL);
            if (seen[n])
                assert_string_equal(seen[n], found[i][n]);
        }
    }
    assert_int_equal(outcome->trace.count, next);
}

static void test_every_step_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(tokex_trace_step_name(TOKEX_STEP_REQUEST), "request");
    assert_string_equal(tokex_trace_step_name(TOKEX_STEP_SIGN), "sign");
    assert_string_equal(tokex_trace_step_name(TOKEX_STEP_COUNT), "unknown");
    for (int i = 0; i < TOKEX_STEP_COUNT; i++)
        for (int other = i + 1; other <= TOKEX_STEP_COUNT; other++)
            assert_string_not_equal(tokex_trace_step_name((tokex_step_t)i),
                                    tokex_trace_step_name((tokex_step_t)other));
}

static void test_full_trace_drops_what_comes_then(void **state)
{
    tokex_trace_t trace = {.count = 0};
    (void)state;
    for (int i = 0; i < TOKEX_LIMIT_TRACE + 5; i++)
        tokex_trace_pass(&trace, TOKEX_STEP_KEY, NULL, NULL, NULL, NULL);
    assert_int_equal(trace.count, TOKEX_LIMIT_TRACE);
}

static void test_client_is_named_only_after_it_authenticated(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    w->request.credentials.client_secret = "wrong";
    outcome = refuse(w, TOKEX_E_CLIENT_SECRET, TOKEX_STEP_CLIENT);
    assert_null(outcome->client);
    assert_string_equal(outcome->client_presented, "shop");
    assert_null(tokex_json_get(audit(w, outcome), "client"));
    assert_text(audit(w, outcome), "client_presented", "shop");
    assert_string_equal(last_step(outcome)->field, "secrets");
    w->request.credentials.client_id = "nobody";
    outcome = refuse(w, TOKEX_E_CLIENT_UNKNOWN, TOKEX_STEP_CLIENT);
    assert_string_equal(last_step(outcome)->field, "id");
    assert_text(audit(w, outcome), "client_presented", "nobody");
    w->request.credentials.client_id = "gone";
    w->request.credentials.client_secret = SECRET;
    outcome = refuse(w, TOKEX_E_CLIENT_DISABLED, TOKEX_STEP_CLIENT);
    assert_string_equal(last_step(outcome)->field, "enabled");
    w->request.credentials.client_id = NULL;
    refuse(w, TOKEX_E_CLIENT_AUTH_MISSING, TOKEX_STEP_CLIENT);
}

static void test_CAU_018_CU_3_client_without_the_grant_type_refused(void **state)
{
    world_t *w = *state;
    w->request.credentials.client_id = "idle";
    refuse(w, TOKEX_E_CLIENT_GRANT, TOKEX_STEP_GRANT);
    assert_string_equal(tokex_err_info(TOKEX_E_CLIENT_GRANT)->oauth_error, "unauthorized_client");
}

static void test_TEP_012_TEP_013_grant_type(void **state)
{
    world_t *w = *state;
    w->request.grant_type = NULL;
    refuse(w, TOKEX_E_GRANT_TYPE_MISSING, TOKEX_STEP_GRANT);
    w->request.grant_type = "token-exchange";
    assert_non_null(
        strstr(refuse(w, TOKEX_E_GRANT_TYPE, TOKEX_STEP_GRANT)->err->log_text, "token-exchange"));
    w->request.grant_type = "client_credentials";
    refuse(w, TOKEX_E_GRANT_TYPE, TOKEX_STEP_GRANT);
    assert_string_equal(tokex_err_info(TOKEX_E_GRANT_TYPE)->oauth_error, "unsupported_grant_type");
}

/* A request that lost its subject token on the way is never one for the client itself. */
static void test_TEX_001_TEX_002_subject_token_and_its_type_missing_refused(void **state)
{
    world_t *w = *state;
    (void)sign_token(w);
    w->request.subject_token_type = NULL;
    check_refused(run_as_is(w), TOKEX_E_SUBJECT_TOKEN_TYPE_MISSING, TOKEX_STEP_PARAMETERS);
    w->request.subject_token = NULL;
    w->request.subject_token_len = 0;
    check_refused(run_as_is(w), TOKEX_E_SUBJECT_TOKEN_MISSING, TOKEX_STEP_PARAMETERS);
}

static void test_TEX_004_TEX_007_other_subject_token_types_refused_by_name(void **state)
{
    static const char *const types[] = {"urn:ietf:params:oauth:token-type:saml2",
                                        "urn:ietf:params:oauth:token-type:saml1",
                                        "urn:ietf:params:oauth:token-type:refresh_token",
                                        "URN:ietf:params:oauth:token-type:jwt",
                                        "access_token",
                                        "urn:ietf:params:oauth:token-type:jwt "};
    world_t *w = *state;
    for (int i = 0; i < COUNT(types); i++) {
        const tokex_outcome_t *outcome;
        w->request.subject_token_type = types[i];
        outcome = refuse(w, TOKEX_E_SUBJECT_TOKEN_TYPE, TOKEX_STEP_PARAMETERS);
        assert_non_null(strstr(outcome->err->log_text, tokex_err_shown_param(w->pool, types[i])));
    }
}

static void test_TEX_010_TEX_011_other_requested_token_types_refused_by_name(void **state)
{
    static const char *const types[] = {"urn:ietf:params:oauth:token-type:refresh_token",
                                        "urn:ietf:params:oauth:token-type:id_token",
                                        "urn:ietf:params:oauth:token-type:saml2",
                                        "urn:ietf:params:oauth:token-type:N_A", "jwt"};
    world_t *w = *state;
    for (int i = 0; i < COUNT(types); i++) {
        const tokex_outcome_t *outcome;
        w->request.requested_token_type = types[i];
        outcome = refuse(w, TOKEX_E_REQUESTED_TOKEN_TYPE, TOKEX_STEP_PARAMETERS);
        assert_non_null(strstr(outcome->err->log_text, types[i]));
    }
}

static void test_section_4_requested_token_types_of_two_requests_do_not_mix(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *jwt;
    const tokex_outcome_t *plain;
    const tokex_outcome_t *access;
    w->request.requested_token_type = TOKEX_TYPE_URN_JWT;
    jwt = grant(w);
    w->request.requested_token_type = NULL;
    plain = grant(w);
    w->request.requested_token_type = TOKEX_TYPE_URN_ACCESS_TOKEN;
    access = grant(w);
    assert_text(response(w, jwt), "issued_token_type", TOKEX_TYPE_URN_JWT);
    assert_text(response(w, plain), "issued_token_type", TOKEX_TYPE_URN_ACCESS_TOKEN);
    assert_text(response(w, access), "issued_token_type", TOKEX_TYPE_URN_ACCESS_TOKEN);
    assert_text(response(w, jwt), "token_type", "Bearer");
}

static void use_algorithm(world_t *w, tokex_alg_t alg)
{
    const tokex_key_t *key = NULL;
    assert_success(tokex_jwk_generate(&key, alg, w->keys->crypt, w->pool));
    assert_success(tokex_jws_signer_create(&w->token_signer, key, alg, "JWT", w->pool));
    w->issuer_key.jwk = jwk_text(key, w->pool);
    w->issuers[0].algorithms = texts(w->pool, tokex_jwk_alg_name(alg), NULL);
}

static void test_RS256_subject_token(void **state)
{
    use_algorithm(*state, TOKEX_ALG_RS256);
    grant(*state);
}

static void test_EdDSA_subject_token(void **state)
{
    use_algorithm(*state, TOKEX_ALG_EDDSA);
    grant(*state);
}

static void test_id_token_as_subject(void **state)
{
    world_t *w = *state;
    w->issuers[0].token_types = texts(w->pool, "id_token", NULL);
    w->request.subject_token_type = TOKEX_TYPE_URN_ID_TOKEN;
    grant(w);
    w->request.subject_token_type = TOKEX_TYPE_URN_JWT;
    refuse(w, TOKEX_E_SUBJECT_TOKEN_TYPE, TOKEX_STEP_ISSUER);
}

static void test_no_signing_key_gives_no_token(void **state)
{
    world_t *w = *state;
    w->engine.signers = NULL;
    refuse(w, TOKEX_E_SIGNING_KEY_NONE, TOKEX_STEP_SIGN);
    assert_int_equal(tokex_err_info(TOKEX_E_SIGNING_KEY_NONE)->http_status, 500);
    set_claim_time(w, "exp", NOW - 20);
    refuse(w, TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
}

/* A second algorithm of ours, from the second `from` on, and a second target; `preferred` signs
 * where a target names none. */
static void sign_with_EdDSA_too(world_t *w, tokex_signer_step_t *step, tokex_alg_t preferred)
{
    tokex_signers_t *signers = apr_pmemdup(w->pool, w->engine.signers, sizeof(*signers));
    tokex_signing_key_t *keys = apr_pcalloc(w->pool, 2 * sizeof(*keys));
    tokex_signing_t *signing = apr_pcalloc(w->pool, sizeof(*signing));
    const tokex_key_t *key = NULL;
    assert_success(tokex_jwk_generate(&key, TOKEX_ALG_EDDSA, w->keys->crypt, w->pool));
    assert_success(tokex_jws_signer_create(&step->signer, key, TOKEX_ALG_EDDSA, "at+jwt", w->pool));
    signers->lines[TOKEX_ALG_EDDSA].steps = step;
    signers->lines[TOKEX_ALG_EDDSA].count = 1;
    signers->preferred = preferred;
    w->engine.signers = signers;
    keys[0] = w->signing_keys[0];
    keys[1] = (tokex_signing_key_t){.kid = tokex_jwk_kid(key),
                                    .algorithm = "EdDSA",
                                    .sealed = "elsewhere",
                                    .public_jwk = jwk_text(key, w->pool)};
    w->config.signing_keys = keys;
    w->config.signing_key_count = 2;
    *signing = (tokex_signing_t){.algorithm = tokex_jwk_alg_name(preferred), .preferred = true};
    w->config.signing = signing;
    w->config.signing_count = preferred != TOKEX_ALG_NONE;
}

static void is_signed_with(world_t *w, tokex_alg_t alg)
{
    const tokex_jws_t *jws = NULL;
    const tokex_outcome_t *outcome = grant(w);
    assert_success(tokex_jws_parse(&jws, outcome->token, strlen(outcome->token), w->pool));
    assert_int_equal(jws->alg, alg);
}

static void test_the_target_decides_the_algorithm_else_the_preferred_one_does(void **state)
{
    world_t *w = *state;
    tokex_signer_step_t step = {0, NULL};
    sign_with_EdDSA_too(w, &step, TOKEX_ALG_NONE);
    w->targets[0].algorithm = "EdDSA";
    w->request.audiences[w->request.audience_count++] = w->targets[0].id;
    is_signed_with(w, TOKEX_ALG_EDDSA);
    step.from = NOW + 1;
    refuse(w, TOKEX_E_SIGNING_KEY_NONE, TOKEX_STEP_SIGN);
}

static void test_the_preferred_algorithm_signs_where_a_target_names_none(void **state)
{
    world_t *w = *state;
    tokex_signer_step_t step = {0, NULL};
    sign_with_EdDSA_too(w, &step, TOKEX_ALG_EDDSA);
    w->request.audiences[w->request.audience_count++] = w->targets[0].id;
    is_signed_with(w, TOKEX_ALG_EDDSA);
}

static void test_targets_with_different_algorithms_share_no_token(void **state)
{
    world_t *w = *state;
    tokex_signer_step_t step = {0, NULL};
    sign_with_EdDSA_too(w, &step, TOKEX_ALG_NONE);
    w->targets[0].algorithm = "EdDSA";
    w->request.audiences[w->request.audience_count++] = w->targets[0].id;
    w->request.audiences[w->request.audience_count++] = w->targets[1].id;
    refuse(w, TOKEX_E_TARGET_ALGORITHMS, TOKEX_STEP_SIGN);
}

typedef struct host_t {
    int calls;
    const char *kid;
    tokex_alg_t alg;
    int64_t now;
    tokex_code_t code;
} host_t;

static const tokex_err_t *host_key(const tokex_key_t **out, void *ctx,
                                   const tokex_policy_issuer_t *issuer, const char *kid,
                                   tokex_alg_t alg, int64_t now, apr_pool_t *pool)
{
    host_t *host = ctx;
    (void)out;
    host->calls++;
    host->kid = kid;
    host->alg = alg;
    host->now = now;
    return tokex_err_create(pool, host->code, NULL, "of %s", issuer->config->id);
}

static void test_keys_come_from_the_host_and_its_refusals_are_handed_on(void **state)
{
    world_t *w = *state;
    host_t host = {.code = TOKEX_E_KEY_AMBIGUOUS};
    w->engine.host = (tokex_host_t){.ctx = &host, .key = host_key};
    refuse(w, TOKEX_E_KEY_AMBIGUOUS, TOKEX_STEP_KEY);
    assert_int_equal(host.calls, 1);
    assert_int_equal(host.alg, TOKEX_ALG_ES256);
    assert_int_equal(host.now, NOW);
    assert_string_equal(host.kid, tokex_jwk_kid(w->keys->foreign));
    set_claim(w, "iss", "\"https://idp.other.example\"");
    refuse(w, TOKEX_E_ISSUER_RULE, TOKEX_STEP_ISSUER);
    assert_int_equal(host.calls, 1);
}

static void test_error_body_tells_only_what_the_code_says(void **state)
{
    world_t *w = *state;
    apr_size_t len = 0;
    const char *text;
    const tokex_json_t *json;
    ask_audience(w, "hidden-target");
    text = tokex_outcome_error(run(w)->err, "receipt-1", &len, w->pool);
    json = parsed(w, text, len);
    assert_text(json, "error", "invalid_target");
    assert_text(json, "error_description", "The requested target is not accepted.");
    assert_text(json, "receipt", "receipt-1");
    assert_int_equal(tokex_json_count(json), 3);
    assert_null(strstr(text, "hidden"));
}

static void test_refused_before_it_was_read(void **state)
{
    world_t *w = *state;
    const tokex_err_t *err = tokex_err_create(w->pool, TOKEX_E_CONTENT_TYPE, NULL, "text/plain");
    const tokex_outcome_t *outcome = tokex_exchange_refused(err, w->pool);
    check_refused(outcome, TOKEX_E_CONTENT_TYPE, TOKEX_STEP_REQUEST);
    assert_text(audit(w, outcome), "reason", "text/plain");
    assert_json(w, audit(w, outcome), "trace", "[\"request:content_type\"]");
}

static void test_audit_line_of_a_grant(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    const tokex_json_t *line;
    w->request.scope = "orders.read";
    outcome = grant(w);
    line = audit(w, outcome);
    assert_text(line, "client", "shop");
    assert_text(line, "issuer", "partner");
    assert_text(line, "subject", "auth0|4711");
    assert_text(line, "subject_jti", "subject-jti");
    assert_text(line, "rule", "first");
    assert_text(line, "target", "orders");
    assert_text(line, "scope_asked", "orders.read");
    assert_text(line, "scope_granted", "orders.read");
    assert_text(line, "jti", outcome->jti);
    assert_null(tokex_json_get(line, "code"));
    assert_null(tokex_json_get(line, "reason"));
    assert_json(w, line, "trace",
                "[\"request:ok\",\"client:ok\",\"grant:ok\",\"parameters:ok\",\"token:ok\","
                "\"issuer:ok\",\"key:ok\",\"signature:ok\",\"audience:ok\",\"time:ok\","
                "\"subject:ok\",\"condition:ok\",\"target:ok\",\"rule:ok\",\"machine:ok\","
                "\"delegation:ok\",\"scope:ok\",\"lifetime:ok\",\"claims:ok\",\"sign:ok\"]");
    assert_json(w, line, "delegation", "false");
    assert_null(tokex_json_get(line, "actor"));
}

static void test_audit_line_of_a_refusal(void **state)
{
    world_t *w = *state;
    const tokex_outcome_t *outcome;
    set_claim_time(w, "exp", NOW - 20);
    outcome = refuse(w, TOKEX_E_EXPIRED, TOKEX_STEP_TIME);
    assert_text(
        audit(w, outcome), "reason",
        "exp is 1699999980, now is 1700000000; issuer \"partner\" has leeway 10, max_age 0");
    assert_null(tokex_json_get(audit(w, outcome), "subject"));
    assert_null(tokex_json_get(audit(w, outcome), "jti"));
}

/* Every octet that a text of JSON may hold, as often as it fits. */
static const char *nasty(world_t *w, apr_size_t len)
{
    static const char pattern[] = "\x01\x1F\"\\\x7F\n\r\t\xC2\x9B\xE2\x80\xA8\xF0\x9F\x98\x80z";
    char *text = apr_palloc(w->pool, len + sizeof(pattern));
    apr_size_t n = 0;
    while (n < len) {
        memcpy(text + n, pattern, sizeof(pattern) - 1);
        n += sizeof(pattern) - 1;
    }
    text[n] = '\0';
    return text;
}

static void test_LOG_008_audit_line_of_huge_values_is_one_line_of_at_most_4096_octets(void **state)
{
    world_t *w = *state;
    tokex_outcome_t outcome = *grant(w);
    tokex_client_t client = *outcome.client->config;
    tokex_policy_client_t policy_client = *outcome.client;
    for (apr_size_t size = 1; size <= 100000; size = size * 3 + 1) {
        const char *text;
        outcome.client_presented = outcome.subject = outcome.subject_jti = outcome.scope_asked =
            outcome.scope_granted = outcome.jti = nasty(w, size);
        client.id = nasty(w, size);
        policy_client.config = &client;
        outcome.client = &policy_client;
        outcome.err = tokex_err_create(w->pool, TOKEX_E_SCOPE_EMPTY, NULL, "%s", nasty(w, size));
        text = audit_text(w, &outcome);
        assert_null(strchr(text, '\x7F'));
        if (size > 1000)
            assert_non_null(strstr(text, "...\""));
        /* A caller's values are printable wherever they are read. */
        assert_null(
            strstr(tokex_json_string(tokex_json_get(audit(w, &outcome), "subject")), "\xC2\x9B"));
    }
}

static void test_audit_line_cuts_between_characters(void **state)
{
    world_t *w = *state;
    char *text = apr_pcalloc(w->pool, 8001);
    for (int i = 0; i < 8000; i += 4)
        memcpy(text + i, "\xF0\x9F\x98\x80", 4);
    for (int i = 0; i < 4; i++) {
        const char *log =
            apr_pstrcat(w->pool, apr_pstrndup(w->pool, "abc", (apr_size_t)i), text, NULL);
        const tokex_err_t *err = tokex_err_create(w->pool, TOKEX_E_INTERNAL, NULL, "%s", log);
        (void)audit(w, tokex_exchange_refused(err, w->pool));
    }
}

static void test_LOG_004_no_token_nor_secret_in_any_refusal(void **state)
{
    world_t *w = *state;
    static const char *const changes[][2] = {{"iss", "\"https://nobody.example\""},
                                             {"aud", "\"x\""},
                                             {"exp", "1"},
                                             {"exp", "\"x\""},
                                             {"sub", "1"},
                                             {"cnf", "1"}};
    for (int i = 0; i < COUNT(changes); i++) {
        const tokex_outcome_t *outcome;
        const char *text;
        set_claim(w, changes[i][0], changes[i][1]);
        outcome = run(w);
        assert_non_null(outcome->err);
        text = audit_text(w, outcome);
        assert_null(strstr(text, strrchr(w->request.subject_token, '.')));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_CU_17_AS_30_grant_and_its_response),
        WITH_WORLD(test_response_without_scope_leaves_it_out),
        WITH_WORLD(test_trace_of_a_grant_holds_every_step_once_in_order_with_its_setting),
        WITH_WORLD(test_every_step_has_a_name_of_its_own),
        WITH_WORLD(test_full_trace_drops_what_comes_then),
        WITH_WORLD(test_client_is_named_only_after_it_authenticated),
        WITH_WORLD(test_CAU_018_CU_3_client_without_the_grant_type_refused),
        WITH_WORLD(test_TEP_012_TEP_013_grant_type),
        WITH_WORLD(test_TEX_001_TEX_002_subject_token_and_its_type_missing_refused),
        WITH_WORLD(test_TEX_004_TEX_007_other_subject_token_types_refused_by_name),
        WITH_WORLD(test_TEX_010_TEX_011_other_requested_token_types_refused_by_name),
        WITH_WORLD(test_section_4_requested_token_types_of_two_requests_do_not_mix),
        WITH_WORLD(test_RS256_subject_token),
        WITH_WORLD(test_EdDSA_subject_token),
        WITH_WORLD(test_id_token_as_subject),
        WITH_WORLD(test_no_signing_key_gives_no_token),
        WITH_WORLD(test_the_target_decides_the_algorithm_else_the_preferred_one_does),
        WITH_WORLD(test_the_preferred_algorithm_signs_where_a_target_names_none),
        WITH_WORLD(test_targets_with_different_algorithms_share_no_token),
        WITH_WORLD(test_keys_come_from_the_host_and_its_refusals_are_handed_on),
        WITH_WORLD(test_error_body_tells_only_what_the_code_says),
        WITH_WORLD(test_refused_before_it_was_read),
        WITH_WORLD(test_audit_line_of_a_grant),
        WITH_WORLD(test_audit_line_of_a_refusal),
        WITH_WORLD(test_LOG_008_audit_line_of_huge_values_is_one_line_of_at_most_4096_octets),
        WITH_WORLD(test_audit_line_cuts_between_characters),
        WITH_WORLD(test_LOG_004_no_token_nor_secret_in_any_refusal),
    };
    return cmocka_run_group_tests_name("exchange/run", tests, make_keys, drop_keys);
}
