-- One client: the same columns as in config_load.sql.

-- name: config_client_scope_of (client)
-- What clients may be granted at most.
SELECT client, position, scope
FROM client_scope
WHERE client = $1
ORDER BY client;

-- name: config_client_introspect_of (client)
-- The targets about whose tokens clients may ask.
SELECT client, position, target
FROM client_introspect
WHERE client = $1
ORDER BY client;

-- name: config_client_secret_of (client)
-- The hashes of clients' secrets.
SELECT client, id, sha256, created, expires
FROM client_secret
WHERE client = $1
ORDER BY client, id;

-- name: config_client_property_of (client)
-- What mappings and procedures can use of clients.
SELECT client, name, value
FROM client_property
WHERE client = $1
ORDER BY client, name;

-- name: config_rule_target_of (client)
-- What rules exchange tokens for.
SELECT client, rule, position, target
FROM rule_target
WHERE client = $1
ORDER BY client, rule;

-- name: config_rule_scope_of (client)
-- What rules count a subject token without scopes as.
SELECT client, rule, position, scope
FROM rule_scope
WHERE client = $1
ORDER BY client, rule;

-- name: config_rule_sensitive_scope_of (client)
-- The sensitive scopes that rules may grant.
SELECT client, rule, position, scope
FROM rule_sensitive_scope
WHERE client = $1
ORDER BY client, rule;

-- name: config_rule_procedure_scope_of (client)
-- The scopes that procedures of rules may add.
SELECT client, rule, position, scope
FROM rule_procedure_scope
WHERE client = $1
ORDER BY client, rule;

-- name: config_rule_condition_of (client)
-- What must hold for rules to fit.
SELECT client, rule, position, claim, test, wanted
FROM rule_condition
WHERE client = $1
ORDER BY client, rule;

-- name: config_rule_actor_of (client)
-- Whose actor tokens rules take.
SELECT client, rule, position, COALESCE(issuer, 'self') AS issuer, subject
FROM rule_actor
WHERE client = $1
ORDER BY client, rule;

-- name: config_rule_of (client)
-- Rules without their lists.
SELECT client, position, id, enabled, default_target, scope_mode, impersonation, delegation,
    client_as_actor, max_actors, machine_tokens, narrow_audience, lifetime, refresh_lifetime,
    procedure, procedure_lifetime
FROM rule
WHERE client = $1
ORDER BY client, id;

-- name: config_rule_issuer_of (client)
-- Whose tokens its rules take, our own among them.
SELECT client, rule, position, issuer
FROM rule_issuer
WHERE client = $1
UNION ALL
SELECT client, rule, position, 'self' AS issuer
FROM rule_self
WHERE client = $1
ORDER BY client, rule;

-- name: config_client_of (client)
-- The client without its lists.
SELECT id, name, enabled, grant_types, opaque_issuer, local_attributes, mandate_account,
    token_format, procedure, description, contacts
FROM client
WHERE id = $1;

-- name: config_client_secret_ending (now, until, most)
-- Clients whose last secret ends before `until`, the first one first.
SELECT s.client, s.expires
FROM client_secret AS s
INNER JOIN client AS c ON c.id = s.client
WHERE s.expires > $1
    AND s.expires <= $2
    AND c.enabled = 1
    AND NOT EXISTS (SELECT 1 FROM client_secret AS o
        WHERE o.client = s.client
            AND (o.expires = 0 OR o.expires > s.expires
                OR (o.expires = s.expires AND o.id > s.id)))
ORDER BY s.expires, s.client
LIMIT $3;
