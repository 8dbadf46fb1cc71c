-- Refresh tokens.

-- name: state_refresh_find (id)
-- All that came of one exchange.
SELECT id, client, hash, created, ends, sealed
FROM refresh_token
WHERE id = $1;

-- name: state_refresh_insert (id, client, hash, created, ends, sealed)
-- The first one.
INSERT INTO refresh_token (id, client, hash, created, used, ends, sealed)
VALUES ($1, $2, $3, $4, $4, $5, $6);

-- name: state_refresh_replace (id, replaced, hash, used, ends, sealed)
-- The next one, in the place of the one that is used.
UPDATE refresh_token
SET hash = $3, used = $4, ends = $5, sealed = $6
WHERE id = $1 AND hash = $2;

-- name: state_refresh_delete (id)
-- None of them is good any more.
DELETE FROM refresh_token
WHERE id = $1;

-- name: state_refresh_end
-- When the last of all that are there ends.
SELECT COALESCE(MAX(ends), 0) AS ends
FROM refresh_token;

-- name: state_refresh_prune (now, most)
-- Forgets those that have ended.
DELETE FROM refresh_token
WHERE id IN (
    SELECT id
    FROM refresh_token
    WHERE ends <= $1
    ORDER BY ends
    LIMIT $2
);
