-- The counter of changes.

-- name: config_generation
-- Which change the configuration has come to.
SELECT number
FROM generation;

-- name: config_generation_next (expected)
-- The next one; changes no row when somebody else was faster.
UPDATE generation
SET number = number + 1
WHERE number = $1;
