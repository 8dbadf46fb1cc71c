-- Loading the configuration: one statement a table, joined in memory, so that the number of
-- statements does not grow with the number of objects. Lists come in the order of their owners, and
-- bring the position of each element, by which they are put in order in memory: no index has it.

-- name: config_scope_list
-- Scopes.
SELECT id, description, sensitive, roles
FROM scope
ORDER BY id;

-- name: config_mapping_list
-- Mappings.
SELECT id, name
FROM mapping
ORDER BY id;

-- name: config_mapping_row_list
-- The rows of mappings.
SELECT mapping, position, claim_from, claim_to, source, transform, value_type, if_missing,
    default_value, name
FROM mapping_row
ORDER BY mapping, claim_to;

-- name: config_mapping_pair_list
-- The tables of rows.
SELECT mapping, claim_to, value_from, value_to
FROM mapping_pair
ORDER BY mapping, claim_to, value_from;

-- name: config_procedure_list
-- Procedures.
SELECT id, name, enabled, source
FROM procedure
ORDER BY id;

-- name: config_issuer_list
-- Issuers without their lists.
SELECT id, name, issuer, enabled, token_types, algorithms, typ, leeway, max_age,
    allow_expired_certificates, scope_claim, mapping, default_machine_marks, accept_may_act,
    metadata_url, keys_refresh, keys_stale, introspection_url, introspection_client_id,
    introspection_sealed, introspection_auth, userinfo_url, opaque_cache, opaque_lifetime,
    implicit_linking, lookup_primary, lookup_secondary, authoritative_for, link_privileged,
    unlink_by_users_only, assertion_max_age, one_time, description
FROM issuer
ORDER BY id;

-- name: config_issuer_audience_list
-- Audiences accepted from issuers beside our own.
SELECT issuer, position, audience
FROM issuer_audience
ORDER BY issuer;

-- name: config_issuer_key_list
-- The keys of issuers.
SELECT issuer, position, jwk, pem
FROM issuer_key
ORDER BY issuer;

-- name: config_issuer_jwks_url_list
-- Where JWK Sets of issuers are.
SELECT issuer, position, url
FROM issuer_jwks_url
ORDER BY issuer;

-- name: config_issuer_condition_list
-- What must hold for tokens of issuers.
SELECT issuer, position, claim, test, wanted
FROM issuer_condition
ORDER BY issuer;

-- name: config_issuer_machine_mark_list
-- What tells machines' tokens of issuers.
SELECT issuer, position, claim, test, wanted
FROM issuer_machine_mark
ORDER BY issuer;

-- name: config_issuer_scope_list
-- What scopes of issuers count as.
SELECT issuer, scope_from, scope
FROM issuer_scope
ORDER BY issuer, scope_from;

-- name: config_target_list
-- Targets without their lists.
SELECT id, name, enabled, audience, lifetime, algorithm, token_format
FROM target
ORDER BY id;

-- name: config_target_resource_list
-- The resource URIs of targets.
SELECT target, position, resource
FROM target_resource
ORDER BY target;

-- name: config_target_scope_list
-- The scopes that targets know.
SELECT target, position, scope
FROM target_scope
ORDER BY target;

-- name: config_client_list
-- Clients without their lists.
SELECT id, name, enabled, grant_types, opaque_issuer, local_attributes, mandate_account,
    token_format, procedure, description, contacts
FROM client
ORDER BY id;

-- name: config_client_scope_list
-- What clients may be granted at most.
SELECT client, position, scope
FROM client_scope
ORDER BY client;

-- name: config_client_introspect_list
-- The targets about whose tokens clients may ask.
SELECT client, position, target
FROM client_introspect
ORDER BY client;

-- name: config_client_secret_list
-- The hashes of clients' secrets.
SELECT client, id, sha256, created, expires
FROM client_secret
ORDER BY client, id;

-- name: config_client_property_list
-- What mappings and procedures can use of clients.
SELECT client, name, value
FROM client_property
ORDER BY client, name;

-- name: config_rule_list
-- Rules without their lists.
SELECT client, position, id, enabled, default_target, scope_mode, impersonation, delegation,
    client_as_actor, max_actors, machine_tokens, narrow_audience, lifetime, refresh_lifetime,
    procedure, procedure_lifetime
FROM rule
ORDER BY client, id;

-- name: config_rule_issuer_list
-- Whose tokens rules take, our own among them.
SELECT client, rule, position, issuer
FROM rule_issuer
UNION ALL
SELECT client, rule, position, 'self' AS issuer
FROM rule_self
ORDER BY client, rule;

-- name: config_rule_target_list
-- What rules exchange tokens for.
SELECT client, rule, position, target
FROM rule_target
ORDER BY client, rule;

-- name: config_rule_scope_list
-- What rules count a subject token without scopes as.
SELECT client, rule, position, scope
FROM rule_scope
ORDER BY client, rule;

-- name: config_rule_sensitive_scope_list
-- The sensitive scopes that rules may grant.
SELECT client, rule, position, scope
FROM rule_sensitive_scope
ORDER BY client, rule;

-- name: config_rule_procedure_scope_list
-- The scopes that procedures of rules may add.
SELECT client, rule, position, scope
FROM rule_procedure_scope
ORDER BY client, rule;

-- name: config_rule_condition_list
-- What must hold for rules to fit.
SELECT client, rule, position, claim, test, wanted
FROM rule_condition
ORDER BY client, rule;

-- name: config_rule_actor_list
-- Whose actor tokens rules take.
SELECT client, rule, position, COALESCE(issuer, 'self') AS issuer, subject
FROM rule_actor
ORDER BY client, rule;

-- name: config_signing_list
-- How our signing keys are used and replaced.
SELECT algorithm, preferred, rotate_every, publish_ahead
FROM signing
ORDER BY algorithm;

-- name: config_signing_key_list
-- Our signing keys.
SELECT kid, algorithm, created, activates, retired, public_jwk, sealed
FROM signing_key
ORDER BY kid;
