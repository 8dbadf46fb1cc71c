-- Changing objects of the configuration, in one transaction: what they have goes, they themselves are
-- put, what they have comes.

-- name: config_scope_put (id, description, sensitive, roles)
-- A scope.
INSERT INTO scope (id, description, sensitive, roles)
VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE
SET description = excluded.description, sensitive = excluded.sensitive,
    roles = excluded.roles;

-- name: config_mapping_put (id, name)
-- A mapping.
INSERT INTO mapping (id, name)
VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name;

-- name: config_mapping_row_insert (mapping, position, claim_from, claim_to, source, transform,
--   value_type, if_missing, default_value, name)
-- A row of a mapping; its table follows.
INSERT INTO mapping_row (mapping, position, claim_from, claim_to, source, transform, value_type,
    if_missing, default_value, name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: config_mapping_pair_insert (mapping, claim_to, value_from, value_to)
-- A pair of a row's table.
INSERT INTO mapping_pair (mapping, claim_to, value_from, value_to)
VALUES ($1, $2, $3, $4);

-- name: config_procedure_put (id, name, enabled, source)
-- A procedure.
INSERT INTO procedure (id, name, enabled, source)
VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, enabled = excluded.enabled, source = excluded.source;

-- name: config_issuer_put (id, name, issuer, enabled, token_types, algorithms, typ, leeway,
--   max_age, allow_expired_certificates, scope_claim, mapping, default_machine_marks,
--   accept_may_act, metadata_url, keys_refresh, keys_stale, introspection_url,
--   introspection_client_id, introspection_sealed, introspection_auth, userinfo_url, opaque_cache,
--   opaque_lifetime, implicit_linking, lookup_primary, lookup_secondary, authoritative_for,
--   link_privileged, unlink_by_users_only, assertion_max_age, one_time, description)
-- An issuer; its lists follow.
INSERT INTO issuer (id, name, issuer, enabled, token_types, algorithms, typ, leeway, max_age,
    allow_expired_certificates, scope_claim, mapping, default_machine_marks, accept_may_act,
    metadata_url, keys_refresh, keys_stale, introspection_url, introspection_client_id,
    introspection_sealed, introspection_auth, userinfo_url, opaque_cache, opaque_lifetime,
    implicit_linking, lookup_primary, lookup_secondary, authoritative_for, link_privileged,
    unlink_by_users_only, assertion_max_age, one_time, description)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
    $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, issuer = excluded.issuer, enabled = excluded.enabled,
    token_types = excluded.token_types, algorithms = excluded.algorithms, typ = excluded.typ,
    leeway = excluded.leeway, max_age = excluded.max_age,
    allow_expired_certificates = excluded.allow_expired_certificates,
    scope_claim = excluded.scope_claim, mapping = excluded.mapping,
    default_machine_marks = excluded.default_machine_marks,
    accept_may_act = excluded.accept_may_act, metadata_url = excluded.metadata_url,
    keys_refresh = excluded.keys_refresh, keys_stale = excluded.keys_stale,
    introspection_url = excluded.introspection_url,
    introspection_client_id = excluded.introspection_client_id,
    introspection_sealed = excluded.introspection_sealed,
    introspection_auth = excluded.introspection_auth, userinfo_url = excluded.userinfo_url,
    opaque_cache = excluded.opaque_cache, opaque_lifetime = excluded.opaque_lifetime,
    implicit_linking = excluded.implicit_linking, lookup_primary = excluded.lookup_primary,
    lookup_secondary = excluded.lookup_secondary,
    authoritative_for = excluded.authoritative_for, link_privileged = excluded.link_privileged,
    unlink_by_users_only = excluded.unlink_by_users_only,
    assertion_max_age = excluded.assertion_max_age, one_time = excluded.one_time,
    description = excluded.description;

-- name: config_issuer_audience_insert (issuer, position, audience)
-- An audience accepted from an issuer.
INSERT INTO issuer_audience (issuer, position, audience)
VALUES ($1, $2, $3);

-- name: config_issuer_key_insert (issuer, position, jwk, pem)
-- A key of an issuer, as JWK or as PEM.
INSERT INTO issuer_key (issuer, position, jwk, pem)
VALUES ($1, $2, $3, $4);

-- name: config_issuer_jwks_url_insert (issuer, position, url)
-- Where a JWK Set of an issuer is.
INSERT INTO issuer_jwks_url (issuer, position, url)
VALUES ($1, $2, $3);

-- name: config_issuer_condition_insert (issuer, position, claim, test, wanted)
-- A condition on tokens of an issuer.
INSERT INTO issuer_condition (issuer, position, claim, test, wanted)
VALUES ($1, $2, $3, $4, $5);

-- name: config_issuer_machine_mark_insert (issuer, position, claim, test, wanted)
-- A mark of machines' tokens of an issuer.
INSERT INTO issuer_machine_mark (issuer, position, claim, test, wanted)
VALUES ($1, $2, $3, $4, $5);

-- name: config_issuer_scope_insert (issuer, scope_from, scope)
-- What a scope of an issuer counts as.
INSERT INTO issuer_scope (issuer, scope_from, scope)
VALUES ($1, $2, $3);

-- name: config_target_put (id, name, enabled, audience, lifetime, algorithm, token_format)
-- A target; its lists follow.
INSERT INTO target (id, name, enabled, audience, lifetime, algorithm, token_format)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, enabled = excluded.enabled, audience = excluded.audience,
    lifetime = excluded.lifetime, algorithm = excluded.algorithm,
    token_format = excluded.token_format;

-- name: config_target_resource_insert (target, position, resource)
-- A resource URI of a target.
INSERT INTO target_resource (target, position, resource)
VALUES ($1, $2, $3);

-- name: config_target_scope_insert (target, position, scope)
-- A scope that a target knows.
INSERT INTO target_scope (target, position, scope)
VALUES ($1, $2, $3);

-- name: config_client_put (id, name, enabled, grant_types, opaque_issuer, local_attributes,
--   mandate_account, token_format, procedure, description, contacts)
-- A client; its lists follow.
INSERT INTO client (id, name, enabled, grant_types, opaque_issuer, local_attributes,
    mandate_account, token_format, procedure, description, contacts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, enabled = excluded.enabled, grant_types = excluded.grant_types,
    opaque_issuer = excluded.opaque_issuer, local_attributes = excluded.local_attributes,
    mandate_account = excluded.mandate_account, token_format = excluded.token_format,
    procedure = excluded.procedure, description = excluded.description,
    contacts = excluded.contacts;

-- name: config_client_scope_insert (client, position, scope)
-- A scope that a client may be granted.
INSERT INTO client_scope (client, position, scope)
VALUES ($1, $2, $3);

-- name: config_client_introspect_insert (client, position, target)
-- A target about whose tokens a client may ask.
INSERT INTO client_introspect (client, position, target)
VALUES ($1, $2, $3);

-- name: config_client_secret_insert (client, id, sha256, created, expires)
-- The hash of a secret.
INSERT INTO client_secret (client, id, sha256, created, expires)
VALUES ($1, $2, $3, $4, $5);

-- name: config_client_property_insert (client, name, value)
-- A property of a client.
INSERT INTO client_property (client, name, value)
VALUES ($1, $2, $3);

-- name: config_rule_insert (client, id, position, enabled, default_target, scope_mode, lifetime,
--   impersonation, delegation, client_as_actor, max_actors, machine_tokens, narrow_audience,
--   refresh_lifetime, procedure, procedure_lifetime)
-- A rule; its lists follow.
INSERT INTO rule (client, id, position, enabled, default_target, scope_mode, lifetime,
    impersonation, delegation, client_as_actor, max_actors, machine_tokens, narrow_audience,
    refresh_lifetime, procedure, procedure_lifetime)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: config_rule_issuer_insert (client, rule, position, issuer)
-- An issuer whose tokens a rule takes.
INSERT INTO rule_issuer (client, rule, position, issuer)
VALUES ($1, $2, $3, $4);

-- name: config_rule_self_insert (client, rule, position)
-- A rule takes our own tokens.
INSERT INTO rule_self (client, rule, position)
VALUES ($1, $2, $3);

-- name: config_rule_target_insert (client, rule, position, target)
-- A target of a rule.
INSERT INTO rule_target (client, rule, position, target)
VALUES ($1, $2, $3, $4);

-- name: config_rule_scope_insert (client, rule, position, scope)
-- A scope that a rule counts a token without scopes as having.
INSERT INTO rule_scope (client, rule, position, scope)
VALUES ($1, $2, $3, $4);

-- name: config_rule_sensitive_scope_insert (client, rule, position, scope)
-- A sensitive scope that a rule may grant.
INSERT INTO rule_sensitive_scope (client, rule, position, scope)
VALUES ($1, $2, $3, $4);

-- name: config_rule_procedure_scope_insert (client, rule, position, scope)
-- A scope that the procedure of a rule may add.
INSERT INTO rule_procedure_scope (client, rule, position, scope)
VALUES ($1, $2, $3, $4);

-- name: config_rule_condition_insert (client, rule, position, claim, test, wanted)
-- A condition of a rule.
INSERT INTO rule_condition (client, rule, position, claim, test, wanted)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: config_rule_actor_insert (client, rule, position, issuer, subject)
-- Whose actor tokens a rule takes.
INSERT INTO rule_actor (client, rule, position, issuer, subject)
VALUES ($1, $2, $3, $4, $5);

-- name: config_signing_insert (algorithm, preferred, rotate_every, publish_ahead)
-- How keys of an algorithm are used and replaced.
INSERT INTO signing (algorithm, preferred, rotate_every, publish_ahead)
VALUES ($1, $2, $3, $4);

-- name: config_signing_key_insert (kid, algorithm, created, activates, retired, public_jwk, sealed)
-- A signing key, sealed.
INSERT INTO signing_key (kid, algorithm, created, activates, retired, public_jwk, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: config_rule_actor_clear (id)
-- What a client has.
DELETE FROM rule_actor
WHERE client = $1;

-- name: config_rule_condition_clear (id)
-- What a client has.
DELETE FROM rule_condition
WHERE client = $1;

-- name: config_rule_sensitive_scope_clear (id)
-- What a client has.
DELETE FROM rule_sensitive_scope
WHERE client = $1;

-- name: config_rule_procedure_scope_clear (id)
-- What a client has.
DELETE FROM rule_procedure_scope
WHERE client = $1;

-- name: config_rule_self_clear (id)
-- What a client has.
DELETE FROM rule_self
WHERE client = $1;

-- name: config_rule_scope_clear (id)
-- What a client has.
DELETE FROM rule_scope
WHERE client = $1;

-- name: config_rule_target_clear (id)
-- What a client has.
DELETE FROM rule_target
WHERE client = $1;

-- name: config_rule_issuer_clear (id)
-- What a client has.
DELETE FROM rule_issuer
WHERE client = $1;

-- name: config_rule_clear (id)
-- What a client has.
DELETE FROM rule
WHERE client = $1;

-- name: config_client_property_clear (id)
-- What a client has.
DELETE FROM client_property
WHERE client = $1;

-- name: config_client_secret_clear (id)
-- What a client has.
DELETE FROM client_secret
WHERE client = $1;

-- name: config_client_introspect_clear (id)
-- What a client has.
DELETE FROM client_introspect
WHERE client = $1;

-- name: config_client_scope_clear (id)
-- What a client has.
DELETE FROM client_scope
WHERE client = $1;

-- name: config_target_scope_clear (id)
-- What a target has.
DELETE FROM target_scope
WHERE target = $1;

-- name: config_target_resource_clear (id)
-- What a target has.
DELETE FROM target_resource
WHERE target = $1;

-- name: config_issuer_scope_clear (id)
-- What an issuer has.
DELETE FROM issuer_scope
WHERE issuer = $1;

-- name: config_issuer_machine_mark_clear (id)
-- What an issuer has.
DELETE FROM issuer_machine_mark
WHERE issuer = $1;

-- name: config_issuer_condition_clear (id)
-- What an issuer has.
DELETE FROM issuer_condition
WHERE issuer = $1;

-- name: config_issuer_jwks_url_clear (id)
-- What an issuer has.
DELETE FROM issuer_jwks_url
WHERE issuer = $1;

-- name: config_issuer_key_clear (id)
-- What an issuer has.
DELETE FROM issuer_key
WHERE issuer = $1;

-- name: config_issuer_audience_clear (id)
-- What an issuer has.
DELETE FROM issuer_audience
WHERE issuer = $1;

-- name: config_mapping_pair_clear (id)
-- What a mapping has.
DELETE FROM mapping_pair
WHERE mapping = $1;

-- name: config_mapping_row_clear (id)
-- What a mapping has.
DELETE FROM mapping_row
WHERE mapping = $1;

-- name: config_client_remove (id)
-- The object itself.
DELETE FROM client
WHERE id = $1;

-- name: config_target_remove (id)
-- The object itself.
DELETE FROM target
WHERE id = $1;

-- name: config_issuer_remove (id)
-- The object itself.
DELETE FROM issuer
WHERE id = $1;

-- name: config_mapping_remove (id)
-- The object itself.
DELETE FROM mapping
WHERE id = $1;

-- name: config_procedure_remove (id)
-- The object itself.
DELETE FROM procedure
WHERE id = $1;

-- name: config_scope_remove (id)
-- The object itself.
DELETE FROM scope
WHERE id = $1;

-- name: config_signing_remove (id)
-- The object itself.
DELETE FROM signing
WHERE algorithm = $1;

-- name: config_signing_key_remove (id)
-- The object itself.
DELETE FROM signing_key
WHERE kid = $1;

-- name: config_client_loosen (id, token)
-- Gives free what only one may have and what it refers to, until it is put or removed.
UPDATE client
SET name = $2, opaque_issuer = NULL, procedure = NULL
WHERE id = $1;

-- name: config_target_loosen (id, token)
-- Gives free what only one may have and what it refers to, until it is put or removed.
UPDATE target
SET name = $2, audience = $2
WHERE id = $1;

-- name: config_issuer_loosen (id, token)
-- Gives free what only one may have and what it refers to, until it is put or removed.
UPDATE issuer
SET name = $2, issuer = $2, mapping = NULL
WHERE id = $1;

-- name: config_procedure_loosen (id, token)
-- Gives free what only one may have and what it refers to, until it is put or removed.
UPDATE procedure
SET name = $2
WHERE id = $1;

-- name: config_mapping_loosen (id, token)
-- Gives free what only one may have and what it refers to, until it is put or removed.
UPDATE mapping
SET name = $2
WHERE id = $1;
