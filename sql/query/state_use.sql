-- How often clients and issuers were in a decision, and when last.

-- name: state_use_hour_add (noun, id, hour, number)
-- Some more in an hour.
INSERT INTO use_hour (noun, id, hour, number)
VALUES ($1, $2, $3, $4)
ON CONFLICT (noun, id, hour) DO UPDATE
SET number = use_hour.number + excluded.number;

-- name: state_use_last_set (noun, id, time)
-- The latest.
INSERT INTO use_last (noun, id, time)
VALUES ($1, $2, $3)
ON CONFLICT (noun, id) DO UPDATE
SET time = excluded.time;

-- name: state_use_hours (noun, id, since)
-- Hours of one since some hour.
SELECT hour, number
FROM use_hour
WHERE noun = $1 AND id = $2 AND hour >= $3;

-- name: state_use_lasts (noun)
-- When each was last.
SELECT id, time
FROM use_last
WHERE noun = $1;

-- name: state_use_last_of (noun, id)
-- When one was last.
SELECT time
FROM use_last
WHERE noun = $1 AND id = $2;

-- name: state_use_prune_hours (since, until)
-- Hours that no list shows, and those that a wrong clock has dated ahead.
DELETE FROM use_hour
WHERE hour < $1 OR hour > $2;

-- name: state_use_prune_lasts (since)
-- What was used for the last time before that.
DELETE FROM use_last
WHERE time < $1;

-- name: state_use_secret_set (client, id, time)
-- When a secret was presented.
INSERT INTO use_secret (client, id, time)
VALUES ($1, $2, $3)
ON CONFLICT (client, id) DO UPDATE
SET time = excluded.time;

-- name: state_use_secrets (client)
-- When each secret of a client was presented last.
SELECT id, time
FROM use_secret
WHERE client = $1;

-- name: state_use_prune_secrets (since)
-- What was presented for the last time before that.
DELETE FROM use_secret
WHERE time < $1;
