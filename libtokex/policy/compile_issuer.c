#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

static unsigned type_bits(const tokex_texts_t *types)
{
    unsigned bits = 0;
    for (int i = 0; i < types->count; i++) {
        const char *type = types->items[i] ? types->items[i] : "";
        if (strcmp(type, "access_token") == 0)
            bits |= TOKEX_TYPE_ACCESS_TOKEN;
        else if (strcmp(type, "jwt") == 0)
            bits |= TOKEX_TYPE_JWT;
        else if (strcmp(type, "id_token") == 0)
            bits |= TOKEX_TYPE_ID_TOKEN;
    }
    return bits;
}

unsigned tokex_compile_algs(const tokex_texts_t *names)
{
    unsigned bits = 0;
    for (int i = 0; i < names->count; i++) {
        tokex_alg_t alg = tokex_jwk_alg(names->items[i]);
        if (alg != TOKEX_ALG_NONE)
            bits |= TOKEX_ALG_BIT(alg);
    }
    return bits;
}

/* An unknown text had its fault; the strictest value stands in for it. */
static tokex_typ_t typ_of(const char *text)
{
    if (text && strcmp(text, "any") == 0)
        return TOKEX_TYP_ANY;
    return text && strcmp(text, "jwt") == 0 ? TOKEX_TYP_JWT : TOKEX_TYP_AT_JWT;
}

static void add_iss(tokex_compile_t *c, const tokex_policy_issuer_t *issuer)
{
    const tokex_issuer_t *config = issuer->config;
    tokex_place_t at = {
        .object = "issuer", .id = config->id, .field = "issuer", .value = config->issuer};
    const tokex_policy_issuer_t *other =
        apr_hash_get(c->policy->issuers, config->issuer, APR_HASH_KEY_STRING);
    if (other)
        tokex_faults_error(c->faults, &at, "Keep one of the two.",
                           "the issuer \"%s\" has this URL already",
                           other->config->id ? other->config->id : "");
    else
        apr_hash_set(c->policy->issuers, config->issuer, APR_HASH_KEY_STRING, issuer);
    if (c->server && c->server->issuer && strcmp(c->server->issuer, config->issuer) == 0)
        tokex_faults_error(c->faults, &at, "Take it out, or correct the directive TokexIssuer.",
                           "this is our own issuer URL; rules name our own tokens by the id self");
    tokex_issuer_url_check(c->faults, &at, config->issuer);
}

/* Tokens are matched octet by octet, and people lose slashes. */
static void warn_of_twins(tokex_compile_t *c, const tokex_issuer_t *config)
{
    tokex_place_t at = {
        .object = "issuer", .id = config->id, .field = "issuer", .value = config->issuer};
    apr_size_t len = strlen(config->issuer);
    const tokex_policy_issuer_t *other;
    if (len == 0 || config->issuer[len - 1] != '/')
        return;
    other = apr_hash_get(c->policy->issuers, config->issuer, (apr_ssize_t)len - 1);
    if (other)
        tokex_faults_warning(c->faults, &at,
                             "Compare with `iss` in a token, and keep the one that is the same.",
                             "the URL of the issuer \"%s\" differs by the last slash only",
                             other->config->id ? other->config->id : "");
}

static void compile_mapping(tokex_compile_t *c, tokex_policy_issuer_t *issuer)
{
    const tokex_issuer_t *config = issuer->config;
    tokex_place_t at = {.object = "issuer", .id = config->id, .field = "mapping"};
    if (!config->mapping)
        return;
    issuer->mapping = apr_hash_get(c->mappings, config->mapping, APR_HASH_KEY_STRING);
    if (!issuer->mapping)
        tokex_compile_no_such(c, &at, config->mapping, "mapping");
}

/* A row whose scope does not exist stays out and had its fault. */
static void compile_scope_map(tokex_compile_t *c, tokex_policy_issuer_t *issuer)
{
    const tokex_issuer_t *config = issuer->config;
    tokex_policy_scope_row_t *rows;
    if (!config->scope_map_count)
        return;
    rows = apr_palloc(c->pool, (apr_size_t)config->scope_map_count * sizeof(*rows));
    for (int i = 0; i < config->scope_map_count; i++) {
        const tokex_scope_row_t *row = &config->scope_map[i];
        tokex_place_t at = {.object = "scope_row", .field = "to"};
        int number = row->to ? tokex_policy_scope(c->policy, row->to, strlen(row->to)) : -1;
        at.id = apr_pstrcat(c->scratch, config->id ? config->id : "", "/",
                            row->from ? row->from : "", NULL);
        if (row->to && number < 0)
            tokex_compile_no_such(c, &at, row->to, "scope");
        else if (row->from && number >= 0)
            rows[issuer->scope_map_count++] = (tokex_policy_scope_row_t){row->from, number};
    }
    issuer->scope_map = rows;
}

static void warn_of_may_act(tokex_compile_t *c, const tokex_issuer_t *config)
{
    tokex_place_t at = {.object = "issuer", .id = config->id, .field = "accept_may_act"};
    if (config->accept_may_act)
        tokex_faults_warning(c->faults, &at, "Leave it out unless it is meant so.",
                             "this issuer decides with `may_act` who acts for its subjects");
}

/* False for the id by which rules name our own tokens. */
static bool check_id(tokex_compile_t *c, const tokex_issuer_t *config)
{
    tokex_place_t at = {.object = "issuer", .id = config->id, .field = "id", .value = config->id};
    if (!config->id)
        return false;
    if (strcmp(config->id, TOKEX_ISSUER_SELF) != 0)
        return true;
    tokex_faults_error(c->faults, &at, "Choose another id.",
                       "rules call our own tokens by this id");
    return false;
}

static void compile_issuer(tokex_compile_t *c, tokex_policy_issuer_t *issuer)
{
    const tokex_issuer_t *config = issuer->config;
    issuer->token_types = type_bits(&config->token_types);
    issuer->algs = tokex_compile_algs(&config->algorithms);
    issuer->typ = typ_of(config->typ);
    if (config->issuer)
        add_iss(c, issuer);
    compile_mapping(c, issuer);
    issuer->conditions =
        tokex_compile_conditions(c, config->id, config->conditions, config->condition_count);
    issuer->condition_count = config->condition_count;
    tokex_compile_machine_marks(c, issuer);
    compile_scope_map(c, issuer);
    warn_of_may_act(c, config);
    tokex_compile_issuer_sources(c, config);
    tokex_compile_opaque(c, issuer);
    tokex_compile_account(c, config);
    if (check_id(c, config))
        apr_hash_set(c->policy->issuer_ids, config->id, APR_HASH_KEY_STRING, issuer);
}

static const tokex_policy_issuer_t *only_enabled(const tokex_policy_issuer_t *issuers, int count)
{
    const tokex_policy_issuer_t *found = NULL;
    for (int i = 0; i < count; i++) {
        if (!issuers[i].config->enabled)
            continue;
        if (found)
            return NULL;
        found = &issuers[i];
    }
    return found;
}

void tokex_compile_issuers(tokex_compile_t *c)
{
    apr_hash_t *names = apr_hash_make(c->scratch);
    int count = c->config->issuer_count;
    tokex_policy_issuer_t *issuers =
        apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*issuers));
    c->policy->issuers = apr_hash_make(c->pool);
    /* One more: our own tokens. */
    c->policy->all = apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*c->policy->all));
    c->policy->issuer_count = count;
    for (int i = 0; i < count; i++) {
        issuers[i].config = &c->config->issuers[i];
        issuers[i].number = i;
        c->policy->all[i] = &issuers[i];
        tokex_compile_unique_name(c, names, "issuer", issuers[i].config->id,
                                  issuers[i].config->name);
        compile_issuer(c, &issuers[i]);
    }
    c->policy->only_issuer = only_enabled(issuers, count);
    for (int i = 0; i < count; i++)
        if (issuers[i].config->issuer)
            warn_of_twins(c, issuers[i].config);
}
