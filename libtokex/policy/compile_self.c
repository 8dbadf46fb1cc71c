#include "policy/policy_private.h"

#include <apr_strings.h>
#include <apr_tables.h>

static const char *const own_types[] = {"access_token", "jwt"};

/* The algorithms of our published keys, each once. */
static tokex_texts_t own_algorithms(const tokex_compile_t *c)
{
    apr_array_header_t *names = apr_array_make(c->pool, 2, sizeof(const char *));
    for (tokex_alg_t alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++)
        if (c->own_algs & TOKEX_ALG_BIT(alg))
            APR_ARRAY_PUSH(names, const char *) = tokex_jwk_alg_name(alg);
    return (tokex_texts_t){(const char *const *)names->elts, names->nelts};
}

void tokex_compile_self(tokex_compile_t *c)
{
    tokex_issuer_t *config = apr_pcalloc(c->pool, sizeof(*config));
    tokex_policy_issuer_t *self = apr_pcalloc(c->pool, sizeof(*self));
    tokex_keyset_t *keys = apr_pcalloc(c->pool, sizeof(*keys));
    const char *url = c->server ? c->server->issuer : NULL;
    config->id = TOKEX_ISSUER_SELF;
    config->name = "Our own tokens";
    config->issuer = url;
    config->enabled = true;
    config->token_types = (tokex_texts_t){own_types, 2};
    config->algorithms = own_algorithms(c);
    self->algs = c->own_algs;
    config->typ = "at+jwt";
    config->default_machine_marks = true;
    config->accept_may_act = true;
    self->config = config;
    self->number = c->config->issuer_count;
    self->is_self = true;
    self->token_types = TOKEX_TYPE_ACCESS_TOKEN | TOKEX_TYPE_JWT;
    self->typ = TOKEX_TYP_AT_JWT;
    if (url) {
        keys->keys = (const tokex_key_t *const *)c->own_keys->elts;
        keys->count = c->own_keys->nelts;
    }
    self->keys = keys;
    tokex_compile_machine_marks(c, self);
    apr_hash_set(c->policy->issuer_ids, TOKEX_ISSUER_SELF, APR_HASH_KEY_STRING, self);
    if (!url)
        return;
    c->policy->self = self;
    c->policy->all[c->policy->issuer_count++] = self;
    /* An issuer that has our URL had its fault. */
    if (!apr_hash_get(c->policy->issuers, url, APR_HASH_KEY_STRING))
        apr_hash_set(c->policy->issuers, url, APR_HASH_KEY_STRING, self);
}
