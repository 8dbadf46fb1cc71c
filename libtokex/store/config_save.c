#include "store/config_rows.h"

#include <string.h>

#include <apr_strings.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))
#define T TOKEX_BIND_T
#define I TOKEX_BIND_I

/* How a configuration names our own tokens, where no row of issuer can be referred to. */
#define SELF "self"

/* What every step needs. */
typedef struct save_t {
    tokex_db_t *db;
    apr_pool_t *pool;
} save_t;

static const tokex_err_t *run(const save_t *save, tokex_sql_t statement, const tokex_bind_t *binds,
                              int count)
{
    return tokex_db_run(save->db, statement, binds, count, NULL, save->pool);
}

/* A list that refers to nothing as one text. */
static const char *join(const tokex_texts_t *texts, const char *separator, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < texts->count; i++)
        text = i ? apr_pstrcat(pool, text, separator, texts->items[i], NULL) : texts->items[i];
    return text;
}

static const char *words(const tokex_texts_t *texts, apr_pool_t *pool)
{
    return join(texts, " ", pool);
}

/* A list of an object: `owner` is the column that names the object, `column` the element's. */
static const tokex_err_t *insert_texts(const save_t *save, tokex_sql_t statement, const char *owner,
                                       const char *id, const char *column,
                                       const tokex_texts_t *texts)
{
    int i;

    for (i = 0; i < texts->count; i++) {
        const tokex_bind_t binds[] = {T(owner, id), I("position", i), T(column, texts->items[i])};

        TOKEX_RETURN_ERR(run(save, statement, binds, COUNT(binds)));
    }
    return NULL;
}

static const tokex_err_t *put_scope(const save_t *save, const tokex_scope_t *scope)
{
    const tokex_bind_t binds[] = {T("id", scope->id), T("description", scope->description),
                                  I("sensitive", scope->sensitive),
                                  T("roles", join(&scope->roles, "\n", save->pool))};

    return run(save, TOKEX_SQL_CONFIG_SCOPE_PUT, binds, COUNT(binds));
}

static const tokex_err_t *insert_mapping_row(const save_t *save, const char *mapping, int position,
                                             const tokex_mapping_row_t *row)
{
    const tokex_bind_t binds[] = {
        T("mapping", mapping),
        I("position", position),
        T("claim_from", row->from),
        T("claim_to", row->to),
        T("source", row->source),
        T("transform", row->transform),
        T("value_type", row->type),
        T("if_missing", row->if_missing),
        T("default_value", row->default_value),
        T("name", row->name),
    };
    int i;

    TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_MAPPING_ROW_INSERT, binds, COUNT(binds)));
    for (i = 0; i < row->table_count; i++) {
        const tokex_bind_t pair[] = {T("mapping", mapping), T("claim_to", row->to),
                                     T("value_from", row->table[i].from),
                                     T("value_to", row->table[i].to)};

        TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_MAPPING_PAIR_INSERT, pair, COUNT(pair)));
    }
    return NULL;
}

static const tokex_err_t *put_mapping(const save_t *save, const tokex_mapping_t *mapping)
{
    const tokex_bind_t binds[] = {T("id", mapping->id), T("name", mapping->name)};
    int i;

    TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_MAPPING_PUT, binds, COUNT(binds)));
    for (i = 0; i < mapping->row_count; i++)
        TOKEX_RETURN_ERR(insert_mapping_row(save, mapping->id, i, &mapping->rows[i]));
    return NULL;
}

static const tokex_err_t *put_procedure(const save_t *save, const tokex_procedure_t *procedure)
{
    const tokex_bind_t binds[] = {T("id", procedure->id), T("name", procedure->name),
                                  I("enabled", procedure->enabled), T("source", procedure->source)};

    return run(save, TOKEX_SQL_CONFIG_PROCEDURE_PUT, binds, COUNT(binds));
}

static const tokex_err_t *insert_issuer_conditions(const save_t *save, tokex_sql_t statement,
                                                   const char *issuer,
                                                   const tokex_condition_t *conditions, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        const tokex_bind_t binds[] = {T("issuer", issuer), I("position", i),
                                      T("claim", conditions[i].claim),
                                      T("test", conditions[i].test),
                                      T("wanted", join(&conditions[i].values, "\n", save->pool))};

        TOKEX_RETURN_ERR(run(save, statement, binds, COUNT(binds)));
    }
    return NULL;
}

static const tokex_err_t *insert_issuer_lists(const save_t *save, const tokex_issuer_t *issuer)
{
    int i;

    TOKEX_RETURN_ERR(insert_texts(save, TOKEX_SQL_CONFIG_ISSUER_AUDIENCE_INSERT, "issuer",
                                  issuer->id, "audience", &issuer->audiences));
    for (i = 0; i < issuer->key_count; i++) {
        const tokex_bind_t key[] = {T("issuer", issuer->id), I("position", i),
                                    T("jwk", issuer->keys[i].jwk), T("pem", issuer->keys[i].pem)};

        TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_ISSUER_KEY_INSERT, key, COUNT(key)));
    }
    TOKEX_RETURN_ERR(insert_texts(save, TOKEX_SQL_CONFIG_ISSUER_JWKS_URL_INSERT, "issuer",
                                  issuer->id, "url", &issuer->jwks_urls));
    TOKEX_RETURN_ERR(insert_issuer_conditions(save, TOKEX_SQL_CONFIG_ISSUER_CONDITION_INSERT,
                                              issuer->id, issuer->conditions,
                                              issuer->condition_count));
    TOKEX_RETURN_ERR(insert_issuer_conditions(save, TOKEX_SQL_CONFIG_ISSUER_MACHINE_MARK_INSERT,
                                              issuer->id, issuer->machine_marks,
                                              issuer->machine_mark_count));
    for (i = 0; i < issuer->scope_map_count; i++) {
        const tokex_bind_t row[] = {T("issuer", issuer->id),
                                    T("scope_from", issuer->scope_map[i].from),
                                    T("scope", issuer->scope_map[i].to)};

        TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_ISSUER_SCOPE_INSERT, row, COUNT(row)));
    }
    return NULL;
}

static const tokex_err_t *put_issuer(const save_t *save, const tokex_issuer_t *issuer)
{
    const tokex_bind_t binds[] = {
        T("id", issuer->id),
        T("name", issuer->name),
        T("description", issuer->description),
        T("issuer", issuer->issuer),
        I("enabled", issuer->enabled),
        T("token_types", words(&issuer->token_types, save->pool)),
        T("algorithms", words(&issuer->algorithms, save->pool)),
        T("typ", issuer->typ),
        I("leeway", issuer->leeway),
        I("max_age", issuer->max_age),
        I("assertion_max_age", issuer->assertion_max_age),
        I("one_time", issuer->one_time),
        I("allow_expired_certificates", issuer->allow_expired_certificates),
        T("scope_claim", issuer->scope_claim),
        T("mapping", issuer->mapping),
        I("default_machine_marks", issuer->default_machine_marks),
        I("accept_may_act", issuer->accept_may_act),
        T("metadata_url", issuer->metadata_url),
        I("keys_refresh", issuer->keys_refresh),
        I("keys_stale", issuer->keys_stale),
        T("introspection_url", issuer->introspection_url),
        T("introspection_client_id", issuer->introspection_client_id),
        T("introspection_sealed", issuer->introspection_sealed),
        T("introspection_auth", issuer->introspection_auth ? issuer->introspection_auth : "basic"),
        T("userinfo_url", issuer->userinfo_url),
        I("opaque_cache", issuer->opaque_cache),
        I("opaque_lifetime", issuer->opaque_lifetime),
        I("implicit_linking", issuer->implicit_linking),
        T("lookup_primary", issuer->lookup_primary),
        T("lookup_secondary", issuer->lookup_secondary),
        T("authoritative_for", join(&issuer->authoritative_for, "\n", save->pool)),
        I("link_privileged", issuer->link_privileged),
        I("unlink_by_users_only", issuer->unlink_by_users_only),
    };

    TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_ISSUER_PUT, binds, COUNT(binds)));
    return insert_issuer_lists(save, issuer);
}

static const tokex_err_t *put_target(const save_t *save, const tokex_target_t *target)
{
    const tokex_bind_t binds[] = {
        T("id", target->id),
        T("name", target->name),
        I("enabled", target->enabled),
        T("audience", target->audience),
        I("lifetime", target->lifetime),
        T("algorithm", target->algorithm),
        T("token_format", target->token_format ? target->token_format : "jwt"),
    };

    TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_TARGET_PUT, binds, COUNT(binds)));
    TOKEX_RETURN_ERR(insert_texts(save, TOKEX_SQL_CONFIG_TARGET_RESOURCE_INSERT, "target",
                                  target->id, "resource", &target->resources));
    return insert_texts(save, TOKEX_SQL_CONFIG_TARGET_SCOPE_INSERT, "target", target->id, "scope",
                        &target->scopes);
}

static const tokex_err_t *insert_secret(const save_t *save, const char *client,
                                        const tokex_secret_t *secret)
{
    const tokex_bind_t binds[] = {
        T("client", client),           T("id", secret->id),           T("sha256", secret->sha256),
        I("created", secret->created), I("expires", secret->expires),
    };

    return run(save, TOKEX_SQL_CONFIG_CLIENT_SECRET_INSERT, binds, COUNT(binds));
}

/* A list of a rule, which two columns name. */
static const tokex_err_t *insert_rule_texts(const save_t *save, tokex_sql_t statement,
                                            const tokex_bind_t *rule, const char *column,
                                            const tokex_texts_t *texts)
{
    int i;

    for (i = 0; i < texts->count; i++) {
        const tokex_bind_t binds[] = {rule[0], rule[1], I("position", i),
                                      T(column, texts->items[i])};

        TOKEX_RETURN_ERR(run(save, statement, binds, COUNT(binds)));
    }
    return NULL;
}

/* Our own tokens among them, which stand in a table of their own. */
static const tokex_err_t *insert_rule_issuers(const save_t *save, const tokex_bind_t *rule,
                                              const tokex_texts_t *issuers)
{
    int i;

    for (i = 0; i < issuers->count; i++) {
        const tokex_bind_t binds[] = {rule[0], rule[1], I("position", i),
                                      T("issuer", issuers->items[i])};
        bool self = strcmp(issuers->items[i], SELF) == 0;

        TOKEX_RETURN_ERR(run(
            save, self ? TOKEX_SQL_CONFIG_RULE_SELF_INSERT : TOKEX_SQL_CONFIG_RULE_ISSUER_INSERT,
            binds, self ? COUNT(binds) - 1 : COUNT(binds)));
    }
    return NULL;
}

static const tokex_err_t *insert_rule_lists(const save_t *save, const tokex_bind_t *owner,
                                            const tokex_rule_t *rule)
{
    int i;

    TOKEX_RETURN_ERR(insert_rule_issuers(save, owner, &rule->issuers));
    TOKEX_RETURN_ERR(insert_rule_texts(save, TOKEX_SQL_CONFIG_RULE_TARGET_INSERT, owner, "target",
                                       &rule->targets));
    TOKEX_RETURN_ERR(insert_rule_texts(save, TOKEX_SQL_CONFIG_RULE_SENSITIVE_SCOPE_INSERT, owner,
                                       "scope", &rule->sensitive_scopes));
    TOKEX_RETURN_ERR(insert_rule_texts(save, TOKEX_SQL_CONFIG_RULE_PROCEDURE_SCOPE_INSERT, owner,
                                       "scope", &rule->procedure_scopes));
    TOKEX_RETURN_ERR(insert_rule_texts(save, TOKEX_SQL_CONFIG_RULE_SCOPE_INSERT, owner, "scope",
                                       &rule->scopes_when_absent));
    for (i = 0; i < rule->condition_count; i++) {
        const tokex_condition_t *condition = &rule->conditions[i];
        const tokex_bind_t binds[] = {owner[0],
                                      owner[1],
                                      I("position", i),
                                      T("claim", condition->claim),
                                      T("test", condition->test),
                                      T("wanted", join(&condition->values, "\n", save->pool))};

        TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_RULE_CONDITION_INSERT, binds, COUNT(binds)));
    }
    for (i = 0; i < rule->actor_count; i++) {
        const tokex_actor_t *actor = &rule->actors[i];
        const tokex_bind_t binds[] = {
            owner[0], owner[1], I("position", i),
            T("issuer", strcmp(actor->issuer, SELF) == 0 ? NULL : actor->issuer),
            T("subject", actor->subject)};

        TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_RULE_ACTOR_INSERT, binds, COUNT(binds)));
    }
    return NULL;
}

static const tokex_err_t *insert_rule(const save_t *save, const char *client, int position,
                                      const tokex_rule_t *rule)
{
    const tokex_bind_t binds[] = {
        T("client", client),
        T("id", rule->id),
        I("position", position),
        I("enabled", rule->enabled),
        T("default_target", rule->default_target),
        T("scope_mode", rule->scope_mode),
        I("lifetime", rule->lifetime),
        I("impersonation", rule->impersonation),
        I("delegation", rule->delegation),
        I("client_as_actor", rule->client_as_actor),
        I("max_actors", rule->max_actors),
        I("machine_tokens", rule->machine_tokens),
        I("narrow_audience", rule->narrow_audience),
        I("refresh_lifetime", rule->refresh_lifetime),
        T("procedure", rule->procedure),
        I("procedure_lifetime", rule->procedure_lifetime),
    };
    const tokex_bind_t owner[] = {T("client", client), T("rule", rule->id)};

    TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_RULE_INSERT, binds, COUNT(binds)));
    return insert_rule_lists(save, owner, rule);
}

static const tokex_err_t *put_client(const save_t *save, const tokex_client_t *client)
{
    const tokex_bind_t binds[] = {
        T("id", client->id),
        T("name", client->name),
        T("description", client->description),
        T("contacts", join(&client->contacts, "\n", save->pool)),
        I("enabled", client->enabled),
        T("grant_types", words(&client->grant_types, save->pool)),
        T("opaque_issuer", client->opaque_issuer),
        I("local_attributes", client->local_attributes),
        I("mandate_account", client->mandate_account),
        T("token_format", client->token_format ? client->token_format : "jwt"),
        T("procedure", client->procedure),
    };
    int i;

    TOKEX_RETURN_ERR(run(save, TOKEX_SQL_CONFIG_CLIENT_PUT, binds, COUNT(binds)));
    TOKEX_RETURN_ERR(insert_texts(save, TOKEX_SQL_CONFIG_CLIENT_SCOPE_INSERT, "client", client->id,
                                  "scope", &client->scopes));
    TOKEX_RETURN_ERR(insert_texts(save, TOKEX_SQL_CONFIG_CLIENT_INTROSPECT_INSERT, "client",
                                  client->id, "target", &client->introspects));
    for (i = 0; i < client->secret_count; i++)
        TOKEX_RETURN_ERR(insert_secret(save, client->id, &client->secrets[i]));
    for (i = 0; i < client->property_count; i++) {
        const tokex_bind_t property[] = {T("client", client->id),
                                         T("name", client->properties[i].name),
                                         T("value", client->properties[i].value)};

        TOKEX_RETURN_ERR(
            run(save, TOKEX_SQL_CONFIG_CLIENT_PROPERTY_INSERT, property, COUNT(property)));
    }
    for (i = 0; i < client->rule_count; i++)
        TOKEX_RETURN_ERR(insert_rule(save, client->id, i, &client->rules[i]));
    return NULL;
}

static const tokex_err_t *insert_signing(const save_t *save, const tokex_signing_t *signing)
{
    const tokex_bind_t binds[] = {
        T("algorithm", signing->algorithm),
        I("preferred", signing->preferred),
        I("rotate_every", signing->rotate_every),
        I("publish_ahead", signing->publish_ahead),
    };

    return run(save, TOKEX_SQL_CONFIG_SIGNING_INSERT, binds, COUNT(binds));
}

static const tokex_err_t *insert_signing_key(const save_t *save, const tokex_signing_key_t *key)
{
    const tokex_bind_t binds[] = {
        T("kid", key->kid),         T("algorithm", key->algorithm),
        I("created", key->created), I("activates", key->activates),
        I("retired", key->retired), T("public_jwk", key->public_jwk),
        T("sealed", key->sealed),
    };

    return run(save, TOKEX_SQL_CONFIG_SIGNING_KEY_INSERT, binds, COUNT(binds));
}

static const tokex_err_t *put(const save_t *save, const tokex_config_t *config)
{
    int i;

    /* What is referred to comes before what refers to it. */
    for (i = 0; i < config->scope_count; i++)
        TOKEX_RETURN_ERR(put_scope(save, &config->scopes[i]));
    for (i = 0; i < config->mapping_count; i++)
        TOKEX_RETURN_ERR(put_mapping(save, &config->mappings[i]));
    for (i = 0; i < config->procedure_count; i++)
        TOKEX_RETURN_ERR(put_procedure(save, &config->procedures[i]));
    for (i = 0; i < config->issuer_count; i++)
        TOKEX_RETURN_ERR(put_issuer(save, &config->issuers[i]));
    for (i = 0; i < config->target_count; i++)
        TOKEX_RETURN_ERR(put_target(save, &config->targets[i]));
    for (i = 0; i < config->client_count; i++)
        TOKEX_RETURN_ERR(put_client(save, &config->clients[i]));
    for (i = 0; i < config->signing_count; i++)
        TOKEX_RETURN_ERR(insert_signing(save, &config->signing[i]));
    for (i = 0; i < config->signing_key_count; i++)
        TOKEX_RETURN_ERR(insert_signing_key(save, &config->signing_keys[i]));
    return NULL;
}

/* ---- What stands there gives way */

/* No name is like it: names hold no control characters. */
static const char *token_of(const save_t *save, const char *id)
{
    return apr_pstrcat(save->pool, "\001", id, NULL);
}

/* What an object has goes; then, of the object itself, what only one may have and what it refers to
 * (NO_LOOSEN: there is nothing such). */
#define NO_LOOSEN TOKEX_SQL_COUNT

static const tokex_err_t *loosen_one(const save_t *save, const char *id, const tokex_sql_t *lists,
                                     int list_count, tokex_sql_t loosen)
{
    const tokex_bind_t binds[] = {T("id", id), T("token", token_of(save, id))};
    int i;

    for (i = 0; i < list_count; i++)
        TOKEX_RETURN_ERR(run(save, lists[i], binds, 1));
    return loosen == NO_LOOSEN ? NULL : run(save, loosen, binds, COUNT(binds));
}

static const tokex_err_t *loosen_client(const save_t *save, const char *id)
{
    /* What refers goes before what it refers to. */
    static const tokex_sql_t lists[] = {
        TOKEX_SQL_CONFIG_RULE_ACTOR_CLEAR,
        TOKEX_SQL_CONFIG_RULE_CONDITION_CLEAR,
        TOKEX_SQL_CONFIG_RULE_SENSITIVE_SCOPE_CLEAR,
        TOKEX_SQL_CONFIG_RULE_PROCEDURE_SCOPE_CLEAR,
        TOKEX_SQL_CONFIG_RULE_SELF_CLEAR,
        TOKEX_SQL_CONFIG_RULE_SCOPE_CLEAR,
        TOKEX_SQL_CONFIG_RULE_TARGET_CLEAR,
        TOKEX_SQL_CONFIG_RULE_ISSUER_CLEAR,
        TOKEX_SQL_CONFIG_RULE_CLEAR,
        TOKEX_SQL_CONFIG_CLIENT_PROPERTY_CLEAR,
        TOKEX_SQL_CONFIG_CLIENT_SECRET_CLEAR,
        TOKEX_SQL_CONFIG_CLIENT_SCOPE_CLEAR,
        TOKEX_SQL_CONFIG_CLIENT_INTROSPECT_CLEAR,
    };

    return loosen_one(save, id, lists, COUNT(lists), TOKEX_SQL_CONFIG_CLIENT_LOOSEN);
}

static const tokex_err_t *loosen_target(const save_t *save, const char *id)
{
    static const tokex_sql_t lists[] = {TOKEX_SQL_CONFIG_TARGET_SCOPE_CLEAR,
                                        TOKEX_SQL_CONFIG_TARGET_RESOURCE_CLEAR};

    return loosen_one(save, id, lists, COUNT(lists), TOKEX_SQL_CONFIG_TARGET_LOOSEN);
}

static const tokex_err_t *loosen_issuer(const save_t *save, const char *id)
{
    static const tokex_sql_t lists[] = {
        TOKEX_SQL_CONFIG_ISSUER_SCOPE_CLEAR,     TOKEX_SQL_CONFIG_ISSUER_MACHINE_MARK_CLEAR,
        TOKEX_SQL_CONFIG_ISSUER_CONDITION_CLEAR, TOKEX_SQL_CONFIG_ISSUER_JWKS_URL_CLEAR,
        TOKEX_SQL_CONFIG_ISSUER_KEY_CLEAR,       TOKEX_SQL_CONFIG_ISSUER_AUDIENCE_CLEAR,
    };

    return loosen_one(save, id, lists, COUNT(lists), TOKEX_SQL_CONFIG_ISSUER_LOOSEN);
}

static const tokex_err_t *loosen_mapping(const save_t *save, const char *id)
{
    static const tokex_sql_t lists[] = {TOKEX_SQL_CONFIG_MAPPING_PAIR_CLEAR,
                                        TOKEX_SQL_CONFIG_MAPPING_ROW_CLEAR};

    return loosen_one(save, id, lists, COUNT(lists), TOKEX_SQL_CONFIG_MAPPING_LOOSEN);
}

static const tokex_err_t *loosen_procedure(const save_t *save, const char *id)
{
    return loosen_one(save, id, NULL, 0, TOKEX_SQL_CONFIG_PROCEDURE_LOOSEN);
}

/* These are one row, to which nothing refers: they go and come. */
static const tokex_err_t *loosen_signing(const save_t *save, const char *algorithm)
{
    static const tokex_sql_t lists[] = {TOKEX_SQL_CONFIG_SIGNING_REMOVE};

    return loosen_one(save, algorithm, lists, COUNT(lists), NO_LOOSEN);
}

static const tokex_err_t *loosen_signing_key(const save_t *save, const char *kid)
{
    static const tokex_sql_t lists[] = {TOKEX_SQL_CONFIG_SIGNING_KEY_REMOVE};

    return loosen_one(save, kid, lists, COUNT(lists), NO_LOOSEN);
}

static const tokex_err_t *loosen(const save_t *save, const tokex_config_t *config)
{
    int i;

    for (i = 0; i < config->client_count; i++)
        TOKEX_RETURN_ERR(loosen_client(save, config->clients[i].id));
    for (i = 0; i < config->target_count; i++)
        TOKEX_RETURN_ERR(loosen_target(save, config->targets[i].id));
    for (i = 0; i < config->issuer_count; i++)
        TOKEX_RETURN_ERR(loosen_issuer(save, config->issuers[i].id));
    for (i = 0; i < config->mapping_count; i++)
        TOKEX_RETURN_ERR(loosen_mapping(save, config->mappings[i].id));
    for (i = 0; i < config->procedure_count; i++)
        TOKEX_RETURN_ERR(loosen_procedure(save, config->procedures[i].id));
    for (i = 0; i < config->signing_count; i++)
        TOKEX_RETURN_ERR(loosen_signing(save, config->signing[i].algorithm));
    for (i = 0; i < config->signing_key_count; i++)
        TOKEX_RETURN_ERR(loosen_signing_key(save, config->signing_keys[i].kid));
    return NULL;
}

static const tokex_err_t *remove_one(const save_t *save, tokex_sql_t statement, const char *id)
{
    const tokex_bind_t bind = T("id", id);

    return run(save, statement, &bind, 1);
}

static const tokex_err_t *remove_loosened(const save_t *save, const tokex_config_t *config)
{
    int i;

    for (i = 0; i < config->client_count; i++)
        TOKEX_RETURN_ERR(remove_one(save, TOKEX_SQL_CONFIG_CLIENT_REMOVE, config->clients[i].id));
    for (i = 0; i < config->target_count; i++)
        TOKEX_RETURN_ERR(remove_one(save, TOKEX_SQL_CONFIG_TARGET_REMOVE, config->targets[i].id));
    for (i = 0; i < config->issuer_count; i++)
        TOKEX_RETURN_ERR(remove_one(save, TOKEX_SQL_CONFIG_ISSUER_REMOVE, config->issuers[i].id));
    for (i = 0; i < config->mapping_count; i++)
        TOKEX_RETURN_ERR(remove_one(save, TOKEX_SQL_CONFIG_MAPPING_REMOVE, config->mappings[i].id));
    for (i = 0; i < config->procedure_count; i++)
        TOKEX_RETURN_ERR(
            remove_one(save, TOKEX_SQL_CONFIG_PROCEDURE_REMOVE, config->procedures[i].id));
    for (i = 0; i < config->scope_count; i++)
        TOKEX_RETURN_ERR(remove_one(save, TOKEX_SQL_CONFIG_SCOPE_REMOVE, config->scopes[i].id));
    return NULL;
}

const tokex_err_t *tokex_config_rows_change(tokex_db_t *db, const tokex_config_delta_t *delta,
                                            apr_pool_t *pool)
{
    const save_t save = {db, pool};

    TOKEX_RETURN_ERR(loosen(&save, &delta->gone));
    TOKEX_RETURN_ERR(loosen(&save, &delta->changed));
    TOKEX_RETURN_ERR(remove_loosened(&save, &delta->gone));
    TOKEX_RETURN_ERR(put(&save, &delta->fresh));
    return put(&save, &delta->changed);
}

const tokex_err_t *tokex_config_rows_next_generation(tokex_db_t *db, int64_t expected,
                                                     apr_pool_t *pool)
{
    const tokex_bind_t bind = I("expected", expected);
    int changed;

    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_CONFIG_GENERATION_NEXT, &bind, 1, &changed, pool));
    return changed == 1 ? NULL
                        : tokex_err_create(pool, TOKEX_E_CONFLICT, NULL,
                                           "the configuration was changed meanwhile");
}
