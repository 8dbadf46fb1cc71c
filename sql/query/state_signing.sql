-- Signing keys that the server made by itself.

-- name: state_signing_key_list
-- All of them, the oldest first.
SELECT kid, algorithm, created, activates, retired, sealed
FROM signing_key
ORDER BY activates, kid;

-- name: state_signing_key_insert (kid, algorithm, created, activates, retired, sealed)
-- A key, sealed.
INSERT INTO signing_key (kid, algorithm, created, activates, retired, sealed)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: state_signing_key_retire (kid, retired)
-- The key does not sign from then on.
UPDATE signing_key
SET retired = $2
WHERE kid = $1;

-- name: state_signing_key_remove (kid)
-- The key is gone.
DELETE FROM signing_key
WHERE kid = $1;

-- name: state_signing_key_number
-- How often keys have changed.
SELECT number
FROM signing_key_number;

-- name: state_signing_key_changed
-- They have changed once more.
UPDATE signing_key_number
SET number = number + 1;
