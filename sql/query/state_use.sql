-- How often clients and issuers were in a decision, and when last.

-- name: state_use_hour_add (hour, noun, id, number)
-- Some more in an hour.
INSERT INTO use_hour (hour, noun, id, number)
VALUES ($1, $2, $3, $4)
ON CONFLICT (hour, noun, id) DO UPDATE
SET number = use_hour.number + excluded.number;

-- name: state_use_last_set (noun, id, time)
-- The latest.
INSERT INTO use_last (noun, id, time)
VALUES ($1, $2, $3)
ON CONFLICT (noun, id) DO UPDATE
SET time = excluded.time;

-- name: state_use_hours (noun, since)
-- Hours since one, those of one object behind each other.
SELECT id, hour, number
FROM use_hour
WHERE hour >= $2 AND noun = $1
ORDER BY id, hour;

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
