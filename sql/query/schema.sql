-- The version of a database.

-- name: schema_version
-- The newest migration that ran; NULL when none did.
SELECT MAX(version) AS version
FROM schema_version;

-- name: schema_version_insert (version, applied)
-- Written in the transaction of the migration itself.
INSERT INTO schema_version (version, applied)
VALUES ($1, $2);
