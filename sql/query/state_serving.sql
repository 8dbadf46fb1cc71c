-- What the processes of the running server have in force, and what they count.

-- name: state_serving_list
-- Which generations of the configuration are served, the newest first.
SELECT generation, state, processes, since
FROM serving
ORDER BY generation DESC, state;

-- name: state_serving_clear
-- Makes room for what is served now.
DELETE FROM serving;

-- name: state_serving_insert (generation, state, processes, since)
-- Some processes that serve the same.
INSERT INTO serving (generation, state, processes, since)
VALUES ($1, $2, $3, $4);

-- name: state_server_count_list
-- What was counted.
SELECT name, value
FROM server_count
ORDER BY name;

-- name: state_server_count_set (name, value)
-- One count.
INSERT INTO server_count (name, value)
VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = $2;
