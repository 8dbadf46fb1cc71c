-- Which clients refer to an object.

-- name: config_refer_issuer (id)
-- Clients whose rules take tokens of an issuer, as subject or as actor tokens.
SELECT client
FROM rule_issuer
WHERE issuer = $1
UNION
SELECT client
FROM rule_actor
WHERE issuer = $1
ORDER BY client;

-- name: config_refer_opaque_issuer (id)
-- Clients that bring opaque tokens of an issuer.
SELECT id AS client
FROM client
WHERE opaque_issuer = $1
ORDER BY id;

-- name: config_refer_target (id)
-- Clients whose rules name a target, or that may ask about its tokens.
SELECT client
FROM rule_target
WHERE target = $1
UNION
SELECT client
FROM client_introspect
WHERE target = $1
UNION
SELECT client
FROM rule
WHERE default_target = $1
ORDER BY client;

-- name: config_refer_scope (id)
-- Clients that may be granted a scope, or whose rules name it.
SELECT client
FROM client_scope
WHERE scope = $1
UNION
SELECT client
FROM rule_scope
WHERE scope = $1
UNION
SELECT client
FROM rule_sensitive_scope
WHERE scope = $1
UNION
SELECT client
FROM rule_procedure_scope
WHERE scope = $1
ORDER BY client;

-- name: config_refer_sensitive_scope (id)
-- Clients whose rules name a scope as a sensitive one.
SELECT DISTINCT client
FROM rule_sensitive_scope
WHERE scope = $1
ORDER BY client;

-- name: config_refer_procedure (id)
-- Clients that pass a procedure, by themselves or by a rule.
SELECT client
FROM rule
WHERE procedure = $1
UNION
SELECT id AS client
FROM client
WHERE procedure = $1
ORDER BY client;

-- name: config_procedure_longest
-- How long procedures may let tokens live at most, whatever those that they come of say.
SELECT COALESCE(MAX(procedure_lifetime), 0) AS seconds
FROM rule;

-- name: config_refer_client_name (name, id)
-- The other client that has a name.
SELECT id AS client
FROM client
WHERE name = $1 AND id <> $2;
