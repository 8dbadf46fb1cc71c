-- What lists of objects show: one statement a list, with nothing in it that is not shown.

-- name: config_issuer_table
-- Issuers, how many keys stand in the configuration and how many places more come from.
SELECT i.id, i.name, i.issuer, i.enabled, i.implicit_linking AS linking, COALESCE(k.number, 0) AS keys,
    COALESCE(u.number, 0) + CASE WHEN i.metadata_url IS NULL THEN 0 ELSE 1 END AS places
FROM issuer AS i
LEFT JOIN (SELECT issuer, COUNT(*) AS number FROM issuer_key GROUP BY issuer) AS k
    ON k.issuer = i.id
LEFT JOIN (SELECT issuer, COUNT(*) AS number FROM issuer_jwks_url GROUP BY issuer) AS u
    ON u.issuer = i.id
ORDER BY i.id;

-- name: config_client_table (now)
-- Clients, how many secrets are good and since when the newest is there.
SELECT c.id, c.name, c.enabled, COUNT(s.id) AS secrets, COALESCE(MAX(s.created), 0) AS secret_since,
    (SELECT COUNT(*) FROM rule AS r WHERE r.client = c.id) AS rules
FROM client AS c
LEFT JOIN client_secret AS s ON s.client = c.id AND (s.expires = 0 OR s.expires > $1)
GROUP BY c.id
ORDER BY c.id;

-- name: config_issuer_words
-- What issuers are found by beside what their list shows.
SELECT id, description AS words
FROM issuer
WHERE description IS NOT NULL;

-- name: config_client_words
-- What clients are found by beside what their list shows.
SELECT id, COALESCE(description, '') || ' ' || contacts AS words
FROM client
WHERE description IS NOT NULL OR contacts <> '';

-- name: config_counts
-- How many there are of each kind.
SELECT (SELECT COUNT(*) FROM issuer) AS issuer, (SELECT COUNT(*) FROM mapping) AS mapping,
    (SELECT COUNT(*) FROM scope) AS scope, (SELECT COUNT(*) FROM target) AS target,
    (SELECT COUNT(*) FROM client) AS client, (SELECT COUNT(*) FROM procedure) AS procedure;

-- name: config_client_targets (id)
-- The targets that the rules of one client name.
SELECT DISTINCT target
FROM rule_target
WHERE client = $1
ORDER BY target;

-- name: config_target_table
-- Targets, how many scopes they know and how many clients have a rule for them.
SELECT t.id, t.name, t.audience, t.lifetime, t.algorithm, t.enabled,
    COALESCE(s.number, 0) AS scopes, COALESCE(c.number, 0) AS clients
FROM target AS t
LEFT JOIN (SELECT target, COUNT(*) AS number FROM target_scope GROUP BY target) AS s
    ON s.target = t.id
LEFT JOIN (SELECT target, COUNT(DISTINCT client) AS number FROM rule_target GROUP BY target) AS c
    ON c.target = t.id
ORDER BY t.id;

-- name: config_scope_table
-- Scopes, how many targets know them and how many clients may be granted them.
SELECT o.id, o.description, o.sensitive, COALESCE(t.number, 0) AS targets,
    COALESCE(c.number, 0) AS clients
FROM scope AS o
LEFT JOIN (SELECT scope, COUNT(*) AS number FROM target_scope GROUP BY scope) AS t
    ON t.scope = o.id
LEFT JOIN (SELECT scope, COUNT(*) AS number FROM client_scope GROUP BY scope) AS c
    ON c.scope = o.id
ORDER BY o.id;

-- name: config_mapping_table
-- Mappings, how many rows they have and how many issuers use them.
SELECT m.id, m.name, COALESCE(r.number, 0) AS rows, COALESCE(i.number, 0) AS issuers
FROM mapping AS m
LEFT JOIN (SELECT mapping, COUNT(*) AS number FROM mapping_row GROUP BY mapping) AS r
    ON r.mapping = m.id
LEFT JOIN (SELECT mapping, COUNT(*) AS number FROM issuer WHERE mapping IS NOT NULL GROUP BY mapping)
    AS i ON i.mapping = m.id
ORDER BY m.id;

-- name: config_procedure_table
-- Procedures, and how many clients use them, by themselves or by a rule.
SELECT p.id, p.name, p.enabled, COALESCE(u.number, 0) AS clients
FROM procedure AS p
LEFT JOIN (SELECT procedure, COUNT(DISTINCT client) AS number
        FROM (SELECT procedure, client FROM rule
            UNION ALL
            SELECT procedure, id AS client FROM client) AS used
        WHERE procedure IS NOT NULL
        GROUP BY procedure) AS u
    ON u.procedure = p.id
ORDER BY p.id;
