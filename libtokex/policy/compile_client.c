#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"

#define GRANT_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define GRANT_ASSERTION "urn:ietf:params:oauth:grant-type:jwt-bearer"

static const char *path(tokex_compile_t *c, const tokex_client_t *client, const char *id)
{
    return apr_pstrcat(c->scratch, client->id ? client->id : "", "/", id ? id : "", NULL);
}

static bool contains(const tokex_texts_t *texts, const char *text)
{
    for (int i = 0; i < texts->count; i++)
        if (texts->items[i] && strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}

static int nibble(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool read_sha256(unsigned char out[TOKEX_SHA256_LEN], const char *hex)
{
    if (strlen(hex) != (size_t)TOKEX_SHA256_LEN * 2)
        return false;
    for (int i = 0; i < TOKEX_SHA256_LEN; i++) {
        int high = nibble(hex[2 * i]);
        int low = nibble(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

static void check_secret_time(tokex_compile_t *c, const tokex_place_t *at,
                              const tokex_secret_t *secret)
{
    if (secret->expires && secret->expires <= c->now)
        tokex_faults_warning(c->faults, at, "Take it out, or make a new one.",
                             "the time of this secret has ended");
}

/* Digests stay out of the faults. */
static void compile_secret(tokex_compile_t *c, tokex_policy_client_t *client,
                           const tokex_secret_t *secret)
{
    tokex_place_t at = {.object = "secret", .field = "sha256"};
    tokex_policy_secret_t made = {.id = secret->id, .expires = secret->expires};
    at.id = path(c, client->config, secret->id);
    if (!secret->sha256) {
        tokex_faults_error(c->faults, &at, "Set `generate`, or write the SHA-256 of a secret.",
                           "the secret has no value");
        return;
    }
    /* Anything else had its fault when its form was checked. */
    if (!read_sha256(made.sha256, secret->sha256) ||
        client->secret_count == TOKEX_LIMIT_CLIENT_SECRETS)
        return;
    for (int i = 0; i < client->secret_count; i++)
        if (memcmp(client->secrets[i].sha256, made.sha256, sizeof(made.sha256)) == 0)
            tokex_faults_error(c->faults, &at, "Keep one, or make a new one.",
                               "the client has the same secret twice");
    client->secrets[client->secret_count++] = made;
    at.field = "expires";
    check_secret_time(c, &at, secret);
}

/* One that does not exist stays NULL and had its fault. */
static void compile_introspects(tokex_compile_t *c, tokex_policy_client_t *client)
{
    const tokex_texts_t *ids = &client->config->introspects;
    const tokex_policy_target_t **targets;
    tokex_place_t at = {.object = "client", .id = client->config->id, .field = "introspects"};
    if (!ids->count)
        return;
    targets = apr_pcalloc(c->pool, (apr_size_t)ids->count * sizeof(*targets));
    for (int i = 0; i < ids->count; i++) {
        const char *id = ids->items[i];
        targets[i] = id ? apr_hash_get(c->targets, id, APR_HASH_KEY_STRING) : NULL;
        if (id && !targets[i])
            tokex_compile_no_such(c, &at, id, "target");
    }
    client->introspects = targets;
    client->introspect_count = ids->count;
}

static void warn_of_idle(tokex_compile_t *c, const tokex_policy_client_t *client)
{
    const tokex_client_t *config = client->config;
    tokex_place_t at = {.object = "client", .id = config->id};
    int enabled = 0;
    for (int i = 0; i < config->rule_count; i++)
        enabled += config->rules[i].enabled;
    at.field = "rules";
    if (client->may_exchange && !enabled && !client->introspect_count)
        tokex_faults_warning(c->faults, &at, "Add a rule that says whose tokens it may exchange.",
                             "the client has no rule that is switched on, so each of its "
                             "exchanges is refused");
}

/* Can an assertion come through it at all? */
static bool takes_assertions(const tokex_policy_rule_t *rule)
{
    const tokex_rule_t *config = rule->config;
    if (!config->enabled || !(config->client_as_actor ? config->delegation : config->impersonation))
        return false;
    for (int i = 0; i < config->issuers.count; i++) {
        const tokex_policy_issuer_t *issuer = rule->issuers[i];
        if (issuer && issuer->config->enabled && !issuer->is_self &&
            (issuer->token_types & TOKEX_TYPE_JWT))
            return true;
    }
    return false;
}

static void warn_of_assertions(tokex_compile_t *c, const tokex_policy_client_t *client)
{
    tokex_place_t at = {.object = "client",
                        .id = client->config->id,
                        .field = "grant_types",
                        .value = GRANT_ASSERTION};
    if (!client->may_assert)
        return;
    for (int i = 0; i < client->rule_count; i++)
        if (takes_assertions(&client->rules[i]))
            return;
    tokex_faults_warning(c->faults, &at,
                         "Add a rule with an issuer whose token_types hold jwt, or take the grant "
                         "type out.",
                         "no rule of the client takes assertions, so each of them is refused");
}

static void compile_client(tokex_compile_t *c, tokex_policy_client_t *client)
{
    const tokex_client_t *config = client->config;
    tokex_place_t at = {.object = "client", .id = config->id, .field = "scopes"};
    client->may_exchange = contains(&config->grant_types, GRANT_EXCHANGE);
    client->may_assert = contains(&config->grant_types, GRANT_ASSERTION);
    client->may_refresh = contains(&config->grant_types, "refresh_token");
    client->opaque = tokex_compile_is_opaque(config->token_format);
    client->scopes = tokex_compile_scope_set(c, &at, &config->scopes);
    for (int i = 0; i < config->secret_count; i++)
        compile_secret(c, client, &config->secrets[i]);
    compile_introspects(c, client);
    at.field = "procedure";
    (void)tokex_compile_procedure(c, &at, config->procedure);
    tokex_compile_rules(c, client);
    tokex_compile_opaque_client(c, client);
    warn_of_idle(c, client);
    warn_of_assertions(c, client);
    if (config->id)
        apr_hash_set(c->policy->clients, config->id, APR_HASH_KEY_STRING, client);
}

void tokex_compile_clients(tokex_compile_t *c)
{
    apr_hash_t *names = apr_hash_make(c->scratch);
    int count = c->config->client_count;
    tokex_policy_client_t *clients =
        apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*clients));
    c->policy->clients = apr_hash_make(c->pool);
    for (int i = 0; i < count; i++) {
        clients[i].config = &c->config->clients[i];
        tokex_compile_unique_name(c, names, "client", clients[i].config->id,
                                  clients[i].config->name);
        compile_client(c, &clients[i]);
    }
}
